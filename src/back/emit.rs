//! Stage 10: documents to bytes.

use crate::base::document::Document;
use crate::base::yaml::write::write_yaml_documents;

/// The text of the output: one YAML document after another.
pub fn emit(documents: &[Document]) -> String {
    write_yaml_documents(documents.iter().map(|document| &document.value))
}
