//! Manifests in a directory: a file per object, and a `kustomization.yaml` that lists them.

use super::{job_name, names};
use crate::identity::short_hash;
use crate::support::document::{Document, OutputFile};
use diagnostics::value::Value;
use yaml::write::write_yaml;

/// The longest stem of a file name: file systems allow 255 bytes, and a number and an extension
/// follow it.
const LONGEST: usize = 240;

/// The name of an object's file: its kind and its name, in characters that file names may have.
pub(super) fn file_stem(document: &Document) -> String {
    let kind = document.value.get("kind").and_then(Value::as_str);
    let kind = kind.unwrap_or("object").to_lowercase();
    // So a Job that runs again is a changed file, not another one.
    let name = job_name::plain_name(&document.value).unwrap_or("unnamed");
    // The name of a role may have characters that are unsafe in file names, such as `:`.
    let safe = |character: char| {
        if character.is_ascii_alphanumeric() || "-.".contains(character) {
            character
        } else {
            '-'
        }
    };
    let stem: String = format!("{kind}-{name}").chars().map(safe).collect();
    names::shorten(&stem, LONGEST)
}

/// The list of files (Kustomize, "kustomization.yaml"), for `kubectl apply -k`. Its first line has
/// a hash of the rest, so that a later run knows whether it was edited.
pub(super) fn kustomization(files: &[OutputFile]) -> OutputFile {
    let names = files.iter().map(|file| Value::from(file.name.as_str()));
    let list = write_yaml(&Value::map_of([
        ("apiVersion", "kustomize.config.k8s.io/v1beta1".into()),
        ("kind", "Kustomization".into()),
        ("resources", Value::List(names.collect())),
    ]));
    OutputFile {
        name: "kustomization.yaml".to_owned(),
        text: format!("{}{list}", first_line(&list)),
    }
}

/// Whether the text is a list as [`kustomization`] generates it.
pub(super) fn is_generated(text: &str) -> bool {
    let list = text.split_once('\n').map_or("", |(_, list)| list);
    text.strip_prefix(first_line(list).as_str()) == Some(list)
}

fn first_line(list: &str) -> String {
    let hash = short_hash([list.as_bytes()]);
    format!(
        "# Made by score-rs ({hash}): a later run replaces this file, and removes what it lists and no longer needs.\n"
    )
}

/// Several objects as one, since JSON has no streams (Kubernetes, "Kinds": `List`).
pub(super) fn list(documents: Vec<Document>) -> Value {
    let items = documents
        .into_iter()
        .map(|document| document.value)
        .collect();
    Value::map_of([
        ("apiVersion", "v1".into()),
        ("kind", "List".into()),
        ("items", Value::List(items)),
    ])
}
