use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::ExitCode;
use crate::cli::display::terminal::print;
use crate::cli::flags::environment::EnvFlag;
use crate::cli::flags::headings::{ENVIRONMENT, OUTPUT};
use crate::cli::flags::remote::FetchFlags;
use crate::cli::flags::reporting::{Channel, ReportingFlags};
use crate::cli::output::symlinks::check_persisted_files;
use crate::cli::session::Session;
use crate::project::environment::source::{Purpose, Source, SourceRef};
use crate::project::environment::{Environment, Registry, expand_remote};
use crate::project::remote::{Copies, LOCK_PATH, RemoteRef, Remotes, is_directory_of_project};
use crate::project::state::{self, StateFile};
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::project_lock;
use crate::system::transaction::write;
use compiler::identity::Identity;
use compiler::support::path::normal;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::suggestions::{list_known, list_names, suggestion};

/// Pin the remote sources used by environments
///
/// Fetches what environments name by URLs, and writes digests, commits and manifests to
/// `score-rs.lock`. All commands then use exactly these contents, and need no network for what is in
/// the cache. Sources that no environment names are removed from the lock. Without --update, pinned
/// sources do not change.
///
/// `generate` also pins the defaults of resources that store data. --update-defaults and --rotate
/// change what is pinned for the resources of one environment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs lock            # pin new sources
  score-rs lock --update   # pin the current contents of all sources
  score-rs lock --check    # print what --update would change
  score-rs lock --vendor third_party/score   # keep copies in the project
  score-rs lock --update-defaults 'postgres.default#shop.db' -e staging
  score-rs lock --rotate 'postgres.default#shop.db' -e staging
  score-rs lock --update https://example.com/platform.provisioners.yaml")]
pub(crate) struct Arguments {
    /// Pin the current content of this source, or of all sources
    ///
    /// SOURCE is a URL as the environment lists it. Without SOURCE, all sources are pinned again.
    /// May be repeated.
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, default_missing_value = "")]
    update: Vec<String>,
    /// Print what --update would change, and write nothing
    ///
    /// Exits with code 4 if there is something, such as a tag that has moved or a source that is not
    /// pinned yet.
    #[arg(long, conflicts_with_all = ["update", "vendor"], help_heading = OUTPUT)]
    check: bool,
    /// Keep copies of all sources in this directory of the project
    ///
    /// Commit them to build without a network and without a cache. Every run reads them first and
    /// compares them with the lock. The lock names DIR, so that later runs of `lock` update the
    /// copies.
    #[arg(long, value_name = "DIR", value_parser = parse_directory)]
    vendor: Option<String>,
    /// Also pin definitions that are used with the flag --provisioners
    ///
    /// May be repeated.
    #[arg(long, value_name = "URL")]
    provisioners: Vec<PathBuf>,
    /// Also pin a patch template that is used with the flag --patch
    ///
    /// May be repeated.
    #[arg(long, value_name = "URL")]
    patch: Vec<PathBuf>,
    /// Unpin the defaults of this resource, or of all in the environment
    ///
    /// UID is `TYPE.CLASS#ID`, as `resources list` prints it. Without UID, the defaults of all
    /// resources are unpinned. `diff` then shows what the current definitions change, such as the
    /// version of a database, and `generate` pins it. Remote sources are not read.
    #[arg(long, value_name = "UID", num_args = 0..=1, default_missing_value = "", help_heading = ENVIRONMENT, conflicts_with_all = ["update", "provisioners", "patch"])]
    update_defaults: Vec<String>,
    /// Give the passwords of this resource new values
    ///
    /// UID is `TYPE.CLASS#ID`, as `resources list` prints it. The next `generate` writes the new
    /// values, on every machine with the same seed. A running database keeps its old password until
    /// you set the new one there. May be repeated.
    #[arg(long, value_name = "UID", help_heading = ENVIRONMENT, conflicts_with_all = ["update", "provisioners", "patch"])]
    rotate: Vec<String>,
    #[command(flatten)]
    env: EnvFlag,
    #[command(flatten)]
    fetch: FetchFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

/// A remote source where it is listed first, and what it is for.
type ListedRemote = (SourceRef, Purpose);

/// A directory of the project that is not the project itself.
fn parse_directory(text: &str) -> Result<String, String> {
    let path = normal(Path::new(text));
    let path = path.to_str().filter(|text| is_directory_of_project(text));
    path.map(str::to_owned)
        .ok_or_else(|| "write a directory in the project, such as `third_party/score`".to_owned())
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    // Another run may write the lock while this one fetches; then this one starts again.
    state::retry_on_conflict(|| attempt(arguments))
}

/// Writes the lock; `None` when the lock that was read is outdated.
fn attempt(arguments: &Arguments) -> Result<Option<ExitCode>, CliError> {
    let os = Os::new(None);
    let reporter = arguments.reporting.reporter();
    project_lock::recover(&|line| reporter.status([line]))?;
    let mut session = Session::begin(reporter, Channel::Stderr, &os)?;
    let remotes = arguments.fetch.remotes_to_lock();
    let (sources, report) = (&mut session.sources, &mut session.report);
    let result = match changes_resources(arguments) {
        true => change_resources(arguments, &remotes, &os, sources, report).map(Summary::Messages),
        false => update(arguments, &remotes, &os, sources, report).map(Summary::Sources),
    };
    session.verbose.remotes(&remotes);
    session.apply_levels(Coverage::Partial, &os);
    let lock = project_lock::lock(&|line| reporter.status([line]))?;
    if result.is_ok() && !session.has_errors() && remotes.is_outdated(&os) {
        return Ok(None);
    }
    let summary = session.print_report(result)?;
    let mut messages = remotes.changes();
    if arguments.check && !messages.is_empty() {
        print(&format!("{}\n", messages.join("\n")))?;
        return Ok(Some(ExitCode::Difference));
    }
    let file = remotes.lock_write();
    let is_written = file.is_some();
    let Copies {
        mut writes,
        outdated,
    } = remotes.vendored()?;
    let count = writes.len();
    writes.extend(file);
    check_persisted_files(&writes, &os)?;
    let is_changed = write(&writes, &outdated)?;
    drop(lock);
    if let Some(directory) = remotes
        .vendor_directory()
        .filter(|_| is_changed || is_written)
    {
        messages.push(format!("wrote {count} files to {directory}"));
    }
    messages.extend(is_written.then(|| format!("wrote {LOCK_PATH}")));
    match summary {
        Summary::Messages(last) => messages.extend(last),
        Summary::Sources(_) if is_written => {}
        Summary::Sources(0) => messages.push("no environment lists a remote source".to_owned()),
        Summary::Sources(_) => messages.push("the lock is up to date".to_owned()),
    }
    reporter.status(messages);
    Ok(Some(ExitCode::Success))
}

/// What a run says at its end.
enum Summary {
    /// The number of remote sources.
    Sources(usize),
    Messages(Vec<String>),
}

/// Whether the flags change what is pinned for resources, and not the remote sources.
fn changes_resources(arguments: &Arguments) -> bool {
    !arguments.update_defaults.is_empty() || !arguments.rotate.is_empty()
}

/// Unpins defaults and rotates passwords of resources of one environment; returns status messages.
fn change_resources(
    arguments: &Arguments,
    remotes: &Remotes,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<String>, CliError> {
    let environment = arguments.env.find(remotes, os, sources, report)?;
    environment.require_complete()?;
    let project = environment.first(|file| file.project.as_ref());
    let identity = Identity {
        project: project.map(|name| name.value.clone()),
        ..environment.identity()
    };
    let key = identity.lock_key();
    let name = &environment.name;
    let (pins, _) = remotes.pins(&key, os, sources, report)?;
    let state_file = StateFile::read(os, &identity, sources, report)??;
    let pinned: Vec<&str> = pins.keys().map(String::as_str).collect();
    let stored = state_file.state.resources.keys().map(String::as_str);
    let known: BTreeSet<&str> = pinned.iter().copied().chain(stored).collect();
    let known: Vec<&str> = known.into_iter().collect();
    let mut messages = Vec::new();
    for uid in &arguments.update_defaults {
        let uid = Some(uid.as_str()).filter(|uid| !uid.is_empty());
        if let Some(uid) = uid {
            check_resource(uid, &pinned, "pinned defaults", name)?;
        }
        let removed = remotes.unpin_defaults(&key, uid);
        messages.push(match removed.as_slice() {
            [] => format!("no resource of {name} has pinned defaults"),
            uids => format!(
                "unpinned the defaults of {}; `score-rs diff -e {name}` shows what changes, and \
                 `score-rs generate -e {name}` pins it",
                list_names(uids.iter().map(String::as_str))
            ),
        });
    }
    for uid in &arguments.rotate {
        check_resource(uid, &known, "pinned defaults or stored state", name)?;
        remotes.rotate(&key, uid);
        messages.push(format!(
            "`score-rs generate -e {name}` gives `{uid}` new passwords; a running server keeps the \
             old ones until you change them there"
        ));
    }
    Ok(messages)
}

/// Rejects the UID of a resource that is not known.
fn check_resource(
    uid: &str,
    known: &[&str],
    what: &str,
    environment: &str,
) -> Result<(), CliError> {
    if known.contains(&uid) {
        return Ok(());
    }
    let help = suggestion(uid, known.iter().copied(), || match known {
        [] => format!("run `score-rs generate -e {environment}` first"),
        _ => list_known("resource", known.iter().copied()),
    });
    Err(CliError::Usage(format!(
        "`{uid}` has no {what} in {environment}: {help}"
    )))
}

/// Fetches and pins the listed sources; returns their number.
fn update(
    arguments: &Arguments,
    remotes: &Remotes,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<usize, CliError> {
    remotes.read_lock(os, sources, report)?;
    // Before environments are read, which may extend a source.
    let all = arguments.check.then_some(String::new());
    for name in arguments.update.iter().chain(&all) {
        remotes.unpin(name);
    }
    if let Some(directory) = &arguments.vendor {
        remotes.vendor_in(directory);
    }
    let listed = listed_remotes(arguments, remotes, os, sources, report)?;
    let references: Vec<RemoteRef<'_>> = listed.iter().filter_map(remote_ref).collect();
    remotes.prefetch(&references, os, sources, report)?;
    let (expanded, result) = report.observe(|report| {
        for (source, purpose) in &listed {
            expand_remote(source, *purpose, remotes, os, sources, report)?;
        }
        Ok::<(), CliError>(())
    });
    expanded?;
    check_named_sources(&arguments.update, &listed, remotes)?;
    remotes.retain_used();
    result?;
    Ok(remotes.used().len())
}

fn remote_ref((source_ref, purpose): &ListedRemote) -> Option<RemoteRef<'_>> {
    match (&source_ref.source, source_ref.span) {
        (Source::Remote(text), Some(span)) => Some(RemoteRef {
            text,
            span,
            suffix: purpose.suffix(),
        }),
        _ => None,
    }
}

/// The remote sources of all environments and of the flags, each once.
fn listed_remotes(
    arguments: &Arguments,
    remotes: &Remotes,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<ListedRemote>, CliError> {
    let environments = Registry::new(os, remotes).all(sources, report)?;
    let mut references: Vec<ListedRemote> =
        environments.iter().flat_map(Environment::sources).collect();
    let mut of_flag = |flag: &str, paths: &[PathBuf], purpose: Purpose| {
        let paths = paths.iter();
        references.extend(paths.map(|path| (SourceRef::from_flag(flag, path, sources), purpose)));
    };
    of_flag(
        "--provisioners",
        &arguments.provisioners,
        Purpose::Definitions,
    );
    of_flag("--patch", &arguments.patch, Purpose::Patches);
    let mut known = BTreeSet::new();
    references.retain(|(source_ref, _)| match &source_ref.source {
        Source::Remote(text) => known.insert(text.clone()),
        _ => false,
    });
    Ok(references)
}

/// Rejects a value of `--update` that is not listed.
fn check_named_sources(
    names: &[String],
    listed: &[ListedRemote],
    remotes: &Remotes,
) -> Result<(), CliError> {
    let used = remotes.used();
    let listed = listed
        .iter()
        .filter_map(remote_ref)
        .map(|remote| remote.text);
    let known: BTreeSet<&str> = used.iter().map(String::as_str).chain(listed).collect();
    let is_unknown = |name: &&String| !name.is_empty() && !known.contains(name.as_str());
    match names.iter().find(is_unknown) {
        Some(name) => {
            let texts = || known.iter().copied();
            let help = suggestion(name, texts(), || match known.is_empty() {
                true => "no environment lists a remote source".to_owned(),
                false => list_known("source", texts()),
            });
            Err(CliError::Usage(format!(
                "there is no source `{name}` to update: {help}"
            )))
        }
        None => Ok(()),
    }
}
