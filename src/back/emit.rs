//! Stage 10: documents to bytes.

use crate::base::document::Document;
use crate::base::parallel;
use crate::base::yaml::write::write_yaml;

/// The text of the output: one YAML document after another, `---` between them.
pub fn emit(documents: &[Document]) -> String {
    parallel::map(documents, |document| write_yaml(&document.value)).join("---\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::value::Value;

    #[test]
    fn documents_are_separated_and_not_opened() {
        let texts = ["text\n\n", "yes", "b"];
        let documents = texts.map(|text| Document { value: Value::from(text), origin: None });
        let out = emit(&documents);
        assert_eq!(out, "|+\n  text\n\n---\n\"yes\"\n---\nb\n");
        let back =
            yaml_serde::Deserializer::from_str(&out).map(|document| serde::Deserialize::deserialize(document).unwrap());
        assert_eq!(back.collect::<Vec<String>>(), texts);
        assert_eq!(emit(&[]), "");
    }
}
