//! The credentials that a registry gets, and what is said when it refuses them.

use super::registry::{Contents, url};
use super::server::{Reply, Request, Server};
use super::{bucket, in_one_line, project, run_in};
use crate::sandbox::{RunResult, Sandbox};

/// `me:secret`
const PAIR: &str = "bWU6c2VjcmV0";
const FORM: &str = "grant_type=refresh_token&client_id=score-rs\
                    &scope=repository:team/defs:pull&service=test%20registry&refresh_token=R%2B1";

/// A registry that gives tokens to `me` with the password `secret`, and for the refresh token `R+1`.
fn registry() -> Server {
    let mut contents = Contents::default();
    contents.push(&[("p.yaml", &bucket("one"))]);
    Server::new(move |request| {
        let authorization = request.header("authorization");
        if request.path.starts_with("/token") {
            return token(request, authorization);
        }
        if authorization == Some("Bearer T0") {
            return contents.answer(request);
        }
        let realm = format!("http://{}/token", request.header("host").unwrap());
        let challenge = format!(r#"Bearer realm="{realm}",service="test registry""#);
        Reply::status("401 Unauthorized", "").with_header("WWW-Authenticate", &challenge)
    })
}

fn token(request: &Request, authorization: Option<&str>) -> Reply {
    let is_known = match request.method.as_str() {
        "POST" => request.body == FORM.as_bytes() && authorization.is_none(),
        _ => authorization == Some(&format!("Basic {PAIR}")),
    };
    match (is_known, request.method.as_str()) {
        (true, "POST") => Reply::ok(r#"{"access_token":"T0"}"#),
        (true, _) => Reply::ok(r#"{"token":"T0"}"#),
        (false, _) => Reply::status("401 Unauthorized", ""),
    }
}

/// A project whose source is in the registry, with a home directory of these files. `HOST` in them
/// is the registry.
fn project_with(server: &Server, files: &[(&str, &str)]) -> Sandbox {
    let sandbox = project(&[&url(server, ":v1")]);
    for (path, text) in files {
        sandbox.write(path, text.replace("HOST", &server.host));
    }
    sandbox
}

/// Generates with the home directory `home` and the programs in `bin`.
fn generate(sandbox: &Sandbox, variables: &[(&str, &str)]) -> RunResult {
    let text = |path: &str| sandbox.path(path).to_str().unwrap().to_owned();
    let (home, path) = (text("home"), format!("{}:/usr/bin:/bin", text("bin")));
    let values: Vec<(&str, String)> = variables
        .iter()
        .map(|(name, path)| (*name, text(path)))
        .collect();
    let mut all = vec![("HOME", home.as_str()), ("PATH", path.as_str())];
    all.extend(values.iter().map(|(name, value)| (*name, value.as_str())));
    run_in(sandbox, &["generate"], &all)
}

fn helper(sandbox: &Sandbox, name: &str, script: &str) {
    let path = format!("bin/docker-credential-{name}");
    sandbox.write_executable(&path, format!("#!/bin/sh\n{script}\n"));
}

#[track_caller]
fn check_fetched(sandbox: &Sandbox, result: &RunResult) {
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
}

#[track_caller]
fn check_refused(sandbox: &Sandbox, result: &RunResult, reason: &str) {
    let home = sandbox.path("home");
    let message = in_one_line(&result.stderr).replace(home.to_str().unwrap(), "~");
    assert_eq!(result.code, Some(3), "{message}");
    assert!(message.contains(reason), "{message}");
    assert!(
        !message.contains("secret") && !message.contains(PAIR),
        "{message}"
    );
}

const DOCKER: &str = "home/.docker/config.json";

#[test]
fn entries_are_found_in_the_files_of_docker_and_podman() {
    let server = registry();
    let entry = |key: &str| format!(r#"{{"auths":{{"{key}":{{"auth":"{PAIR}"}}}}}}"#);
    let whole = entry("HOST");
    for (path, variables) in [
        (DOCKER, &[][..]),
        ("docker/config.json", &[("DOCKER_CONFIG", "docker")]),
        ("run/containers/auth.json", &[("XDG_RUNTIME_DIR", "run")]),
        (
            "config/containers/auth.json",
            &[("XDG_CONFIG_HOME", "config")],
        ),
        ("home/.config/containers/auth.json", &[]),
        ("auth.json", &[("REGISTRY_AUTH_FILE", "auth.json")]),
    ] {
        let sandbox = project_with(&server, &[(path, &whole)]);
        check_fetched(&sandbox, &generate(&sandbox, variables));
    }
    for key in [
        "HOST/team/defs",
        "HOST/team",
        "https://HOST",
        "https://HOST/v1/",
        "HOST/",
    ] {
        let sandbox = project_with(&server, &[(DOCKER, &entry(key))]);
        check_fetched(&sandbox, &generate(&sandbox, &[]));
    }
    // The named file is the only one.
    let sandbox = project_with(&server, &[(DOCKER, &whole), ("a.json", "{}")]);
    let result = generate(&sandbox, &[("REGISTRY_AUTH_FILE", "a.json")]);
    check_refused(&sandbox, &result, "a.json` has none for");
}

#[test]
fn the_entry_of_the_longest_name_is_used() {
    let server = registry();
    // `me:other`
    let other = "bWU6b3RoZXI=";
    let entries = |team: &str, host: &str| {
        format!(
            r#"{{"auths":{{"HOST":{{"auth":"{host}"}},"HOST/team":{{"auth":"{team}"}},
                "HOST/team/de":{{"auth":"{other}"}},"HOST/team/defs/x":{{"auth":"{other}"}}}}}}"#
        )
    };
    let sandbox = project_with(&server, &[(DOCKER, &entries(PAIR, other))]);
    check_fetched(&sandbox, &generate(&sandbox, &[]));
    let sandbox = project_with(&server, &[(DOCKER, &entries(other, PAIR))]);
    let result = generate(&sandbox, &[]);
    let reason =
        "cannot get a token for it: the server requires permission (status 401): it refuses \
                  the credentials of the entry `HOST/team` in `~/.docker/config.json`; run `docker \
                  login HOST`"
            .replace("HOST", &server.host);
    check_refused(&sandbox, &result, &reason);
}

#[test]
fn helpers_are_asked_for_the_registry() {
    let server = registry();
    let script = r#"test "$1 $(cat)" = "get HOST" && echo '{"ServerURL":"x","Username":"me","Secret":"secret"}'"#
        .replace("HOST", &server.host);
    let bad = r#""auths":{"HOST":{"auth":"bWU6b3RoZXI="}}"#;
    for config in [
        r#"{"credsStore":"test","auths":{"HOST":{}}}"#.to_owned(),
        r#"{"credHelpers":{"HOST":"test"},"credsStore":"gone"}"#.to_owned(),
        format!(r#"{{"credHelpers":{{"HOST":"test"}},{bad}}}"#),
    ] {
        let sandbox = project_with(&server, &[(DOCKER, &config)]);
        helper(&sandbox, "test", &script);
        check_fetched(&sandbox, &generate(&sandbox, &[]));
    }
    // An entry counts where the helper has nothing.
    let config = format!(r#"{{"credsStore":"test","auths":{{"HOST":{{"auth":"{PAIR}"}}}}}}"#);
    let sandbox = project_with(&server, &[(DOCKER, &config)]);
    helper(
        &sandbox,
        "test",
        "echo credentials not found in native keychain; exit 1",
    );
    check_fetched(&sandbox, &generate(&sandbox, &[]));
}

#[test]
fn an_identity_token_is_exchanged_for_a_token() {
    let server = registry();
    let stored = r#"{"auths":{"HOST":{"auth":"bWU6","identitytoken":"R+1"}}}"#;
    let sandbox = project_with(&server, &[(DOCKER, stored)]);
    check_fetched(&sandbox, &generate(&sandbox, &[]));
    let sandbox = project_with(&server, &[(DOCKER, r#"{"credsStore":"test"}"#)]);
    let answer = r#"echo '{"ServerURL":"x","Username":"<token>","Secret":"R+1"}'"#;
    helper(&sandbox, "test", answer);
    check_fetched(&sandbox, &generate(&sandbox, &[]));
    let stored = r#"{"auths":{"HOST":{"registrytoken":"T0"}}}"#;
    let sandbox = project_with(&server, &[(DOCKER, stored)]);
    check_fetched(&sandbox, &generate(&sandbox, &[]));
}

#[test]
fn a_refusal_says_why_no_credentials_were_sent() {
    let server = registry();
    let none = "(status 401): no credentials were sent";
    for (config, script, reason) in [
        (
            "",
            "",
            "`~/.docker/config.json` is not a file of credentials: line 1, column 0",
        ),
        ("{}", "", "`~/.docker/config.json` has none for HOST"),
        (
            r#"{"auths":{"HOST":{}}}"#,
            "",
            "`~/.docker/config.json` has none for HOST",
        ),
        (
            r#"{"credsStore":"gone"}"#,
            "",
            "there is no program `docker-credential-gone` (`~/.docker/config.json`)",
        ),
        (
            r#"{"credsStore":"../x"}"#,
            "",
            "`../x` is not the name of a credential helper",
        ),
        (
            r#"{"credsStore":"test"}"#,
            "echo credentials not found in native keychain; exit 1",
            "`docker-credential-test` has none for HOST",
        ),
        (
            r#"{"credsStore":"test"}"#,
            "echo locked; exit 1",
            "`docker-credential-test` failed: locked (",
        ),
        (
            r#"{"credsStore":"test"}"#,
            "exit 4",
            "`docker-credential-test` failed with exit status 4",
        ),
        (
            r#"{"credsStore":"test"}"#,
            "echo secret",
            "its output is not the JSON of a helper",
        ),
    ] {
        let sandbox = project_with(&server, &[(DOCKER, config)]);
        helper(&sandbox, "test", script);
        let result = generate(&sandbox, &[]);
        check_refused(&sandbox, &result, none);
        check_refused(&sandbox, &result, &reason.replace("HOST", &server.host));
        check_refused(
            &sandbox,
            &result,
            &format!("; run `docker login {}`", server.host),
        );
    }
    let sandbox = project_with(&server, &[]);
    let reason = format!("{none}, since there is no file with any; run");
    check_refused(&sandbox, &generate(&sandbox, &[]), &reason);
    let silent = Server::new(|_| Reply::status("403 Forbidden", ""));
    let sandbox = project_with(&silent, &[]);
    let reason = "(status 403); it does not say which credentials it needs";
    check_refused(&sandbox, &generate(&sandbox, &[]), reason);
    let sandbox = project(&[&silent.url("/p.yaml")]);
    let reason = "(status 403): no credentials are sent to web servers; use git or a registry";
    check_refused(&sandbox, &generate(&sandbox, &[]), reason);
}

#[test]
fn a_helper_that_fails_leaves_public_sources_readable() {
    let mut contents = Contents::default();
    contents.push(&[("p.yaml", &bucket("one"))]);
    let server = Server::new(move |request| {
        if request.path.starts_with("/token") {
            return Reply::ok(r#"{"token":"T0"}"#);
        }
        if request.header("authorization").is_some() {
            return contents.answer(request);
        }
        let realm = format!("http://{}/token", request.header("host").unwrap());
        Reply::status("401 Unauthorized", "")
            .with_header("WWW-Authenticate", &format!(r#"Bearer realm="{realm}""#))
    });
    let sandbox = project_with(&server, &[(DOCKER, r#"{"credsStore":"gone"}"#)]);
    check_fetched(&sandbox, &generate(&sandbox, &[]));
}
