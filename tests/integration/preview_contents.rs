//! What a preview has of its own besides names: its data, its size, and objects of no namespace.

use serde_json::Value;

use crate::environments::succeeds;
use crate::previews::{errors, find, generate};
use crate::sandbox::Sandbox;

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {DATABASE: '${resources.db.url}', CACHE: '${resources.cache.url}'}
resources:
  db: {type: postgres, params: {storage: 2Gi}}
  cache: {type: redis}
";

fn shop(preview: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", SHOP),
        (
            "environments/staging/environment.yaml",
            "target: kubernetes\nnamespace: shop\n",
        ),
        (
            "environments/preview/environment.yaml",
            &format!("extends: staging\n{preview}"),
        ),
    ])
}

const ONE: [&str; 7] = ["generate", "-e", "preview", "--preview", "1", "-o", "-"];

#[test]
fn a_job_gives_a_preview_its_data() {
    let own = "preview: {seed: {postgres: {image: 'example.com/seed:pr-${preview.number}'}}}\n";
    let sandbox = shop(own);
    let objects = generate(&sandbox, "preview", Some("142"));
    let job = find(&objects, "Job", "pg-shop-db-");
    let pod = &job["spec"]["template"]["spec"];
    let seed = &pod["containers"][0];
    assert_eq!(seed["image"], "example.com/seed:pr-142");
    assert_eq!(seed["securityContext"]["runAsUser"], Value::Null);
    let server = find(&objects, "StatefulSet", "pg-shop-db-");
    let env = seed["env"].to_string();
    assert!(
        env.contains(server["metadata"]["name"].as_str().unwrap()),
        "{env}"
    );
    assert_eq!(pod["initContainers"][0]["image"], "postgres:17.10-alpine");
    let size = &server["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"];
    assert_eq!(size["storage"], "2Gi");
    let other = generate(&sandbox, "preview", Some("7"));
    assert_ne!(
        job["metadata"]["name"],
        find(&other, "Job", "pg-shop-db-")["metadata"]["name"]
    );
    let staging = generate(&sandbox, "staging", None);
    assert!(staging.iter().all(|one| one["kind"] != "Job"));
}

/// All built-in databases take the same, and begin when their server accepts connections.
#[test]
fn every_database_takes_data() {
    for (kind, wait) in [
        ("mongodb", "mongosh"),
        ("mysql", "mysqladmin ping"),
        ("postgres", "pg_isready"),
    ] {
        let command = "[sh, -c, 'echo $DATABASE_URL']";
        let sandbox = shop(&format!(
            "preview: {{seed: {{{kind}: {{command: {command}}}}}}}\n"
        ));
        sandbox.write("score.yaml", SHOP.replace("postgres", kind));
        let objects = generate(&sandbox, "preview", Some("1"));
        let pod = &find(&objects, "Job", "")["spec"]["template"]["spec"];
        let [init, seed] = ["initContainers", "containers"].map(|list| &pod[list][0]);
        let waits = init["command"].to_string();
        assert!(waits.contains(wait), "{waits}");
        assert_eq!(init["image"], seed["image"]);
        assert_eq!(seed["command"][2], "echo $DATABASE_URL");
        let env = seed["env"].as_array().unwrap();
        let url = env.iter().find(|one| one["name"] == "DATABASE_URL");
        assert_eq!(url.unwrap()["valueFrom"]["secretKeyRef"]["key"], "url");
    }
}

/// The definition on the page.
#[test]
fn a_definition_of_a_project_makes_the_job() {
    let page = include_str!("../../spec/previews.md");
    let (_, definition) = page.split_once("postgres.provisioners.yaml\n").unwrap();
    let (definition, _) = definition.split_once("```").unwrap();
    let sandbox = shop("preview: {seed: {postgres: 'example.com/data:1'}}\n");
    sandbox.write("environments/staging/own.provisioners.yaml", definition);
    let objects = generate(&sandbox, "preview", Some("142"));
    let name = find(&objects, "Cluster", "db-")["metadata"]["name"].clone();
    let job = find(&objects, "Job", name.as_str().unwrap());
    let seed = &job["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(seed["image"], "example.com/data:1");
}

/// It may be a line for a shell, and a UID has precedence over a type.
#[test]
fn the_data_of_a_preview_is_taken_as_it_is_written() {
    let line = "psql -c \"CREATE TABLE ${PGUSER} (a text)\" $1 $$ ${resources.db.url}";
    let sandbox = shop(&format!(
        "preview:\n  seed:\n    'postgres.default#shop.db': {{command: [sh, -c, '{line}']}}\n    \
         postgres: {{command: [other]}}\n"
    ));
    let objects = generate(&sandbox, "preview", Some("142"));
    let job = find(&objects, "Job", "pg-shop-db-");
    let seed = &job["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(seed["command"], serde_json::json!(["sh", "-c", line]));
    assert_eq!(seed["securityContext"]["runAsUser"], 70);
}

#[test]
fn data_that_no_resource_takes_is_an_error() {
    for (seed, expected) in [
        (
            "{postgress: {command: [a]}}",
            "2:18: error: no resource has the type or uid `postgress`; did you mean",
        ),
        (
            "{redis: {command: [a]}}",
            "2:18: error: the provisioner of `redis.default#shop.cache` has no param `seed`",
        ),
        ("{postgres: }", "2:18: error: `postgres` has no data"),
        (
            "{postgres: {}}",
            "params.seed must have `image`, `command` or both",
        ),
        (
            "{postgres: [a]}",
            "`params.seed` must be a mapping, this is a list",
        ),
        (
            "{postgres: {comand: [a]}}",
            "2:28: error: `params.seed.comand` is not a field of the schema; did you mean `command`?",
        ),
        (
            "{postgres: {command: a}}",
            "`params.seed.command` must be a list, this is a string",
        ),
        (
            "{postgres: {image: [a]}}",
            "`params.seed.image` must be a string, this is a list",
        ),
        ("postgres", "2:17: error: `seed` must be a mapping"),
        (
            "{postgres: {command: [a]}}, share: [postgres]",
            "2:18: error: `postgres` has the data of the environment that this one extends",
        ),
    ] {
        let sandbox = shop(&format!("preview: {{seed: {seed}}}\n"));
        let found = errors(&sandbox, &ONE);
        assert!(
            found.contains(expected) && found.lines().count() == 1,
            "{seed}: {found}"
        );
    }
    // A type is that of the resources that are not shared.
    let other = SHOP.replace("resources:\n", "resources:\n  more: {type: postgres}\n");
    let sandbox = shop(
        "preview: {seed: {postgres: {command: [a]}}, share: ['postgres.default#shop.more']}\n",
    );
    sandbox.write("score.yaml", &other);
    let objects = generate(&sandbox, "preview", Some("1"));
    assert_eq!(objects.iter().filter(|one| one["kind"] == "Job").count(), 1);
    // Nothing is missing in files that cannot be read.
    sandbox.write("other.score.yaml", "metadata: [\n");
    sandbox.write("score.yaml", SHOP.replace("postgres", "mysql"));
    let found = errors(&sandbox, &ONE);
    assert!(!found.contains("cannot-be-seeded"), "{found}");
    // A definition that declares no params is asked by what it reads.
    let sandbox = shop("preview: {seed: {redis: rows}}\n");
    let path = "environments/staging/own.provisioners.yaml";
    let definition =
        "- uri: template://own/redis\n  type: redis\n  outputs: |\n    url: {{ .Params.TEXT }}\n";
    sandbox.write(path, definition.replace("TEXT", "url"));
    assert!(errors(&sandbox, &ONE).contains("has no param `seed`"));
    sandbox.write(path, definition.replace("TEXT", "seed"));
    let objects = generate(&sandbox, "preview", Some("1")).to_vec();
    assert!(
        find(&objects, "Deployment", "shop")
            .to_string()
            .contains("rows")
    );
}

#[test]
fn a_small_preview_requests_no_more_than_the_defaults() {
    let resources = "    resources: {requests: {cpu: '2', memory: 32Mi}, limits: {cpu: '4'}}\n";
    let defaults = "defaults: {container: {resources: {requests: {cpu: 50m, memory: 64Mi}}}}\n";
    for (small, defaults, cpu) in [
        (true, defaults, "50m"),
        (false, defaults, "2"),
        (true, "", "2"),
    ] {
        let sandbox = shop(&format!("preview: {{small: {small}}}\n{defaults}"));
        let image = "    image: example.com/shop:1\n";
        sandbox.write(
            "score.yaml",
            SHOP.replace(image, &format!("{image}{resources}")),
        );
        let objects = generate(&sandbox, "preview", Some("1"));
        let pod = &find(&objects, "Deployment", "shop")["spec"]["template"]["spec"];
        let resources = &pod["containers"][0]["resources"];
        let expected = serde_json::json!({"cpu": cpu, "memory": "32Mi"});
        assert_eq!(resources["requests"], expected, "{small} {defaults}");
        assert_eq!(resources["limits"]["cpu"], "4");
    }
}

/// `why` says what decided it: the file and the environment.
#[test]
fn changes_for_previews_are_explained() {
    let role = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}, rules: []}";
    let sandbox = with_manifests(role);
    let path = "environments/preview/environment.yaml";
    sandbox.write(
        path,
        "extends: staging\npreview: {small: true}\ndefaults: {container: {resources: {requests: {cpu: 50m}}}}\n",
    );
    let image = "    image: example.com/shop:1\n";
    let requests = format!("{image}    resources: {{requests: {{cpu: '2', memory: 1Gi}}}}\n");
    sandbox.write("score.yaml", SHOP.replace(image, &requests));
    let why = |object: &str, path: &str| {
        let arguments = ["why", object, path, "-e", "preview", "--preview", "1"];
        succeeds(&sandbox, &arguments).stdout
    };
    let place = ".spec.template.spec.containers[0].resources.requests";
    let cpu = why("Deployment/shop", &format!("{place}.cpu"));
    for expected in ["50m", "score.yaml:6:33", "environment.yaml:3:"] {
        assert!(cpu.contains(expected), "{cpu}");
    }
    let memory = why("Deployment/shop", &format!("{place}.memory"));
    assert!(
        memory.contains("1Gi") && !memory.contains("environment.yaml"),
        "{memory}"
    );
    let name = why("ClusterRole/reader-shop-pr-1", ".metadata.name");
    assert!(
        name.contains("own.provisioners.yaml") && name.contains("spec/previews.md"),
        "{name}"
    );
    assert!(!name.contains("Job"), "{name}");
}

/// A definition of redis with these manifests besides.
fn with_manifests(manifests: &str) -> Sandbox {
    let sandbox = shop("preview: {}\n");
    let definition =
        "- uri: template://own/redis\n  type: redis\n  outputs: |\n    url: a\n  manifests: |\n";
    let manifests: Vec<String> = manifests
        .lines()
        .map(|line| format!("    - {line}\n"))
        .collect();
    sandbox.write(
        "environments/staging/own.provisioners.yaml",
        format!("{definition}{}", manifests.concat()),
    );
    sandbox
}

#[test]
fn objects_of_no_namespace_have_the_name_of_the_preview() {
    let sandbox = with_manifests(
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}, rules: []}
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: reader}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}, subjects: [{kind: ServiceAccount, name: reader, namespace: '{{ .Namespace }}'}]}
{apiVersion: v1, kind: ServiceAccount, metadata: {name: reader}}
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: example.com/disk}
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
    );
    let objects = generate(&sandbox, "preview", Some("142"));
    find(&objects, "ClusterRole", "reader-shop-pr-142");
    let binding = find(&objects, "ClusterRoleBinding", "reader-shop-pr-142");
    assert_eq!(binding["roleRef"]["name"], "reader-shop-pr-142");
    assert_eq!(binding["subjects"][0]["name"], "reader");
    assert_eq!(
        find(&objects, "ServiceAccount", "reader")["metadata"]["name"],
        "reader"
    );
    find(&objects, "StorageClass", "fast-shop-pr-142");
    let claim = find(&objects, "PersistentVolumeClaim", "data");
    assert_eq!(claim["spec"]["storageClassName"], "fast-shop-pr-142");
    let staging = generate(&sandbox, "staging", None);
    assert_eq!(
        find(&staging, "ClusterRole", "reader")["metadata"]["name"],
        "reader"
    );
}

/// Another name would break what refers to the object.
#[test]
fn a_name_that_may_be_meant_elsewhere_stays_an_error() {
    let class = "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: example.com/disk}\n";
    for (other, expected) in [
        (
            "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: a}, spec: {storage: {storageClass: fast}}}",
            "StorageClass `fast`",
        ),
        (
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a, annotations: {volume.beta.kubernetes.io/storage-class: fast}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
            "StorageClass `fast`",
        ),
        (
            "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: checks}, webhooks: []}",
            "ValidatingWebhookConfiguration `checks`",
        ),
    ] {
        let found = errors(&with_manifests(&format!("{class}{other}")), &ONE);
        assert!(
            found.contains(expected) && found.lines().count() == 1,
            "{found}"
        );
    }
}
