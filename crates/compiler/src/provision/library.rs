//! The definitions of an environment, in order: for a resource, the first that matches wins.

use crate::model::Uid;
use crate::parse;
use crate::recovery::{Incomplete, Part};
use diagnostics::report::{Diagnostic, Report};
use diagnostics::source::{SourceId, Sources, Span};
use yaml::{self, Kind, Node, reader};

use super::definition::read_definition;
pub use super::definition::{Definition, Engine, SectionTemplate, SectionText};
use super::not_definitions;

/// The definitions of an environment, in order.
#[derive(Debug, Default)]
pub struct Library {
    definitions: Vec<Definition>,
    invalid: Vec<Definition>,
    builtin_kinds: Vec<&'static str>,
    incomplete: Incomplete,
}

/// The index of a definition in the library.
pub type Binding = usize;

/// The definition that matches a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The definition with this index.
    Definition(usize),
    /// No definition matches.
    Nothing,
    /// It depends on a part that could not be read.
    Unknown,
}

/// The position of the embedded definitions among those of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmbeddedPosition {
    /// After all files of the project.
    #[default]
    Last,
    /// After this many files of the project.
    After(usize),
    /// They are not used.
    Never,
}

impl EmbeddedPosition {
    /// The number of project files before them; `None` when they are not used.
    fn place(self, files: usize) -> Option<usize> {
        match self {
            EmbeddedPosition::Last => Some(files),
            EmbeddedPosition::After(count) => Some(count.min(files)),
            EmbeddedPosition::Never => None,
        }
    }
}

/// The definitions files of a run.
#[derive(Debug)]
pub struct DefinitionSources<'a> {
    /// The files that could be read, in order.
    pub files: &'a [SourceId],
    /// The position of the embedded definitions.
    pub embedded: EmbeddedPosition,
    /// The types of those that may be used; all when `None`.
    pub embedded_kinds: Option<&'a [String]>,
    /// The number of files before the first one that could not be read, which was reported.
    pub unread: Option<usize>,
}

/// The origin of a definitions file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// The project names it.
    Project,
    /// It is embedded in this program.
    Builtin,
}

impl Library {
    /// Reads the definitions of a run: those of the project, and at their position the embedded
    /// ones of the types that `is_used` accepts. `builtins` has types and the texts of their
    /// definitions files. The library has what could be read, and knows where something is missing.
    pub fn assemble(
        sources: &mut Sources,
        project: &DefinitionSources<'_>,
        builtins: Option<&[(&'static str, &'static str)]>,
        is_used: &dyn Fn(&str) -> bool,
        report: &mut Report,
    ) -> Library {
        let mut library = Library::default();
        let is_allowed = |kind: &str| {
            let kinds = project.embedded_kinds;
            kinds.is_none_or(|kinds| kinds.iter().any(|allowed| allowed == kind))
        };
        let place = project.embedded.place(project.files.len());
        for index in 0..=project.files.len() {
            // Whether an unread file at this place comes before the embedded definitions is not
            // known, so it counts as before.
            if project.unread == Some(index) {
                library.add_unread(None);
            }
            match builtins.filter(|_| place == Some(index)) {
                Some(builtins) => {
                    let builtins = builtins.iter().filter(|(kind, _)| is_allowed(kind));
                    library.add_embedded(sources, builtins, is_used, report);
                }
                None if place == Some(index) => library.add_unread(None),
                None => {}
            }
            if let Some(source) = project.files.get(index) {
                library.add(sources, *source, Provenance::Project, report);
            }
        }
        library
    }

    /// Whether all definitions could be read. Errors were reported.
    pub fn is_complete(&self) -> bool {
        self.incomplete.definitions().next().is_none()
    }

    /// Records a definition here that could not be read, and its type if that is known.
    fn add_unread(&mut self, kind: Option<String>) {
        let position = self.definitions.len();
        self.incomplete.add(Part::Definition { position, kind });
    }

    fn add_embedded<'b>(
        &mut self,
        sources: &mut Sources,
        builtins: impl Iterator<Item = &'b (&'static str, &'static str)>,
        is_used: &dyn Fn(&str) -> bool,
        report: &mut Report,
    ) {
        for (kind, text) in builtins {
            self.builtin_kinds.push(kind);
            if is_used(kind) {
                let source = sources.add(format!("built-in {kind}.provisioners.yaml"), *text);
                self.add(sources, source, Provenance::Builtin, report);
            }
        }
    }

    /// Appends the definitions of a file. One with an error matches nothing.
    pub fn add(
        &mut self,
        sources: &Sources,
        source: SourceId,
        provenance: Provenance,
        report: &mut Report,
    ) {
        if let Some(problem) = not_definitions::web_page(sources, source) {
            report.push(problem);
            return self.add_unread(None);
        }
        let mut syntax = Report::default();
        let documents = parse::yaml_documents(sources, source, &mut syntax);
        let errors: Vec<Span> = syntax.errors().filter_map(Diagnostic::span).collect();
        report.merge(syntax);
        let entries = |document: &Node| -> Vec<Span> {
            match &document.kind {
                Kind::List(items) => items.iter().map(|item| item.span).collect(),
                _ => Vec::new(),
            }
        };
        let entries: Vec<Span> = documents.iter().flat_map(entries).collect();
        if errors
            .iter()
            .any(|error| !entries.iter().any(|entry| entry.contains(*error)))
        {
            // An error between the entries may hide definitions of any type.
            self.add_unread(None);
        }
        for document in documents.iter().filter(|document| !document.is_null()) {
            self.add_document(document, &errors, provenance == Provenance::Builtin, report);
        }
    }

    fn add_document(
        &mut self,
        document: &Node,
        syntax_errors: &[Span],
        builtin: bool,
        report: &mut Report,
    ) {
        if let Some(problem) = not_definitions::other_document(document) {
            report.push(problem);
            return self.add_unread(None);
        }
        let mut document_report = Report::default();
        let entries = reader::list(document, "a definitions file", &mut document_report);
        if document_report.result().is_err() {
            self.add_unread(None);
        }
        report.merge(document_report);
        for entry in entries {
            let mut entry_report = Report::default();
            let definition = read_definition(entry, builtin, &mut entry_report);
            // A syntax error may have changed the texts around it.
            let is_broken = syntax_errors
                .iter()
                .any(|error| entry.span.contains(*error));
            let definition = definition.filter(|_| !is_broken);
            let result = entry_report.result();
            report.merge(entry_report);
            match (definition, result) {
                (Some(definition), Ok(())) => self.definitions.push(definition),
                (definition, _) => {
                    self.add_unread(entry.get("type").and_then(Node::as_str).map(str::to_owned));
                    self.invalid.extend(definition);
                }
            }
        }
    }

    /// The types that have an embedded definition; for messages.
    pub fn builtin_kinds(&self) -> &[&'static str] {
        &self.builtin_kinds
    }

    /// All definitions.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// Definitions with errors, which match nothing. Their templates are checked too.
    pub fn invalid(&self) -> &[Definition] {
        &self.invalid
    }

    /// The definition that provisions a resource: the first that matches.
    pub fn find(&self, uid: &Uid) -> Match {
        let first = self
            .definitions
            .iter()
            .position(|definition| definition.is_for(uid));
        // One that could not be read may match instead of those after it.
        let may_match = |(position, kind): (usize, Option<&str>)| {
            first.is_none_or(|index| position <= index) && kind.is_none_or(|kind| kind == uid.kind)
        };
        if self.incomplete.definitions().any(may_match) {
            return Match::Unknown;
        }
        first.map_or(Match::Nothing, Match::Definition)
    }

    /// The earlier definition that provisions all resources that this one is for.
    pub fn shadowed_by(&self, index: Binding) -> Option<&Definition> {
        let (before, rest) = self.definitions.split_at_checked(index)?;
        let later = rest.first()?;
        let covers = |only: &Option<String>, of: &Option<String>| only.is_none() || only == of;
        before.iter().find(|first| {
            first.kind == later.kind
                && covers(&first.class, &later.class)
                && covers(&first.id, &later.id)
        })
    }

    /// The types of all definitions, including those with errors.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let read = self
            .definitions
            .iter()
            .map(|definition| definition.kind.as_str());
        let unread = self.incomplete.definitions().filter_map(|(_, kind)| kind);
        read.chain(self.builtin_kinds.iter().copied()).chain(unread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_value_counts_as_missing() {
        let mut sources = Sources::default();
        let text = "- uri: template://a/b\n  type: volume\n  class: null\n  id:\n  \
                    supported_params:\n  outputs:\n";
        let source = sources.add("test.provisioners.yaml", text);
        let mut report = Report::default();
        let mut library = Library::default();
        library.add(&sources, source, Provenance::Project, &mut report);
        assert!(report.is_empty(), "{:?}", report.in_order());
        let [definition] = library.definitions() else {
            panic!("one definition was written")
        };
        assert_eq!(
            (
                &definition.class,
                &definition.id,
                &definition.supported_params
            ),
            (&None, &None, &None)
        );
    }

    /// The matches for resources of some types, with files of which `missing` could not be read.
    fn matches(
        files: &[&str],
        missing: Option<usize>,
        builtin: bool,
        kinds: &[&str],
    ) -> Vec<String> {
        let mut sources = Sources::default();
        let files: Vec<SourceId> = files
            .iter()
            .map(|text| sources.add("t.provisioners.yaml", *text))
            .collect();
        let project = DefinitionSources {
            files: &files,
            embedded: EmbeddedPosition::Last,
            embedded_kinds: None,
            unread: missing,
        };
        let builtins = [("volume", "- uri: template://built/in\n  type: volume\n")];
        let builtins = builtin.then_some(&builtins[..]);
        let library = Library::assemble(
            &mut sources,
            &project,
            builtins,
            &|_| true,
            &mut Report::default(),
        );
        let uid = |kind: &str| Uid {
            kind: kind.to_owned(),
            class: "default".to_owned(),
            id: "shop.own".to_owned(),
        };
        let describe = |kind: &&str| match library.find(&uid(kind)) {
            Match::Definition(index) => library.definitions()[index].uri.value.clone(),
            other => format!("{other:?}"),
        };
        kinds.iter().map(describe).collect()
    }

    #[test]
    fn matches_after_an_unread_part_are_unknown() {
        let (db, queue) = (
            "- uri: template://a/db\n  type: db\n",
            "- uri: template://a/queue\n  type: queue\n",
        );
        let kinds = ["db", "queue", "volume", "other"];
        let all = |files: &[&str], missing| matches(files, missing, true, &kinds);
        assert_eq!(
            all(&[db, queue], None),
            [
                "template://a/db",
                "template://a/queue",
                "template://built/in",
                "Nothing"
            ]
        );
        assert_eq!(
            all(&[db, queue], Some(1)),
            ["template://a/db", "Unknown", "Unknown", "Unknown"]
        );
        assert_eq!(
            matches(&[db], None, false, &kinds),
            ["template://a/db", "Unknown", "Unknown", "Unknown"]
        );
        for broken in [
            "- uri: [\n",
            "db: 1\n",
            "- 7\n",
            "- uri: template://a/b\n",
            "- {uri: template://a/b, type: [db]}\n",
        ] {
            let matches = all(&[db, broken, queue], None);
            assert_eq!(
                matches,
                ["template://a/db", "Unknown", "Unknown", "Unknown"],
                "{broken}"
            );
        }
        // Its type can be read, so that other types do not depend on it.
        for broken in [
            "- {uri: b/queue, type: queue}\n",
            "- {uri: template://b, type: queue, clas: a}\n",
            "- {uri: template://b, type: queue, uri: template://c}\n",
        ] {
            let matches = all(&[broken, db, queue], None);
            assert_eq!(
                matches,
                [
                    "template://a/db",
                    "Unknown",
                    "template://built/in",
                    "Nothing"
                ],
                "{broken}"
            );
        }
        // Matches before it are known.
        assert_eq!(
            all(&[queue, "- {uri: b/queue, type: queue}\n"], None)[1],
            "template://a/queue"
        );
    }
}
