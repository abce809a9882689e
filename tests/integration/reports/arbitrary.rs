//! Diagnostics whose words nobody would write, through the formats that programs read.

use std::path::PathBuf;

use proptest::prelude::*;
use score_rs::base::diagnostics::{Problem, Report};
use score_rs::base::text::{Sources, Span};
use score_rs::shell::render::{Format, Screen, render};
use serde_json::Value;

use super::report_schema;

/// Texts with everything that means something to a format.
fn words() -> impl Strategy<Value = String> {
    "([a-z ]|[\r\n\t%:,;\"\\\\\\[\\](){}<>&$=]|::|%0A|](1)|\u{1b}|\u{0}|\u{85}|\u{2028}|[äö日🎉]){1,30}"
}

fn unescape(text: &str) -> String {
    ["%2C,", "%3A:", "%0A\n", "%0D\r", "%25%"]
        .iter()
        .fold(text.to_owned(), |text, pair| text.replace(&pair[..3], &pair[3..]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_said_can_be_read_back(
        (message, label, help, name, text) in (words(), words(), words(), words(), words()),
        (start, end) in (0_usize..60, 0_usize..60),
        file in any::<bool>(),
    ) {
        let mut sources = Sources::default();
        let id = if file { sources.add_file(name.clone(), text) } else { sources.add(name.clone(), text) };
        let mut report = Report::default();
        let span = Span::new(id, start, end);
        let problem = Problem::new("any", message.clone()).at(span).label(label.clone()).help(help.clone());
        let _ = report.error(problem.also(span, label.clone()).edit(span, help.clone()));
        let screen = Screen { colour: false, width: 80, notes: true, links: false, directory: PathBuf::from("/work") };
        let show = |format| render(format, &sources, &report, &screen);

        let json: Value = serde_json::from_str(&show(Format::Json)).unwrap();
        report_schema().check(&json);
        let entry = &json["diagnostics"][0];
        prop_assert_eq!(entry["message"].as_str(), Some(message.as_str()));
        prop_assert_eq!(entry["help"].as_str(), Some(help.as_str()));
        prop_assert_eq!(entry["edits"][0]["text"].as_str(), Some(help.as_str()));

        let sarif: Value = serde_json::from_str(&show(Format::Sarif)).unwrap();
        let run = &sarif["runs"][0];
        let notified = &run["invocations"][0]["toolConfigurationNotifications"];
        let said = if file { &run["results"][0] } else { &notified[0] };
        prop_assert!(said["message"]["text"].as_str().unwrap().replace('\\', "").contains(&message.replace('\\', "")));

        let github = show(Format::Github);
        let line = github.strip_suffix('\n').unwrap();
        prop_assert!(!line.contains(['\n', '\r']), "{line:?}");
        let (properties, said) = line.strip_prefix("::error ").unwrap().split_once("::").unwrap();
        let named = properties.split(',').find_map(|own| own.strip_prefix("file=")).map(unescape);
        prop_assert_eq!(named.is_some(), file);
        prop_assert!(properties.split(',').all(|own| own.split('=').next().is_some_and(|key| !key.is_empty())));
        prop_assert!(unescape(said).starts_with(&message));
        let end_of_it = format!("help: {help}");
        prop_assert!(unescape(said).ends_with(&end_of_it));
    }
}
