//! SARIF reports: rules that a schema cannot express, and the schema if present.

use std::path::Path;

use serde_json::Value;

use super::{Schema, reports, run};
use crate::sandbox::Sandbox;

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

#[track_caller]
fn check_location(location: &Value) {
    let physical = &location["physicalLocation"];
    let artifact = &physical["artifactLocation"];
    let uri = artifact["uri"].as_str().unwrap();
    assert!(
        uri.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%:".contains(&byte)),
        "{uri}"
    );
    assert!(
        artifact["uriBaseId"] == "%SRCROOT%" && !uri.contains(':') || uri.starts_with("file:///"),
        "{uri}"
    );
    check_region(&physical["region"]);
}

#[track_caller]
fn check_region(region: &Value) {
    let number = |key: &str| region[key].as_u64().unwrap();
    let start = (number("startLine"), number("startColumn"));
    let end = (number("endLine"), number("endColumn"));
    assert!(start.0 >= 1 && start.1 >= 1 && start <= end, "{region}");
}

fn check(report: &Value) {
    assert!(
        report["$schema"].as_str().unwrap().contains("sarif-2.1.0") && report["version"] == "2.1.0"
    );
    let run = &report["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(
        (&driver["name"], &driver["version"]),
        (&"score-rs".into(), &env!("CARGO_PKG_VERSION").into())
    );
    let rules = list(driver, "rules");
    for rule in rules {
        for key in ["shortDescription", "fullDescription", "help"] {
            assert!(
                rule[key]["text"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{rule}"
            );
        }
        assert!(
            rule["help"]["markdown"].is_string()
                && rule["defaultConfiguration"]["level"].is_string()
        );
    }
    for result in list(run, "results") {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert_eq!(
            list(result, "locations").len(),
            1,
            "GitHub rejects a result without a location"
        );
        check_location(&result["locations"][0]);
        for (index, related) in list(result, "relatedLocations").iter().enumerate() {
            assert_eq!(related["id"], index + 1);
            assert!(
                related["logicalLocations"].is_array() || {
                    check_location(related);
                    true
                }
            );
        }
        for change in list(result, "fixes")
            .iter()
            .flat_map(|fix| list(fix, "artifactChanges"))
        {
            list(change, "replacements")
                .iter()
                .for_each(|replacement| check_region(&replacement["deletedRegion"]));
        }
    }
    let prints: Vec<&Value> = list(run, "results")
        .iter()
        .map(|result| &result["partialFingerprints"]["primaryLocationLineHash"])
        .collect();
    assert!(
        prints
            .iter()
            .enumerate()
            .all(|(index, print)| print.is_string() && !prints[..index].contains(print)),
        "{prints:?}"
    );
}

#[test]
fn every_sarif_report_is_valid() {
    let reports = reports("sarif");
    reports.values().for_each(check);
    let notified = |name: &str| {
        list(
            &reports[name]["runs"][0]["invocations"][0],
            "toolConfigurationNotifications",
        )
        .len()
    };
    assert_eq!(
        (notified("new-seed"), notified("flags"), notified("empty")),
        (1, 2, 0)
    );
    match std::env::var_os("SCORE_RS_SARIF_SCHEMA") {
        Some(path) => {
            let schema = Schema::read(Path::new(&path));
            reports.values().for_each(|report| schema.check(report));
            let mut wrong = reports["shapes"].clone();
            wrong["runs"][0]["results"][0]["level"] = "worse".into();
            assert!(schema.rejects(&wrong));
        }
        None => eprintln!("skipped: SCORE_RS_SARIF_SCHEMA names no schema"),
    }
}

#[test]
fn fingerprints_survive_moved_lines() {
    let prints = |text: &str| {
        let sandbox = Sandbox::with_files(&[("score.yaml", text)]);
        let report: Value =
            serde_json::from_str(&run(&sandbox, &["validate"], "sarif", &[]).stdout).unwrap();
        let results = list(&report["runs"][0], "results").to_vec();
        results
            .iter()
            .map(|result| result["partialFingerprints"].clone())
            .collect::<Vec<_>>()
    };
    let text = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  aa:\n    imgae: x\n    image: nginx:1\n";
    let moved = text.replace("containers:", "# moved\n\ncontainers:");
    assert_eq!(prints(text).len(), 1);
    assert_eq!(prints(text), prints(&moved));
    assert_ne!(prints(text), prints(&text.replace("imgae", "iamge")));
    let image = text.replace("imgae: x\n    image: nginx:1", "image: nginx:1:2");
    assert_eq!(prints(&image).len(), 1);
    assert_ne!(prints(&image), prints(&image.replace(":1:2", ":1:3")));
    let twice = prints(&text.replace(
        "containers:\n",
        "containers:\n  bb:\n    imgae: x\n    image: nginx:1\n",
    ));
    assert!(
        twice.len() == 2 && twice[0] != twice[1] && twice.contains(&prints(text)[0]),
        "{twice:?}"
    );
}
