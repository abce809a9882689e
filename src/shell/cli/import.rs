use std::path::{Path, PathBuf};

use super::kept::kept_directory;
use super::screen::{Channel, ScreenFlags};
use super::{FINE, WRONG_INPUT};
use crate::base::diagnostics::Report;
use crate::base::host::Host;
use crate::base::text::Sources;
use crate::middle::identity::Identity;
use crate::shell::environment::{NAME_RULE, is_environment_name};
use crate::shell::import::{Carried, Recorded, Tool, carry};
use crate::shell::os::{self, Os};
use crate::shell::project::{self, Stop};
use crate::shell::silence::Seen;
use crate::shell::state;
use crate::shell::write::{Item, write};

/// Take over what score-k8s or score-compose has kept, so that what is deployed keeps its names and passwords
///
/// The directory `.score-k8s` or `.score-compose` becomes `environments/NAME` with its provisioners and patch templates, and
/// its guids, instance suffixes and states go to `.score-rs/NAME/state.yaml`, which may hold passwords and stays out of git.
/// The next `score-rs generate --env NAME` then describes the same objects. Files that are there already are left as they are,
/// and nothing in the old directory is changed.
///
/// Exit status: 0 taken over, also when it had been before, 1 the directory has errors, 2 wrong usage, 3 a file could not be
/// read or written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs import                            .score-k8s and .score-compose of this project, as kubernetes and compose
  score-rs import .score-k8s --env staging   as the environment staging")]
pub(super) struct Arguments {
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

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    let os = Os::new(None);
    let directories = directories(&arguments.directory)?;
    if let Some(name) = &arguments.env {
        check_name(name, directories.len())?;
    }
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let mut all = Vec::new();
    for directory in directories {
        all.extend(find(directory, &os, &mut sources, &mut report)?);
    }
    arguments.screen.levels(&os, &mut sources)?.judge(Seen::Part, &sources, &mut report);
    let failed = report.failed().is_err();
    arguments.screen.show(&sources, &report, Channel::Error);
    if failed {
        return Ok(WRONG_INPUT);
    }
    let taken = all.into_iter().map(|found| {
        let name = arguments.env.as_deref().unwrap_or(found.recorded.tool.target()).to_owned();
        take_over(found, &name)
    });
    write_new(taken.collect(), &os, arguments.screen.quiet())?;
    Ok(FINE)
}

/// The directories that are meant: the one that is named, or those of the Go tools in it.
fn directories(named: &Path) -> Result<Vec<PathBuf>, Stop> {
    if os::exists(&named.join("state.yaml")) {
        return Ok(vec![named.to_path_buf()]);
    }
    let inside = [Tool::Kubernetes, Tool::Compose].map(|tool| named.join(format!(".{}", tool.name())));
    let inside: Vec<PathBuf> = inside.into_iter().filter(|path| os::exists(&path.join("state.yaml"))).collect();
    match inside.is_empty() {
        true => {
            let help = "name a directory `.score-k8s` or `.score-compose`, or the project that has one";
            Err(Stop::Usage(format!("there is no `state.yaml` of a Go tool in `{}`: {help}", named.display())))
        }
        // Without the `./` that nobody has written.
        false => Ok(inside.iter().map(|path| path.strip_prefix(".").unwrap_or(path).to_path_buf()).collect()),
    }
}

fn check_name(name: &str, count: usize) -> Result<(), Stop> {
    if !is_environment_name(name) {
        return Err(Stop::Usage(format!("an environment cannot be called `{name}`: use {NAME_RULE}")));
    }
    match count {
        1 => Ok(()),
        _ => Err(Stop::Usage(
            "--env names one environment, and there are two to take over: name one directory".to_owned(),
        )),
    }
}

fn find(
    directory: PathBuf,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<Found>, Stop> {
    let state = directory.join("state.yaml");
    sources.keep_private(state.display().to_string());
    let Some(state) = project::read(host, &state, sources, report)? else { return Ok(None) };
    let mut names = os::file_names(&directory);
    names.retain(|name| name.ends_with(".provisioners.yaml"));
    names.sort();
    let mut definitions = Vec::with_capacity(names.len());
    for name in names {
        let read = project::read(host, &directory.join(&name), sources, report)?;
        definitions.extend(read.map(|source| (name, sources.text(source).to_owned())));
    }
    let recorded = Recorded::read(sources, state, report);
    Ok(recorded.map(|recorded| Found { directory, recorded, definitions }))
}

/// What to write for what was found, each file once, and what is said of it.
struct Taken {
    /// Every file, also those that are there already.
    items: Vec<Item>,
    /// What cannot be carried.
    said: Vec<String>,
}

fn take_over(found: Found, name: &str) -> Taken {
    let Found { directory, recorded, definitions } = found;
    let Carried { files, said } = carry(&recorded, &directory.display().to_string(), name, definitions);
    let place = Path::new("environments").join(name);
    let item = |(file, text): (String, String)| Item {
        path: place.join(file),
        content: Some(text.into_bytes()),
        mode: 0o644,
        lasting: true,
    };
    let identity = Identity { project: recorded.project.clone(), environment: name.to_owned(), ..Identity::default() };
    // The state first: an environment without it would rename everything.
    let state = state::file(&identity, &recorded.state);
    Taken { items: state.into_iter().chain(files.into_iter().map(item)).collect(), said }
}

/// Writes what is not there yet, all of it or nothing, and says what was done.
fn write_new(all: Vec<Taken>, os: &Os, quiet: bool) -> Result<(), Stop> {
    let lock = state::lock()?;
    let (mut lines, mut items) = (Vec::new(), Vec::new());
    for Taken { items: own, said } in all {
        let (there, new): (Vec<Item>, Vec<Item>) = own.into_iter().partition(|item| os::exists(&item.path));
        lines.extend(new.iter().map(|item| format!("wrote {}", item.path.display())));
        lines.extend(there.iter().map(|item| left_alone(item, os)));
        lines.extend(said.into_iter().map(|line| format!("note: {line}")));
        items.extend(new);
    }
    write(&with_directories(items), &[])?;
    drop(lock);
    if !quiet {
        lines.iter().for_each(|line| os::write_standard_error(&format!("{line}\n")));
    }
    Ok(())
}

/// The items, after the directories of what is kept.
fn with_directories(items: Vec<Item>) -> Vec<Item> {
    let kept = items.iter().filter(|item| item.path.starts_with(os::KEPT));
    let directories: Vec<PathBuf> = kept.filter_map(|item| item.path.parent()).map(Path::to_path_buf).collect();
    if directories.is_empty() {
        return items;
    }
    let directory = |path: PathBuf| Item { path, content: None, mode: 0o700, lasting: true };
    let directories = directories.into_iter().map(directory);
    kept_directory(Path::new("")).into_iter().chain(directories).chain(items).collect()
}

fn left_alone(item: &Item, os: &Os) -> String {
    let path = item.path.display();
    match os.read(&item.path).ok() == item.content {
        true => format!("{path} is there already"),
        false => format!(
            "{path} is there already and says something else: it was left as it is; remove it to take over anew"
        ),
    }
}
