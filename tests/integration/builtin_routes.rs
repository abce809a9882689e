//! The built-in `route` and `dns`: what both targets refuse, and TLS, annotations and URLs.

use crate::sandbox::{RunResult, Sandbox};

fn score(host: &str, path: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  web:\n    image: example.com/web:1\n    \
         variables: {{URL: \"${{resources.dns.url}}\"}}\nservice:\n  ports: {{http: {{port: 80}}}}\nresources:\n  \
         dns: {{type: dns}}\n  www:\n    type: route\n    params:\n      host: {host}\n      path: {path:?}\n      port: 80\n"
    )
}

fn run(sandbox: &Sandbox, environment: &str, values: &[&str]) -> RunResult {
    let fixed = [
        "generate",
        "-e",
        environment,
        "--message-format",
        "short",
        "-o",
        "out.yaml",
    ];
    let values = values.iter().flat_map(|value| ["--set", *value]);
    sandbox.run(&[&fixed[..], &values.collect::<Vec<_>>()].concat())
}

/// The output, and what is reported.
fn output(target: &str, host: &str, path: &str, values: &[&str]) -> (String, String) {
    let sandbox = Sandbox::with_files(&[("score.yaml", &score(host, path))]);
    let result = run(&sandbox, target, values);
    assert_eq!(
        result.code,
        Some(0),
        "{target} {host} {path}: {}",
        result.stderr
    );
    (sandbox.read("out.yaml"), result.stderr)
}

#[test]
fn what_a_cluster_refuses_is_refused_on_both_targets() {
    let hosts = [
        "10.0.0.1",
        "a..example",
        "*.*.example",
        "a_b.example",
        "a.example:80",
        "-a.example",
        "'*'",
        "a.example.",
    ];
    let paths = [
        "/a//b", "/a/./b", "/a/../b", "/a/..", "/a/.", "/a%2fb", "/a%2Fb", "/a#b", "/a%zz", "/a%",
        "/ä", "a",
    ];
    let wrong = hosts.map(|host| (host, "/", "score.yaml:14:13: error: "));
    let wrong = wrong
        .into_iter()
        .chain(paths.map(|path| ("a.example", path, "score.yaml:15:13: error: ")));
    for (host, path, place) in wrong {
        for (target, values) in [
            ("compose", &[][..]),
            ("kubernetes", &[]),
            ("kubernetes", &["ingressClass=nginx"]),
        ] {
            let sandbox = Sandbox::with_files(&[("score.yaml", &score(host, path))]);
            let result = run(&sandbox, target, values);
            assert_eq!(result.code, Some(1), "{target} {host} {path}");
            assert!(
                result.stderr.contains(place),
                "{target} {host} {path}: {}",
                result.stderr
            );
        }
    }
    for path in [
        "/",
        "/a/b/",
        "/a.b/..c",
        "/~a;b=c,d:e@f!g&'",
        "/%20",
        "/a-_",
    ] {
        for target in ["compose", "kubernetes"] {
            output(target, "'*.a1.example'", path, &["domain=a.example"]);
        }
    }
}

#[test]
fn a_pattern_on_an_ingress_is_a_warning() {
    let warning = "score.yaml:15:13: warning: `params.path` of `route.default#shop.www` is a pattern, \
                   which every Ingress controller reads in its own way; remove the pattern, or use the Gateway API";
    let ingress = &["ingressClass=nginx", "domain=a.example"][..];
    let (_, shown) = output("kubernetes", "a.example", "/a/[0-9]+", ingress);
    assert!(shown.contains(warning), "{shown}");
    for (target, path, values) in [
        ("kubernetes", "/a", ingress),
        ("kubernetes", "/a/[0-9]+", &ingress[1..]),
        ("compose", "/a/[0-9]+", ingress),
    ] {
        let (_, shown) = output(target, "a.example", path, values);
        assert!(!shown.contains("provisioner-warning"), "{shown}");
    }
}

#[test]
fn a_name_in_localhost_is_a_note_in_a_cluster() {
    let note = "score.yaml:10:3: note: `dns.default#shop.dns` ends in `localhost`, which every machine resolves to itself";
    for (target, values, expected) in [
        ("kubernetes", &[][..], true),
        ("kubernetes", &["domain=shop.localhost"], true),
        ("kubernetes", &["domain=a.example"], false),
        ("compose", &[], false),
    ] {
        let (_, shown) = output(target, "a.example", "/", values);
        assert_eq!(
            shown.contains(note),
            expected,
            "{target} {values:?}: {shown}"
        );
    }
}

#[test]
fn a_domain_that_is_none_is_an_error_at_the_value() {
    for domain in [
        "a_b.example",
        "a..example",
        "https://a.example",
        "'*.a.example'",
    ] {
        for target in ["compose", "kubernetes"] {
            let environment = format!("target: {target}\nvalues: {{domain: {domain}}}\n");
            let sandbox = Sandbox::with_files(&[
                ("score.yaml", &score("a.example", "/")),
                ("environments/one/environment.yaml", &environment),
            ]);
            let result = run(&sandbox, "one", &[]);
            let place = "environments/one/environment.yaml:2:18: error: `dns.default#shop.dns` cannot be provisioned: \
                         values.domain must be a domain such as shop.example.com";
            assert!(result.stderr.contains(place), "{}", result.stderr);
        }
    }
}

#[test]
fn the_url_of_a_name_is_the_one_of_its_route() {
    for (target, values, start, end) in [
        ("compose", &[][..], "http://shop-dns-", ".localhost:8080"),
        (
            "compose",
            &["routePort=9090", "domain=a.example"],
            "http://shop-dns-",
            ".a.example:9090",
        ),
        (
            "compose",
            &["routePort=80"],
            "http://shop-dns-",
            ".localhost",
        ),
        (
            "kubernetes",
            &["domain=a.example"],
            "http://shop-dns-",
            ".a.example",
        ),
        (
            "kubernetes",
            &["domain=a.example", "tls=true"],
            "https://shop-dns-",
            ".a.example",
        ),
        (
            "kubernetes",
            &[
                "domain=a.example",
                "ingressClass=nginx",
                "tls.secretName=cert",
            ],
            "https://shop-dns-",
            ".a.example",
        ),
    ] {
        let (text, _) = output(target, "a.example", "/", values);
        let url = text
            .lines()
            .find(|line| line.contains("://shop-dns-"))
            .unwrap();
        let url = &url[url.find("http").unwrap()..];
        assert!(
            url.starts_with(start) && url.ends_with(end),
            "{target} {values:?}: {url}"
        );
    }
}

/// The output for an environment with these values.
fn with_values(values: &str) -> (RunResult, String) {
    let environment = format!("target: kubernetes\nvalues:\n  domain: a.example\n{values}");
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score("www.a.example", "/")),
        ("environments/prod/environment.yaml", &environment),
    ]);
    let result = run(&sandbox, "prod", &[]);
    let text = if result.code == Some(0) {
        sandbox.read("out.yaml")
    } else {
        String::new()
    };
    (result, text)
}

#[test]
fn an_ingress_has_the_tls_and_annotations_of_the_environment() {
    let ingress = "  ingressClass: nginx\n";
    for (values, parts, missing) in [
        (
            "  tls: {secretName: wildcard}\n",
            &["    - www.a.example\n    secretName: wildcard\n"][..],
            "cert-manager",
        ),
        (
            "  tls: {clusterIssuer: letsencrypt}\n",
            &[
                "    cert-manager.io/cluster-issuer: letsencrypt\n",
                "    secretName: route-shop-www-",
            ],
            "cert-manager.io/issuer",
        ),
        (
            "  tls: {issuer: team, secretName: shop}\n",
            &[
                "    cert-manager.io/issuer: team\n",
                "    secretName: shop\n",
            ],
            "cluster-issuer",
        ),
        (
            "  ingressAnnotations: {nginx.ingress.kubernetes.io/ssl-redirect: true, a.example/b: c}\n",
            &[
                "    nginx.ingress.kubernetes.io/ssl-redirect: \"true\"\n",
                "    a.example/b: c\n",
            ],
            "tls:",
        ),
    ] {
        let (result, text) = with_values(&format!("{ingress}{values}"));
        assert_eq!(result.code, Some(0), "{values}: {}", result.stderr);
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains(missing), "{missing}: {text}");
    }
}

#[test]
fn wrong_values_of_an_ingress_are_errors_at_the_value() {
    for (values, place, message) in [
        (
            "  tls: {secretNam: a}\n",
            ":5:20: ",
            "values.tls.secretNam is unknown: write secretName, issuer or clusterIssuer",
        ),
        (
            "  tls: true\n",
            ":5:8: ",
            "values.tls must be a mapping with secretName, issuer or clusterIssuer, but is true",
        ),
        (
            "  tls: {secretName: My Secret}\n",
            ":5:21: ",
            "values.tls.secretName must be the name of an object",
        ),
        (
            "  tls: {secretName: }\n",
            ":5:19: ",
            "values.tls.secretName must be the name of an object",
        ),
        (
            "  tls: {issuer: a, clusterIssuer: b}\n",
            ":5:17: ",
            "values.tls.issuer has no effect beside values.tls.clusterIssuer",
        ),
        (
            "  ingressAnnotations: {a: [b]}\n",
            ":5:27: ",
            "values.ingressAnnotations.a must be a text, but is [b]",
        ),
        (
            "  ingressAnnotations: a\n",
            ":5:23: ",
            "values.ingressAnnotations must be a mapping of texts, but is a",
        ),
    ] {
        let (result, _) = with_values(&format!("  ingressClass: nginx\n{values}"));
        assert_eq!(result.code, Some(1), "{values}");
        let line = format!("environments/prod/environment.yaml{place}error: ");
        let found = result
            .stderr
            .lines()
            .any(|shown| shown.starts_with(&line) && shown.contains(message));
        assert!(found, "{values}{}", result.stderr);
    }
}

#[test]
fn a_gateway_has_the_certificate_of_an_http_route() {
    let (result, text) = with_values("  tls: {secretName: wildcard}\n");
    let note = "environments/prod/environment.yaml:4:8: note: `values.tls` is for an Ingress: the Gateway of an HTTPRoute has the certificate";
    assert!(result.stderr.contains(note), "{}", result.stderr);
    assert!(!text.contains("wildcard"), "{text}");
    let (result, _) = with_values("  tls: true\n");
    assert!(!result.stderr.contains("note"), "{}", result.stderr);
}
