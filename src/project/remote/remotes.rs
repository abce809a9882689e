//! The remote sources of one run: from the lock and the cache where they are there, else from where
//! they are.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::cache::Cache;
use super::digest::Digest;
use super::fetch::{Fetched, fetch};
use super::lock::{Entry, Lock, LockFile, PATH, Pin};
use super::url::Address;
use crate::project::inputs::CliError;
use crate::system::transaction::Item;
use compiler::support::host::Host;
use diagnostics::report::{Problem, Report, Reported, Severity, location_text};
use diagnostics::source::{Sources, Span};

rules! {
    /// A remote source is not what `score-rs.lock` says.
    pub DIGEST_MISMATCH: "digest-mismatch", Error;

    /// An environment or a flag names a remote source by an address that cannot be used.
    pub INVALID_REMOTE_SOURCE: "invalid-remote-source", Error;

    /// With `--offline`, a remote source is needed that is not on this computer.
    pub NOT_CACHED: "not-cached", Error;

    /// A remote source is used that `score-rs.lock` does not name.
    pub NOT_LOCKED: "not-locked", Error | Warning;
}

/// What may be done to have a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Nothing is used that the lock does not name.
    pub(crate) locked: bool,
    /// No network is asked.
    pub(crate) offline: bool,
    /// The run writes what it adds to the lock.
    pub(crate) keeps: bool,
    /// How long fetching one source may take.
    pub(crate) limit: Duration,
}

/// A source that somebody lists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// As it is written.
    pub(crate) text: &'a str,
    /// Where.
    pub(crate) span: Span,
    /// How the files that are wanted are called, for where one of several is meant.
    pub(crate) suffix: &'static str,
}

/// A source that is there.
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
    /// Whether the lock did not name it before this run.
    pub(crate) is_new: bool,
}

/// Gives remote sources, each fetched once at most.
pub(crate) struct Remotes {
    pub(super) rules: Rules,
    pub(super) cache: Cache,
    /// What was read and changed so far; `None` before a source is asked for, so that a project
    /// without one reads nothing.
    state: RefCell<Option<Result<State, Reported>>>,
    pub(super) had: RefCell<BTreeMap<String, Had>>,
    /// What was fetched ahead and not asked for yet; why not, where that was so.
    pub(super) ahead: RefCell<BTreeMap<String, Result<Fetched, String>>>,
}

/// A source that was asked for.
#[derive(Clone)]
pub(super) struct Had {
    bytes: Vec<u8>,
    digest: Digest,
    /// Whether it was fetched in this run.
    fetched: bool,
}

/// A lock, as it was and as it will be.
#[derive(Clone)]
pub(super) struct State {
    /// The bytes that were read; `None` where there was no lock.
    bytes: Option<Vec<u8>>,
    pub(super) was: Lock,
    pub(super) is: Lock,
}

impl Remotes {
    /// One that has read nothing yet.
    pub(crate) fn new(rules: Rules) -> Remotes {
        Remotes {
            rules,
            cache: Cache::of_user(),
            state: RefCell::new(None),
            had: RefCell::default(),
            ahead: RefCell::default(),
        }
    }

    /// The bytes of a source. What is wrong with its address, the lock, or its digest is reported;
    /// that it cannot be had ends the run.
    pub(crate) fn get(
        &self,
        wanted: Wanted<'_>,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Text, CliError> {
        let address = Address::parse(wanted.text).map_err(|wrong| {
            let message = format!("`{}` cannot be fetched: {}", wanted.text, wrong.message);
            report.error(
                Problem::new(&INVALID_REMOTE_SOURCE, message)
                    .at(wanted.span)
                    .help(wrong.help),
            )
        })?;
        let state = self.read(host, sources, report)?;
        let is_new = !state.was.0.contains_key(wanted.text);
        let entry = state.is.0.get(wanted.text);
        if is_new && self.rules.locked {
            let message = format!("`{}` is not locked", wanted.text);
            let help = "run `score-rs lock`, and put `score-rs.lock` into version control";
            return Err(report
                .error(
                    Problem::new(&NOT_LOCKED, message)
                        .at(wanted.span)
                        .help(help),
                )
                .into());
        }
        let known = self.had.borrow().get(wanted.text).cloned();
        let cached = |digest: &Digest| {
            let bytes = self.cache.get(host, digest)?;
            Some(Had {
                bytes,
                digest: digest.clone(),
                fetched: false,
            })
        };
        let had = match known.or_else(|| cached(&entry?.pin.digest)) {
            Some(had) => had,
            None => self.fetch(wanted, &address, entry, host, sources, report)?,
        };
        if is_new && !self.rules.keeps {
            let message = format!(
                "`{}` is not locked, so another run may get something else",
                wanted.text
            );
            report.push_as(
                Severity::Warning,
                Problem::new(&NOT_LOCKED, message)
                    .at(wanted.span)
                    .help("run `score-rs lock`"),
            );
        }
        self.had
            .borrow_mut()
            .insert(wanted.text.to_owned(), had.clone());
        Ok(Text {
            bytes: had.bytes,
            is_new,
        })
    }

    fn fetch(
        &self,
        wanted: Wanted<'_>,
        address: &Address,
        entry: Option<&Entry>,
        host: &dyn Host,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<Had, CliError> {
        if self.rules.offline {
            return Err(self.missing(wanted, entry, report).into());
        }
        let ahead = self.ahead.borrow_mut().remove(wanted.text);
        let fetched = ahead.unwrap_or_else(|| {
            fetch(
                address,
                entry.map(|entry| &entry.pin),
                wanted.suffix,
                self.rules.limit,
                host,
            )
        });
        let Fetched { bytes, pin } = fetched.map_err(|why| {
            let place = location_text(sources, wanted.span);
            CliError::World(format!(
                "cannot fetch `{}`, which {place} asks for: {why}",
                wanted.text
            ))
        })?;
        match entry {
            Some(entry) if entry.pin.digest != pin.digest => {
                return Err(differs(wanted, entry, &pin, report).into());
            }
            Some(_) => {}
            None => self.change(|lock| {
                lock.0.insert(
                    wanted.text.to_owned(),
                    Entry {
                        pin: pin.clone(),
                        span: None,
                    },
                );
            }),
        }
        self.cache.put(&pin.digest, &bytes);
        Ok(Had {
            bytes,
            digest: pin.digest,
            fetched: true,
        })
    }

    /// Says that something is not there and may not be fetched.
    fn missing(&self, wanted: Wanted<'_>, entry: Option<&Entry>, report: &mut Report) -> Reported {
        let text = wanted.text;
        let (message, help) = match (entry, self.cache.directory()) {
            (None, _) => (
                format!("`{text}` is not locked, and --offline fetches nothing"),
                "run `score-rs lock` where there is a network",
            ),
            (Some(entry), Some(directory)) => (
                format!(
                    "`{text}` is not in the cache `{}`, and --offline fetches nothing: it is {}",
                    directory.display(),
                    entry.pin.digest
                ),
                "run `score-rs lock` where there is a network; it fills the cache",
            ),
            (Some(_), None) => (
                format!("there is no cache to have `{text}` in, and --offline fetches nothing"),
                "set XDG_CACHE_HOME or HOME to a directory, and run `score-rs lock` where there is a network",
            ),
        };
        report.error(
            Problem::new(&NOT_CACHED, message)
                .at(wanted.span)
                .help(help),
        )
    }

    /// The lock, read when it is asked for first.
    pub(super) fn read(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<State, CliError> {
        if let Some(state) = self.state.borrow().clone() {
            return Ok(state?);
        }
        let LockFile { bytes, lock } = LockFile::read(host, sources, report)?;
        let state = lock.map(|lock| State {
            bytes,
            was: lock.clone(),
            is: lock,
        });
        *self.state.borrow_mut() = Some(state.clone());
        Ok(state?)
    }

    fn change(&self, change: impl FnOnce(&mut Lock)) {
        if let Some(Ok(state)) = self.state.borrow_mut().as_mut() {
            change(&mut state.is);
        }
    }
}

/// What there is to say of sources.
impl Remotes {
    /// The digest of a source that was asked for, in words.
    pub(crate) fn digest(&self, source: &str) -> Option<String> {
        self.had
            .borrow()
            .get(source)
            .map(|had| had.digest.to_string())
    }

    /// Where each source came from, in words.
    pub(crate) fn origins(&self) -> Vec<String> {
        let had = self.had.borrow();
        let line = |(source, had): (&String, &Had)| {
            let whence = if had.fetched {
                "fetched"
            } else {
                "from the cache"
            };
            format!("{whence}: {source}, {}", had.digest)
        };
        let no_cache = (!had.is_empty() && self.cache.directory().is_none())
            .then(|| "no cache: neither XDG_CACHE_HOME nor HOME names a directory".to_owned());
        had.iter().map(line).chain(no_cache).collect()
    }
}

/// The lock as a whole.
impl Remotes {
    /// Reads the lock before a source is asked for.
    pub(crate) fn open(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(), CliError> {
        self.read(host, sources, report).map(|_| ())
    }

    /// Forgets what a source has to be, so that it is taken as it is now.
    pub(crate) fn forget(&self, source: &str) {
        self.change(|lock| _ = lock.0.remove(source));
    }

    /// Forgets every source but these.
    pub(crate) fn keep_only(&self, listed: &BTreeSet<&str>) {
        self.change(|lock| lock.0.retain(|source, _| listed.contains(source.as_str())));
    }

    /// The lock to write; `None` when it says all that it has to say.
    pub(crate) fn item(&self) -> Option<Item> {
        let state = self.state.borrow();
        let State { was, is, .. } = state.as_ref()?.as_ref().ok()?;
        let pins = |lock: &Lock| {
            lock.0
                .iter()
                .map(|(source, own)| (source.clone(), own.pin.clone()))
                .collect()
        };
        let (was, new): (BTreeMap<String, Pin>, BTreeMap<String, Pin>) = (pins(was), pins(is));
        let content = Some(is.write().into_bytes());
        (was != new).then(|| Item {
            path: PATH.into(),
            content,
            mode: 0o644,
            lasting: true,
        })
    }

    /// What the lock to write says that the old one did not, in words.
    pub(crate) fn news(&self) -> Vec<String> {
        let state = self.state.borrow();
        let Some(Ok(State { was, is, .. })) = state.as_ref() else {
            return Vec::new();
        };
        let changed =
            is.0.iter()
                .filter_map(|(source, Entry { pin, .. })| match was.0.get(source) {
                    None => Some(format!("locked {source}: {}", describe(pin))),
                    Some(old) if old.pin.digest != pin.digest => Some(format!(
                        "updated {source}: {} is now {}",
                        old.pin.digest,
                        describe(pin)
                    )),
                    Some(old) if old.pin != *pin => {
                        Some(format!("updated {source}: {}, unchanged", describe(pin)))
                    }
                    Some(_) => None,
                });
        let gone = was.0.keys().filter(|source| !is.0.contains_key(*source));
        changed
            .chain(gone.map(|source| format!("removed {source}: nothing lists it")))
            .collect()
    }

    /// Whether another run has written the lock since this one read it, and this one has something
    /// to write too.
    pub(crate) fn is_outdated(&self, host: &dyn Host) -> bool {
        let state = self.state.borrow();
        let Some(Ok(State { bytes, .. })) = state.as_ref() else {
            return false;
        };
        self.item().is_some() && host.read(Path::new(PATH)).ok() != *bytes
    }
}

fn describe(pin: &Pin) -> String {
    match &pin.commit {
        Some(commit) => format!("{}, commit {commit}", pin.digest),
        None => pin.digest.to_string(),
    }
}

fn differs(wanted: Wanted<'_>, entry: &Entry, pin: &Pin, report: &mut Report) -> Reported {
    let message = format!(
        "`{}` is not what was locked: it is {} now, and `{PATH}` says {}",
        wanted.text, pin.digest, entry.pin.digest
    );
    let mut problem = Problem::new(&DIGEST_MISMATCH, message).at(wanted.span);
    if let Some(span) = entry.span {
        problem = problem.secondary(span, "locked here");
    }
    let help = format!(
        "look at what changed; to take it as it is now, run `score-rs lock --update {}`",
        wanted.text
    );
    report.error(problem.help(help))
}
