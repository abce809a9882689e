//! Files that a workload takes from beside its Score file.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::FileRules;
use crate::base::diagnostics::{Problem, Report, Reported};
use crate::base::host::{Host, Refusal};
use crate::base::text::{Sources, Span, Spanned};
use crate::front::check::check_reference;
use crate::front::model::{FileContent, Workload};
use crate::front::placeholder::{self, Mode, Text};
use crate::middle::link::Graph;

/// What a file beside a Score file holds.
pub(super) enum Source {
    /// What is not text has no placeholders.
    Bytes(Vec<u8>),
    /// Text without placeholders.
    Plain(String),
    /// Text with placeholders that lead somewhere.
    Text(Text),
}

/// Whether each file that a workload takes is there, may be read and has placeholders that lead somewhere. One that several
/// containers take is looked at once.
pub fn check_sources(sources: &mut Sources, host: &dyn Host, rules: FileRules, graph: &Graph, report: &mut Report) {
    for linked in &graph.workloads {
        let mut seen = BTreeSet::new();
        for file in linked.workload.containers.values().flat_map(|container| &container.files) {
            if let FileContent::Source { path, expand } = &file.content
                && seen.insert((&path.value, expand))
            {
                // What is wrong with it is in the report.
                let _ = read_source(sources, host, rules, &linked.workload, (path, *expand), report);
            }
        }
    }
}

/// Reads a file: its path as the workload gives it, and whether placeholders in it are resolved.
pub(super) fn read_source(
    sources: &mut Sources,
    host: &dyn Host,
    rules: FileRules,
    workload: &Workload,
    (source, expand): (&Spanned<String>, bool),
    report: &mut Report,
) -> Result<Source, Reported> {
    let path = find(sources, rules, workload, source, report)?;
    let bytes = host.read(&path).map_err(|refusal| {
        let why = match refusal {
            Refusal::NotFound => "there is no such file".to_owned(),
            Refusal::Failed(why) => why,
        };
        let problem = Problem::new("file-source", format!("`{}` cannot be read: {why}", path.display()));
        report.error(problem.at(source.span).help("name a file relative to this Score file"))
    })?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // That it was read is known all the same.
        Err(error) => {
            sources.add_file(path.display().to_string(), "");
            return Ok(Source::Bytes(error.into_bytes()));
        }
    };
    let id = sources.add_file(path.display().to_string(), text.as_str());
    if !expand || !text.contains('$') {
        return Ok(Source::Plain(text));
    }
    let whole = Span::new(id, 0, text.len());
    let place = |start, end| whole.part(start, end);
    report.collect(|report| {
        let parsed = placeholder::parse(&text, whole, place, Mode::Strict, report);
        for (reference, span) in parsed.references() {
            check_reference(workload, reference, span, report);
        }
        Source::Text(parsed)
    })
}

/// The path of a source: relative to its Score file, and inside the project unless that was allowed.
fn find(
    sources: &Sources,
    rules: FileRules,
    workload: &Workload,
    source: &Spanned<String>,
    report: &mut Report,
) -> Result<PathBuf, Reported> {
    let score_file = Path::new(sources.get(workload.span.source).name());
    let beside = score_file.parent().unwrap_or(Path::new(""));
    let path = normal(&beside.join(&source.value));
    if rules.allow_outside || is_inside(&path, &normal(beside)) || is_inside(&path, Path::new("")) {
        return Ok(path);
    }
    let problem = Problem::new("outside-project", format!("`{}` lies outside the project", source.value));
    Err(report.error(problem.at(source.span).help("copy it into the project, or allow it with `--allow-outside`")))
}

/// Whether a path stays below a directory. Below the empty path, the working directory, no absolute path is.
fn is_inside(path: &Path, root: &Path) -> bool {
    path.strip_prefix(root).is_ok_and(|rest| rest.is_relative() && !leaves(rest))
}

fn leaves(path: &Path) -> bool {
    path.components().any(|part| part == Component::ParentDir)
}

/// The path without `.` and with `..` taken back where something stands before it.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.components().next_back(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_normal() {
        for (path, expected) in
            [("./a/../b", "b"), ("a/./b", "a/b"), ("../a", "../a"), ("a/../../b", "../b"), ("/a/../b", "/b")]
        {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
        assert!(leaves(&normal(Path::new("a/../../b"))));
    }

    #[test]
    fn a_path_is_inside_or_outside_of_a_directory() {
        for (path, root, expected) in [
            ("a/b", "", true),
            ("../a", "", false),
            ("/etc/hosts", "", false),
            ("/etc/hosts", "/etc", true),
            ("/etc/hosts", "etc", false),
            ("../shop/a", "../shop", true),
            ("../other", "../shop", false),
        ] {
            assert_eq!(is_inside(Path::new(path), Path::new(root)), expected, "{path} in {root}");
        }
    }
}
