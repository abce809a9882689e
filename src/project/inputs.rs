//! The inputs that the command line names: Score files, overrides, images, published ports.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::build_flag;
use super::property_flag;
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file::read_named;
use compiler::overlay::{Image, Overrides, Scope, Scoped};
use compiler::parse;
use compiler::recovery::Part;
use compiler::rules::EMPTY_IMAGE;
use compiler::support::host::Host;
use compiler::targets::publish::Publish;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span, Spanned};

/// The Score files that the command line names, each once: two patterns or two spellings of a path
/// may name the same file.
pub(crate) fn named_files(named: &[PathBuf]) -> Vec<PathBuf> {
    let (mut paths, mut identities) = (BTreeSet::new(), BTreeSet::new());
    let is_new = |path: &&PathBuf| {
        let is_input = path.as_os_str() == "-";
        let identity = os::file_identity(path).filter(|_| !is_input);
        // A file that another revision does not have was added since.
        if !is_input && !os::is_in_revision(path) {
            return false;
        }
        paths.insert((*path).clone()) && identity.is_none_or(|identity| identities.insert(identity))
    };
    named.iter().filter(is_new).cloned().collect()
}

/// The flags for overrides.
pub(crate) struct OverrideFlags<'a> {
    pub(crate) files: &'a [String],
    pub(crate) properties: &'a [String],
    pub(crate) images: &'a [String],
    pub(crate) builds: &'a [String],
}

/// Reads the overrides of the flags.
pub(crate) fn overrides(
    host: &dyn Host,
    flags: &OverrideFlags<'_>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Overrides, CliError> {
    let mut overrides = Overrides::default();
    let (mut document_report, mut image_report) = (Report::default(), Report::default());
    for flag in flags.files {
        overrides
            .merges
            .extend(merges(host, flag, sources, &mut document_report)?);
    }
    for flag in flags.properties {
        overrides
            .properties
            .extend(property_flag::property(flag, sources, &mut document_report).ok());
    }
    for flag in flags.images {
        overrides
            .images
            .extend(image(flag, sources, &mut image_report).ok());
    }
    for flag in flags.builds {
        overrides
            .builds
            .extend(build_flag::build(flag, sources, &mut image_report).ok());
    }
    for (read, part) in [
        (&document_report, Part::Overrides),
        (&image_report, Part::Images),
    ] {
        if read.result().is_err() {
            overrides.incomplete.add(part);
        }
    }
    report.merge(document_report);
    report.merge(image_report);
    Ok(overrides)
}

/// Parses `[WORKLOAD=]PATH` and reads the file. A path may contain `=`, so a file with the whole
/// text as its name comes first.
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
    let Some(source) = read_named(host, Path::new(path), sources, report)? else {
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

/// Parses the flags `--publish`.
pub(crate) fn publish(
    flags: &[String],
    sources: &mut Sources,
    report: &mut Report,
) -> Vec<Publish> {
    let parse = |flag: &String| {
        let span = Span::new(sources.add("--publish", flag.as_str()), 0, flag.len());
        Publish::parse(flag, span, report).ok()
    };
    flags.iter().filter_map(parse).collect()
}

/// Parses `[WORKLOAD[.CONTAINER]=]IMAGE`. An image reference has no `=`.
fn image(flag: &str, sources: &mut Sources, report: &mut Report) -> Result<Image, Reported> {
    let id = sources.add("--image", flag);
    let (scope, reference) = match flag.split_once('=') {
        Some((scope, reference)) => (Some(scope), reference),
        None => (None, flag),
    };
    let start = flag.len() - reference.len();
    let span = Span::new(id, start, flag.len());
    if reference.is_empty() || reference == "." {
        let problem = Problem::new(&EMPTY_IMAGE, "this flag has no image name").at(Span::new(
            id,
            0,
            flag.len(),
        ));
        return Err(report
            .error(problem.help("write `--image IMAGE` or `--image WORKLOAD.CONTAINER=IMAGE`")));
    }
    let part = |start: usize, name: &str| {
        Spanned::new(name.to_owned(), Span::new(id, start, start + name.len()))
    };
    let (workload, container) = match scope.map(|scope| scope.split_once('.').ok_or(scope)) {
        None => (None, None),
        Some(Err(workload)) => (Some(part(0, workload)), None),
        Some(Ok((workload, container))) => (
            Some(part(0, workload)),
            Some(part(workload.len() + 1, container)),
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
}
