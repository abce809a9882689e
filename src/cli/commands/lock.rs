use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::FINE;
use crate::cli::flags::remote::PatienceFlags;
use crate::cli::flags::reporting::{Channel, ScreenFlags};
use crate::cli::output::symlinks::refuse_links;
use crate::cli::session::Reading;
use crate::project::environment::Registry;
use crate::project::environment::source::{Purpose, Source, SourceRef};
use crate::project::remote::{RemoteRef, Remotes};
use crate::project::state;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::project_lock;
use crate::system::transaction::write;
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{list_known, suggestion};

/// Write down what each remote source of the environments has to be, in `score-rs.lock`
///
/// Definitions and patch templates that environments list by an address are fetched, and their
/// digests, commits and manifests are locked. From then on they are used as they are, whatever
/// becomes of them elsewhere; `generate` needs no network for what is in the cache. Sources that no
/// environment lists any more are removed from the lock. What is locked stays as it is without
/// --update.
///
/// Exit status: 0 locked, 1 an environment or the lock has errors, 2 wrong usage, 3 a file or
/// source could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs lock                   lock what is not locked yet
  score-rs lock --update          take every source as it is now
  score-rs lock --update https://example.com/platform.provisioners.yaml")]
pub(crate) struct Arguments {
    /// Take a source as it is now, or every source when none is named. May be repeated
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, default_missing_value = "")]
    update: Vec<String>,
    /// Definitions that no environment lists and a --provisioners flag names. May be repeated
    #[arg(long, value_name = "URL")]
    provisioners: Vec<PathBuf>,
    /// A patch template that no environment lists and a --patch flag names. May be repeated
    #[arg(long, value_name = "URL")]
    patch: Vec<PathBuf>,
    #[command(flatten)]
    patience: PatienceFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

/// A remote source, and where it is listed first.
struct Found {
    text: String,
    span: Span,
    purpose: Purpose,
}

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    // Another run may write the lock while this one fetches; then it begins anew, with what is
    // locked now.
    state::retry_on_conflict(|| attempt(arguments))
}

/// Locks; `None` when what was read of the lock is not true any more.
fn attempt(arguments: &Arguments) -> Result<Option<u8>, CliError> {
    project_lock::recover()?;
    let os = Os::new(None);
    let mut reading = Reading::begin(&arguments.screen, Channel::Error, &os)?;
    let remotes = arguments.patience.remotes_to_lock();
    let locked = bring_up_to_date(
        arguments,
        &remotes,
        &os,
        &mut reading.sources,
        &mut reading.report,
    );
    reading.trace.remotes(&remotes);
    reading.judge(Coverage::Partial, &os);
    let lock = project_lock::lock()?;
    if locked.is_ok() && !reading.failed() && remotes.is_outdated(&os) {
        return Ok(None);
    }
    let count = reading.show(locked)?;
    let item = remotes.lock_write();
    refuse_links(item.as_slice(), &os)?;
    write(item.as_slice(), &[])?;
    drop(lock);
    if !arguments.screen.quiet() {
        let last = match (item, count) {
            (Some(item), _) => format!("wrote {}", item.path.display()),
            (None, 0) => "no environment lists a remote source".to_owned(),
            (None, _) => "everything is locked as it was".to_owned(),
        };
        remotes
            .changes()
            .into_iter()
            .chain([last])
            .for_each(|line| os::write_standard_error(&format!("{line}\n")));
    }
    Ok(Some(FINE))
}

/// Fetches and locks what has to be; gives how many sources there are.
fn bring_up_to_date(
    arguments: &Arguments,
    remotes: &Remotes,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<usize, CliError> {
    let found = find(arguments, os, sources, report)?;
    check_named(&arguments.update, &found)?;
    // Read before anything is forgotten.
    remotes.read_lock(os, sources, report)?;
    let is_updated = |text: &str| {
        arguments
            .update
            .iter()
            .any(|own| own.is_empty() || own == text)
    };
    found
        .iter()
        .filter(|own| is_updated(&own.text))
        .for_each(|own| remotes.unpin(&own.text));
    let wanted = found.iter().map(|own| RemoteRef {
        text: &own.text,
        span: own.span,
        suffix: own.purpose.suffix(),
    });
    let wanted: Vec<RemoteRef<'_>> = wanted.collect();
    remotes.prefetch(&wanted, os, sources, report)?;
    let mut all = Ok(());
    for wanted in wanted {
        match remotes.get(wanted, os, sources, report) {
            Ok(_) => {}
            Err(CliError::Reported) => all = Err(CliError::Reported),
            Err(stop) => return Err(stop),
        }
    }
    remotes.retain(
        &found
            .iter()
            .map(|own| own.text.as_str())
            .collect::<BTreeSet<_>>(),
    );
    all.map(|()| found.len())
}

/// Every remote source of every environment, and those of the flags, each once.
fn find(
    arguments: &Arguments,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<Found>, CliError> {
    let mut listed: Vec<(SourceRef, Purpose)> = Vec::new();
    for environment in Registry::new(os).all(sources, report)? {
        listed.extend(
            environment
                .provisioners()
                .into_iter()
                .map(|own| (own, Purpose::Definitions)),
        );
        listed.extend(
            environment
                .patches()
                .into_iter()
                .map(|own| (own, Purpose::Patches)),
        );
    }
    let flags = [
        (
            "--provisioners",
            &arguments.provisioners,
            Purpose::Definitions,
        ),
        ("--patch", &arguments.patch, Purpose::Patches),
    ];
    for (flag, paths, purpose) in flags {
        listed.extend(
            paths
                .iter()
                .map(|path| (SourceRef::from_flag(flag, path, sources), purpose)),
        );
    }
    let mut found: Vec<Found> = Vec::new();
    for (SourceRef { source, span }, purpose) in listed {
        if let (Source::Remote(text), Some(span)) = (source, span)
            && found.iter().all(|own| own.text != text)
        {
            found.push(Found {
                text,
                span,
                purpose,
            });
        }
    }
    Ok(found)
}

/// Refuses to update what is not there.
fn check_named(named: &[String], found: &[Found]) -> Result<(), CliError> {
    let texts = || found.iter().map(|own| own.text.as_str());
    match named
        .iter()
        .find(|name| !name.is_empty() && texts().all(|text| text != name.as_str()))
    {
        Some(name) => {
            let help = suggestion(name, texts(), || match found {
                [] => "no environment lists a remote source".to_owned(),
                _ => list_known("source", texts()),
            });
            Err(CliError::Usage(format!(
                "there is no source `{name}` to update: {help}"
            )))
        }
        None => Ok(()),
    }
}
