//! Stage 9: documents to documents, by the patch templates of the platform.
//!
//! `template` has the language of patch templates, which is the one of the Go tools.

mod context;
mod rejection;
pub(crate) mod template;

use crate::support::document::Document;
use diagnostics::report::{Report, Reported};
use diagnostics::source::{SourceId, Sources};

pub use context::{Context, View};
pub use template::check;

/// Applies patch templates to the documents, one after the other.
///
/// # Errors
///
/// When any error was reported; the templates after the one with the error are not applied.
pub fn patch(
    sources: &mut Sources,
    templates: &[SourceId],
    context: &Context<'_>,
    mut documents: Vec<Document>,
    report: &mut Report,
) -> Result<Vec<Document>, Reported> {
    for template in templates {
        report.collect(|report| {
            template::apply(sources, *template, context, &mut documents, report);
        })?;
    }
    Ok(documents)
}
