//! Texts that a process gets.

use super::string::string;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use yaml::Node;

rules! {
    /// A string that is passed to a process contains a NUL character.
    pub NUL_CHARACTER: "nul-character", Error;
}

/// A text that is handed to a process, which no text with a NUL character can be.
pub(super) fn process_text(node: &Node, what: &str, report: &mut Report) -> Option<()> {
    no_nul(&string(node, what, report)?, what, report).then_some(())
}

pub(super) fn no_nul(text: &Spanned<String>, what: &str, report: &mut Report) -> bool {
    let found = text.value.contains('\0');
    if found {
        let problem =
            Problem::new(&NUL_CHARACTER, format!("{what} contains a NUL character")).at(text.span);
        report.push(problem.help("remove it; programs and file systems do not accept it"));
    }
    !found
}
