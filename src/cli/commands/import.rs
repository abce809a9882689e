use std::path::{Path, PathBuf};

use crate::cli::ExitCode;
use crate::cli::flags::reporting::{Reporter, ReportingFlags};
use crate::cli::output::persisted::with_directories;
use crate::cli::output::symlinks::check_persisted_files;
use crate::cli::session::Session;
use crate::project::environment::{
    ENVIRONMENTS, EnvironmentName, FILE, NAME_RULE, Registry, is_environment_name,
};
use crate::project::import::go_state::INVALID_IMPORT_STATE;
use crate::project::import::{GoState, Tool, convert, header_line};
use crate::project::remote::Remotes;
use crate::project::state;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::{self, Hidden, Os};
use crate::system::project_lock;
use crate::system::text_file;
use crate::system::transaction::{FileWrite, write};
use compiler::identity::Identity;
use compiler::support::host::Host;
use compiler::support::path::normal;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};

/// Import the state of score-compose or score-k8s
///
/// Deployed objects keep their names and passwords: the next `score-rs generate --env NAME`
/// generates the same objects. Provisioners and patch templates of the directory `.score-k8s` or
/// `.score-compose` are written to `environments/NAME`; GUIDs, instance suffixes and states to
/// `.score-rs/NAME/state.yaml`, which can contain passwords and must not be committed. Existing
/// files and the old directory are not changed. An environment for another target, or one that was
/// not imported, is an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs import                            # as kubernetes and compose
  score-rs import .score-k8s --env staging   # as the environment staging")]
pub(crate) struct Arguments {
    /// `.score-k8s`, `.score-compose`, or a project with one of them
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// Name of the new environment [default: kubernetes or compose]
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
        let name = arguments.env.as_deref();
        read_imports(directories, &arguments.directory, name, &os, session)
    })?;
    let next: Vec<String> = imports
        .iter()
        .map(|import| format!("`{}`", import.next))
        .collect();
    let messages = write_new_files(imports, reporter, &os)?;
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
            "there is no `state.yaml` of score-k8s or score-compose in `{}`: {help}",
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
    named: &Path,
    name: Option<&str>,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<Vec<Import>, CliError> {
    let Session {
        sources, report, ..
    } = session;
    let mut imports = Vec::new();
    for directory in directories {
        check_links(&directory, named, os)?;
        let project = read_project(directory, os, sources, report)?;
        imports.extend(project.map(|project| prepare(project, name)));
    }
    imports
        .iter()
        .try_for_each(|import| check_destination(import, os, sources, report))?;
    Ok(imports)
}

/// The files of a directory of a Go tool that are imported: its state and definitions.
fn imported_files(directory: &Path) -> Result<Vec<PathBuf>, CliError> {
    let definitions = os::files_ending_in(directory, &[".provisioners.yaml"], Hidden::Listed);
    let mut files = definitions.map_err(CliError::Io)?;
    files.insert(0, directory.join("state.yaml"));
    Ok(files)
}

/// Rejects links that lead outside of the project: the import would copy any file of this machine
/// into it. `named` is the project or the directory.
fn check_links(directory: &Path, named: &Path, os: &Os) -> Result<(), CliError> {
    let mut project = os.real_path(named);
    if directory == named {
        project.pop();
    }
    for file in imported_files(directory)? {
        if !os.real_path(&file).starts_with(&project) {
            return Err(CliError::Io(format!(
                "cannot read `{}`: a link leads outside of `{}`; replace the link with the file that it leads to",
                file.display(),
                project.display()
            )));
        }
    }
    Ok(())
}

fn read_project(
    directory: PathBuf,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<GoProject>, CliError> {
    let files = imported_files(&directory)?;
    let Some((state, files)) = files.split_first() else {
        return Ok(None);
    };
    sources.mark_private(state.display().to_string());
    let Some(state) = text_file::read(host, state, sources, report)? else {
        return Ok(None);
    };
    let mut definitions = Vec::with_capacity(files.len());
    for file in files {
        let source = text_file::read(host, file, sources, report)?;
        let name = os::directory_name(file);
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
    let remotes = Remotes::at_hand();
    let mut registry = Registry::new(os, &remotes);
    let existing = registry.find(Some(&environment_name), sources, report)?;
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
fn write_new_files(
    imports: Vec<Import>,
    reporter: Reporter<'_>,
    os: &Os,
) -> Result<Vec<String>, CliError> {
    let lock = project_lock::lock(&|line| reporter.status([line]))?;
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
