//! The patches of an environment: sources, and patches that are written in it.

use super::list::{self, ListItem};
use super::source::{Purpose, read_sources};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use compiler::parse;
use compiler::patch::{Patch, SelectorPatch};
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources};
use yaml::{Node, reader};

/// The endings of the names of files with patches by selector. Any other file is a template.
pub(crate) const SUFFIXES: [&str; 2] = [".patches.yaml", ".patches.yml"];

/// A patch of an environment.
pub type PatchRef<'a> = ListItem<'a, SelectorPatch>;

/// The patches of a list, in order. Each source counts once, at its first position.
pub fn read_patches(
    list: &[PatchRef<'_>],
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<Patch>, CliError> {
    let texts = read_sources(
        &list::sources(list),
        Purpose::Patches,
        remotes,
        host,
        sources,
        report,
    )?;
    let mut files = texts.indices.into_iter().zip(texts.files).peekable();
    let mut patches = Vec::new();
    let mut index = 0;
    for patch in list {
        match patch {
            PatchRef::Source(_) => {
                while let Some((_, file)) = files.next_if(|(source, _)| *source == index) {
                    patches.extend(of_file(file, sources, report));
                }
                index += 1;
            }
            PatchRef::Inline(patch, _) => patches.push(Patch::Selector(Box::new((*patch).clone()))),
        }
    }
    Ok(patches)
}

/// The patches of a file.
fn of_file(file: SourceId, sources: &Sources, report: &mut Report) -> Vec<Patch> {
    // A file of a git repository has its version after its name.
    let name = sources.get(file).name();
    let name = name.split_once("?ref=").map_or(name, |(name, _)| name);
    if !SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
        return vec![Patch::Template(file)];
    }
    let patches = selector_patches(file, sources, report).into_iter();
    patches
        .map(|patch| Patch::Selector(Box::new(patch)))
        .collect()
}

/// Reports the problems of the text of a file of patches.
pub fn check_text(sources: &Sources, source: SourceId, report: &mut Report) {
    selector_patches(source, sources, report);
}

fn selector_patches(file: SourceId, sources: &Sources, report: &mut Report) -> Vec<SelectorPatch> {
    items_of(file, sources, report, SelectorPatch::read)
}

/// The items of the lists of a file of patches.
pub(in crate::project) fn items_of<T>(
    file: SourceId,
    sources: &Sources,
    report: &mut Report,
    read: impl Fn(&Node, &mut Report) -> Option<T>,
) -> Vec<T> {
    let documents = parse::yaml_documents(sources, file, report);
    let documents = documents.iter().filter(|document| !document.is_null());
    let mut patches = Vec::new();
    for document in documents {
        let items = reader::list(document, "a file of patches", report);
        patches.extend(items.iter().filter_map(|item| read(item, report)));
    }
    patches
}
