//! `score-rs completions`.

use crate::cli::{COMMANDS, exits_with, sandbox};
use crate::sandbox::Sandbox;

#[test]
fn completions_know_every_command() {
    let sandbox = sandbox();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = exits_with(&sandbox, &["completions", shell], 0).stdout;
        for word in COMMANDS
            .iter()
            .filter_map(|arguments| arguments.last())
            .chain(&["env-file", "override-property"])
        {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert!(
        exits_with(&sandbox, &["completions", "fishh"], 2)
            .stderr
            .contains("fish")
    );
}

#[test]
fn completions_include_the_names() {
    for shell in ["bash", "zsh"] {
        let script = Sandbox::new().run(&["completions", shell]).stdout;
        assert!(
            score_rs::report::rules::names().all(|name| script.contains(name)),
            "{shell}"
        );
    }
}
