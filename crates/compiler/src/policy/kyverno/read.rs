//! Reads policies of Kyverno. What they have besides patterns is not looked at.

use super::filter::Filters;
use super::policy::{KyvernoPolicy, Rule, TEMPLATES};
use crate::policy::rules::INVALID_POLICY;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use yaml::{Kind, Node, reader};

/// Keys of `spec` that say nothing about one object.
const SPEC_KEYS: [&str; 12] = [
    "admission",
    "applyRules",
    "background",
    "emitWarning",
    "failurePolicy",
    "generateExisting",
    "generateExistingOnPolicyUpdate",
    "mutateExistingOnPolicyUpdate",
    "schemaValidation",
    "useServerSideApply",
    "webhookConfiguration",
    "webhookTimeoutSeconds",
];
/// What a rule does instead of validating.
const OTHER_RULES: [&str; 3] = ["mutate", "generate", "verifyImages"];
/// Ways to validate that are not patterns.
const OTHER_CHECKS: [&str; 6] = [
    "deny",
    "foreach",
    "cel",
    "podSecurity",
    "manifests",
    "assert",
];
const ACTIONS: [(&str, bool); 4] = [
    ("Enforce", true),
    ("enforce", true),
    ("Audit", false),
    ("audit", false),
];
const AUTOGEN: &str = "pod-policies.kyverno.io/autogen-controllers";

type Actions = Vec<(Vec<String>, bool)>;

/// Reads one policy.
pub(in crate::policy) fn read(
    node: &Node,
    name: Spanned<String>,
    report: &mut Report,
) -> Option<KyvernoPolicy> {
    let is_namespaced = node.get("kind").and_then(Node::as_str) == Some("Policy");
    let metadata = node.get("metadata")?;
    let namespace = metadata.get("namespace").and_then(Node::as_str);
    let spec = node.get("spec");
    let Some(spec) = spec.filter(|spec| !spec.is_null()) else {
        let problem = Problem::new(&INVALID_POLICY, "this policy has no `spec`").at(name.span);
        report.push(problem.help("add its `spec`"));
        return None;
    };
    let mut fields = reader::fields(spec, "the `spec` of a policy", report)?;
    let mut actions = fields
        .optional("validationFailureActionOverrides", report)
        .map(|list| overrides(list, report))
        .unwrap_or_default();
    let action = fields.optional("validationFailureAction", report);
    actions.extend(action.and_then(|node| action_of(node, report)));
    let rules = fields.required("rules", report);
    SPEC_KEYS.iter().for_each(|key| _ = fields.entry(key));
    fields.finish(|_| None, report);
    let autogen = metadata
        .get("annotations")
        .and_then(|annotations| annotations.get(AUTOGEN)?.as_str());
    let mut not_read = Vec::new();
    let rules = rules.map(|rules| reader::list(rules, "`rules`", report));
    let rules = rules.unwrap_or_default().iter();
    let rules = rules.filter_map(|rule| read_rule(rule, &actions, autogen, &mut not_read, report));
    Some(KyvernoPolicy {
        rules: rules.collect(),
        namespace: is_namespaced.then(|| namespace.unwrap_or("default").to_owned()),
        name,
        not_read,
    })
}

fn action_of(node: &Node, report: &mut Report) -> Option<(Vec<String>, bool)> {
    let is_enforced = reader::word(node, "`validationFailureAction`", &ACTIONS, report)?;
    Some((Vec::new(), is_enforced))
}

fn overrides(list: &Node, report: &mut Report) -> Actions {
    let items = reader::list(list, "`validationFailureActionOverrides`", report);
    let read = |item: &Node| {
        let action = item.get("action")?;
        let is_enforced = reader::word(action, "`action`", &ACTIONS, report)?;
        let namespaces = item.get("namespaces").map(Node::to_value)?;
        let texts = namespaces.as_list()?.iter().filter_map(|one| one.as_str());
        Some((texts.map(str::to_owned).collect(), is_enforced))
    };
    items.iter().filter_map(read).collect()
}

fn read_rule(
    node: &Node,
    actions: &Actions,
    autogen: Option<&str>,
    not_read: &mut Vec<String>,
    report: &mut Report,
) -> Option<Rule> {
    let mut fields = reader::fields(node, "a rule", report)?;
    let name = fields.required("name", report);
    let name = name.and_then(|node| reader::string(node, "`name`", report));
    let matches = fields.required("match", report);
    let matches = matches.and_then(|node| Filters::read(node, "`match`", report));
    let excludes = fields.optional("exclude", report);
    let excludes = excludes.and_then(|node| Filters::read(node, "`exclude`", report));
    let validate = fields.optional("validate", report);
    let has = |fields: &mut reader::Fields<'_>, key| fields.entry(key).is_some();
    let others: Vec<&str> = OTHER_RULES
        .into_iter()
        .filter(|key| has(&mut fields, key))
        .collect();
    let data: Vec<&str> = ["context", "preconditions", "celPreconditions"]
        .into_iter()
        .filter(|key| has(&mut fields, key))
        .collect();
    for key in [
        "skipBackgroundRequests",
        "imageExtractors",
        "reportProperties",
    ] {
        fields.entry(key);
    }
    fields.finish(|_| None, report);
    let name = name?.value;
    let Some(validate) = validate else {
        let what = others.first().unwrap_or(&"validate");
        not_read.push(match others.is_empty() {
            true => format!("rule `{name}` has no `validate`"),
            false => format!("rule `{name}` has `{what}`"),
        });
        return None;
    };
    let (message, own_actions, patterns) = read_validate(validate, &name, not_read, report)?;
    let is_dynamic = |node: &Node| has_placeholder(node);
    if let Some(key) = data.first() {
        not_read.push(format!("rule `{name}` has `{key}`"));
        return None;
    }
    if patterns.iter().any(is_dynamic) {
        not_read.push(format!("the pattern of rule `{name}` has a variable"));
        return None;
    }
    let matches = matches?;
    let excludes = excludes.unwrap_or_default();
    let is_for_pods =
        matches.have_kinds() && matches.are_for_all_pods() && excludes.are_for_all_pods();
    let is_asked =
        |kind: &&str| autogen.is_none_or(|list| list.split(',').any(|one| one.trim() == *kind));
    let templates = TEMPLATES.iter().map(|(kind, _)| *kind);
    Some(Rule {
        span: node.get("name").map_or(node.span, |name| name.span),
        name,
        message,
        actions: [own_actions, actions.clone()].concat(),
        matches,
        excludes,
        patterns,
        templates: templates
            .filter(|kind| is_for_pods && is_asked(kind))
            .collect(),
    })
}

type Validate = (Option<String>, Actions, Vec<Node>);

fn read_validate(
    node: &Node,
    rule: &str,
    not_read: &mut Vec<String>,
    report: &mut Report,
) -> Option<Validate> {
    let mut fields = reader::fields(node, "`validate`", report)?;
    let message = fields.optional("message", report);
    let message = message.and_then(|node| reader::string(node, "`message`", report));
    let action = fields.optional("failureAction", report);
    let overrides = fields
        .optional("failureActionOverrides", report)
        .map(|list| overrides(list, report));
    let mut actions = overrides.unwrap_or_default();
    actions.extend(action.and_then(|node| action_of(node, report)));
    let pattern = fields.optional("pattern", report);
    let any = fields.optional("anyPattern", report);
    fields.entry("allowExistingViolations");
    let others = OTHER_CHECKS.map(|key| fields.entry(key).map(|_| key));
    fields.finish(|_| None, report);
    let patterns: Vec<Node> = match (pattern, any) {
        (Some(pattern), _) => vec![pattern.clone()],
        (None, Some(any)) => reader::list(any, "`anyPattern`", report).to_vec(),
        (None, None) => {
            match others.iter().flatten().next() {
                Some(other) => not_read.push(format!("rule `{rule}` has `{other}`")),
                None => {
                    let message = format!("rule `{rule}` has no pattern");
                    let problem = Problem::new(&INVALID_POLICY, message).at(node.span);
                    report.push(problem.help("add `pattern` to its `validate`"));
                }
            }
            return None;
        }
    };
    patterns
        .iter()
        .for_each(|pattern| check_anchors(pattern, report));
    Some((message.map(|text| text.value), actions, patterns))
}

/// Reports anchors that Kyverno does not know in patterns.
fn check_anchors(pattern: &Node, report: &mut Report) {
    match &pattern.kind {
        Kind::Map(entries) => {
            for (key, entry) in entries {
                let is_open = key.ends_with(')') && key.contains('(');
                let (kind, _) = super::pattern::anchor(key);
                if kind == "+" || (is_open && kind.is_empty()) {
                    let message = format!("`{key}` is not an anchor of `validate`");
                    let problem = Problem::new(&INVALID_POLICY, message).at(entry.key);
                    let help = "use one of `(KEY)`, `=(KEY)`, `^(KEY)`, `X(KEY)` or `<(KEY)`";
                    report.push(problem.help(help));
                } else if kind == "^" && !matches!(entry.value.kind, Kind::List(_)) {
                    let message = format!("the value of `{key}` is not a list");
                    let problem = Problem::new(&INVALID_POLICY, message).at(entry.key);
                    report.push(problem.help("write a list with the item that has to be there"));
                }
                check_anchors(&entry.value, report);
            }
        }
        Kind::List(items) => items.iter().for_each(|item| check_anchors(item, report)),
        _ => {}
    }
}

fn has_placeholder(node: &Node) -> bool {
    let is_dynamic = |text: &str| text.contains("{{") || text.contains("$(");
    match &node.kind {
        Kind::Map(entries) => entries
            .iter()
            .any(|(key, entry)| is_dynamic(key) || has_placeholder(&entry.value)),
        Kind::List(items) => items.iter().any(has_placeholder),
        Kind::String(text, _) => is_dynamic(text),
        _ => false,
    }
}
