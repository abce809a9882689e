//! One platform for several repositories: a bundle in a registry.

use super::oci::Registry;
use super::{bucket, fails, forget_cache, in_one_line, run, run_in, succeeds};
use crate::sandbox::Sandbox;

pub(super) const SERVICE: &str = "apiVersion: score.dev/v1b1
metadata: {name: NAME}
containers:
  main:
    image: example.com/NAME:1
    variables: {BUCKET: '${resources.files.name}'}
resources:
  files: {type: bucket}
";

const POLICY: &str = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-latest}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
  validations:
  - expression: object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))
    message: no latest
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-latest}
spec: {policyName: no-latest, validationActions: [Deny]}
";

const SCHEMA: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: buckets.example.com}
spec:
  group: example.com
  names: {kind: Bucket, plural: buckets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object}}
";

/// The files of a platform. What is shared by both targets is in `base`.
pub(super) fn platform(name: &str) -> Vec<(&'static str, String)> {
    vec![
        ("README.md", "Ours".to_owned()),
        ("score-rs.yaml", "version: '>=0.1'\n".to_owned()),
        (
            "base/environment.yaml",
            "podSecurity: baseline
exceptions: none
namespaceLabels: {team: shop}
provisioners: [../definitions, builtin]
policies: [../policies]
schemas: [../schemas]
overrides: [../overrides/all.yaml]
"
            .to_owned(),
        ),
        (
            "compose/environment.yaml",
            "extends: base\ntarget: compose\n".to_owned(),
        ),
        (
            "kubernetes/environment.yaml",
            "extends: ../base\ntarget: kubernetes\npatches: [../patches]\n".to_owned(),
        ),
        ("definitions/bucket.provisioners.yaml", bucket(name)),
        ("policies/latest.yaml", POLICY.to_owned()),
        ("schemas/bucket.yaml", SCHEMA.to_owned()),
        (
            "patches/label.patches.yaml",
            "- target: {kind: Deployment}\n  set: {metadata.labels.tier: gold}\n".to_owned(),
        ),
        (
            "overrides/all.yaml",
            "containers: {main: {variables: {REGION: eu}}}\n".to_owned(),
        ),
    ]
}

pub(super) fn write(sandbox: &Sandbox, directory: &str, files: &[(&str, String)]) {
    for (path, text) in files {
        sandbox.write(&format!("{directory}{path}"), text);
    }
}

/// A repository of a service whose environments extend those of a platform.
pub(super) fn service(name: &str, whole: impl Fn(&str) -> String) -> Sandbox {
    let sandbox = Sandbox::with_files(&[("score.yaml", &SERVICE.replace("NAME", name))]);
    for (environment, base, output) in [
        ("prod", "kubernetes", "prod.yaml"),
        ("local", "compose", "local.yaml"),
    ] {
        let url = whole(base);
        let text = format!("extends: {url}\nproject: {name}\noutput: {output}\n");
        sandbox.write(
            &format!("environments/{environment}/environment.yaml"),
            text,
        );
    }
    sandbox
}

fn publish(registry: &Registry, name: &str, tag: &str) -> String {
    let sandbox = Sandbox::new();
    write(&sandbox, "platform/", &platform(name));
    let url = registry.url(&format!("platform:{tag}"));
    let result = succeeds(&sandbox, &["bundle", "push", &url, "platform"]);
    assert!(result.stderr.contains("with 10 files"), "{}", result.stderr);
    let (_, digest) = result.stdout.trim().split_once('@').unwrap();
    digest.to_owned()
}

fn at(registry: &Registry, tag: &str) -> impl Fn(&str) -> String {
    let url = registry.url(&format!("platform:{tag}"));
    move |base| format!("{url}#{base}")
}

const ALL: [&str; 3] = ["generate", "--all-environments", "--locked"];

#[test]
fn a_bundle_is_published_pinned_updated_and_rolled_back() {
    let registry = Registry::new();
    let digest = publish(&registry, "one", "v1");
    let services = ["web", "cart", "jobs"].map(|name| service(name, at(&registry, "v1")));
    for sandbox in &services {
        let whole = registry.url("platform:v1");
        fails(
            sandbox,
            &ALL,
            1,
            &[&format!("`{whole}` is not locked"), "[not-locked]"],
        );
        succeeds(sandbox, &["lock"]);
        let lock = sandbox.read("score-rs.lock");
        assert!(lock.contains(&format!("manifest: {digest}")), "{lock}");
        assert_eq!(lock.matches("oci://").count(), 1, "{lock}");
        succeeds(sandbox, &ALL);
        let manifests = sandbox.read("prod.yaml");
        for part in ["value: one", "tier: gold", "value: eu"] {
            assert!(manifests.contains(part), "{part}: {manifests}");
        }
        assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    }
    // A new version, which one service takes.
    publish(&registry, "two", "v2");
    let [web, cart, _] = &services;
    let files = [
        "environments/prod/environment.yaml",
        "environments/local/environment.yaml",
    ];
    let before: Vec<String> = files.iter().map(|file| web.read(file)).collect();
    let lock = web.read("score-rs.lock");
    for (file, text) in files.iter().zip(&before) {
        web.write(file, text.replace(":v1", ":v2"));
    }
    succeeds(web, &["lock"]);
    succeeds(web, &ALL);
    assert!(web.read("prod.yaml").contains("value: two"));
    succeeds(cart, &[&ALL[..], &["--check"]].concat());
    // Back again, without a network.
    for (file, text) in files.iter().zip(&before) {
        web.write(file, text);
    }
    web.write("score-rs.lock", lock);
    drop(registry);
    succeeds(web, &[&ALL[..], &["--offline", "--stateless"]].concat());
    assert!(web.read("prod.yaml").contains("value: one"));
}

#[test]
fn policies_of_a_bundle_are_enforced_with_a_place_in_it() {
    let registry = Registry::new();
    publish(&registry, "one", "v1");
    let sandbox = service("web", at(&registry, "v1"));
    sandbox.write(
        "score.yaml",
        SERVICE
            .replace("NAME:1", "web:latest")
            .replace("NAME", "web"),
    );
    succeeds(&sandbox, &["lock"]);
    let place = format!("{}:9:", registry.url("platform:v1#policies/latest.yaml"));
    let arguments = ["validate", "-e", "prod", "--format", "short"];
    fails(&sandbox, &arguments, 1, &["[policy/no-latest]"]);
    fails(
        &sandbox,
        &["validate", "-e", "prod"],
        1,
        &["no latest", &place],
    );
    succeeds(&sandbox, &["validate", "-e", "local"]);
    let shown = succeeds(&sandbox, &["environments", "show", "prod"]).stdout;
    let place = registry.url("platform:v1#base/environment.yaml:2");
    assert!(shown.contains(&place), "{shown}");
    let shown = succeeds(&sandbox, &["environments", "show", "local"]).stdout;
    assert!(
        !shown.contains("podSecurity") && !shown.contains("policies"),
        "{shown}"
    );
}

#[test]
fn a_tree_is_fetched_once() {
    let registry = Registry::new();
    publish(&registry, "one", "v1");
    let sandbox = service("web", at(&registry, "v1"));
    let before = registry.reads().len();
    let result = run(&sandbox, &["validate", "--all-environments"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let output = &result.stdout;
    assert_eq!(output.matches("[not-locked]").count(), 1, "{output}");
    let mut reads = registry.reads().split_off(before);
    let count = reads.len();
    reads.sort();
    reads.dedup();
    assert_eq!(
        (reads.len(), count),
        (10, 10),
        "the manifest, a file and eight directories: {reads:?}"
    );
    succeeds(&sandbox, &["lock"]);
    let before = registry.reads().len();
    succeeds(&sandbox, &ALL);
    assert_eq!(registry.reads().len(), before, "everything is in the cache");
}

#[test]
fn a_moved_tag_changes_nothing_until_it_is_updated() {
    let registry = Registry::new();
    publish(&registry, "one", "stable");
    let sandbox = service("web", at(&registry, "stable"));
    succeeds(&sandbox, &["lock"]);
    let lock = sandbox.read("score-rs.lock");
    let result = succeeds(&sandbox, &["lock", "--check"]);
    assert_eq!(result.stdout, "");
    publish(&registry, "two", "stable");
    forget_cache(&sandbox);
    succeeds(&sandbox, &ALL);
    assert!(sandbox.read("prod.yaml").contains("value: one"));
    let url = registry.url("platform:stable");
    let result = fails(
        &sandbox,
        &["lock", "--check"],
        4,
        &[&format!("updated {url}: sha256:")],
    );
    assert!(
        result.stdout.starts_with("updated oci://"),
        "{}",
        result.stdout
    );
    assert_eq!(sandbox.read("score-rs.lock"), lock);
    for name in ["oci://nowhere/x:v1", &registry.url("platform:stabel")] {
        fails(
            &sandbox,
            &["lock", "--update", name],
            2,
            &["there is no source"],
        );
    }
    succeeds(&sandbox, &["lock", "--update", &url]);
    succeeds(&sandbox, &ALL);
    assert!(sandbox.read("prod.yaml").contains("value: two"));
}

#[test]
fn a_removed_tag_is_still_there_for_who_has_pinned_it() {
    let registry = Registry::new();
    let digest = publish(&registry, "one", "v1");
    let sandbox = service("web", at(&registry, "v1"));
    succeeds(&sandbox, &["lock"]);
    registry.remove("v1");
    forget_cache(&sandbox);
    succeeds(&sandbox, &ALL);
    fails(
        &sandbox,
        &["lock", "--update"],
        3,
        &["cannot fetch", "status 404"],
    );
    registry.remove(&digest);
    forget_cache(&sandbox);
    let place = "environments/local/environment.yaml:1:10";
    fails(&sandbox, &ALL, 3, &["cannot fetch", place, "status 404"]);
}

#[test]
fn copies_are_used_before_the_cache_and_verified() {
    let registry = Registry::new();
    publish(&registry, "one", "v1");
    let sandbox = service("web", at(&registry, "v1"));
    for directory in ["..", ".", "/tmp/x", ""] {
        fails(
            &sandbox,
            &["lock", "--vendor", directory],
            2,
            &["a directory in the project"],
        );
    }
    let result = succeeds(&sandbox, &["lock", "--vendor", "third_party/score"]);
    assert!(
        result.stderr.contains("wrote 9 files to third_party/score"),
        "{}",
        result.stderr
    );
    let host = registry.server.host.replace(':', "%3A");
    let copy = format!("third_party/score/oci/{host}/team/platform@v1");
    let definition = format!("{copy}/definitions/bucket.provisioners.yaml");
    assert_eq!(sandbox.read(&definition), bucket("one"));
    publish(&registry, "two", "v2");
    drop(registry);
    forget_cache(&sandbox);
    succeeds(&sandbox, &[&ALL[..], &["--offline"]].concat());
    let log = run(&sandbox, &[&ALL[..], &["-v"]].concat()).stderr;
    assert!(log.contains("vendored: oci://"), "{log}");
    // A tampered byte, and a file too many.
    sandbox.write(&definition, bucket("evil"));
    let messages = [
        "[digest-mismatch]",
        &format!("the copy `{copy}` of this source is not what `score-rs.lock` pins"),
        "environments/local/environment.yaml:1:10",
        "restore the copy from version control, or run `score-rs lock`",
    ];
    fails(&sandbox, &ALL, 1, &messages);
    sandbox.write(&definition, bucket("one"));
    sandbox.write(
        &format!("{copy}/definitions/more.provisioners.yaml"),
        bucket("evil"),
    );
    fails(&sandbox, &ALL, 1, &messages);
}

#[test]
fn copies_are_updated_and_no_project_files() {
    let registry = Registry::new();
    let mut files = platform("one");
    files.push(("example.score.yaml", SERVICE.replace("NAME", "other")));
    let platform = Sandbox::new();
    write(&platform, "", &files);
    succeeds(&platform, &["bundle", "push", &registry.url("platform:v1")]);
    let sandbox = service("web", at(&registry, "v1"));
    succeeds(&sandbox, &["lock", "--vendor", "vendor"]);
    succeeds(&sandbox, &ALL);
    assert!(!sandbox.read("prod.yaml").contains("name: other"));
    let host = registry.server.host.replace(':', "%3A");
    let file = |tag: &str| format!("vendor/oci/{host}/team/platform@{tag}/base/environment.yaml");
    sandbox.write(&file("v1"), "broken");
    succeeds(&sandbox, &["lock"]);
    succeeds(&sandbox, &ALL);
    publish(&registry, "two", "v2");
    for environment in ["prod", "local"] {
        let path = format!("environments/{environment}/environment.yaml");
        sandbox.write(&path, sandbox.read(&path).replace(":v1", ":v2"));
    }
    succeeds(&sandbox, &["lock"]);
    let list = sandbox.list();
    assert!(list.contains(&file("v2")), "{list:?}");
    assert!(!list.contains(&file("v1")), "{list:?}");
}

#[test]
fn a_broken_answer_is_an_error() {
    let registry = Registry::new();
    publish(&registry, "one", "v1");
    let sandbox = service("web", at(&registry, "v1"));
    succeeds(&sandbox, &["lock"]);
    let lock = sandbox.read("score-rs.lock");
    let pinned = lock
        .lines()
        .find_map(|line| line.trim().strip_prefix("tree: "))
        .unwrap();
    let other = format!("sha256:{}", "0".repeat(64));
    let changed = lock.replace(pinned, &other);
    sandbox.write("score-rs.lock", &changed);
    fails(
        &sandbox,
        &ALL,
        1,
        &["[checksum-mismatch]", "score-rs.lock:"],
    );
    let lines = changed.lines().filter(|line| !line.contains("checksum:"));
    sandbox.write(
        "score-rs.lock",
        lines.map(|line| format!("{line}\n")).collect::<String>(),
    );
    fails(
        &sandbox,
        &ALL,
        1,
        &["[digest-mismatch]", "locked here", "lock --update oci://"],
    );
}

#[test]
fn no_network_is_an_error_with_a_place() {
    let sandbox = service("web", |base| {
        format!("oci://127.0.0.1:9/platform:v1#{base}")
    });
    let place = "environments/local/environment.yaml:1:10";
    fails(
        &sandbox,
        &["lock"],
        3,
        &["cannot fetch `oci://127.0.0.1:9/platform:v1`", place],
    );
    let offline = ["validate", "-e", "prod", "--offline"];
    fails(
        &sandbox,
        &offline,
        1,
        &["[not-cached]", "--offline fetches nothing"],
    );
}

#[test]
fn a_private_registry_gets_credentials_that_are_never_shown() {
    let registry = Registry::private();
    let sandbox = service("web", at(&registry, "v1"));
    write(&sandbox, "platform/", &platform("one"));
    let url = registry.url("platform:v1");
    let push = ["bundle", "push", &url, "platform"];
    fails(&sandbox, &push, 3, &["cannot push to", "status 401"]);
    fails(&sandbox, &["lock"], 3, &["cannot fetch", "status 401"]);
    let docker = sandbox.path("docker");
    let variables = [("DOCKER_CONFIG", docker.to_str().unwrap())];
    let login = |auth: &str| {
        let text = format!(
            r#"{{"auths":{{"{}":{{"auth":"{auth}"}}}}}}"#,
            registry.server.host
        );
        sandbox.write("docker/config.json", text);
    };
    // `me:wr0ng`
    login("bWU6d3IwbmdwYXNz");
    for arguments in [&push[..], &["lock", "-v"]] {
        let result = run_in(&sandbox, arguments, &variables);
        assert_eq!(result.code, Some(3), "{arguments:?}");
        let output = format!("{}{}", result.stdout, result.stderr);
        assert!(output.contains("status 401"), "{output}");
        assert!(
            !output.contains("bWU6") && !output.contains("wr0ng"),
            "{output}"
        );
    }
    login("bWU6czNjcmV0");
    for arguments in [
        &push[..],
        &["lock", "-v"],
        &["generate", "--all-environments", "-v"],
    ] {
        let result = run_in(&sandbox, arguments, &variables);
        let output = format!("{}{}", result.stdout, result.stderr);
        assert_eq!(result.code, Some(0), "{arguments:?}: {output}");
        assert!(
            !output.contains("bWU6") && !output.contains("s3cret"),
            "{output}"
        );
    }
}

#[test]
fn two_clones_give_a_bundle_of_the_same_digest() {
    let digests = [1, 2].map(|_| {
        let sandbox = Sandbox::new();
        write(&sandbox, "", &platform("one"));
        sandbox.write(".gitignore", "*.bak\n");
        sandbox.write(
            "base/x.yaml.bak",
            format!("{:?}", std::time::Instant::now()),
        );
        let dry = [
            "bundle",
            "push",
            "oci://registry.example.com/platform:v1",
            "--dry-run",
        ];
        let result = succeeds(&sandbox, &dry);
        assert_eq!(result.stderr, "");
        result.stdout
    });
    assert_eq!(digests[0], digests[1]);
    assert!(digests[0].starts_with("registry.example.com/platform@sha256:"));
}

#[test]
fn what_has_an_error_is_not_pushed() {
    let url = "oci://127.0.0.1:9/platform:v1";
    let sandbox = Sandbox::new();
    fails(
        &sandbox,
        &["bundle", "push", url],
        2,
        &["has no YAML, JSON or template files"],
    );
    write(&sandbox, "", &platform("one"));
    sandbox.write("base/environment.yaml", "podSecurty: baseline\n");
    let message = "did you mean `podSecurity`?";
    fails(
        &sandbox,
        &["bundle", "push", url],
        1,
        &["base/environment.yaml:1:1", message],
    );
    sandbox.write("base/environment.yaml", "{}\n");
    sandbox.write("definitions/a.yaml", "a: [\n");
    fails(
        &sandbox,
        &["bundle", "push", url],
        1,
        &["definitions/a.yaml:1", "[yaml-syntax]"],
    );
    sandbox.write("definitions/a.yaml", "a: 1\n");
    for (base, message) in [
        (
            "policies: [../polices]",
            "there is no `polices` in the bundle",
        ),
        (
            "overrides: [../../x.yaml]",
            "`../../x.yaml` is outside of the bundle",
        ),
        (
            "schemas: [/etc/x.yaml]",
            "`/etc/x.yaml` is outside of the bundle",
        ),
        (
            "extends: bse",
            "there is no environment `bse` in the bundle",
        ),
    ] {
        sandbox.write("base/environment.yaml", format!("{base}\n"));
        fails(
            &sandbox,
            &["bundle", "push", url],
            1,
            &["base/environment.yaml:1:", message],
        );
    }
    sandbox.write(
        "base/environment.yaml",
        "extends: kubernetes\npolicies: [../policies]\n",
    );
    std::os::unix::fs::symlink("/etc/hosts", sandbox.path("hosts.yaml")).unwrap();
    fails(
        &sandbox,
        &["bundle", "push", url],
        3,
        &["`./hosts.yaml` is a link"],
    );
    let with_tag = ["bundle", "push", "oci://registry.example.com/platform"];
    fails(&sandbox, &with_tag, 2, &["there is no tag"]);
}

/// Directories in artifacts of `oras push` are archives.
#[test]
fn an_artifact_of_another_program_is_a_tree_too() {
    let sandbox = Sandbox::new();
    write(&sandbox, "", &platform("one"));
    let archive = |directory: &str| {
        let tar = std::process::Command::new("tar")
            .args(["cz", "-C"])
            .arg(sandbox.path("."))
            .arg(directory)
            .output()
            .unwrap();
        assert!(tar.status.success());
        (tar.stdout, true)
    };
    let registry = Registry::new();
    let names = [
        "base",
        "compose",
        "kubernetes",
        "definitions",
        "policies",
        "schemas",
        "patches",
        "overrides",
    ];
    let mut layers: Vec<(&str, Vec<u8>, bool)> = Vec::new();
    for name in names {
        let (bytes, is_archive) = archive(name);
        layers.push((name, bytes, is_archive));
    }
    layers.push(("README.md", b"Ours".to_vec(), false));
    registry.store("platform", "v1", &layers);
    let service = service("web", at(&registry, "v1"));
    succeeds(&service, &["lock"]);
    succeeds(&service, &ALL);
    assert!(service.read("prod.yaml").contains("value: one"));
    layers[0].1[30] ^= 1;
    registry.store("platform", "v2", &layers);
    let other = super::platform::service("web", at(&registry, "v2"));
    let result = fails(&other, &["lock"], 3, &["cannot fetch"]);
    assert!(
        in_one_line(&result.stderr).contains("its archive"),
        "{}",
        result.stderr
    );
}
