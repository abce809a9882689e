//! The remote sources of one run, from the cache or the network, and the lock.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use super::cache::Cache;
use super::digest::Digest;
use super::fetch::{Download, fetch};
use super::lock::{Lock, LockEntry, LockFile, PATH, Pin};
use super::url::{SourceUrl, user_info};
use crate::system::error::CliError;
use crate::system::transaction::FileWrite;
use compiler::provision::{Pins, Rotations};
use compiler::support::host::Host;
use diagnostics::report::{Problem, Report, Reported, Severity, location_text};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::list_names;

rules! {
    /// The content of a remote source does not match the digest in `score-rs.lock`.
    pub DIGEST_MISMATCH: "digest-mismatch", Error;

    /// The URL of a remote source is invalid or not allowed.
    pub INVALID_REMOTE_SOURCE: "invalid-remote-source", Error;

    /// With `--offline`, a remote source is needed that is not in the local cache.
    pub NOT_CACHED: "not-cached", Error;

    /// A remote source is used that `score-rs.lock` does not contain.
    pub NOT_LOCKED: "not-locked", Error | Warning;
}

/// How sources may be fetched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FetchPolicy {
    /// Use only sources that the lock pins.
    pub(crate) locked: bool,
    /// Do not use the network.
    pub(crate) offline: bool,
    /// The run writes the lock when it adds a source to it.
    pub(crate) updates_lock: bool,
    /// The time limit for one source.
    pub(crate) timeout: Duration,
}

/// A remote source and where it is named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemoteRef<'a> {
    /// Its URL as it is written.
    pub(crate) text: &'a str,
    /// Where it is named.
    pub(crate) span: Span,
    /// The end of the names of the wanted files, for an artifact with several files.
    pub(crate) suffix: &'static str,
}

/// The bytes of a source.
pub(crate) struct RemoteText {
    pub(crate) bytes: Vec<u8>,
    /// Whether the lock did not pin it before this run.
    pub(crate) is_new: bool,
}

/// The remote sources of a run. Each is fetched at most once.
pub(crate) struct Remotes {
    pub(super) policy: FetchPolicy,
    pub(super) cache: Cache,
    /// `None` before the first source: a project without remote sources does not read its lock.
    lock: RefCell<Option<Result<Rc<LockState>, Reported>>>,
    pub(super) fetched: RefCell<BTreeMap<String, FetchedSource>>,
    /// Results of [`Remotes::prefetch`] that no call of [`Remotes::get`] has taken yet.
    pub(super) prefetched: RefCell<BTreeMap<String, Result<Download, String>>>,
}

/// A source that a call of [`Remotes::get`] has returned.
#[derive(Clone)]
pub(super) struct FetchedSource {
    bytes: Vec<u8>,
    digest: Digest,
    /// Whether it comes from the network, not from the cache.
    from_network: bool,
}

/// The lock before and after this run.
#[derive(Clone)]
pub(super) struct LockState {
    /// The bytes of the file; `None` when there is none.
    bytes: Option<Vec<u8>>,
    pub(super) before: Lock,
    pub(super) after: Lock,
}

/// Keeps a user name and a password out of messages, and the line with them out of what they show.
fn hide(user_info: &str, place: Span, sources: &mut Sources) {
    let texts = user_info.split(':');
    texts.for_each(|text| sources.secrets().add(text));
    let name = sources.get(place.source).name().to_owned();
    sources.mark_private(name);
}

impl Remotes {
    /// Reads and fetches nothing.
    pub(crate) fn new(policy: FetchPolicy) -> Remotes {
        Remotes {
            policy,
            cache: Cache::for_user(),
            lock: RefCell::new(None),
            fetched: RefCell::default(),
            prefetched: RefCell::default(),
        }
    }

    /// The bytes of a source. Problems of its URL, the lock or its digest are reported; a source
    /// that cannot be fetched is [`CliError::Io`].
    pub(crate) fn get(
        &self,
        remote: RemoteRef<'_>,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<RemoteText, CliError> {
        let text = remote.text;
        let url = SourceUrl::parse(text).map_err(|error| {
            if let Some(secret) = user_info(text) {
                hide(secret, remote.span, sources);
            }
            let message = format!("`{text}` cannot be fetched: {}", error.message);
            let problem = Problem::new(&INVALID_REMOTE_SOURCE, message).at(remote.span);
            report.error(problem.help(error.help))
        })?;
        let state = self.lock_state(host, sources, report)?;
        let is_new = !state.before.sources.contains_key(text);
        let entry = state.after.sources.get(text);
        if is_new && self.policy.locked {
            let problem = Problem::new(&NOT_LOCKED, format!("`{text}` is not locked"));
            let help = "run `score-rs lock`, and put `score-rs.lock` into version control";
            return Err(report.error(problem.at(remote.span).help(help)).into());
        }
        let known = self.fetched.borrow().get(text).cloned();
        let cached = |digest: &Digest| {
            let bytes = self.cache.get(host, digest)?;
            Some(FetchedSource {
                bytes,
                digest: digest.clone(),
                from_network: false,
            })
        };
        let source = match known.or_else(|| cached(&entry?.pin.digest)) {
            Some(source) => source,
            None => self.fetch(remote, &url, entry, host, sources, report)?,
        };
        if is_new && !self.policy.updates_lock {
            let message = format!("`{text}` is not locked, so another run may fetch other content");
            let problem = Problem::new(&NOT_LOCKED, message).at(remote.span);
            report.push_as(Severity::Warning, problem.help("run `score-rs lock`"));
        }
        self.fetched
            .borrow_mut()
            .insert(text.to_owned(), source.clone());
        Ok(RemoteText {
            bytes: source.bytes,
            is_new,
        })
    }

    fn fetch(
        &self,
        remote: RemoteRef<'_>,
        url: &SourceUrl,
        entry: Option<&LockEntry>,
        host: &dyn Host,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<FetchedSource, CliError> {
        if self.policy.offline {
            return Err(self.report_not_cached(remote, entry, report).into());
        }
        let prefetched = self.prefetched.borrow_mut().remove(remote.text);
        let download = prefetched.unwrap_or_else(|| {
            fetch(
                remote.text,
                url,
                entry.map(|entry| &entry.pin),
                remote.suffix,
                self.policy.timeout,
                host,
            )
        });
        let Download { bytes, pin } = download.map_err(|reason| {
            let place = location_text(sources, remote.span);
            CliError::Io(format!(
                "cannot fetch `{}` ({place}): {reason}",
                remote.text
            ))
        })?;
        match entry {
            Some(entry) if entry.pin.digest != pin.digest => {
                return Err(digest_mismatch(remote, entry, &pin, report).into());
            }
            Some(_) => {}
            None => self.update_lock(|lock| {
                lock.sources.insert(
                    remote.text.to_owned(),
                    LockEntry {
                        pin: pin.clone(),
                        span: None,
                    },
                );
            }),
        }
        self.cache.put(&pin.digest, &bytes);
        Ok(FetchedSource {
            bytes,
            digest: pin.digest,
            from_network: true,
        })
    }

    /// Reports a source that is not in the cache and may not be fetched.
    fn report_not_cached(
        &self,
        remote: RemoteRef<'_>,
        entry: Option<&LockEntry>,
        report: &mut Report,
    ) -> Reported {
        let text = remote.text;
        let (message, help) = match (entry, self.cache.directory()) {
            (None, _) => (
                format!("`{text}` is not locked, and --offline fetches nothing"),
                "run `score-rs lock` with network access",
            ),
            (Some(entry), Some(directory)) => (
                format!(
                    "`{text}` is not in the cache `{}`, and --offline fetches nothing: it is {}",
                    directory.display(),
                    entry.pin.digest
                ),
                "run `score-rs lock` with network access; it fills the cache",
            ),
            (Some(_), None) => (
                format!("there is no cache for `{text}`, and --offline fetches nothing"),
                "set XDG_CACHE_HOME or HOME to a directory, and run `score-rs lock` with network access",
            ),
        };
        report.error(
            Problem::new(&NOT_CACHED, message)
                .at(remote.span)
                .help(help),
        )
    }

    /// The lock; the first call reads it.
    pub(super) fn lock_state(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Rc<LockState>, CliError> {
        if let Some(state) = self.lock.borrow().clone() {
            return Ok(state?);
        }
        let LockFile { bytes, lock } = LockFile::read(host, sources, report)?;
        let state = lock.map(|lock| {
            Rc::new(LockState {
                bytes,
                before: lock.clone(),
                after: lock,
            })
        });
        *self.lock.borrow_mut() = Some(state.clone());
        Ok(state?)
    }

    /// The pins of an environment, by its identity.
    pub(crate) fn pins(
        &self,
        environment: &str,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(Pins, Rotations), CliError> {
        let LockState { after, .. } = &*self.lock_state(host, sources, report)?;
        let pins = after.defaults.get(environment).cloned();
        let rotations = after.rotations.get(environment).cloned();
        Ok((pins.unwrap_or_default(), rotations.unwrap_or_default()))
    }

    /// Whether only what the lock pins may be used.
    pub(crate) fn is_locked(&self) -> bool {
        self.policy.locked
    }

    /// Pins the defaults of resources of an environment.
    pub(crate) fn pin(&self, environment: &str, pins: &Pins) {
        if !pins.is_empty() {
            self.update_lock(|lock| {
                let pinned = lock.defaults.entry(environment.to_owned()).or_default();
                pinned.extend(pins.clone());
            });
        }
    }

    /// Removes the pinned defaults of an environment, or of one of its resources. Returns the
    /// resources; empty when there are none.
    pub(crate) fn unpin_defaults(&self, environment: &str, uid: Option<&str>) -> Vec<String> {
        let mut removed = Vec::new();
        self.update_lock(|lock| {
            if let Some(pins) = lock.defaults.get_mut(environment) {
                let is_meant = |other: &str| uid.is_none_or(|uid| uid == other);
                let uids = pins.keys().filter(|other| is_meant(other));
                removed.extend(uids.cloned());
                pins.retain(|other, _| !is_meant(other));
            }
        });
        removed
    }

    /// Counts one more rotation of the passwords of a resource.
    pub(crate) fn rotate(&self, environment: &str, uid: &str) {
        self.update_lock(|lock| {
            let rotations = lock.rotations.entry(environment.to_owned()).or_default();
            *rotations.entry(uid.to_owned()).or_default() += 1;
        });
    }

    fn update_lock(&self, update: impl FnOnce(&mut Lock)) {
        if let Some(Ok(state)) = self.lock.borrow_mut().as_mut() {
            update(&mut Rc::make_mut(state).after);
        }
    }
}

/// What is shown about sources.
impl Remotes {
    /// The digest of a source that [`Remotes::get`] has returned.
    pub(crate) fn digest(&self, source: &str) -> Option<String> {
        self.fetched
            .borrow()
            .get(source)
            .map(|source| source.digest.to_string())
    }

    /// A line for each source: from the network or from the cache.
    pub(crate) fn origins(&self) -> Vec<String> {
        let fetched = self.fetched.borrow();
        let line = |(url, source): (&String, &FetchedSource)| {
            let origin = match source.from_network {
                true => "fetched",
                false => "from the cache",
            };
            format!("{origin}: {url}, {}", source.digest)
        };
        let no_cache = (!fetched.is_empty() && self.cache.directory().is_none())
            .then(|| "no cache: neither XDG_CACHE_HOME nor HOME names a directory".to_owned());
        fetched.iter().map(line).chain(no_cache).collect()
    }
}

/// The lock as a whole.
impl Remotes {
    /// Reads the lock, also when no source is needed.
    pub(crate) fn read_lock(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(), CliError> {
        self.lock_state(host, sources, report).map(|_| ())
    }

    /// Removes the pin of a source, so that its current version is fetched.
    pub(crate) fn unpin(&self, source: &str) {
        self.update_lock(|lock| _ = lock.sources.remove(source));
    }

    /// Removes the pins of all other sources.
    pub(crate) fn retain(&self, urls: &BTreeSet<&str>) {
        self.update_lock(|lock| {
            lock.sources
                .retain(|source, _| urls.contains(source.as_str()))
        });
    }

    /// The lock before and after this run; `None` when no pin has changed.
    fn changed_lock(&self) -> Option<Rc<LockState>> {
        let state = self.lock.borrow().clone()?.ok()?;
        let is_same = state.before.has_same_pins(&state.after);
        (!is_same).then_some(state)
    }

    /// The lock to write; `None` when no pin has changed.
    pub(crate) fn lock_write(&self) -> Option<FileWrite> {
        let state = self.changed_lock()?;
        Some(FileWrite {
            path: PATH.into(),
            content: Some(state.after.write().into_bytes()),
            mode: 0o644,
            durable: true,
        })
    }

    /// A line for each pin that was added, changed or removed.
    pub(crate) fn changes(&self) -> Vec<String> {
        let state = self.lock.borrow();
        let Some(Ok(state)) = state.as_ref() else {
            return Vec::new();
        };
        let LockState { before, after, .. } = &**state;
        let changed =
            after
                .sources
                .iter()
                .filter_map(
                    |(source, LockEntry { pin, .. })| match before.sources.get(source) {
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
                    },
                );
        let removed = before
            .sources
            .keys()
            .filter(|source| !after.sources.contains_key(*source));
        changed
            .chain(removed.map(|source| format!("removed {source}: nothing lists it")))
            .chain(changed_defaults(before, after))
            .collect()
    }

    /// Whether this run has to write the lock, and another run has written it since this one read
    /// it.
    pub(crate) fn is_outdated(&self, host: &dyn Host) -> bool {
        self.changed_lock()
            .is_some_and(|state| host.read(Path::new(PATH)).ok() != state.bytes)
    }
}

/// A line for each environment whose resources have new pinned defaults.
fn changed_defaults(before: &Lock, after: &Lock) -> Vec<String> {
    let line = |(environment, pins): (&String, &Pins)| {
        let old = before.defaults.get(environment);
        let changed = pins
            .iter()
            .filter(|(uid, values)| old.and_then(|old| old.get(*uid)) != Some(values))
            .map(|(uid, _)| uid.as_str());
        let changed: Vec<&str> = changed.collect();
        (!changed.is_empty()).then(|| {
            let names = list_names(changed);
            format!("pinned the defaults of {names} for {environment} in {PATH}")
        })
    };
    after.defaults.iter().filter_map(line).collect()
}

fn describe(pin: &Pin) -> String {
    match &pin.commit {
        Some(commit) => format!("{}, commit {commit}", pin.digest),
        None => pin.digest.to_string(),
    }
}

fn digest_mismatch(
    remote: RemoteRef<'_>,
    entry: &LockEntry,
    pin: &Pin,
    report: &mut Report,
) -> Reported {
    let message = format!(
        "`{}` has changed: it is {} now, but `{PATH}` has {}",
        remote.text, pin.digest, entry.pin.digest
    );
    let mut problem = Problem::new(&DIGEST_MISMATCH, message).at(remote.span);
    if let Some(span) = entry.span {
        problem = problem.secondary(span, "locked here");
    }
    let help = format!(
        "review what changed; to accept it, run `score-rs lock --update {}`",
        remote.text
    );
    report.error(problem.help(help))
}
