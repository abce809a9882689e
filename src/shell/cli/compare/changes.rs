//! Files object by object.

use super::Compared;
use super::secrets::{Secrets, documents};
use crate::back::compare::{Change, Difference, Fate, Field, compare};
use crate::base::text::floor_char_boundary;
use crate::base::value::Value;
use similar::TextDiff;

/// The longest value that is shown in a line.
const LONGEST: usize = 100;

/// The differences of all files. The files of a directory are one output: an object that moves from one to another has not
/// changed.
pub(super) fn show(different: &[&Compared], all: &[Compared], secrets: &Secrets) -> String {
    let mut shown = String::new();
    let mut directories: Vec<Option<&std::path::Path>> = different.iter().map(|file| file.path.parent()).collect();
    directories.dedup();
    for directory in directories {
        let files: Vec<&Compared> = all.iter().filter(|file| file.path.parent() == directory).collect();
        let documents = |of: &dyn Fn(&Compared) -> Option<String>| -> Vec<Value> {
            files.iter().filter_map(|file| of(file)).flat_map(|text| documents(&text)).collect()
        };
        let differences = compare(&documents(&|file| file.before.clone()), &documents(&|file| file.after.clone()));
        if differences.is_empty() {
            continue;
        }
        let title = match files.as_slice() {
            [one] => one.path.display().to_string(),
            _ => format!("{}/", directory.unwrap_or(std::path::Path::new(".")).display()),
        };
        shown.push_str(&format!("{title}\n"));
        differences.iter().for_each(|difference| shown.push_str(&object(difference, secrets)));
    }
    shown
}

fn object(difference: &Difference, secrets: &Secrets) -> String {
    let name = &difference.object;
    match &difference.fate {
        Fate::Added => format!("  + {name}\n"),
        Fate::Removed => format!("  - {name}\n"),
        Fate::Changed(fields) => {
            let fields: String = fields.iter().map(|own| field(own, secrets)).collect();
            format!("  ~ {name}\n{fields}")
        }
    }
}

fn field(field: &Field, secrets: &Secrets) -> String {
    let path = if field.path.is_empty() { "its value" } else { field.path.as_str() };
    let show = |value: &Value| clip(&secrets.hide(&value.to_json()));
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
            let after = if before == after { "another one" } else { &after };
            format!("      ~ {path}: {before} -> {after}\n")
        }
    }
}

/// A text of several lines, as the lines that differ.
fn lines(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut shown = format!("      ~ {path}:\n");
    for change in diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal) {
        shown.push_str(&format!("          {}{}\n", change.tag(), change.value().trim_end_matches('\n')));
    }
    shown
}

fn clip(text: &str) -> String {
    match text.len() > LONGEST {
        true => format!("{}..", &text[..floor_char_boundary(text, LONGEST)]),
        false => text.to_owned(),
    }
}
