//! Lists, and lines of words that should be lists.

use super::{instead, type_problem};
use crate::rules::WRONG_TYPE;
use crate::tree::{Kind, Node};
use diagnostics::report::{Problem, Report};

/// The items of a list.
pub fn list<'node>(node: &'node Node, what: &str, report: &mut Report) -> &'node [Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => {
            let help = match &node.kind {
                Kind::String(text, _) => format!("write a list: `{}`", as_list(text)),
                Kind::Map(_) => "write a list, with `- ` before each item".to_owned(),
                _ => "write a list, as in `[ITEM, ITEM]`".to_owned(),
            };
            let one = node.as_str().filter(|text| is_word(text)).map(as_list);
            report.push(instead(
                type_problem(node, what, "a list").help(help),
                node,
                one,
            ));
            &[]
        }
    }
}

/// Whether a text is one name or path, so that it cannot be several.
fn is_word(text: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._/@-".contains(character);
    !text.is_empty() && text.chars().all(plain)
}

/// Whether only a shell does what a word says: there is no such program.
fn is_of_shell(word: &str) -> bool {
    const OF_SHELL: [&str; 10] = [
        ".", "alias", "cd", "eval", "exec", "export", "set", "source", "ulimit", "unset",
    ];
    OF_SHELL.contains(&word)
}

/// Reports that a list of words is one line of them, and gives them as items where no shell would
/// see more in the line than words with blanks between them.
pub fn line_for_words(node: &Node, what: &str, line: &str, report: &mut Report) {
    let problem = Problem::new(
        &WRONG_TYPE,
        format!("{what} must be a list of words, this is a string"),
    )
    .at(node.span);
    let plain =
        |character: char| character.is_ascii_alphanumeric() || " ._/:=@,+-".contains(character);
    if line.trim().is_empty() || line.len() > 60 || !line.chars().all(plain) {
        let help = "write a list of words; `[\"sh\", \"-c\", \"LINE\"]` runs a line in a shell";
        report.push(problem.help(help));
        return;
    }
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let list = as_list(line);
    // What follows `-c` is a line by itself, and what is set before a program is set by a shell.
    let is_plain = !words.contains(&"-c")
        && words.first().is_some_and(|first| {
            first.starts_with('-') || !first.contains('=') && !is_of_shell(first)
        });
    let problem = problem.help(format!("write each word as an item: `{list}`"));
    report.push(instead(problem, node, is_plain.then_some(list)));
}

/// The words of a text as a list. One with quotes is a shell's own affair, which a shell may read.
pub fn as_list(text: &str) -> String {
    let quoted = |words: &[&str]| {
        let items: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        format!("[{}]", items.join(", "))
    };
    let is_of_shell = text.split_whitespace().next().is_some_and(is_of_shell);
    match is_of_shell || text.contains(['"', '\'', '$', '|', '&', ';', '\n']) {
        true => quoted(&["sh", "-c", text.trim()]),
        false => quoted(&text.split_whitespace().collect::<Vec<_>>()),
    }
}
