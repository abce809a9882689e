//! Mistakes with remote directories, each with its place.

use super::oci::Registry;
use super::platform::{platform, service, write};
use super::{fails, succeeds};
use crate::sandbox::Sandbox;

fn push(registry: &Registry, name: &str, files: &[(&str, String)]) {
    let sandbox = Sandbox::new();
    write(&sandbox, "", files);
    succeeds(&sandbox, &["bundle", "push", &registry.url(name)]);
}

fn validate(extends: &str, code: i32, messages: &[&str]) {
    let sandbox = service("web", |_| extends.to_owned());
    let place = "environments/prod/environment.yaml:1:10";
    let messages = [messages, &[place]].concat();
    fails(&sandbox, &["validate", "-e", "prod"], code, &messages);
}

#[test]
fn a_wrong_address_is_reported_where_it_is_written() {
    let registry = Registry::new();
    push(&registry, "platform:v1", &platform("one"));
    let at = |rest: &str| registry.url(rest);
    for (extends, code, messages) in [
        (
            "ocl://example.com/x:v1#base".to_owned(),
            1,
            &["did you mean `oci`?", "[invalid-remote-source]"][..],
        ),
        (
            "oci:/example.com/x:v1#base".to_owned(),
            1,
            &["[unknown-environment]", "write a URL with `://`"],
        ),
        (
            "git-https://example.com/x/base".to_owned(),
            1,
            &["needs `.git` at its end"],
        ),
        (
            "https://example.com/base/environment.yaml".to_owned(),
            1,
            &["a web server has no directories", "oci://"],
        ),
        (
            "oci://me:s3cret@example.com/x:v1".to_owned(),
            1,
            &["cannot contain a user name or password"],
        ),
        (
            at("platfrom:v1#kubernetes"),
            3,
            &["cannot fetch", "status 404"],
        ),
        (
            at("platform:v9#kubernetes"),
            3,
            &["cannot fetch", "status 404"],
        ),
        (
            at("platform:v1#kubernets"),
            1,
            &[
                "[unknown-environment]",
                "has no `kubernets/environment.yaml`",
                "did you mean",
                "#kubernetes`?",
            ],
        ),
        (
            at("platform:v1#definitions"),
            1,
            &[
                "has no `definitions/environment.yaml`",
                "write one of",
                "#base`",
            ],
        ),
        (at("platform:v1"), 1, &["has no `environment.yaml`"]),
        (
            at("platform:v1#base/environment.yaml"),
            1,
            &[
                "is a file, not the directory of an environment",
                "write `oci://",
            ],
        ),
        (
            at("platform:v1#definitions/bucket.provisioners.yaml"),
            1,
            &["is a file, not the directory of an environment"],
        ),
        (
            at("platform:v1#../base"),
            1,
            &["is outside of the artifact"],
        ),
    ] {
        validate(&extends, code, messages);
    }
    let sandbox = service("web", |base| at(&format!("platform:v1#{base}")));
    for (source, messages) in [
        (
            "platform:v1#defintions",
            ["there is no `defintions` in", "did you mean `definitions`?"],
        ),
        (
            "platform:v1#policies",
            ["has no `*.provisioners.yaml`", "it has `latest.yaml`"],
        ),
    ] {
        let text = format!(
            "extends: {}\nprovisioners: ['{}']\n",
            at("platform:v1#kubernetes"),
            at(source)
        );
        sandbox.write("environments/prod/environment.yaml", text);
        let place = "environments/prod/environment.yaml:2:16";
        fails(
            &sandbox,
            &["validate", "-e", "prod"],
            1,
            &[messages[0], messages[1], "[no-such-file]", place],
        );
    }
}

#[test]
fn a_cycle_over_addresses_is_reported() {
    let registry = Registry::new();
    let (a, b) = (registry.url("a:v1"), registry.url("b:v1#x"));
    push(
        &registry,
        "a:v1",
        &[("environment.yaml", format!("extends: {b}\n"))],
    );
    push(
        &registry,
        "b:v1",
        &[("x/environment.yaml", format!("extends: {a}\n"))],
    );
    let sandbox = service("web", |_| a.clone());
    let cycle = format!("`{a}` -> `{b}` -> `{a}`");
    fails(
        &sandbox,
        &["validate", "-e", "prod"],
        1,
        &["[extends-cycle]", &cycle],
    );
}

#[test]
fn a_bundle_that_needs_another_version_is_refused() {
    let registry = Registry::new();
    let mut files = platform("one");
    files[1].1 = "version: '>=99'\n".to_owned();
    // Its authors have that version.
    let layers: Vec<(&str, Vec<u8>, bool)> = files
        .iter()
        .map(|(path, text)| (*path, text.clone().into_bytes(), false))
        .collect();
    registry.store("platform", "v1", &layers);
    let url = registry.url("platform:v1");
    let sandbox = service("web", |base| format!("{url}#{base}"));
    let version = env!("CARGO_PKG_VERSION");
    let messages = [
        "[unsupported-version]",
        &format!("`{url}` needs score-rs `>=99`, but this is {version}"),
        "environments/prod/environment.yaml:1:10",
        "install a version in `>=99`, or name another version of the bundle",
    ];
    fails(&sandbox, &["validate", "-e", "prod"], 1, &messages);
    fails(&sandbox, &["lock"], 1, &["needs score-rs `>=99`"]);
}

#[test]
fn programs_of_a_remote_environment_are_locked_and_no_paths() {
    let registry = Registry::new();
    let with_program = |program: &str| {
        let mut files = platform("one");
        files[2].1 += &format!("policies: [{{cmd: [{program}], name: ours}}]\n");
        files[2].1 = files[2].1.replace("policies: [../policies]\n", "");
        files
    };
    push(&registry, "platform:v1", &with_program("./check.sh"));
    push(&registry, "platform:v2", &with_program("'true'"));
    for (tag, message) in [
        ("v1", "a program of a remote environment cannot be a path"),
        (
            "v2",
            "this policy runs a program, and its environment is not locked",
        ),
    ] {
        let base = registry.url(&format!("platform:{tag}"));
        let sandbox = service("web", |path| format!("{base}#{path}"));
        let place = format!("{base}#base/environment.yaml:7:12");
        fails(&sandbox, &["validate", "-e", "prod"], 1, &[message, &place]);
        if tag == "v2" {
            succeeds(&sandbox, &["lock"]);
            succeeds(&sandbox, &["validate", "-e", "prod"]);
        }
    }
}
