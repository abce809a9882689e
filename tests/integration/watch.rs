//! `generate --watch`: one run after each change of an input.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::remote::server::{Reply, Server};
use crate::sandbox::Sandbox;

/// How long a line may take on a slow machine.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Longer than what comes before a run that nobody expects.
const SILENCE: Duration = Duration::from_millis(600);

const DEFINITIONS: &str =
    "- uri: template://test/bucket\n  type: bucket\n  outputs: 'name: {{ .Id }}'\n";

fn score(name: &str, image: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: {name}}}\ncontainers: {{main: {{image: {image}}}}}\n"
    )
}

/// A running command; killed on drop.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(sandbox: &Sandbox, arguments: &[&str]) -> Watching {
        let arguments = [&["generate", "--watch"], arguments].concat();
        let mut command = sandbox.command(&arguments);
        command
            .env("OPEN", "value")
            .env("XDG_CACHE_HOME", sandbox.path(".cache"));
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        let watching = Watching { child, lines };
        watching.expect("watching for changes");
        watching
    }

    /// Waits for a line with this text.
    fn expect(&self, text: &str) {
        let mut seen = String::new();
        loop {
            let Ok(line) = self.lines.recv_timeout(TIMEOUT) else {
                panic!("no `{text}` in:\n{seen}");
            };
            if line.contains(text) {
                return;
            }
            seen += &(line + "\n");
        }
    }

    /// The lines until there are no more.
    fn rest(&self) -> Vec<String> {
        std::iter::from_fn(|| self.lines.recv_timeout(SILENCE).ok()).collect()
    }

    #[track_caller]
    fn expect_nothing(&self) {
        assert_eq!(self.rest(), Vec::<String>::new());
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_kind_of_input_starts_a_run() {
    let mounted = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {BUCKET: '${resources.files.name}'}
    files: {/etc/shop: {source: conf/shop.txt}, /etc/link: {source: link.txt}}
resources: {files: {type: bucket}}
";
    let sandbox = Sandbox::with_files(&[
        ("shop/score.yaml", mounted),
        ("shop/conf/shop.txt", "one"),
        ("elsewhere/target.txt", "one"),
        ("environments/local/environment.yaml", "target: compose\n"),
        ("environments/local/a.provisioners.yaml", DEFINITIONS),
        (
            "environments/cluster/environment.yaml",
            "target: kubernetes\nextends: local\noutput: out/\noverrides: [../../over.yaml]\npatches: [../../note.tpl]\n",
        ),
        ("over.yaml", "metadata: {annotations: {a: one}}\n"),
        ("note.tpl", ""),
    ]);
    symlink("../elsewhere/target.txt", sandbox.path("shop/link.txt")).unwrap();
    let watching = Watching::start(&sandbox, &["--all-environments"]);
    watching.expect_nothing();
    for (path, text) in [
        (
            "shop/score.yaml",
            mounted.replace("shop:1", "shop:2").as_str(),
        ),
        ("shop/conf/shop.txt", "two"),
        ("elsewhere/target.txt", "two"),
        (
            "environments/local/a.provisioners.yaml",
            &DEFINITIONS.replace("name: ", "name: a-"),
        ),
        (
            "environments/local/environment.yaml",
            "target: compose\nproject: shop\npatchable: {service: [labels]}\n",
        ),
        ("over.yaml", "metadata: {annotations: {a: two}}\n"),
        (
            "note.tpl",
            "{{ range $i, $m := .Manifests }}- op: set\n  path: {{ $i }}.metadata.annotations.b\n  value: two\n{{ end }}",
        ),
        // New files.
        (
            "shop/shop.patches.yaml",
            "- target: {kind: service}\n  merge: {labels: {a: one}}\n",
        ),
        (
            "shop/shop.patches.yaml",
            "- target: {kind: service}\n  merge: {labels: {a: two}}\n",
        ),
        ("api/score.yaml", &score("api", "example.com/api:1")),
        (
            "environments/local/0.provisioners.yaml",
            &DEFINITIONS.replace("name: ", "name: first-"),
        ),
    ] {
        sandbox.write(path, text);
        watching.expect("wrote ");
    }
    // Whatever was written is what a run of its own writes.
    let result = sandbox.run(&["generate", "--all-environments", "--check"]);
    assert_eq!(result.code, Some(0), "{}{}", result.stdout, result.stderr);
    // Levels change no output.
    sandbox.write("score-rs.yaml", "rules: {unnamed-project: warn}\n");
    watching.expect("unchanged: ");
}

#[test]
fn the_output_stays_while_the_input_has_errors() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score("shop", "example.com/shop:1")),
        ("environments/local/environment.yaml", "target: compose\n"),
    ]);
    let watching = Watching::start(&sandbox, &["--env", "local"]);
    let before = sandbox.read("compose.yaml");
    sandbox.write(
        "score.yaml",
        "apiVersion: score.dev/v1b1\nmetadata: {name: shop\n",
    );
    watching.expect("for more: score-rs explain");
    sandbox.write("environments/local/environment.yaml", "target: composed\n");
    watching.expect("composed");
    fs::remove_dir_all(sandbox.path("environments")).unwrap();
    watching.expect("there is no environment `local`");
    fs::remove_file(sandbox.path("score.yaml")).unwrap();
    sandbox.write("environments/local/environment.yaml", "target: compose\n");
    watching.expect("there is no Score file here");
    assert_eq!(sandbox.read("compose.yaml"), before);
    sandbox.write("score.yaml", score("shop", "example.com/shop:2"));
    watching.expect("wrote compose.yaml (1 workload, ");
    assert!(sandbox.read("compose.yaml").contains("shop:2"));
    watching.expect_nothing();
}

#[test]
fn files_and_directories_may_be_replaced() {
    let shop = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers: {main: {image: 'example.com/shop:1', files: {/etc/shop: {source: a/b/c.txt}}}}
";
    let sandbox = Sandbox::with_files(&[("app/score.yaml", shop), ("app/a/b/c.txt", "one")]);
    let watching = Watching::start(&sandbox, &["app/score.yaml"]);
    // Most editors write a new file and rename it; others rename the old one first.
    sandbox.write("app/.new", shop.replace("shop:1", "shop:2"));
    fs::rename(sandbox.path("app/.new"), sandbox.path("app/score.yaml")).unwrap();
    watching.expect("wrote ");
    fs::rename(
        sandbox.path("app/score.yaml"),
        sandbox.path("app/score.yaml~"),
    )
    .unwrap();
    sandbox.write("app/score.yaml", shop.replace("shop:1", "shop:3"));
    watching.expect("wrote ");
    // A checkout may replace a directory, also twice.
    for text in ["two", "three"] {
        fs::remove_dir_all(sandbox.path("app/a")).unwrap();
        sandbox.write("app/a/b/c.txt", text);
        watching.expect("wrote ");
    }
    fs::rename(sandbox.path("app"), sandbox.path("old")).unwrap();
    watching.expect("cannot read `app/score.yaml`");
    fs::rename(sandbox.path("old"), sandbox.path("app")).unwrap();
    watching.expect("unchanged: compose.yaml (1 workload, ");
    sandbox.write("app/a/b/c.txt", "four");
    watching.expect("wrote ");
    assert!(sandbox.read("compose.yaml").contains("shop:3"));
    watching.expect_nothing();
}

#[test]
fn a_burst_of_changes_is_one_run() {
    let shop = |index: usize, image: &str| {
        (
            format!("apps/{index}.score.yaml"),
            score(&format!("shop-{index}"), image),
        )
    };
    let sandbox = Sandbox::new();
    let write_all = |image: &str| {
        for (path, text) in (0..1000).map(|index| shop(index, image)) {
            sandbox.write(&path, text);
        }
    };
    write_all("example.com/shop:1");
    let watching = Watching::start(&sandbox, &[]);
    write_all("example.com/shop:2");
    watching.expect("wrote compose.yaml (1000 workloads, ");
    // A machine that stops this test for 100 ms may make it two.
    assert!(watching.rest().len() <= 1);
    assert!(!sandbox.read("compose.yaml").contains("shop:1"));
}

#[test]
fn what_is_written_starts_no_run() {
    let shop = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {DB: '${resources.db.host}', OPEN: '${resources.env.OPEN}'}
    files: {/etc/shop: {content: one}}
resources: {db: {type: postgres}, env: {type: environment}}
";
    let sandbox = Sandbox::with_files(&[("score.yaml", shop)]);
    let runs: [&[&str]; 3] = [
        &["--env-file", ".env"],
        &["-e", "kubernetes", "-o", "out/"],
        &["-o", "deploy/compose.yaml"],
    ];
    for arguments in runs {
        let watching = Watching::start(&sandbox, arguments);
        watching.expect_nothing();
        // A file that becomes outdated is removed.
        sandbox.write(
            "score.yaml",
            shop.replace("postgres", "volume")
                .replace(".host", ".source"),
        );
        watching.expect("wrote ");
        watching.expect_nothing();
        // No input of the run.
        sandbox.write("README.md", "text");
        sandbox.write("new/directory/file", "text");
        watching.expect_nothing();
        sandbox.write("score.yaml", shop);
        watching.expect("wrote ");
        watching.expect_nothing();
    }
}

#[test]
fn an_output_that_is_edited_is_written_again() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &score("shop", "example.com/shop:1"))]);
    assert_eq!(sandbox.run(&["generate"]).code, Some(0));
    let output = sandbox.read("compose.yaml");
    let watching = Watching::start(&sandbox, &[]);
    for _ in 0..2 {
        sandbox.write("compose.yaml", format!("{output}# edited\n"));
        watching.expect("wrote ");
        assert_eq!(sandbox.read("compose.yaml"), output);
    }
}

#[test]
fn what_was_fetched_is_not_fetched_again() {
    let count = Arc::new(AtomicU32::new(0));
    let requests = Arc::clone(&count);
    let server = Server::new(move |_| {
        requests.fetch_add(1, Ordering::Relaxed);
        Reply::ok(DEFINITIONS)
    });
    let sandbox = Sandbox::with_files(&[("score.yaml", &score("shop", "example.com/shop:1"))]);
    let url = server.url("/bucket.provisioners.yaml");
    let watching = Watching::start(&sandbox, &["--provisioners", &url]);
    let first = count.load(Ordering::Relaxed);
    assert!(first > 0);
    sandbox.write("score.yaml", score("shop", "example.com/shop:2"));
    watching.expect("wrote ");
    assert_eq!(count.load(Ordering::Relaxed), first);
    watching.expect_nothing();
}

#[test]
fn an_interrupt_ends_it() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &score("shop", "example.com/shop:1"))]);
    let mut watching = Watching::start(&sandbox, &[]);
    kill_process(Pid::from_child(&watching.child), Signal::INT).unwrap();
    // A shell makes 130 of it.
    assert_eq!(watching.child.wait().unwrap().signal(), Some(2));
    assert_eq!(sandbox.list(), ["compose.yaml", "score.yaml"]);
}

#[test]
fn a_wrong_command_line_ends_it() {
    let sandbox = Sandbox::with_files(&[
        ("shop.yaml", &score("shop", "example.com/shop:1")),
        (
            "environments/local/environment.yaml",
            "{target: compose, output: '-'}",
        ),
    ]);
    let no_stdout = "--watch does not write to standard output";
    for (arguments, code, text) in [
        (&["--check"][..], 2, "'--check'"),
        (&["shop.yaml", "-e", "compose", "-o", "-"], 2, no_stdout),
        (&["shop.yaml", "--env", "local"], 2, no_stdout),
        (&[], 2, "there is no Score file here"),
        (&["none.yaml"], 3, "there is no such file"),
    ] {
        let result = sandbox.run(&[&["generate", "--watch"], arguments].concat());
        assert_eq!(result.code, Some(code), "{}", result.stderr);
        assert!(result.stderr.contains(text), "{}", result.stderr);
    }
}
