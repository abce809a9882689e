use std::path::{Path, PathBuf};

use crate::cli::FINE;
use crate::cli::flags::reporting::{Channel, ScreenFlags};
use crate::cli::output::persisted::kept_directory;
use crate::cli::output::symlinks::refuse_links;
use crate::cli::session::Reading;
use crate::project::environment::{
    ENVIRONMENTS, FILE, NAME_RULE, Registry, Wanted, is_environment_name,
};
use crate::project::import::go_state::INVALID_IMPORT_STATE;
use crate::project::import::{Carried, Recorded, Tool, carry, first_line};
use crate::project::inputs::{self, CliError};
use crate::project::state;
use crate::report::suppressions::Seen;
use crate::system::os::{self, Os};
use crate::system::transaction::{Item, write};
use compiler::identity::Identity;
use compiler::support::host::Host;
use compiler::support::path::normal;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};

/// Take over what score-k8s or score-compose has kept, so that what is deployed keeps its names and
/// passwords
///
/// The directory `.score-k8s` or `.score-compose` becomes `environments/NAME` with its provisioners
/// and patch templates, and its guids, instance suffixes and states go to
/// `.score-rs/NAME/state.yaml`, which may hold passwords and stays out of git. The next `score-rs
/// generate --env NAME` then describes the same objects. Files that are there already are left as
/// they are, and nothing in the old directory is changed. An environment that is somebody's own or
/// of another target is not touched.
///
/// Exit status: 0 taken over, also when it had been before, 1 the directory has errors, 2 wrong
/// usage, 3 a file could not be read or written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs import                            .score-k8s and .score-compose of this project, as kubernetes and compose
  score-rs import .score-k8s --env staging   as the environment staging")]
pub(crate) struct Arguments {
    /// The directory of a Go tool, or the project that has it
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// What the environment is called [default: kubernetes or compose]
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    screen: ScreenFlags,
}

/// A directory of a Go tool that was read.
struct Found {
    directory: PathBuf,
    recorded: Recorded,
    definitions: Vec<(String, String)>,
}

/// What was read of one directory, as it is written.
struct Prepared {
    tool: Tool,
    directory: PathBuf,
    /// What the environment is called.
    name: String,
    /// The files of the environment.
    files: Vec<Item>,
    /// The state, when there is one.
    state: Option<Item>,
    said: Vec<String>,
    /// The command that comes next.
    next: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    let os = Os::new(None);
    let directories = directories(&arguments.directory)?;
    if let Some(name) = &arguments.env {
        check_name(name, directories.len())?;
    }
    let mut reading = Reading::begin(&arguments.screen, Channel::Error, &os)?;
    let Reading {
        sources, report, ..
    } = &mut reading;
    let mut all = Vec::new();
    for directory in directories {
        let found = find(directory, &os, sources, report)?;
        all.extend(found.map(|found| prepare(found, arguments.env.as_deref())));
    }
    let checked = all
        .iter()
        .try_for_each(|one| check_place(one, &os, sources, report));
    reading.end(Seen::Part, &os, checked)?;
    let next: Vec<String> = all.iter().map(|one| format!("`{}`", one.next)).collect();
    let mut lines = write_new(all, &os)?;
    lines.push(format!("next: {}", next.join(", ")));
    if !arguments.screen.quiet() {
        lines
            .iter()
            .for_each(|line| os::write_standard_error(&format!("{line}\n")));
    }
    Ok(FINE)
}

/// The directories that are meant: the one that is named, or those of the Go tools in it.
fn directories(named: &Path) -> Result<Vec<PathBuf>, CliError> {
    if os::exists(&named.join("state.yaml")) {
        return Ok(vec![named.to_path_buf()]);
    }
    let inside =
        [Tool::Kubernetes, Tool::Compose].map(|tool| named.join(format!(".{}", tool.name())));
    let inside: Vec<PathBuf> = inside
        .into_iter()
        .filter(|path| os::exists(&path.join("state.yaml")))
        .collect();
    match inside.is_empty() {
        true => {
            let help =
                "name a directory `.score-k8s` or `.score-compose`, or the project that has one";
            Err(CliError::Usage(format!(
                "there is no `state.yaml` of a Go tool in `{}`: {help}",
                named.display()
            )))
        }
        // Without the `./` that nobody has written.
        false => Ok(inside
            .iter()
            .map(|path| path.strip_prefix(".").unwrap_or(path).to_path_buf())
            .collect()),
    }
}

fn check_name(name: &str, count: usize) -> Result<(), CliError> {
    if !is_environment_name(name) {
        return Err(CliError::Usage(format!(
            "an environment cannot be called `{name}`: use {NAME_RULE}"
        )));
    }
    match count {
        1 => Ok(()),
        _ => Err(CliError::Usage(
            "--env names one environment, and there are two to take over: name one directory"
                .to_owned(),
        )),
    }
}

fn find(
    directory: PathBuf,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<Found>, CliError> {
    let state = directory.join("state.yaml");
    sources.mark_private(state.display().to_string());
    let Some(state) = inputs::read(host, &state, sources, report)? else {
        return Ok(None);
    };
    let mut names = os::file_names(&directory);
    names.retain(|name| name.ends_with(".provisioners.yaml"));
    names.sort();
    let mut definitions = Vec::with_capacity(names.len());
    for name in names {
        let read = inputs::read(host, &directory.join(&name), sources, report)?;
        definitions.extend(read.map(|source| (name, sources.text(source).to_owned())));
    }
    let recorded = recorded(sources, state, report);
    Ok(recorded.map(|recorded| Found {
        directory,
        recorded,
        definitions,
    }))
}

/// Reads a state. A file that says nothing at all is none either.
fn recorded(sources: &Sources, state: SourceId, report: &mut Report) -> Option<Recorded> {
    let mut own = Report::default();
    let recorded = Recorded::read(sources, state, &mut own);
    if recorded.is_none() && own.result().is_ok() {
        let problem = Problem::new(&INVALID_IMPORT_STATE, "this file says nothing")
            .at(Span::new(state, 0, 0));
        own.push(problem.help("name the directory `.score-k8s` or `.score-compose` of a project"));
    }
    report.merge(own);
    recorded
}

/// What becomes of a directory: an environment of the name that is given, or of that of its target.
fn prepare(found: Found, name: Option<&str>) -> Prepared {
    let Found {
        directory,
        recorded,
        definitions,
    } = found;
    let tool = recorded.tool;
    let name = name.unwrap_or(tool.target()).to_owned();
    let directory = normal(&directory);
    let Carried { files, said, next } = carry(
        &recorded,
        &directory.display().to_string(),
        &name,
        definitions,
    );
    let place = Path::new(ENVIRONMENTS).join(&name);
    let files = files
        .into_iter()
        .map(|(file, text)| Item {
            path: place.join(file),
            content: Some(text.into_bytes()),
            mode: 0o644,
            lasting: true,
        })
        .collect();
    let identity = Identity {
        project: recorded.project.clone(),
        environment: name.clone(),
        ..Identity::default()
    };
    let state = state::file(&identity, &recorded.state);
    Prepared {
        tool,
        directory,
        name,
        files,
        state,
        said,
        next,
    }
}

/// Refuses an environment that is there for another target, or that somebody has written: with
/// names and passwords of other objects it would describe neither.
fn check_place(
    one: &Prepared,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<(), CliError> {
    let place = Path::new(ENVIRONMENTS).join(&one.name);
    let Ok(there) = os.read(&place.join(FILE)) else {
        return Ok(());
    };
    let shown = place.display().to_string();
    let (directory, help) = (
        one.directory.display(),
        "name another environment with --env",
    );
    let found = Registry::new(os).find(
        Some(&Wanted {
            name: &shown,
            from: "",
        }),
        sources,
        report,
    )?;
    let (its, theirs) = (found.target.name(), one.tool.target());
    if its != theirs {
        return Err(CliError::Usage(format!(
            "`{shown}` is for {its}, `{directory}` for {theirs}: {help}"
        )));
    }
    let differs = |item: &&Item| os::exists(&item.path) && os.read(&item.path).ok() != item.content;
    let first = first_line(one.tool, &directory.to_string());
    if there.starts_with(first.as_bytes())
        || one
            .state
            .as_ref()
            .is_none_or(|state| os::exists(&state.path))
    {
        return Ok(());
    }
    match one.files.iter().find(differs) {
        Some(item) => {
            let path = item.path.display();
            let help = format!("{help}, or move `{path}` away");
            Err(CliError::Usage(format!(
                "`{path}` is not from `{directory}`, and the state would not belong to it: {help}"
            )))
        }
        None => Ok(()),
    }
}

/// Writes what is not there yet, all of it or nothing, and gives what is to be said.
fn write_new(all: Vec<Prepared>, os: &Os) -> Result<Vec<String>, CliError> {
    let lock = state::lock()?;
    let (mut lines, mut items) = (Vec::new(), Vec::new());
    for Prepared {
        files, state, said, ..
    } in all
    {
        // The state first: an environment without it would rename everything.
        let own = state.into_iter().chain(files);
        let (there, new): (Vec<Item>, Vec<Item>) = own.partition(|item| os::exists(&item.path));
        lines.extend(
            new.iter()
                .map(|item| format!("wrote {}", item.path.display())),
        );
        lines.extend(there.iter().map(|item| left_alone(item, os)));
        lines.extend(said.into_iter().map(|line| format!("note: {line}")));
        items.extend(new);
    }
    let items = with_directories(items);
    refuse_links(&items, os)?;
    write(&items, &[])?;
    drop(lock);
    Ok(lines)
}

/// The items, after the directories of what is kept.
fn with_directories(items: Vec<Item>) -> Vec<Item> {
    let kept = items.iter().filter(|item| item.path.starts_with(os::KEPT));
    let directories: Vec<PathBuf> = kept
        .filter_map(|item| item.path.parent())
        .map(Path::to_path_buf)
        .collect();
    if directories.is_empty() {
        return items;
    }
    let directory = |path: PathBuf| Item {
        path,
        content: None,
        mode: 0o700,
        lasting: true,
    };
    let directories = directories.into_iter().map(directory);
    kept_directory(Path::new(""))
        .into_iter()
        .chain(directories)
        .chain(items)
        .collect()
}

fn left_alone(item: &Item, os: &Os) -> String {
    let path = item.path.display();
    let same = os.read(&item.path).ok() == item.content;
    let help = match same {
        true => return format!("{path} is there already"),
        // What was made since the last import, passwords among it, may be nowhere else.
        false if item.path.starts_with(os::KEPT) => {
            "to take over anew, move it away and keep it, since passwords that were made later are in it alone"
        }
        false => "move it away to take over anew",
    };
    format!("{path} is there already and says something else: it was left as it is; {help}")
}
