//! `score-rs provisioners`: lists and definitions.

use crate::resources::{exits_with, sandbox};

#[test]
fn definitions_are_listed_in_order_of_precedence() {
    let sandbox = sandbox();
    let listed = exits_with(
        &sandbox,
        &[
            "provisioners",
            "list",
            "--provisioners",
            "job.provisioners.yaml",
        ],
        0,
    )
    .stdout;
    let lines: Vec<Vec<&str>> = listed
        .lines()
        .map(|line| line.split_whitespace().take(6).collect())
        .collect();
    assert_eq!(
        lines[0],
        ["TYPE", "CLASS", "ID", "SOURCE", "PARAMS", "OUTPUTS"]
    );
    assert_eq!(
        lines[1],
        [
            "job",
            "nightly",
            "*",
            "job.provisioners.yaml:1",
            "*",
            "at,deep"
        ]
    );
    assert_eq!(lines[2][..4], ["amqp", "*", "*", "built-in"]);
    let types: Vec<&str> = lines[2..].iter().map(|line| line[0]).collect();
    assert!(
        types.is_sorted() && types.contains(&"elasticsearch"),
        "{types:?}"
    );
    let json = exits_with(
        &sandbox,
        &["provisioners", "list", "-f", "json", "-e", "kubernetes"],
        0,
    )
    .stdout;
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    let redis = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["type"] == "redis")
        .unwrap();
    assert!(
        redis["sections"]
            .as_array()
            .unwrap()
            .contains(&"manifests".into()),
        "{redis}"
    );
    sandbox.write("broken.yaml", "- type: x\n");
    let broken = exits_with(
        &sandbox,
        &["provisioners", "list", "--provisioners", "broken.yaml"],
        1,
    );
    assert!(
        broken.stdout.is_empty() && broken.stderr.contains("[missing-key]"),
        "{broken:?}"
    );
}

#[test]
fn show_prints_definitions_in_order_of_precedence() {
    let sandbox = sandbox();
    let show = |arguments: &[&str]| {
        exits_with(
            &sandbox,
            &[&["provisioners", "show"], arguments].concat(),
            0,
        )
        .stdout
    };
    let built_in = show(&["redis"]);
    assert!(built_in.starts_with("# ") && built_in.contains("\n- uri: template://builtin/redis\n"));
    // The output is a valid definitions file.
    sandbox.write(
        "own.yaml",
        built_in.replace("template://builtin/redis", "template://own/redis"),
    );
    let both = show(&["redis", "--provisioners", "own.yaml"]);
    let (first, rest) = both.split_once("\n\n").unwrap();
    assert!(
        first.starts_with("# own.yaml:4\n- uri: template://own/redis\n"),
        "{first}"
    );
    assert_eq!(rest, built_in);
    assert!(
        show(&["job", "--provisioners", "job.provisioners.yaml"])
            .starts_with("# job.provisioners.yaml:1\n- uri: ")
    );
    sandbox.write("again.yaml", both);
    assert!(
        exits_with(
            &sandbox,
            &["provisioners", "list", "--provisioners", "again.yaml"],
            0
        )
        .stdout
        .contains("again.yaml:2")
    );
    let errors = |arguments: &[&str]| {
        exits_with(
            &sandbox,
            &[&["provisioners", "show"], arguments].concat(),
            2,
        )
        .stderr
    };
    assert!(errors(&["reddis"]).contains("did you mean `redis`?"));
    assert!(errors(&["job"]).contains("run `score-rs provisioners list` to list them"));
}
