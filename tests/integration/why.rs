//! `score-rs why`: every value of every fixture and example has a reason, and the reason is true.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::fixtures;
use crate::sandbox::{RunResult, Sandbox, wait_for_exit};
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};

const SHOP: &str = r#"apiVersion: score.dev/v1b1
metadata:
  name: shop
service:
  ports: {http: {port: 80}}
containers:
  web:
    image: .
    variables:
      DB: "postgres://${resources.db.username}:${resources.db.password}@${resources.db.host}/x"
      NAME: ${metadata.name}
      COPY: $(NAME)-copy
    resources:
      limits: {memory: 256Mi}
    files:
      /etc/shop.conf:
        content: a=1
resources:
  db: {type: postgres}
"#;

/// A project with the environments `prod` and `local`.
fn project() -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", SHOP),
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nnamespace: shop-prod\nproject: store\noutput: deploy/prod.yaml\n\
             podSecurity: restricted\noverrides:\n- memory.yaml\nimages:\n  shop.web: example.com/web:2\n",
        ),
        (
            "environments/prod/memory.yaml",
            "containers:\n  web:\n    resources:\n      limits: {memory: 512Mi}\n",
        ),
        (
            "environments/local/environment.yaml",
            "target: compose\ndefault: true\nproject: store\nvalues: {restart: always}\nbuilds:\n  shop.web: ./app\n\
             publish: []\n",
        ),
    ])
}

/// The answer, of a run without errors.
fn why(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let result = sandbox.run(&[&["why", "-q"], arguments].concat());
    assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
    result.stdout
}

/// The report of a run that fails.
fn refused(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let short = ["why", "-q", "--message-format", "short"];
    let result = sandbox.run(&[&short, arguments].concat());
    assert_eq!(result.code, Some(1), "{arguments:?}: {}", result.stdout);
    result
        .stderr
        .lines()
        .find(|line| line.contains("error:"))
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_chain_has_the_score_line_the_override_and_what_it_replaced() {
    let sandbox = project();
    let path = ".spec.template.spec.containers[0].resources.limits.memory";
    assert_eq!(
        why(&sandbox, &["Deployment/shop", path, "-e", "prod"]),
        "512Mi\n  \
           score.yaml:14:24                    containers.web.resources.limits.memory\n  \
           environments/prod/memory.yaml:4:24  changed from 256Mi by an override\n"
    );
    let image = "spec.template.spec.containers[name=web].image";
    let text = why(&sandbox, &["deployment/shop", image, "-e", "prod"]);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines[0], "example.com/web:2");
    assert!(lines[1].starts_with("score.yaml:8:12 "), "{text}");
    assert!(
        lines[2].starts_with("environments/prod/environment.yaml:9:13 "),
        "{text}"
    );
    assert!(lines[2].ends_with("changed from . by `images`"), "{text}");
}

#[test]
fn what_the_environment_and_score_rs_decide_is_named() {
    let sandbox = project();
    let text = why(
        &sandbox,
        &["Deployment/shop", ".metadata.namespace", "-e", "prod"],
    );
    assert!(
        text.starts_with("shop-prod\n  environments/prod/environment.yaml:2:12"),
        "{text}"
    );
    let text = why(
        &sandbox,
        &[
            "Deployment/shop",
            ".spec.template.spec.enableServiceLinks",
            "-e",
            "prod",
        ],
    );
    assert!(
        text.starts_with("false\n  spec/targets.md#pods  "),
        "{text}"
    );
    let text = why(
        &sandbox,
        &[
            "Deployment/shop",
            ".spec.template.spec.securityContext.runAsNonRoot",
            "-e",
            "prod",
        ],
    );
    assert!(
        text.contains("environments/prod/environment.yaml:5:14"),
        "{text}"
    );
    assert!(text.contains("spec/targets.md#pods"), "{text}");
    let text = why(&sandbox, &["service/shop", ".restart"]);
    assert!(
        text.starts_with("always\n  environments/local/environment.yaml:4:19"),
        "{text}"
    );
    let text = why(&sandbox, &["service/shop-web", ".build.context"]);
    assert!(
        text.starts_with("./app\n  environments/local/environment.yaml:6:13"),
        "{text}"
    );
    let text = why(&sandbox, &["project"]);
    assert!(
        text.starts_with("store\n  environments/local/environment.yaml:3:10"),
        "{text}"
    );
}

#[test]
fn a_variable_that_reads_itself_ends() {
    let sandbox = project();
    let own = "containers.web.variables.NAME=$(NAME):/x";
    let command = [
        "service/shop",
        ".environment.NAME",
        "--override-property",
        own,
    ];
    let text = why(&sandbox, &command);
    assert_eq!(text.trim_end().lines().count(), 3, "{text}");
    assert!(text.contains("changed from ${metadata.name}"), "{text}");
}

#[test]
fn an_override_for_all_workloads_leads_to_the_own_one() {
    let workload = |name: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: {name}}}\ncontainers: {{main: {{image: a}}}}\n"
        )
    };
    let sandbox = Sandbox::with_files(&[
        ("a/score.yaml", &workload("aaa")),
        ("b/score.yaml", &workload("bbb")),
        (
            "environments/local/environment.yaml",
            "target: compose\noverrides: [all.yaml]\n",
        ),
        (
            "environments/local/all.yaml",
            "resources: {db: {type: own, params: {a: '${metadata.name}'}}}\n\
             containers: {main: {variables: {V: '${resources.db.a}'}}}\n",
        ),
        (
            "environments/local/own.provisioners.yaml",
            "- uri: template://own\n  type: own\n  outputs: |\n    a: {{ .Params.a }}\n",
        ),
    ]);
    let text = why(&sandbox, &["service/bbb", ".environment.V"]);
    assert!(text.contains("b/score.yaml:2:18"), "{text}");
    assert!(!text.contains("a/score.yaml"), "{text}");
}

#[test]
fn a_text_of_several_sources_shows_them_in_order_without_secrets() {
    let sandbox = project();
    let text = why(&sandbox, &["service/shop", ".environment.DB", "-f", "json"]);
    let rows: Value = serde_json::from_str(&text).unwrap();
    let reasons = rows[0]["reasons"].as_array().unwrap();
    let kinds: Vec<&str> = reasons
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["score", "score", "definition", "definition", "definition"]
    );
    assert_eq!(reasons[0]["line"], 10);
    assert_eq!(
        reasons[2]["text"],
        "`outputs` of `postgres.default#shop.db`"
    );
    assert_eq!(reasons[1]["text"], "resources.db");
    let generated = sandbox.run(&["generate", "-q", "-o", "-"]).stdout;
    let password = generated
        .lines()
        .find_map(|line| line.split_once("POSTGRES_PASSWORD: "));
    let password = password.unwrap().1.trim_matches('"');
    assert!(!text.contains(password), "{text}");
    assert!(
        why(
            &sandbox,
            &["service/shop", ".environment.DB", "--show-secrets"]
        )
        .contains(password)
    );
    let text = why(&sandbox, &["service/shop", ".environment.COPY"]);
    let places = ["score.yaml:12:13", "score.yaml:11:13", "score.yaml:3:9"];
    let found: Vec<&str> = text
        .split_whitespace()
        .filter(|word| places.contains(word))
        .collect();
    assert_eq!(found, places, "{text}");
}

/// The line of the memory of the workload, whose objects come last.
fn last_line(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .iter()
        .rposition(|line| line.contains("512Mi"))
        .unwrap()
        + 1
}

#[test]
fn a_line_of_the_output_is_explained_only_when_the_file_is_up_to_date() {
    let sandbox = project();
    assert_eq!(
        sandbox.run(&["generate", "-q", "--all-environments"]).code,
        Some(0)
    );
    let text = sandbox.read("deploy/prod.yaml");
    let line = last_line(&text);
    let asked = format!("deploy/prod.yaml:{line}");
    // The environment is the one with this output.
    assert!(why(&sandbox, &[&asked]).starts_with("512Mi\n  score.yaml:14:24"));
    let empty = text.lines().position(|line| line == "---").unwrap() + 1;
    let message = refused(&sandbox, &[&format!("deploy/prod.yaml:{empty}")]);
    assert!(message.contains("[no-such-field]"), "{message}");
    sandbox.write("deploy/prod.yaml", text.replace("512Mi", "1Gi"));
    let message = refused(&sandbox, &[&asked]);
    assert!(message.contains("[stale-output]"), "{message}");
    assert!(
        message.contains("is not what `generate` would write for `prod`"),
        "{message}"
    );
}

#[test]
fn a_file_with_a_default_name_is_that_of_a_built_in_environment() {
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\n\
                 containers: {web: {image: example.com/web:1}}\n";
    let sandbox = Sandbox::with_files(&[("score.yaml", score)]);
    for (environment, file) in [
        ("compose", "compose.yaml"),
        ("kubernetes", "manifests.yaml"),
    ] {
        let written = sandbox.run(&["generate", "-e", environment]);
        assert_eq!(written.code, Some(0), "{}", written.stderr);
        let text = sandbox.read(file);
        let line = 1 + text
            .lines()
            .position(|line| line.contains("example.com/web:1"))
            .unwrap();
        let answer = why(&sandbox, &[&format!("{file}:{line}")]);
        assert!(answer.contains("score.yaml:3:"), "{answer}");
    }
}

#[test]
fn other_syntaxes_have_lines_too() {
    let sandbox = project();
    for (format, file) in [("json", "out.json"), ("kyaml", "out.yaml")] {
        let generate = [
            "generate", "-q", "-e", "prod", "--format", format, "-o", file,
        ];
        assert_eq!(sandbox.run(&generate).code, Some(0));
        let text = sandbox.read(file);
        let line = last_line(&text);
        let answer = why(&sandbox, &["-e", "prod", &format!("{file}:{line}")]);
        assert!(answer.contains("512Mi\n  score.yaml:14:24"), "{answer}");
    }
    std::fs::create_dir(sandbox.path("dir")).unwrap();
    assert_eq!(
        sandbox
            .run(&["generate", "-q", "-e", "prod", "-o", "dir/"])
            .code,
        Some(0)
    );
    let text = sandbox.read("dir/deployment-shop.yaml");
    let line = last_line(&text);
    let asked = format!("dir/deployment-shop.yaml:{line}");
    let answer = why(&sandbox, &["-e", "prod", "-o", "dir/", &asked]);
    assert!(answer.contains("512Mi\n  score.yaml:14:24"), "{answer}");
}

#[test]
fn unknown_objects_and_fields_have_the_nearest_name() {
    let sandbox = project();
    let help = |arguments: &[&str]| {
        let result = sandbox.run(&[&["why", "-q"], arguments].concat());
        assert_eq!(result.code, Some(1), "{}", result.stdout);
        result.stderr
    };
    let text = help(&["Deployment/shpo", "-e", "prod"]);
    assert!(
        text.contains("no-such-object") && text.contains("did you mean `Deployment/shop`?"),
        "{text}"
    );
    let text = help(&["shop", "-e", "prod"]);
    assert!(text.contains("did you mean `Deployment/shop`?"), "{text}");
    let text = help(&["service/shop-web", ".enviroment.DB"]);
    assert!(
        text.contains("no-such-field") && text.contains("did you mean `environment`?"),
        "{text}"
    );
    let two = sandbox.run(&["why", "compose.yaml:1", ".services"]);
    assert_eq!(two.code, Some(2), "{}", two.stderr);
}

/// A compiled case: its inputs and how it is run.
struct Case {
    name: String,
    inputs: BTreeMap<String, Vec<u8>>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Case {
    fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.write_all(&self.inputs);
        sandbox
    }

    fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
        let mut command = sandbox.command(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        wait_for_exit(command.spawn().unwrap(), arguments)
    }

    /// All values with their reasons; `None` for a case with errors.
    fn rows(&self, sandbox: &Sandbox) -> Option<Vec<Value>> {
        let rest = self.arguments.iter().skip(1).map(String::as_str);
        let arguments: Vec<&str> = ["why", "-q", "-f", "json", "--show-secrets"]
            .into_iter()
            .chain(rest)
            .collect();
        let result = self.run(sandbox, &arguments);
        if result.code != Some(0) {
            return None;
        }
        serde_json::from_str(&result.stdout).ok()
    }
}

/// All fixtures and examples for both targets.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in fixtures::cases() {
        let inputs = fixtures::inputs(&name);
        for target in ["kubernetes", "compose"] {
            let text = inputs.get("variables").cloned().unwrap_or_default();
            let text = String::from_utf8(text).unwrap();
            let variables = text.lines().filter_map(|line| line.split_once('='));
            cases.push(Case {
                name: format!("{name} for {target}"),
                arguments: fixtures::arguments(&inputs, target),
                variables: variables
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                inputs: inputs.clone(),
            });
        }
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for example in std::fs::read_dir(examples).unwrap().map(Result::unwrap) {
        let inputs = fixtures::read_files(&example.path());
        let environments = inputs.keys().filter_map(|path| {
            path.strip_prefix("environments/")?
                .strip_suffix("/environment.yaml")
        });
        let environments: Vec<String> = environments.map(str::to_owned).collect();
        for environment in environments {
            cases.push(Case {
                name: format!("{:?} for {environment}", example.file_name()),
                arguments: ["generate", "-e", &environment].map(str::to_owned).to_vec(),
                variables: Vec::new(),
                inputs: inputs.clone(),
            });
        }
    }
    cases
}

/// Whether a value is one of a mapping or list without items.
fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}

#[test]
fn every_value_of_every_output_has_a_reason() {
    let (mut faults, mut count, mut compiled) = (Vec::new(), 0, 0);
    for case in cases() {
        let Some(rows) = case.rows(&case.sandbox()) else {
            continue;
        };
        compiled += 1;
        for row in rows.iter().filter(|row| !is_empty(&row["value"])) {
            count += 1;
            if row["reasons"].as_array().unwrap().is_empty() {
                faults.push(format!("{}: {} {}", case.name, row["object"], row["path"]));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {count} values:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(compiled > 50 && count > 5000, "{compiled} {count}");
}

/// The text with a valid change of what is at a place; several to try.
fn changes(text: &str, line: u64, column: u64, is_template: bool) -> Vec<String> {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    let start = text
        .split_inclusive('\n')
        .take(line as usize - 1)
        .map(str::len)
        .sum::<usize>();
    let rest = text.get(start..).unwrap_or_default();
    let start = start
        + rest
            .chars()
            .take(column as usize - 1)
            .map(char::len_utf8)
            .sum::<usize>();
    let line_end = text[start..]
        .find('\n')
        .map_or(text.len(), |end| start + end);
    let end = match is_template {
        true => line_end,
        false => {
            let trees = yaml::parse(&sources, id, &mut Report::default());
            let mut spans = trees.iter().filter_map(|tree| span_at(tree, start));
            spans.next_back().map_or(line_end, |span| span.end as usize)
        }
    };
    let word = &text[start..end];
    let mut words = Vec::new();
    // A number, or the first digit of a quantity, version or mode.
    let digits = word
        .char_indices()
        .filter(|(_, one)| one.is_ascii_digit())
        .map(|(at, _)| at);
    for at in digits.clone().next_back().into_iter().chain(digits.take(1)) {
        let digit = word.as_bytes()[at];
        let next = if digit >= b'7' { b'1' } else { digit + 1 };
        words.push(format!(
            "{}{}{}",
            &word[..at],
            char::from(next),
            &word[at + 1..]
        ));
    }
    match word {
        "true" => words.push("false".to_owned()),
        "false" => words.push("true".to_owned()),
        _ => {}
    }
    for (one, other) in [
        ("TCP", "UDP"),
        ("UDP", "TCP"),
        ("HTTPS", "HTTP"),
        ("started", "healthy"),
    ] {
        words.push(word.replacen(one, other, 1));
    }
    // A letter more at the end, or in front of a suffix.
    let letters = word
        .char_indices()
        .filter(|(_, one)| one.is_ascii_alphanumeric());
    let letters: Vec<usize> = letters.map(|(at, _)| at + 1).collect();
    for at in letters.last().into_iter().chain(letters.first()) {
        words.push(format!("{}x{}", &word[..*at], &word[*at..]));
    }
    let words = words.into_iter().filter(|changed| changed != word);
    words
        .map(|changed| format!("{}{changed}{}", &text[..start], &text[end..]))
        .collect()
}

/// The place of the key or scalar that begins at a byte.
fn span_at(node: &yaml::Node, start: usize) -> Option<Span> {
    let is_here = |span: &Span| span.start as usize == start;
    let inside = match &node.kind {
        yaml::Kind::Map(entries) => entries.values().find_map(|entry| {
            Some(entry.key)
                .filter(is_here)
                .or_else(|| span_at(&entry.value, start))
        }),
        yaml::Kind::List(items) => items.iter().find_map(|item| span_at(item, start)),
        _ => None,
    };
    inside.or_else(|| Some(node.span).filter(is_here))
}

/// The reason whose text decides a value: what changed it last, or else where it was written.
fn decisive<'r>(case: &Case, row: &'r Value) -> Option<&'r Value> {
    let reasons = row["reasons"].as_array()?;
    let is_file = |reason: &&Value| {
        let file = reason["file"].as_str();
        file.is_some_and(|file| case.inputs.contains_key(file))
    };
    let is_patch = |reason: &Value| reason["kind"] == "patch";
    // A key that an override has too stays when one of them is changed.
    let has_two = |reason: &Value| reason["kind"] == "override" && reason.get("replaced").is_none();
    // In this fixture another file has a workload of the same name, which takes its place.
    let is_replaced = case.name.starts_with("names-of-score-files");
    // In this fixture a route to the number of the port gives it again when the service does not.
    let is_inferred = case.name.starts_with("ordering-shop")
        && row["path"]
            .as_str()
            .is_some_and(|path| path.contains("containerPort"));
    if reasons.iter().any(is_patch)
        || is_inferred
        || reasons.iter().skip(1).any(has_two)
        || is_replaced
    {
        return None;
    }
    let changed = reasons
        .iter()
        .rev()
        .find(|reason| reason.get("replaced").is_some());
    changed.or(reasons.first()).filter(is_file)
}

#[test]
fn changing_the_text_of_a_reason_changes_the_value() {
    let (mut faults, mut checked, mut refused) = (Vec::new(), 0, 0);
    for (number, case) in cases().iter().enumerate() {
        let sandbox = case.sandbox();
        let Some(rows) = case.rows(&sandbox) else {
            continue;
        };
        let places: Vec<(usize, &Value)> = rows
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((index, decisive(case, row)?)))
            .collect();
        // Other values of each case, five at most.
        let stride = (places.len() / 4).max(1);
        for (index, reason) in places.iter().skip(number % stride).step_by(stride).take(5) {
            let row = &rows[*index];
            let file = reason["file"].as_str().unwrap();
            let text = String::from_utf8(case.inputs[file].clone()).unwrap();
            let position = |key: &str| reason[key].as_u64().unwrap();
            let is_template = reason["kind"] == "definition";
            let mut is_compiled = false;
            let is_changed = changes(&text, position("line"), position("column"), is_template)
                .iter()
                .any(|changed| {
                    sandbox.write(file, changed);
                    let rows = case.rows(&sandbox);
                    is_compiled |= rows.is_some();
                    rows.is_some_and(|rows| {
                        let same = rows.iter().find(|other| {
                            other["object"] == row["object"] && other["path"] == row["path"]
                        });
                        same.is_none_or(|same| same["value"] != row["value"])
                    })
                });
            sandbox.write(file, &text);
            match (is_compiled, is_changed) {
                (_, true) => checked += 1,
                (false, _) => refused += 1,
                (true, false) => faults.push(format!(
                    "{}: {} {} by {file}:{}:{} {}",
                    case.name,
                    row["object"],
                    row["path"],
                    reason["line"],
                    reason["column"],
                    reason["text"]
                )),
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {checked}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(
        checked >= 200,
        "{checked} checked, {refused} have no other valid text here"
    );
}

#[test]
fn the_page_lists_every_rule_of_score_rs_and_each_names_a_section() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
    let page = std::fs::read_to_string(spec.join("why.md")).unwrap();
    let targets = compiler::targets::ALL;
    for rule in targets
        .iter()
        .flat_map(|target| target.info().defaults)
        .copied()
        .flatten()
    {
        let (file, section) = rule.page.split_once('#').unwrap_or((rule.page, ""));
        let text = std::fs::read_to_string(spec.join(file)).unwrap();
        let anchor = |line: &str| -> String {
            let title = line
                .trim_start_matches('#')
                .trim()
                .to_lowercase()
                .replace(' ', "-");
            title
                .chars()
                .filter(|one| one.is_alphanumeric() || "-_".contains(*one))
                .collect()
        };
        let has_section = text
            .lines()
            .any(|line| line.starts_with('#') && anchor(line) == section);
        assert!(
            section.is_empty() || has_section,
            "{} has no `{section}`",
            rule.page
        );
        let row = format!("| {} | [{file}]({}) |", rule.sentence, rule.page);
        assert!(page.contains(&row), "spec/why.md lacks\n{row}");
    }
}
