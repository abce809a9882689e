//! `--help`: what it shows, how wide it is, and whether it is true.

use std::os::unix::fs::{PermissionsExt, symlink};

use clap::{Arg, Command};
use score_rs::cli::help;

use crate::cli::{exits_with, sandbox};
use crate::sandbox::{RunResult, Sandbox, commit_all, git, wait_for_exit};

/// The arguments that name each command, groups included; the first is the root without any.
pub fn command_paths() -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    visit(&help::command(), &[], &mut |path, _| {
        paths.push(path.to_vec())
    });
    paths
}

fn visit(command: &Command, path: &[String], visitor: &mut impl FnMut(&[String], &Command)) {
    visitor(path, command);
    for subcommand in command.get_subcommands() {
        let path = [path, &[subcommand.get_name().to_owned()]].concat();
        visit(subcommand, &path, visitor);
    }
}

/// The help of a command on a terminal of 80 columns.
fn screen(sandbox: &Sandbox, path: &[String], flag: &str) -> String {
    let arguments: Vec<&str> = path.iter().map(String::as_str).chain([flag]).collect();
    let mut command = sandbox.command(&arguments);
    let result = wait_for_exit(command.env("COLUMNS", "80").spawn().unwrap(), &arguments);
    assert_eq!(result.code, Some(0), "{arguments:?}");
    result.stdout
}

#[test]
fn help_fits_80_columns() {
    let sandbox = Sandbox::new();
    for path in command_paths() {
        for flag in ["-h", "--help"] {
            let help = screen(&sandbox, &path, flag);
            let wide: Vec<&str> = help
                .lines()
                .filter(|line| line.chars().count() > 80)
                .collect();
            assert!(wide.is_empty(), "{path:?}: {wide:#?}");
            // A wrapped line cannot be copied, and a wrapped column cannot be read.
            let sections = help::command();
            let command = path.iter().fold(&sections, |command, name| {
                command.find_subcommand(name).unwrap()
            });
            let end = match flag {
                "-h" => command.get_after_help(),
                _ => command.get_after_long_help().or(command.get_after_help()),
            };
            let end = end.map(ToString::to_string).unwrap_or_default();
            assert!(help.trim_end().ends_with(&end), "{path:?} {flag}: {help}");
        }
    }
}

#[test]
fn short_help_is_one_line() {
    visit(&help::command(), &[], &mut |path, command| {
        // The lines of flags are indented by 10, those of commands follow a name.
        for argument in command.get_arguments().filter(|flag| !flag.is_hide_set()) {
            let help = argument.get_help().map(ToString::to_string);
            let help = help.unwrap_or_else(|| panic!("{path:?}: {}", argument.get_id()));
            assert!(help.chars().count() <= 70, "{path:?}: {help}");
        }
        let about = command.get_about().unwrap().to_string();
        assert!(path.is_empty() || about.chars().count() <= 63, "{about}");
        assert!(!about.ends_with('.'), "{about}");
    });
}

#[test]
fn every_flag_is_under_its_heading() {
    let headings = [
        (
            "Output",
            "output env-file patch no-http-probes publish generate-namespace check watch show-secrets source revision",
        ),
        (
            "Workloads",
            "stdin-filename image build overrides-file override-property allow-outside",
        ),
        ("Names", "project namespace"),
        (
            "Environment",
            "env preview provisioners set all-environments update-defaults rotate",
        ),
        ("Remote sources", "locked offline fetch-timeout"),
        (
            "Provisioning",
            "command-timeout seed-file new-seed stateless",
        ),
        (
            "Messages",
            "message-format strict allow warn deny quiet verbose",
        ),
        (
            "",
            "directory fix diff dry-run all update coverage vendor environments extends focus prices against by stdio help version",
        ),
    ];
    let is_other = |path: &[String], flag: &str| match flag {
        // The syntax of an output, the format of the report that is the output, or of a list.
        "format" => true,
        "env" => ["import", "environments show"].contains(&path.join(" ").as_str()),
        "provisioners" | "patch" => path == ["lock"],
        _ => false,
    };
    visit(&help::command(), &[], &mut |path, command| {
        let flags = command
            .get_arguments()
            .filter_map(|flag| Some((flag.get_long()?, flag)));
        for (name, flag) in flags.filter(|(name, _)| !is_other(path, name)) {
            let (heading, _) = headings
                .iter()
                .find(|(_, names)| names.split(' ').any(|other| other == name))
                .unwrap_or_else(|| panic!("{path:?}: --{name} has no heading in this test"));
            let actual = Arg::get_help_heading(flag).unwrap_or_default();
            assert_eq!(actual, *heading, "{path:?}: --{name}");
        }
    });
}

/// The lines of the examples of a command.
fn examples(help: &str) -> Vec<&str> {
    help.split_once("Examples:\n")
        .map_or("", |(_, examples)| examples)
        .lines()
        .take_while(|line| !line.is_empty())
        .map(str::trim)
        .collect()
}

#[test]
fn examples_work_when_typed() {
    let (mut count, mut wrong) = (0, Vec::new());
    for path in command_paths() {
        let help = screen(&Sandbox::new(), &path, "--help");
        let sandbox = example_project(&path);
        if path == ["changes"] {
            commit_all(&sandbox);
            git(
                &sandbox,
                &["update-ref", "refs/remotes/origin/main", "HEAD"],
            );
        }
        for line in examples(&help) {
            // There is no network in tests.
            if line.contains("://") {
                continue;
            }
            count += 1;
            let result = run_line(&sandbox, line);
            if result.code != Some(0) || result.stderr.contains("error") {
                wrong.push(format!("{line}: {:?}\n{}", result.code, result.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 35, "{count}");
}

/// A project for the examples of a command.
fn example_project(path: &[String]) -> Sandbox {
    let sandbox = Sandbox::new();
    if path.join("") == "cost" {
        sandbox.write("prices.yaml", "currency: EUR\ncpuHour: 0.03\n");
    }
    if path.join("") == "catalog" {
        sandbox.write("score-rs.yaml", "catalog: {owner: team-a}\n");
    }
    if path.join("") == "import" {
        let state = "workloads: {}\nresources: {}\n";
        sandbox.write(".score-k8s/state.yaml", state);
        return sandbox;
    }
    sandbox.write(
        "score.yaml",
        "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    image: nginx:1\n    variables: {HOST: \"${resources.db.host}\"}\nservice: {ports: {web: {port: 8080}}}\nresources: {db: {type: postgres}}\n",
    );
    sandbox.write("app/Dockerfile", "FROM scratch\n");
    for (name, target, default) in [("local", "compose", true), ("staging", "kubernetes", false)] {
        sandbox.write(
            &format!("environments/{name}/environment.yaml"),
            format!("target: {target}\ndefault: {default}\noutput: deploy/{name}.yaml\n"),
        );
    }
    let definitions = exits_with(&sandbox, &["provisioners", "show", "postgres"], 0).stdout;
    sandbox.write("platform/postgres.provisioners.yaml", definitions);
    sandbox.write(
        "platform/postgres.test.yaml",
        "tests:\n- {name: a port, resource: {type: postgres}, expect: {outputs: {port: 5432}}}\n",
    );
    exits_with(&sandbox, &["generate", "--all-environments"], 0);
    sandbox
}

/// Runs an example in a shell in which the other programs do nothing.
fn run_line(sandbox: &Sandbox, line: &str) -> RunResult {
    // What the examples with `-i` and `source` need.
    let score = sandbox.path("score.yaml");
    if let Ok(text) = std::fs::read_to_string(&score) {
        let image = if line.contains(" -i ") {
            "image: ."
        } else {
            "image: nginx:1"
        };
        let text = text
            .replace("image: .", image)
            .replace("image: nginx:1", image);
        std::fs::write(&score, text).unwrap();
    }
    let line = line.replace("| source", "| cat");
    let line = match line.strip_prefix("source <(") {
        Some(rest) => rest.replacen(')', "", 1),
        None => line,
    };
    let bin = sandbox.path("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_score-rs"), bin.join("score-rs")).unwrap();
        for program in ["kubectl", "less"] {
            std::fs::write(
                bin.join(program),
                "#!/bin/sh\nwhile read -r line; do :; done\n",
            )
            .unwrap();
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(bin.join(program), mode).unwrap();
        }
    }
    let mut command = sandbox.command_in_shell(&line);
    command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    wait_for_exit(command.spawn().unwrap(), &[&line])
}

/// The command line of a command with the arguments that it requires.
fn command_line(path: &[String]) -> Vec<&str> {
    let values: &[&str] = match path.join(" ").as_str() {
        "resources get-outputs" => &["postgres.default#good.db", "good.yaml"],
        "provisioners show" => &["postgres"],
        "why" => &["Deployment/shop", ".", "good.yaml"],
        "schema" => &["workload", "--env", "bad"],
        "docs" => &["-o", "site"],
        "explain" => &["postgres"],
        "completions" => &["bash"],
        "man" => &["man1"],
        "check-version" => &[">=0.1.0"],
        "changes" => &["--against", "HEAD", "good.yaml"],
        "push" => &["oci://127.0.0.1:9/shop:v1", "--dry-run", "good.yaml"],
        "bundle push" => &["oci://127.0.0.1:9/platform:v1", "--dry-run"],
        "generate" | "diff" | "validate" | "resources list" | "resources prune" | "cost"
        | "secrets list" | "graph" | "catalog" => &["good.yaml"],
        _ => &[],
    };
    path.iter()
        .map(String::as_str)
        .chain(values.iter().copied())
        .collect()
}

#[test]
fn the_environment_variable_is_read_where_the_help_says() {
    let sandbox = sandbox();
    commit_all(&sandbox);
    let (mut reading, mut ignoring) = (0, 0);
    for path in command_paths() {
        let help = screen(&sandbox, &path, "--help");
        let arguments = command_line(&path);
        let mut command = sandbox.command(&arguments);
        command.env("SCORE_RS_ENV", "nowhere");
        let result = wait_for_exit(command.spawn().unwrap(), &arguments);
        let is_read = result.stderr.contains("named by SCORE_RS_ENV");
        let is_documented = help.contains("\n  SCORE_RS_ENV ");
        assert_eq!(is_read, is_documented, "{arguments:?}: {}", result.stderr);
        match is_read {
            true => reading += 1,
            false => ignoring += 1,
        }
    }
    assert!(reading > 5 && ignoring > 5, "{reading} {ignoring}");
}

#[test]
fn commands_exit_with_the_codes_of_their_help() {
    // Nothing here is valid: no Score file, no environment, no import.
    let invalid = Sandbox::with_files(&[
        ("good.yaml", "containers: {}\n"),
        ("environments/bad/environment.yaml", "target: nowhere\n"),
        (".score-k8s/state.yaml", "workloads: []\n"),
        ("bad.test.yaml", "tests: 1\n"),
        ("bad.provisioners.yaml", "- 1\n"),
    ]);
    commit_all(&invalid);
    for path in command_paths() {
        let help = screen(&invalid, &path, "--help");
        let Some((_, codes)) = help.split_once("Exit codes:\n") else {
            continue;
        };
        let has = |row: &str| codes.lines().any(|line| line.starts_with(row));
        if path.is_empty() {
            continue;
        }
        let arguments = command_line(&path);
        let run = |before: &[&str], after: &[&str]| {
            let arguments = [before, &arguments, after].concat();
            let result = invalid.run(&arguments);
            (result.code, format!("{arguments:?}: {}", result.stderr))
        };
        let (code, message) = run(&[], &[]);
        assert_eq!(
            code == Some(1),
            has("  1  the input has errors"),
            "{message}"
        );
        let (code, message) = run(&[], &["--no-such-flag"]);
        assert!(code == Some(2) && has("  2  "), "{message}");
        let (code, message) = run(&["-C", "nowhere"], &[]);
        assert!(code == Some(3) && has("  3  "), "{message}");
    }
}

#[test]
fn a_difference_is_among_the_exit_codes() {
    let sandbox = sandbox();
    sandbox.write("old.yaml", crate::cli::WARNS);
    for (arguments, is_difference) in [
        (&["generate", "good.yaml", "--check"][..], true),
        (&["diff", "good.yaml"], true),
        (&["validate", "old.yaml", "--diff"], true),
        (&["resources", "list", "good.yaml"], false),
    ] {
        let code = sandbox.run(arguments).code.unwrap();
        assert_eq!(code != 0, is_difference, "{arguments:?}");
        let path: Vec<String> = arguments
            .iter()
            .take_while(|word| !word.contains('.'))
            .map(|word| (*word).to_owned())
            .collect();
        let help = screen(&sandbox, &path, "--help");
        let row = help
            .lines()
            .find(|line| line.ends_with("a difference was found"));
        let listed = row.map(|row| row.starts_with(&format!("  {code}  ")));
        assert_eq!(
            listed,
            is_difference.then_some(true),
            "{arguments:?}: {help}"
        );
    }
}

#[test]
fn flags_of_the_go_tools_get_a_tip() {
    let sandbox = sandbox();
    for (arguments, tip) in [
        (
            &["run", "-f", "score.yaml"][..],
            "use `score-rs generate FILE`",
        ),
        (&["completion", "bash"], "use `score-rs completions SHELL`"),
        (&["--verbose", "generate"], "after the command"),
        (
            &["-C", ".", "init", "--file=score.yaml"],
            "`score-rs generate FILE`",
        ),
        (
            &["init", "-p", "shop"],
            "`score-rs generate --project NAME`",
        ),
        (&["init", "--no-sample"], "leave `init` out"),
        (
            &["init", "--provisioners", "a.yaml"],
            "`score-rs generate --provisioners FILE`",
        ),
        (
            &["init", "--patch-templates", "a.tpl"],
            "`score-rs generate --patch FILE`",
        ),
        (&["init", "--no-default-provisioners"], "without `builtin`"),
        (
            &["generate", "--file", "score.yaml"],
            "`score-rs generate FILE`",
        ),
        (&["generate", "-fscore.yaml"], "`score-rs generate FILE`"),
        (
            &["generate", "--patch-templates=a.tpl"],
            "`score-rs generate --patch FILE`",
        ),
        (
            &["generate", "--property", "a=b"],
            "use `--override-property PATH=VALUE`",
        ),
    ] {
        let message = exits_with(&sandbox, arguments, 2).stderr;
        let tips: Vec<&str> = message
            .lines()
            .filter(|line| line.starts_with("  tip: "))
            .collect();
        assert!(
            tips.len() == 1 && tips[0].contains(tip),
            "{arguments:?}: {message}"
        );
    }
    // Other mistakes keep clap's suggestions.
    let message = exits_with(&sandbox, &["generate", "--strickt"], 2).stderr;
    assert!(message.contains("'--strict'"), "{message}");
    let message = exits_with(&sandbox, &["resources", "list", "--file"], 2).stderr;
    assert!(!message.contains("score-rs generate"), "{message}");
}
