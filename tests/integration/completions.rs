//! `score-rs completions`.

use crate::cli::{exits_with, sandbox};
use crate::help::command_paths;
use crate::sandbox::Sandbox;

#[test]
fn completions_know_every_command() {
    let sandbox = sandbox();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = exits_with(&sandbox, &["completions", shell], 0).stdout;
        let commands = command_paths()
            .into_iter()
            .filter_map(|mut path| path.pop());
        let flags = ["env-file", "override-property"].map(str::to_owned);
        for word in commands.chain(flags) {
            assert!(script.contains(&word), "{shell}: {word}");
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
