//! Stage 9: documents to documents, by the patch templates of the platform.
//!
//! [`template`] has the language of patch templates, which is the one of the Go tools.

mod context;
mod rejection;
pub(crate) mod template;

use crate::support::document::Document;
use crate::support::places::Places;
use diagnostics::report::{Report, Reported};
use diagnostics::source::{SourceId, Sources};
use diagnostics::value::Value;

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
    documents: Vec<Document>,
    report: &mut Report,
) -> Result<Vec<Document>, Reported> {
    if templates.is_empty() {
        return Ok(documents);
    }
    let is_list = context.view.is_list;
    let mut root = match is_list {
        false => documents
            .into_iter()
            .next()
            .map(|document| document.value)
            .unwrap_or_default(),
        true => Value::List(
            documents
                .into_iter()
                .map(|document| document.value)
                .collect(),
        ),
    };
    for template in templates {
        root =
            report.collect(|report| template::apply(sources, *template, context, root, report))?;
    }
    let document = |value| Document {
        value,
        origin: None,
        places: Places::default(),
    };
    Ok(match root {
        Value::List(items) if is_list => items.into_iter().map(document).collect(),
        root => vec![document(root)],
    })
}
