//! What a Compose file says about running containers: when they are recreated, restarted and
//! started.

use serde_json::Value;

use crate::sandbox::{RunResult, Sandbox};

fn generate(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let base = ["generate", "--project", "shop", "--message-format", "short"];
    sandbox.run(&[&base[..], arguments].concat())
}

/// The services of the Compose file of a project.
fn services(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let arguments = [&["--format", "json", "-o", "out.json"][..], arguments].concat();
    let result = generate(sandbox, &arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let mut document: Value = serde_json::from_str(&sandbox.read("out.json")).unwrap();
    document["services"].take()
}

const WITH_FILE: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
service: {ports: {web: {port: 80}}}
containers:
  web:
    image: example.com/web:1
    files: {/etc/a: {source: a.txt}, /etc/b: {content: b}}
  other: {image: example.com/other:1}
resources:
  route: {type: route, params: {host: shop.localhost, path: /, port: web}}
";

const HASH: &str = "compose.score.dev/files-hash";

#[test]
fn a_changed_file_changes_the_services_that_mount_it() {
    let sandbox = Sandbox::with_files(&[("score.yaml", WITH_FILE), ("a.txt", "one")]);
    let before = services(&sandbox, &[]);
    assert_eq!(before["shop-other"]["labels"], Value::Null);
    assert_eq!(before, services(&sandbox, &[]));
    // A mounted file.
    sandbox.write("a.txt", "two");
    let after = services(&sandbox, &[]);
    assert_ne!(before["shop-web"], after["shop-web"]);
    assert_eq!(before["routing"], after["routing"]);
    // A directory with the files of a definition.
    sandbox.write("score.yaml", WITH_FILE.replace("path: /,", "path: /api,"));
    let routed = services(&sandbox, &[]);
    assert_ne!(
        after["routing"]["labels"][HASH],
        routed["routing"]["labels"][HASH]
    );
    assert_eq!(after["shop-web"], routed["shop-web"]);
}

#[test]
fn mounts_in_the_short_form_and_labels_in_a_list_get_a_hash() {
    let definition = |text: &str| {
        format!(
            "- uri: template://one\n  type: one\n  files: |\n    conf/a: {text}\n  services: |\n    server:\n      image: a\n      \
             labels: [mine=1]\n      volumes:\n      - {{{{ .MountsDirectory }}}}/conf:/conf:ro\n      - data:/data\n    other:\n      \
             image: a\n      volumes: [\"{{{{ .MountsDirectory }}}}/conf-other:/x\"]\n  volumes: |\n    data: {{}}\n"
        )
    };
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {web: {image: a}}\nresources: {one: {type: one}}\n",
        ),
        ("one.provisioners.yaml", &definition("one")),
    ]);
    let arguments = ["--provisioners", "one.provisioners.yaml"];
    let before = services(&sandbox, &arguments);
    sandbox.write("one.provisioners.yaml", definition("two"));
    let after = services(&sandbox, &arguments);
    assert_eq!(before["server"]["labels"][0], "mine=1");
    assert!(
        before["server"]["labels"][1]
            .as_str()
            .unwrap()
            .starts_with(HASH)
    );
    assert_ne!(before["server"]["labels"], after["server"]["labels"]);
    assert_eq!(before["other"], after["other"]);
}

#[test]
fn a_hash_of_a_secret_file_is_in_the_env_file() {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    image: a\n    \
             files: {/a: {content: \"${resources.db.password}\"}}\nresources:\n  db: {type: redis}\n",
        ),
        (
            "environments/local/environment.yaml",
            "target: compose\nsecrets: file\n",
        ),
    ]);
    let services = services(&sandbox, &[]);
    assert_eq!(services["shop-web"]["labels"], Value::Null);
    assert_eq!(services["shop-web"]["environment"], Value::Null);
    let env = sandbox.read(".score-rs/local/mounts/env/shop-web.env");
    assert!(env.starts_with("SCORE_RS_FILES_HASH='"), "{env}");
}

#[test]
fn what_keeps_running_is_restarted() {
    let score = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web: {image: a}
  migrate: {image: a, before: {web: {ready: complete}}}
resources:
  db: {type: postgres}
";
    let job = "\
apiVersion: score.dev/v1b1
metadata: {name: job, annotations: {k8s.score.dev/kind: Job}}
containers: {main: {image: a}}
";
    let sandbox = Sandbox::with_files(&[("score.yaml", score), ("job.score.yaml", job)]);
    let policies = |arguments: &[&str]| {
        let services = services(&sandbox, arguments);
        let services = services.as_object().unwrap().iter();
        services
            .map(|(name, service)| {
                (
                    name.split("-db").next().unwrap().to_owned(),
                    service["restart"].clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    let expected = |policy: &str| {
        [
            ("job-main", Value::Null),
            ("pg-shop", Value::from(policy)),
            ("shop-migrate", Value::Null),
            ("shop-web", Value::from(policy)),
        ]
        .map(|(name, policy)| (name.to_owned(), policy))
    };
    assert_eq!(policies(&[]), expected("on-failure"));
    assert_eq!(
        policies(&["--set", "restart=unless-stopped"]),
        expected("unless-stopped")
    );
    sandbox.write(
        "environments/local/environment.yaml",
        "target: compose\nvalues:\n  restart: sometimes\n",
    );
    let result = generate(&sandbox, &["-o", "-"]);
    assert!(
        result.code == Some(1)
            && result
                .stderr
                .starts_with("environments/local/environment.yaml:3:12: error: "),
        "{}",
        result.stderr
    );
}

#[test]
fn a_workload_starts_after_those_that_it_calls() {
    let workload = |name: &str, calls: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: {name}}}\nservice: {{ports: {{web: {{port: 80}}}}}}\ncontainers:\n  \
             main: {{image: a, variables: {{A: \"${{resources.call.{calls}\"}}}}\n  side: {{image: b}}\n"
        )
    };
    let call = |kind: &str, params: &str| {
        format!("resources:\n  call: {{type: {kind}, params: {{{params}}}}}\n")
    };
    let api = "apiVersion: score.dev/v1b1\nmetadata: {name: api}\nservice: {ports: {web: {port: 80}}}\ncontainers: {main: {image: a}}\n";
    let sandbox = Sandbox::with_files(&[("api.score.yaml", api)]);
    for (kind, params, output) in [
        ("service", "workload: api", "name}"),
        ("service-port", "workload: api, port: web", "hostname}"),
        ("endpoint", "workload: api, port: web", "url}"),
    ] {
        sandbox.write(
            "web.score.yaml",
            workload("web", output) + &call(kind, params),
        );
        let result = services(&sandbox, &[]);
        for service in ["web-main", "web-side"] {
            assert_eq!(
                result[service]["depends_on"]["api-main"]["condition"], "service_started",
                "{kind} {service}: {result}"
            );
        }
        assert_eq!(result["api-main"]["depends_on"], Value::Null);
    }
    // No service waits in a circle.
    sandbox.write(
        "web.score.yaml",
        workload("web", "name}") + &call("service", "workload: back"),
    );
    sandbox.write(
        "back.score.yaml",
        workload("back", "name}") + &call("service", "workload: web"),
    );
    let result = services(&sandbox, &[]);
    for service in ["web-main", "back-main"] {
        assert_eq!(result[service]["depends_on"], Value::Null, "{service}");
    }
}

#[test]
fn two_routes_to_one_path_are_an_error_on_both_targets() {
    let workload = |name: &str, host: &str, path: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: {name}}}\nservice: {{ports: {{web: {{port: 80}}}}}}\ncontainers: {{main: {{image: a}}}}\n\
             resources:\n  entry: {{type: route, params: {{host: {host}, path: {path}, port: web}}}}\n"
        )
    };
    for (host, path, is_error) in [
        ("a.example.com", "/api", true),
        ("a.example.com", "/api/", true),
        ("A.Example.com", "/api", true),
        ("b.example.com", "/api", false),
        ("a.example.com", "/apis", false),
        ("a.example.com", "/", false),
    ] {
        let sandbox = Sandbox::with_files(&[
            ("one.score.yaml", &workload("one", "a.example.com", "/api")),
            ("two.score.yaml", &workload("two", host, path)),
        ]);
        for target in ["compose", "kubernetes"] {
            let result = generate(&sandbox, &["--env", target, "-o", "-"]);
            let expected = "two.score.yaml:6:3: error: `route.default#one.entry` and `route.default#two.entry` both route \
                            `a.example.com/api/`; give one of them another host or path [duplicate-route]\n";
            match is_error {
                true => assert_eq!((result.code, result.stderr.as_str()), (Some(1), expected)),
                false => assert_eq!(result.code, Some(0), "{host}{path}: {}", result.stderr),
            }
        }
    }
}

#[test]
fn a_workload_waits_only_for_services_that_start() {
    let definition = "\
- uri: template://one
  type: one
  outputs: |
    a: b
  services: |
    plain: {image: a}
    checked: {image: a, healthcheck: {test: [CMD, 'true']}}
    disabled: {image: a, healthcheck: {disable: true}}
    none: {image: a, healthcheck: {test: [NONE]}}
    profile: {image: a, profiles: [debug]}
    scaled: {image: a, scale: 0}
    replicated: {image: a, deploy: {replicas: 0}}
";
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {web: {image: a, variables: {A: \"${resources.one.a}\"}}}\nresources: {one: {type: one}}\n",
        ),
        ("one.provisioners.yaml", definition),
    ]);
    let services = services(&sandbox, &["--provisioners", "one.provisioners.yaml"]);
    let depends_on = services["shop-web"]["depends_on"].as_object().unwrap();
    let conditions: Vec<(&str, &str)> = depends_on
        .iter()
        .map(|(name, service)| (name.as_str(), service["condition"].as_str().unwrap()))
        .collect();
    assert_eq!(
        conditions,
        [
            ("checked", "service_healthy"),
            ("disabled", "service_started"),
            ("none", "service_started"),
            ("plain", "service_started"),
        ]
    );
}

#[test]
fn the_container_whose_probe_listens_has_the_network() {
    let score = |probe: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\nservice: {{ports: {{web: {{port: 80, targetPort: 8080}}}}}}\n\
             containers:\n  aaa-logger: {{image: a}}\n  web: {{image: b{probe}}}\n"
        )
    };
    let listening = |port: u16| format!(", readinessProbe: {{httpGet: {{path: /, port: {port}}}}}");
    for (probe, owner, other) in [
        (String::new(), "aaa-logger", "web"),
        (listening(8080), "web", "aaa-logger"),
        // Another port, such as one for metrics.
        (listening(9090), "aaa-logger", "web"),
    ] {
        let sandbox = Sandbox::with_files(&[("score.yaml", &score(&probe))]);
        let services = services(&sandbox, &[]);
        assert_eq!(
            services[format!("shop-{owner}")]["hostname"],
            "shop",
            "{probe}"
        );
        assert_eq!(
            services[format!("shop-{other}")]["network_mode"],
            format!("service:shop-{owner}"),
            "{probe}"
        );
    }
}

#[test]
fn ports_of_resources_are_checked_and_local() {
    let score = |annotation: &str, value: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\nservice: {{ports: {{web: {{port: 80}}}}}}\n\
             containers: {{web: {{image: a, variables: {{A: \"${{resources.db.url}}\"}}}}}}\nresources:\n  \
             db: {{type: postgres, metadata: {{annotations: {{{annotation}: \"{value}\"}}}}}}\n  \
             route: {{type: route, params: {{host: a.localhost, path: /, port: web}}}}\n"
        )
    };
    let annotation = "compose.score.dev/publish-port";
    let sandbox = Sandbox::with_files(&[("score.yaml", &score(annotation, "5432"))]);
    let published = |arguments: &[&str]| {
        let services = services(&sandbox, arguments);
        let services = services.as_object().unwrap().values();
        let mut ports: Vec<String> = services
            .flat_map(|service| service["ports"].as_array().cloned().unwrap_or_default())
            .map(|port| {
                format!(
                    "{}:{}",
                    port["host_ip"].as_str().unwrap(),
                    port["published"].as_str().unwrap()
                )
            })
            .collect();
        ports.sort();
        ports
    };
    assert_eq!(published(&[]), ["127.0.0.1:5432", "127.0.0.1:8080"]);
    assert_eq!(
        published(&["--set", "publishAddress=0.0.0.0"]),
        ["0.0.0.0:5432", "0.0.0.0:8080"]
    );
    let port = "must be a port number up to 65535, this is";
    let address = "must be an IP address, such as 127.0.0.1, this is";
    for (name, value, message) in [
        ("routePort", "abc", port),
        ("routePort", "70000", port),
        ("routePort", "8080:80", port),
        ("publishAddress", "localhost", address),
        ("publishAddress", "0.0.0.256", address),
    ] {
        let set = format!("{name}={value}");
        let result = generate(&sandbox, &["-o", "-", "--set", &set]);
        let expected = format!("error: `values.{name}` {message} `{value}`");
        assert!(
            result.code == Some(1) && result.stderr.contains(&expected),
            "{}",
            result.stderr
        );
        sandbox.write(
            "environments/local/environment.yaml",
            format!("target: compose\nvalues: {{{name}: \"{value}\"}}\n"),
        );
        let result = generate(&sandbox, &["-o", "-", "--env", "local"]);
        let column = 12 + name.len();
        let expected = format!("environments/local/environment.yaml:2:{column}: {expected}");
        assert!(result.stderr.starts_with(&expected), "{}", result.stderr);
    }
    std::fs::remove_dir_all(sandbox.path("environments")).unwrap();
    for value in ["\"\"", "9090", "\"9090\""] {
        sandbox.write(
            "environments/local/environment.yaml",
            format!("target: compose\nvalues: {{routePort: {value}, publishAddress: \"::1\"}}\n"),
        );
        let result = generate(&sandbox, &["-o", "-", "--env", "local"]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    }
    std::fs::remove_dir_all(sandbox.path("environments")).unwrap();
    for value in ["abc", "70000", "-1", "80:80"] {
        sandbox.write("score.yaml", score(annotation, value));
        let result = generate(&sandbox, &["-o", "-"]);
        assert!(
            result.code == Some(1)
                && result.stderr.contains(&format!(
                    "the annotation {annotation} must be a port number"
                )),
            "{value}: {}",
            result.stderr
        );
    }
}

#[test]
fn an_ipv6_host_of_a_probe_is_in_brackets() {
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    image: a\n    \
                 livenessProbe: {httpGet: {host: \"::1\", port: 80, path: /a}}\n";
    let sandbox = Sandbox::with_files(&[("score.yaml", score)]);
    let test = services(&sandbox, &[])["shop-web"]["healthcheck"]["test"].take();
    assert_eq!(
        test.as_array().unwrap().last().unwrap(),
        "http://[::1]:80/a"
    );
}

#[test]
fn a_workload_waits_for_healthy_ones_where_the_environment_says_so() {
    let called = |container: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: api}}\nservice: {{ports: {{web: {{port: 80}}}}}}\ncontainers:\n  main: {{image: a{container}}}\n"
        )
    };
    let web = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: a, variables: {A: \"${resources.api.name}\"}}}\n\
               resources: {api: {type: service}}\n";
    let probe = ", readinessProbe: {httpGet: {path: /, port: 80}}";
    let healthy = ["--set", "waitUntil=healthy"];
    for (container, arguments, condition) in [
        (probe, &[][..], "service_started"),
        (probe, &["--set", "waitUntil=started"], "service_started"),
        (probe, &healthy, "service_healthy"),
        ("", &healthy, "service_started"),
        (
            probe,
            &["--set", "waitUntil=healthy", "--no-http-probes"],
            "service_started",
        ),
    ] {
        let sandbox = Sandbox::with_files(&[
            ("api.score.yaml", &called(container)),
            ("web.score.yaml", web),
        ]);
        let services = services(&sandbox, arguments);
        assert_eq!(
            services["web-main"]["depends_on"]["api-main"]["condition"], condition,
            "{container} {arguments:?}"
        );
    }
    // The container that serves the port starts after the one that has the network.
    let tunnel = "}\n  tunnel: {image: a, before: {main: {ready: healthy}}, readinessProbe: {httpGet: {path: /, port: 81}}";
    let sandbox = Sandbox::with_files(&[
        ("api.score.yaml", &called(&format!("{probe}{tunnel}"))),
        ("web.score.yaml", web),
    ]);
    let depends_on = services(&sandbox, &healthy)["web-main"]["depends_on"].take();
    assert_eq!(
        depends_on["api-main"]["condition"], "service_healthy",
        "{depends_on}"
    );
    let result = generate(
        &Sandbox::with_files(&[("api.score.yaml", &called(""))]),
        &["-o", "-", "--set", "waitUntill=healthy"],
    );
    let help = "no provisioner reads a value named `waitUntill`; did you mean `waitUntil`?";
    assert!(result.stderr.contains(help), "{}", result.stderr);
    let sandbox = Sandbox::with_files(&[
        ("web.score.yaml", web),
        ("api.score.yaml", &called("")),
        (
            "environments/local/environment.yaml",
            "target: compose\nvalues:\n  waitUntil: healty\n",
        ),
    ]);
    let result = generate(&sandbox, &["-o", "-"]);
    let place = "environments/local/environment.yaml:3:14: error: ";
    assert!(
        result.code == Some(1)
            && result.stderr.starts_with(place)
            && result.stderr.contains("did you mean `healthy`"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_workload_joins_the_networks_of_its_resources() {
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  \
                 web: {image: a, variables: {A: \"${resources.one.a}\"}}\n  side: {image: a}\n  \
                 init: {image: a, before: {web: {ready: complete}}}\nresources: {one: {type: one}}\n";
    let aliases = serde_json::json!({"aliases": ["shop"]});
    for (service, network) in [
        ("networks: [back]", Some("back")),
        ("networks: {back: {aliases: [db]}}", Some("back")),
        ("network_mode: 'service:other'", Some("side")),
        ("networks: [back, default]", None),
        ("networks: {default: {}}", None),
        ("network_mode: host", None),
        ("network_mode: 'service:server'", None),
        ("hostname: db", None),
    ] {
        let definition = format!(
            "- uri: template://one\n  type: one\n  outputs: |\n    a: server\n  services: |\n    server:\n      image: a\n      {service}\n    \
             other: {{image: a, networks: [{}]}}\n  networks: |\n    back: {{}}\n    side: {{}}\n",
            if service.contains("other") {
                "side"
            } else {
                "default"
            }
        );
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", score),
            ("one.provisioners.yaml", &definition),
        ]);
        let services = services(&sandbox, &["--provisioners", "one.provisioners.yaml"]);
        let mut owner = serde_json::json!({"default": aliases});
        let mut init = Value::Null;
        if let Some(network) = network {
            owner[network] = aliases.clone();
            init = serde_json::json!({"default": {}, network: {}});
        }
        let found = |name: &str| &services[name]["networks"];
        assert_eq!(*found("shop-side"), owner, "{service}");
        assert_eq!(*found("shop-init"), init, "{service}");
        assert_eq!(*found("shop-web"), Value::Null, "{service}");
    }
}
