//! `score-rs.lock`, which pins remote sources. `spec/remote.md` describes it.

use std::collections::BTreeMap;
use std::path::Path;

use super::address::TreePath;
use super::digest::{Digest, is_commit_id};
use super::vendor;
use crate::project::checksum;
use crate::project::format_version::check_version;
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file::{add_file, unreadable};
use compiler::parse::{self, EMPTY_FILE};
use compiler::provision::{Pins, Rotations};
use compiler::rules::OUTSIDE_PROJECT;
use compiler::support::host::{Host, HostError};
use compiler::support::parallel;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::value::{Map, Value};
use yaml::rules::YAML_SYNTAX;
use yaml::write::write_yaml;
use yaml::{self, Node, reader};

rules! {
    /// A digest or commit in `score-rs.lock` has an invalid format.
    pub INVALID_LOCK_DIGEST: "invalid-lock-digest", Error;

    /// `score-rs.lock` has the format of a later version of score-rs.
    pub UNSUPPORTED_LOCK_VERSION: "unsupported-lock-version", Error;
}

/// The path of the lock, from the project directory.
pub(crate) const PATH: &str = "score-rs.lock";

const SOURCES: &str = "sources";
const DEFAULTS: &str = "defaults";
const ROTATIONS: &str = "rotations";
const COUNT: &str = "count";
const DIGEST: &str = "digest";
/// The digest of a whole repository or artifact.
const TREE: &str = "tree";
const VENDOR: &str = "vendor";

/// Increased when an older version would misread a newer lock.
const VERSION: i128 = 1;

const HEAD: &str = "# Pinned remote sources and defaults of resources, written by score-rs. Keep this file in version control.\n";

/// What pins a remote source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin {
    /// The digest of its bytes.
    pub(super) digest: Digest,
    /// Whether these are all files of a repository or artifact.
    pub(super) is_tree: bool,
    /// The commit, for a git repository.
    pub(super) commit: Option<String>,
    /// The digest of the manifest, for an OCI registry.
    pub(super) manifest: Option<Digest>,
}

/// A pin and its place in the lock; `None` for a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LockEntry {
    pub(super) pin: Pin,
    pub(super) span: Option<Span>,
}

/// What a lock pins.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lock {
    /// The sources, by their URLs as they are written.
    pub(super) sources: BTreeMap<String, LockEntry>,
    /// The defaults of resources, by the identity of their environment.
    pub(super) defaults: BTreeMap<String, Pins>,
    /// How often the passwords of resources were rotated, by the identity of their environment.
    pub(super) rotations: BTreeMap<String, Rotations>,
    /// The directory with copies of the sources.
    pub(super) vendor: Option<String>,
}

impl Lock {
    /// Reads the lock of this project.
    pub(crate) fn of_project(
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Lock, CliError> {
        Ok(LockFile::read(host, sources, report)?.lock?)
    }

    /// The pinned digest of a source or of the tree with it, and its place in the lock unless it is
    /// new.
    pub(crate) fn digest(&self, source: &str) -> Option<(String, Option<Span>)> {
        let in_tree = || self.sources.get(TreePath::of(source)?.tree());
        self.sources
            .get(source)
            .or_else(in_tree)
            .map(|entry| (entry.pin.digest.to_string(), entry.span))
    }

    /// Reads the text of a lock, and reports its problems.
    fn read(sources: &Sources, source: SourceId, report: &mut Report) -> Lock {
        let (documents, result) =
            report.observe(|report| parse::yaml_documents(sources, source, report));
        let mut lock = Lock::default();
        if let Some(second) = documents.get(1) {
            let problem = Problem::new(
                &YAML_SYNTAX,
                "a lock file has one document, but this is a second one",
            );
            report.push(problem.at(second.span).help("remove it"));
        }
        match documents.first().filter(|document| !document.is_null()) {
            Some(document) => read_document(document, &mut lock, report),
            None if result.is_ok() => report.push(empty(source)),
            None => {}
        }
        lock
    }

    /// Whether another lock pins the same.
    pub(super) fn has_same_pins(&self, other: &Lock) -> bool {
        fn pin<'a>((source, entry): (&'a String, &'a LockEntry)) -> (&'a String, &'a Pin) {
            (source, &entry.pin)
        }
        self.sources
            .iter()
            .map(pin)
            .eq(other.sources.iter().map(pin))
            && self.defaults == other.defaults
            && self.rotations == other.rotations
            && self.vendor == other.vendor
    }

    /// The text of a lock.
    pub(super) fn write(&self) -> String {
        let mut sources = Map::new();
        for (source, LockEntry { pin, .. }) in &self.sources {
            let key = if pin.is_tree { TREE } else { DIGEST };
            let digest = Some((key, pin.digest.to_string()));
            let commit = pin.commit.clone().map(|commit| ("commit", commit));
            let manifest = pin
                .manifest
                .as_ref()
                .map(|digest| ("manifest", digest.to_string()));
            let parts = [digest, commit, manifest].into_iter().flatten();
            let parts = parts.map(|(key, text)| (key.to_owned(), Value::String(text)));
            let entry = checksum::with_checksum(&[SOURCES, source], parts.collect());
            sources.insert(source.clone(), Value::Map(entry));
        }
        let mut document = Map::new();
        document.insert("version".to_owned(), Value::Int(VERSION));
        if let Some(directory) = &self.vendor {
            document.insert(VENDOR.to_owned(), Value::String(directory.clone()));
        }
        document.insert(SOURCES.to_owned(), Value::Map(sources));
        let rotations = self.rotations.iter().map(|(environment, rotations)| {
            let entry = |(uid, count): (&String, &u32)| {
                let count = Value::Int(i128::from(*count));
                (uid.clone(), Map::from_iter([(COUNT.to_owned(), count)]))
            };
            (environment, rotations.iter().map(entry).collect())
        });
        let defaults = self.defaults.iter();
        let defaults = defaults.map(|(environment, pins)| (environment, pins.clone()));
        let sections = [
            (DEFAULTS, by_environment(DEFAULTS, defaults)),
            (ROTATIONS, by_environment(ROTATIONS, rotations)),
        ];
        // Without an entry there is no section: most projects have only sources, or none.
        let sections = sections
            .into_iter()
            .filter(|(_, section)| !section.is_empty());
        document.extend(sections.map(|(key, section)| (key.to_owned(), Value::Map(section))));
        format!("{HEAD}{}", write_yaml(&Value::Map(document)))
    }
}

/// A section with an entry for each resource of each environment.
fn by_environment<'a>(
    section: &str,
    environments: impl Iterator<Item = (&'a String, Pins)>,
) -> Map {
    let entries = |environment: &str, pins: Pins| -> Map {
        let entry = |(uid, fields): (String, Map)| {
            let entry = checksum::with_checksum(&[section, environment, &uid], fields);
            (uid, Value::Map(entry))
        };
        pins.into_iter().map(entry).collect()
    };
    environments
        .filter(|(_, pins)| !pins.is_empty())
        .map(|(environment, pins)| (environment.clone(), Value::Map(entries(environment, pins))))
        .collect()
}

/// The lock of this project, before the run.
pub(super) struct LockFile {
    /// Its bytes; `None` when there is none.
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) lock: Result<Lock, Reported>,
}

impl LockFile {
    /// Reads it, and reports its problems.
    pub(super) fn read(
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<LockFile, CliError> {
        Ok(LockFile::of(LockFile::bytes(host)?, sources, report))
    }

    fn bytes(host: &dyn Host) -> Result<Option<Vec<u8>>, CliError> {
        match host.read(Path::new(PATH)) {
            Ok(bytes) => Ok(Some(bytes)),
            // A link to nothing is not the same as no lock.
            Err(HostError::NotFound) if !os::is_link(Path::new(PATH)) => Ok(None),
            Err(error) => Err(unreadable(Path::new(PATH), &error)),
        }
    }

    fn of(bytes: Option<Vec<u8>>, sources: &mut Sources, report: &mut Report) -> LockFile {
        let lock = report.collect(|report| {
            let source = bytes
                .clone()
                .and_then(|bytes| add_file(PATH, bytes, sources, report));
            source
                .map(|source| Lock::read(sources, source, report))
                .unwrap_or_default()
        });
        LockFile { bytes, lock }
    }

    /// Does `work`, and reads the lock at the same time; `None` if there is something to report.
    pub(super) fn read_beside<T>(
        host: &dyn Host,
        work: impl FnOnce() -> T,
    ) -> (T, Option<LockFile>) {
        let Ok(bytes) = LockFile::bytes(host) else {
            return (work(), None);
        };
        let size = bytes.as_ref().map_or(0, Vec::len);
        parallel::beside(size, work, || {
            let (mut sources, mut report) = (Sources::default(), Report::default());
            let file = LockFile::of(bytes.clone(), &mut sources, &mut report);
            (report.is_empty() && report.comments().is_empty()).then_some(file)
        })
    }

    /// Adds the text of a lock that was read without the sources of the run.
    pub(super) fn added_to(mut self, sources: &mut Sources, report: &mut Report) -> LockFile {
        let bytes = self.bytes.clone();
        let source = bytes.and_then(|bytes| add_file(PATH, bytes, sources, report));
        if let (Some(source), Ok(lock)) = (source, &mut self.lock) {
            let entries = lock.sources.values_mut();
            let spans = entries.filter_map(|entry| entry.span.as_mut());
            spans.for_each(|span| span.source = source);
        }
        self
    }
}

fn read_document(document: &Node, lock: &mut Lock, report: &mut Report) {
    let Some(mut fields) = reader::fields(document, "a lock", report) else {
        return;
    };
    if let Some(node) = fields.required("version", report)
        && !check_version(node, "lock", VERSION, &UNSUPPORTED_LOCK_VERSION, report)
    {
        // Nothing is known about the rest.
        return;
    }
    if let Some(node) = fields.optional(VENDOR, report) {
        let directory = reader::string(node, "`vendor`", report);
        lock.vendor = directory.and_then(|text| in_project(text, report));
    }
    // Always written, so that a file that ends before it is not an empty lock.
    let sources = fields.required(SOURCES, report);
    let sources = sources
        .map(|node| reader::named_entries(node, "`sources`", report))
        .unwrap_or_default();
    for (source, node) in sources {
        if let Some(pin) = read_pin(node, &source.value, report) {
            lock.sources.insert(
                source.value,
                LockEntry {
                    pin,
                    span: Some(source.span),
                },
            );
        }
    }
    for ResourceEntry {
        environment,
        uid,
        mut content,
        ..
    } in resource_entries(&mut fields, DEFAULTS, report)
    {
        let pins = lock.defaults.entry(environment).or_default();
        // The run has several copies, of which most never change.
        content.share();
        pins.insert(uid, content);
    }
    for ResourceEntry {
        environment,
        uid,
        node,
        ..
    } in resource_entries(&mut fields, ROTATIONS, report)
    {
        let Some(mut entry) = reader::fields(node, &format!("`{uid}`"), report) else {
            continue;
        };
        entry.entry(checksum::KEY);
        let count = entry
            .required(COUNT, report)
            .and_then(|node| reader::integer(node, "`count`", 1, i128::from(u32::MAX), report))
            .and_then(|count| u32::try_from(count).ok());
        entry.finish(|_| None, report);
        let rotations = lock.rotations.entry(environment).or_default();
        rotations.extend(count.map(|count| (uid, count)));
    }
    fields.finish(|_| None, report);
}

/// An entry for a resource.
struct ResourceEntry<'node> {
    environment: String,
    uid: String,
    node: &'node Node,
    /// The entry without its checksum.
    content: Map,
}

/// The entries of a section. Their checksums are checked.
fn resource_entries<'node>(
    fields: &mut reader::Fields<'node>,
    section: &'static str,
    report: &mut Report,
) -> Vec<ResourceEntry<'node>> {
    let mut entries = Vec::new();
    let environments = fields
        .optional(section, report)
        .map(|node| reader::named_entries(node, &format!("`{section}`"), report));
    for (environment, node) in environments.into_iter().flatten() {
        let name = environment.value;
        let of_environment = reader::named_entries(node, &format!("`{name}`"), report);
        let read = parallel::map_reporting(of_environment, report, |(uid, node), report| {
            let uid = uid.value;
            let mut entry = reader::fields(node, &format!("`{uid}`"), report)?;
            let path = [section, &name, &uid];
            let content = checksum::check(&path, node, &mut entry, CHECKSUM_HELP, report);
            Some(ResourceEntry {
                environment: name.clone(),
                uid,
                node,
                content,
            })
        });
        entries.extend(read.into_iter().flatten());
    }
    entries
}

fn read_pin(node: &Node, source: &str, report: &mut Report) -> Option<Pin> {
    let mut fields = reader::fields(node, &format!("`{source}`"), report)?;
    checksum::check(&[SOURCES, source], node, &mut fields, CHECKSUM_HELP, report);
    let is_tree = fields.key(TREE).is_some();
    let key = if is_tree { TREE } else { DIGEST };
    let node = fields.required(key, report);
    let digest = node.and_then(|node| read_digest(node, key, report));
    let node = fields.optional("manifest", report);
    let manifest = node.and_then(|node| read_digest(node, "manifest", report));
    let commit = fields
        .optional("commit", report)
        .and_then(|node| read_commit(node, report));
    fields.finish(|_| None, report);
    Some(Pin {
        digest: digest?,
        is_tree,
        commit,
        manifest,
    })
}

/// A lock that has lost its content.
fn empty(source: SourceId) -> Problem {
    let help = "take it from version control again, or delete it and run `score-rs lock`";
    Problem::new(&EMPTY_FILE, "this lock has no content")
        .at(Span::new(source, 0, 0))
        .help(help)
}

const CHECKSUM_HELP: &str = "take the file from version control again, or delete this line if you edited the entry and it is right";

const RESTORE_HELP: &str =
    "restore it from version control, or remove this source here and run `score-rs lock`";

/// A directory of the project. Files are written and deleted there.
fn in_project(directory: Spanned<String>, report: &mut Report) -> Option<String> {
    if vendor::is_directory_of_project(&directory.value) {
        return Some(directory.value);
    }
    let message = format!("`{}` is not a directory of the project", directory.value);
    let problem = Problem::new(&OUTSIDE_PROJECT, message).at(directory.span);
    report.push(problem.help("run `score-rs lock --vendor DIR`, after you have removed this line"));
    None
}

fn read_digest(node: &Node, key: &str, report: &mut Report) -> Option<Digest> {
    let text = reader::string(node, &format!("`{key}`"), report)?;
    let digest = Digest::parse(&text.value);
    if digest.is_none() {
        let message = format!("`{key}` must be `sha256:` and 64 hexadecimal digits in lower case");
        report.push(
            Problem::new(&INVALID_LOCK_DIGEST, message)
                .at(text.span)
                .help(RESTORE_HELP),
        );
    }
    digest
}

fn read_commit(node: &Node, report: &mut Report) -> Option<String> {
    let text = reader::string(node, "`commit`", report)?;
    if !is_commit_id(&text.value) {
        let message = "`commit` must be the 40 or 64 hexadecimal digits of a commit";
        report.push(
            Problem::new(&INVALID_LOCK_DIGEST, message)
                .at(text.span)
                .help(RESTORE_HELP),
        );
        return None;
    }
    Some(text.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Lock, Vec<String>) {
        let mut sources = Sources::default();
        let id = sources.add(PATH, text);
        let mut report = Report::default();
        let lock = Lock::read(&sources, id, &mut report);
        let place = |span: Option<Span>| span.map_or(0, |span| sources.position(span).line);
        let diagnostics = report.in_order().into_iter();
        (
            lock,
            diagnostics
                .map(|one| format!("{} {}: {}", place(one.span()), one.name(), one.message()))
                .collect(),
        )
    }

    #[test]
    fn a_written_lock_reads_the_same() {
        let entry = |commit: Option<&str>, manifest: Option<Digest>| {
            let commit = commit.map(str::to_owned);
            LockEntry {
                pin: Pin {
                    digest: Digest::of(b"x"),
                    is_tree: commit.is_some(),
                    commit,
                    manifest,
                },
                span: None,
            }
        };
        let sources = BTreeMap::from([
            (
                "git-https://h/a.git/b: c?ref=v1 #x".to_owned(),
                entry(Some(&"1".repeat(40)), None),
            ),
            ("https://h/a".to_owned(), entry(None, None)),
            ("oci://h/a".to_owned(), entry(None, Some(Digest::of(b"y")))),
        ]);
        let defaults = Map::from_iter([
            ("version".to_owned(), Value::from("17")),
            ("image".to_owned(), Value::from("a:%s")),
        ]);
        let uid = "postgres.default#shop.db".to_owned();
        let of = |environment: &str| environment.to_owned();
        let lock = Lock {
            sources,
            defaults: BTreeMap::from([(of("prod"), Pins::from([(uid.clone(), defaults)]))]),
            rotations: BTreeMap::from([(of("staging"), Rotations::from([(uid, 2)]))]),
            vendor: Some(of("third_party/a b")),
        };
        let (mut again, messages) = read(&lock.write());
        assert_eq!(messages, Vec::<String>::new());
        again
            .sources
            .values_mut()
            .for_each(|entry| entry.span = None);
        assert_eq!(again, lock);
        assert!(lock.write().contains(&format!(
            "    digest: {}\n    manifest: {}\n",
            Digest::of(b"x"),
            Digest::of(b"y")
        )));
        assert_eq!(
            read(&Lock::default().write()),
            (Lock::default(), Vec::new())
        );
    }

    #[test]
    fn problems_are_reported_at_their_place() {
        let good = Digest::of(b"");
        let rows = [
            (
                "version: 2\n".to_owned(),
                "1 unsupported-lock-version: this lock has version 2",
            ),
            ("sources: {}\n".to_owned(), "1 missing-key"),
            (
                "version: 1\nsource: {}\n".to_owned(),
                "2 unknown-key: a lock has no key `source`",
            ),
            (
                "version: 1\nsources:\n  a: {digest: abc}\n".to_owned(),
                "3 invalid-lock-digest: `digest` must be",
            ),
            (
                "version: 1\nsources:\n  a: {}\n".to_owned(),
                "3 missing-key",
            ),
            (
                format!("version: 1\nsources:\n  a: {{digest: '{good}', commit: main}}\n"),
                "3 invalid-lock-digest: `commit`",
            ),
            (
                format!("version: 1\nsources:\n  a: {{digest: '{good}', manifest: x}}\n"),
                "3 invalid-lock-digest: `manifest`",
            ),
            (String::new(), "1 empty-file: this lock has no content"),
            ("# Was\n".to_owned(), "1 empty-file"),
            ("---\n".to_owned(), "1 empty-file"),
            ("version: 1\n".to_owned(), "1 missing-key"),
            (
                format!("version: 1\nsources:\n  a: {{checksum: x, digest: '{good}'}}\n"),
                "3 checksum-mismatch",
            ),
            ("version: 1\nsources: [a]\n".to_owned(), "2 wrong-type"),
            ("version: 1\n---\nversion: 1\n".to_owned(), "3 yaml-syntax"),
            ("version: [\n".to_owned(), "1 yaml-syntax"),
            (
                "version: 1\nvendor: ../x\nsources: {}\n".to_owned(),
                "2 outside-project: `../x` is not a directory of the project",
            ),
        ];
        for (text, expected) in rows {
            let messages = read(&text).1;
            assert!(
                messages.iter().any(|one| one.starts_with(expected)),
                "{text}: {messages:?}"
            );
        }
    }
}
