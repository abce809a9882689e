//! The remote sources of one run, from the cache or the network, and the lock.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use super::address::TreePath;
use super::cache::Cache;
use super::digest::Digest;
use super::fetch::{Download, Want, fetch};
use super::lock::{Lock, LockEntry, LockFile, PATH, Pin};
use super::replace::Replacements;
use super::tree::Tree;
use super::url::{SourceUrl, user_info};
use super::vendor;
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
    /// The purpose of the run is the lock: it reads no copies and replacements of sources.
    pub(crate) only_locks: bool,
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
    /// The end of the name of the wanted file, for an artifact with several files.
    pub(crate) suffix: &'static str,
}

/// The bytes of a source.
pub(crate) struct RemoteText {
    pub(crate) bytes: Vec<u8>,
    /// Whether the lock did not pin it before this run.
    pub(crate) is_new: bool,
}

/// A path in a repository or artifact that is no file there. It may be a directory.
pub(crate) struct RemoteDirectory {
    pub(crate) tree: Rc<Tree>,
    pub(crate) path: TreePath,
    /// Whether the lock did not pin it before this run.
    pub(crate) is_new: bool,
}

/// What a URL names.
pub(crate) enum Located {
    File(RemoteText),
    Directory(RemoteDirectory),
}

/// The remote sources of a run. Each is fetched at most once.
pub(crate) struct Remotes {
    pub(super) policy: FetchPolicy,
    pub(super) cache: Cache,
    /// `None` before the first source: a project without remote sources does not read its lock.
    lock: RefCell<Option<Result<Rc<LockState>, Reported>>>,
    /// The lock, if it was read before it is needed.
    lock_file: RefCell<Option<LockFile>>,
    /// By key in the lock.
    pub(super) fetched: RefCell<BTreeMap<String, FetchedSource>>,
    /// Those that are trees.
    trees: RefCell<BTreeMap<String, Result<Rc<Tree>, Reported>>>,
    /// Results of [`Remotes::prefetch`] that nothing has taken yet.
    pub(super) prefetched: RefCell<BTreeMap<String, Result<Download, String>>>,
    /// `None` before the first source.
    pub(super) replacements: RefCell<Option<Replacements>>,
}

/// A source that this run has read.
#[derive(Clone)]
pub(super) struct FetchedSource {
    pub(super) bytes: Vec<u8>,
    digest: Digest,
    pub(super) is_tree: bool,
    /// Where it comes from, as a word for people.
    origin: &'static str,
    /// Whether the lock did not pin it before this run.
    is_new: bool,
}

/// How a URL is looked for.
pub(super) struct Address {
    /// The URL that the lock has, unless the source is new and turns out to be a tree.
    pub(super) key: String,
    pub(super) want: Want,
    /// Its split, if it can be in a tree.
    pub(super) path: Option<TreePath>,
}

/// The lock before and after this run.
#[derive(Clone)]
pub(super) struct LockState {
    /// The bytes of the file; `None` when there is none.
    bytes: Option<Vec<u8>>,
    pub(super) before: Rc<Lock>,
    pub(super) after: Rc<Lock>,
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
            lock_file: RefCell::default(),
            fetched: RefCell::default(),
            trees: RefCell::default(),
            prefetched: RefCell::default(),
            replacements: RefCell::default(),
        }
    }

    /// Does `work`, and reads the lock at the same time unless that was done.
    pub(crate) fn read_lock_beside<T>(&self, host: &dyn Host, work: impl FnOnce() -> T) -> T {
        if self.lock.borrow().is_some() {
            return work();
        }
        let (result, file) = LockFile::read_beside(host, work);
        *self.lock_file.borrow_mut() = file;
        result
    }

    /// For what no output depends on: only what is locked and at hand.
    pub(crate) fn at_hand() -> Remotes {
        Remotes::new(FetchPolicy {
            locked: false,
            offline: true,
            updates_lock: true,
            only_locks: false,
            timeout: Duration::ZERO,
        })
    }

    /// The bytes of a source, or the directory that it names. Problems of its URL, the lock or its
    /// digest are reported; a source that cannot be fetched is [`CliError::Io`].
    pub(crate) fn locate(
        &self,
        remote: RemoteRef<'_>,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Located, CliError> {
        self.find(remote, false, host, sources, report)
    }

    /// As [`Remotes::locate`], for a URL that names a directory.
    pub(crate) fn directory(
        &self,
        remote: RemoteRef<'_>,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Located, CliError> {
        self.find(remote, true, host, sources, report)
    }

    fn find(
        &self,
        remote: RemoteRef<'_>,
        is_directory: bool,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Located, CliError> {
        let url = parse_url(remote, sources, report)?;
        let state = self.lock_state(host, sources, report)?;
        let address = address(remote, is_directory, &state);
        let (key, source) = self.obtain(remote, &url, &address, host, sources, report)?;
        let path = address.path.filter(|_| source.is_tree);
        let Some(path) = path else {
            return Ok(Located::File(RemoteText {
                bytes: source.bytes,
                is_new: source.is_new,
            }));
        };
        let tree = self.tree(remote, &key, &source, sources, report)?;
        Ok(match tree.file(path.path()) {
            Some(bytes) => Located::File(RemoteText {
                bytes: bytes.to_vec(),
                is_new: source.is_new,
            }),
            None => Located::Directory(RemoteDirectory {
                tree,
                path,
                is_new: source.is_new && !self.policy.only_locks,
            }),
        })
    }

    /// The files of a source. Reports one that needs another version of this program.
    fn tree(
        &self,
        remote: RemoteRef<'_>,
        key: &str,
        source: &FetchedSource,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Rc<Tree>, CliError> {
        if let Some(tree) = self.trees.borrow().get(key) {
            return Ok(tree.clone()?);
        }
        let tree = Tree::decode(&source.bytes)
            .map_err(|reason| CliError::Io(format!("cannot read `{key}`: {reason}")))?;
        let supported = report.collect(|report| {
            super::required_version::check(&tree, key, remote.span, sources, report);
        });
        let tree = supported.map(|()| Rc::new(tree));
        self.trees.borrow_mut().insert(key.to_owned(), tree.clone());
        Ok(tree?)
    }

    /// Gets a source, and the key under which the lock has it.
    fn obtain(
        &self,
        remote: RemoteRef<'_>,
        url: &SourceUrl,
        address: &Address,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(String, FetchedSource), CliError> {
        let Address { key, want, path } = address;
        let is_meant = |is_tree| want.is_tree.is_none_or(|wanted| wanted == is_tree);
        let known = self.fetched.borrow().get(key).cloned();
        if let Some(known) = known.filter(|known| is_meant(known.is_tree)) {
            self.warn_of_new(remote, &known, report);
            return Ok((key.clone(), known));
        }
        let state = self.lock_state(host, sources, report)?;
        let of_kind = |lock: &Lock| {
            let entry = lock.sources.get(key).cloned();
            entry.filter(|entry| is_meant(entry.pin.is_tree))
        };
        let (is_new, entry) = (of_kind(&state.before).is_none(), of_kind(&state.after));
        if is_new && self.policy.locked {
            let problem = Problem::new(&NOT_LOCKED, format!("`{key}` is not locked"));
            let help = "run `score-rs lock`, and put `score-rs.lock` into version control";
            return Err(report.error(problem.at(remote.span).help(help)).into());
        }
        let at_hand = match &entry {
            Some(entry) => self.at_hand_for(remote, key, entry, &state, host, report)?,
            None => None,
        };
        let source = match at_hand {
            Some(source) => source,
            None => self.fetch(remote, url, address, entry.as_ref(), host, sources, report)?,
        };
        let source = FetchedSource { is_new, ..source };
        let key = match path {
            Some(path) if source.is_tree => path.tree().to_owned(),
            _ => key.clone(),
        };
        self.warn_of_new(remote, &source, report);
        let mut fetched = self.fetched.borrow_mut();
        fetched.insert(key.clone(), source.clone());
        Ok((key, source))
    }

    /// Warns of a source that another run may read otherwise. Of a tree, whose files are read one by
    /// one, once.
    fn warn_of_new(&self, remote: RemoteRef<'_>, source: &FetchedSource, report: &mut Report) {
        let tree = TreePath::of(remote.text).filter(|_| source.is_tree);
        let name = tree.as_ref().map_or(remote.text, TreePath::tree);
        let was_said = source.is_tree && self.fetched.borrow().contains_key(name);
        if source.is_new && !self.policy.updates_lock && !was_said {
            let message = format!("`{name}` is not locked, so another run may fetch other content");
            let problem = Problem::new(&NOT_LOCKED, message).at(remote.span);
            report.push_as(Severity::Warning, problem.help("run `score-rs lock`"));
        }
    }

    /// The content of a pinned source from its copy in the project, or from the cache.
    fn at_hand_for(
        &self,
        remote: RemoteRef<'_>,
        key: &str,
        entry: &LockEntry,
        state: &LockState,
        host: &dyn Host,
        report: &mut Report,
    ) -> Result<Option<FetchedSource>, CliError> {
        let Pin {
            digest, is_tree, ..
        } = &entry.pin;
        let found = |origin| {
            move |bytes| FetchedSource {
                bytes,
                digest: digest.clone(),
                is_tree: *is_tree,
                origin,
                is_new: false,
            }
        };
        let directory = state.before.vendor.as_ref();
        if let Some(directory) = directory.filter(|_| !self.policy.only_locks) {
            let path = vendor::path(directory, key, *is_tree);
            if let Some(bytes) = vendor::read(&path, *is_tree, host)? {
                if Digest::of(&bytes) != *digest {
                    return Err(vendor::report_changed(remote, &path, entry.span, report).into());
                }
                return Ok(Some(found("vendored")(bytes)));
            }
        }
        Ok(self.cache.get(host, digest).map(found("from the cache")))
    }

    #[expect(clippy::too_many_arguments, reason = "all of the run, and the source")]
    fn fetch(
        &self,
        remote: RemoteRef<'_>,
        url: &SourceUrl,
        address: &Address,
        entry: Option<&LockEntry>,
        host: &dyn Host,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<FetchedSource, CliError> {
        if self.policy.offline {
            return Err(self.report_not_cached(remote, entry, report).into());
        }
        let key = &address.key;
        let prefetched = self.prefetched.borrow_mut().remove(key);
        let download = prefetched.unwrap_or_else(|| {
            let pin = entry.map(|entry| &entry.pin);
            fetch(key, url, pin, address.want, self.policy.timeout, host)
        });
        let Download { bytes, pin } = download.map_err(|reason| {
            let place = location_text(sources, remote.span);
            CliError::Io(format!("cannot fetch `{key}` ({place}): {reason}"))
        })?;
        match entry {
            Some(entry) if entry.pin.digest != pin.digest => {
                return Err(digest_mismatch(remote, key, entry, &pin, report).into());
            }
            Some(_) => {}
            None => {
                let tree = address.path.as_ref().filter(|_| pin.is_tree);
                let key = tree.map_or(key.as_str(), TreePath::tree).to_owned();
                let pin = pin.clone();
                self.update_lock(|lock| {
                    _ = lock.sources.insert(key, LockEntry { pin, span: None });
                });
            }
        }
        self.cache.put(&pin.digest, &bytes);
        Ok(FetchedSource {
            bytes,
            digest: pin.digest,
            is_tree: pin.is_tree,
            origin: "fetched",
            is_new: false,
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

    /// What was reported about the lock or a tree, once for all that depends on it.
    pub(crate) fn failure(&self) -> Option<Reported> {
        let lock = self.lock.borrow();
        let of_lock = lock.as_ref().and_then(|state| state.as_ref().err());
        let trees = self.trees.borrow();
        let of_tree = || trees.values().find_map(|tree| tree.as_ref().err().copied());
        of_lock.copied().or_else(of_tree)
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
        let LockFile { bytes, lock } = match self.lock_file.take() {
            Some(file) => file.added_to(sources, report),
            None => LockFile::read(host, sources, report)?,
        };
        let state = lock.map(|lock| {
            let lock = Rc::new(lock);
            Rc::new(LockState {
                bytes,
                before: Rc::clone(&lock),
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
            update(Rc::make_mut(&mut Rc::make_mut(state).after));
        }
    }
}

/// What is shown about sources.
impl Remotes {
    /// The digest of a source that this run has read, or of the tree with it.
    pub(crate) fn digest(&self, source: &str) -> Option<String> {
        let fetched = self.fetched.borrow();
        let in_tree = || fetched.get(TreePath::of(source)?.tree());
        let source = fetched.get(source).or_else(in_tree)?;
        Some(source.digest.to_string())
    }

    /// A line for each source: from the network or from the cache.
    pub(crate) fn origins(&self) -> Vec<String> {
        let fetched = self.fetched.borrow();
        let line = |(url, source): (&String, &FetchedSource)| {
            format!("{}: {url}, {}", source.origin, source.digest)
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

    /// Removes the pin of a source, so that its current version is fetched; all pins without a name.
    pub(crate) fn unpin(&self, source: &str) {
        let tree = TreePath::of(source);
        let is_meant = |key: &str| {
            let is_tree = tree.as_ref().is_some_and(|tree| tree.tree() == key);
            source.is_empty() || source == key || is_tree
        };
        self.update_lock(|lock| lock.sources.retain(|key, _| !is_meant(key)));
    }

    /// The keys of the sources that this run has read.
    pub(crate) fn used(&self) -> BTreeSet<String> {
        self.fetched.borrow().keys().cloned().collect()
    }

    /// Removes the pins of all sources that this run has not read.
    pub(crate) fn retain_used(&self) {
        let used = self.used();
        self.update_lock(|lock| lock.sources.retain(|source, _| used.contains(source)));
    }

    /// Sets the directory with copies of the sources.
    pub(crate) fn vendor_in(&self, directory: &str) {
        self.update_lock(|lock| lock.vendor = Some(directory.to_owned()));
    }

    /// The directory with copies of the sources.
    pub(crate) fn vendor_directory(&self) -> Option<String> {
        match self.lock.borrow().as_ref() {
            Some(Ok(state)) => state.after.vendor.clone(),
            _ => None,
        }
    }

    /// The copies of the sources to write, if there is a directory for them, and outdated ones.
    pub(crate) fn vendored(&self) -> Result<vendor::Copies, CliError> {
        let state = self.lock.borrow().clone();
        match state {
            Some(Ok(state)) => vendor::copies(&state.before, &state.after, &self.fetched.borrow()),
            _ => Ok(vendor::Copies::default()),
        }
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

fn parse_url(
    remote: RemoteRef<'_>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<SourceUrl, Reported> {
    SourceUrl::parse(remote.text).map_err(|error| {
        if let Some(secret) = user_info(remote.text) {
            hide(secret, remote.span, sources);
        }
        let message = format!("`{}` cannot be fetched: {}", remote.text, error.message);
        let problem = Problem::new(&INVALID_REMOTE_SOURCE, message).at(remote.span);
        report.error(problem.help(error.help))
    })
}

/// Where the lock has a source, or will have it. A file can be pinned alone, or with its tree.
pub(super) fn address(remote: RemoteRef<'_>, is_directory: bool, state: &LockState) -> Address {
    let path = TreePath::of(remote.text);
    let kind = |key: &str| state.after.sources.get(key).map(|entry| entry.pin.is_tree);
    let is_alone = kind(remote.text) == Some(false) && !is_directory;
    let tree = path
        .as_ref()
        .filter(|path| !is_alone && (is_directory || kind(path.tree()) == Some(true)));
    let (key, is_tree) = match tree {
        Some(path) => (path.tree(), Some(true)),
        None if is_alone || path.is_none() => (remote.text, Some(false)),
        None => (remote.text, None),
    };
    Address {
        key: key.to_owned(),
        want: Want {
            is_tree,
            suffix: remote.suffix,
        },
        path,
    }
}

fn describe(pin: &Pin) -> String {
    match &pin.commit {
        Some(commit) => format!("{}, commit {commit}", pin.digest),
        None => pin.digest.to_string(),
    }
}

fn digest_mismatch(
    remote: RemoteRef<'_>,
    key: &str,
    entry: &LockEntry,
    pin: &Pin,
    report: &mut Report,
) -> Reported {
    let message = format!(
        "`{key}` has changed: it is {} now, but `{PATH}` has {}",
        pin.digest, entry.pin.digest
    );
    let mut problem = Problem::new(&DIGEST_MISMATCH, message).at(remote.span);
    if let Some(span) = entry.span {
        problem = problem.secondary(span, "locked here");
    }
    let help = format!("review what changed; to accept it, run `score-rs lock --update {key}`");
    report.error(problem.help(help))
}
