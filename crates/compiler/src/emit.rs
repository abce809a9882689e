//! Stage 10: documents to the text of the output.

use indexmap::IndexMap;

use crate::support::document::{Document, OutputFile};
use crate::support::parallel;
use crate::targets::target::Target;
use diagnostics::ordered_map::Key;
use diagnostics::value::{Map, Value};
use yaml::kyaml::write_kyaml;
use yaml::write::{write_nested_entry, write_yaml};

/// The syntax of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// Block style.
    #[default]
    Yaml,
    /// KYAML, the subset of YAML in flow style that `kubectl -o kyaml` writes.
    Kyaml,
    /// JSON, indented.
    Json,
}

/// The form of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// The syntax of each document.
    pub syntax: Syntax,
    /// Whether each document has a file of its own.
    pub directory: bool,
    /// Whether these files are in a directory for each workload.
    pub by_workload: bool,
}

/// The text of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputText {
    /// One file.
    One(String),
    /// The files of a directory.
    Directory {
        /// One file per document.
        files: Vec<OutputFile>,
        /// The file that lists the others, for targets with one.
        index: Option<OutputFile>,
    },
}

/// A mapping with so many entries has most of the output.
const MANY_ENTRIES: usize = 32;

/// Writes documents as text.
pub fn emit(documents: Vec<Document>, target: &dyn Target, layout: Layout) -> OutputText {
    if layout.directory {
        return directory(&documents, target, layout);
    }
    OutputText::One(match layout.syntax {
        Syntax::Yaml => match <[Document; 1]>::try_from(documents) {
            Ok([only]) => write_alone(only.value),
            Err(documents) => {
                let texts = parallel::map(documents, |document| write_yaml(&document.value));
                join(texts, "---\n")
            }
        },
        Syntax::Kyaml => {
            let texts = parallel::map(documents, |document| write_kyaml(&document.value));
            join(texts, "")
        }
        Syntax::Json => write_json(&target.to_single_value(documents)),
    })
}

/// The only document, which may have thousands of services: each is written, and dropped, by itself.
fn write_alone(value: Value) -> String {
    let entries = match value {
        Value::Map(entries) if entries.values().any(is_long) => entries,
        value => return write_yaml(&value),
    };
    let texts = entries
        .into_iter()
        .flat_map(|(key, value)| match (key_line(&key), value) {
            (Some(line), Value::Map(inner)) if inner.len() >= MANY_ENTRIES => {
                let mut texts = vec![line];
                let write = |(key, value): (Key, Value)| write_nested_entry(&key, &value);
                texts.extend(parallel::map(inner, write));
                texts
            }
            (_, value) => vec![write_yaml(&one(&key, value))],
        });
    join(texts.collect(), "")
}

fn is_long(value: &Value) -> bool {
    value.as_map().is_some_and(|map| map.len() >= MANY_ENTRIES)
}

fn one(key: &str, value: Value) -> Value {
    Value::Map(Map::from_iter([(key.to_owned(), value)]))
}

/// The line of a key with a mapping below it; `None` for a key that is not written on a line.
fn key_line(key: &str) -> Option<String> {
    let text = write_yaml(&one(key, one("a", "b".into())));
    text.strip_suffix("  a: b\n").map(str::to_owned)
}

/// As `join` of a slice, but each text is dropped when it is copied.
fn join(texts: Vec<String>, separator: &str) -> String {
    let separators = texts.len().saturating_sub(1) * separator.len();
    let length: usize = texts.iter().map(String::len).sum();
    let mut joined = String::with_capacity(length + separators);
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&text);
    }
    joined
}

fn directory(documents: &[Document], target: &dyn Target, layout: Layout) -> OutputText {
    let syntax = layout.syntax;
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
        let workload = target.workload_of(document).filter(|_| layout.by_workload);
        let stem = match workload {
            Some(workload) => format!("{workload}/{}", target.file_stem(document)),
            None => target.file_stem(document),
        };
        let name = free_name(&files, &stem, extension);
        files.insert(name.clone(), OutputFile { name, text });
    }
    let files: Vec<OutputFile> = files.into_values().collect();
    let index = target.index(&files);
    OutputText::Directory { files, index }
}

/// A file name that no earlier document has: later ones get a number.
fn free_name(files: &IndexMap<String, OutputFile>, stem: &str, extension: &str) -> String {
    let name = |number: usize| match number {
        1 => format!("{stem}.{extension}"),
        number => format!("{stem}-{number}.{extension}"),
    };
    (1..)
        .map(name)
        .find(|name| !files.contains_key(name))
        .unwrap_or_default()
}

fn write_json(value: &Value) -> String {
    // Values have only string keys, so this cannot fail.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        // Only strings have these. Readers of YAML, such as Compose, refuse them as they are, or take
        // them for line breaks.
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::places::Places;
    use crate::targets::kubernetes::Kubernetes;

    fn document(value: Value) -> Document {
        Document {
            value,
            origin: None,
            places: Places::default(),
        }
    }

    fn object(kind: &str, name: &str) -> Document {
        let metadata = Value::Map(Map::from_iter([("name".to_owned(), Value::from(name))]));
        document(Value::Map(Map::from_iter([
            ("kind".to_owned(), kind.into()),
            ("metadata".to_owned(), metadata),
        ])))
    }

    fn emit_file(documents: Vec<Document>, syntax: Syntax) -> String {
        match emit(
            documents,
            &Kubernetes,
            Layout {
                syntax,
                ..Layout::default()
            },
        ) {
            OutputText::One(text) => text,
            OutputText::Directory { .. } => panic!("one file was asked for"),
        }
    }

    #[test]
    fn json_has_no_character_that_readers_of_yaml_refuse_or_change() {
        let text = "\u{7e}\u{7f}\u{80}\u{85}\u{9f}\u{a0}é\u{2028}\u{2029}\u{feff}\u{fffd}\u{fffe}\u{ffff}😀\u{0}\t";
        let map = Map::from_iter([(text.to_owned(), Value::from(text))]);
        let out = emit_file(vec![document(Value::Map(map.clone()))], Syntax::Json);
        assert!(out.contains("~\\u007f\\u0080\\u0085\\u009f\u{a0}é\\u2028\\u2029\\ufeff\u{fffd}\\ufffe\\uffff😀\\u0000\\t"), "{out}");
        let back: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(back["items"][0][text], text);
    }

    #[test]
    fn documents_have_a_separator_between_them_only() {
        let texts = ["text\n\n", "yes", "b"];
        let out = emit_file(
            texts.map(|text| document(text.into())).to_vec(),
            Syntax::Yaml,
        );
        assert_eq!(out, "|+\n  text\n\n---\n\"yes\"\n---\nb\n");
        let back = yaml_serde::Deserializer::from_str(&out)
            .map(|document| serde::Deserialize::deserialize(document).unwrap());
        assert_eq!(back.collect::<Vec<String>>(), texts);
        assert_eq!(emit_file(Vec::new(), Syntax::Yaml), "");
    }

    #[test]
    fn a_long_document_is_written_as_a_whole() {
        let long = (0..40).map(|number| (format!("s{number}"), one("image", "a: b".into())));
        let long = Value::Map(long.collect());
        let keys = ["services", "on", "a b: c", "x"];
        let mut map = Map::from_iter(keys.map(|key| (key.to_owned(), long.clone())));
        map.insert("k".repeat(2000), long);
        map.insert("name".to_owned(), "shop".into());
        let value = Value::Map(map);
        assert_eq!(write_alone(value.clone()), write_yaml(&value));
    }

    #[test]
    fn every_kyaml_document_has_a_separator_and_json_is_one_list() {
        let documents = || vec![object("Service", "a"), object("Service", "b")];
        assert_eq!(
            emit_file(documents(), Syntax::Kyaml)
                .matches("---\n{\n")
                .count(),
            2
        );
        let list: serde_json::Value =
            serde_json::from_str(&emit_file(documents(), Syntax::Json)).unwrap();
        assert_eq!(list["kind"], "List");
        assert_eq!(list["items"][1]["metadata"]["name"], "b");
    }

    #[test]
    fn files_have_different_names() {
        let documents = vec![
            object("Role", "system:a"),
            object("Role", "system-a"),
            object("Service", "a"),
        ];
        let layout = Layout {
            directory: true,
            ..Layout::default()
        };
        let OutputText::Directory { files, index } = emit(documents, &Kubernetes, layout) else {
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
