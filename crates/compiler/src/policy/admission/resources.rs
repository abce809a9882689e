//! `matchConstraints` and `matchResources`: which requests a policy is about.

use super::super::selection::{Object, Selection, selects};
use diagnostics::report::Report;
use diagnostics::value::Value;
use yaml::{Node, reader};

/// Constraints of a policy or a binding.
#[derive(Debug, Default)]
pub(super) struct MatchResources {
    rules: Vec<Rule>,
    has_rules: bool,
    excluded: Vec<Rule>,
    namespaces: Option<Value>,
    objects: Option<Value>,
}

#[derive(Debug)]
struct Rule {
    groups: Vec<String>,
    versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<String>,
    names: Vec<String>,
    /// `true` where it is only for objects of a namespace, `false` where it is only for the others.
    scope: Option<bool>,
}

impl MatchResources {
    pub(super) fn read(node: &Node, what: &str, report: &mut Report) -> Option<MatchResources> {
        let mut fields = reader::fields(node, what, report)?;
        let rules = fields.optional("resourceRules", report);
        let excluded = fields.optional("excludeResourceRules", report);
        let namespaces = fields.optional("namespaceSelector", report);
        let objects = fields.optional("objectSelector", report);
        fields.entry("matchPolicy");
        fields.finish(|_| None, report);
        let mut read = |list: Option<&Node>| -> Vec<Rule> {
            let items = list.map(|list| reader::list(list, "the rules", report));
            let items = items.unwrap_or_default().iter();
            items.filter_map(|item| read_rule(item, report)).collect()
        };
        Some(MatchResources {
            has_rules: rules.is_some(),
            rules: read(rules),
            excluded: read(excluded),
            namespaces: namespaces.map(Node::to_value),
            objects: objects.map(Node::to_value),
        })
    }

    /// Whether the creation of an object is selected. Without rules, a binding selects everything.
    pub(super) fn select(&self, object: Object<'_>) -> Selection {
        let is_ruled = !self.has_rules || self.rules.iter().any(|rule| rule.fits(object));
        let is_excluded = self.excluded.iter().any(|rule| rule.fits(object));
        let labels = object.metadata("labels");
        let has_labels = (self.objects.as_ref()).is_none_or(|one| selects(one, labels));
        Selection::of(is_ruled && !is_excluded && has_labels).and(|| {
            let selector = self.namespaces.as_ref();
            selector.map_or(Selection::Yes, |one| object.namespace_selected_by(one))
        })
    }
}

fn read_rule(node: &Node, report: &mut Report) -> Option<Rule> {
    let mut fields = reader::fields(node, "a rule", report)?;
    let mut texts = |key: &'static str| -> Vec<String> {
        let what = format!("`{key}`");
        let list = fields.optional(key, report);
        let items = list.map(|list| reader::list(list, &what, report));
        let items = items.unwrap_or_default().iter();
        let texts = items.filter_map(|item| match item.as_str() {
            // The group of core kinds is an empty text.
            Some("") => Some(String::new()),
            _ => reader::string(item, &what, report).map(|text| text.value),
        });
        texts.collect()
    };
    let scopes = [
        ("*", None),
        ("Namespaced", Some(true)),
        ("Cluster", Some(false)),
    ];
    let rule = Rule {
        groups: texts("apiGroups"),
        versions: texts("apiVersions"),
        resources: texts("resources"),
        operations: texts("operations"),
        names: texts("resourceNames"),
        scope: fields
            .optional("scope", report)
            .and_then(|node| reader::word(node, "`scope`", &scopes, report))
            .flatten(),
    };
    fields.finish(|_| None, report);
    Some(rule)
}

impl Rule {
    fn fits(&self, object: Object<'_>) -> bool {
        let (group, version) = object.group_version();
        let has =
            |list: &[String], wanted: &str| list.iter().any(|one| one == "*" || one == wanted);
        let plural = plural(object.kind());
        has(&self.groups, group)
            && has(&self.versions, version)
            && (has(&self.resources, &plural) || has(&self.resources, "*/*"))
            && has(&self.operations, "CREATE")
            && self.scope.is_none_or(|scope| scope == object.is_namespaced)
            && (self.names.is_empty() || self.names.iter().any(|name| name == object.name()))
    }
}

/// The name of the resource of a kind.
pub(super) fn plural(kind: &str) -> String {
    let name = kind.to_lowercase();
    if name.ends_with('s') && name != "endpoints" {
        return format!("{name}es");
    }
    match name.strip_suffix('y') {
        _ if name == "endpoints" => name,
        Some(start) if !start.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{start}ies"),
        _ => format!("{name}s"),
    }
}
