//! Previews of one environment: the resources that they share, and a check that they have no object
//! or host in common.

use std::collections::{BTreeMap, BTreeSet};

use super::run::Run;
use super::stand_ins::used;
use crate::check::Purpose;
use crate::link::Graph;
use crate::model::Uid;
use crate::placeholder::resolve::Outputs;
use crate::plan::Plan;
use crate::provision::{ProvisionedResource, StoredSecrets};
use crate::request::{Preview, Request};
use crate::secrets::has_secret;
use crate::support::document::Document;
use crate::support::host::Host;
use crate::targets::target::{SecretsSetting, UniqueName};
use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::Spanned;
use diagnostics::value::{Map, Value};

rules! {
    /// A preview cannot use a resource that `share` takes from the environment that it extends.
    pub CANNOT_BE_SHARED: "cannot-be-shared", Error;

    /// All previews of an environment would have the same object, host or port of the nodes.
    pub SAME_IN_ALL_PREVIEWS: "same-in-all-previews", Error;
}

/// Gets the resources that a preview shares from the extended environment.
pub(super) fn take_shared(
    run: &mut Run<'_, '_>,
    host: &dyn Host,
    graph: &Graph,
) -> Result<(), Reported> {
    let request = run.request;
    let preview = request.preview.as_deref();
    let Some(preview) = preview.filter(|preview| !preview.share.is_empty()) else {
        return Ok(());
    };
    let mut report = Report::default();
    let shared = shared_uids(preview, graph, request.is_whole_project, &mut report);
    let place = preview.share[0].span;
    let extended = preview.extended.as_ref();
    let Some(extended) = extended.filter(|extended| extended.options.namespace.is_some()) else {
        let message = "the environment that this one extends has no namespace to share from";
        let problem = Problem::new(&CANNOT_BE_SHARED, message).at(place);
        report.push(problem.help("add `namespace` to it, or remove `share`"));
        run.merge(report);
        return run.result();
    };
    let (provisioned, stored) = provision(run, host, extended, &shared, &mut report);
    let has_store = run.request.options.secrets == SecretsSetting::External;
    let is_plain = has_store && extended.options.secrets != SecretsSetting::External;
    let is_other_store = !has_same_store(request, extended);
    let resources = provisioned.iter();
    let of_store: BTreeSet<String> = resources
        .filter(|(_, resource)| is_other_store && !used(resource, &stored).is_empty())
        .map(|(uid, _)| uid.clone())
        .collect();
    let secrets = run.sources.secrets().known().filter(|_| is_plain);
    run.stored.merge(stored);
    let purpose = run.purpose;
    let share = |uid: &str, resource: &ProvisionedResource, place| {
        if resource.is_unknown() && purpose == Purpose::Generate {
            return Err("what it gives is not known".to_owned());
        }
        if is_plain && has_secret(resource, secrets.as_deref()) {
            return Err("its passwords are not in a store".to_owned());
        }
        if of_store.contains(uid) {
            let other = if has_store { "another" } else { "a" };
            return Err(format!("its passwords are in {other} store"));
        }
        request.target.share(resource, &extended.options, place)
    };
    for (uid, resource) in provisioned {
        let Some(item) = shared.get(&uid) else {
            continue;
        };
        match share(&uid, &resource, item.span) {
            Ok(sections) => {
                let resource = ProvisionedResource {
                    sections,
                    defaults: Map::default(),
                    depends_on_state: false,
                    ..resource
                };
                run.given.insert(uid, resource);
            }
            Err(why) => report.push(unshared(&uid, item, &why)),
        }
    }
    if report.result().is_ok() {
        let missing = shared.iter();
        let missing = missing.filter(|(uid, _)| !run.given.contains_key(*uid));
        for (uid, item) in missing {
            report.push(unshared(uid, item, "it does not have this resource"));
        }
    }
    run.merge(report);
    run.result()
}

/// Whether the passwords of two environments are in one store.
fn has_same_store(one: &Request<'_>, other: &Request<'_>) -> bool {
    let store = |request: &Request<'_>| {
        let store = request.options.secret_store.as_ref()?;
        Some((store.kind, store.name.clone()))
    };
    store(one) == store(other)
}

fn unshared(uid: &str, item: &Spanned<String>, why: &str) -> Problem {
    let message = format!("`{uid}` of the environment that this one extends cannot be used: {why}");
    let problem = Problem::new(&CANNOT_BE_SHARED, message).at(item.span);
    problem.help("remove it from `share`, so that each preview has its own")
}

/// The resources of the graph that a preview shares, with the items that name them.
fn shared_uids<'p>(
    preview: &'p Preview<'_>,
    graph: &Graph,
    is_whole_project: bool,
    report: &mut Report,
) -> BTreeMap<String, &'p Spanned<String>> {
    let mut shared = BTreeMap::new();
    for item in &preview.share {
        let is_meant = |uid: &&Uid| Preview::is_meant(item, uid);
        let uids = graph.resources.iter().map(|node| &node.uid);
        let found: Vec<String> = uids.filter(is_meant).map(Uid::to_string).collect();
        if found.is_empty() && is_whole_project {
            report.push(graph.no_resource(item, &CANNOT_BE_SHARED));
        }
        shared.extend(found.into_iter().map(|uid| (uid, item)));
    }
    shared
}

/// The shared resources of the environment that is extended, as it has them. Programs run for these
/// and what they need only.
fn provision(
    run: &mut Run<'_, '_>,
    host: &dyn Host,
    extended: &Request<'_>,
    shared: &BTreeMap<String, &Spanned<String>>,
    report: &mut Report,
) -> (Vec<(String, ProvisionedResource)>, StoredSecrets) {
    let mut own_report = Report::default();
    let purpose = run.purpose;
    let mut other = Run::new(run.sources, extended, purpose, &mut own_report);
    let graph = other.link_workloads();
    let matched = other.match_definitions(graph);
    let provisioned = other.require_matches(matched).and_then(|matches| {
        let graph = &matches.graph;
        let kept = &extended.state.resources;
        let lacks_state = |index: usize| {
            let uid = graph.resources[index].uid.to_string();
            purpose == Purpose::Generate && matches.is_of_program(index) && !kept.contains_key(&uid)
        };
        check_states(graph, shared, lacks_state, report)?;
        let nodes = graph.resources.iter().enumerate();
        let is_shared = nodes
            .clone()
            .filter(|(_, node)| shared.contains_key(&node.uid.to_string()));
        let needed = needed(graph, is_shared.map(|(index, _)| index).collect());
        let skipped =
            nodes.filter(|(index, _)| matches.is_of_program(*index) && !needed.contains(index));
        other.given = skipped
            .map(|(_, node)| (node.uid.to_string(), ProvisionedResource::unknown()))
            .collect();
        let (resources, _) = other.provision(host, &matches);
        let uids = graph.resources.iter().map(|node| node.uid.to_string());
        let provisioned = uids.zip(resources);
        Ok(provisioned
            .filter(|(uid, _)| shared.contains_key(uid))
            .collect())
    });
    let provisioned: Vec<(String, ProvisionedResource)> = provisioned.unwrap_or_default();
    let stored = std::mem::take(&mut other.stored);
    let mut resources = provisioned.iter().map(|(_, resource)| resource);
    // Problems of other resources, and warnings, are reported by runs for that environment.
    if provisioned.is_empty() || resources.any(ProvisionedResource::is_unknown) {
        own_report.retain(|problem| problem.severity() == Severity::Error);
        report.merge(own_report);
    }
    (provisioned, stored)
}

/// Reports shared resources that need a program whose state is not known: it would make everything
/// again in each run.
fn check_states(
    graph: &Graph,
    shared: &BTreeMap<String, &Spanned<String>>,
    lacks_state: impl Fn(usize) -> bool,
    report: &mut Report,
) -> Result<(), Reported> {
    report.collect(|report| {
        for (index, node) in graph.resources.iter().enumerate() {
            let uid = node.uid.to_string();
            let needed = || needed(graph, vec![index]);
            if let Some(item) = shared.get(&uid)
                && needed().into_iter().any(&lacks_state)
            {
                report.push(unshared(&uid, item, "the state of its program is not here"));
            }
        }
    })
}

/// These resources of a graph and those that they need.
fn needed(graph: &Graph, mut open: Vec<usize>) -> BTreeSet<usize> {
    let mut needed = BTreeSet::new();
    while let Some(index) = open.pop() {
        if needed.insert(index) {
            open.extend(&graph.resources[index].needs);
        }
    }
    needed
}

/// Reports volumes of another environment: a pod mounts only those of its namespace.
pub(super) fn check_mounts(run: &mut Run<'_, '_>, plan: &Plan) -> Result<(), Reported> {
    let Some(preview) = run.request.preview.as_deref() else {
        return Ok(());
    };
    let mut report = Report::default();
    let containers = plan
        .workloads
        .iter()
        .flat_map(|workload| &workload.containers);
    for volume in containers.flat_map(|container| &container.volumes) {
        if let Some(item) = preview.item_of(&volume.uid) {
            let uid = volume.uid.to_string();
            let problem = unshared(&uid, item, "a volume belongs to one namespace");
            report.push(problem.secondary(volume.span, "mounted here"));
        }
    }
    if report.is_empty() {
        return Ok(());
    }
    run.merge(report);
    run.result()
}

/// Reports objects and hosts that are in the documents of two previews.
pub(super) fn compare(
    run: &mut Run<'_, '_>,
    preview: &Preview<'_>,
    documents: &[Document],
    others: &[Document],
) -> Result<(), Reported> {
    let request = run.request;
    let target = request.target;
    let names = |documents: &[Document], request: &Request<'_>| -> Vec<_> {
        let names = |one| target.unique_names(one, &request.options);
        documents.iter().map(names).collect()
    };
    let taken = names(others, &preview.other);
    let taken: Vec<&UniqueName> = taken.iter().flatten().collect();
    let given = given_texts(&run.given);
    let mut report = Report::default();
    for (document, names) in documents.iter().zip(names(documents, request)) {
        for name in names.iter().filter(|name| taken.contains(name)) {
            if !matches!(name, UniqueName::Host(host) if given.contains(host.as_str())) {
                report.push(same_in_all(name, document, preview));
            }
        }
    }
    run.merge(report);
    run.result()
}

fn same_in_all(name: &UniqueName, document: &Document, preview: &Preview<'_>) -> Problem {
    let (message, help) = match name {
        UniqueName::Object(name) => (
            format!("all previews would have {name}"),
            "let its name contain the namespace, as `{{ .Namespace }}` in a definition, or list its \
             resource in `share` of `preview`",
        ),
        UniqueName::Host(host) => (
            format!("all previews would have the host `{host}`"),
            "use the host of a resource of type `dns`, or let it contain `${preview.name}`",
        ),
        UniqueName::NodePort(port) => (
            format!("all previews would have the `nodePort` {port}"),
            "remove it, so that Kubernetes chooses one for each preview",
        ),
    };
    let problem = Problem::new(&SAME_IN_ALL_PREVIEWS, message).help(help);
    match document.origin {
        Some(origin) => problem
            .at(origin)
            .secondary(preview.span, "this environment is for previews"),
        None => problem.at(preview.span),
    }
}

/// The texts among the outputs of resources.
fn given_texts(given: &BTreeMap<String, ProvisionedResource>) -> BTreeSet<&str> {
    let outputs = given
        .values()
        .filter_map(|resource| match &resource.outputs {
            Outputs::Values(outputs) => Some(outputs.values()),
            _ => None,
        });
    outputs.flatten().filter_map(Value::as_str).collect()
}
