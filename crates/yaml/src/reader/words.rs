//! Lists, and lines of words in the place of lists.

use super::{replace_value, type_problem};
use crate::rules::WRONG_TYPE;
use crate::tree::{Kind, Node};
use diagnostics::report::{Problem, Report};

/// The items of a list.
pub fn list<'node>(node: &'node Node, what: &str, report: &mut Report) -> &'node [Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => {
            let help = match &node.kind {
                Kind::String(text, _) => format!("write a list: `{}`", words_as_list(text)),
                Kind::Map(_) => "write a list, with `- ` before each item".to_owned(),
                _ => "write a list, as in `[ITEM, ITEM]`".to_owned(),
            };
            let word = node.as_str().filter(|text| is_word(text));
            report.push(replace_value(
                type_problem(node, what, "a list").help(help),
                node,
                word.map(words_as_list),
            ));
            &[]
        }
    }
}

/// Whether a text is one name or path.
fn is_word(text: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._/@-".contains(character);
    !text.is_empty() && text.chars().all(plain)
}

/// Whether a word is a command of the shell, which is not a program.
fn is_shell_builtin(word: &str) -> bool {
    const BUILTINS: [&str; 10] = [
        ".", "alias", "cd", "eval", "exec", "export", "set", "source", "ulimit", "unset",
    ];
    BUILTINS.contains(&word)
}

/// Reports a string in the place of a list of strings. A fix splits the line where a shell
/// would do no more than that.
pub fn line_for_words(node: &Node, what: &str, line: &str, report: &mut Report) {
    let problem = Problem::new(
        &WRONG_TYPE,
        format!("{what} must be a list of strings, this is a string"),
    )
    .at(node.span);
    let plain =
        |character: char| character.is_ascii_alphanumeric() || " ._/:=@,+-".contains(character);
    if line.trim().is_empty() || line.len() > 60 || !line.chars().all(plain) {
        let help = "write a list of strings; `[\"sh\", \"-c\", \"LINE\"]` runs a line in a shell";
        report.push(problem.help(help));
        return;
    }
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let list = words_as_list(line);
    // What follows `-c` is a line of its own, and a shell sets the variables before a program.
    let is_plain = !words.contains(&"-c")
        && words.first().is_some_and(|first| {
            first.starts_with('-') || !first.contains('=') && !is_shell_builtin(first)
        });
    let problem = problem.help(format!("write each word as an item: `{list}`"));
    report.push(replace_value(problem, node, is_plain.then_some(list)));
}

/// The words of a line as a YAML list. A line that only a shell understands becomes an argument of
/// one.
pub fn words_as_list(text: &str) -> String {
    let quoted = |words: &[&str]| {
        let items: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        format!("[{}]", items.join(", "))
    };
    let is_builtin = text.split_whitespace().next().is_some_and(is_shell_builtin);
    match is_builtin || text.contains(['"', '\'', '$', '|', '&', ';', '\n']) {
        true => quoted(&["sh", "-c", text.trim()]),
        false => quoted(&text.split_whitespace().collect::<Vec<_>>()),
    }
}
