//! What a change of the output means for data that is already stored: whether it is found again,
//! what is recreated, and what the API server of Kubernetes refuses.
//!
//! This compares the existing output with the new one, and never asks a cluster or Docker: data is
//! what the existing output stores once it is deployed.

pub(crate) mod effects;
mod objects;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use diagnostics::report::{Problem, Report};
use diagnostics::suggestions::list_names;
use diagnostics::value::Value;

use super::secrets::documents;
use super::semantic::{ChangeKind, Field, compare, objects};
use super::{ComparedFile, texts_after};
use crate::cli::output::destination::Destination;
use crate::cli::output::writer::EnvironmentOutput;
use crate::system::os::{self, Os};
use compiler::support::parallel;
use objects::Kind;

rules! {
    /// The existing output stores data, and the new one does not find it, cannot be applied, or
    /// needs it migrated.
    pub STORED_DATA_CHANGED: "stored-data-changed", Warning;
}

/// What a change means. Objects are named as in [`super::semantic::Difference`].
#[derive(Debug, PartialEq)]
enum Finding {
    /// Other objects store the data of an owner, so that they start empty.
    Renamed {
        owner: String,
        before: BTreeSet<String>,
        after: BTreeSet<String>,
    },
    /// The Compose project has another name, which is a part of the names of its volumes.
    ProjectRenamed { volumes: BTreeSet<String> },
    /// A volume of Compose has another name outside the file.
    VolumeRenamed { object: String },
    /// The definition of a volume of Compose differs.
    VolumeRedefined { object: String },
    /// The API server refuses the change of these fields. `owner` is there when the object stores
    /// data.
    Refused {
        object: String,
        fields: Vec<String>,
        owner: Option<String>,
    },
    /// A claim grows.
    Enlarged { object: String, field: String },
    /// The new output does not have an object, which nothing deletes.
    Left { object: String, has_data: bool },
    /// Containers or pods are recreated, and their volumes are not.
    Recreated { object: String },
    /// A Job with another name, which its hash gives it.
    RunsAgain { object: String },
    /// The image of a server has another major version.
    OtherMajorVersion {
        object: String,
        field: String,
        owner: String,
        /// The major versions before and after.
        versions: (u64, u64),
    },
}

/// What the changes of an output mean for stored data.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

/// Warns about data that an existing output stores and the new one changes. Reads the existing
/// output again as YAML only if its text differs and it may store data.
pub(crate) fn check(output: &EnvironmentOutput, os: &Os, report: &mut Report) {
    if output.destination == Destination::Stdout {
        return;
    }
    let is_different = |(path, after): &(PathBuf, Option<&str>)| {
        !after.is_some_and(|text| os::has_content(path, text.as_bytes()))
    };
    // What cannot be read is reported when the output is written or compared.
    let files = texts_after(output, os).unwrap_or_default().into_iter();
    let files = files.filter(is_different);
    let files: Result<Vec<_>, _> = files.map(|file| ComparedFile::read(0, file, os)).collect();
    let files = files.unwrap_or_default();
    let mut texts_before = files.iter().filter_map(|file| file.before.as_deref());
    if !texts_before.any(may_store_data) {
        return;
    }
    if let Some((before, after)) = different_documents(&files) {
        let findings = Findings::find(&before, &after);
        findings
            .0
            .iter()
            .filter_map(Finding::problem)
            .for_each(|problem| report.push(problem));
    }
}

/// The documents before and after that the other side does not have; `None` when any is not valid
/// YAML.
fn different_documents(files: &[ComparedFile]) -> Option<(Vec<Value>, Vec<Value>)> {
    let texts = files.iter().map(|file| {
        let before = file.before.as_deref().unwrap_or_default();
        (before, file.after.unwrap_or_default())
    });
    let read = |texts: &mut dyn Iterator<Item = String>| -> Option<Vec<Value>> {
        let documents: Option<Vec<_>> = texts.map(|text| documents(&text)).collect();
        Some(documents?.into_iter().flatten().collect())
    };
    let before = || read(&mut texts.clone().map(|(before, after)| only_in(before, after)));
    let after = || read(&mut texts.clone().map(|(before, after)| only_in(after, before)));
    let size = texts.clone().map(|(before, _)| before.len()).sum();
    let (before, after) = parallel::beside(size, before, after);
    Some((before?, after?))
}

/// The documents of a text that another one does not have. Nothing is found in others, and most
/// changes are of few.
fn only_in(text: &str, other: &str) -> String {
    let mut common: BTreeMap<&str, usize> = BTreeMap::new();
    for document in other.split(SEPARATOR) {
        *common.entry(document).or_default() += 1;
    }
    let documents = text
        .split(SEPARATOR)
        .filter(|document| match common.get_mut(document) {
            Some(left @ 1..) => {
                *left -= 1;
                false
            }
            _ => true,
        });
    documents.collect::<Vec<_>>().join(SEPARATOR)
}

/// What stands between two documents. No line of a value begins like this one.
const SEPARATOR: &str = "\n---\n";

/// Whether a text can be an output that stores data.
fn may_store_data(text: &str) -> bool {
    [
        "volumeClaimTemplates",
        "PersistentVolumeClaim",
        "volumes:",
        "\"volumes\"",
    ]
    .iter()
    .any(|word| text.contains(word))
}

impl Findings {
    /// Compares the documents of an existing output with those of the new one.
    pub(crate) fn find(before: &[Value], after: &[Value]) -> Findings {
        let (old, new) = (objects(before), objects(after));
        let mut findings = renamed(&old, &new);
        for difference in compare(before, after) {
            let object = difference.object;
            let fields = match difference.kind {
                ChangeKind::Changed(fields) => fields,
                ChangeKind::Removed => {
                    findings.extend(left(&object, &old, &new));
                    continue;
                }
                ChangeKind::Added => continue,
            };
            if object == "name" {
                findings.extend(project_renamed(&old, &new));
            }
            if let Some(value) = old.get(&object)
                && let Some(kind) = Kind::of(&object, value)
            {
                findings.extend(changed(kind, &object, value, &fields));
            }
        }
        Findings(findings)
    }

    /// What to show behind an object or, with its path, a field; often nothing.
    pub(super) fn mark(&self, object: &str, field: Option<&str>) -> String {
        let marks: BTreeSet<String> = self
            .0
            .iter()
            .filter_map(|finding| finding.mark(object, field))
            .collect();
        marks.iter().map(|mark| format!(" ({mark})")).collect()
    }
}

/// The owners whose data was in objects that are gone, and is in new ones now.
fn renamed(old: &BTreeMap<String, Value>, new: &BTreeMap<String, Value>) -> Vec<Finding> {
    let old_owners = owners(old, new);
    let mut new_owners = owners(new, old);
    old_owners
        .into_iter()
        .filter_map(|(owner, before)| {
            let after = new_owners.remove(&owner)?;
            Some(Finding::Renamed {
                owner,
                before,
                after,
            })
        })
        .collect()
}

/// The objects that store data and that the other output does not have, by the owner of the data.
fn owners(
    all: &BTreeMap<String, Value>,
    other: &BTreeMap<String, Value>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in all {
        if let Some(kind) = Kind::of(name, value)
            && kind.stores_data(value)
            && !has_counterpart(name, other)
            && let Some(owner) = kind.owner(value)
        {
            owners.entry(owner).or_default().insert(name.clone());
        }
    }
    owners
}

/// An object that the new output does not have. Containers and volumes of Compose stay too.
fn left(
    name: &str,
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
) -> Option<Finding> {
    let object = old.get(name)?;
    let kind = Kind::of(name, object);
    let is_deployed = object.get("kind").is_some()
        || matches!(kind, Some(Kind::ComposeService | Kind::ComposeVolume));
    (is_deployed && !has_counterpart(name, new)).then(|| Finding::Left {
        object: name.to_owned(),
        has_data: kind.is_some_and(|kind| kind.stores_data(object)),
    })
}

/// Whether an output has an object, or one that differs only in that one of them has no namespace:
/// it is then in the namespace that `kubectl` is given.
fn has_counterpart(name: &str, objects: &BTreeMap<String, Value>) -> bool {
    let in_any_namespace = format!("{name} in ");
    objects.contains_key(name)
        || name
            .split_once(" in ")
            .is_some_and(|(name, _)| objects.contains_key(name))
        || objects
            .keys()
            .any(|other| other.starts_with(&in_any_namespace))
}

/// The volumes that both outputs have, and that Compose looks for by the name of the project.
fn project_renamed(
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
) -> Option<Finding> {
    let volumes: BTreeSet<String> = old
        .iter()
        .filter(|(name, volume)| {
            new.contains_key(*name)
                && volume.get("name").is_none()
                && volume.get("external").is_none()
        })
        .filter_map(|(name, _)| name.strip_prefix("volumes "))
        .map(str::to_owned)
        .collect();
    (!volumes.is_empty()).then_some(Finding::ProjectRenamed { volumes })
}

/// What the changed fields of an object mean.
fn changed(kind: Kind, object: &str, value: &Value, fields: &[Field]) -> Vec<Finding> {
    if kind == Kind::Job && fields.iter().any(|field| field.path == "metadata.name") {
        let object = object.to_owned();
        return vec![Finding::RunsAgain { object }];
    }
    let mut findings = Vec::new();
    let paths_of = |holds: &dyn Fn(&Field) -> bool| -> Vec<String> {
        let matching = fields.iter().filter(|field| holds(field));
        matching.map(|field| field.path.clone()).collect()
    };
    let refused = paths_of(&|field| kind.refuses(field, value));
    for field in paths_of(&|field| kind.enlarges(field)) {
        findings.push(Finding::Enlarged {
            object: object.to_owned(),
            field,
        });
    }
    if !refused.is_empty() {
        findings.push(Finding::Refused {
            object: object.to_owned(),
            fields: refused,
            owner: kind
                .stores_data(value)
                .then(|| kind.owner(value).unwrap_or_else(|| object.to_owned())),
        });
    }
    if kind == Kind::ComposeVolume {
        let finding = match fields.iter().any(|field| field.path == "name") {
            true => Finding::VolumeRenamed {
                object: object.to_owned(),
            },
            false => Finding::VolumeRedefined {
                object: object.to_owned(),
            },
        };
        let is_label = |field: &Field| field.path.starts_with("labels");
        if !fields.iter().all(is_label) {
            findings.push(finding);
        }
    }
    if !kind.is_server_with_data(value) {
        return findings;
    }
    if fields.iter().any(|field| kind.recreates(field)) {
        findings.push(Finding::Recreated {
            object: object.to_owned(),
        });
    }
    for field in fields {
        if let Some(owner) = kind.resource(value)
            && let Some(versions) = kind.major_versions(field)
        {
            findings.push(Finding::OtherMajorVersion {
                object: object.to_owned(),
                field: field.path.clone(),
                owner,
                versions,
            });
        }
    }
    findings
}

impl Finding {
    /// What to show behind an object, or behind a field of it.
    fn mark(&self, name: &str, path: Option<&str>) -> Option<String> {
        let refused;
        let (is_marked, mark) = match self {
            Finding::Renamed { after, .. } => (
                path.is_none() && after.contains(name),
                "starts empty: the data stays under the old name",
            ),
            Finding::ProjectRenamed { .. } => (
                path.is_none() && name == "name",
                "all volumes get other names and start empty",
            ),
            Finding::VolumeRenamed { object } => (
                path == Some("name") && name == object,
                "starts empty: the data stays under the old name",
            ),
            Finding::VolumeRedefined { object } => (
                path.is_none() && name == object,
                "Compose recreates it, without its data, if you agree",
            ),
            Finding::Refused { object, fields, .. } => {
                refused = refused_mark(object);
                let is_field = |path| fields.iter().any(|field| field == path);
                (name == object && path.is_some_and(is_field), &*refused)
            }
            Finding::Enlarged { object, field } => (
                name == object && path == Some(field),
                "refused unless the claim is bound and its class allows it",
            ),
            Finding::Left { object, has_data } => (
                path.is_none() && name == object,
                match has_data {
                    true => "stays, with its data, until it is deleted",
                    false => "stays until it is deleted",
                },
            ),
            Finding::Recreated { object } => (
                path.is_none() && name == object,
                "recreated; its volumes stay",
            ),
            Finding::RunsAgain { object } => (
                path.is_none() && name == object,
                "runs again, under another name",
            ),
            Finding::OtherMajorVersion { object, field, .. } => (
                name == object && path == Some(field),
                "another major version: stored data has to be migrated",
            ),
        };
        is_marked.then(|| mark.to_owned())
    }

    /// The warning, for what needs somebody to do something about stored data.
    fn problem(&self) -> Option<Problem> {
        Some(Problem::new(&STORED_DATA_CHANGED, self.message()?).help(self.help()))
    }

    fn message(&self) -> Option<String> {
        Some(match self {
            Finding::Renamed {
                owner,
                before,
                after,
            } => {
                let (before, after) = (names(before), names(after));
                format!("{after} of `{owner}` starts empty: its data stays in {before}")
            }
            Finding::ProjectRenamed { volumes } => format!(
                "the name of the project is part of the names of its volumes, so these start \
                 empty: {}",
                names(volumes)
            ),
            Finding::VolumeRenamed { object } => {
                format!("`{object}` has another `name`: its data stays under the old one")
            }
            Finding::VolumeRedefined { object } => format!(
                "the definition of `{object}` changes, and Compose applies that only to a new, \
                 empty volume"
            ),
            Finding::Refused {
                object,
                fields,
                owner: Some(owner),
            } => {
                let fields = list_names(fields.iter().map(String::as_str));
                format!(
                    "the API server refuses to change {fields} of `{object}`, which stores the \
                     data of `{owner}`"
                )
            }
            Finding::OtherMajorVersion {
                object,
                owner,
                versions: (before, after),
                ..
            } => format!(
                "`{object}` changes from version {before} to {after}, and the data of `{owner}` \
                 was stored by version {before}"
            ),
            Finding::Refused { owner: None, .. }
            | Finding::Enlarged { .. }
            | Finding::Left { .. }
            | Finding::Recreated { .. }
            | Finding::RunsAgain { .. } => return None,
        })
    }

    fn help(&self) -> String {
        let text = match self {
            Finding::Renamed { .. } => {
                "restore what the names are made of, such as the environment, the project or the \
                 id of the resource; or copy the data after you deploy"
            }
            Finding::ProjectRenamed { .. } => {
                "restore the name with `project: NAME` in the environment, or copy the data of the \
                 old volumes"
            }
            Finding::VolumeRenamed { .. } => "restore the name, or copy the data",
            Finding::VolumeRedefined { .. } => {
                "back up its data before you agree that Compose recreates the volume"
            }
            Finding::Refused { object, fields, .. } => return refused_help(object, fields),
            Finding::OtherMajorVersion {
                versions: (before, after),
                ..
            } => {
                return format!(
                    "export the data with version {before} and import it into an empty server of \
                     version {after}, if this server does not migrate it by itself"
                );
            }
            Finding::Enlarged { .. }
            | Finding::Left { .. }
            | Finding::Recreated { .. }
            | Finding::RunsAgain { .. } => "",
        };
        text.to_owned()
    }
}

fn names(objects: &BTreeSet<String>) -> String {
    list_names(objects.iter().map(String::as_str))
}

/// The command that deletes an object of Kubernetes. A StatefulSet leaves its pods to its successor.
fn delete_command(object: &str) -> String {
    let mut words = object.split(' ');
    let (kind, name) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    // Kinds that are part of Kubernetes are known by their names alone.
    let kind = kind.split('.').next().unwrap_or_default().to_lowercase();
    let namespace = match words.nth(1) {
        Some(namespace) => format!(" -n {namespace}"),
        None => String::new(),
    };
    let orphan = match kind.as_str() {
        "statefulset" => " --cascade=orphan",
        _ => "",
    };
    format!("kubectl delete {kind} {name}{namespace}{orphan}")
}

/// What to show behind a field that the API server refuses to change.
fn refused_mark(object: &str) -> String {
    if object.starts_with("PersistentVolumeClaim ") {
        return "the API server refuses this change: use a claim with another name".to_owned();
    }
    let command = delete_command(object);
    format!("the API server refuses this change: first run `{command}`")
}

/// How to apply a change that the API server refuses, without losing the data.
fn refused_help(object: &str, fields: &[String]) -> String {
    if !object.starts_with("StatefulSet.apps ") {
        return "restore the old value, or move the data to a PersistentVolumeClaim with another \
                name: its data is deleted with it"
            .to_owned();
    }
    let command = delete_command(object);
    let resize = match fields.iter().any(|field| field.ends_with(".storage")) {
        true => "; existing volumes keep their size until you enlarge their PersistentVolumeClaims",
        false => "",
    };
    format!(
        "run `{command}`, which keeps the pods and their volumes, and then apply the output{resize}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use yaml::samples::read;

    /// The messages of the warnings.
    fn messages(before: &str, after: &str) -> Vec<String> {
        let all = |text: &str| text.split("---\n").map(read).collect::<Vec<_>>();
        let findings = Findings::find(&all(before), &all(after)).0;
        let [old, new] = [(before, after), (after, before)]
            .map(|(text, other)| documents(&only_in(text, other)).unwrap());
        assert_eq!(Findings::find(&old, &new).0, findings);
        let mut report = Report::default();
        findings
            .iter()
            .filter_map(Finding::problem)
            .for_each(|problem| report.push(problem));
        let messages = report.in_order();
        messages
            .iter()
            .map(|diagnostic| diagnostic.message().to_owned())
            .collect()
    }

    #[test]
    fn documents_that_both_outputs_have_are_left_out() {
        for (text, other, expected) in [
            ("a: 1\n---\nb: 2\n", "a: 1\n---\nb: 3\n", "b: 2\n"),
            ("a: 1\n---\na: 1\n---\nb: 2\n", "a: 1\n---\nb: 2\n", "a: 1"),
            (
                "b: 2\n---\na: 1\n",
                "a: 1\n---\nb: 2\n",
                "b: 2\n---\na: 1\n",
            ),
            ("a: 1\n", "a: 1\n", ""),
            ("", "a: 1\n", ""),
        ] {
            assert_eq!(only_in(text, other), expected, "{text:?} {other:?}");
        }
    }

    #[test]
    fn volumes_of_compose_are_found_by_their_names() {
        let volumes = |project: &str, data: &str| {
            format!(
                "name: {project}\nservices: {{web: {{image: a}}}}\nvolumes: {{data: {data}, fixed: {{name: x}}}}\n"
            )
        };
        let before = volumes("a", "{driver: local}");
        for (after, expected) in [
            (volumes("a", "{driver: local, labels: {a: b}}"), vec![]),
            (
                volumes("b", "{driver: local}"),
                vec![
                    "the name of the project is part of the names of its volumes, so these start \
                     empty: `data`",
                ],
            ),
            (
                volumes("a", "{driver: local, name: other}"),
                vec!["`volumes data` has another `name`: its data stays under the old one"],
            ),
            (
                volumes("a", "{driver: nfs}"),
                vec![
                    "the definition of `volumes data` changes, and Compose applies that only to a \
                     new, empty volume",
                ],
            ),
        ] {
            assert_eq!(messages(&before, &after), expected, "{after}");
        }
    }

    fn claim(metadata: &str, spec: &str) -> String {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{annotations: \
             {{k8s.score.dev/resource-uid: volume.default#shop.data}}, {metadata}}}\nspec: {spec}\n"
        )
    }

    #[test]
    fn a_claim_is_found_by_its_name_and_namespace() {
        let spec = "{resources: {requests: {storage: 1Gi}}}";
        let before = claim("name: a", spec);
        let renamed = |new: &str, old: &str| {
            vec![format!(
                "`PersistentVolumeClaim {new}` of `volume.default#shop.data` starts empty: its \
                 data stays in `PersistentVolumeClaim {old}`"
            )]
        };
        assert_eq!(
            messages(&before, &claim("name: b", spec)),
            renamed("b", "a")
        );
        let in_namespace =
            |namespace: &str| claim(&format!("name: a, namespace: {namespace}"), spec);
        assert_eq!(messages(&before, &in_namespace("x")), Vec::<String>::new());
        assert_eq!(messages(&in_namespace("x"), &before), Vec::<String>::new());
        assert_eq!(
            messages(&in_namespace("x"), &in_namespace("y")),
            renamed("a in y", "a in x")
        );
        // Another resource of another name is no renamed one.
        let other = claim("name: b", spec).replace("shop.data", "shop.other");
        assert_eq!(messages(&before, &other), Vec::<String>::new());
    }

    /// The marks of an object and of one of its fields.
    fn marks(before: &str, after: &str, object: &str, field: &str) -> [String; 2] {
        let documents = |text: &str| text.split("---\n").map(read).collect::<Vec<_>>();
        let findings = Findings::find(&documents(before), &documents(after));
        [
            findings.mark(object, None),
            findings.mark(object, Some(field)),
        ]
    }

    #[test]
    fn what_nothing_deletes_is_marked() {
        let deployment = |name: &str| {
            format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\n")
        };
        let left =
            |before: &str, after: &str, object: &str| marks(before, after, object, "")[0].clone();
        let stays = " (stays until it is deleted)";
        assert_eq!(
            left(&deployment("a"), &deployment("b"), "Deployment.apps a"),
            stays
        );
        let set = deployment("a").replace("Deployment", "StatefulSet");
        assert_eq!(left(&deployment("a"), &set, "Deployment.apps a"), stays);
        assert_eq!(
            left(
                &deployment("a, namespace: x"),
                &deployment("a"),
                "Deployment.apps a in x"
            ),
            ""
        );
        assert_eq!(
            left(
                &deployment("a, namespace: x"),
                &deployment("a, namespace: y"),
                "Deployment.apps a in x"
            ),
            stays
        );
        let other = claim("name: b", "{}").replace("shop.data", "shop.other");
        assert_eq!(
            left(&claim("name: a", "{}"), &other, "PersistentVolumeClaim a"),
            " (stays, with its data, until it is deleted)"
        );
        assert_eq!(
            left(
                "services: {a: {image: b}}",
                "services: {c: {image: b}}",
                "services a"
            ),
            stays
        );
    }

    #[test]
    fn a_refused_change_says_what_to_run() {
        let job = |image: &str| {
            format!(
                "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a, namespace: x}}\nspec: {{template: {image}}}\n"
            )
        };
        assert_eq!(
            marks(&job("b"), &job("c"), "Job.batch a in x", "spec.template")[1],
            " (the API server refuses this change: first run `kubectl delete job a -n x`)"
        );
    }

    #[test]
    fn a_claim_can_only_grow() {
        let of = |size: &str| {
            claim(
                "name: a",
                &format!("{{resources: {{requests: {{storage: {size}}}}}}}"),
            )
        };
        assert_eq!(messages(&of("1Gi"), &of("2Gi")), Vec::<String>::new());
        let message = "the API server refuses to change `spec.resources.requests.storage` of \
                       `PersistentVolumeClaim a`, which stores the data of `volume.default#shop.data`";
        assert_eq!(messages(&of("2Gi"), &of("1Gi")), [message]);
    }
}
