use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::FINE;
use crate::cli::display::verbose::Trace;
use crate::cli::flags::environment::AllEnvironments;
use crate::cli::flags::provisioning::ProvisioningFlags;
use crate::cli::flags::reporting::{Channel, ScreenFlags};
use crate::cli::flags::source_files::FileFlags;
use crate::cli::output::conflicts::{self, check_outputs};
use crate::cli::output::destination::Place;
use crate::cli::output::diff::{View, compare};
use crate::cli::output::input_guard::Inputs;
use crate::cli::output::persisted::{need_seed, warn_if_lost, warn_of_seed};
use crate::cli::output::symlinks::refuse_default;
use crate::cli::output::writer::{Written, write_all};
use crate::cli::per_environment::for_each;
use crate::cli::request::{Input, InputFlags, mounts};
use crate::cli::session::Reading;
use crate::project::env_file::EnvFile;
use crate::project::environment::Environment;
use crate::project::environment::source::{self, SourceRef};
use crate::project::inputs;
use crate::project::remote::Remotes;
use crate::project::state::{self, StateFile};
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::project_lock;
use compiler::compile::{self, Output, Request};
use compiler::emit::{Layout, Syntax};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Sources;

rules! {
    /// The Namespace object cannot be generated, because no namespace is set.
    pub MISSING_NAMESPACE: "missing-namespace", Error;
}

/// Compile Score files to a Compose file or to Kubernetes manifests
///
/// Everything is written when all of it is right, or nothing is. Exit status: 0 written, 1 the
/// input has errors, 2 wrong usage, 3 a file could not be read or written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs generate                                      every Score file here, to compose.yaml
  score-rs generate shop.yaml -i shop=example.com/shop:1.2
  score-rs generate --build shop.web=./app --publish 8080:shop:web
  score-rs generate -e kubernetes -n shop -o - | kubectl apply -f -
  score-rs generate --env staging                        as environments/staging says
  score-rs generate --all-environments                   each to its own output
  score-rs generate --all-environments --check           whether what is committed is up to date
  score-rs generate --provisioners platform/postgres.provisioners.yaml")]
pub(crate) struct Arguments {
    /// Where to write; `-` is standard output [default: the environment's `output`, else
    /// compose.yaml or manifests.yaml]
    ///
    /// A directory, or a name that ends in `/`, gets a file for each object, on Kubernetes with a
    /// `kustomization.yaml` that lists them. Files that an earlier run listed there and that are no
    /// longer part of the output are removed.
    #[arg(short, long, value_name = "PATH", conflicts_with = "all_environments")]
    output: Option<PathBuf>,
    /// In which syntax to write: `kyaml` has brackets and quotes, `json` is one object, on
    /// Kubernetes a `List`
    #[arg(long, value_enum, default_value = "yaml")]
    format: OutputFormat,
    /// Compose: add the variables that the output leaves open to this file, for somebody to fill in
    ///
    /// Compose reads `.env` by itself. A line `NAME=` is added for each variable that the file does
    /// not have yet; what is there stays as it is. An empty file is made where none is there and
    /// none is needed, since `docker compose --env-file` refuses one that is not there.
    #[arg(long, value_name = "FILE", conflicts_with = "all_environments")]
    env_file: Option<PathBuf>,
    /// Patch templates, applied to the finished documents after those of the environment. May be
    /// repeated
    ///
    /// A file, a directory with `*.tpl`, `-` for standard input, or an address, as for
    /// `--provisioners`.
    #[arg(long, value_name = "FILE|DIR|URL")]
    patch: Vec<PathBuf>,
    /// Compose: make no health checks from `httpGet` probes, which need a helper inside each such
    /// container
    #[arg(long)]
    no_http_probes: bool,
    /// Compose: publish a port on this machine, as in `8080:shop:web` or
    /// `5432:postgres.default#shop.db.host:5432`
    ///
    /// The first number is a port of this machine, with an address before it when only that shall
    /// answer: `127.0.0.1:8080:shop:web`. The rest is a port of a workload, by name or number, or
    /// of the service that an output of a resource names. May be repeated.
    #[arg(long, value_name = "[ADDRESS:]HOST_PORT:WORKLOAD:PORT")]
    publish: Vec<String>,
    /// Kubernetes: write the namespace itself too
    #[arg(long)]
    generate_namespace: bool,
    /// Write nothing, but show how the files that are there differ from what would be written; exit
    /// status 1 when they do
    ///
    /// For output that is committed. What is mounted and what is kept lies in `.score-rs` and is
    /// not compared. See also `score-rs diff`.
    #[arg(long, conflicts_with = "env_file")]
    check: bool,
    /// With --check: do not hide passwords that are known
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    all: AllEnvironments,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    files: FileFlags,
    #[command(flatten)]
    provisioning: ProvisioningFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

/// The syntaxes of an output, by their names on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OutputFormat {
    Yaml,
    Kyaml,
    Json,
}

impl From<OutputFormat> for Syntax {
    fn from(format: OutputFormat) -> Syntax {
        match format {
            OutputFormat::Yaml => Syntax::Yaml,
            OutputFormat::Kyaml => Syntax::Kyaml,
            OutputFormat::Json => Syntax::Json,
        }
    }
}

/// What a run has made for one environment.
struct Made {
    environment: Environment,
    place: Place,
    env_file: Option<EnvFile>,
    output: Output,
    /// The state that this was made from, when one is kept.
    kept: Option<StateFile>,
    /// Whether the output may hold secrets.
    secret: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    if arguments.show_secrets && !arguments.check {
        return Err(CliError::Usage(
            "--show-secrets is for --check: an output has its passwords as it is".to_owned(),
        ));
    }
    run_to(arguments, arguments.check.then_some(View::Lines))
}

/// Compiles, and writes or only compares.
pub(crate) fn run_to(arguments: &Arguments, view: Option<View>) -> Result<u8, CliError> {
    // Another run may keep something while this one works; then all is made anew, as if this one
    // had begun later.
    state::retry_on_conflict(|| attempt(arguments, view))
}

/// Compiles and writes; `None` when what was read of an earlier run is not true any more.
fn attempt(arguments: &Arguments, view: Option<View>) -> Result<Option<u8>, CliError> {
    let os = arguments.provisioning.os()?;
    let mut reading = Reading::begin(&arguments.screen, Channel::Error, &os)?;
    let made = compile(arguments, view.is_none(), &os, &mut reading);
    need_seed(&os, view.is_none())?;
    if made.is_ok() && view.is_none() {
        warn_of_seed(&os, &mut reading.report);
    }
    reading.judge(arguments.input.seen(), &os);
    let lock = project_lock::lock()?;
    let is_outdated = |(made, remotes): &(Vec<Made>, Remotes)| {
        made.iter()
            .any(|own| state::is_outdated(own.kept.as_ref(), &os))
            || remotes.is_outdated(&os)
    };
    if !reading.failed() && made.as_ref().is_ok_and(is_outdated) {
        reading.trace.again();
        return Ok(None);
    }
    let (made, remotes) = reading.show(made)?;
    let written = made.iter().map(|own| Written {
        output: &own.output,
        env_file: own.env_file.as_ref(),
        sources: &reading.sources,
        target: own.environment.target,
        place: &own.place,
        secret: own.secret,
        kept: own.kept.as_ref(),
        whole_project: arguments.input.is_whole_project(),
    });
    let written: Vec<Written<'_>> = written.collect();
    match view {
        Some(view) => {
            drop(lock);
            compare(
                &written,
                &os,
                view,
                arguments.show_secrets,
                arguments.screen.quiet(),
            )
            .map(Some)
        }
        None => {
            write_all(&written, &remotes, &os, arguments.screen.quiet(), lock).map(|()| Some(FINE))
        }
    }
}

/// Compiles for every environment that is meant; gives what it made, and the remote sources that it
/// made it from. A run that `keeps` writes it all.
fn compile(
    arguments: &Arguments,
    keeps: bool,
    os: &Os,
    reading: &mut Reading<'_>,
) -> Result<(Vec<Made>, Remotes), CliError> {
    let Reading {
        sources,
        report,
        trace,
        ..
    } = reading;
    let (environments, sound) = match arguments.all.all_environments {
        true => arguments.all.find(os, sources, report)?,
        false => (
            vec![arguments.input.environment.find(os, sources, report)?],
            Ok(()),
        ),
    };
    let outputs = check_outputs(
        environments.iter(),
        &|environment| arguments.place(environment),
        report,
    );
    let input = arguments.input.read_to_keep(keeps, os, sources, report)?;
    let made = for_each(
        environments,
        sources,
        report,
        |environment, sources, report| {
            compile_for(arguments, &input, environment, os, trace, sources, report)
        },
    );
    trace.remotes(&input.remotes);
    let made = made?;
    sound.and(outputs)?;
    Ok((made, input.remotes))
}

fn compile_for(
    arguments: &Arguments,
    input: &Input,
    environment: Environment,
    os: &Os,
    trace: &Trace,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Made, CliError> {
    let (watch, follow) = (
        |stage| trace.stage(stage),
        |sources: &_, bound: &_| trace.bound(sources, bound),
    );
    let mut request: Request<'_> = request(arguments, input, &environment, os, sources, report)?;
    (request.watch, request.follow) = (&watch, &follow);
    let kept = arguments
        .provisioning
        .kept(&mut request, os, sources, report)?;
    let place = arguments.place(&environment);
    if environment.require_complete().is_ok() {
        check_places(arguments, &environment, &place, os, sources)?;
    }
    let env_file = match &arguments.env_file {
        Some(path) => Some(EnvFile::read(os, path, sources, report)?),
        None => None,
    };
    trace.input(Some(arguments.chosen_by(os)), &request, sources);
    if let Err(reported) = kept {
        request.incomplete.fail(reported);
    }
    os.seed_was_used();
    let output = compile::generate(sources, os, &request, report)?;
    let kept = kept?;
    warn_if_lost(kept.as_ref(), &output.state, report);
    arguments
        .provisioning
        .warn_if_passed_over(&request.identity, &output.state, os, report);
    // What was kept may have been drawn in an earlier run, or come from another tool.
    let secret = os.seed_was_used()
        || kept
            .as_ref()
            .is_some_and(|kept| !kept.state.resources.is_empty());
    Ok(Made {
        environment,
        place,
        env_file,
        output,
        kept,
        secret,
    })
}

fn request(
    arguments: &Arguments,
    input: &Input,
    environment: &Environment,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Request<'static>, CliError> {
    let mut request = arguments
        .input
        .request(input, environment, os, sources, report)?;
    let patches: Vec<SourceRef> = arguments
        .patch
        .iter()
        .map(|path| SourceRef::from_flag("--patch", path, sources))
        .collect();
    let (read, sound) = report.observe(|report| -> Result<_, CliError> {
        let patches = source::read_sources(
            &patches,
            source::Purpose::Patches,
            &input.remotes,
            os,
            sources,
            report,
        )?;
        Ok((
            patches.files,
            inputs::publish(&arguments.publish, sources, report),
        ))
    });
    let (patches, publish) = read?;
    request.patches.extend(patches);
    request.options.publish.extend(publish);
    if let Err(reported) = sound {
        request.incomplete.fail(reported);
    }
    request.file_rules = arguments.files.rules();
    request.command_timeout = arguments.provisioning.command_timeout();
    let options = &mut request.options;
    options.generate_namespace |= arguments.generate_namespace;
    let is_sure =
        environment.require_complete().is_ok() && environment.target.name() == "kubernetes";
    if options.generate_namespace && options.namespace.is_none() && is_sure {
        without_namespace(arguments, environment, report)?;
    }
    options.http_probes = !arguments.no_http_probes;
    if environment.require_complete().is_err() {
        return Ok(request);
    }
    // Beside the output, so that the output and what it mounts belong together wherever they are.
    let place = arguments.place(environment);
    let directory = place.directory().join(mounts(environment));
    options.mounts = directory.display().to_string();
    options.project_in_output = place.way_back()?.display().to_string();
    request.layout = Layout {
        syntax: arguments.format.into(),
        directory: matches!(place, Place::Directory(_)),
    };
    Ok(request)
}

/// Refuses to make a namespace without a name: to the flag, or else where the environment asks for
/// it.
fn without_namespace(
    arguments: &Arguments,
    environment: &Environment,
    report: &mut Report,
) -> Result<(), CliError> {
    match environment.first(|own| own.generate_namespace.as_ref()) {
        Some(asked) if !arguments.generate_namespace => {
            let problem = Problem::new(&MISSING_NAMESPACE, "there is no namespace to generate")
                .at(asked.span);
            let help =
                "add `namespace: NAME` to the environment, or give `--namespace NAME` to each run";
            report.push(problem.help(help));
            Ok(())
        }
        _ => Err(CliError::Usage(
            "--generate-namespace needs --namespace NAME: there is none to generate".to_owned(),
        )),
    }
}

impl Arguments {
    fn chosen_by(&self, os: &Os) -> &'static str {
        match self.all.all_environments {
            true => "one of all",
            false => self.input.environment.chosen_by(os),
        }
    }

    fn place(&self, environment: &Environment) -> Place {
        conflicts::place(self.output.as_deref(), environment, self.format.into())
    }
}

/// Refuses to write where something would be lost or nobody would look.
fn check_places(
    arguments: &Arguments,
    environment: &Environment,
    output: &Place,
    os: &Os,
    sources: &Sources,
) -> Result<(), CliError> {
    let target = environment.target;
    // One that an environment declares was looked at when that was read.
    let is_declared = environment.first(|own| own.output.as_ref()).is_some();
    if arguments.output.is_none() && !is_declared && *output != Place::StandardOutput {
        refuse_default(output.path(), os)?;
    }
    Inputs::of(sources, os).refuse(
        [Some(output.path()), arguments.env_file.as_deref()]
            .into_iter()
            .flatten(),
    )?;
    match &arguments.env_file {
        Some(_) if !target.defers_variables() => {
            let why = "the output has the values that variables of the environment have now";
            Err(CliError::Usage(format!(
                "--env-file is not for {}: {why}",
                target.name()
            )))
        }
        Some(path) if path.as_os_str() == "-" => Err(CliError::Usage(
            "--env-file takes the name of a file".to_owned(),
        )),
        Some(path) if os::is_same_path(path, output.path()) => Err(CliError::Usage(format!(
            "`{}` is the output: name another file with --env-file",
            path.display()
        ))),
        _ => Ok(()),
    }
}
