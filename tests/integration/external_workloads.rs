//! Resources that refer to workloads which are not part of the run.

use crate::sandbox::Sandbox;

const TARGETS: [&str; 2] = ["compose", "kubernetes"];

/// The workload `frontend` with a variable and a resource `dep`.
fn frontend(value: &str, resource: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: frontend}}\ncontainers:\n  main:\n    \
         image: nginx:1\n    variables: {{DEP: \"{value}\"}}\nresources:\n  dep: {resource}\n"
    )
}

const BACKEND: &str = "apiVersion: score.dev/v1b1
metadata: {name: backend}
containers: {main: {image: 'nginx:1'}}
service: {ports: {http: {port: 80, targetPort: 8080}}}
";

/// The exit code, the diagnostics without help, and the value of the variable in the output.
fn run(sandbox: &Sandbox, environment: &str) -> (String, String) {
    let generated = sandbox.run(&[
        "generate",
        "--env",
        environment,
        "-o",
        "-",
        "--message-format",
        "short",
    ]);
    let validated = sandbox.run(&["validate", "--env", environment, "--format", "short"]);
    let problems = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.ends_with(']'));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(
        problems(&generated.stderr),
        problems(&validated.stdout),
        "`generate` and `validate --env` agree"
    );
    let value = |line: &str| {
        let line = line.trim().replace("value: ", "DEP: ");
        line.strip_prefix("DEP: ").map(str::to_owned)
    };
    let values: Vec<String> = generated.stdout.lines().filter_map(value).collect();
    (values.concat(), problems(&generated.stderr).join("\n"))
}

fn alone(value: &str, resource: &str) -> Sandbox {
    Sandbox::with_files(&[("score.yaml", &frontend(value, resource))])
}

#[test]
fn a_workload_of_another_repository_is_reached_by_its_name() {
    for target in TARGETS {
        for (value, resource, expected) in [
            (
                "${resources.dep.name}",
                "{type: service, params: {workload: backend}}",
                "backend",
            ),
            (
                "${resources.dep.hostname}:${resources.dep.port}",
                "{type: service-port, params: {workload: backend, port: 8080}}",
                "backend:8080",
            ),
            (
                "${resources.dep.url}",
                "{type: endpoint, params: {workload: backend, port: '8181'}}",
                "http://backend:8181",
            ),
        ] {
            let (output, problems) = run(&alone(value, resource), target);
            assert_eq!(output, expected, "{target}: {problems}");
            assert!(
                problems.contains(": warning: `backend` is not a workload of this run")
                    && problems.ends_with("[external-workload]"),
                "{problems}"
            );
        }
    }
}

#[test]
fn a_named_port_of_a_workload_elsewhere_is_an_error() {
    for target in TARGETS {
        for resource in [
            "{type: service-port, params: {workload: backend, port: web}}",
            "{type: endpoint, params: {workload: backend, port: web}}",
            "{type: endpoint, params: {workload: backend}}",
        ] {
            let output = match resource.contains("service-port") {
                true => "${resources.dep.port}",
                false => "${resources.dep.url}",
            };
            let (_, problems) = run(&alone(output, resource), target);
            assert!(
                problems.contains("error: the ports of `backend` are not known")
                    && problems.contains("externalWorkloads: {backend: {ports: {"),
                "{problems}"
            );
        }
    }
}

#[test]
fn a_name_nearly_that_of_a_workload_of_the_run_is_an_error() {
    let resource = "{type: service, params: {workload: bakcend}}";
    let sandbox = alone("${resources.dep.name}", resource);
    sandbox.write("backend.score.yaml", BACKEND);
    for target in TARGETS {
        let (_, problems) = run(&sandbox, target);
        assert_eq!(
            problems,
            "score.yaml:8:43: error: there is no workload `bakcend`; did you mean `backend`? \
             [unknown-workload]"
        );
    }
    // The own name is not meant.
    let resource = "{type: service, params: {workload: frontent}}";
    let (output, _) = run(&alone("${resources.dep.name}", resource), "compose");
    assert_eq!(output, "frontent");
}

#[test]
fn a_missing_port_of_a_workload_of_the_run_is_an_error() {
    let resource = "{type: service-port, params: {workload: backend, port: htpp}}";
    let sandbox = alone("${resources.dep.port}", resource);
    sandbox.write("backend.score.yaml", BACKEND);
    for target in TARGETS {
        let (_, problems) = run(&sandbox, target);
        assert_eq!(
            problems,
            "score.yaml:8:63: error: the workload `backend` has no port `htpp`; did you mean \
             `http`? [unknown-port]"
        );
    }
    let text = frontend(
        "${resources.dep.port}",
        "{type: service-port, params: {port: 80}}",
    );
    sandbox.write("score.yaml", text);
    assert!(run(&sandbox, "compose").1.contains(
        "needs the param `workload`; add `workload: shop` to its `params` [missing-param]"
    ));
}

#[test]
fn declared_workloads_have_a_host_and_ports() {
    for (declaration, kubernetes, compose) in [
        ("{ports: {http: 8080}}", "backend:8080", "backend:8080"),
        ("{service: api, ports: {http: 80}}", "api:80", "api:80"),
        (
            "{namespace: shop, ports: {http: 80}}",
            "backend.shop.svc:80",
            "",
        ),
    ] {
        for (target, expected) in [("kubernetes", kubernetes), ("compose", compose)] {
            let sandbox = alone(
                "${resources.dep.hostname}:${resources.dep.port}",
                "{type: service-port, params: {workload: backend, port: http}}",
            );
            sandbox.write(
                "environments/own/environment.yaml",
                format!("target: {target}\nexternalWorkloads: {{backend: {declaration}}}\n"),
            );
            let (output, problems) = run(&sandbox, "own");
            assert_eq!(output, expected, "{problems}");
            assert_eq!(
                problems.contains("`namespace` is for kubernetes"),
                expected.is_empty()
            );
        }
    }
}

#[test]
fn with_a_declaration_what_is_not_declared_is_an_error() {
    let environment = "target: compose\nexternalWorkloads: {backend: {ports: {http: 80}}}\n";
    for (resource, expected) in [
        (
            "{type: service, params: {workload: backnd}}",
            "score.yaml:8:43: error: there is no workload `backnd`; did you mean `backend`? \
             [unknown-workload]",
        ),
        (
            "{type: service, params: {workload: payments}}",
            "score.yaml:8:43: error: there is no workload `payments`; declare it in \
             `externalWorkloads` of the environment; the only workload is `backend` \
             [unknown-workload]",
        ),
        (
            "{type: service-port, params: {workload: backend, port: 81}}",
            "score.yaml:8:63: error: the workload `backend` has no port `81`; the ports are \
             `http` and `80` [unknown-port]",
        ),
    ] {
        let sandbox = alone("x", resource);
        sandbox.write("environments/own/environment.yaml", environment);
        assert_eq!(run(&sandbox, "own").1, expected);
    }
}

#[test]
fn an_extending_environment_adds_to_a_declaration() {
    let sandbox = alone("x", "{type: service, params: {workload: backend}}");
    sandbox.write(
        "environments/base/environment.yaml",
        "target: kubernetes\nexternalWorkloads: {backend: {ports: {http: 80}}}\n",
    );
    sandbox.write(
        "environments/prod/environment.yaml",
        "extends: base\nexternalWorkloads: {backend: {namespace: prod}, other: {}}\n",
    );
    let shown = sandbox.run(&["environments", "show", "prod"]).stdout;
    for setting in [
        "externalWorkloads.backend.ports.http",
        "externalWorkloads.backend.namespace",
        "externalWorkloads.other",
    ] {
        assert!(shown.contains(setting), "{shown}");
    }
    assert_eq!(run(&sandbox, "prod").1, "");
}

#[test]
fn mistakes_in_a_declaration_have_a_place() {
    let sandbox = alone("x", "{type: service, params: {workload: backend}}");
    for (declaration, expected) in [
        (
            "{backend: {port: 80}}",
            ":2:31: error: an external workload has no key `port`",
        ),
        (
            "{backend: {ports: {http: 0}}}",
            ":2:45: error: a port must be from 1 to 65535",
        ),
        ("{backend: }", ":2:21: error: `backend` has no value"),
        (
            "{Back_end: {}}",
            ":2:21: error: `Back_end` is not a valid name of a workload",
        ),
        (
            "{backend: {service: a.b}}",
            ":2:40: error: `a.b` is not a valid name of `service`",
        ),
    ] {
        let text = format!("target: compose\nexternalWorkloads: {declaration}\n");
        sandbox.write("environments/own/environment.yaml", text);
        let report = sandbox
            .run(&["validate", "--env", "own", "--format", "short"])
            .stdout;
        assert!(
            report.starts_with(&format!("environments/own/environment.yaml{expected}"))
                && report.lines().filter(|line| line.ends_with(']')).count() == 1,
            "{report}"
        );
    }
}

#[test]
fn other_definitions_see_declared_workloads_only() {
    let sandbox = alone("${resources.dep.name}", "{type: service, id: backend}");
    sandbox.write(
        "own.provisioners.yaml",
        "- uri: template://own\n  type: service\n  outputs: |\n    {{ $w := index .WorkloadServices .Id \
         }}\n    name: {{ $w.ServiceName | default \"mock\" }}:{{ (index $w.Ports \"http\").Port }}\n",
    );
    for (declared, expected) in [
        ("", "mock:0"),
        ("{backend: {ports: {http: 80}}}", "backend:80"),
    ] {
        let key = if declared.is_empty() {
            ""
        } else {
            "externalWorkloads: "
        };
        sandbox.write(
            "environments/own/environment.yaml",
            format!(
                "target: compose\nprovisioners: [../../own.provisioners.yaml]\n{key}{declared}\n"
            ),
        );
        let (output, problems) = run(&sandbox, "own");
        assert_eq!((output.as_str(), problems.as_str()), (expected, ""));
    }
}
