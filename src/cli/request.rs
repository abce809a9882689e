//! The flags of every command that reads Score files for an environment, and the compile request
//! that flags and environment give together. Flags take precedence.

mod options;
mod preview;

use std::path::{Path, PathBuf};

use super::display::verbose::Verbose;
use super::flags::environment::{EnvFlag, EnvironmentFlags};
use super::flags::naming::NamingFlags;
use super::flags::workloads::WorkloadFlags;
use super::output::destination::Destination;
use crate::project::environment::patches::read_patches;
use crate::project::environment::policies::read_policies;
use crate::project::environment::source::{self, Purpose};
use crate::project::environment::{Environment, TARGETS};
use crate::project::overrides::{self, EnvironmentOverrides};
use crate::project::remote::Remotes;
use crate::project::values::{self, ValueUsage};
use crate::project::workload_patches::WorkloadPatches;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file::STANDARD_INPUT;
use compiler::compile::Request;
use compiler::identity::Identity;
use compiler::overlay::Overrides;
use compiler::patch::Patch;
use compiler::recovery::Part;
use compiler::support::host::Host;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources};

rules! {
    /// The Namespace object cannot be generated, because no namespace is set.
    pub MISSING_NAMESPACE: "missing-namespace", Error;
}

/// Flags that have the same names and meanings in all of these commands. `E` is the flag that names
/// the environment.
#[derive(Debug, clap::Args)]
pub(super) struct InputFlags<E: clap::Args = EnvFlag> {
    #[command(flatten)]
    workloads: WorkloadFlags,
    #[command(flatten)]
    names: NamingFlags,
    #[command(flatten)]
    pub(super) environment: EnvironmentFlags<E>,
}

/// The files and values of flags, read once for all environments.
pub(super) struct Input {
    pub(super) score_files: Vec<SourceId>,
    /// The overrides of flags.
    overrides: Overrides,
    pub(super) remotes: Remotes,
    /// The files of `--patch`.
    pub(super) patches: Vec<PathBuf>,
    /// Whether all Score files were read.
    score_files_result: Result<(), Reported>,
    /// Whether all overrides were read.
    overrides_result: Result<(), Reported>,
}

impl<E: clap::Args> InputFlags<E> {
    /// The name of standard input in reports.
    pub(super) fn stdin_name(&self) -> String {
        match &self.workloads.stdin_filename {
            Some(path) => path.display().to_string(),
            None => STANDARD_INPUT.to_owned(),
        }
    }

    /// How much of the Score files a run sees that completes all its stages.
    pub(super) fn coverage(&self) -> Coverage {
        match self.workloads.has_overrides() {
            true => Coverage::Partial,
            false => Coverage::FileRules,
        }
    }

    /// Whether the command line names a Score file by exactly this path.
    pub(super) fn names_file(&self, path: &Path) -> bool {
        self.workloads.files.iter().any(|file| file == path)
    }

    /// Whether the command line names no Score file, so that the run takes all of the project.
    pub(super) fn is_whole_project(&self) -> bool {
        self.workloads.files.is_empty()
    }

    /// Names the Score files that git ignores, where they would be part of the run.
    pub(super) fn log_ignored(&self, verbose: &Verbose) {
        if self.is_whole_project() {
            verbose.ignored();
        }
    }

    /// The identity of the objects of an environment.
    pub(super) fn identity(&self, environment: &Environment) -> Identity {
        let declared = environment.first(|file| file.project.as_ref());
        let project = self.names.project.as_ref();
        Identity {
            project: project.or(declared.map(|name| &name.value)).cloned(),
            ..environment.identity()
        }
    }

    /// The remote sources of a run that leaves the lock as it is.
    pub(super) fn remotes(&self) -> Remotes {
        self.environment.remote.remotes(false)
    }

    /// What a run has in a repository without Score files.
    pub(super) fn without_score_files(&self, remotes: Remotes) -> Input {
        Input {
            score_files: Vec::new(),
            overrides: Overrides::default(),
            remotes,
            patches: Vec::new(),
            score_files_result: Ok(()),
            overrides_result: Ok(()),
        }
    }

    /// Reads what the flags name. With `needs_lock`, the lock is read at the same time.
    pub(super) fn read(
        &self,
        remotes: Remotes,
        needs_lock: bool,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Input, CliError> {
        self.names.check()?;
        let mut read = || report.observe(|report| self.workloads.read(host, sources, report));
        let (score_files, score_files_result) = match needs_lock {
            true => remotes.read_lock_beside(host, read),
            false => read(),
        };
        let score_files = score_files?;
        let (overrides, overrides_result) =
            report.observe(|report| self.workloads.overrides(host, sources, report));
        Ok(Input {
            score_files,
            overrides: overrides?,
            remotes,
            patches: Vec::new(),
            score_files_result,
            overrides_result,
        })
    }

    /// Reads what an environment names into a request. Fields that only some commands need are left
    /// for them to set.
    pub(super) fn request(
        &self,
        input: &Input,
        environment: &Environment,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Request<'static>, CliError> {
        self.check_preview(environment)?;
        let mut request = self.request_of_one(input, environment, host, sources, report)?;
        if let Some(preview) = environment.preview() {
            let compared = self.compared_requests(preview, input, environment, host, sources)?;
            request.preview = compared.map(Box::new);
        }
        Ok(request)
    }

    /// The request, without the requests that it is compared with.
    fn request_of_one(
        &self,
        input: &Input,
        environment: &Environment,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Request<'static>, CliError> {
        let mut request = self.request_without_pins(input, environment, host, sources, report)?;
        self.read_pins(&mut request, input, environment, host, sources, report)?;
        Ok(request)
    }

    /// The request, without what the lock pins. That of Score files by themselves needs no more.
    pub(super) fn request_without_pins(
        &self,
        input: &Input,
        environment: &Environment,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Request<'static>, CliError> {
        let (request, result) =
            report.observe(|report| self.read_request(input, environment, host, sources, report));
        let mut request = request?;
        let result = environment
            .require_complete()
            .and(input.score_files_result)
            .and(input.overrides_result)
            .and(result);
        if let Err(error) = result {
            request.incomplete.fail(error);
        }
        if input.score_files_result.is_err() {
            request.incomplete.add(Part::ScoreFiles);
        }
        if environment.incomplete.lacks(&Part::Target) {
            request.incomplete.add(Part::Target);
        }
        request.identity = self.identity(environment);
        if let Some(preview) = environment.preview() {
            request.is_small = preview.small;
            request.seeds.clone_from(&preview.seed);
        }
        self.set_options(&mut request, environment, report);
        if request.policies.is_given() {
            // What a policy refuses is reported where it is written.
            request.explains = Some(self.setting_places(&request, environment, sources));
        }
        Ok(request)
    }

    /// Reads the pinned defaults of resources. A preview has those of the extended environment,
    /// except for names, and nothing is pinned for it.
    fn read_pins(
        &self,
        request: &mut Request<'_>,
        input: &Input,
        environment: &Environment,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(), CliError> {
        let extended = environment.extended();
        let pinned = extended.as_ref().unwrap_or(environment);
        let key = self.identity(pinned).lock_key();
        let (pins, reported) =
            report.observe(|report| input.remotes.pins(&key, host, sources, report));
        match (pins, reported) {
            (Ok(pins), _) => (request.pins, request.rotations) = pins,
            (Err(_), Err(error)) => request.incomplete.fail(error),
            (Err(error), Ok(())) => return Err(error),
        }
        request.requires_pins = input.remotes.is_locked();
        if environment.preview().is_some() {
            request.requires_pins = false;
            request.rotations.clear();
            for defaults in request.pins.values_mut() {
                defaults.shift_remove("name");
            }
        }
        Ok(())
    }

    /// Reads the texts of a request.
    fn read_request(
        &self,
        input: &Input,
        environment: &Environment,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Request<'static>, CliError> {
        let mut request = Request::new(environment.target);
        request.score_files.clone_from(&input.score_files);
        let remotes = &input.remotes;
        let definitions =
            self.environment
                .definitions(environment, remotes, host, sources, report)?;
        let patches = read_patches(&environment.patches(), remotes, host, sources, report)?;
        request.is_whole_project = self.is_whole_project();
        request.patchable = environment.patchable();
        let of_workloads = WorkloadPatches {
            score_files: &input.score_files,
            has_all_files: self.is_whole_project() && input.score_files_result.is_ok(),
            flags: &input.patches,
            environment,
            remotes,
        };
        request.patches = of_workloads.read(host, sources, report)?;
        // Those of the environment have the last word.
        request.patches.extend(patches);
        (request.definitions, request.embedded) = (definitions.files, definitions.embedded);
        request.embedded_kinds = definitions.embedded_kinds;
        request.forbidden_types = environment.forbidden_types();
        let schemas = environment.schemas();
        if !schemas.is_empty() {
            let purpose = Purpose::Schemas;
            let schemas = source::read_sources(&schemas, purpose, remotes, host, sources, report)?;
            let options = &mut request.options;
            let target = environment.target;
            target.read_schemas(&schemas.files, options, sources, report);
        }
        request.policies = read_policies(environment, remotes, host, sources, report)?;
        request.external_workloads = environment.external_workloads();
        if environment.incomplete.lacks(&Part::ExternalWorkloads) {
            request.incomplete.add(Part::ExternalWorkloads);
        }
        if let Some(index) = definitions.incomplete_from {
            request.incomplete.add(Part::DefinitionsFile(index));
        }
        let is_complete = definitions.incomplete_from.is_none();
        self.set_values(&mut request, environment, is_complete, sources, report);
        // A run on some of a project's files does not need the other workloads of the environment.
        let workloads = (!self.is_whole_project())
            .then(|| overrides::workload_names(sources, &input.score_files));
        let environment_overrides = EnvironmentOverrides {
            environment,
            selected: workloads.as_ref(),
        };
        request.overrides =
            environment_overrides.overrides(&input.overrides, remotes, host, sources, report)?;
        request.options.publish = environment_overrides.publish();
        Ok(request)
    }

    /// Sets the values of the environment and of `--set`. `is_complete` when all definitions, which
    /// use the values, were read.
    fn set_values(
        &self,
        request: &mut Request<'_>,
        environment: &Environment,
        is_complete: bool,
        sources: &mut Sources,
        report: &mut Report,
    ) {
        // Values that were not read completely may hold what a flag changes.
        let declared = environment
            .values()
            .filter(|_| !environment.incomplete.lacks(&Part::Values));
        // Without a value there is no use to check, and the embedded definitions are many.
        let has_values = declared.is_some() || !self.environment.set.is_empty();
        let embedded = TARGETS
            .iter()
            .filter(|_| has_values)
            .flat_map(|target| target.info().builtins);
        let usage = ValueUsage::new(
            embedded.map(|(_, text)| *text),
            TARGETS
                .iter()
                .flat_map(|target| target.info().values)
                .copied(),
            request.definitions.clone(),
            request.patches.iter().map(Patch::source).collect(),
            is_complete,
        );
        (request.values, request.written_values) =
            values::values(declared, &self.environment.set, &usage, sources, report);
    }
}

/// Sets what the content of an output says about its place, and reports the missing name of a
/// namespace that the environment wants in it.
pub(super) fn place_output(
    request: &mut Request<'_>,
    environment: &Environment,
    destination: &Destination,
    report: &mut Report,
) -> Result<(), CliError> {
    let key = environment.generates_namespace();
    if let (Some(key), None) = (key.filter(|flag| flag.value), &request.options.namespace) {
        let problem =
            Problem::new(&MISSING_NAMESPACE, "there is no namespace to generate").at(key.span);
        let help = match environment.preview() {
            Some(_) => "add `namespace: NAME-${preview.name}` to `preview`",
            None => {
                "add `namespace: NAME` to the environment, or pass `--namespace NAME` to each run"
            }
        };
        report.push(problem.help(help));
    }
    // Beside the output, so that it can be moved together with the files that it mounts.
    let directory = destination.directory().join(mounts(environment));
    let project = destination.path_to_current_directory()?;
    request.options.mounts = directory.display().to_string();
    request.options.project_in_output = project.display().to_string();
    Ok(())
}

/// The directory for files that an output mounts, relative to the output.
fn mounts(environment: &Environment) -> PathBuf {
    Path::new(os::DATA_DIRECTORY)
        .join(environment.identity().key().as_ref())
        .join("mounts")
}
