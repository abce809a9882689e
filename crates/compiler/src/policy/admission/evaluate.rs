//! Evaluates a policy for one object.

use cel::{Failure, Inputs, Knowledge, Path, Step as CelStep, Verdict};
use diagnostics::value::Value;

use super::super::finding::{Finding, Undecided};
use super::super::selection::{Object, Selection, selects};
use super::policy::{AdmissionPolicy, Binding, Condition, ParamRef, Validation};
use super::resources::plural;
use crate::support::places::Step;

/// The objects beside the policies, which may be parameters.
pub(in crate::policy) struct Context<'a> {
    pub(in crate::policy) object: Object<'a>,
    pub(in crate::policy) others: &'a [Value],
}

impl AdmissionPolicy {
    /// What it refuses in an object, as a binding says.
    pub(in crate::policy) fn check(
        &self,
        binding: &Binding,
        context: &Context<'_>,
        findings: &mut Vec<Finding>,
        undecided: &mut Undecided,
    ) {
        let object = context.object;
        let bound = || {
            let resources = binding.resources.as_ref();
            resources.map_or(Selection::Yes, |one| one.select(object))
        };
        match self.constraints.select(object).and(bound) {
            Selection::No => return,
            Selection::Unknown(why) => return undecided.add(&self.name, why),
            Selection::Yes => {}
        }
        let params = match (&self.param_kind, &binding.params) {
            (Some(kind), Some(wanted)) => wanted.find(kind, context),
            _ => vec![&Value::Null],
        };
        if params.is_empty() {
            let allows = binding.params.as_ref().is_some_and(|one| one.allows_none);
            if !allows {
                undecided.add(&self.name, "its parameters are not among the policy files");
            }
        }
        for params in params {
            self.evaluate(binding, object, params, findings, undecided);
        }
    }

    fn evaluate(
        &self,
        binding: &Binding,
        object: Object<'_>,
        params: &Value,
        findings: &mut Vec<Finding>,
        undecided: &mut Undecided,
    ) {
        let (request, namespace) = (request(object), namespace(object));
        let has_labels = object.namespace_labels.is_some();
        let oracle = move |path: &Path<'_>| knowledge(path, has_labels);
        let mut inputs = Inputs::new()
            .variable("object", object.value)
            .variable("oldObject", &Value::Null)
            .variable("params", params)
            .variable("request", &request)
            .variable("namespaceObject", &namespace)
            .unknown(&oracle)
            .traced();
        for (name, expression) in &self.variables {
            inputs = inputs.composed("variables", name, expression);
        }
        match self.applies(&inputs) {
            Applies::Yes => {}
            Applies::No => return,
            Applies::Unknown(why) => return undecided.add(&self.name, why),
            // It counts as `failurePolicy` says.
            Applies::Failed(failures) => {
                let failures = failures.into_iter().filter(|_| self.fails);
                return findings.extend(failures.map(|(condition, message)| Finding {
                    policy: self.name.value.clone(),
                    severity: binding.severity,
                    message: format!("the condition `{}` fails: {message}", condition.name),
                    fails: false,
                    paths: Vec::new(),
                    rule: condition.span,
                    asked: condition.span,
                }));
            }
        }
        for validation in &self.validations {
            let verdict = validation.expression.evaluate(&inputs);
            match (verdict.as_bool(), &verdict.result) {
                (Some(true), _) => {}
                (_, Err(Failure::Unknown(path))) => {
                    undecided.add(&self.name, format!("`{path}` is not known"));
                }
                (None, _) if !self.fails => {}
                _ => findings.push(Finding {
                    policy: self.name.value.clone(),
                    severity: binding.severity,
                    message: validation.message(&inputs, &verdict),
                    fails: matches!(verdict.result, Err(Failure::Error(_))),
                    paths: paths(&verdict),
                    rule: validation.span,
                    asked: validation.span,
                }),
            }
        }
    }

    /// Whether its conditions hold. It is not for an object for which any of them is false, whatever
    /// is wrong with the others.
    fn applies<'p>(&'p self, inputs: &Inputs<'p>) -> Applies<'p> {
        let (mut unknown, mut failures) = (None, Vec::new());
        for condition in &self.conditions {
            let verdict = condition.expression.evaluate(inputs);
            match (verdict.as_bool(), &verdict.result) {
                (Some(true), _) => {}
                (Some(false), _) => return Applies::No,
                (_, Err(Failure::Unknown(path))) => {
                    unknown.get_or_insert_with(|| format!("`{path}` is not known"));
                }
                (_, result) => failures.push((condition, failure(result))),
            }
        }
        match (unknown, failures.is_empty()) {
            (Some(why), _) => Applies::Unknown(why),
            (None, true) => Applies::Yes,
            (None, false) => Applies::Failed(failures),
        }
    }
}

/// Whether a policy is for an object, as its conditions say.
enum Applies<'p> {
    Yes,
    No,
    /// Why it cannot be told.
    Unknown(String),
    /// The conditions that fail, and why.
    Failed(Vec<(&'p Condition, String)>),
}

/// Why an evaluation gives no boolean.
fn failure(result: &Result<cel::Value<'_>, Failure<'_>>) -> String {
    match result {
        Err(Failure::Error(error)) => error.message.clone(),
        Err(Failure::Limit) => "it takes more time than the API server allows".to_owned(),
        _ => "its value is not a boolean".to_owned(),
    }
}

impl Validation {
    fn message<'a>(&'a self, inputs: &Inputs<'a>, verdict: &Verdict<'_>) -> String {
        if verdict.result.is_err() {
            let why = failure(&verdict.result);
            return format!("the expression `{}` fails: {why}", self.text);
        }
        let shown = self.message_expression.as_ref().and_then(|expression| {
            let verdict = expression.evaluate(inputs);
            let text = verdict.as_text().map(str::trim).map(str::to_owned);
            text.filter(|text| !text.is_empty() && !text.contains('\n'))
        });
        let message = shown.or_else(|| self.message.clone());
        message.unwrap_or_else(|| format!("failed expression: {}", self.text))
    }
}

impl ParamRef {
    fn find<'a>(&self, kind: &(String, String), context: &Context<'a>) -> Vec<&'a Value> {
        let of = |value: &'a Value| Object {
            value,
            is_namespaced: true,
            namespace_labels: None,
        };
        let is_meant = |value: &&'a Value| {
            let param = of(value);
            let namespace = self
                .namespace
                .as_deref()
                .unwrap_or(context.object.namespace());
            param.kind() == kind.1
                && param.text(&["apiVersion"]) == kind.0
                && (param.namespace().is_empty() || param.namespace() == namespace)
                && self.name.as_ref().is_none_or(|name| name == param.name())
                && (self.selector.as_ref())
                    .is_none_or(|selector| selects(selector, param.metadata("labels")))
        };
        context.others.iter().filter(is_meant).collect()
    }
}

/// The fields of the object that decided a verdict.
fn paths(verdict: &Verdict<'_>) -> Vec<Vec<Step>> {
    let reads = verdict.reads.iter().filter_map(|read| {
        let steps = read.path.steps();
        let (first, rest) = steps.split_first()?;
        let step = |step: &&CelStep<'_>| match step {
            CelStep::Key(key) => Step::Key(key.to_string()),
            CelStep::Index(index) => Step::Index(*index),
        };
        let is_object = matches!(first, CelStep::Key(key) if &**key == "object");
        is_object.then(|| rest.iter().map(step).collect())
    });
    reads.collect()
}

/// What the request to create an object says.
fn request(object: Object<'_>) -> Value {
    let (group, version) = object.group_version();
    let text = |text: &str| Value::from(text);
    let of = |key, value: &str| {
        Value::map_of([
            ("group", text(group)),
            ("version", text(version)),
            (key, text(value)),
        ])
    };
    let kind = of("kind", object.kind());
    let resource = of("resource", &plural(object.kind()));
    Value::map_of([
        ("requestKind", kind.clone()),
        ("kind", kind),
        ("requestResource", resource.clone()),
        ("resource", resource),
        ("name", text(object.name())),
        ("namespace", text(object.namespace())),
        ("operation", text("CREATE")),
        ("dryRun", Value::Bool(false)),
    ])
}

fn namespace(object: Object<'_>) -> Value {
    let mut metadata = Value::map();
    if let Some(map) = metadata.as_map_mut() {
        map.insert("name".to_owned(), Value::from(object.namespace()));
        let labels = object.namespace_labels.cloned();
        map.insert("labels".to_owned(), labels.unwrap_or_else(Value::map));
    }
    let mut namespace = Value::map();
    if let Some(map) = namespace.as_map_mut() {
        map.insert("metadata".to_owned(), metadata);
    }
    namespace
}

/// What is known before there is a request to a cluster.
fn knowledge(path: &Path<'_>, has_labels: bool) -> Knowledge {
    let steps = path.steps();
    let key = |index: usize| match steps.get(index) {
        Some(CelStep::Key(key)) => &**key,
        _ => "",
    };
    match (key(0), key(1), key(2)) {
        ("object", "status", _) => Knowledge::Unknown,
        (
            "object",
            "metadata",
            "uid" | "creationTimestamp" | "resourceVersion" | "generation" | "managedFields",
        ) => Knowledge::Unknown,
        ("request", "userInfo" | "options", _) => Knowledge::Unknown,
        ("request" | "namespaceObject", "", _) => Knowledge::Partly,
        ("namespaceObject", "metadata", "") => Knowledge::Partly,
        ("namespaceObject", "metadata", "labels") if has_labels => Knowledge::Known,
        ("namespaceObject", "metadata", "name") => Knowledge::Known,
        ("namespaceObject", ..) => Knowledge::Unknown,
        _ => Knowledge::Known,
    }
}
