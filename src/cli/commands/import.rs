use std::path::{Path, PathBuf};

use crate::cli::ExitCode;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::output::persisted::with_directories;
use crate::cli::output::symlinks::check_persisted_files;
use crate::cli::session::Session;
use crate::project::environment::{
    ENVIRONMENTS, EnvironmentName, FILE, NAME_RULE, Registry, is_environment_name,
};
use crate::project::import::go_state::INVALID_IMPORT_STATE;
use crate::project::import::{GoState, Tool, convert, header_line};
use crate::project::state;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::project_lock;
use crate::system::text_file;
use crate::system::transaction::{FileWrite, write};
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
    reporting: ReportingFlags,
}

/// A directory of a Go tool.
struct GoProject {
    directory: PathBuf,
    state: GoState,
    /// Names and texts of definitions files.
    definitions: Vec<(String, String)>,
}

/// What is written for one directory.
struct Import {
    tool: Tool,
    directory: PathBuf,
    environment: String,
    /// The files of the environment.
    files: Vec<FileWrite>,
    state: Option<FileWrite>,
    notes: Vec<String>,
    /// The command that comes next.
    next: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::new(None);
    let directories = directories(&arguments.directory)?;
    if let Some(name) = &arguments.env {
        check_name(name, directories.len())?;
    }
    let reporter = arguments.reporting.reporter();
    let (imports, _) = Session::run(reporter, Coverage::Partial, &os, |session| {
        read_imports(directories, arguments.env.as_deref(), &os, session)
    })?;
    let next: Vec<String> = imports
        .iter()
        .map(|import| format!("`{}`", import.next))
        .collect();
    let messages = write_new_files(imports, &os)?;
    reporter.status(messages);
    reporter.status([format!("next: {}", next.join(", "))]);
    Ok(ExitCode::Success)
}

/// The named directory, or those of the Go tools in it.
fn directories(named: &Path) -> Result<Vec<PathBuf>, CliError> {
    let has_state = |path: &Path| os::exists(&path.join("state.yaml"));
    if has_state(named) {
        return Ok(vec![named.to_path_buf()]);
    }
    let directories: Vec<PathBuf> = [Tool::Kubernetes, Tool::Compose]
        .iter()
        .map(|tool| named.join(format!(".{}", tool.name())))
        .filter(|path| has_state(path))
        // Without the `./` of the default.
        .map(|path| path.strip_prefix(".").unwrap_or(&path).to_path_buf())
        .collect();
    if directories.is_empty() {
        let help = "name a directory `.score-k8s` or `.score-compose`, or the project that has one";
        return Err(CliError::Usage(format!(
            "there is no `state.yaml` of a Go tool in `{}`: {help}",
            named.display()
        )));
    }
    Ok(directories)
}

fn check_name(name: &str, count: usize) -> Result<(), CliError> {
    if !is_environment_name(name) {
        return Err(CliError::Usage(format!(
            "`{name}` is not a valid environment name: use {NAME_RULE}"
        )));
    }
    match count {
        1 => Ok(()),
        _ => Err(CliError::Usage(
            "--env names one environment, but there are two to import: name one directory"
                .to_owned(),
        )),
    }
}

fn read_imports(
    directories: Vec<PathBuf>,
    name: Option<&str>,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<Vec<Import>, CliError> {
    let Session {
        sources, report, ..
    } = session;
    let mut imports = Vec::new();
    for directory in directories {
        let project = read_project(directory, os, sources, report)?;
        imports.extend(project.map(|project| prepare(project, name)));
    }
    imports
        .iter()
        .try_for_each(|import| check_destination(import, os, sources, report))?;
    Ok(imports)
}

fn read_project(
    directory: PathBuf,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<GoProject>, CliError> {
    let state = directory.join("state.yaml");
    sources.mark_private(state.display().to_string());
    let Some(state) = text_file::read(host, &state, sources, report)? else {
        return Ok(None);
    };
    let mut names = os::entry_names(&directory);
    names.retain(|name| name.ends_with(".provisioners.yaml"));
    names.sort();
    let mut definitions = Vec::with_capacity(names.len());
    for name in names {
        let source = text_file::read(host, &directory.join(&name), sources, report)?;
        definitions.extend(source.map(|source| (name, sources.text(source).to_owned())));
    }
    let state = read_state(sources, state, report);
    Ok(state.map(|state| GoProject {
        directory,
        state,
        definitions,
    }))
}

/// Reads a state. An empty file is an error.
fn read_state(sources: &Sources, state: SourceId, report: &mut Report) -> Option<GoState> {
    let mut local_report = Report::default();
    let recorded = GoState::read(sources, state, &mut local_report);
    if recorded.is_none() && local_report.result().is_ok() {
        let problem =
            Problem::new(&INVALID_IMPORT_STATE, "this file is empty").at(Span::new(state, 0, 0));
        let help = "name the directory `.score-k8s` or `.score-compose` of a project";
        local_report.push(problem.help(help));
    }
    report.merge(local_report);
    recorded
}

/// The import of a directory, as the environment `name`, or else the one named like its target.
fn prepare(project: GoProject, name: Option<&str>) -> Import {
    let tool = project.state.tool;
    let environment = name.unwrap_or(tool.target()).to_owned();
    let directory = normal(&project.directory);
    let imported = convert(
        &project.state,
        &directory.display().to_string(),
        &environment,
        project.definitions,
    );
    let destination = Path::new(ENVIRONMENTS).join(&environment);
    let files = imported
        .files
        .into_iter()
        .map(|(file, text)| FileWrite {
            path: destination.join(file),
            content: Some(text.into_bytes()),
            mode: 0o644,
            durable: true,
        })
        .collect();
    let identity = Identity {
        project: project.state.project.clone(),
        environment: environment.clone(),
        ..Identity::default()
    };
    Import {
        tool,
        directory,
        files,
        state: state::initial_write(&identity, &project.state.state),
        environment,
        notes: imported.notes,
        next: imported.next_command,
    }
}

/// Rejects an environment that exists for another target, or that a user has written: the state
/// would not belong to its objects.
fn check_destination(
    import: &Import,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<(), CliError> {
    let path = Path::new(ENVIRONMENTS).join(&import.environment);
    let Ok(text) = os.read(&path.join(FILE)) else {
        return Ok(());
    };
    let (name, directory) = (path.display().to_string(), import.directory.display());
    let help = "name another environment with --env";
    let environment_name = EnvironmentName {
        name: &name,
        origin: "",
    };
    let existing = Registry::new(os).find(Some(&environment_name), sources, report)?;
    let (existing_target, target) = (existing.target.name(), import.tool.target());
    if existing_target != target {
        return Err(CliError::Usage(format!(
            "`{name}` is for {existing_target}, but `{directory}` is for {target}: {help}"
        )));
    }
    let is_import = text.starts_with(header_line(import.tool, &directory.to_string()).as_bytes());
    let is_new = |state: &FileWrite| !os::exists(&state.path);
    if is_import || !import.state.as_ref().is_some_and(is_new) {
        return Ok(());
    }
    let differs =
        |file: &&FileWrite| os::exists(&file.path) && os.read(&file.path).ok() != file.content;
    match import.files.iter().find(differs) {
        Some(file) => {
            let path = file.path.display();
            let help = format!("{help}, or move `{path}` away");
            Err(CliError::Usage(format!(
                "`{path}` was not imported from `{directory}`, so the state would not belong to it: {help}"
            )))
        }
        None => Ok(()),
    }
}

/// Writes the files that do not exist yet, all or nothing, and returns status messages.
fn write_new_files(imports: Vec<Import>, os: &Os) -> Result<Vec<String>, CliError> {
    let lock = project_lock::lock()?;
    let (mut messages, mut writes) = (Vec::new(), Vec::new());
    for import in imports {
        // The state first: an environment without it would rename everything.
        let files = import.state.into_iter().chain(import.files);
        let (existing, new): (Vec<FileWrite>, Vec<FileWrite>) =
            files.partition(|file| os::exists(&file.path));
        messages.extend(
            new.iter()
                .map(|file| format!("wrote {}", file.path.display())),
        );
        messages.extend(existing.iter().map(|file| existing_message(file, os)));
        messages.extend(import.notes.into_iter().map(|note| format!("note: {note}")));
        writes.extend(new);
    }
    let writes = with_directories(writes);
    check_persisted_files(&writes, os)?;
    write(&writes, &[])?;
    drop(lock);
    Ok(messages)
}

fn existing_message(file: &FileWrite, os: &Os) -> String {
    let path = file.path.display();
    if os.read(&file.path).ok() == file.content {
        return format!("{path} already exists");
    }
    let help = match file.path.starts_with(os::DATA_DIRECTORY) {
        // Passwords that were generated since the last import may be nowhere else.
        true => {
            "to import again, move it away and keep it: it has the only copy of passwords that were generated later"
        }
        false => "move it away to import again",
    };
    format!("{path} already exists with other content and was not changed; {help}")
}
