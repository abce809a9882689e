//! `validate --env` reports what `generate` reports, and runs and writes nothing.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};
use crate::{fixtures, ui};

/// What only `generate` reports: about the seed and the state that it keeps, about the place of its
/// output, and about an image that its command line may give.
const ONLY_GENERATE: [&str; 12] = [
    "new-seed",
    "missing-seed",
    "weak-seed",
    "unnamed-project",
    "state-differs",
    "state-ignored",
    "state-not-saved",
    "secret-in-output",
    "readable-secret",
    "needs-ignored-files",
    "stored-data-changed",
    "missing-image",
];

/// What `validate` also warns about: what other targets refuse, and definitions that no resource
/// uses.
const ONLY_VALIDATE: [&str; 4] = [
    "duplicate-port",
    "invalid-header-name",
    "multiple-probe-handlers",
    "template-error",
];

type Files = BTreeMap<String, Vec<u8>>;

/// A project, and the command line and variables for both commands.
struct Case {
    files: Files,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Case {
    fn run(&self, command: &[&str]) -> RunResult {
        let sandbox = Sandbox::new();
        for (path, content) in &self.files {
            sandbox.write(path, content);
        }
        let arguments = self.arguments.iter().map(String::as_str);
        let arguments: Vec<&str> = command.iter().copied().chain(arguments).collect();
        let mut command = sandbox.command(&arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        wait_for_exit(command.spawn().unwrap(), &arguments)
    }

    /// The diagnostics of `validate`; also what is wrong unless they are those of `generate`.
    fn diagnostics(&self) -> (Vec<String>, Option<String>) {
        let validated = diagnostics(&self.run(&["validate", "--format", "short"]).stdout);
        let to_stdout: &[&str] = match self
            .arguments
            .iter()
            .any(|flag| flag == "--all-environments")
        {
            true => &[],
            false => &["-o", "-"],
        };
        let generate = [&["generate", "--message-format", "short"], to_stdout].concat();
        let generated = diagnostics(&self.run(&generate).stderr);
        let fault = format!(
            "validate:\n{}\ngenerate:\n{}\n",
            validated.join("\n"),
            generated.join("\n")
        );
        let fault = (validated != generated).then_some(fault);
        (validated, fault)
    }
}

/// The diagnostics of a report in the short format that both commands have.
fn diagnostics(report: &str) -> Vec<String> {
    let is_compared = |line: &&str| {
        let rule = line
            .strip_suffix(']')
            .and_then(|line| line.rsplit_once('['));
        rule.is_some_and(|(text, rule)| {
            let is_warning = text.contains(": warning: ");
            !(ONLY_GENERATE.contains(&rule) || is_warning && ONLY_VALIDATE.contains(&rule))
        })
    };
    report
        .lines()
        .filter(is_compared)
        .map(str::to_owned)
        .collect()
}

/// A project with one fault, in the environment `own`.
#[derive(Default)]
struct Fault<'a> {
    /// The rule and the file of the diagnostic.
    expected: (&'a str, &'a str),
    target: &'a str,
    /// More keys of the environment.
    environment: &'a str,
    annotations: &'a str,
    /// More keys of the container.
    container: &'a str,
    resources: &'a str,
    /// The sections of the definition of the type `thing`.
    thing: &'a str,
    /// More files.
    files: &'a [(&'a str, &'a str)],
}

const SCORE: &str = "score.yaml";
const DEFINITION: &str = "environments/own/thing.provisioners.yaml";
const STATE: &str = ".score-rs/own/state.yaml";
const PATCH: &str = "environments/own/change.tpl";
const ENVIRONMENT: &str = "environments/own/environment.yaml";
const K8S: &str = "kubernetes";
const THING: &str = "thing: {type: thing}";

impl Fault<'_> {
    fn case(&self) -> Case {
        let mut files = Files::new();
        let mut write = |path: &str, text: String| drop(files.insert(path.to_owned(), text.into()));
        write(
            SCORE,
            format!(
                "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\n  annotations: {{{}}}\n\
                 service: {{ports: {{web: {{port: 80}}}}}}\ncontainers:\n  main:\n    \
                 image: example.com/shop:1\n    resources: {{limits: {{memory: 64Mi}}}}\n    {}\n\
                 resources:\n  {}\n",
                self.annotations, self.container, self.resources
            ),
        );
        write(
            ENVIRONMENT,
            format!("target: {}\n{}\n", self.target, self.environment),
        );
        write(
            DEFINITION,
            format!("- uri: template://thing\n  type: thing\n{}", self.thing),
        );
        for (path, text) in self.files {
            write(path, (*text).to_owned());
        }
        Case {
            files,
            arguments: ["--env", "own"].map(str::to_owned).to_vec(),
            variables: Vec::new(),
        }
    }
}

const SECRET_OUTPUT: &str = "  outputs: |\n    key: {{ encodeSecretRef \"name\" \"key\" }}\n";
const PASSWORD: &str = "  outputs: |\n    password: {{ randAlphaNum 20 }}\n";
const MOUNT: &str = "volumes: {/data: {source: thing}}";
const PATCHES: &str = "patches: [change.tpl]";

/// Faults of secrets, templates and sections.
const OF_DEFINITIONS: [Fault<'_>; 21] = [
    Fault {
        expected: ("secret-not-allowed", SCORE),
        target: K8S,
        container: "args: [\"--key=${resources.thing.key}\"]",
        resources: THING,
        thing: SECRET_OUTPUT,
        ..NONE
    },
    Fault {
        expected: ("secret-not-allowed", SCORE),
        target: "compose",
        container: "variables: {KEY: \"${resources.thing.key}\"}",
        resources: THING,
        thing: SECRET_OUTPUT,
        ..NONE
    },
    Fault {
        expected: ("secret-not-allowed", SCORE),
        target: K8S,
        container: "files: {/a: {content: \"a ${resources.thing.key}\"}, /b: {content: \"${resources.dns.host}\"}}",
        resources: "{thing: {type: thing}, dns: {type: dns}}",
        thing: SECRET_OUTPUT,
        ..NONE
    },
    Fault {
        expected: ("secret-not-allowed", DEFINITION),
        target: K8S,
        resources: "{thing: {type: thing}, other: {type: thing, id: other, params: {key: \"${resources.thing.key}\"}}}",
        thing: "  outputs: |\n    key: {{ encodeSecretRef \"name\" \"key\" }}\n  manifests: |\n    {{ with .Params.key }}[{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {key: {{ . | quote }}}}]{{ end }}\n",
        ..NONE
    },
    Fault {
        expected: ("secret-not-allowed", SCORE),
        target: "compose",
        environment: "secrets: none",
        container: "variables: {KEY: \"${resources.thing.password}\"}",
        resources: THING,
        thing: PASSWORD,
        ..NONE
    },
    Fault {
        expected: ("secret-not-allowed", SCORE),
        target: "compose",
        environment: "secrets: file",
        container: "args: [\"${resources.thing.password}\"]",
        resources: THING,
        thing: PASSWORD,
        ..NONE
    },
    Fault {
        expected: ("template-error", DEFINITION),
        target: K8S,
        container: "args: [\"${resources.thing.host}\"]",
        resources: THING,
        thing: "  outputs: |\n    host: {{ .Prams.host }}\n",
        ..NONE
    },
    Fault {
        expected: ("template-error", DEFINITION),
        target: "compose",
        container: "args: [\"${resources.thing.host}\"]",
        resources: THING,
        thing: "  outputs: |\n    host: {{ substr 1 \"a\" \"b\" }}\n",
        ..NONE
    },
    Fault {
        expected: ("template-error", SCORE),
        target: "compose",
        container: "args: [\"${resources.thing.host}\"]",
        resources: "thing: {type: thing, params: {size: 3}}",
        thing: "  outputs: |\n    host: {{ if gt .Params.size 2 }}{{ fail \"params.size is too large\" }}{{ end }}\n",
        ..NONE
    },
    Fault {
        expected: ("template-error", DEFINITION),
        target: K8S,
        container: "args: [\"${resources.thing.host}\"]",
        resources: THING,
        thing: "  outputs: |\n    host: {{ if }}\n",
        ..NONE
    },
    Fault {
        expected: ("template-no-value", DEFINITION),
        target: K8S,
        container: "args: [\"${resources.thing.host}\"]",
        resources: THING,
        thing: "  outputs: |\n    host: {{ .Params.host }}\n",
        ..NONE
    },
    Fault {
        expected: ("provisioner-warning", SCORE),
        target: K8S,
        container: "args: [\"${resources.thing.host}\"]",
        resources: "thing: {type: thing, params: {size: 3}}",
        thing: "  outputs: |\n    host: a{{ warn \"params.size\" \"is odd\" \"change it\" }}\n",
        ..NONE
    },
    Fault {
        expected: ("provisioner-note", SCORE),
        target: "compose",
        container: "args: [\"${resources.thing.host}\"]",
        resources: "thing: {type: thing, params: {size: 3}}",
        thing: "  outputs: |\n    host: a{{ note \"params.size\" \"is odd\" \"change it\" }}\n",
        ..NONE
    },
    Fault {
        expected: ("section-syntax", DEFINITION),
        target: "compose",
        container: "args: [\"${resources.thing.host}\"]",
        resources: THING,
        thing: "  outputs: |\n    host: {{ \"[\" }}\n",
        ..NONE
    },
    Fault {
        expected: ("wrong-section-type", DEFINITION),
        target: K8S,
        container: "args: [\"${resources.thing.host}\"]",
        resources: THING,
        thing: "  outputs: |\n    - host\n",
        ..NONE
    },
    Fault {
        expected: ("wrong-section-type", DEFINITION),
        target: K8S,
        resources: THING,
        thing: "  manifests: |\n    kind: Secret\n",
        ..NONE
    },
    Fault {
        expected: ("wrong-section-type", DEFINITION),
        target: "compose",
        resources: THING,
        thing: "  services: |\n    server: image\n",
        ..NONE
    },
    Fault {
        expected: ("wrong-section-type", DEFINITION),
        target: "compose",
        resources: THING,
        thing: "  files: |\n    ../a: text\n",
        ..NONE
    },
    Fault {
        expected: ("invalid-manifest", DEFINITION),
        target: K8S,
        resources: THING,
        thing: "  manifests: |\n    - {apiVersion: v1, kind: ConfigMap}\n",
        ..NONE
    },
    Fault {
        expected: ("invalid-manifest", DEFINITION),
        target: K8S,
        resources: THING,
        thing: "  manifests: |\n    - {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: http}]}}\n",
        ..NONE
    },
    Fault {
        expected: ("missing-output", DEFINITION),
        target: "compose",
        container: "args: [\"${resources.thing.host}\"]",
        resources: THING,
        thing: "  expected_outputs: [host]\n  outputs: |\n    hots: a\n",
        ..NONE
    },
];

/// Faults that only plan, lowering and patches find.
const OF_LATER_STAGES: [Fault<'_>; 22] = [
    Fault {
        expected: ("unsupported-state-version", STATE),
        target: K8S,
        files: &[(STATE, "version: 99\n")],
        ..NONE
    },
    Fault {
        expected: ("unknown-output", SCORE),
        target: K8S,
        container: "variables: {HOST: \"${resources.thing.hots}\"}",
        resources: THING,
        thing: "  outputs: |\n    host: a\n",
        ..NONE
    },
    Fault {
        expected: ("unknown-output", "a.txt"),
        target: "compose",
        container: "files: {/a: {source: a.txt}}",
        resources: THING,
        thing: "  outputs: |\n    host: a\n",
        files: &[("a.txt", "${resources.thing.hots}\n")],
        ..NONE
    },
    Fault {
        expected: ("nul-character", SCORE),
        target: K8S,
        container: "variables: {HOST: \"${resources.thing.host}\"}",
        resources: THING,
        thing: "  outputs: |\n    host: \"a\\0\"\n",
        ..NONE
    },
    Fault {
        expected: ("not-a-volume", SCORE),
        target: K8S,
        container: MOUNT,
        resources: THING,
        thing: "  outputs: |\n    host: a\n",
        ..NONE
    },
    Fault {
        expected: ("not-a-volume", SCORE),
        target: "compose",
        container: MOUNT,
        resources: THING,
        thing: "  outputs: |\n    host: a\n",
        ..NONE
    },
    Fault {
        expected: ("unset-variable", SCORE),
        target: K8S,
        container: "variables: {KEY: \"${resources.thing.NO_SUCH_KEY}\"}",
        resources: "thing: {type: environment}",
        ..NONE
    },
    Fault {
        expected: ("template-error", SCORE),
        target: K8S,
        resources: "{thing: {type: thing}, route: {type: route, params: {host: \"${resources.thing.host}\", path: /, port: 80}}}",
        thing: "  outputs: |\n    host: not a host\n",
        ..NONE
    },
    Fault {
        expected: ("template-error", SCORE),
        target: "compose",
        resources: "{thing: {type: thing}, route: {type: route, params: {host: \"${resources.thing.host}\", path: /, port: 80}}}",
        thing: "  outputs: |\n    host: not a host\n",
        ..NONE
    },
    Fault {
        expected: ("duplicate-route", SCORE),
        target: K8S,
        resources: "{one: {type: route, params: {host: a.example.com, path: /, port: 80}}, two: {type: route, params: {host: a.example.com, path: /, port: 80}}}",
        ..NONE
    },
    Fault {
        expected: ("invalid-quantity", SCORE),
        target: K8S,
        container: "volumes: {/data: {source: disk}}",
        resources: "{thing: {type: thing}, disk: {type: volume, params: {storage: \"${resources.thing.size}\"}}}",
        thing: "  outputs: |\n    size: much\n",
        ..NONE
    },
    Fault {
        expected: ("unsupported-workload-kind", SCORE),
        target: K8S,
        annotations: "k8s.score.dev/kind: Pod",
        ..NONE
    },
    Fault {
        expected: ("name-collision", SCORE),
        target: "compose",
        resources: THING,
        thing: "  services: |\n    shop-main: {image: a}\n",
        ..NONE
    },
    Fault {
        expected: ("name-collision", SCORE),
        target: K8S,
        resources: THING,
        thing: "  manifests: |\n    - {apiVersion: apps/v1, kind: Deployment, metadata: {name: shop}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}}\n",
        ..NONE
    },
    Fault {
        expected: ("file-collision", SCORE),
        target: "compose",
        resources: "{thing: {type: thing}, other: {type: thing}}",
        thing: "  files: |\n    a: {{ .Uid | quote }}\n",
        ..NONE
    },
    Fault {
        expected: ("not-a-service", ENVIRONMENT),
        target: "compose",
        environment: "publish: [\"8080:thing.default#shop.thing.host:80\"]",
        resources: THING,
        thing: "  outputs: |\n    host: elsewhere\n",
        ..NONE
    },
    Fault {
        expected: ("missing-namespace", ENVIRONMENT),
        target: K8S,
        environment: "generateNamespace: true",
        ..NONE
    },
    Fault {
        expected: ("patch-template-error", PATCH),
        target: K8S,
        environment: PATCHES,
        files: &[(PATCH, "{{ .Manifets }}\n")],
        ..NONE
    },
    Fault {
        expected: ("invalid-patch-path", PATCH),
        target: "compose",
        environment: PATCHES,
        files: &[(
            PATCH,
            "- {op: set, path: services.shop-main.image.name, value: a}\n",
        )],
        ..NONE
    },
    Fault {
        expected: ("patch-template-error", SCORE),
        target: "compose",
        environment: PATCHES,
        files: &[(
            PATCH,
            "{{ range $name, $one := .Workloads }}{{ fail \"no owner\" }}{{ end }}\n",
        )],
        ..NONE
    },
    Fault {
        expected: ("invalid-manifest", PATCH),
        target: K8S,
        environment: PATCHES,
        files: &[(PATCH, "- {op: set, path: 0.spec.replicas, value: many}\n")],
        ..NONE
    },
    Fault {
        expected: ("config-map-not-allowed", SCORE),
        target: K8S,
        environment: "values: {environment: {configMap: settings}}",
        container: "args: [\"${resources.thing.KEY}\"]",
        resources: "thing: {type: environment}",
        ..NONE
    },
];

const NONE: Fault<'_> = Fault {
    expected: ("", ""),
    target: "",
    environment: "",
    annotations: "",
    container: "",
    resources: "{}",
    thing: "",
    files: &[],
};

#[test]
fn one_fault_is_reported_as_by_generate() {
    let mut faults = String::new();
    for fault in OF_DEFINITIONS.iter().chain(&OF_LATER_STAGES) {
        let case = fault.case();
        let (found, difference) = case.diagnostics();
        let (rule, file) = fault.expected;
        let is_there = |line: &String| {
            line.ends_with(&format!("[{rule}]")) && line.starts_with(&format!("{file}:"))
        };
        if difference.is_some() || !found.iter().any(is_there) {
            let text = String::from_utf8_lossy(&case.files[SCORE]);
            let difference = difference.unwrap_or(found.join("\n"));
            faults += &format!(
                "==== {rule} in {file}\n{difference}\n{text}{}\n",
                fault.thing
            );
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// Every fixture, with its patches and published ports in an environment: `validate` has no flags
/// for them.
#[test]
fn fixtures_are_reported_as_by_generate() {
    let mut faults = String::new();
    for name in fixtures::cases() {
        for target in fixtures::TARGETS {
            let case = fixture(&name, target);
            let (_, difference) = case.diagnostics();
            faults += &difference
                .map_or_else(String::new, |text| format!("==== {name} {target}\n{text}"));
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

fn fixture(name: &str, target: &str) -> Case {
    let mut files = fixtures::inputs(name);
    let variables = fixtures::variables(&files);
    let mut environment = format!("target: {target}\n");
    let mut arguments = vec!["--env".to_owned(), "own".to_owned()];
    let (mut patches, mut publish) = (Vec::new(), Vec::new());
    let given = fixtures::arguments(&files, target);
    let mut given = given
        .into_iter()
        .skip_while(|argument| argument != "-o")
        .skip(2);
    while let Some(flag) = given.next() {
        match flag.as_str() {
            "--patch" => patches.extend(given.next().map(|file| format!("../../{file}"))),
            "--publish" => publish.extend(given.next()),
            "--generate-namespace" => environment.push_str("generateNamespace: true\n"),
            _ => arguments.push(flag),
        }
    }
    environment.push_str(&format!("patches: {patches:?}\n"));
    if target == "compose" {
        environment.push_str(&format!("publish: {publish:?}\n"));
    }
    files.insert(ENVIRONMENT.to_owned(), environment.into());
    Case {
        files,
        arguments,
        variables,
    }
}

#[test]
fn mistakes_are_reported_as_by_generate() {
    let mut faults = String::new();
    let mut count = 0;
    for (name, files, arguments) in ui::cases_with_environment() {
        let case = Case {
            files,
            arguments,
            variables: Vec::new(),
        };
        let (_, difference) = case.diagnostics();
        faults += &difference.map_or_else(String::new, |text| format!("==== {name}\n{text}"));
        count += 1;
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(count > 60, "only {count} cases have an environment");
}

const PROGRAM: &str = "#!/bin/sh\ntouch ran\necho '{\"resource_outputs\": {\"host\": \"a\"}}'\n";
/// What depends on the program would be wrong with anything that is made up: a host, a size, a
/// volume, a service, shared state, a patch of an object that only the program gives.
const WITH_PROGRAM: [(&str, &str); 5] = [
    (
        SCORE,
        "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\nservice: {ports: {web: {port: 80}}}\ncontainers:\n  main:\n    image: \"${resources.db.image}\"\n    args: [\"${resources.db.any.thing}\", \"${resources.copy.host}\"]\n    files: {/a: {content: \"${resources.db.text}\"}}\n    volumes: {/data: {source: db}}\n  later:\n    image: .\nresources:\n  db: {type: db}\n  copy: {type: thing, params: {host: \"${resources.db.host}\"}}\n  reads: {type: reader}\n  route: {type: route, params: {host: \"${resources.db.host}\", path: /, port: 80}}\n",
    ),
    (
        DEFINITION,
        "- uri: cmd://./run.sh\n  type: db\n- uri: template://thing\n  type: thing\n  outputs: |\n    host: {{ if ne .Params.host \"a\" }}{{ fail \"params.host\" }}{{ end }}\n- uri: template://reader\n  type: reader\n  services: |\n    {{ .Shared.name }}: {image: a}\n",
    ),
    ("run.sh", PROGRAM),
    (PATCH, "- {op: set, path: services.db.image, value: a}\n"),
    (
        ENVIRONMENT,
        "target: compose\npatches: [change.tpl]\npublish: [\"8080:db.default#shop.db.host:80\"]\nprovisioners: [thing.provisioners.yaml, builtin]\n",
    ),
];

/// Runs in a project that nothing can be written to, without a home directory and a seed.
fn validate_read_only(files: &[(&str, &str)], more: &[&str]) -> RunResult {
    let sandbox = Sandbox::with_files(files);
    let before = sandbox.list();
    for (path, mode) in [("run.sh", 0o755), (".", 0o555)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        if sandbox.path(path).exists() {
            std::fs::set_permissions(sandbox.path(path), permissions).unwrap();
        }
    }
    let arguments = [&["validate", "--env", "own", "--format", "short"], more].concat();
    let mut command = sandbox.command(&arguments);
    command
        .env_remove("SCORE_RS_SEED")
        .env_remove("HOME")
        .env("CI", "true");
    let result = wait_for_exit(command.spawn().unwrap(), &arguments);
    assert_eq!(
        sandbox.list(),
        before,
        "nothing is written, and no program runs"
    );
    let writable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(sandbox.path("."), writable).unwrap();
    result
}

#[test]
fn what_a_program_would_give_is_unknown() {
    for target in ["compose", "kubernetes"] {
        let environment = match target {
            "compose" => WITH_PROGRAM[4].1.to_owned(),
            _ => "target: kubernetes\npatches: [change.tpl]\n".to_owned(),
        };
        let mut files = WITH_PROGRAM;
        files[4].1 = &environment;
        let result = validate_read_only(&files, &["-v"]);
        assert_eq!(
            (result.stdout.as_str(), result.code),
            ("", Some(0)),
            "{target}"
        );
        let line = "verbose: not run: cmd://./run.sh of db.default#shop.db; what depends on its result is not checked";
        assert_eq!(result.stderr.matches(line).count(), 1, "{}", result.stderr);
        assert!(!result.stderr.contains("seed"), "{}", result.stderr);
    }
}

#[test]
fn what_does_not_depend_on_a_program_is_reported() {
    let score = WITH_PROGRAM[0].1.replace(
        "name: shop}",
        "name: shop, annotations: {k8s.score.dev/kind: Pod}}",
    );
    let score = score.replace("  db: {type: db}\n", "  db: {type: db}\n  wrong: {type: wrong}\n  broken: {type: thing, id: broken, params: {host: \"${resources.db.host}\"}}\n");
    let definitions = format!(
        "{}- uri: template://wrong\n  type: wrong\n  manifests: |\n    - {{{{ fail \"never\" }}}}\n",
        WITH_PROGRAM[1].1.replace("{{ end }}", "{{ end")
    );
    let files = [
        (SCORE, score.as_str()),
        (DEFINITION, &definitions),
        ("run.sh", PROGRAM),
        (PATCH, "{{ if }}\n"),
        (ENVIRONMENT, "target: kubernetes\npatches: [change.tpl]\n"),
    ];
    let result = validate_read_only(&files, &[]);
    let rules: Vec<&str> = result
        .stdout
        .lines()
        .filter_map(|line| line.strip_suffix(']')?.rsplit_once('['))
        .map(|(_, rule)| rule)
        .collect();
    for rule in [
        "template-error",
        "unsupported-workload-kind",
        "patch-template-error",
    ] {
        assert!(rules.contains(&rule), "{rule}: {}", result.stdout);
    }
    // The failing definition, and the one that does not parse, once.
    assert_eq!(
        rules
            .iter()
            .filter(|rule| **rule == "template-error")
            .count(),
        2,
        "{}",
        result.stdout
    );
}

#[test]
fn no_seed_is_needed_and_stored_state_is_used() {
    let fault = Fault {
        target: K8S,
        container: "variables: {KEY: \"${resources.thing.password}\"}",
        resources: THING,
        thing: "  state: |\n    password: {{ dig \"password\" (randAlphaNum 9) .State | quote }}\n  outputs: |\n    password: {{ if eq .State.password \"old\" }}{{ fail \"the password is old\" }}{{ else }}{{ .State.password }}{{ end }}\n",
        ..NONE
    };
    let case = fault.case();
    let texts: Vec<(&str, &str)> = case
        .files
        .iter()
        .map(|(path, text)| (path.as_str(), std::str::from_utf8(text).unwrap()))
        .collect();
    let result = validate_read_only(&texts, &["-v"]);
    assert_eq!(
        (result.stdout.as_str(), result.code),
        ("", Some(0)),
        "{}",
        result.stderr
    );
    assert!(!result.stderr.contains("seed"), "{}", result.stderr);
    let state = "version: 1\nresources:\n  thing.default#shop.thing:\n    provisioner: template://thing\n    state: {password: old}\n";
    let with_state = [&texts[..], &[(STATE, state)]].concat();
    let result = validate_read_only(&with_state, &[]);
    assert!(
        result.stdout.contains("the password is old"),
        "{}{}",
        result.stdout,
        result.stderr
    );
}

/// One run reports the errors of provisioning, of plan and of lowering, each once.
#[test]
fn a_failing_resource_hides_no_error_of_a_later_stage() {
    let fault = Fault {
        target: K8S,
        annotations: "k8s.score.dev/kind: Pod",
        container: "variables: {A: \"${resources.thing.hots}\", B: \"${resources.wrong.any}\"}",
        resources: "{thing: {type: thing}, wrong: {type: wrong}}",
        thing: "  outputs: |\n    host: a\n- uri: template://wrong\n  type: wrong\n  outputs: |\n    any: {{ fail \"never\" }}\n",
        ..NONE
    };
    let (found, difference) = fault.case().diagnostics();
    assert_eq!(difference, None);
    let mut rules: Vec<&str> = found
        .iter()
        .filter_map(|line| line.rsplit_once('['))
        .map(|(_, rule)| rule)
        .collect();
    rules.sort_unstable();
    assert_eq!(
        rules,
        [
            "template-error]",
            "unknown-output]",
            "unsupported-workload-kind]"
        ],
        "{found:?}"
    );
}
