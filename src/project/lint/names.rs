//! Names of objects that can be too long: labels and names of Services have at most 63 characters.

use super::lines::{Line, key_of};
use super::rules::LONG_NAME;
use super::{Section, Subject};
use diagnostics::report::{Problem, Report};
use go_template::uses::{SILENT, WRITTEN};

/// The functions that limit the length of a text.
const CUTTING: [&str; 8] = [
    "trunc",
    "substr",
    "abbrev",
    "abbrevboth",
    "sha256sum",
    "sha1sum",
    "sha512sum",
    "adler32sum",
];

/// The kinds whose names are limited to 63 characters, also because their controllers put them into
/// labels.
const LIMITED: [&str; 6] = [
    "Service",
    "StatefulSet",
    "Deployment",
    "DaemonSet",
    "Job",
    "ReplicaSet",
];

/// How many fields a name is traced through, as in `.State.name` of `.Init.name`.
const DEEPEST: usize = 4;

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    let Some(section) = subject.section("manifests") else {
        return;
    };
    for object in section.lines.objects() {
        let Some(kind) =
            key_of(object, "kind").filter(|kind| LIMITED.contains(&kind.value.as_str()))
        else {
            continue;
        };
        let Some(name) = name_of(object) else {
            continue;
        };
        if let Some((section, line)) = long_part(subject, section, name, DEEPEST) {
            let place = section.place(line.value_at.0, line.value_at.1, subject.sources);
            let message = format!(
                "the name of the {} may be longer than 63 characters: nothing limits the ID that it contains",
                kind.value
            );
            let help = "cut it, as in `printf \"%s-%s\" (.Id | replace \".\" \"-\" | trunc 50 | trimSuffix \"-\") (substr 0 8 .Guid)`";
            report.push(Problem::new(&LONG_NAME, message).at(place).help(help));
            return;
        }
    }
}

/// The line of `metadata.name`.
fn name_of(object: &[Line]) -> Option<&Line> {
    let metadata = key_of(object, "metadata")?;
    let after = object
        .iter()
        .skip_while(|line| line.at != metadata.at)
        .skip(1);
    let mut inside = after.take_while(|line| line.indent > metadata.indent);
    let first = inside.next()?;
    let mut level = std::iter::once(first)
        .chain(inside)
        .filter(|line| line.indent == first.indent);
    level.find(|line| line.key == "name")
}

/// The line that writes a text of unlimited length into a name. An ID has the names of a workload and
/// of a resource.
fn long_part<'a>(
    subject: &'a Subject<'a>,
    section: &'a Section<'a>,
    line: &'a Line,
    depth: usize,
) -> Option<(&'a Section<'a>, &'a Line)> {
    let uses: Vec<&str> = section
        .uses_in(line.value_at.0, line.value_at.1)
        .map(|one| one.name.as_str())
        .collect();
    if depth == 0
        || uses
            .iter()
            .any(|name| CUTTING.contains(name) || name.starts_with('$'))
    {
        return None;
    }
    let is_whole = line.value.trim_matches([WRITTEN, SILENT, ' ']).is_empty();
    let has_more = !is_whole || uses.contains(&"printf");
    if uses.contains(&"Id") || (uses.contains(&"SourceWorkload") && has_more) {
        return Some((section, line));
    }
    uses.iter().find_map(|name| {
        let (of, key) = name.split_once('.')?;
        let section = match of {
            "Defaults" => "defaults",
            "Init" => "init",
            "State" => "state",
            _ => return None,
        };
        let section = subject.section(section)?;
        let line = section.lines.top().find(|line| line.key == key)?;
        long_part(subject, section, line, depth - 1)
    })
}
