//! Files that a workload takes from beside its Score file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::FileRules;
use crate::check::check_reference;
use crate::link::Graph;
use crate::model::{FileContent, Workload};
use crate::placeholder::{self, Mode, Text};
use crate::rules::OUTSIDE_PROJECT;
use crate::support::host::{Host, HostError, is_really_inside};
use crate::support::path::{is_inside, normal};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span, Spanned};

rules! {
    /// The file that `source` names cannot be read.
    pub UNREADABLE_FILE_SOURCE: "unreadable-file-source", Error;
}

/// What a file beside a Score file holds.
pub(super) enum Source {
    /// What is not text has no placeholders.
    Bytes(Vec<u8>),
    /// Text without placeholders.
    Plain(String),
    /// Text with placeholders that lead somewhere.
    Text(Text),
}

/// Whether each file that a workload takes is there, may be read and has placeholders that lead
/// somewhere. One that several containers take is looked at once.
pub fn check_sources(
    sources: &mut Sources,
    host: &dyn Host,
    rules: FileRules,
    graph: &Graph,
    report: &mut Report,
) {
    for linked in &graph.workloads {
        let mut seen = BTreeSet::new();
        for file in linked
            .workload
            .containers
            .values()
            .flat_map(|container| &container.files)
        {
            if let FileContent::Source { path, expand } = &file.content
                && seen.insert((&path.value, expand))
            {
                // What is wrong with it is in the report.
                let _ = read_source(
                    sources,
                    host,
                    rules,
                    &linked.workload,
                    (path, *expand),
                    report,
                );
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
    let path = find(sources, host, rules, workload, source, report)?;
    let bytes = host.read(&path).map_err(|refusal| {
        let why = match refusal {
            HostError::NotFound => "there is no such file".to_owned(),
            HostError::Failed(why) => why,
        };
        let problem = Problem::new(
            &UNREADABLE_FILE_SOURCE,
            format!("`{}` cannot be read: {why}", path.display()),
        );
        report.error(
            problem
                .at(source.span)
                .help("name a file relative to this Score file"),
        )
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
        let parsed = placeholder::parse(&text, whole, place, Mode::Content, report);
        for (reference, span) in parsed.references() {
            check_reference(workload, reference, span, report);
        }
        Source::Text(parsed)
    })
}

/// The path of a source: relative to its Score file, and inside the project unless that was
/// allowed.
fn find(
    sources: &Sources,
    host: &dyn Host,
    rules: FileRules,
    workload: &Workload,
    source: &Spanned<String>,
    report: &mut Report,
) -> Result<PathBuf, Reported> {
    let score_file = Path::new(sources.get(workload.span.source).name());
    let beside = score_file.parent().unwrap_or(Path::new(""));
    let path = normal(&beside.join(&source.value));
    let (inside, root) = (|root| is_inside(&path, &normal(root)), Path::new(""));
    if rules.allow_outside
        || [beside, root]
            .into_iter()
            .any(|root| is_really_inside(&path, root, host))
    {
        return Ok(path);
    }
    // Only a link can lead out of where the words stay.
    let how = if inside(beside) || inside(root) {
        "leads by a link to a place"
    } else {
        "lies"
    };
    let problem = Problem::new(
        &OUTSIDE_PROJECT,
        format!("`{}` {how} outside the project", source.value),
    );
    Err(report.error(
        problem
            .at(source.span)
            .help("copy it into the project, or allow it with `--allow-outside`"),
    ))
}
