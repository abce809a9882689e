//! What the objects of an output reserve.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::pods;
use compiler::support::quantity::Amount;
use compiler::targets::target::ObjectName;
use diagnostics::value::Value;

/// Of a resource of a workload: the workload that it is for.
const SOURCE_WORKLOAD: &str = "k8s.score.dev/source-workload";

/// An amount, with and without what an autoscaler may add.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) least: u128,
    pub(super) most: u128,
}

impl Range {
    pub(super) fn exactly(amount: u128) -> Range {
        Range {
            least: amount,
            most: amount,
        }
    }

    /// The product of two ranges.
    pub(super) fn times(self, other: Range) -> Range {
        Range {
            least: self.least.saturating_mul(other.least),
            most: self.most.saturating_mul(other.most),
        }
    }
}

impl AddAssign for Range {
    fn add_assign(&mut self, other: Range) {
        self.least = self.least.saturating_add(other.least);
        self.most = self.most.saturating_add(other.most);
    }
}

/// What is reserved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// In thousandths of a CPU.
    pub(super) cpu: Range,
    /// In bytes.
    pub(super) memory: Range,
    /// In bytes.
    pub(super) storage: Range,
    pub(super) load_balancers: Range,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.cpu += other.cpu;
        self.memory += other.memory;
        self.storage += other.storage;
        self.load_balancers += other.load_balancers;
    }
}

/// What an object reserves.
pub(super) struct Entry {
    pub(super) environment: String,
    /// The workload, or the object where it has none.
    pub(super) workload: String,
    pub(super) team: Option<String>,
    pub(super) usage: Usage,
}

/// What cannot be counted.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    pub(super) environment: String,
    pub(super) object: String,
    pub(super) reason: String,
}

/// What all objects reserve.
#[derive(Default)]
pub(super) struct Inventory {
    pub(super) entries: Vec<Entry>,
    pub(super) gaps: Vec<Gap>,
}

/// A problem of a part of an object, as a person reads it.
pub(super) type Gaps<'a> = &'a mut dyn FnMut(String);

impl Inventory {
    /// Adds the objects of an environment.
    pub(super) fn add(&mut self, environment: &str, documents: &[&Value], names: &[ObjectName]) {
        let scaled = autoscalers(documents);
        let workloads = workloads(documents, names);
        let mut teams: BTreeMap<&str, String> = BTreeMap::new();
        for (document, workload) in documents.iter().zip(&workloads) {
            if let (Some(workload), Some(team)) = (workload, team(document)) {
                teams.entry(workload).or_insert(team);
            }
        }
        for (document, workload) in documents.iter().zip(&workloads) {
            let object = format!(
                "{}/{}",
                text(document, &["kind"]),
                text(document, &["metadata", "name"])
            );
            let mut gaps = Vec::new();
            let usage = usage(document, &scaled, &mut |reason| gaps.push(reason));
            let gaps = gaps.into_iter().map(|reason| Gap {
                environment: environment.to_owned(),
                object: object.clone(),
                reason,
            });
            self.gaps.extend(gaps);
            if usage == Usage::default() {
                continue;
            }
            let team_of_workload = || teams.get(workload.as_deref()?).cloned();
            self.entries.push(Entry {
                environment: environment.to_owned(),
                team: team(document).or_else(team_of_workload),
                workload: workload.clone().unwrap_or(object),
                usage,
            });
        }
        self.gaps.sort();
    }
}

/// The workload that each document is for.
fn workloads(documents: &[&Value], names: &[ObjectName]) -> Vec<Option<String>> {
    let mut named: BTreeMap<usize, &str> = BTreeMap::new();
    for name in names {
        if let Some(workload) = &name.workload {
            named.entry(name.document).or_insert(workload);
        }
    }
    let documents = documents.iter().enumerate();
    let workload = |(index, document): (usize, &&Value)| {
        let named = named.get(&index).map(|name| (*name).to_owned());
        named.or_else(|| annotation(document, SOURCE_WORKLOAD))
    };
    documents.map(workload).collect()
}

/// The replicas that autoscalers allow, by kind and name of what they scale.
fn autoscalers(documents: &[&Value]) -> BTreeMap<(String, String), Range> {
    let mut scaled = BTreeMap::new();
    let autoscalers = documents.iter();
    for one in autoscalers.filter(|one| text(one, &["kind"]) == "HorizontalPodAutoscaler") {
        let target = |key| text(one, &["spec", "scaleTargetRef", key]);
        let least = count(one.at(&["spec", "minReplicas"]));
        let most = count(one.at(&["spec", "maxReplicas"]));
        let range = Range {
            least,
            most: most.max(least),
        };
        scaled.insert((target("kind"), target("name")), range);
    }
    scaled
}

fn usage(object: &Value, scaled: &BTreeMap<(String, String), Range>, gaps: Gaps<'_>) -> Usage {
    let kind = text(object, &["kind"]);
    let name = text(object, &["metadata", "name"]);
    let mut usage = Usage::default();
    match kind.as_str() {
        "Deployment" | "StatefulSet" | "ReplicaSet" | "Rollout" => {
            let written = Range::exactly(count(object.at(&["spec", "replicas"])));
            let replicas = scaled.get(&(kind, name)).copied().unwrap_or(written);
            if let Some(pod) = object.at(&["spec", "template", "spec"]) {
                usage += pods::usage(pod, replicas, gaps);
            }
            let claims = object.at(&["spec", "volumeClaimTemplates"]);
            for claim in claims.and_then(Value::as_list).unwrap_or_default() {
                usage.storage += storage(claim, gaps).times(replicas);
            }
        }
        "Pod" => {
            if let Some(pod) = object.get("spec") {
                usage += pods::usage(pod, Range::exactly(1), gaps);
            }
        }
        "DaemonSet" => gaps("it has a pod on every node".to_owned()),
        "Job" | "CronJob" => gaps("it runs only at times".to_owned()),
        "PersistentVolumeClaim" => usage.storage += storage(object, gaps),
        "Service" if text(object, &["spec", "type"]) == "LoadBalancer" => {
            usage.load_balancers += Range::exactly(1);
        }
        _ if is_custom(&text(object, &["apiVersion"])) => {
            gaps("what this kind reserves is not known".to_owned());
        }
        _ => {}
    }
    usage
}

/// Whether a kind is none of Kubernetes itself. Its groups have no dot, or end with `.k8s.io`.
fn is_custom(api_version: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    group.contains('.') && !group.ends_with(".k8s.io")
}

/// The size of a claim in bytes.
pub(super) fn storage(claim: &Value, gaps: Gaps<'_>) -> Range {
    let path = ["spec", "resources", "requests", "storage"];
    let Some(size) = claim.at(&path) else {
        gaps("a claim has no storage request".to_owned());
        return Range::default();
    };
    let size = quantity(size, 1, "storage request", gaps);
    Range::exactly(size.unwrap_or_default())
}

/// A quantity in the unit of which `parts` are one, rounded up.
pub(super) fn quantity(value: &Value, parts: u128, what: &str, gaps: Gaps<'_>) -> Option<u128> {
    let text = value.to_text();
    let amount = Amount::parse(&text).and_then(|amount| amount.parts_rounded_up(parts));
    if amount.is_none() {
        gaps(format!("the {what} `{text}` is not read"));
    }
    amount
}

pub(super) fn text(value: &Value, path: &[&str]) -> String {
    value
        .at(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A number of replicas; 1 where none is written.
fn count(value: Option<&Value>) -> u128 {
    match value {
        Some(Value::Int(number)) => u128::try_from(*number).unwrap_or_default(),
        _ => 1,
    }
}

fn annotation(object: &Value, key: &str) -> Option<String> {
    let value = object.at(&["metadata", "annotations", key])?;
    value.as_str().map(str::to_owned)
}

fn team(object: &Value) -> Option<String> {
    let template = ["spec", "template", "metadata", "labels", "team"];
    let label = object
        .at(&["metadata", "labels", "team"])
        .or_else(|| object.at(&template))?;
    label.as_str().map(str::to_owned)
}
