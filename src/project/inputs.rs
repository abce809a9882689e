//! What the command line names, found and read: Score files, overrides, definitions, images.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::build_flag;
use crate::system::os;
use compiler::overlay::{Image, Overrides, Property, Scope, Scoped};
use compiler::parse;
use compiler::recovery::Lost;
use compiler::rules::EMPTY_IMAGE;
use compiler::rules::INVALID_OVERRIDE_PATH;
use compiler::support::host::{Host, HostError};
use compiler::targets::publish::Publish;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use yaml;

rules! {
    /// A file that must be text is not UTF-8.
    pub NOT_UTF8: "not-utf8", Error;
}

/// What people know standard input by.
pub(crate) const STANDARD_INPUT: &str = "<stdin>";

/// Why a run ends before it has looked at any input.
pub(crate) enum CliError {
    /// The command line cannot be meant; exit code 2.
    Usage(String),
    /// A file cannot be read; exit code 3.
    World(String),
    /// The input has errors, which are in the report; exit code 1.
    Reported,
}

impl From<Reported> for CliError {
    fn from(_: Reported) -> CliError {
        CliError::Reported
    }
}

/// The Score files of a run: those that were named, else those of the project.
pub(crate) fn score_files(named: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    if !named.is_empty() {
        // A file that is named twice, say by two patterns or in two spellings, is one file.
        let (mut paths, mut identities) = (BTreeSet::new(), BTreeSet::new());
        let is_new = |path: &&PathBuf| {
            let identity = os::file_identity(path).filter(|_| path.as_os_str() != "-");
            paths.insert((*path).clone())
                && identity.is_none_or(|identity| identities.insert(identity))
        };
        return Ok(named.iter().filter(is_new).cloned().collect());
    }
    let found = os::find_score_files();
    if found.is_empty() {
        let help = "name a Score file, or run where there is a `score.yaml` or `*.score.yaml`";
        return Err(CliError::Usage(format!(
            "there is no Score file here: {help}"
        )));
    }
    Ok(found)
}

/// Reads a text file; `-` is standard input. Bytes that are not UTF-8 are a diagnostic at their
/// place, and no source.
pub(crate) fn read(
    host: &dyn Host,
    path: &Path,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    read_standing_for(host, path, Path::new(STANDARD_INPUT), sources, report)
}

/// The same, where standard input stands for a file, as an editor has it that is not saved yet.
pub(crate) fn read_standing_for(
    host: &dyn Host,
    path: &Path,
    standard_input: &Path,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    let (name, bytes) = match path.to_str() {
        Some("-") => (standard_input.display().to_string(), host.standard_input()),
        _ => (path.display().to_string(), host.read(path)),
    };
    let bytes = bytes.map_err(|refusal| unreadable(Path::new(&name), &refusal))?;
    Ok(read_bytes(&name, bytes, sources, report))
}

/// Takes in the bytes of a text file. Those that are not UTF-8 are a diagnostic at their place, and
/// no source.
pub(crate) fn read_bytes(
    name: &str,
    bytes: Vec<u8>,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<SourceId> {
    let add = |text: String, sources: &mut Sources| match name {
        STANDARD_INPUT => sources.add(name, text),
        path => sources.add_file(path, text),
    };
    take_in(bytes, add, sources, report)
}

/// Takes in the bytes of a text that is no file of this computer, in the same way.
pub(crate) fn read_remote(
    name: &str,
    bytes: Vec<u8>,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<SourceId> {
    take_in(
        bytes,
        |text, sources| sources.add(name, text),
        sources,
        report,
    )
}

fn take_in(
    bytes: Vec<u8>,
    add: impl Fn(String, &mut Sources) -> SourceId,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<SourceId> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(add(text, sources)),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let id = add(text, sources);
            // The replacement character stands where the first wrong byte was.
            // What Windows calls Unicode begins with one of these.
            let wide = error.as_bytes().starts_with(&[0xff, 0xfe])
                || error.as_bytes().starts_with(&[0xfe, 0xff]);
            let message = if wide {
                "this is UTF-16 text, not UTF-8"
            } else {
                "this is not UTF-8 text"
            };
            let problem = Problem::new(&NOT_UTF8, message).at(Span::new(id, offset, offset + 3));
            report.push(problem.help("save the file as UTF-8, or name another one"));
            None
        }
    }
}

/// Reads text files; those that are no text are left out and reported.
pub(crate) fn read_all(
    host: &dyn Host,
    paths: &[PathBuf],
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<SourceId>, CliError> {
    paths
        .iter()
        .filter_map(|path| read(host, path, sources, report).transpose())
        .collect()
}

/// A file that the command line names and that cannot be read.
pub(crate) fn unreadable(path: &Path, refusal: &HostError) -> CliError {
    let why = match refusal {
        HostError::NotFound => "there is no such file",
        HostError::Failed(why) => why,
    };
    let why = format!("cannot read `{}`: {why}", path.display());
    CliError::World(match (refusal, os::before_change(path)) {
        (HostError::NotFound, Some(there)) => format!("{why}; {}", way_from_here(&there)),
        _ => why,
    })
}

/// What to write for a path that was meant to begin where the run was started, and not where `-C`
/// leads.
fn way_from_here(there: &Path) -> String {
    let here = os::current_directory().unwrap_or_default();
    let way = there.strip_prefix(&here).unwrap_or(there);
    format!("paths begin where `-C` leads: write `{}`", way.display())
}

/// What the flags say about overrides.
pub(crate) struct OverrideFlags<'a> {
    pub(crate) files: &'a [String],
    pub(crate) properties: &'a [String],
    pub(crate) images: &'a [String],
    pub(crate) builds: &'a [String],
}

/// Reads everything that changes workloads from outside.
pub(crate) fn overrides(
    host: &dyn Host,
    flags: &OverrideFlags<'_>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Overrides, CliError> {
    let mut overrides = Overrides::default();
    let (mut documents, mut images) = (Report::default(), Report::default());
    for flag in flags.files {
        overrides
            .merges
            .extend(merges(host, flag, sources, &mut documents)?);
    }
    for flag in flags.properties {
        overrides
            .properties
            .extend(property(flag, sources, &mut documents).ok());
    }
    for flag in flags.images {
        overrides
            .images
            .extend(image(flag, sources, &mut images).ok());
    }
    for flag in flags.builds {
        overrides
            .builds
            .extend(build_flag::build(flag, sources, &mut images).ok());
    }
    overrides.lost = Lost {
        documents: documents.result().is_err(),
        images: images.result().is_err(),
    };
    report.merge(documents);
    report.merge(images);
    Ok(overrides)
}

/// `[WORKLOAD=]PATH`. A path may hold `=`, so what is before it counts only where no such file
/// exists.
fn merges(
    host: &dyn Host,
    flag: &str,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<Scoped<yaml::Node>>, CliError> {
    let split = flag
        .split_once('=')
        .filter(|_| host.read(Path::new(flag)).is_err());
    let (workload, path) = match split {
        Some((workload, path)) => {
            let id = sources.add("--overrides-file", flag);
            (
                Some(Spanned::new(
                    workload.to_owned(),
                    Span::new(id, 0, workload.len()),
                )),
                path,
            )
        }
        None => (None, flag),
    };
    let Some(source) = read(host, Path::new(path), sources, report)? else {
        return Ok(Vec::new());
    };
    let documents = parse::yaml_documents(sources, source, report);
    let scoped = |change: yaml::Node| Scoped {
        scope: Scope::named(workload.clone()),
        span: change.span,
        change,
    };
    Ok(documents
        .into_iter()
        .filter(|document| !document.is_null())
        .map(scoped)
        .collect())
}

/// `[WORKLOAD:]PATH=VALUE`; the value is YAML, an empty one deletes.
fn property(
    flag: &str,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Scoped<Property>, Reported> {
    let id = sources.add("--override-property", flag);
    let whole = Span::new(id, 0, flag.len());
    let Some((target, value)) = flag.split_once('=') else {
        let problem = Problem::new(&INVALID_OVERRIDE_PATH, "this override has no `=`").at(whole);
        return Err(
            report.error(problem.help("write `PATH=VALUE`, as in `containers.main.image=nginx:1`"))
        );
    };
    let (workload, path) = match target.split_once(':') {
        Some((workload, path)) if compiler::model::is_name(workload) => (Some(workload), path),
        _ => (None, target),
    };
    let path_start = target.len() - path.len();
    let workload = workload.map(|name| Spanned::new(name.to_owned(), Span::new(id, 0, name.len())));
    let value = if value.is_empty() {
        None
    } else {
        let source = sources.add(format!("--override-property {target}"), value);
        let parsed = report.collect(|report| parse::yaml_documents(sources, source, report))?;
        parsed.into_iter().next()
    };
    let path_span = whole.part(path_start, target.len());
    Ok(Scoped {
        scope: Scope::named(workload),
        change: Property {
            path: split_path(path),
            value,
            path_span,
        },
        span: whole,
    })
}

/// The parts of a dotted path; `\.` is a dot inside a part.
pub(crate) fn split_path(path: &str) -> Vec<String> {
    path.replace("\\.", "\u{0}")
        .split('.')
        .map(|part| part.replace('\u{0}', "."))
        .collect()
}

/// The ports to publish.
pub(crate) fn publish(
    flags: &[String],
    sources: &mut Sources,
    report: &mut Report,
) -> Vec<Publish> {
    let mut read = |flag: &String| {
        let span = Span::new(sources.add("--publish", flag.as_str()), 0, flag.len());
        Publish::parse(flag, span, report).ok()
    };
    flags.iter().filter_map(&mut read).collect()
}

/// `[WORKLOAD[.CONTAINER]=]IMAGE`. An image reference holds no `=`.
fn image(flag: &str, sources: &mut Sources, report: &mut Report) -> Result<Image, Reported> {
    let id = sources.add("--image", flag);
    let (scope, reference) = match flag.split_once('=') {
        Some((scope, reference)) => (Some(scope), reference),
        None => (None, flag),
    };
    let start = flag.len() - reference.len();
    let span = Span::new(id, start, flag.len());
    if reference.is_empty() || reference == "." {
        let problem =
            Problem::new(&EMPTY_IMAGE, "this flag names no image").at(Span::new(id, 0, flag.len()));
        return Err(report
            .error(problem.help("write `--image IMAGE` or `--image WORKLOAD.CONTAINER=IMAGE`")));
    }
    let named = |start: usize, name: &str| {
        Spanned::new(name.to_owned(), Span::new(id, start, start + name.len()))
    };
    let (workload, container) = match scope.map(|scope| scope.split_once('.').ok_or(scope)) {
        None => (None, None),
        Some(Err(workload)) => (Some(named(0, workload)), None),
        Some(Ok((workload, container))) => (
            Some(named(0, workload)),
            Some(named(workload.len() + 1, container)),
        ),
    };
    Ok(Image {
        workload,
        container,
        image: Spanned::new(reference.to_owned(), span),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_for_all_a_workload_or_a_container() {
        let mut sources = Sources::default();
        let mut report = Report::default();
        let mut read = |flag: &str| {
            let image = image(flag, &mut sources, &mut report).unwrap();
            let name = |name: Option<Spanned<String>>| name.map(|name| name.value);
            (
                name(image.workload),
                name(image.container),
                image.image.value,
            )
        };
        assert_eq!(read("nginx:1"), (None, None, "nginx:1".to_owned()));
        assert_eq!(
            read("shop=a.b/c@sha256:0a"),
            (Some("shop".into()), None, "a.b/c@sha256:0a".to_owned())
        );
        assert_eq!(
            read("shop.web=x"),
            (Some("shop".into()), Some("web".into()), "x".to_owned())
        );
    }

    #[test]
    fn paths_keep_escaped_dots() {
        assert_eq!(
            split_path("metadata.annotations.a\\.b/c"),
            ["metadata", "annotations", "a.b/c"]
        );
    }
}
