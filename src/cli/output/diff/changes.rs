//! Files object by object.

use std::path::Path;

use similar::TextDiff;

use super::secrets::{Secrets, documents};
use super::semantic::{Change, ChangeKind, Difference, Field, compare};
use super::stored_data::Findings;
use super::{ComparedFile, texts};
use diagnostics::redaction::MASK;
use diagnostics::source::floor_char_boundary;
use diagnostics::value::Value;

/// The most bytes of a value in a line.
const MAX_VALUE_LENGTH: usize = 100;

/// The differences of all outputs. The files of a directory are one output: an object that moves
/// from one file to another has not changed.
pub(super) fn show(different: &[&ComparedFile], all: &[ComparedFile], secrets: &Secrets) -> String {
    let mut outputs: Vec<usize> = different.iter().map(|file| file.output).collect();
    outputs.dedup();
    let of_output = |output: usize| {
        all.iter()
            .filter(move |file| file.output == output)
            .collect::<Vec<_>>()
    };
    outputs
        .into_iter()
        .map(|output| show_output(&of_output(output), secrets))
        .collect()
}

fn show_output(files: &[&ComparedFile], secrets: &Secrets) -> String {
    let before: Option<Vec<Vec<Value>>> = files
        .iter()
        .filter_map(|file| file.before.as_deref())
        .map(documents)
        .collect();
    let after: Option<Vec<Vec<Value>>> = files
        .iter()
        .filter_map(|file| file.after)
        .map(documents)
        .collect();
    let (Some(before), Some(after)) = (before, after) else {
        // The files are not valid YAML any more, so only their lines can be compared.
        let different = files.iter().filter(|file| file.is_different());
        return different.map(|file| texts::show(file, secrets)).collect();
    };
    let (before, after) = (before.concat(), after.concat());
    let differences = compare(&before, &after);
    if differences.is_empty() {
        return String::new();
    }
    let title = match files {
        [one] => one.path.display().to_string(),
        [first, ..] => format!(
            "{}/",
            first.path.parent().unwrap_or(Path::new(".")).display()
        ),
        [] => String::new(),
    };
    let findings = Findings::find(&before, &after);
    let objects: String = differences
        .iter()
        .map(|difference| object(difference, &findings, secrets))
        .collect();
    format!("{title}\n{objects}")
}

fn object(difference: &Difference, findings: &Findings, secrets: &Secrets) -> String {
    let name = &difference.object;
    let mark = findings.mark(name, None);
    match &difference.kind {
        ChangeKind::Added => format!("  + {name}{mark}\n"),
        ChangeKind::Removed => format!("  - {name}{mark}\n"),
        ChangeKind::Changed(fields) => {
            let show = |change: &Field| {
                let text = field(change, secrets);
                match findings.mark(name, Some(&change.path)) {
                    mark if mark.is_empty() => text,
                    // A value of several lines follows the first.
                    mark => text.replacen('\n', &format!("{mark}\n"), 1),
                }
            };
            let fields: String = fields.iter().map(show).collect();
            format!("  ~ {name}{mark}\n{fields}")
        }
    }
}

/// A field as lines.
pub(crate) fn field(field: &Field, secrets: &Secrets) -> String {
    let path = if field.path.is_empty() {
        "its value"
    } else {
        field.path.as_str()
    };
    let show = |value: &Value| clip(&secrets.hide_in(value).to_json());
    match &field.change {
        Change::Added(value) => format!("      + {path}: {}\n", show(value)),
        Change::Removed(value) => format!("      - {path}: {}\n", show(value)),
        Change::Reordered => format!("      ~ {path}: in another order\n"),
        Change::Replaced(Value::String(before), Value::String(after))
            if before.contains('\n') || after.contains('\n') =>
        {
            lines(path, &secrets.hide(before), &secrets.hide(after))
        }
        Change::Replaced(before, after) => {
            let (before, after) = (show(before), show(after));
            match before == after || before.contains(MASK) && after.contains(MASK) {
                true => format!("      ~ {path}: {before} -> another value\n"),
                false => format!("      ~ {path}: {before} -> {after}\n"),
            }
        }
    }
}

/// A text of several lines, as the lines that differ.
fn lines(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut shown = format!("      ~ {path}:\n");
    for change in diff
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal)
    {
        shown.push_str(&format!(
            "          {}{}\n",
            change.tag(),
            change.value().trim_end_matches('\n')
        ));
    }
    shown
}

fn clip(text: &str) -> String {
    match text.len() > MAX_VALUE_LENGTH {
        true => format!("{}..", &text[..floor_char_boundary(text, MAX_VALUE_LENGTH)]),
        false => text.to_owned(),
    }
}
