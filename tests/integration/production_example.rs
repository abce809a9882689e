//! The definitions in `examples/production`, with the Score files of the shop.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::example;
use crate::fixtures::read_files;
use crate::sandbox::{RunResult, Sandbox, objects_of};
use crate::snapshots::{HINT, compare_files};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn is_output(path: &str) -> bool {
    path.starts_with("deploy/") || path == "score-rs.lock"
}

/// A clone of both examples, without output.
fn clone() -> Sandbox {
    let sandbox = Sandbox::new();
    for (directory, prefix) in [("production", ""), ("shop", "apps/")] {
        let mut files = read_files(&root().join(directory));
        files.retain(|path, _| {
            path.starts_with(prefix) && !path.contains(".score-rs") && !is_output(path)
        });
        files
            .iter()
            .for_each(|(path, text)| sandbox.write(&format!("{directory}/{path}"), text));
    }
    sandbox
}

fn run(sandbox: &Sandbox, command: &str, flags: &[&str]) -> RunResult {
    let apps = sandbox.path("shop/apps");
    let apps = std::fs::read_dir(apps).unwrap();
    let names = apps.map(|app| app.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = names
        .map(|name| format!("../shop/apps/{name}/score.yaml"))
        .collect();
    let project = sandbox.path("production");
    let arguments = ["-C", project.to_str().unwrap(), command, "-e", "prod"];
    let files = files.iter().map(String::as_str);
    let arguments: Vec<&str> = arguments
        .into_iter()
        .chain(flags.iter().copied())
        .chain(["--message-format", "short"])
        .chain(files)
        .collect();
    sandbox.run(&arguments)
}

/// All objects of a run.
fn objects(sandbox: &Sandbox, flags: &[&str]) -> Vec<Value> {
    let flags = [&["-o", "-", "--format", "json"], flags].concat();
    let result = run(sandbox, "generate", &flags);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    objects_of(&result.stdout)
}

#[test]
fn a_clone_gives_the_committed_output() {
    let sandbox = clone();
    let result = run(&sandbox, "generate", &[]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    for finding in ["warning", "error", "unchecked-kind"] {
        assert!(!result.stderr.contains(finding), "{}", result.stderr);
    }
    let stored_root = root().join("production");
    let (mut stored, mut current) = (
        read_files(&stored_root),
        read_files(&sandbox.path("production")),
    );
    for files in [&mut stored, &mut current] {
        files.retain(|path, _| is_output(path));
    }
    let faults = compare_files(&stored_root, &stored, &current);
    assert!(faults.is_empty(), "{faults}{HINT}");
}

#[test]
fn no_secret_is_written_and_no_server_but_those_of_operators_runs() {
    for flags in [
        &[][..],
        &["--provisioners", "crossplane/postgres.provisioners.yaml"],
    ] {
        let objects = objects(&clone(), flags);
        assert!(objects.len() > 40, "{}", objects.len());
        let workloads = read_files(&root().join("shop/apps")).len();
        let of = |kinds: &[&str]| -> Vec<&str> {
            let objects = objects.iter();
            let objects = objects.filter(|one| kinds.contains(&one["kind"].as_str().unwrap()));
            objects
                .map(|one| one["metadata"]["name"].as_str().unwrap())
                .collect()
        };
        let forbidden = [
            "Secret",
            "StatefulSet",
            "PersistentVolumeClaim",
            "Job",
            "DaemonSet",
        ];
        assert_eq!(of(&forbidden), Vec::<&str>::new());
        assert_eq!(of(&["Deployment", "CronJob"]).len(), workloads);
    }
}

/// The environment on the page.
fn environment_of_page() -> &'static str {
    let page = include_str!("../../examples/production/README.md");
    let (_, environment) = page
        .split_once("environments/prod/environment.yaml\n")
        .unwrap();
    environment.split_once("```").unwrap().0
}

/// The shop with an environment that extends the one here, and outputs of Terraform.
pub fn shop_that_extends(extends: &str, terraform: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    example::clone(&sandbox, "");
    let outputs = root().join("production/terraform/prod.json");
    let outputs = std::fs::read_to_string(outputs).unwrap();
    sandbox.write("terraform/prod.json", outputs);
    let environment = environment_of_page();
    let environment = environment
        .replace(
            "oci://registry.example.com/production:v1#environments/prod",
            extends,
        )
        .replace(
            "terraform: terraform/prod.json",
            &format!("terraform: {terraform}"),
        );
    assert!(environment.contains(extends) && environment.contains(terraform));
    sandbox.write("environments/prod/environment.yaml", environment);
    sandbox
}

/// Whether the output of the shop that extends the environment has the same objects.
#[track_caller]
pub fn has_the_same_objects(result: &RunResult) {
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(!result.stderr.contains("warning"), "{}", result.stderr);
    let names = |objects: &[Value]| -> Vec<String> {
        let objects = objects.iter().filter(|one| one["kind"] != "Namespace");
        let mut names: Vec<String> = objects
            .map(|one| format!("{} {}", one["kind"], one["metadata"]["name"]))
            .collect();
        names.sort();
        names
    };
    let found = objects_of(&result.stdout);
    assert_eq!(names(&found), names(&objects(&clone(), &[])));
    assert!(found.iter().all(|one| one["kind"] != "Secret"));
    let text = serde_json::to_string(&found).unwrap();
    for expected in ["\"shop-live\"", ".shop.example", "shop/live/redis/"] {
        assert!(text.contains(expected), "{expected}");
    }
}

pub const PROD: [&str; 7] = ["generate", "-e", "prod", "-o", "-", "--format", "json"];

#[test]
fn a_copy_in_a_project_is_extended() {
    let extends = "../../platform/production/environments/prod";
    let sandbox = shop_that_extends(extends, "../../../terraform/prod.json");
    let mut files = read_files(&root().join("production"));
    files.retain(|path, _| !path.contains(".score-rs") && !is_output(path));
    for (path, text) in files {
        sandbox.write(&format!("platform/production/{path}"), text);
    }
    has_the_same_objects(&sandbox.run(&PROD));
}

#[test]
fn the_definition_of_crossplane_replaces_the_other() {
    let flags = ["--provisioners", "crossplane/postgres.provisioners.yaml"];
    let objects = objects(&clone(), &flags);
    let count = |kind: &str| objects.iter().filter(|one| one["kind"] == kind).count();
    assert_eq!((count("Database"), count("Cluster")), (3, 0));
}

/// Every schema finds a mistake in what it describes.
#[test]
fn mistakes_in_objects_of_operators_are_found() {
    for (file, right, wrong) in [
        ("postgres", "isWALArchiver", "isWalArchiver"),
        (
            "postgres",
            "backupOwnerReference: self",
            "backupOwnerReference: me",
        ),
        ("s3", "secretName", "secret"),
        ("kafka-topic", "replicas: {{", "replicas: a{{"),
        ("kafka-topic", "type: scram-sha-512", "type: scram"),
        ("redis", "refreshInterval", "refresh"),
        ("environment", "extract:", "find:"),
        ("dns", "gatewayClassName", "gatewayClass"),
        ("route", "sectionName", "section"),
    ] {
        let sandbox = clone();
        let path = format!("production/definitions/{file}.provisioners.yaml");
        let text = sandbox.read(&path);
        assert!(text.contains(right), "{right}");
        sandbox.write(&path, text.replace(right, wrong));
        let result = run(&sandbox, "validate", &[]);
        let error = format!("definitions/{file}.provisioners.yaml:");
        let errors = result
            .stdout
            .lines()
            .filter(|line| line.contains(": error: "));
        let mut errors = errors.peekable();
        assert!(errors.peek().is_some(), "{wrong}: {}", result.stdout);
        for line in errors {
            let is_right = line.starts_with(&error) && line.ends_with("[invalid-manifest]");
            assert!(is_right, "{wrong}: {line}");
        }
    }
}

#[test]
fn types_without_a_definition_get_no_server() {
    let sandbox = clone();
    let path = sandbox.path("production/definitions/redis.provisioners.yaml");
    std::fs::remove_file(path).unwrap();
    let result = run(&sandbox, "validate", &[]);
    assert!(
        result.stdout.contains("[no-provisioner]"),
        "{}",
        result.stdout
    );
}

#[test]
fn the_page_describes_every_definition() {
    let directory = root().join("production");
    let page = std::fs::read_to_string(directory.join("README.md")).unwrap();
    let files = read_files(&directory);
    for path in files
        .keys()
        .filter(|path| path.ends_with(".provisioners.yaml"))
    {
        assert!(page.contains(&format!("`{path}`")), "{path}");
    }
    for section in page
        .split("\n## ")
        .skip(1)
        .filter(|text| text.contains("`definitions/"))
    {
        for part in ["**Needs in the cluster:**", "**Params:**", "**Outputs:**"] {
            assert!(section.contains(part), "{part}: {section}");
        }
    }
}
