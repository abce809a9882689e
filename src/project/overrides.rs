//! The overrides of an environment, combined with those of flags.

use std::collections::BTreeSet;

use super::environment::Environment;
use super::environment::source::{Purpose, read_sources};
use super::remote::Remotes;
use crate::system::error::CliError;
use compiler::overlay::{ContainerBuild, Image, Overrides, Scope, Scoped};
use compiler::parse;
use compiler::recovery::Part;
use compiler::support::host::Host;
use compiler::targets::publish::{Destination, Publish};
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources, Spanned};

/// The overrides of an environment for the workloads of a run.
pub(crate) struct EnvironmentOverrides<'a> {
    pub(crate) environment: &'a Environment,
    /// The workloads of a run that does not compile the whole project; overrides of others are
    /// ignored.
    pub(crate) selected: Option<&'a BTreeSet<String>>,
}

/// The names of the workloads in Score files, where they can be read.
pub(crate) fn workload_names(sources: &Sources, files: &[SourceId]) -> BTreeSet<String> {
    // Problems of a file are reported where it is compiled.
    let documents = files
        .iter()
        .flat_map(|file| yaml::parse(sources, *file, &mut Report::default()));
    let name = |document: yaml::Node| {
        document
            .get("metadata")?
            .get("name")?
            .as_str()
            .map(str::to_owned)
    };
    documents.filter_map(name).collect()
}

impl EnvironmentOverrides<'_> {
    fn is_selected(&self, workload: &str) -> bool {
        self.selected
            .is_none_or(|selected| selected.contains(workload))
    }

    /// The overrides of the environment, followed by those of flags.
    pub(crate) fn overrides(
        &self,
        flags: &Overrides,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Overrides, CliError> {
        let (mut merges, mut local_report) = (Vec::new(), Report::default());
        for file in self.environment.overrides() {
            if file
                .workload
                .as_ref()
                .is_some_and(|name| !self.is_selected(&name.value))
            {
                continue;
            }
            let (purpose, list) = (Purpose::Overrides, [file.source]);
            let texts = read_sources(&list, purpose, remotes, host, sources, &mut local_report)?;
            let Some(source) = texts.files.first().copied() else {
                continue;
            };
            let scope = file.workload.map_or(Scope::Every, Scope::Workload);
            let documents = parse::yaml_documents(sources, source, &mut local_report)
                .into_iter()
                .filter(|document| !document.is_null());
            merges.extend(documents.map(|change| Scoped {
                scope: scope.clone(),
                span: change.span,
                change,
            }));
        }
        let environment = &self.environment.incomplete;
        let mut incomplete = flags.incomplete.clone();
        if environment.lacks(&Part::Overrides) || local_report.result().is_err() {
            incomplete.add(Part::Overrides);
        }
        if environment.lacks(&Part::Images) {
            incomplete.add(Part::Images);
        }
        report.merge(local_report);
        merges.extend(flags.merges.iter().cloned());
        let builds = self.builds().chain(flags.builds.iter().cloned()).collect();
        Ok(Overrides {
            merges,
            properties: flags.properties.clone(),
            images: self.images(&flags.images),
            builds,
            incomplete,
        })
    }

    /// Images without a container come first, of which the first one for a workload counts: those
    /// of flags before those of the environment. Then those for a container, of which the last one
    /// counts.
    fn images(&self, flags: &[Image]) -> Vec<Image> {
        let images = self
            .environment
            .images()
            .into_values()
            .filter(|image| self.is_selected(&image.workload.value));
        let images = images.map(|image| Image {
            workload: Some(image.workload.clone()),
            container: image.container.clone(),
            image: image.value.clone(),
        });
        let replaces = |flag: &Image, image: &Image| {
            let value =
                |name: &Option<Spanned<String>>| name.as_ref().map(|name| name.value.clone());
            let workload = value(&flag.workload);
            value(&flag.container) == value(&image.container)
                && (workload.is_none() || workload == value(&image.workload))
        };
        // An image that a flag replaces would be reported as unused.
        let remaining = images.filter(|image| !flags.iter().any(|flag| replaces(flag, image)));
        let (for_workloads, for_containers): (Vec<Image>, Vec<Image>) =
            remaining.partition(|image| image.container.is_none());
        let (flags_for_workloads, flags_for_containers): (Vec<Image>, Vec<Image>) = flags
            .iter()
            .cloned()
            .partition(|image| image.container.is_none());
        flags_for_workloads
            .into_iter()
            .chain(for_workloads)
            .chain(for_containers)
            .chain(flags_for_containers)
            .collect()
    }

    fn builds(&self) -> impl Iterator<Item = Scoped<ContainerBuild>> {
        let builds = self
            .environment
            .builds()
            .into_values()
            .filter(|build| self.is_selected(&build.workload.value));
        builds.map(|build| {
            let change = ContainerBuild {
                container: build.container.clone(),
                build: build.value.value.clone(),
            };
            Scoped {
                scope: Scope::Workload(build.workload.clone()),
                span: build.workload.span,
                change,
            }
        })
    }

    /// The ports that the environment publishes.
    pub(crate) fn publish(&self) -> Vec<Publish> {
        let ports = self.environment.publish().map(|port| &port.value.1);
        ports
            .filter(|port| self.is_destination_selected(&port.to))
            .cloned()
            .collect()
    }

    fn is_destination_selected(&self, to: &Destination) -> bool {
        match to {
            Destination::Workload(name) => self.is_selected(&name.value),
            // The id of a resource that is not shared is `WORKLOAD.NAME`.
            Destination::Output { uid, .. } => match uid
                .value
                .split_once('#')
                .and_then(|(_, id)| id.split_once('.'))
            {
                Some((workload, _)) => self.is_selected(workload),
                None => true,
            },
        }
    }
}
