//! The flags that every command takes which reads Score files for an environment, and the request they make.

use std::path::{Path, PathBuf};

use super::environment::{EnvironmentFlags, TARGETS};
use super::names::NameFlags;
use super::workloads::WorkloadFlags;
use crate::back::target::Target;
use crate::base::diagnostics::Report;
use crate::base::host::Host;
use crate::base::text::Sources;
use crate::pipeline::Request;
use crate::shell::os;
use crate::shell::project::{self, STANDARD_INPUT, Stop};
use crate::shell::silence::Seen;
use crate::shell::values::{self, Readers};

/// The same words for the same things, so that what one command was told can be told to the next.
#[derive(Debug, clap::Args)]
pub(super) struct InputFlags {
    #[command(flatten)]
    workloads: WorkloadFlags,
    #[command(flatten)]
    pub(super) environment: EnvironmentFlags,
    #[command(flatten)]
    names: NameFlags,
}

impl InputFlags {
    /// What standard input is called in reports.
    pub(super) fn standard_input_name(&self) -> String {
        let stands_for = self.workloads.stdin_filename.as_deref();
        stands_for.map_or_else(|| STANDARD_INPUT.to_owned(), |path| path.display().to_string())
    }

    /// How much of the Score files a run looks at that gets through all its stages.
    pub(super) fn seen(&self) -> Seen {
        if self.workloads.changes_files() { Seen::Part } else { Seen::Files }
    }

    /// Whether no Score file is named, so that all of the project's are meant.
    pub(super) fn is_whole_project(&self) -> bool {
        self.workloads.files.is_empty()
    }

    /// Reads all that is named; what only some commands need is left for them to fill in.
    pub(super) fn request<'a>(
        &self,
        target: &'a dyn Target,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Request<'a>, Stop> {
        self.names.check()?;
        let mut request = Request::new(target);
        request.score_files = self.workloads.read(host, sources, report)?;
        request.definitions = project::read_all(host, &self.environment.provisioners, sources, report)?;
        let embedded = TARGETS
            .iter()
            .filter(|_| !self.environment.set.is_empty())
            .flat_map(|target| target.builtins())
            .map(|(_, text)| *text);
        let readers = Readers::new(embedded, request.definitions.clone());
        request.values = values::values(&self.environment.set, &readers, sources, report);
        request.overrides = self.workloads.overrides(host, sources, report)?;
        request.identity.project.clone_from(&self.names.project);
        request.options.namespace.clone_from(&self.names.namespace);
        // It begins with `./`, so that Compose never takes it for the name of a volume.
        request.options.mounts_in_output = format!("./{}", mounts(target).display());
        Ok(request)
    }
}

/// Where files that an output mounts lie, beside the output.
pub(super) fn mounts(target: &dyn Target) -> PathBuf {
    Path::new(os::KEPT).join(target.name()).join("mounts")
}
