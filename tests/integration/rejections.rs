//! `fail` in a definition or patch template rejects a Score file: the error is at the resource, the
//! workload or the container, and one run reports all.

use crate::sandbox::Sandbox;

const SCORE: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: web}
containers:
  main: {image: nginx}
  small: {image: nginx, resources: {limits: {memory: 64Mi}}}
resources:
  db: {type: thing}
  cache: {type: thing}
---
apiVersion: score.dev/v1b1
metadata: {name: api}
containers:
  main: {image: nginx}
";

const DEFINITIONS: &str = "\
- uri: template://example/thing
  type: thing
  init: |
    {{ if not .Params.size }}{{ fail \"params.size is missing\" }}{{ end }}
";

/// The lines of the errors of `generate`, up to the help.
fn errors(environment: &str, files: &[(&str, &str)], arguments: &[&str]) -> Vec<String> {
    let sandbox = Sandbox::with_files(files);
    sandbox.write("score.yaml", SCORE);
    let command = ["generate", "-o", "-", "--message-format", "short", "-e"];
    let result = sandbox.run(&[&command[..], &[environment], arguments].concat());
    assert_eq!(result.code, Some(1), "{result:?}");
    assert_eq!(result.stdout, "");
    let error = |line: &str| {
        Some(
            line.split_once(" error: ")?.0.to_owned()
                + " "
                + line.split_once(" error: ")?.1.split(';').next()?,
        )
    };
    result.stderr.lines().filter_map(error).collect()
}

#[test]
fn a_definition_rejects_each_resource_at_its_place() {
    for environment in ["kubernetes", "compose"] {
        let found = errors(
            environment,
            &[("thing.yaml", DEFINITIONS)],
            &["--provisioners", "thing.yaml"],
        );
        assert_eq!(
            found,
            [
                "score.yaml:7:3: `thing.default#web.db` cannot be provisioned: params.size is missing",
                "score.yaml:8:3: `thing.default#web.cache` cannot be provisioned: params.size is missing",
            ]
        );
    }
}

#[test]
fn a_patch_template_rejects_each_workload_or_container_at_its_place() {
    let of_containers = "{{ range $name, $workload := .Workloads }}{{ range $workload.containers }}\
        {{ if not .resources }}{{ fail (printf \"no limits in %s\" $name) }}{{ end }}{{ end }}{{ end }}";
    let of_objects = "{{ range .Manifests }}{{ if eq .kind \"Deployment\" }}\
        {{ range .spec.template.spec.containers }}{{ if not .resources }}\
        {{ fail (printf \"no limits in %s\" .name) }}{{ end }}{{ end }}{{ end }}{{ end }}";
    let of_services = "{{ range .Compose.services }}{{ if not .deploy }}\
        {{ fail \"no limits\" }}{{ end }}{{ end }}";
    let in_template = "{{ define \"check\" }}{{ fail \"no team\" }}{{ end }}\
        {{ range .Workloads }}{{ template \"check\" . }}{{ end }}{{ fail \"at the end\" }}";
    let cases: [(&str, &str, &[&str]); 5] = [
        (
            "kubernetes",
            of_containers,
            &[
                "score.yaml:4:3: no limits in web",
                "score.yaml:13:3: no limits in api",
            ],
        ),
        (
            "compose",
            of_containers,
            &[
                "score.yaml:4:3: no limits in web",
                "score.yaml:13:3: no limits in api",
            ],
        ),
        (
            "kubernetes",
            of_objects,
            &[
                "score.yaml:4:3: no limits in main",
                "score.yaml:13:3: no limits in main",
            ],
        ),
        (
            "compose",
            of_services,
            &["score.yaml:2:18: no limits", "score.yaml:11:18: no limits"],
        ),
        (
            "compose",
            in_template,
            &[
                "score.yaml:2:18: no team",
                "score.yaml:11:18: no team",
                "gate.tpl:1:108: `fail`: at the end",
            ],
        ),
    ];
    let accepting = DEFINITIONS.replace("not .Params.size", "false");
    for (environment, template, expected) in cases {
        let files = [("thing.yaml", accepting.as_str()), ("gate.tpl", template)];
        let arguments = ["--provisioners", "thing.yaml", "--patch", "gate.tpl"];
        assert_eq!(
            errors(environment, &files, &arguments),
            expected,
            "{template}"
        );
    }
}
