//! Stage 9: documents to documents, by the patches of the platform.
//!
//! A patch selects objects and says what changes in them ([`SelectorPatch`]), or it is a template
//! in the language of the Go tools (`template`).

mod add;
mod apply;
mod change;
mod context;
mod glob;
mod json_patch;
pub(crate) mod limit;
mod merge;
mod objects;
mod patchable;
pub(crate) mod path;
mod rejection;
pub(crate) mod rules;
mod selected_object;
mod selector;
mod selector_patch;
pub(crate) mod template;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod values;
mod writer;

use crate::support::document::Document;
use diagnostics::report::{Report, Reported};
use diagnostics::source::{SourceId, Sources, Span};

pub use context::{Context, Environment, View};
pub use merge::{ListMerge, MergeRules, ObjectKind, SameForm};
pub use patchable::Patchable;
pub use selector_patch::SelectorPatch;

/// A patch.
#[derive(Debug, Clone, PartialEq)]
pub enum Patch {
    /// A template.
    Template(SourceId),
    /// A patch by selector.
    Selector(Box<SelectorPatch>),
}

impl Patch {
    /// Where it is written.
    pub fn span(&self) -> Span {
        match self {
            Patch::Template(source) => Span::new(*source, 0, 0),
            Patch::Selector(patch) => patch.span,
        }
    }

    /// The text that has it.
    pub fn source(&self) -> SourceId {
        self.span().source
    }
}

/// Reports what is wrong with patches whatever the documents are. `view` is `None` where the target
/// is not known.
pub fn check(
    sources: &Sources,
    patches: &[Patch],
    view: Option<&View>,
    environment: &Environment<'_>,
    report: &mut Report,
) {
    for patch in patches {
        match patch {
            Patch::Template(source) => template::check(sources, *source, report),
            Patch::Selector(patch) => patch.check(view, environment, sources, report),
        }
    }
}

/// Applies patches to the documents, one after the other.
///
/// # Errors
///
/// When any error was reported; the patches after the one with the error are not applied.
pub fn patch(
    sources: &mut Sources,
    patches: &[Patch],
    context: &Context<'_>,
    mut documents: Vec<Document>,
    report: &mut Report,
) -> Result<Vec<Document>, Reported> {
    report.collect(|report| {
        for patch in patches {
            if let Patch::Selector(patch) = patch {
                patch.check(Some(context.view), &context.environment, sources, report);
            }
        }
    })?;
    for patch in patches {
        documents = report.collect(|report| match patch {
            Patch::Template(template) => {
                template::apply(sources, *template, context, &mut documents, report);
                documents
            }
            Patch::Selector(patch) => apply::apply(patch, context, sources, documents, report),
        })?;
    }
    Ok(documents)
}
