//! What an environment changes in workloads, together with what flags change.

use std::collections::BTreeSet;

use super::environment::Environment;
use super::environment::source::read_file;
use super::inputs::CliError;
use compiler::overlay::{ContainerBuild, Image, Overrides, Scope, Scoped};
use compiler::parse;
use compiler::recovery::Lost;
use compiler::support::host::Host;
use compiler::targets::publish::{Destination, Publish};
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources, Spanned};
use yaml;

/// The changes of an environment to the workloads of a run.
pub(crate) struct Own<'a> {
    pub(crate) environment: &'a Environment,
    /// The workloads that a run has, when it was told to take only some: what is for others is
    /// passed over.
    pub(crate) some: Option<&'a BTreeSet<String>>,
}

/// The names of the workloads in Score files, as far as they can be read.
pub(crate) fn workloads(sources: &Sources, files: &[SourceId]) -> BTreeSet<String> {
    // What is wrong with a file is reported where it is compiled.
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

impl Own<'_> {
    fn concerns(&self, workload: &str) -> bool {
        self.some.is_none_or(|some| some.contains(workload))
    }

    /// The environment's overrides, with those of flags after them.
    pub(crate) fn overrides(
        &self,
        flags: &Overrides,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Overrides, CliError> {
        let (mut merges, mut own) = (Vec::new(), Report::default());
        for file in self.environment.overrides() {
            if file
                .workload
                .as_ref()
                .is_some_and(|name| !self.concerns(&name.value))
            {
                continue;
            }
            let Some(source) =
                read_file(&file.path, None, Some(file.span), host, sources, &mut own)?
            else {
                continue;
            };
            let scope = file.workload.map_or(Scope::Every, Scope::Workload);
            let documents = parse::yaml_documents(sources, source, &mut own)
                .into_iter()
                .filter(|document| !document.is_null());
            merges.extend(documents.map(|change| Scoped {
                scope: scope.clone(),
                span: change.span,
                change,
            }));
        }
        let lost = self.environment.lost;
        let lost = Lost {
            documents: flags.lost.documents || lost.overrides || own.result().is_err(),
            images: flags.lost.images || lost.images,
        };
        report.merge(own);
        merges.extend(flags.merges.iter().cloned());
        let builds = self.builds().chain(flags.builds.iter().cloned()).collect();
        Ok(Overrides {
            merges,
            properties: flags.properties.clone(),
            images: self.images(&flags.images),
            builds,
            lost,
        })
    }

    /// Images for containers that say `.` come first, those of flags before those of the
    /// environment, since the first one is taken; then those for one container, whatever it says,
    /// of which the last counts.
    fn images(&self, flags: &[Image]) -> Vec<Image> {
        let own = self
            .environment
            .images()
            .into_values()
            .filter(|image| self.concerns(&image.workload.value));
        let own = own.map(|image| Image {
            workload: Some(image.workload.clone()),
            container: image.container.clone(),
            image: image.value.clone(),
        });
        let replaces = |flag: &Image, own: &Image| {
            let name = |one: &Option<Spanned<String>>| one.as_ref().map(|name| name.value.clone());
            let workload = name(&flag.workload);
            name(&flag.container) == name(&own.container)
                && (workload.is_none() || workload == name(&own.workload))
        };
        // What a flag replaces is taken out, or it would be called unused.
        let kept = own.filter(|own| !flags.iter().any(|flag| replaces(flag, own)));
        let (own_open, own_named): (Vec<Image>, Vec<Image>) =
            kept.partition(|image| image.container.is_none());
        let (open, named): (Vec<Image>, Vec<Image>) = flags
            .iter()
            .cloned()
            .partition(|image| image.container.is_none());
        open.into_iter()
            .chain(own_open)
            .chain(own_named)
            .chain(named)
            .collect()
    }

    fn builds(&self) -> impl Iterator<Item = Scoped<ContainerBuild>> {
        let own = self
            .environment
            .builds()
            .into_values()
            .filter(|build| self.concerns(&build.workload.value));
        own.map(|build| {
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
        let all = self.environment.publish().map(|own| &own.value.1);
        all.filter(|own| self.concerns_destination(&own.to))
            .cloned()
            .collect()
    }

    fn concerns_destination(&self, to: &Destination) -> bool {
        match to {
            Destination::Workload(name) => self.concerns(&name.value),
            // A resource that is not shared has the name of its workload before the dot.
            Destination::Output { uid, .. } => match uid
                .value
                .split_once('#')
                .and_then(|(_, id)| id.split_once('.'))
            {
                Some((workload, _)) => self.concerns(workload),
                None => true,
            },
        }
    }
}
