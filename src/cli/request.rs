//! The flags that every command takes which reads Score files for an environment, and the request
//! they make with it: the one place where flags and environments meet. Flags have the last word.

use std::path::{Path, PathBuf};

use super::flags::environment::EnvironmentFlags;
use super::flags::naming::NameFlags;
use super::flags::workloads::WorkloadFlags;
use crate::project::environment::source::{self, Purpose};
use crate::project::environment::{Environment, TARGETS};
use crate::project::overrides::{self, EnvironmentOverrides};
use crate::project::remote::Remotes;
use crate::project::values::{self, ValueUsage};
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file::STANDARD_INPUT;
use compiler::compile::Request;
use compiler::identity::Identity;
use compiler::overlay::Overrides;
use compiler::recovery::Part;
use compiler::support::host::Host;
use diagnostics::report::{Report, Reported};
use diagnostics::source::{SourceId, Sources};

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

/// What the flags name, read once for however many environments.
pub(super) struct Input {
    /// The Score files.
    pub(super) score_files: Vec<SourceId>,
    /// What flags change in them.
    overrides: Overrides,
    /// What definitions and patch templates from elsewhere are had from.
    pub(super) remotes: Remotes,
    /// Whether all Score files could be read.
    has_all_files: Result<(), Reported>,
    /// Whether all that changes them could be read.
    has_all_changes: Result<(), Reported>,
}

impl InputFlags {
    /// What standard input is called in reports.
    pub(super) fn standard_input_name(&self) -> String {
        let stands_for = self.workloads.stdin_filename.as_deref();
        stands_for.map_or_else(
            || STANDARD_INPUT.to_owned(),
            |path| path.display().to_string(),
        )
    }

    /// How much of the Score files a run looks at that gets through all its stages.
    pub(super) fn seen(&self) -> Coverage {
        if self.workloads.changes_files() {
            Coverage::Partial
        } else {
            Coverage::FileRules
        }
    }

    /// Whether a Score file is named by just this path.
    pub(super) fn names(&self, path: &Path) -> bool {
        self.workloads.files.iter().any(|file| file == path)
    }

    /// Whether no Score file is named, so that all of the project's are meant.
    pub(super) fn is_whole_project(&self) -> bool {
        self.workloads.files.is_empty()
    }

    /// What sets the objects of an environment apart, so far as flags and the environment say.
    pub(super) fn identity(&self, environment: &Environment) -> Identity {
        let project = || {
            environment
                .first(|own| own.project.as_ref())
                .map(|name| name.value.clone())
        };
        let project = self.names.project.clone().or_else(project);
        Identity {
            project,
            ..environment.identity()
        }
    }

    /// Reads what the flags name. A run that `keeps` writes what it adds to the lock.
    pub(super) fn read_to_keep(
        &self,
        keeps: bool,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Input, CliError> {
        self.names.check()?;
        let remotes = self.environment.remote.remotes(keeps);
        let (score_files, has_all_files) =
            report.observe(|report| self.workloads.read(host, sources, report));
        let score_files = score_files?;
        let (overrides, has_all_changes) =
            report.observe(|report| self.workloads.overrides(host, sources, report));
        Ok(Input {
            score_files,
            overrides: overrides?,
            remotes,
            has_all_files,
            has_all_changes,
        })
    }

    /// Reads what the flags name, for a run that leaves the lock as it is.
    pub(super) fn read(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Input, CliError> {
        self.read_to_keep(false, host, sources, report)
    }

    /// Reads what an environment names; what only some commands need is left for them to fill in.
    pub(super) fn request(
        &self,
        input: &Input,
        environment: &Environment,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Request<'static>, CliError> {
        let read =
            |report: &mut Report| self.read_request(input, environment, host, sources, report);
        let (read, sound) = report.observe(read);
        let (mut request, definitions) = read?;
        let sound = environment
            .require_complete()
            .and(input.has_all_files)
            .and(input.has_all_changes)
            .and(sound);
        let (target, score_files) = (
            environment.incomplete.lacks(&Part::Target),
            input.has_all_files.is_err(),
        );
        if let Err(error) = sound {
            request.incomplete.fail(error);
            let parts = [
                score_files.then_some(Part::ScoreFiles),
                target.then_some(Part::Target),
                definitions.map(Part::DefinitionsFile),
            ];
            parts
                .into_iter()
                .flatten()
                .for_each(|part| request.incomplete.add(part));
        }
        request.identity = self.identity(environment);
        let namespace = || {
            environment
                .first(|own| own.namespace.as_ref())
                .map(|name| name.value.clone())
        };
        request.options.namespace = self.names.namespace.clone().or_else(namespace);
        let generate = environment.first(|own| own.generate_namespace.as_ref());
        request.options.generate_namespace = generate.is_some_and(|flag| flag.value);
        // It begins with `./`, so that Compose never takes it for the name of a volume.
        request.options.mounts_in_output = format!("./{}", mounts(environment).display());
        Ok(request)
    }

    /// Reads the texts of a request; gives also how many definitions files are asked before the
    /// first that could not be read.
    fn read_request(
        &self,
        input: &Input,
        environment: &Environment,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(Request<'static>, Option<usize>), CliError> {
        let mut request = Request::new(environment.target);
        request.score_files.clone_from(&input.score_files);
        let remotes = &input.remotes;
        let definitions =
            self.environment
                .definitions(environment, remotes, host, sources, report)?;
        let patches = source::read_sources(
            &environment.patches(),
            Purpose::Patches,
            remotes,
            host,
            sources,
            report,
        )?;
        (request.definitions, request.embedded) = (definitions.files, definitions.embedded);
        request.patches = patches.files;
        // What a flag changes may be what could not be read.
        let known = environment
            .values()
            .filter(|_| !environment.incomplete.lacks(&Part::Values));
        // Looked through only where somebody gives a value.
        let given = known.is_some() || !self.environment.set.is_empty();
        let embedded = TARGETS
            .iter()
            .filter(|_| given)
            .flat_map(|target| target.builtins());
        let all = definitions.incomplete_from.is_none();
        let readers = ValueUsage::new(
            embedded.map(|(_, text)| *text),
            request.definitions.clone(),
            all,
        );
        let (values, written) =
            values::values(known, &self.environment.set, &readers, sources, report);
        (request.values, request.written_values) = (values, written);
        // Who compiles some of a project's files need not compile those that the environment says
        // something about.
        let some = (!self.is_whole_project())
            .then(|| overrides::workload_names(sources, &input.score_files));
        let overlaid = EnvironmentOverrides {
            environment,
            selected: some.as_ref(),
        };
        request.overrides = overlaid.overrides(&input.overrides, host, sources, report)?;
        request.options.publish = overlaid.publish();
        Ok((request, definitions.incomplete_from))
    }
}

/// Where files that an output mounts lie, beside the output.
pub(super) fn mounts(environment: &Environment) -> PathBuf {
    Path::new(os::DATA_DIRECTORY)
        .join(environment.identity().key().as_ref())
        .join("mounts")
}
