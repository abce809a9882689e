//! `match` and `exclude` of a rule: which objects it is about.

use super::super::selection::{Object, Selection, selects};
use crate::support::glob;
use diagnostics::report::Report;
use diagnostics::value::Value;
use yaml::{Kind, Node, reader};

/// A `match` or an `exclude`.
#[derive(Debug, Default)]
pub(super) struct Filters {
    filters: Vec<Filter>,
    /// Whether all of them have to select, and not one.
    needs_all: bool,
}

/// One entry of it.
#[derive(Debug)]
struct Filter {
    kinds: Vec<String>,
    names: Vec<String>,
    namespaces: Vec<String>,
    annotations: Option<Value>,
    selector: Option<Value>,
    namespace_selector: Option<Value>,
    operations: Vec<String>,
    /// Whether it selects by who makes the request.
    has_subjects: bool,
}

impl Filters {
    /// Reads `any`, `all`, or the older form without them.
    pub(super) fn read(node: &Node, what: &str, report: &mut Report) -> Option<Filters> {
        let mut fields = reader::fields(node, what, report)?;
        let any = fields.optional("any", report);
        let all = fields.optional("all", report);
        let subjects = SUBJECTS.map(|key| fields.entry(key));
        let resources = fields.optional("resources", report);
        fields.finish(|_| None, report);
        let list = any.or(all).map(|list| reader::list(list, what, report));
        let filters = match list {
            Some(items) => items
                .iter()
                .filter_map(|item| read_filter(item, report))
                .collect(),
            None => {
                let has_subjects = subjects.iter().any(Option::is_some);
                let filter = resources.and_then(|node| read_resources(node, has_subjects, report));
                filter.into_iter().collect()
            }
        };
        Some(Filters {
            filters,
            needs_all: any.is_none() && all.is_some(),
        })
    }

    /// Whether they select an object, as if it were of `kind`: rules for pods are asked of their
    /// templates too.
    pub(super) fn select(&self, object: Object<'_>, kind: &str) -> Selection {
        let selections = self
            .filters
            .iter()
            .map(|filter| filter.selects(object, kind));
        match self.needs_all {
            true if self.filters.is_empty() => Selection::No,
            true => selections.fold(Selection::Yes, |all, one| all.and(|| one)),
            false => selections.fold(Selection::No, |any, one| any.or(|| one)),
        }
    }

    /// Whether a rule with them is also for templates of pods: it is about pods only, and about none
    /// in particular.
    pub(super) fn are_for_all_pods(&self) -> bool {
        self.filters.iter().all(|filter| {
            let is_pod = |kind: &String| kind.rsplit('/').next() == Some("Pod");
            filter.kinds.iter().all(is_pod)
                && filter.names.is_empty()
                && filter.selector.is_none()
                && filter.annotations.is_none()
        })
    }

    pub(super) fn have_kinds(&self) -> bool {
        self.filters.iter().any(|filter| !filter.kinds.is_empty())
    }
}

const SUBJECTS: [&str; 3] = ["subjects", "roles", "clusterRoles"];

fn read_filter(node: &Node, report: &mut Report) -> Option<Filter> {
    let mut fields = reader::fields(node, "a filter", report)?;
    let has_subjects = SUBJECTS
        .map(|key| fields.entry(key))
        .iter()
        .any(Option::is_some);
    let resources = fields.optional("resources", report);
    fields.finish(|_| None, report);
    let nothing = Node::from_value(&Value::map(), node.span);
    read_resources(resources.unwrap_or(&nothing), has_subjects, report)
}

fn read_resources(node: &Node, has_subjects: bool, report: &mut Report) -> Option<Filter> {
    let mut fields = reader::fields(node, "`resources`", report)?;
    let mut texts = |key: &'static str| {
        let node = fields.optional(key, report);
        node.map(|node| self::texts(node, key, report))
            .unwrap_or_default()
    };
    let kinds = texts("kinds");
    let names = [texts("names"), texts("name")].concat();
    let namespaces = texts("namespaces");
    let operations = texts("operations");
    let mut value = |key: &'static str| fields.optional(key, report).map(Node::to_value);
    let filter = Filter {
        kinds,
        names,
        namespaces,
        annotations: value("annotations"),
        selector: value("selector"),
        namespace_selector: value("namespaceSelector"),
        operations,
        has_subjects,
    };
    fields.finish(|_| None, report);
    Some(filter)
}

/// A list of texts, or one.
fn texts(node: &Node, key: &str, report: &mut Report) -> Vec<String> {
    let what = format!("`{key}`");
    let items = match node.kind {
        Kind::String(..) => std::slice::from_ref(node),
        _ => reader::list(node, &what, report),
    };
    let texts = items.iter();
    let texts = texts.filter_map(|item| reader::string(item, &what, report));
    texts.map(|text| text.value).collect()
}

impl Filter {
    fn selects(&self, object: Object<'_>, kind: &str) -> Selection {
        let is_kind =
            self.kinds.is_empty() || self.kinds.iter().any(|one| is_kind(one, object, kind));
        let fits_name = |glob: &String| glob::fits(glob, object.name());
        let is_named = self.names.is_empty() || self.names.iter().any(fits_name);
        let is_created =
            self.operations.is_empty() || self.operations.iter().any(|one| one == "CREATE");
        let labels = object.metadata("labels");
        let has_labels = (self.selector.as_ref()).is_none_or(|one| selects(one, labels));
        let annotations = self.annotations.as_ref().and_then(Value::as_map);
        let has_annotations = annotations.into_iter().flatten().all(|(key, wanted)| {
            let given = object.metadata("annotations").into_iter().flatten();
            let mut given = given.filter(|(name, _)| glob::fits(key, name));
            given.any(|(_, value)| glob::fits(&wanted.to_text(), &value.to_text()))
        });
        Selection::of(is_kind && is_named && is_created && has_labels && has_annotations)
            .and(|| match self.namespaces.is_empty() {
                true => Selection::Yes,
                false => object.is_in(&self.namespaces),
            })
            .and(|| {
                let selector = self.namespace_selector.as_ref();
                selector.map_or(Selection::Yes, |one| object.namespace_selected_by(one))
            })
            .and(|| match self.has_subjects {
                true => Selection::Unknown("it selects by who makes the request"),
                false => Selection::Yes,
            })
    }
}

/// Whether a kind such as `Pod`, `apps/v1/Deployment`, `*/Ingress` or `*` is that of an object.
fn is_kind(wanted: &str, object: Object<'_>, kind: &str) -> bool {
    let parts: Vec<&str> = wanted.split('/').collect();
    let is_version = |part: &str| part == "*" || is_version(part);
    let (group, version, name) = match parts.as_slice() {
        [name] => ("*", "*", *name),
        // `v1/Pod`, or a kind with a part of it such as `Pod/exec`, which is never an object.
        [version, name] if is_version(version) => ("*", *version, *name),
        [group, version, name] if is_version(version) => (*group, *version, *name),
        _ => return false,
    };
    let given = match kind == object.kind() {
        true => object.group_version(),
        false => ("", "v1"),
    };
    glob::fits(name, kind) && glob::fits(group, given.0) && glob::fits(version, given.1)
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}
