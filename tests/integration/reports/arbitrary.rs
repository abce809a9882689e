//! Diagnostics with arbitrary text in the machine-readable formats.

use std::path::PathBuf;

use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::visible::{self, lines};
use proptest::prelude::*;
use score_rs::report::format::{Format, RenderOptions, render};
use serde_json::Value;

use super::report_schema;
use crate::random::cases;

/// Texts with the special characters of all formats.
fn text_with_special_characters() -> impl Strategy<Value = String> {
    "([a-z ]|[\r\n\t%:,;\"\\\\\\[\\](){}<>&$=]|::|%0A|](1)|\u{1b}|\u{0}|\u{85}|\u{2028}|[äö日🎉]){1,30}"
}

fn unescape(text: &str) -> String {
    ["%2C,", "%3A:", "%0A\n", "%0D\r", "%25%"]
        .iter()
        .fold(text.to_owned(), |text, pair| {
            text.replace(&pair[..3], &pair[3..])
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(300), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_round_trips(
        (message, label, help, name, text) in (text_with_special_characters(), text_with_special_characters(), text_with_special_characters(), text_with_special_characters(), text_with_special_characters()),
        (start, end) in (0_usize..60, 0_usize..60),
        file in any::<bool>(),
    ) {
        let mut sources = Sources::default();
        let id = if file { sources.add_file(name.clone(), text) } else { sources.add(name.clone(), text) };
        let mut report = Report::default();
        let span = Span::new(id, start, end);
        let problem = Problem::new(&yaml::rules::WRONG_TYPE, message.clone()).at(span).label(label.clone()).help(help.clone());
        report.push(problem.secondary(span, label.clone()).edit(span, help.clone()));
        let screen = RenderOptions { colour: false, width: 80, notes: true, links: false, directory: PathBuf::from("/work/shop"), repository: PathBuf::from("/work") };
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
        let result = if file { &run["results"][0] } else { &notified[0] };
        prop_assert!(result["message"]["text"].as_str().unwrap().replace('\\', "").contains(&message.replace('\\', "")));

        let github = show(Format::Github);
        let line = github.strip_suffix('\n').unwrap();
        prop_assert!(!line.contains(|one: char| one.is_control() && one != '\t'), "{line:?}");
        let (properties, result) = line.strip_prefix("::error ").unwrap().split_once("::").unwrap();
        let file_property = properties.split(',').find_map(|property| property.strip_prefix("file=")).map(unescape);
        prop_assert_eq!(file_property.is_some(), file);
        prop_assert!(properties.split(',').all(|property| property.split('=').next().is_some_and(|key| !key.is_empty())));
        prop_assert!(unescape(result).starts_with(&*lines(&message)));
        let help_line = format!("help: {}", lines(&help));
        prop_assert!(unescape(result).ends_with(&help_line));

        let gitlab: Value = serde_json::from_str(&show(Format::Gitlab)).unwrap();
        prop_assert!(gitlab[0]["description"].as_str().unwrap().starts_with(&message));

        let junit = show(Format::Junit);
        let document = roxmltree::Document::parse(&junit).unwrap();
        let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
        // A parser replaces tabs in attributes by spaces.
        let shown = failure.attribute("message").unwrap();
        prop_assert_eq!(shown, format!("error: {}", visible::line(&message)).replace('\t', " "));

        for format in [Format::Human, Format::Short, Format::Junit] {
            let text = show(format);
            prop_assert!(!text.replace("\r\n", "").contains(|one: char| one.is_control() && !['\n', '\t'].contains(&one)), "{text:?}");
        }
    }
}
