//! The parameters that an Application can have, as Argo CD shows them: a JSON array.

use serde::Serialize;

use super::Project;
use super::parameters::{ENVIRONMENT, IMAGE, PREVIEW, SET};
use crate::cli::display::json;
use crate::project::environment::Environment;
use diagnostics::value::{Map, Value};
use std::collections::BTreeMap;

/// A parameter (Argo CD, `ParameterAnnouncement`).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Announcement<'a> {
    name: &'a str,
    title: &'a str,
    tooltip: String,
    required: bool,
    item_type: &'a str,
    collection_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    string: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<BTreeMap<String, String>>,
}

impl<'a> Announcement<'a> {
    fn new(name: &'a str, title: &'a str, tooltip: String) -> Announcement<'a> {
        Announcement {
            name,
            title,
            tooltip,
            required: false,
            item_type: "string",
            collection_type: "string",
            string: None,
            map: None,
        }
    }

    fn with_map(self, map: BTreeMap<String, String>) -> Announcement<'a> {
        Announcement {
            collection_type: "map",
            map: Some(map),
            ..self
        }
    }
}

/// The parameters, with the values of the chosen environment.
pub(super) fn announcements(project: &Project, chosen: Option<&Environment>) -> String {
    let names: Vec<&str> = project.names().collect();
    let environment = Announcement {
        string: Some(chosen.map_or("", |environment| environment.name.as_str())),
        ..Announcement::new(
            ENVIRONMENT,
            "Environment",
            format!("A directory of environments/: {}", names.join(", ")),
        )
    };
    let image = "Images by WORKLOAD, for containers with the image `.`, or by WORKLOAD.CONTAINER";
    let image = Announcement::new(IMAGE, "Images", image.to_owned()).with_map(BTreeMap::new());
    let set = "Values of the environment";
    let set = Announcement::new(SET, "Values", set.to_owned()).with_map(values(chosen));
    let number = "The number of the pull request".to_owned();
    let number = || Announcement {
        required: true,
        ..Announcement::new(PREVIEW, "Preview", number)
    };
    let is_preview = chosen.is_some_and(|environment| environment.preview().is_some());
    let preview = is_preview.then(number);
    let all = [environment, image].into_iter().chain(preview).chain([set]);
    json::document(&all.collect::<Vec<_>>())
}

/// The values that are no lists or mappings, as texts.
fn values(environment: Option<&Environment>) -> BTreeMap<String, String> {
    let values = environment.and_then(Environment::values);
    let values = values.map_or_else(Value::map, |values| values.to_value());
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => Some(value.to_json()),
        _ => None,
    };
    let entries = values.as_map().map(Map::iter).into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.into(), text(value)?)))
        .collect()
}
