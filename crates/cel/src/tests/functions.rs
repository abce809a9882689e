//! Every function is described, and was compared with the API server.

use crate::functions;

const PAGE: &str = include_str!("../../../../spec/cel.md");
const RECORDED: &str = include_str!("verdicts/recorded.txt");

#[test]
fn the_page_names_every_function() {
    for name in functions::names().filter(|name| !name.starts_with("format.")) {
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_function_was_compared_in_success() {
    for name in functions::names() {
        let call = format!("{name}(");
        let mut lines = RECORDED.lines();
        assert!(
            lines.any(|line| line.contains(&call) && line.contains("\t=\t")),
            "{name}"
        );
    }
}
