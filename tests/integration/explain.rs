//! `score-rs explain`: the pages of diagnostics, for people and for programs.

use crate::sandbox::Sandbox;

fn explain(arguments: &[&str]) -> (Option<i32>, String, String) {
    let result = Sandbox::new().run(&[&["explain"], arguments].concat());
    (result.code, result.stdout, result.stderr)
}

fn page(name: &str) -> String {
    let path = format!("{}/spec/diagnostics/{name}.md", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_pipe_gets_the_page_as_markdown() {
    assert_eq!(
        explain(&["before-cycle"]),
        (Some(0), page("before-cycle"), String::new())
    );
    let two = format!("{0}\n{0}", page("before-cycle"));
    assert_eq!(explain(&["before-cycle", "[before-cycle]"]).1, two);
}

#[test]
fn all_names_are_listed_with_level_and_summary() {
    let (code, listed, _) = explain(&[]);
    let names: Vec<&str> = listed
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        (code, names),
        (Some(0), score_rs::report::rules::names().collect())
    );
    let line = listed
        .lines()
        .find(|line| line.starts_with("before-cycle "))
        .unwrap();
    let cells: Vec<&str> = line
        .split("  ")
        .filter(|cell| !cell.is_empty())
        .map(str::trim)
        .collect();
    assert_eq!(cells[1], "error");
    assert!(
        cells[2].starts_with("Containers of a workload wait") && cells[2].ends_with("ever start."),
        "{line}"
    );
}

#[test]
fn an_unknown_name_is_a_usage_error_with_a_suggestion() {
    let (code, stdout, stderr) = explain(&["befor-cycle"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(
        stderr.contains("befor-cycle") && stderr.contains("did you mean `before-cycle`?"),
        "{stderr}"
    );
    // An unknown name prints no other page.
    assert_eq!(explain(&["before-cycle", "no-such-thing-at-all"]).1, "");
}

#[test]
fn json_format() {
    let (_, json, _) = explain(&["before-cycle", "-f", "json"]);
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["name"], "before-cycle");
    assert_eq!(rows[0]["level"], "error");
    assert!(
        rows[0]["summary"]
            .as_str()
            .unwrap()
            .ends_with("ever start.")
    );
    assert_eq!(rows[0]["page"].as_str().unwrap(), page("before-cycle"));
    let (_, json, _) = explain(&["-f", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.len(), score_rs::report::rules::ALL.len());
}
