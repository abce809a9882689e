//! `score-rs man`.

use crate::help::command_paths;
use crate::sandbox::Sandbox;

#[test]
fn every_command_has_a_page() {
    let sandbox = Sandbox::new();
    let result = sandbox.run(&["man", "share/man1"]);
    assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""));
    for path in command_paths() {
        let name = [vec!["score-rs".to_owned()], path].concat().join("-");
        let page = sandbox.read(&format!("share/man1/{name}.1"));
        let title = format!("\n.TH {name} 1 ");
        assert!(page.contains(&title), "{page}");
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
            assert!(page.contains(&format!("\n.SH {section}\n")), "{page}");
        }
        assert!(!page.contains('\u{1b}'), "{page}");
    }
    let page = sandbox.read("share/man1/score-rs-generate.1");
    for section in [
        "EXAMPLES",
        "\"ENVIRONMENT VARIABLES\"",
        "\"EXIT CODES\"",
        "WORKLOADS",
    ] {
        assert!(page.contains(&format!("\n.SH {section}\n")), "{page}");
    }
    assert!(page.contains("\nscore\\-rs generate [OPTIONS] [FILES]...\n"));
    assert!(page.contains("\n  score\\-rs generate score.yaml \\-i shop=example.com/shop:1.2\n"));
}

#[test]
fn a_directory_that_cannot_be_created_is_an_error() {
    let sandbox = Sandbox::with_files(&[("file", "")]);
    let result = sandbox.run(&["man", "file/man1"]);
    assert_eq!(result.code, Some(3), "{}", result.stderr);
    assert!(result.stderr.contains("file/man1"), "{}", result.stderr);
}
