//! Stage 10: documents to bytes.

use indexmap::IndexMap;

use crate::support::document::{Document, OutputFile};
use crate::support::parallel;
use crate::targets::target::Target;
use diagnostics::value::Value;
use yaml::kyaml::write_kyaml;
use yaml::write::write_yaml;

/// In which syntax an output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// Block style, as people write it.
    #[default]
    Yaml,
    /// The YAML of Kubernetes' own programs, with brackets and quotes.
    Kyaml,
    /// JSON, indented.
    Json,
}

/// How an output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// In which syntax.
    pub syntax: Syntax,
    /// Whether each document gets a file of its own.
    pub directory: bool,
}

/// The text of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Emitted {
    /// One file.
    One(String),
    /// The files of a directory.
    Directory {
        /// One for each document.
        files: Vec<OutputFile>,
        /// The file that lists the others, for targets that have one.
        index: Option<OutputFile>,
    },
}

/// Writes documents.
pub fn emit(documents: Vec<Document>, target: &dyn Target, layout: Layout) -> Emitted {
    if layout.directory {
        return directory(&documents, target, layout.syntax);
    }
    Emitted::One(match layout.syntax {
        Syntax::Yaml => {
            parallel::map(&documents, |document| write_yaml(&document.value)).join("---\n")
        }
        Syntax::Kyaml => {
            parallel::map(&documents, |document| write_kyaml(&document.value)).concat()
        }
        Syntax::Json => write_json(&target.to_single_value(documents)),
    })
}

fn directory(documents: &[Document], target: &dyn Target, syntax: Syntax) -> Emitted {
    let texts = parallel::map(documents, |document| match syntax {
        Syntax::Yaml => write_yaml(&document.value),
        Syntax::Kyaml => write_kyaml(&document.value),
        Syntax::Json => write_json(&document.value),
    });
    let extension = if syntax == Syntax::Json {
        "json"
    } else {
        "yaml"
    };
    let mut files: IndexMap<String, OutputFile> = IndexMap::with_capacity(documents.len());
    for (document, text) in documents.iter().zip(texts) {
        let name = free_name(&files, &target.file_stem(document), extension);
        files.insert(name.clone(), OutputFile { name, text });
    }
    let files: Vec<OutputFile> = files.into_values().collect();
    let index = target.index(&files);
    Emitted::Directory { files, index }
}

/// A file name that no earlier document has.
fn free_name(files: &IndexMap<String, OutputFile>, stem: &str, extension: &str) -> String {
    let named = |number: usize| match number {
        1 => format!("{stem}.{extension}"),
        number => format!("{stem}-{number}.{extension}"),
    };
    (1..)
        .map(named)
        .find(|name| !files.contains_key(name))
        .unwrap_or_default()
}

fn write_json(value: &Value) -> String {
    // Values have string keys only, so nothing here can be refused.
    format!(
        "{}\n",
        serde_json::to_string_pretty(value).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::kubernetes::Kubernetes;
    use diagnostics::value::Map;

    fn document(value: Value) -> Document {
        Document {
            value,
            origin: None,
        }
    }

    fn object(kind: &str, name: &str) -> Document {
        let metadata = Value::Map(Map::from_iter([("name".to_owned(), Value::from(name))]));
        document(Value::Map(Map::from_iter([
            ("kind".to_owned(), kind.into()),
            ("metadata".to_owned(), metadata),
        ])))
    }

    fn one(documents: Vec<Document>, syntax: Syntax) -> String {
        match emit(
            documents,
            &Kubernetes,
            Layout {
                syntax,
                directory: false,
            },
        ) {
            Emitted::One(text) => text,
            Emitted::Directory { .. } => panic!("one file was asked for"),
        }
    }

    #[test]
    fn documents_are_separated_and_not_opened() {
        let texts = ["text\n\n", "yes", "b"];
        let out = one(
            texts.map(|text| document(text.into())).to_vec(),
            Syntax::Yaml,
        );
        assert_eq!(out, "|+\n  text\n\n---\n\"yes\"\n---\nb\n");
        let back = yaml_serde::Deserializer::from_str(&out)
            .map(|one| serde::Deserialize::deserialize(one).unwrap());
        assert_eq!(back.collect::<Vec<String>>(), texts);
        assert_eq!(one(Vec::new(), Syntax::Yaml), "");
    }

    #[test]
    fn every_kyaml_document_is_opened_and_json_is_one_list() {
        let documents = || vec![object("Service", "a"), object("Service", "b")];
        assert_eq!(
            one(documents(), Syntax::Kyaml).matches("---\n{\n").count(),
            2
        );
        let list: serde_json::Value =
            serde_json::from_str(&one(documents(), Syntax::Json)).unwrap();
        assert_eq!(list["kind"], "List");
        assert_eq!(list["items"][1]["metadata"]["name"], "b");
    }

    #[test]
    fn files_have_names_of_their_own() {
        let documents = vec![
            object("Role", "system:a"),
            object("Role", "system-a"),
            object("Service", "a"),
        ];
        let layout = Layout {
            syntax: Syntax::Yaml,
            directory: true,
        };
        let Emitted::Directory { files, index } = emit(documents, &Kubernetes, layout) else {
            panic!("one file")
        };
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "role-system-a.yaml",
                "role-system-a-2.yaml",
                "service-a.yaml"
            ]
        );
        let index = index.unwrap();
        assert_eq!(index.name, "kustomization.yaml");
        assert!(index.text.ends_with(
            "resources:\n- role-system-a.yaml\n- role-system-a-2.yaml\n- service-a.yaml\n"
        ));
    }
}
