use std::path::PathBuf;

use clap::ValueEnum;

use super::files::FileFlags;
use super::input::{InputFlags, mounts};
use super::inputs::Inputs;
use super::kept::warn_of_kept;
use super::place::Place;
use super::provisioning::ProvisioningFlags;
use super::screen::{Channel, ScreenFlags};
use super::written::Written;
use super::{FINE, WRONG_INPUT};
use crate::back::emit::{Layout, Syntax};
use crate::back::target::Target;
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::pipeline::{self, Request};
use crate::shell::env_file::EnvFile;
use crate::shell::os::{self, Os};
use crate::shell::project::{self, Stop};
use crate::shell::state;

/// Compile Score files to a Compose file or to Kubernetes manifests
///
/// Everything is written when all of it is right, or nothing is. Exit status: 0 written, 1 the input has errors, 2 wrong
/// usage, 3 a file could not be read or written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs generate                                      every Score file here, to compose.yaml
  score-rs generate shop.yaml -i shop=example.com/shop:1.2
  score-rs generate --build shop.web=./app --publish 8080:shop:web
  score-rs generate -e kubernetes -n shop -o - | kubectl apply -f -
  score-rs generate --provisioners platform/postgres.provisioners.yaml")]
pub(super) struct Arguments {
    /// Where to write; `-` is standard output [default: compose.yaml or manifests.yaml]
    ///
    /// A directory, or a name that ends in `/`, gets a file for each object, on Kubernetes with a `kustomization.yaml` that
    /// lists them. Files that an earlier run listed there and that are no longer part of the output are removed.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// In which syntax to write: `kyaml` has brackets and quotes, `json` is one object, on Kubernetes a `List`
    #[arg(long, value_enum, default_value = "yaml")]
    format: OutputFormat,
    /// Compose: add the variables that the output leaves open to this file, for somebody to fill in
    ///
    /// Compose reads `.env` by itself. A line `NAME=` is added for each variable that the file does not have yet; what is
    /// there stays as it is.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// A patch template, applied to the finished documents. May be repeated
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
    /// Compose: make no health checks from `httpGet` probes, which need a helper inside each such container
    #[arg(long)]
    no_http_probes: bool,
    /// Compose: publish a port on this machine, as in `8080:shop:web` or `5432:postgres.default#shop.db.host:5432`
    ///
    /// The first number is a port of this machine, with an address before it when only that shall answer:
    /// `127.0.0.1:8080:shop:web`. The rest is a port of a workload, by name or number, or of the service that an output of a
    /// resource names. May be repeated.
    #[arg(long, value_name = "[ADDRESS:]HOST_PORT:WORKLOAD:PORT")]
    publish: Vec<String>,
    /// Kubernetes: write the namespace itself too
    #[arg(long)]
    generate_namespace: bool,
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

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    // Another run may keep something while this one works; then all is made anew, as if this one had begun later.
    loop {
        if let Some(code) = attempt(arguments)? {
            return Ok(code);
        }
    }
}

/// Compiles and writes; `None` when what was read of an earlier run is not true any more.
fn attempt(arguments: &Arguments) -> Result<Option<u8>, Stop> {
    let os = arguments.provisioning.os()?;
    let target = arguments.input.environment.target(&os)?;
    let mut sources = Sources::default();
    let mut report = Report::default();
    let mut levels = arguments.screen.levels(&os, &mut sources)?;
    let trace = arguments.screen.trace(Channel::Error);
    let (watch, follow) = (|stage| trace.stage(stage), |sources: &_, bound: &_| trace.bound(sources, bound));
    let mut request = request(arguments, target, &os, &mut sources, &mut report)?;
    (request.watch, request.follow) = (&watch, &follow);
    let kept = arguments.provisioning.kept(&mut request, &os, &mut sources, &mut report)?;
    let place = arguments.place(target);
    check_places(arguments, target, &place, &os, &sources)?;
    let env_file = match &arguments.env_file {
        Some(path) => Some(EnvFile::read(&os, path, &mut sources, &mut report)?),
        None => None,
    };
    trace.input(Some(&arguments.input.environment), &os, &request, &sources);
    let made = kept.and_then(|kept| {
        let output = pipeline::generate(&mut sources, &os, &request, &mut report)?;
        warn_of_kept(&os, kept.as_ref(), &output.state, &mut report);
        Ok((output, kept))
    });
    trace.end(&os);
    levels.judge(arguments.input.seen(), &sources, &mut report);
    let failed = report.failed().is_err();
    let lock = state::lock();
    if made.as_ref().is_ok_and(|(_, kept)| !failed && state::is_outdated(kept.as_ref(), &os)) {
        return Ok(None);
    }
    arguments.screen.show(&sources, &report, Channel::Error);
    match made {
        Ok((output, kept)) if !failed => {
            let (output, kept, env_file) = (&output, kept.as_ref(), env_file.as_ref());
            let whole_project = arguments.input.is_whole_project();
            let written = Written { output, env_file, kept, whole_project, sources: &sources, target, place: &place };
            written.write(&os, arguments.screen.quiet(), lock)?;
            Ok(Some(FINE))
        }
        _ => Ok(Some(WRONG_INPUT)),
    }
}

fn request<'a>(
    arguments: &Arguments,
    target: &'a dyn Target,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Request<'a>, Stop> {
    let mut request = arguments.input.request(target, os, sources, report)?;
    request.patches = project::read_all(os, &arguments.patch, sources, report)?;
    request.file_rules = arguments.files.rules();
    request.command_timeout = arguments.provisioning.command_timeout();
    let options = &mut request.options;
    options.generate_namespace = arguments.generate_namespace;
    options.http_probes = !arguments.no_http_probes;
    options.publish = project::publish(&arguments.publish, sources, report);
    // Beside the output, so that the output and what it mounts belong together wherever they are.
    let place = arguments.place(target);
    let directory = place.directory().join(mounts(target));
    options.mounts = directory.display().to_string();
    options.project_in_output = place.way_back()?.display().to_string();
    request.layout = Layout { syntax: arguments.format.into(), directory: matches!(place, Place::Directory(_)) };
    Ok(request)
}

impl Arguments {
    fn place(&self, target: &dyn Target) -> Place {
        Place::of(self.output.as_deref(), target, self.format.into())
    }
}

/// Refuses to write where something would be lost or nobody would look.
fn check_places(
    arguments: &Arguments,
    target: &dyn Target,
    output: &Place,
    os: &Os,
    sources: &Sources,
) -> Result<(), Stop> {
    Inputs::of(sources, os).refuse([Some(output.path()), arguments.env_file.as_deref()].into_iter().flatten())?;
    match &arguments.env_file {
        Some(_) if !target.defers_variables() => {
            let why = "the output has the values that variables of the environment have now";
            Err(Stop::Usage(format!("--env-file is not for {}: {why}", target.name())))
        }
        Some(path) if path.as_os_str() == "-" => Err(Stop::Usage("--env-file takes the name of a file".to_owned())),
        Some(path) if os::is_same_place(path, output.path()) => {
            Err(Stop::Usage(format!("`{}` is the output: name another file with --env-file", path.display())))
        }
        _ => Ok(()),
    }
}
