use std::path::{Path, PathBuf};
use std::time::Duration;

use super::screen::{Channel, ScreenFlags};
use super::{FINE, WORLD_FAILED, WRONG_INPUT};
use crate::back::compose::Compose;
use crate::back::kubernetes::Kubernetes;
use crate::back::target::{self, Target};
use crate::base::diagnostics::{Problem, Report};
use crate::base::host::Host;
use crate::base::text::{Sources, suggestion};
use crate::front::model::is_dns_label;
use crate::middle::identity::Identity;
use crate::middle::plan::FileRules;
use crate::middle::provision::State;
use crate::pipeline::{self, Output, Request};
use crate::shell::os::{self, Os};
use crate::shell::project::{self, OverrideFlags, Stop};
use crate::shell::values;
use crate::shell::write::{Item, write_all};

/// The targets, each of which is also a built-in environment; the first is the one that needs no name.
pub(super) const TARGETS: [&dyn Target; 2] = [&Compose, &Kubernetes];

const ENVIRONMENT_VARIABLE: &str = "SCORE_RS_ENV";

/// Compile Score files to a Compose file or to Kubernetes manifests
///
/// Everything is written when all of it is right, or nothing is. Exit status: 0 written, 1 the input has errors, 2 wrong
/// usage, 3 a file could not be read or written.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Score files; without any, every `score.yaml` and `*.score.yaml` of the project; `-` reads standard input
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
    /// The environment: `compose` or `kubernetes` [default: $SCORE_RS_ENV, else compose]
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Where to write; `-` is standard output [default: compose.yaml or manifests.yaml]
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// An image: for every container that says `.`, or for those of a workload, or for one container whatever it says
    #[arg(short, long, value_name = "[WORKLOAD[.CONTAINER]=]IMAGE")]
    image: Vec<String>,
    /// Merge a YAML file into a workload: mappings key by key, `null` deletes. May be repeated
    #[arg(long, value_name = "[WORKLOAD=]FILE")]
    overrides_file: Vec<String>,
    /// Set one value of a workload, as in `containers.main.image=nginx:1`; an empty value deletes. May be repeated
    ///
    /// A dot inside a key is written `\.`, the items of a list by number, `-1` appends. The value is YAML.
    #[arg(long, value_name = "[WORKLOAD:]PATH=VALUE")]
    override_property: Vec<String>,
    /// Something that the environment knows and provisioners ask for, as in `domain=example.com`. May be repeated
    ///
    /// A dot inside a key is written `\.`. The value is YAML: mappings are merged, an empty value removes.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Kubernetes: the namespace of all objects that have one
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    /// Kubernetes: write the namespace itself too
    #[arg(long)]
    generate_namespace: bool,
    /// The project's name: part of every derived name, and the `name:` of a Compose file
    #[arg(short, long, value_name = "NAME")]
    project: Option<String>,
    /// A provisioner definitions file, asked before the built-in ones. May be repeated; the first that fits wins
    #[arg(long, value_name = "FILE")]
    provisioners: Vec<PathBuf>,
    /// How long the program of a `cmd://` provisioner may run, in seconds; then it is ended with all it started
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    command_timeout: u64,
    /// A patch template, applied to the finished documents. May be repeated
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
    /// The file with the seed that passwords are derived from [default: $SCORE_RS_SEED, else .score-rs/seed]
    #[arg(long, value_name = "FILE")]
    seed_file: Option<PathBuf>,
    /// Let `files.source` read files outside the project
    #[arg(long)]
    allow_outside: bool,
    /// Compose: make no health checks from `httpGet` probes, which need a helper inside each such container
    #[arg(long)]
    no_http_probes: bool,
    #[command(flatten)]
    screen: ScreenFlags,
}

/// The target of a built-in environment.
pub(super) fn built_in_target(name: &str) -> Result<&'static dyn Target, Stop> {
    let found = TARGETS.iter().find(|target| target.name() == name).copied();
    found.ok_or_else(|| {
        let help = suggestion(name, TARGETS.iter().map(|target| target.name()), || {
            "the environments are `compose` and `kubernetes`".to_owned()
        });
        Stop::Usage(format!("there is no environment `{name}`: {help}"))
    })
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    check_names(arguments)?;
    let os = Os::new(arguments.seed_file.clone());
    if let Some(path) = &arguments.seed_file {
        // Not left until something needs it: a wrong path is found out at once, and once.
        os.seed().map_err(|refusal| project::unreadable(path, &refusal))?;
    }
    let named = arguments.env.clone().or_else(|| os.variable(ENVIRONMENT_VARIABLE)).filter(|name| !name.is_empty());
    let target = named.as_deref().map_or(Ok(TARGETS[0]), built_in_target)?;
    let mut sources = Sources::default();
    let mut report = Report::default();
    let request = request(arguments, target, &os, &mut sources, &mut report)?;
    let output = pipeline::generate(&mut sources, &os, &request, &mut report);
    if output.is_ok() {
        warn_of_seed(&os, &mut report);
    }
    let failed = arguments.screen.judge(&mut report);
    arguments.screen.show(&sources, &report, Channel::Error);
    match output {
        Ok(output) if !failed => Ok(finish(arguments, &os, target, &output)),
        _ => Ok(WRONG_INPUT),
    }
}

fn check_names(arguments: &Arguments) -> Result<(), Stop> {
    for (flag, name) in [("--namespace", &arguments.namespace), ("--project", &arguments.project)] {
        if let Some(name) = name.as_ref().filter(|name| !is_dns_label(name)) {
            let rule = "use 1 to 63 of the characters a-z, 0-9 and `-`, not beginning or ending with `-`";
            return Err(Stop::Usage(format!("`{name}` cannot be the value of {flag}: {rule}")));
        }
    }
    Ok(())
}

fn request<'a>(
    arguments: &Arguments,
    target: &'a dyn Target,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Request<'a>, Stop> {
    let read = |paths: &[PathBuf], sources: &mut Sources, report: &mut Report| -> Result<Vec<_>, Stop> {
        paths.iter().filter_map(|path| project::read(host, path, sources, report).transpose()).collect()
    };
    let score_files = read(&project::score_files(&arguments.files)?, sources, report)?;
    let definitions = read(&arguments.provisioners, sources, report)?;
    let patches = read(&arguments.patch, sources, report)?;
    let flags = OverrideFlags {
        files: &arguments.overrides_file,
        properties: &arguments.override_property,
        images: &arguments.image,
    };
    let overrides = project::overrides(host, &flags, sources, report)?;
    // Beside the output, so that the output and what it mounts belong together wherever they are.
    let mounts = Path::new(os::KEPT).join(target.name()).join("mounts");
    let output = output_path(arguments, target);
    Ok(Request {
        score_files,
        overrides,
        target,
        identity: Identity { project: arguments.project.clone(), environment: target.name().to_owned() },
        values: values::values(&arguments.set, sources, report),
        definitions,
        patches,
        options: target::Options {
            namespace: arguments.namespace.clone(),
            generate_namespace: arguments.generate_namespace,
            // It begins with `./`, so that Compose never takes it for the name of a volume.
            mounts_in_output: format!("./{}", mounts.display()),
            mounts: output_directory(&output).join(mounts).display().to_string(),
            http_probes: !arguments.no_http_probes,
        },
        file_rules: FileRules { allow_outside: arguments.allow_outside },
        command_timeout: Duration::from_secs(arguments.command_timeout),
        state: State::default(),
        watch: &|_| {},
    })
}

fn output_path(arguments: &Arguments, target: &dyn Target) -> PathBuf {
    arguments.output.clone().unwrap_or_else(|| PathBuf::from(target.default_output()))
}

/// The directory of the output file, where the files that it mounts are kept; the current one for standard output.
fn output_directory(output: &Path) -> &Path {
    output.parent().unwrap_or(Path::new(""))
}

fn warn_of_seed(os: &Os, report: &mut Report) {
    if let Some((path, _)) = os.made_seed() {
        let message = format!("passwords are derived from a new seed, kept in `{}`", path.display());
        let help = "another machine makes others; to have the same, give both one seed in SCORE_RS_SEED or --seed-file";
        report.warning(Problem::new("new-seed", message).help(help));
    }
}

/// Writes what was made and says so.
fn finish(arguments: &Arguments, os: &Os, target: &dyn Target, output: &Output) -> u8 {
    let path = output_path(arguments, target);
    let to_standard_output = path.as_os_str() == "-";
    let items = items(os, &path, to_standard_output, output);
    if let Err(failure) = write_all(&items) {
        let rest = if failure.nothing_written { "nothing was written" } else { "the files after it were not written" };
        let message = format!("error: cannot write `{}`: {}; {rest}\n", failure.path.display(), failure.why);
        os::write_standard_error(&message);
        return WORLD_FAILED;
    }
    if to_standard_output && let Err(error) = os::write_standard_output(output.text.as_bytes()) {
        os::write_standard_error(&format!("error: cannot write to standard output: {error}\n"));
        return WORLD_FAILED;
    }
    if !arguments.screen.quiet() {
        for note in &output.notes {
            os::write_standard_error(&format!("{note}\n"));
        }
        if !to_standard_output {
            os::write_standard_error(&format!("wrote {}\n", path.display()));
        }
    }
    FINE
}

/// A directory for what is kept. It may hold secrets, so only its owner enters it, and it keeps itself out of git.
fn kept_directory(parent: &Path) -> [Item; 2] {
    let directory = parent.join(os::KEPT);
    let ignore = Some(b"*\n".to_vec());
    [
        Item { path: directory.clone(), content: None, mode: 0o700, lasting: true },
        Item { path: directory.join(".gitignore"), content: ignore, mode: 0o644, lasting: true },
    ]
}

/// Everything to write: what is kept first, the output itself last.
fn items(os: &Os, path: &Path, to_standard_output: bool, output: &Output) -> Vec<Item> {
    let mut items = Vec::new();
    let seed = os.made_seed();
    if seed.is_some() {
        items.extend(kept_directory(Path::new("")));
    }
    if !output.artifacts.is_empty() {
        items.extend(kept_directory(output_directory(path)));
    }
    if let Some((path, text)) = seed {
        items.push(Item { path, content: Some(format!("{text}\n").into_bytes()), mode: 0o600, lasting: true });
    }
    items.extend(output.artifacts.iter().map(|artifact| Item {
        path: PathBuf::from(&artifact.path),
        content: artifact.content.clone(),
        mode: artifact.mode,
        lasting: false,
    }));
    if !to_standard_output {
        let mode = if os.drew() { 0o600 } else { 0o644 };
        let content = Some(output.text.clone().into_bytes());
        items.push(Item { path: path.to_path_buf(), content, mode, lasting: true });
    }
    items
}
