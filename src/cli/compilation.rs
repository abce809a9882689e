//! Compiling for every environment of a run: `generate` writes the outputs, `diff` compares them.

mod watch;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::ExitCode;
use super::display::verbose::Verbose;
use super::flags::environment::AllEnvironmentsFlag;
use super::flags::headings::OUTPUT;
use super::flags::provisioning::ProvisioningFlags;
use super::flags::reporting::{Channel, ReportingFlags};
use super::flags::source_files::SourceFileFlags;
use super::output::conflicts::{self, check_outputs};
use super::output::destination::Destination;
use super::output::diff::{View, compare, stored_data};
use super::output::exposure::{self, SECRET_IN_OUTPUT};
use super::output::ignored_files;
use super::output::input_guard;
use super::output::seed::{require_seed, warn_about_new_seed};
use super::output::symlinks::check_default_output;
use super::output::writer::{EnvironmentOutput, Message, Writer, Written};
use super::per_environment::for_each;
use super::request::{Input, InputFlags, place_output};
use super::session::Session;
use crate::project::env_file::EnvFile;
use crate::project::environment::Environment;
use crate::project::environment::output_path::{WORKLOAD, unknown_part};
use crate::project::environment::patches::{PatchRef, read_patches};
use crate::project::environment::source::SourceRef;
use crate::project::inputs;
use crate::project::remote::{LOCK_PATH, Remotes};
use crate::project::state;
use crate::system::error::CliError;
use crate::system::os::{self, DirectoryLock, Os};
use crate::system::project_lock;
use compiler::compile::{self, Request};
use compiler::emit::{Layout, OutputText, Syntax};
use compiler::targets::target::SecretsSetting;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// The flag for the syntax of the output.
#[derive(Debug, clap::Args)]
pub(super) struct FormatFlag {
    /// Syntax of the output
    #[arg(long, value_enum, default_value = "yaml", help_heading = OUTPUT)]
    format: OutputFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OutputFormat {
    /// Block style
    Yaml,
    /// KYAML: YAML with brackets and quotes
    Kyaml,
    /// One JSON object; on Kubernetes a `List`
    Json,
}

impl FormatFlag {
    pub(super) fn syntax(&self) -> Syntax {
        match self.format {
            OutputFormat::Yaml => Syntax::Yaml,
            OutputFormat::Kyaml => Syntax::Kyaml,
            OutputFormat::Json => Syntax::Json,
        }
    }
}

/// Flags that change the content of the output.
#[derive(Debug, clap::Args)]
pub(super) struct OutputFlags {
    /// Apply these patches after those of the environment
    ///
    /// A file, a directory with `*.tpl` and `*.patches.yaml` files, `-` for standard input, or a URL
    /// as for `--provisioners`. Patches change the generated documents. May be repeated.
    #[arg(long, value_name = "FILE|DIR|URL", help_heading = OUTPUT)]
    patch: Vec<PathBuf>,
    /// Compose: do not turn `httpGet` probes into health checks
    ///
    /// These health checks mount a helper program into the container.
    #[arg(long, help_heading = OUTPUT)]
    no_http_probes: bool,
    /// Compose: publish a port on this machine, as in `8080:shop:web`
    ///
    /// PORT is a port of the workload, by name or number. With ADDRESS, only that address of this
    /// machine is used: `127.0.0.1:8080:shop:web`. In place of WORKLOAD, an output of a resource
    /// can name the service: `5432:postgres.default#shop.db.host:5432`. May be repeated.
    #[arg(long, value_name = "[ADDRESS:]HOST_PORT:WORKLOAD:PORT", help_heading = OUTPUT)]
    publish: Vec<String>,
    /// Kubernetes: also write the Namespace object
    #[arg(long, help_heading = OUTPUT)]
    generate_namespace: bool,
}

/// Flags for what is compiled, for which environment, and with which inputs.
#[derive(Debug, clap::Args)]
pub(super) struct CompileFlags {
    #[command(flatten)]
    pub(super) input: InputFlags,
    #[command(flatten)]
    pub(super) all: AllEnvironmentsFlag,
    #[command(flatten)]
    files: SourceFileFlags,
    #[command(flatten)]
    provisioning: ProvisioningFlags,
    #[command(flatten)]
    pub(super) reporting: ReportingFlags,
}

/// The flags of a run that compiles.
pub(super) struct Compilation<'a> {
    /// The path of `--output`.
    pub(super) output: Option<&'a Path>,
    /// The path of `--env-file`.
    pub(super) env_file: Option<&'a Path>,
    pub(super) syntax: Syntax,
    pub(super) output_flags: &'a OutputFlags,
    pub(super) flags: &'a CompileFlags,
    /// Whether the run writes what it compiles.
    pub(super) writes: bool,
    /// The URL that the output is pushed to.
    pub(super) registry: Option<&'a str>,
    /// What is asked about the outputs.
    pub(super) question: Option<Question<'a>>,
}

/// What is asked about the outputs of a run, so that reasons are kept.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// The environment that counts when no flag names one.
    pub(super) environment: Option<&'a str>,
    /// Gives the answer.
    pub(super) answer: &'a Answer<'a>,
}

/// Gives an answer as text.
type Answer<'a> =
    dyn Fn(&[EnvironmentOutput], &Os, &mut Sources, &mut Report) -> Result<String, CliError> + 'a;

/// The outputs of a run without an error. The report is printed. While the lock is held, no
/// other run writes in the project.
pub(super) struct Compiled<'a> {
    outputs: Vec<EnvironmentOutput>,
    remotes: Remotes,
    session: Session<'a>,
    os: Os,
    lock: DirectoryLock,
    is_whole_project: bool,
    /// The answer to the question of the run.
    pub(super) answer: String,
}

impl Compiled<'_> {
    /// Writes all outputs.
    pub(super) fn write(self) -> Result<Written, CliError> {
        let writer = Writer {
            os: &self.os,
            sources: &self.session.sources,
            remotes: &self.remotes,
            is_whole_project: self.is_whole_project,
        };
        writer.write(self.outputs, self.lock)
    }

    /// The text of an output that is one text.
    pub(super) fn text(&self) -> &str {
        match self.outputs.first().map(|output| &output.output.emitted) {
            Some(OutputText::One(text)) => text,
            _ => "",
        }
    }

    /// Compares all outputs with the files that exist.
    pub(super) fn compare(self, view: View, show_secrets: bool) -> Result<ExitCode, CliError> {
        drop(self.lock);
        let comparison = compare(
            &self.outputs,
            &self.os,
            &self.session.sources,
            view,
            show_secrets,
        )?;
        self.session.reporter.status(comparison.messages);
        Ok(match comparison.is_same {
            true => ExitCode::Success,
            false => ExitCode::Difference,
        })
    }
}

impl<'a> Compilation<'a> {
    /// Compiles, and writes all outputs.
    pub(super) fn write(&self) -> Result<ExitCode, CliError> {
        let written = self.run()?.write()?;
        let messages = written.messages.iter().map(Message::to_string);
        self.flags.reporting.reporter().status(messages);
        Ok(ExitCode::Success)
    }

    /// Compiles for every environment of the run. When another run changes the state meanwhile, it
    /// compiles again, as if it had started later.
    pub(super) fn run(&self) -> Result<Compiled<'a>, CliError> {
        state::retry_on_conflict(|| self.attempt())
    }

    /// Compiles; `None` when the state that was read is outdated.
    fn attempt(&self) -> Result<Option<Compiled<'a>>, CliError> {
        let input = &self.flags.input;
        let reporter = self.flags.reporting.reporter();
        let os = self.flags.provisioning.os(reporter)?;
        let mut session = Session::begin(reporter, Channel::Stderr, &os)?;
        if self.registry.is_some() {
            session.deny(&SECRET_IN_OUTPUT);
        }
        let result = self.compile(&os, &mut session);
        let answer = match (&result, self.question) {
            (Ok((outputs, _)), Some(question)) => {
                let Session {
                    sources, report, ..
                } = &mut session;
                (question.answer)(outputs, &os, sources, report)
            }
            _ => Ok(String::new()),
        };
        require_seed(&os, self.writes)?;
        if let Ok((outputs, _)) = &result
            && self.writes
            && session.report.result().is_ok()
        {
            let had_state = outputs.iter().any(EnvironmentOutput::had_state);
            warn_about_new_seed(&os, had_state, &mut session.report);
        }
        session.apply_levels(input.coverage(), &os);
        let lock = project_lock::lock(&|line| reporter.status([line]))?;
        let is_outdated = |(outputs, remotes): &(Vec<EnvironmentOutput>, Remotes)| {
            outputs
                .iter()
                .any(|output| state::is_outdated(output.state_file.as_ref(), &os))
                || remotes.is_outdated(&os)
        };
        if !session.has_errors() && result.as_ref().is_ok_and(is_outdated) {
            session.verbose.restart();
            return Ok(None);
        }
        let (outputs, remotes) = session.print_report(result)?;
        Ok(Some(Compiled {
            outputs,
            remotes,
            session,
            os,
            lock,
            is_whole_project: input.is_whole_project(),
            answer: answer?,
        }))
    }

    fn compile(
        &self,
        os: &Os,
        session: &mut Session<'_>,
    ) -> Result<(Vec<EnvironmentOutput>, Remotes), CliError> {
        let Session {
            sources,
            report,
            verbose,
            ..
        } = session;
        let flags = &self.flags.input;
        let remotes = flags.environment.remote.remotes(self.writes);
        let find_one = |sources: &mut Sources, report: &mut Report| {
            let asked = self.question.and_then(|question| question.environment);
            let environment = flags
                .environment
                .find_or(asked, &remotes, os, sources, report);
            environment.map(Some)
        };
        let (environments, result) = self
            .flags
            .all
            .find_or(None, find_one, &remotes, os, sources, report)?;
        let outputs_result = check_outputs(
            environments.iter(),
            |environment| self.destination(environment),
            self.writes.then_some(self.syntax),
            report,
        );
        let mut input = flags.read(remotes, true, os, sources, report)?;
        input.patches.clone_from(&self.output_flags.patch);
        flags.log_ignored(verbose);
        let outputs = for_each(
            environments,
            sources,
            report,
            |environment, sources, report| {
                self.compile_for(environment, &input, verbose, os, sources, report)
            },
        );
        verbose.remotes(&input.remotes);
        let outputs = outputs?;
        result.and(outputs_result)?;
        Ok((outputs, input.remotes))
    }

    fn compile_for(
        &self,
        environment: Environment,
        input: &Input,
        verbose: &Verbose,
        os: &Os,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<EnvironmentOutput, CliError> {
        let provisioning = &self.flags.provisioning;
        let mut request = self.request(input, &environment, os, sources, report)?;
        let state_file = provisioning.read_state(&mut request, os, sources, report)?;
        let key = request.identity.lock_key();
        let destination = self.destination(&environment);
        if environment.require_complete().is_ok() {
            self.check_paths(&environment, &destination, os, sources)?;
        }
        let env_file = match self.env_file {
            Some(path) => Some(EnvFile::read(os, path, sources, report)?),
            None => None,
        };
        if let Err(error) = state_file {
            request.incomplete.fail(error);
        }
        verbose.input(Some(self.chosen_by(os)), &request, sources);
        let request = verbose.follow(request);
        // Forgets what the environments before this one derived.
        os.take_seed_used();
        let output = compile::generate(sources, os, &request, report)?;
        let can_pin = || os::can_create(Path::new(LOCK_PATH));
        let is_preview = environment.preview().is_some();
        if self.writes && !is_preview && destination != Destination::Stdout && can_pin() {
            input.remotes.pin(&key, &output.pins);
        }
        if os.is_seed_used() {
            provisioning.check_seed(&request, &output.data_with_password, os, report);
        }
        let state_file = state_file?;
        if let Some(state_file) = &state_file {
            state_file.warn_if_not_saved(&output.state, report);
            state_file.note_differences(&output.state_dependent, report);
        }
        provisioning.warn_about_ignored_state(&request.identity, &output.state, os, report);
        // An earlier run or another tool may have put secrets into the state.
        let has_state = state_file
            .as_ref()
            .is_some_and(|state_file| !state_file.state.resources.is_empty());
        let is_plain = request.options.secrets == SecretsSetting::Plain;
        let output = EnvironmentOutput {
            environment,
            destination,
            env_file,
            output,
            state_file,
            is_secret: is_plain && (os.is_seed_used() || has_state),
        };
        exposure::check(&output, os, sources, report);
        ignored_files::check(&output, report);
        stored_data::check(&output, os, report);
        Ok(output)
    }

    /// The request with everything that flags say about the output.
    fn request(
        &self,
        input: &Input,
        environment: &Environment,
        os: &Os,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Request<'static>, CliError> {
        let flags = self.flags;
        let mut request = flags
            .input
            .request(input, environment, os, sources, report)?;
        let (result, reported) = report.observe(|report| {
            self.output_flags
                .apply(&mut request, input, os, sources, report)
        });
        result?;
        if let Err(error) = reported {
            request.incomplete.fail(error);
        }
        request.file_rules = flags.files.rules();
        request.command_timeout = flags.provisioning.command_timeout();
        let (file_rules, timeout) = (request.file_rules, request.command_timeout);
        if let Some(preview) = &mut request.preview {
            preview.other.patches.clone_from(&request.patches);
            for other in preview.others() {
                (other.file_rules, other.command_timeout) = (file_rules, timeout);
            }
        }
        request.finds_data_with_password = flags.provisioning.requires_seed(os)
            && self.writes
            && environment.target.info().is_shared;
        if environment.require_complete().is_err() {
            return Ok(request);
        }
        let needs_namespace = environment
            .target
            .info()
            .environment_keys
            .contains(&"generateNamespace");
        if self.output_flags.generate_namespace
            && needs_namespace
            && request.options.namespace.is_none()
        {
            return Err(CliError::Usage(
                "--generate-namespace needs --namespace NAME: there is none to generate".to_owned(),
            ));
        }
        let destination = self.destination(environment);
        place_output(&mut request, environment, &destination, report)?;
        request.only_answers = self.question.is_some();
        if self.question.is_some() && request.explains.is_none() {
            request.explains = Some(flags.input.setting_places(&request, environment, sources));
        }
        request.layout = Layout {
            syntax: self.syntax,
            directory: matches!(destination, Destination::Directory { .. }),
            by_workload: destination.is_by_workload(),
        };
        Ok(request)
    }

    fn chosen_by(&self, os: &Os) -> &'static str {
        match self.flags.all.all_environments {
            true => "one of all",
            false => self.flags.input.environment.chosen_by(os),
        }
    }

    fn destination(&self, environment: &Environment) -> Destination {
        match self.registry {
            Some(url) => Destination::Registry(url.to_owned()),
            None => conflicts::destination(self.output, environment, self.syntax),
        }
    }

    /// Rejects paths that would overwrite an input, and an unusable `--env-file`.
    fn check_paths(
        &self,
        environment: &Environment,
        destination: &Destination,
        os: &Os,
        sources: &Sources,
    ) -> Result<(), CliError> {
        // An output that the environment declares was checked when the environment was read.
        let is_default = self.output.is_none() && environment.output().is_none();
        if is_default && *destination != Destination::Stdout {
            check_default_output(destination.path(), os)?;
        }
        if let Some(part) = self.output.and_then(unknown_part) {
            return Err(CliError::Usage(format!(
                "`{part}` in --output stands for nothing: only `{WORKLOAD}` does, as the last directory"
            )));
        }
        check_target(destination, environment)?;
        let paths = [Some(destination.path()), self.env_file];
        input_guard::check(paths.into_iter().flatten(), sources, os)?;
        self.env_file.map_or(Ok(()), |env_file| {
            check_env_file(env_file, environment, destination)
        })
    }
}

/// Rejects an output that only Kubernetes has.
fn check_target(destination: &Destination, environment: &Environment) -> Result<(), CliError> {
    let target = environment.target.name();
    let is_compose = !environment.target.info().is_shared;
    let message = match destination {
        Destination::Registry(_) if is_compose => {
            format!(
                "only Kubernetes manifests can be pushed: `{}` is for {target}",
                environment.name
            )
        }
        Destination::Directory {
            by_workload: true, ..
        } if is_compose => {
            format!("`{WORKLOAD}` in an output is for Kubernetes: {target} writes one file")
        }
        Destination::File(path) if path.starts_with("oci:") => {
            format!(
                "`{0}` is not a path: run `score-rs push {0}`",
                path.display()
            )
        }
        _ => return Ok(()),
    };
    Err(CliError::Usage(message))
}

fn check_env_file(
    path: &Path,
    environment: &Environment,
    destination: &Destination,
) -> Result<(), CliError> {
    let target = environment.target;
    let message = if !target.info().defers_variables {
        let reason = "its output contains the values of environment variables";
        format!(
            "--env-file is not supported for {}: {reason}",
            target.name()
        )
    } else if path.as_os_str() == "-" {
        "--env-file needs the name of a file".to_owned()
    } else if os::is_same_path(path, destination.path()) {
        format!(
            "`{}` is the output: name another file with --env-file",
            path.display()
        )
    } else {
        return Ok(());
    };
    Err(CliError::Usage(message))
}

impl OutputFlags {
    /// Sets the values of flags in a request; they take precedence over the environment.
    fn apply(
        &self,
        request: &mut Request<'_>,
        input: &Input,
        os: &Os,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(), CliError> {
        let paths = self.patch.iter();
        let patches: Vec<PatchRef<'_>> = paths
            .map(|path| PatchRef::Source(SourceRef::from_flag("--patch", path, sources)))
            .collect();
        let patches = read_patches(&patches, &input.remotes, os, sources, report)?;
        request.patches.extend(patches);
        let options = &mut request.options;
        options
            .publish
            .extend(inputs::publish(&self.publish, sources, report));
        options.generate_namespace |= self.generate_namespace;
        options.http_probes &= !self.no_http_probes;
        Ok(())
    }
}
