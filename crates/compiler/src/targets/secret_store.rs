//! The store that has the secrets of an environment, by `secrets: external`.

use crate::model::is_dns_name;
use crate::rules::INVALID_NAME;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use diagnostics::value::{Map, Value};
use yaml::rules::EMPTY_VALUE;
use yaml::{Node, reader};

/// The kinds of stores of the External Secrets Operator.
const KINDS: [(&str, &str); 2] = [
    ("SecretStore", "SecretStore"),
    ("ClusterSecretStore", "ClusterSecretStore"),
];

/// A store of the External Secrets Operator.
#[derive(Debug, Clone, PartialEq)]
pub struct SecretStore {
    /// The name of the object.
    pub name: String,
    /// The kind of the object.
    pub kind: &'static str,
    /// What the keys of the environment begin with, as it is written: a text with placeholders.
    pub path: Option<Node>,
}

impl SecretStore {
    /// Reads the settings of `external`.
    pub fn read(node: &Node, report: &mut Report) -> Option<SecretStore> {
        let mut fields = reader::fields(node, "`external`", report)?;
        let store = fields
            .required("store", report)
            .and_then(|node| name(node, report));
        let kind = fields.optional("kind", report);
        let kind = kind.and_then(|node| {
            let kind = reader::string(node, "`kind`", report)?;
            reader::choice(&kind, "`kind`", &KINDS, report)
        });
        let path = fields
            .optional("path", report)
            .filter(|node| is_path(node, report))
            .cloned();
        fields.finish(|_| None, report);
        Some(SecretStore {
            name: store?.value,
            kind: kind.unwrap_or(KINDS[0].1),
            path,
        })
    }

    /// The setting as it is written.
    pub fn to_value(&self) -> Value {
        let path = self.path.as_ref().map(|path| ("path", path.to_value()));
        let entries = [
            ("store", self.name.as_str().into()),
            ("kind", self.kind.into()),
        ];
        let entries = entries.into_iter().chain(path);
        let store: Map = entries
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        Value::from([("external", store.into())])
    }
}

fn name(node: &Node, report: &mut Report) -> Option<Spanned<String>> {
    let name = reader::string(node, "`store`", report)?;
    if is_dns_name(&name.value) {
        return Some(name);
    }
    let message = format!("`{}` is not the name of a store", name.value);
    let problem = Problem::new(&INVALID_NAME, message).at(name.span);
    let help = "use the name of a SecretStore or ClusterSecretStore of the cluster";
    report.push(problem.help(help));
    None
}

fn is_path(node: &Node, report: &mut Report) -> bool {
    let Some(path) = reader::string(node, "`path`", report) else {
        return false;
    };
    let parts: Vec<&str> = path.value.split('/').collect();
    if !parts.contains(&"") {
        return true;
    }
    let message = format!("the path `{}` has an empty part", path.value);
    let problem = Problem::new(&EMPTY_VALUE, message).at(path.span);
    report.push(problem.help("write it without `/` at its ends, as in `shop/prod`"));
    false
}
