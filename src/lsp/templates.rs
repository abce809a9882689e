//! The data and functions of templates, of definitions and of patches.

use super::files::Kind;
use super::schemas::Word;
use compiler::provision::FUNCTIONS;
use go_template::signatures;

/// The fields of the data of a definition, with what each is.
const OF_DEFINITIONS: [(&str, &str); 21] = [
    ("Uid", "the UID of the resource, `TYPE.CLASS#ID`"),
    ("Type", "the type of the resource"),
    ("Class", "the class of the resource"),
    ("Id", "the ID of the resource"),
    ("Guid", "the derived GUID"),
    (
        "Params",
        "the params with resolved placeholders; an empty map if there are none",
    ),
    (
        "Metadata",
        "the `metadata` of the resource; an empty map if there is none",
    ),
    ("Extensions", "the `x-` keys of the resource"),
    (
        "Defaults",
        "what the section `defaults` gives, or what is pinned",
    ),
    ("Init", "what the section `init` gives"),
    (
        "State",
        "what the section `state` gives; before it, the state of the last run",
    ),
    ("Shared", "the state that all resources of the run share"),
    ("IsShared", "whether several workloads can use the resource"),
    (
        "SourceWorkload",
        "the first workload by name that declares the resource",
    ),
    ("WorkloadMetadata", "the whole `metadata` of that workload"),
    (
        "WorkloadExtensions",
        "the `x-` keys at the top level of that workload",
    ),
    (
        "WorkloadServices",
        "the workloads by name: `.ServiceName`, `.ObjectName` and `.Ports`",
    ),
    (
        "Namespace",
        "`--namespace`, or `namespace` of the environment",
    ),
    (
        "ComposeProjectName",
        "`--project`, or `project` of the environment, or empty",
    ),
    (
        "MountsDirectory",
        "the directory of `files` and `directories`, as written in the Compose file",
    ),
    (
        "Environment",
        "the environment: `.Name`, `.Target` and `.Values`",
    ),
];

/// The fields of the data of a patch template.
const OF_PATCHES: [(&str, &str); 5] = [
    ("Compose", "Compose: the generated file"),
    ("Manifests", "Kubernetes: the generated objects"),
    ("Workloads", "the workloads by name"),
    ("Extensions", "the `x-` keys of the workloads"),
    (
        "Environment",
        "the environment: `.Name`, `.Target` and `.Values`",
    ),
];

const OF_ENVIRONMENT: [(&str, &str); 3] = [
    ("Name", "the name of the environment"),
    ("Target", "`compose` or `kubernetes`"),
    (
        "Values",
        "the `values` of the environment, overridden by `--set KEY=VALUE`",
    ),
];

/// What an unfinished action of a template ends with, before a position.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed<'t> {
    /// `.A.B.PREFIX`: the fields before the last dot.
    Field(Vec<&'t str>),
    /// The name of a function.
    Function,
}

/// What is typed in an action at the end of a text, and how long its last word is; `None` outside of
/// an action.
pub(super) fn typed(before: &str) -> Option<(Typed<'_>, usize)> {
    let action = &before[before.rfind("{{")? + 2..];
    if action.contains("}}") {
        return None;
    }
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let start = action
        .rfind(|letter| !is_part(letter))
        .map_or(0, |index| index + 1);
    // The letter before may be longer than a byte.
    let chain = action.get(start..)?;
    match chain.rsplit_once('.') {
        Some((fields, word)) => {
            let fields = fields.split('.').filter(|field| !field.is_empty());
            Some((Typed::Field(fields.collect()), word.len()))
        }
        None => Some((Typed::Function, chain.len())),
    }
}

/// The fields of the data, or of its field `Environment`.
pub(super) fn fields(kind: Kind, path: &[&str]) -> Vec<Word> {
    let fields: &[(&str, &str)] = match (path, kind) {
        ([], Kind::Definitions) => &OF_DEFINITIONS,
        ([], _) => &OF_PATCHES,
        (["Environment"], _) => &OF_ENVIRONMENT,
        _ => &[],
    };
    fields
        .iter()
        .map(|(name, about)| word(name, about))
        .collect()
}

/// The functions, with what they take.
pub(super) fn functions(kind: Kind) -> Vec<(&'static str, String)> {
    let of_score = match kind {
        Kind::Definitions => FUNCTIONS.as_slice(),
        _ => &[],
    };
    let of_score = of_score
        .iter()
        .map(|(name, takes)| (*name, (*takes).to_owned()));
    of_score.chain(signatures()).collect()
}

fn word(name: &str, about: &str) -> Word {
    Word {
        name: name.to_owned(),
        about: about.to_owned(),
        has_children: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_field_or_a_function() {
        assert_eq!(
            typed("a {{ .Environment.Na"),
            Some((Typed::Field(vec!["Environment"]), 2))
        );
        assert_eq!(typed("{{ if eq .Par"), Some((Typed::Field(vec![]), 3)));
        assert_eq!(typed("{{ quo"), Some((Typed::Function, 3)));
        assert_eq!(typed("{{- "), Some((Typed::Function, 0)));
        assert_eq!(typed("{{ .A }} b"), None);
        assert_eq!(typed("b"), None);
    }
}
