//! What a run shows on a terminal while it waits.

use std::fs::OpenOptions;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::remote::server::{Reply, Server};
use crate::sandbox::Sandbox;

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers: {main: {image: example.com/shop:1, variables: {BUCKET: '${resources.files.name}'}}}
resources: {files: {type: bucket}}
";
const PROGRAM: &str = "- uri: cmd://./slow.sh\n  type: bucket\n";
const ANSWER: &str = r#"{"resource_outputs": {"name": "one"}}"#;
const ERASE: &str = "\r\u{1b}[K";

/// A project with a definition whose program takes this many seconds.
fn project(seconds: &str) -> Sandbox {
    let script = format!("#!/bin/sh\nsleep {seconds}\necho '{ANSWER}'\n");
    let sandbox =
        Sandbox::with_files(&[("score.yaml", SHOP), ("bucket.provisioners.yaml", PROGRAM)]);
    sandbox.write_executable("slow.sh", script);
    sandbox
}

/// Generates with standard error on a terminal, and gives what that got.
fn on_terminal(sandbox: &Sandbox, arguments: &[&str], term: &str) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name)
        .unwrap();
    let mut command = sandbox.command(arguments);
    command.env("PATH", "/usr/bin:/bin").env("TERM", term);
    command.env("COLUMNS", "60");
    let mut child = command.stderr(Stdio::from(terminal)).spawn().unwrap();
    // The command has the last open end.
    drop(command);
    let mut output = Vec::new();
    // Reading fails when all ends are closed.
    let _ = std::fs::File::from(master).read_to_end(&mut output);
    assert!(child.wait().unwrap().success());
    String::from_utf8(output).unwrap()
}

/// What a terminal shows in the end.
fn last_screen(output: &str) -> String {
    let lines = output
        .split('\n')
        .map(|line| line.rsplit(ERASE).next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

const GENERATE: [&str; 3] = ["generate", "--provisioners", "bucket.provisioners.yaml"];

#[test]
fn a_slow_program_is_shown_on_a_terminal_until_it_ends() {
    let sandbox = project("2.3");
    let output = on_terminal(&sandbox, &GENERATE, "xterm");
    for line in ["running ./slow.sh (1 s)", "running ./slow.sh (2 s)"] {
        assert!(output.contains(&format!("{ERASE}{line}")), "{output:?}");
    }
    assert!(!last_screen(&output).contains("running"), "{output:?}");
}

#[test]
fn a_slow_server_is_shown_with_its_url_in_one_line() {
    let definitions = "- uri: template://platform/bucket\n  type: bucket\n  outputs: 'name: one'\n";
    let server = Server::new(move |_| Reply {
        pause: Duration::from_millis(700),
        ..Reply::ok(definitions)
    });
    let sandbox = project("0");
    let url = server.url(&format!("/{}", "a".repeat(60)));
    let output = on_terminal(&sandbox, &["generate", "--provisioners", &url], "xterm");
    let line = format!("fetching {url}")
        .chars()
        .take(53)
        .collect::<String>()
        + " (1 s)";
    assert!(
        output.contains(&format!("{ERASE}{line}{ERASE}")),
        "{output:?}"
    );
    assert!(!last_screen(&output).contains("fetching"), "{output:?}");
}

#[test]
fn nothing_is_shown_where_nobody_looks() {
    let sandbox = project("1.4");
    let flags: [&[&str]; 2] = [&["--quiet"], &["--message-format", "json"]];
    for flags in flags {
        let output = on_terminal(&sandbox, &[&GENERATE[..], flags].concat(), "xterm");
        assert!(!output.contains("running"), "{flags:?}: {output:?}");
    }
    let output = on_terminal(&sandbox, &GENERATE, "dumb");
    assert!(!output.contains("running"), "{output:?}");
    let output = sandbox.run(&GENERATE).stderr;
    assert!(
        !output.contains("running") && !output.contains('\r'),
        "{output:?}"
    );
    // What is fast is not shown.
    let output = on_terminal(&project("0.1"), &GENERATE, "xterm");
    assert!(!output.contains(ERASE), "{output:?}");
}
