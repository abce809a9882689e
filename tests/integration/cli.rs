//! The command line as its users and their scripts know it: words in, exit codes and lines out.

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const GOOD: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: good\ncontainers:\n  main:\n    image: nginx:1\n";
const OPEN: &str =
    "apiVersion: score.dev/v1b1\nmetadata:\n  name: open\ncontainers:\n  main:\n    image: .\n  side:\n    image: .\n";
const WRONG: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: wrong\ncontainers:\n  main: {}\n";
const WARNS: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: warns\ncontainers:\n  main:\n    image: nginx:1\nresources:\n  host:\n    type: dns\n    properties: {}\n";

fn sandbox() -> Sandbox {
    Sandbox::with_files(&[("good.yaml", GOOD), ("open.yaml", OPEN), ("wrong.yaml", WRONG), ("warns.yaml", WARNS)])
}

#[track_caller]
fn ends(sandbox: &Sandbox, arguments: &[&str], code: i32) -> RunResult {
    let result = sandbox.run(arguments);
    assert_eq!(result.code, Some(code), "{arguments:?}\n{}{}", result.stdout, result.stderr);
    result
}

/// The output of a run to standard output that went well.
#[track_caller]
fn output(arguments: &[&str]) -> String {
    ends(&sandbox(), &[&["generate", "-o", "-"], arguments].concat(), 0).stdout
}

/// What is said about a run whose input is wrong, one line each.
#[track_caller]
fn errors(arguments: &[&str]) -> String {
    let result = ends(&sandbox(), &[&["generate", "-o", "-", "--message-format", "short"], arguments].concat(), 1);
    assert_eq!(result.stdout, "", "nothing is written when something is wrong");
    result.stderr
}

#[test]
fn exit_codes_say_whose_fault_it_is() {
    let sandbox = sandbox();
    for command in ["generate", "validate"] {
        ends(&sandbox, &[command, "good.yaml"], 0);
        ends(&sandbox, &[command, "warns.yaml"], 0);
        ends(&sandbox, &[command, "warns.yaml", "--strict"], 1);
        ends(&sandbox, &[command, "wrong.yaml"], 1);
        ends(&sandbox, &[command, "good.yaml", "--no-such-flag"], 2);
        ends(&sandbox, &[command, "good.yaml", "--env", "nowhere"], 2);
        ends(&sandbox, &[command, "good.yaml", "--env", "compose", "--provisioners", "missing.yaml"], 3);
        ends(&sandbox, &[command, "missing.yaml"], 3);
        ends(&sandbox, &[command], 2);
    }
    ends(&sandbox, &["generate", "good.yaml", "--namespace", "Not Good"], 2);
    ends(&sandbox, &["validate", "good.yaml", "--project", "Not Good"], 2);
    ends(&sandbox, &["validate", "good.yaml", "--provisioners", "good.yaml"], 2);
    ends(&sandbox, &["generate", "good.yaml", "--project", "-"], 2);
    ends(&sandbox, &["generate", "good.yaml", "--seed-file", "missing"], 3);
    ends(&sandbox, &["no-such-command"], 2);
    ends(&sandbox, &[], 2);
    ends(&sandbox, &["--version"], 0);
}

#[test]
fn every_refusal_says_why() {
    let sandbox = sandbox();
    let said = |arguments: &[&str]| sandbox.run(arguments).stderr;
    assert!(said(&["generate", "missing.yaml"]).contains("cannot read `missing.yaml`: there is no such file"));
    assert!(said(&["generate", "good.yaml", "--env", "kubernete"]).contains("did you mean `kubernetes`?"));
    assert!(said(&["generate"]).contains("there is no Score file here"));
    assert!(said(&["generate", "good.yaml", "--no-such-flag"]).contains("--no-such-flag"));
}

#[test]
fn a_failed_run_leaves_what_was_there() {
    let sandbox = sandbox();
    ends(&sandbox, &["generate", "good.yaml"], 0);
    let before = sandbox.read("compose.yaml");
    let list = sandbox.list();
    ends(&sandbox, &["generate", "wrong.yaml"], 1);
    ends(&sandbox, &["generate", "warns.yaml", "--strict"], 1);
    assert_eq!((sandbox.read("compose.yaml"), sandbox.list()), (before, list));
}

#[test]
fn help_mentions_every_flag() {
    let sandbox = sandbox();
    let flags = [
        (
            "generate",
            "--locked --offline --fetch-timeout --env --env-file --output --image --stdin-filename --build --overrides-file --override-property --set --namespace --generate-namespace --project \
          --provisioners --command-timeout --patch --seed-file --stateless --check --show-secrets --allow-outside --no-http-probes --publish --format --message-format --strict --allow --warn --deny --quiet --verbose --all-environments --help",
        ),
        (
            "diff",
            "--locked --offline --fetch-timeout --env --output --image --stdin-filename --build --overrides-file --override-property --set --namespace --generate-namespace --project \
          --provisioners --command-timeout --patch --seed-file --stateless --show-secrets --allow-outside --no-http-probes --publish --format --message-format --strict --allow --warn --deny --quiet --verbose --all-environments --help",
        ),
        (
            "validate",
            "--locked --offline --fetch-timeout --fix --diff --all-environments --env --provisioners --image --stdin-filename --build --overrides-file --override-property --set --namespace --project --allow-outside --format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        (
            "resources list",
            "--locked --offline --fetch-timeout --env --provisioners --image --stdin-filename --build --overrides-file --override-property --set --namespace --project --format --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        (
            "resources get-outputs",
            "--locked --offline --fetch-timeout --env --provisioners --image --stdin-filename --build --overrides-file --override-property --set --namespace --project --command-timeout \
          --seed-file --stateless --format --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        (
            "lock",
            "--update --provisioners --patch --fetch-timeout --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        ("import", "--env --message-format --strict --allow --warn --deny --quiet --verbose --help"),
        (
            "resources prune",
            "--locked --offline --fetch-timeout --env --provisioners --image --stdin-filename --build --overrides-file --override-property --set --namespace --project --dry-run --all --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
    ];
    for (command, flags) in flags {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = ends(&sandbox, &words, 0).stdout;
        let mut mentioned: Vec<&str> = help
            .lines()
            .map(str::trim_start)
            .filter(|line| line.starts_with('-'))
            .filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")))
            .collect();
        let mut wanted: Vec<&str> = flags.split_whitespace().chain(["--directory"]).collect();
        mentioned.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(mentioned, wanted, "{command}");
        assert!(help.contains("Exit status: 0 "), "{command}");
    }
    let help = ends(&sandbox, &["--help"], 0).stdout;
    assert!(help.contains("generate") && help.contains("validate"));
}

#[test]
fn short_lines_are_for_machines() {
    let sandbox = sandbox();
    let lines = ends(&sandbox, &["validate", "--format", "short", "wrong.yaml", "warns.yaml"], 1);
    let lines: Vec<&str> = lines.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("wrong.yaml:5:9: error: ") && lines[0].ends_with(" [missing-key]"), "{}", lines[0]);
    assert!(lines[1].starts_with("warns.yaml:10:5: warning: ") && lines[1].ends_with(" [removed-key]"), "{}", lines[1]);
    let strict = ends(&sandbox, &["validate", "--format", "short", "--strict", "warns.yaml"], 1).stdout;
    assert!(strict.starts_with("warns.yaml:10:5: error: "), "{strict}");
}

#[test]
fn validate_reports_on_standard_output_and_generate_beside_it() {
    let sandbox = sandbox();
    let validated = ends(&sandbox, &["validate", "warns.yaml"], 0);
    assert!(validated.stdout.contains("[removed-key]") && validated.stderr.contains("1 file is valid"));
    let generated = ends(&sandbox, &["generate", "warns.yaml", "-o", "-"], 0);
    assert!(generated.stderr.contains("[removed-key]") && generated.stdout.starts_with("services:\n"));
    let quiet = ends(&sandbox, &["generate", "good.yaml", "--quiet"], 0);
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
}

#[test]
fn output_goes_where_it_is_sent() {
    let sandbox = sandbox();
    ends(&sandbox, &["generate", "good.yaml"], 0);
    ends(&sandbox, &["generate", "good.yaml", "-e", "kubernetes"], 0);
    ends(&sandbox, &["generate", "good.yaml", "-o", "deep/down/out.yaml"], 0);
    assert_eq!(sandbox.read("compose.yaml"), sandbox.read("deep/down/out.yaml"));
    assert!(sandbox.read("manifests.yaml").starts_with("apiVersion: apps/v1\nkind: Deployment\n"));
    let piped = sandbox.run_with_input(&["generate", "-", "-o", "-"], GOOD.as_bytes());
    assert_eq!((piped.code, piped.stdout), (Some(0), sandbox.read("compose.yaml")));
    let environment = crate::sandbox::wait_for_exit(
        sandbox.command(&["generate", "good.yaml", "-o", "-"]).env("SCORE_RS_ENV", "kubernetes").spawn().unwrap(),
        &[],
    );
    assert_eq!(environment.stdout, sandbox.read("manifests.yaml"));
}

#[test]
fn files_are_found_where_none_is_named() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", GOOD),
        ("deep/open.score.yaml", &OPEN.replace("image: .", "image: nginx:2")),
        ("environments/score.yaml", WRONG),
        (".hidden/score.yaml", WRONG),
        ("ignored/score.yaml", WRONG),
        (".gitignore", "ignored/\n"),
        ("other.yaml", WRONG),
    ]);
    let output = ends(&sandbox, &["generate", "-o", "-"], 0).stdout;
    assert!(output.contains("good-main:") && output.contains("open-side:"), "{output}");
    assert!(ends(&sandbox, &["validate"], 0).stderr.contains("2 files are valid"));
}

#[test]
fn images_are_given_by_flag() {
    let images = |arguments: &[&str]| -> Vec<String> {
        let output = output(arguments);
        output.lines().filter_map(|line| line.trim().strip_prefix("image: ")).map(str::to_owned).collect()
    };
    assert_eq!(images(&["open.yaml", "--image", "nginx:2"]), ["nginx:2", "nginx:2"]);
    assert_eq!(images(&["open.yaml", "-i", "open=nginx:2", "-i", "open.side=nginx:3"]), ["nginx:2", "nginx:3"]);
    assert_eq!(images(&["good.yaml", "--image", "good.main=nginx:2"]), ["nginx:2"]);
    assert!(errors(&["open.yaml"]).contains("open.yaml:6:12: error: "));
    assert!(
        errors(&["open.yaml", "-i", "opne=nginx:2"])
            .contains("--image:1:1: error: there is no workload `opne`; did you mean `open`?")
    );
    assert!(errors(&["open.yaml", "-i", "open.sid=nginx:2"]).contains("did you mean `side`?"));
    // One cause is told once: not also that the container has no image.
    for flags in [["-i", "open="], ["-i", "opne=nginx:2"], ["--build", "./app"], ["--build", "mian=./app"]] {
        let said = errors(&[&["open.yaml"], &flags[..]].concat());
        assert!(said.starts_with("--") && said.lines().count() == 1, "{flags:?}: {said}");
    }
    assert!(errors(&["open.yaml", "-i", "open="]).contains("--image:1:1: error: "));
    assert!(errors(&["good.yaml", "-i", "nginx:2", "--strict"]).contains("[unused-image]"));
}

#[test]
fn properties_are_overridden_by_flag() {
    let with = |flag: &str| output(&["good.yaml", "--override-property", flag]);
    assert!(with("containers.main.image=nginx:2").contains("image: nginx:2\n"));
    assert!(with("good:containers.main.args.-1=--now").contains("command:\n    - --now\n"));
    assert!(with(r"metadata.annotations.example\.com/a=b").contains("example.com/a: b\n"));
    assert!(with("containers.main.variables={A: b}").contains("environment:\n      A: b\n"));
    assert!(with("containers.other={image: busybox}").contains("good-other:\n"));
    assert!(errors(&["good.yaml", "--override-property", "containers.main.image="]).contains("[missing-key]"));
}

#[test]
fn an_override_for_a_misspelt_name_is_told() {
    let mian = |key: &str| format!("containers.mian.{key}");
    let said = errors(&["good.yaml", "--strict", "--override-property", &mian("image=nginx:2")]);
    assert_eq!(
        said,
        "--override-property:1:1: error: this override adds the container `mian` beside `main`; did you mean `main`? \
         [added-by-override]\n"
    );
    let said = errors(&["good.yaml", "--override-property", &mian("args.-1=--now")]);
    assert_eq!(
        said,
        "--override-property:1:1: error: there is no container `mian` to change, and this adds one without `image`; \
         did you mean `main`? [unknown-container]\n"
    );
    // All that one container is given by several flags belongs together.
    let flags = ["--override-property", &mian("args.-1=--now"), "--override-property", &mian("image=nginx:2")];
    assert!(output(&[&["good.yaml"], &flags[..]].concat()).contains("good-mian:\n"));
}

#[test]
fn a_path_that_begins_elsewhere_is_told() {
    let sandbox = sandbox();
    sandbox.write("shop/score.yaml", GOOD);
    let said = |path: &str| {
        let result = ends(&sandbox, &["-C", "shop", "validate", path], 3);
        result.stderr
    };
    assert_eq!(
        said("shop/score.yaml"),
        "error: cannot read `shop/score.yaml`: there is no such file; paths begin where `-C` leads: write `score.yaml`\n"
    );
    let outside = sandbox.path("good.yaml").canonicalize().unwrap();
    assert!(said("good.yaml").ends_with(&format!("write `{}`\n", outside.display())), "{}", said("good.yaml"));
    assert!(!said("nowhere.yaml").contains("-C"));
}

#[test]
fn errors_in_an_override_point_into_it() {
    let wrong = |flag: &str| errors(&["good.yaml", "--override-property", flag]);
    assert!(
        wrong("containers.main.imge=x")
            .contains("--override-property:1:1: error: the container `main` has no key `imge`"),
        "{}",
        wrong("containers.main.imge=x")
    );
    assert!(
        wrong("containers.main.args=7").starts_with("--override-property containers.main.args:1:1: error: "),
        "{}",
        wrong("containers.main.args=7")
    );
    assert!(wrong("containers.main.args=[").contains("[yaml-syntax]"));
    assert!(wrong("containers.main.image.deep=x").contains("[override-path]"));
    assert!(wrong("no-value").contains("--override-property:1:1: error: this override has no `=`"));
    // What is overridden can be checked as it will be compiled.
    let overridden = sandbox().run(&["validate", "good.yaml", "--override-property", "containers.main.image="]);
    assert!(overridden.code == Some(1) && overridden.stdout.contains("[missing-key]"), "{overridden:?}");
    assert!(wrong("godo:containers.main.image=x").contains("did you mean `good`?"));

    let sandbox = sandbox();
    sandbox
        .write("change.yaml", "containers:\n  main:\n    image: nginx:2\n    variables:\n      A: ${resources.no.a}\n");
    let run =
        |arguments: &[&str]| sandbox.run(&[&["generate", "-o", "-", "--message-format", "short"], arguments].concat());
    let unknown = run(&["good.yaml", "--overrides-file", "change.yaml"]);
    assert!(unknown.code == Some(1) && unknown.stderr.starts_with("change.yaml:5:10: error: "), "{}", unknown.stderr);
    sandbox.write("change.yaml", "containers: {main: {image: nginx:2}}\n");
    assert!(run(&["good.yaml", "--overrides-file", "change.yaml"]).stdout.contains("image: nginx:2\n"));
    assert!(run(&["good.yaml", "--overrides-file", "good=change.yaml"]).stdout.contains("image: nginx:2\n"));
    let other = run(&["good.yaml", "--overrides-file", "other=change.yaml"]);
    assert!(other.code == Some(1) && other.stderr.contains("there is no workload `other`"), "{}", other.stderr);
    let several = run(&["good.yaml", "warns.yaml", "--overrides-file", "change.yaml"]);
    assert!(several.code == Some(1) && several.stderr.contains("[override-without-workload]"), "{}", several.stderr);
    assert_eq!(run(&["good.yaml", "--overrides-file", "missing.yaml"]).code, Some(3));
}

#[test]
fn a_file_outside_the_project_is_read_only_when_that_is_allowed() {
    let sandbox = Sandbox::new();
    let score = format!("{GOOD}    files:\n      /a:\n        source: ../secret\n");
    sandbox.write("project/score.yaml", score);
    sandbox.write("secret", "outside\n");
    let run = |more: &[&str]| {
        let arguments = [&["generate", "-e", "kubernetes", "-o", "-", "--message-format", "short"], more].concat();
        crate::sandbox::wait_for_exit(
            sandbox.command(&arguments).current_dir(sandbox.path("project")).spawn().unwrap(),
            &arguments,
        )
    };
    let refused = run(&[]);
    assert!(refused.code == Some(1) && !refused.stderr.contains("outside\n"), "{refused:?}");
    assert!(run(&["--allow-outside"]).stdout.contains("outside"));
    let secret = sandbox.path("secret");
    let score = format!("{GOOD}    files:\n      /a:\n        source: {}\n", secret.display());
    sandbox.write("project/score.yaml", score);
    assert!(run(&[]).stderr.contains("[outside-project]"), "an absolute path lies outside as well");
    assert!(run(&["--allow-outside"]).stdout.contains("outside"));
}

/// Every command, by the words that call it.
const COMMANDS: [&[&str]; 15] = [
    &["generate"],
    &["validate"],
    &["resources"],
    &["resources", "list"],
    &["resources", "get-outputs"],
    &["provisioners"],
    &["provisioners", "list"],
    &["provisioners", "show"],
    &["environments"],
    &["environments", "list"],
    &["environments", "show"],
    &["init"],
    &["explain"],
    &["completions"],
    &["check-version"],
];

#[test]
fn help_fits_a_terminal() {
    let sandbox = sandbox();
    for words in COMMANDS.iter().copied().chain([&[][..]]) {
        for flag in ["-h", "--help"] {
            let help = ends(&sandbox, &[words, &[flag]].concat(), 0).stdout;
            let wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > 100).collect();
            assert!(wide.is_empty(), "{words:?}: {wide:#?}");
            let examples = help.split_once("Example").map_or("", |(_, examples)| examples);
            // An example that is wrapped cannot be copied.
            let broken =
                examples.lines().skip(1).take_while(|line| !line.is_empty()).find(|line| !line.contains("score-rs "));
            assert_eq!(broken, None, "{words:?}");
        }
    }
}

#[test]
fn completions_know_every_command() {
    let sandbox = sandbox();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = ends(&sandbox, &["completions", shell], 0).stdout;
        for word in COMMANDS.iter().filter_map(|words| words.last()).chain(&["env-file", "override-property"]) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert!(ends(&sandbox, &["completions", "fishh"], 2).stderr.contains("fish"));
}

#[test]
fn a_script_asks_for_a_version() {
    let sandbox = sandbox();
    let own = format!("score-rs {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((ends(&sandbox, &["--version"], 0).stdout, ends(&sandbox, &["version"], 0).stdout), (own.clone(), own));
    let exact = format!("v{}", env!("CARGO_PKG_VERSION"));
    for met in [exact.as_str(), ">=0.0.1", ">0.0.1, <1000", "^1000 || >=0.1"] {
        let result = ends(&sandbox, &["check-version", met], 0);
        assert_eq!((result.stdout.as_str(), result.stderr.as_str()), ("", ""), "{met}");
    }
    let unmet = ends(&sandbox, &["check-version", ">=1000"], 1);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        unmet.stderr,
        format!("error: this is score-rs {version}, and `>=1000` is needed: install such a version\n")
    );
    for wrong in ["", "one", ">=one.two", "1.2.3.4"] {
        let result = ends(&sandbox, &["check-version", wrong], 2);
        assert!(result.stderr.contains("write one such as `>=0.1.0`"), "{}", result.stderr);
    }
}

#[test]
fn many_notes_of_a_kind_are_counted_and_quiet_leaves_notes_out() {
    let sandbox = Sandbox::new();
    for index in 0..5 {
        let port = "service:\n  ports:\n    web:\n      port: 80\n      targetPort: 8080\n";
        let score = format!(
            "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop-{index}\n{port}containers:\n  main:\n    image: nginx:1\n"
        );
        sandbox.write(&format!("{index}.score.yaml"), score);
    }
    let result = sandbox.run(&["generate"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(result.stderr.matches("☞").count(), 3, "{}", result.stderr);
    assert!(result.stderr.contains("note [port-not-mapped]: 2 more like this"), "{}", result.stderr);
    let short = sandbox.run(&["generate", "--message-format", "short"]);
    assert_eq!(short.stderr.matches(": note: ").count(), 5, "{}", short.stderr);
    assert_eq!(sandbox.run(&["generate", "--quiet"]).stderr, "");
}

#[test]
fn a_directory_gets_a_file_for_each_object_and_loses_those_of_an_earlier_run() {
    let sandbox = Sandbox::new();
    let score = |name: &str, port: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata:\n  name: {name}\n{port}containers:\n  main:\n    image: nginx:1\n"
        )
    };
    sandbox.write("a.score.yaml", score("shop", "service:\n  ports:\n    web:\n      port: 80\n"));
    sandbox.write("b.score.yaml", score("cart", ""));
    let generate = ["generate", "-e", "kubernetes", "-o", "out/"];
    let said = ends(&sandbox, &generate, 0).stderr;
    assert_eq!(said, "wrote 4 files in out/\n");
    let all = ["deployment-cart.yaml", "deployment-shop.yaml", "kustomization.yaml", "service-shop.yaml"];
    assert_eq!(
        sandbox.list(),
        [
            &["a.score.yaml", "b.score.yaml", "out"][..],
            &all.map(|name| format!("out/{name}")).each_ref().map(String::as_str)
        ]
        .concat()
    );
    // What somebody else keeps there stays.
    sandbox.write("out/notes.txt", "mine");
    let said = ends(&sandbox, &[&generate[..], &["b.score.yaml"]].concat(), 0).stderr;
    assert!(said.starts_with("removed `out/service-shop.yaml` and `out/deployment-shop.yaml`, no longer"), "{said}");
    let left = ["out/deployment-cart.yaml", "out/kustomization.yaml", "out/notes.txt"];
    assert_eq!(sandbox.list(), [&["a.score.yaml", "b.score.yaml", "out"][..], &left].concat());
    assert!(sandbox.read("out/kustomization.yaml").ends_with("resources:\n- deployment-cart.yaml\n"));
    // A list that somebody has changed is theirs, and so is all that it names.
    let list = sandbox.read("out/kustomization.yaml");
    sandbox.write("out/kustomization.yaml", format!("{list}- notes.txt\n"));
    let refused = ends(&sandbox, &generate, 2).stderr;
    assert!(refused.contains("`out/kustomization.yaml` is not as score-rs made it"), "{refused}");
    assert_eq!(sandbox.list(), [&["a.score.yaml", "b.score.yaml", "out"][..], &left].concat());
    sandbox.write("other/kustomization.yml", "resources: []\n");
    ends(&sandbox, &["generate", "-e", "kubernetes", "-o", "other"], 2);
    // A list of somebody's own is not replaced, and nothing else is written.
    sandbox.write("own/kustomization.yaml", "resources: [base]\n");
    let refused = ends(&sandbox, &["generate", "-e", "kubernetes", "-o", "own"], 2);
    assert!(refused.stderr.contains("`own/kustomization.yaml` is not as score-rs made it"), "{}", refused.stderr);
    assert!(!sandbox.path("own/deployment-shop.yaml").exists());
}

#[test]
fn outputs_have_other_syntaxes() {
    let sandbox = Sandbox::with_files(&[("score.yaml", GOOD)]);
    let alone = ends(&sandbox, &["generate", "--format", "json"], 0).stderr;
    assert!(alone.contains("wrote compose.json\n") && !alone.contains("Compose reads"), "{alone}");
    for (directory, more) in [("", &[][..]), ("out/", &["-o", "out/"])] {
        sandbox.write(&format!("{directory}compose.yaml"), "services: {}\n");
        let said = ends(&sandbox, &[&["generate", "--format", "json"], more].concat(), 0).stderr;
        assert!(said.contains(&format!("Compose reads {directory}compose.yaml, which is older")), "{said}");
    }
    std::fs::remove_dir_all(sandbox.path("out")).unwrap();
    let compose: serde_json::Value = serde_json::from_str(&sandbox.read("compose.json")).unwrap();
    assert_eq!(compose["services"]["good-main"]["hostname"], "good");
    let kyaml = ends(&sandbox, &["generate", "-e", "kubernetes", "--format", "kyaml", "-o", "-"], 0).stdout;
    assert!(kyaml.starts_with("---\n{\n  apiVersion: \"apps/v1\",\n  kind: \"Deployment\",\n"), "{kyaml}");
    ends(&sandbox, &["generate", "-e", "kubernetes", "--format", "json", "-o", "out/", "-q"], 0);
    let object: serde_json::Value = serde_json::from_str(&sandbox.read("out/deployment-good.json")).unwrap();
    assert_eq!(object["kind"], "Deployment");
    assert!(sandbox.read("out/kustomization.yaml").ends_with("- deployment-good.json\n"));
}

const SETTINGS: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  main:\n    image: nginx:1\n    args: [\"${resources.env.LEVEL}\"]\n    variables:\n      HOST: ${resources.host.host}\nresources:\n  env:\n    type: environment\n  host:\n    type: dns\n";

#[test]
fn values_of_the_environment_reach_provisioners() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SETTINGS)]);
    let arguments = ["generate", "-o", "-", "--set", "domain=shop.example", "--set", "domain=example.org"];
    let result = ends(&sandbox, &arguments, 0);
    assert!(result.stdout.contains(".example.org\n"), "{}", result.stdout);
    for command in ["generate", "validate"] {
        let result = ends(&sandbox, &[command, "--env", "compose", "--message-format", "short", "--set", "domain"], 1);
        let said = format!("{}{}", result.stdout, result.stderr);
        assert!(said.contains("--set:1:1: error: this value has no `=`;") && said.contains("[set-key]"), "{said}");
        let result =
            ends(&sandbox, &[command, "--env", "compose", "--message-format", "short", "--set", "domain=[a"], 1);
        let said = format!("{}{}", result.stdout, result.stderr);
        assert!(said.contains("--set domain:1:"), "{said}");
    }
    ends(&sandbox, &["validate", "--set", "domain=example.com"], 2);
}

#[test]
fn settings_that_the_cluster_keeps_stand_where_they_can() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SETTINGS)]);
    let said = |set: &str| {
        let arguments = ["generate", "--env", "kubernetes", "--message-format", "short", "--set", set];
        ends(&sandbox, &arguments, 1).stderr
    };
    assert!(said("environment.configMap=settings").contains("[config-map-not-possible]"));
    assert!(said("environment.secret=keys").contains("[secret-not-possible]"));
    for (set, what) in [
        ("environment.secret=a_b", "has a `secret` that is no name"),
        ("environment={secret: a, configMap: b}", "names a Secret and a ConfigMap, and not which has what"),
        ("environment={configMap: a, secretKeys: [LEVEL]}", "has `secretKeys` and no Secret"),
        ("environment={configMap: a, secretKeys: LEVEL}", "has `secretKeys` that are no list"),
        ("environment.secrets=a", "did you mean `secret`?"),
    ] {
        let said = said(set);
        assert!(said.contains("[section-shape]") && said.contains(what), "{set}: {said}");
    }
    sandbox.write("score.yaml", SETTINGS.replace("LEVEL", "LOG/LEVEL"));
    assert!(said("environment.secret=keys").contains("cannot have the key `LOG/LEVEL`"));
}

#[test]
fn a_built_container_needs_no_image() {
    let built =
        output(&["open.yaml", "--build", "main=./app", "--build", "open.side=lib", "--image", "open.side=side:1"]);
    assert!(built.contains("open-main:\n    build:\n      context: ./app\n    hostname"), "{built}");
    assert!(built.contains("open-side:\n    image: side:1\n    build:\n      context: ./lib\n"), "{built}");
    let last = output(&["open.yaml", "--image", "x", "--build", "main=one", "--build", "main=two"]);
    assert!(last.contains("context: ./two") && !last.contains("./one"), "{last}");
}

#[test]
fn a_build_that_leads_nowhere_is_refused_with_its_text() {
    let said = errors(&["open.yaml", "--image", "x", "--build", "mian=a", "--build", "opne.side=a", "--build", "app"]);
    assert!(said.contains("--build:1:1: error: there is no container `mian`; did you mean `main`?"), "{said}");
    assert!(said.contains("--build:1:1: error: there is no workload `opne`; did you mean `open`?"), "{said}");
    assert!(said.contains("this flag does not say which container is built"), "{said}");
    let said = errors(&["open.yaml", "good.yaml", "--image", "x", "--build", "main=a"]);
    assert!(said.contains("put `WORKLOAD.` before it; the workloads are `open` and `good`"), "{said}");
    let said = errors(&["open.yaml", "good.yaml", "--image", "x", "--build", "open=a"]);
    assert!(said.contains("write `open.CONTAINER` before the `=`; the containers are `main` and `side`"), "{said}");
    let said = errors(&["open.yaml", "--env", "kubernetes", "--build", "main=a", "--build", "side=b"]);
    assert!(said.contains("Kubernetes builds no images, so the container `main` needs the name of one"), "{said}");
}

/// Compose reads paths from the directory of its file.
#[test]
fn a_build_is_found_from_where_the_output_is() {
    let sandbox = sandbox();
    let context = |to: &str| {
        ends(&sandbox, &["generate", "open.yaml", "--image", "x", "--build", "main={context: app}", "-o", to], 0);
        let written = if to.ends_with('/') { format!("{to}compose.yaml") } else { to.to_owned() };
        let text = std::fs::read_to_string(sandbox.path(&written)).unwrap();
        text.lines().find_map(|line| line.trim().strip_prefix("context: ").map(str::to_owned)).unwrap()
    };
    assert_eq!(context("compose.yaml"), "./app");
    assert_eq!(context("deploy/local/"), "../../app");
    let name = sandbox.path("").file_name().unwrap().to_str().unwrap().to_owned();
    let beside = format!("../{name}-beside/");
    let found = context(&beside);
    std::fs::remove_dir_all(sandbox.path(&beside)).unwrap();
    assert_eq!(found, format!("../{name}/app"));
}

/// What a resource holds may be a password, and a run's log is read by many.
#[test]
fn a_published_port_shows_no_output_and_is_refused_without_writing() {
    let sandbox =
        Sandbox::with_files(&[("db.yaml", &WARNS.replace("type: dns\n    properties: {}", "type: postgres"))]);
    let flag = "5432:postgres.default#warns.host.password:5432";
    let said = ends(&sandbox, &["generate", "-o", "-", "db.yaml", "--publish", flag], 1);
    assert!(said.stderr.contains("does not name a service") && said.stderr.contains("take `host`"), "{}", said.stderr);
    let outputs = ends(
        &sandbox,
        &["resources", "get-outputs", "postgres.default#warns.host", "-f", "{{ .password }}", "db.yaml"],
        0,
    );
    assert!(!outputs.stdout.trim().is_empty() && !said.stderr.contains(outputs.stdout.trim()));
    assert_eq!(said.stdout, "");
}

#[test]
fn what_is_read_is_not_written_over() {
    let mounts = format!("{GOOD}    files: {{/a: {{source: compose.yaml}}}}\n");
    let sandbox =
        Sandbox::with_files(&[("deployment-good.yaml", GOOD), ("override.yaml", "{}\n"), ("mounts.yaml", &mounts)]);
    sandbox.write("compose.yaml", "mounted");
    let before: Vec<String> = sandbox.list().iter().map(|name| sandbox.read(name)).collect();
    for arguments in [
        &["generate", "deployment-good.yaml", "--overrides-file", "override.yaml", "-o", "override.yaml"][..],
        &["generate", "-e", "kubernetes", "deployment-good.yaml", "-o", "."],
        &["generate", "mounts.yaml"],
    ] {
        let result = ends(&sandbox, arguments, 2);
        assert!(result.stderr.contains("is read by this run: name another"), "{}", result.stderr);
        assert_eq!(sandbox.list().iter().map(|name| sandbox.read(name)).collect::<Vec<_>>(), before, "{arguments:?}");
    }
}

#[test]
fn standard_input_stands_for_the_file_that_it_is_said_to_be() {
    let sandbox = sandbox();
    sandbox.write("deep/beside.txt", "beside");
    sandbox.write("deep/shop.yaml", "never: read");
    let text = GOOD.to_owned() + "    files:\n      /f:\n        source: beside.txt\n";
    let run = |arguments: &[&str], text: &str| sandbox.run_with_input(arguments, text.as_bytes());
    let named = ["-", "--stdin-filename", "deep/shop.yaml"];

    let wrong = run(&[&["validate", "--format", "short"][..], &named].concat(), WRONG);
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stdout.starts_with("deep/shop.yaml:5:"), "{}", wrong.stdout);
    assert!(run(&["validate", "--format", "short", "-"], WRONG).stdout.starts_with("<stdin>:5:"));

    let result = run(&[&["generate", "-o", "-"][..], &named].concat(), &text);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(run(&["generate", "-o", "-", "-"], &text).code, Some(1), "nothing is beside <stdin>");

    // The file that was saved is not read, however it is named; the others are.
    let others = ["./deep/shop.yaml", "good.yaml", "--format", "short"];
    let twice = run(&[&["validate"][..], &named, &others].concat(), GOOD);
    assert_eq!((twice.code, twice.stdout.lines().count()), (Some(1), 1), "{}", twice.stdout);
    assert!(twice.stdout.starts_with("good.yaml:3:9: error: two workloads"), "{}", twice.stdout);

    // What stands for a file is an input, which is never written over.
    let over = run(&[&["generate", "-o", "deep/shop.yaml"][..], &named].concat(), GOOD);
    assert_eq!((over.code, sandbox.read("deep/shop.yaml").as_str()), (Some(2), "never: read"));

    for arguments in
        [&["validate", "--stdin-filename", "a.yaml"][..], &["generate", "good.yaml", "--stdin-filename", "a"]]
    {
        let result = sandbox.run(arguments);
        assert_eq!(result.code, Some(2));
        assert!(
            result.stderr.contains("--stdin-filename") || result.stderr.contains("no Score file here"),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let sandbox = sandbox();
    for (file, format) in
        [("good.yaml", "json"), ("good.yaml", "sarif"), ("wrong.yaml", "short"), ("wrong.yaml", "json")]
    {
        let arguments = ["validate", "--format", format, file];
        let mut command = sandbox.command(&arguments);
        command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
        let result = wait_for_exit(command.spawn().unwrap(), &arguments);
        let said = result.stderr.starts_with("error: cannot write to standard output: ");
        assert!(result.code == Some(3) && said, "{arguments:?}: {:?} {}", result.code, result.stderr);
        // Who has seen enough is no failure.
        let mut command = sandbox.command(&arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer);
        let result = wait_for_exit(command.spawn().unwrap(), &arguments);
        assert_eq!(result.code, Some(i32::from(file == "wrong.yaml")), "{arguments:?}: {}", result.stderr);
    }
}

#[test]
fn what_is_found_is_a_file_and_what_is_named_twice_is_one() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", GOOD),
        ("else/there.yaml", WARNS.replace("name: warns", "name: linked").as_str()),
    ]);
    // Nobody writes into this pipe.
    assert!(std::process::Command::new("mkfifo").arg(sandbox.path("pipe.score.yaml")).status().unwrap().success());
    std::fs::create_dir(sandbox.path("directory.score.yaml")).unwrap();
    std::os::unix::fs::symlink("else", sandbox.path("link.score.yaml")).unwrap();
    std::os::unix::fs::symlink("else/there.yaml", sandbox.path("linked.score.yaml")).unwrap();
    assert!(ends(&sandbox, &["validate"], 0).stderr.contains("2 files are valid"));
    std::os::unix::fs::symlink("nowhere", sandbox.path("broken.score.yaml")).unwrap();
    assert!(ends(&sandbox, &["validate"], 3).stderr.contains("broken.score.yaml"));
    for second in ["./score.yaml", "else/../score.yaml", "score.yaml"] {
        let said = ends(&sandbox, &["validate", "score.yaml", second], 0).stderr;
        assert_eq!(said, "1 file is valid\n", "{second}");
    }
}
