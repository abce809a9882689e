//! The outputs and parts that score-rs provisions for a resource.

use compiler::placeholder::resolve::Outputs;
use compiler::provision::ProvisionedResource;
use diagnostics::value::Value;

use super::case::Tool;
use super::side::{PARTS, identity};

/// A provisioned resource.
pub struct ResourceOutput {
    pub uid: String,
    pub provisioned: ProvisionedResource,
}

impl ResourceOutput {
    /// The outputs; `None` if any name is an output.
    pub fn outputs(&self) -> Option<Value> {
        match &self.provisioned.outputs {
            Outputs::Values(outputs) => Some(Value::Map(outputs.clone())),
            Outputs::Environment { .. } | Outputs::ClusterConfig(_) | Outputs::Unknown => None,
        }
    }

    pub fn has_no_outputs(&self) -> bool {
        self.outputs() == Some(Value::map())
    }

    fn section(&self, name: &str) -> Value {
        self.provisioned
            .sections
            .get(name)
            .map(|tree| tree.to_value())
            .unwrap_or_default()
    }

    fn entries(&self, name: &str) -> Vec<(String, Value)> {
        self.section(name)
            .as_map()
            .cloned()
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect()
    }

    /// The names of the services.
    pub fn services(&self) -> Vec<String> {
        self.entries("services")
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    /// The objects by their identities.
    pub fn objects(&self, tool: Tool) -> Vec<(String, Value)> {
        match tool {
            Tool::Kubernetes => {
                let manifests = self.section("manifests");
                let manifests = manifests.as_list().unwrap_or_default();
                manifests
                    .iter()
                    .map(|manifest| (identity(manifest), manifest.clone()))
                    .collect()
            }
            Tool::Compose => PARTS.iter().flat_map(|part| self.parts(part)).collect(),
        }
    }

    fn parts(&self, part: &str) -> Vec<(String, Value)> {
        self.entries(part)
            .into_iter()
            .map(|(name, value)| (format!("{part} {name}"), value))
            .collect()
    }

    /// The mounted files, by path in the mounts directory.
    pub fn files(&self) -> Vec<(String, String)> {
        self.entries("files")
            .into_iter()
            .map(|(path, content)| (path, content.to_text()))
            .collect()
    }
}
