//! The formats that hosts of repositories and other CI systems read: `gitlab` and `junit`.

use std::collections::BTreeSet;

use roxmltree::Document;

use super::{HEAD, reports, run, texts};
use crate::sandbox::Sandbox;

#[test]
fn every_gitlab_report_has_what_gitlab_reads() {
    for (case, report) in reports("gitlab") {
        let mut fingerprints = BTreeSet::new();
        for issue in report.as_array().unwrap() {
            for key in ["description", "check_name", "fingerprint"] {
                assert!(!issue[key].as_str().unwrap().is_empty(), "{case}: {issue}");
            }
            let severity = issue["severity"].as_str().unwrap();
            assert!(
                ["major", "minor", "info"].contains(&severity),
                "{case}: {issue}"
            );
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(
                !path.is_empty() && !path.starts_with("./"),
                "{case}: {issue}"
            );
            assert!(
                issue["location"]["lines"]["begin"].as_u64().unwrap() > 0,
                "{case}: {issue}"
            );
            assert!(
                fingerprints.insert(issue["fingerprint"].to_string()),
                "{case}: {issue}"
            );
        }
    }
}

#[test]
fn every_junit_report_counts_its_test_cases() {
    for (case, text) in texts("junit") {
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{case}: {error}"));
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "testsuites");
        for suite in root
            .descendants()
            .filter(|node| node.has_attribute("tests"))
        {
            for (attribute, element) in [("tests", "testcase"), ("failures", "failure")] {
                let count = suite
                    .descendants()
                    .filter(|node| node.has_tag_name(element));
                let stated = suite.attribute(attribute).unwrap();
                assert_eq!(stated, count.count().to_string(), "{case}: {attribute}");
            }
        }
        let names = root
            .descendants()
            .filter_map(|node| node.attribute("classname"));
        assert!(names.count() > 0, "{case}: a report without a test");
    }
}

#[test]
fn paths_are_relative_to_the_repository() {
    let score = format!("{HEAD}containers:\n  main:\n    imgae: nginx:1\n");
    let sandbox = Sandbox::with_files(&[("shop/api/score.yaml", &score)]);
    std::fs::create_dir(sandbox.path(".git")).unwrap();
    for (format, path) in [
        ("github", "file=shop/api/score.yaml,"),
        ("gitlab", "\"path\": \"shop/api/score.yaml\""),
        ("junit", "file=\"shop/api/score.yaml\""),
        ("sarif", "\"uri\": \"shop/api/score.yaml\""),
        ("json", "\"source\": \"api/score.yaml\""),
        ("short", "api/score.yaml:6:5"),
    ] {
        let report = run(&sandbox, &["validate", "-C", "shop"], format, &[]).stdout;
        assert!(report.contains(path), "{format}: {report}");
    }
}
