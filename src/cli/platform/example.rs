//! A Score file with one resource, which every environment that has it compiles.

use super::Offer;
use crate::system::os::Os;
use compiler::compile::validate_for_environment;
use compiler::provision::declarations::{Declaration, Type};
use compiler::provision::library::Definition;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::{Map, Value};
use yaml::write::write_yaml;

/// The name of the workload, which examples of params may refer to.
const WORKLOAD: &str = "shop";

/// A Score file with a resource that a definition provisions, and its outputs in variables. `None`
/// where an environment refuses it, such as without an example of a required param.
pub(super) fn example(
    definition: &Definition,
    offers: &[&Offer],
    sources: &mut Sources,
) -> Option<String> {
    let params = [examples(definition, true), examples(definition, false)];
    let texts = params
        .into_iter()
        .flatten()
        .map(|params| score(definition, params));
    let mut texts = texts.map(|score| write_yaml(&score));
    texts.find(|text| offers.iter().all(|offer| compiles(text, offer, sources)))
}

fn compiles(text: &str, offer: &Offer, sources: &mut Sources) -> bool {
    let mut request = offer.request();
    request.score_files = vec![sources.add("score.yaml", text)];
    let mut report = Report::default();
    let os = Os::for_validation();
    validate_for_environment(sources, &os, &request, &mut report).is_ok()
}

/// The params that are required, and all with an example if `has_optional`. `None` where a required
/// one has no example.
fn examples(definition: &Definition, has_optional: bool) -> Option<Map> {
    let mut params = Map::new();
    for (name, declared) in definition.supported_params.iter().flatten() {
        let value = match (declared.is_required, has_optional) {
            (true, _) => declared.example()?,
            (false, true) => match declared.examples.first() {
                Some(example) => example,
                None => continue,
            },
            (false, false) => continue,
        };
        params.insert(name.clone(), value.clone());
    }
    Some(params)
}

fn score(definition: &Definition, params: Map) -> Value {
    let name = definition.kind.to_lowercase();
    let mut resource = Map::from_iter([("type".to_owned(), Value::from(definition.kind.as_str()))]);
    for (key, only) in [("class", &definition.class), ("id", &definition.id)] {
        resource.extend(
            only.iter()
                .map(|only| (key.to_owned(), only.as_str().into())),
        );
    }
    if !params.is_empty() {
        resource.insert("params".to_owned(), Value::Map(params));
    }
    let mut container = Map::from_iter([(
        "image".to_owned(),
        Value::from("registry.example.com/shop:1.0.0"),
    )]);
    container.extend(uses(definition, &name));
    let container = Value::Map(container);
    Value::map_of([
        ("apiVersion", "score.dev/v1b1".into()),
        ("metadata", Value::map_of([("name", WORKLOAD.into())])),
        (
            "service",
            Value::map_of([(
                "ports",
                Value::map_of([("http", Value::map_of([("port", Value::Int(80))]))]),
            )]),
        ),
        ("containers", Value::map_of([("main", container)])),
        (
            "resources",
            Value::Map(Map::from_iter([(name.clone(), Value::Map(resource))])),
        ),
    ])
}

/// How a container uses the resource: it mounts a volume, and reads other outputs in variables.
fn uses(definition: &Definition, name: &str) -> Option<(String, Value)> {
    let outputs = definition.expected_outputs.as_ref()?;
    if outputs.contains_key("source") {
        let source = Value::map_of([("source", name.into())]);
        return Some(("volumes".to_owned(), Value::map_of([("/data", source)])));
    }
    let is_text = |declared: &Declaration| {
        !matches!(declared.kind, Some(Type::Object | Type::Array)) && declared.is_required
    };
    let variables = outputs
        .iter()
        .filter(|(_, declared)| is_text(declared))
        .map(|(output, _)| {
            let variable = format!("{name}_{output}").to_uppercase();
            let variable = variable.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
            (
                variable,
                Value::from(format!("${{resources.{name}.{output}}}")),
            )
        });
    let variables: Map = variables.collect();
    (!variables.is_empty()).then(|| ("variables".to_owned(), Value::Map(variables)))
}
