//! `containers.NAME.volumes`.

use super::compose_k8s_hints;
use super::mount_paths::{check_target, read_targets};
use super::process_text::no_nul;
use super::string::string;
use crate::model::VolumeMount;
use crate::placeholder::{self, Reference};
use crate::rules::DEPRECATED_SYNTAX;
use crate::rules::INVALID_MOUNT_PATH;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use yaml::{Node, reader};

rules! {
    /// The `source` of a volume is not a reference to exactly one resource.
    pub INVALID_VOLUME_SOURCE: "invalid-volume-source", Error;
}

/// The volumes of a container; `key` is the place of the word `volumes`.
pub(super) fn read_volumes(
    sources: &Sources,
    key: Option<Span>,
    node: &Node,
    report: &mut Report,
) -> Vec<VolumeMount> {
    let mut volumes = Vec::new();
    for (target, node, listed) in read_targets(sources, key, node, "`volumes`", report) {
        check_target(&target, report);
        volumes.extend(read_volume(sources, target, node, listed, report));
    }
    volumes
}

fn read_volume(
    sources: &Sources,
    target: Spanned<String>,
    node: &Node,
    listed: bool,
    report: &mut Report,
) -> Option<VolumeMount> {
    let what = format!("the volume `{}`", target.value);
    let key = Some(target.span).filter(|_| !listed);
    let mut fields = reader::fields_or_short_form(sources, key, node, &what, "source", report)?;
    if listed {
        fields.entry("target");
    }
    let source = fields.required_as("source", "${resources.NAME}", report);
    let path = fields
        .optional("path", report)
        .and_then(|node| string(node, "`path`", report));
    let path = path.filter(|path| check_sub_path(path, report));
    let older = fields.entry("read_only").and_then(|entry| {
        let problem = Problem::new(&DEPRECATED_SYNTAX, "`read_only` is deprecated").at(entry.key);
        let new = node.get("readOnly").is_none().then_some("readOnly");
        report.push(problem.help("write `readOnly`").suggest_replacement(
            entry.key,
            "read_only",
            new,
        ));
        reader::boolean(&entry.value, "`read_only`", report)
    });
    let read_only = fields.optional("readOnly", report);
    let read_only = read_only
        .and_then(|node| reader::boolean(node, "`readOnly`", report))
        .or(older)
        .unwrap_or(false);
    fields.finish(compose_k8s_hints::in_volume, report);
    let resource = read_volume_source(sources, source?, report)?;
    Some(VolumeMount {
        target,
        resource,
        path,
        read_only,
    })
}

fn check_sub_path(path: &Spanned<String>, report: &mut Report) -> bool {
    let inside = !path.value.starts_with('/') && !path.value.split('/').any(|part| part == "..");
    if !inside {
        let problem = Problem::new(
            &INVALID_MOUNT_PATH,
            format!("`{}` is not a path inside the volume", path.value),
        );
        let inner = path.value.trim_start_matches('/');
        let help = match inner.is_empty() || inner.split('/').any(|part| part == "..") {
            true => "write a path without `..` that does not begin with `/`".to_owned(),
            false => format!("write `{inner}`: the path is relative to the root of the volume"),
        };
        report.push(problem.at(path.span).help(help));
    }
    inside && no_nul(path, "a path in the volume", report)
}

/// A volume's source names a resource, as `${resources.NAME}` or by its bare name.
fn read_volume_source(
    sources: &Sources,
    node: &Node,
    report: &mut Report,
) -> Option<Spanned<String>> {
    string(node, "`source`", report)?;
    let text = placeholder::text(sources, node, placeholder::Mode::Strict, report);
    match text.pieces.as_slice() {
        [placeholder::Piece::Plain(path)] if path.contains(['/', '\\']) || path == "." => {
            let message =
                format!("`source` must refer to a resource of the workload, `{path}` is a path");
            let help =
                "declare a resource of `type: volume`, and write `source: ${resources.NAME}`";
            report.push(
                Problem::new(&INVALID_VOLUME_SOURCE, message)
                    .at(node.span)
                    .help(help),
            );
            return None;
        }
        [placeholder::Piece::Plain(name)] => return Some(Spanned::new(name.clone(), node.span)),
        [placeholder::Piece::Placeholder(Reference::Resource { name, path }, span)]
            if path.is_empty() =>
        {
            return Some(Spanned::new(name.clone(), *span));
        }
        // What is left of the text after a reported placeholder needs no second report.
        [] => return None,
        _ => {}
    }
    let problem = Problem::new(
        &INVALID_VOLUME_SOURCE,
        "`source` must refer to one resource of the workload, and nothing else",
    );
    let named = text
        .references()
        .find_map(|(reference, _)| match reference {
            Reference::Resource { name, .. } => Some(name.as_str()),
            Reference::Metadata(_) => None,
        });
    let mut help = format!("write `source: ${{resources.{}}}`", named.unwrap_or("NAME"));
    // A path behind the volume is the way into it.
    if let [
        placeholder::Piece::Placeholder(Reference::Resource { path, .. }, _),
        placeholder::Piece::Plain(rest),
    ] = text.pieces.as_slice()
        && let Some(inner) = rest
            .strip_prefix('/')
            .filter(|inner| path.is_empty() && !inner.is_empty())
    {
        help = format!("{help}, and `path: {inner}` below it");
    }
    report.push(problem.at(node.span).help(help));
    None
}
