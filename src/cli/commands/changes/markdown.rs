//! A review as Markdown for a comment of a pull request. Texts of the project are in code spans and
//! fenced blocks, which they cannot end.

use super::human::{object, summary};
use super::review::{EnvironmentReview, Review};
use super::sections::{Line, Part, sections};
use diagnostics::suggestions::list_names;
use diagnostics::visible;

/// The most characters of a comment on GitHub. A byte is at most one character.
const MAX_LENGTH: usize = 65_536;

/// Room for the sentence about what is left out.
const RESERVED: usize = 4_096;

/// The first line, by which a later run finds the comment that it replaces.
const MARKER: &str = "<!-- score-rs changes -->";

/// A part of the comment that is there as a whole or not.
struct Block {
    /// What it has, for the sentence about what is left out.
    name: String,
    text: String,
    /// Blocks with a lower number are kept first.
    rank: u8,
}

pub(super) fn text(review: &Review<'_>) -> String {
    let title = format!("### Changes of the output since {}", code(review.against));
    let mut text = format!("{MARKER}\n{title}\n");
    let blocks: Vec<Block> = review
        .environments
        .iter()
        .flat_map(|one| blocks(one, review.against))
        .collect();
    let kept = kept(&blocks, MAX_LENGTH - RESERVED - text.len());
    let mut missing = Vec::new();
    for (block, is_kept) in blocks.iter().zip(kept) {
        match is_kept {
            true => text += &block.text,
            false => missing.push(block.name.as_str()),
        }
    }
    if !missing.is_empty() {
        text += &left_out(&missing, review.against);
    }
    text
}

/// Which blocks there is room for, the important ones first.
fn kept(blocks: &[Block], mut room: usize) -> Vec<bool> {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|index| blocks[*index].rank);
    let mut kept = vec![false; blocks.len()];
    for index in order {
        let length = blocks[index].text.len();
        if length <= room {
            (kept[index], room) = (true, room - length);
        }
    }
    kept
}

/// How many parts are named.
const MAX_NAMES: usize = 20;

fn left_out(missing: &[&str], against: &str) -> String {
    let (named, more) = missing.split_at(missing.len().min(MAX_NAMES));
    let mut names: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
    if !more.is_empty() {
        names.push(format!("{} more", more.len()));
    }
    // Names are quoted by the list.
    let mut list = list_names(names.iter().map(String::as_str)).replace('`', "");
    list.truncate(diagnostics::source::floor_char_boundary(
        &list,
        RESERVED / 2,
    ));
    let command = code(&format!("score-rs changes --against {against} -e NAME"));
    format!("\nThe comment would be too long with {list}; {command} prints all.\n")
}

fn blocks(review: &EnvironmentReview, against: &str) -> Vec<Block> {
    let block = |name: &str, text: String, rank| Block {
        name: format!("{name} of {}", escape(&review.name)),
        text,
        rank,
    };
    let against = escape(against);
    let heading = format!(
        "\n#### {}: {}\n",
        code(&review.name),
        summary(review, &against)
    );
    let mut blocks = vec![block("the heading", heading, 0)];
    for problem in &review.problems {
        let text = format!("\n{}", fenced("text", &problem.text));
        blocks.push(block("the errors", text, 1));
    }
    for section in sections(review) {
        let lines = section
            .lines
            .iter()
            .map(|line| format!("- {}\n", markdown(line)));
        let text = format!("\n**{}**\n\n{}", section.title, lines.collect::<String>());
        blocks.push(block(&format!("\"{}\"", section.title), text, 2));
    }
    if !review.objects.is_empty() {
        let objects = review.objects.iter().map(|one| object(one, ""));
        let objects = objects.collect::<String>();
        let text = format!(
            "\n<details><summary>All fields</summary>\n\n{}\n</details>\n",
            fenced("diff", &objects)
        );
        blocks.push(block("all fields", text, 3));
    }
    blocks
}

fn markdown(line: &Line) -> String {
    let parts = line.0.iter().map(|part| match part {
        Part::Words(words) => escape(words),
        Part::Code(text) => code(text),
    });
    parts.collect()
}

/// A code span. Nothing in it is Markdown, a mention or HTML.
fn code(text: &str) -> String {
    let text = visible::line(&text.replace(['\n', '\r', '\t'], " ")).into_owned();
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// A fenced block.
fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let text = visible::lines(text);
    format!(
        "{fence}{language}\n{}\n{fence}\n",
        text.trim_end_matches('\n')
    )
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|character| character != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// Words with the characters escaped that mean something in Markdown. What is in backticks is code.
fn escape(words: &str) -> String {
    let parts: Vec<&str> = words.split('`').collect();
    let last = parts.len() - 1;
    let part = |(index, part): (usize, &&str)| match index % 2 {
        1 if index < last => code(part),
        1 => format!("\\`{}", escape_words(part)),
        _ => escape_words(part),
    };
    parts.iter().enumerate().map(part).collect()
}

fn escape_words(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for (index, character) in words.chars().enumerate() {
        let is_item = index == 0 && "+-".contains(character);
        if is_item || "\\*_[]<>&#@|~!".contains(character) {
            escaped.push('\\');
        }
        escaped.push(if character == '\n' { ' ' } else { character });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_end_code() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a\n@team <b>"), "`a @team <b>`");
        assert_eq!(code(" "), "(empty)");
        let text = fenced("diff", "```\n# x\n````\n");
        assert_eq!(text, "`````diff\n```\n# x\n````\n`````\n");
        assert_eq!(escape("a *b* @c `d_*e`"), "a \\*b\\* \\@c `d_*e`");
        assert_eq!(escape("+ a `b` ` <c>"), "\\+ a `b` \\` \\<c\\>");
    }

    #[test]
    fn blocks_with_a_low_rank_are_kept_first() {
        let block = |rank, length| Block {
            name: String::new(),
            text: "x".repeat(length),
            rank,
        };
        let blocks = [block(2, 50), block(0, 30), block(1, 30), block(2, 10)];
        assert_eq!(kept(&blocks, 100), [false, true, true, true]);
    }
}
