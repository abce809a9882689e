//! The definitions of an environment: who may provision what, in the order in which they are asked.

use crate::model::Uid;
use crate::parse;
use diagnostics::report::{Diagnostic, Report};
use diagnostics::source::{SourceId, Sources, Span};
use yaml::{self, Kind, Node, reader};

use super::definition::read_definition;
pub use super::definition::{Definition, Engine, SectionTemplate, SectionText};

/// The definitions of an environment, in the order in which they are asked.
#[derive(Debug, Default)]
pub struct Library {
    definitions: Vec<Definition>,
    unsound: Vec<Definition>,
    offered: Vec<&'static str>,
    gaps: Vec<Gap>,
}

/// Where something stands among the definitions that could not be read, which was reported. What
/// comes after may never be asked.
#[derive(Debug)]
struct Gap {
    /// How many definitions are asked before.
    place: usize,
    /// The only type it is for, where that much is known.
    kind: Option<String>,
}

/// What may provision a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The definition of this index.
    Definition(usize),
    /// Nothing.
    Nothing,
    /// This depends on what could not be read.
    Unsure,
}

/// When the embedded definitions are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Embedded {
    /// After all of the project.
    #[default]
    Last,
    /// After this many definitions files of the project.
    After(usize),
    /// Never.
    NotAsked,
}

impl Embedded {
    /// How many of the project's files are asked before; `None` when these are not asked at all.
    fn place(self, files: usize) -> Option<usize> {
        match self {
            Embedded::Last => Some(files),
            Embedded::After(count) => Some(count.min(files)),
            Embedded::NotAsked => None,
        }
    }
}

/// The definitions files that a run was told of.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Those that could be had, in the order in which they are asked.
    pub files: &'a [SourceId],
    /// When the embedded definitions are asked.
    pub embedded: Embedded,
    /// How many files are asked before the first one that could not be had, which was reported.
    pub unread: Option<usize>,
}

/// Where a definitions file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// A file that the project names.
    Project,
    /// Embedded in this program.
    Builtin,
}

impl Library {
    /// The definitions of a run: those of the project in their order, and at their place the
    /// embedded ones of the types that are wanted; no other is read. `builtins` gives a type and
    /// the text of its definitions file. The library has what could be read, and knows where
    /// something is missing;
    pub fn assemble(
        sources: &mut Sources,
        project: &Asked<'_>,
        builtins: Option<&[(&'static str, &'static str)]>,
        wanted: &dyn Fn(&str) -> bool,
        report: &mut Report,
    ) -> Library {
        let mut library = Library::default();
        let place = project.embedded.place(project.files.len());
        for index in 0..=project.files.len() {
            // Which of the two comes first is not known where both have one place, and what is not
            // certain is left alone.
            if project.unread == Some(index) {
                library.leave_gap(None);
            }
            match builtins.filter(|_| place == Some(index)) {
                Some(builtins) => library.add_embedded(sources, builtins, wanted, report),
                None if place == Some(index) => library.leave_gap(None),
                None => {}
            }
            if let Some(source) = project.files.get(index) {
                library.add(sources, *source, Provenance::Project, report);
            }
        }
        library
    }

    /// Whether all that was named could be read. What could not was reported.
    pub fn is_whole(&self) -> bool {
        self.gaps.is_empty()
    }

    fn leave_gap(&mut self, kind: Option<String>) {
        self.gaps.push(Gap {
            place: self.definitions.len(),
            kind,
        });
    }

    fn add_embedded(
        &mut self,
        sources: &mut Sources,
        builtins: &[(&'static str, &'static str)],
        wanted: &dyn Fn(&str) -> bool,
        report: &mut Report,
    ) {
        for (kind, text) in builtins {
            self.offered.push(kind);
            if wanted(kind) {
                let source = sources.add(format!("built-in {kind}.provisioners.yaml"), *text);
                self.add(sources, source, Provenance::Builtin, report);
            }
        }
    }

    /// Adds the definitions of one file, after those that are there. One with an error is not
    /// added.
    pub fn add(
        &mut self,
        sources: &Sources,
        source: SourceId,
        provenance: Provenance,
        report: &mut Report,
    ) {
        let mut syntax = Report::default();
        let documents = parse::yaml_documents(sources, source, &mut syntax);
        let wrong: Vec<Span> = syntax.errors().filter_map(Diagnostic::span).collect();
        report.merge(syntax);
        let entries = |document: &Node| -> Vec<Span> {
            match &document.kind {
                Kind::List(items) => items.iter().map(|item| item.span).collect(),
                _ => Vec::new(),
            }
        };
        let all: Vec<Span> = documents.iter().flat_map(entries).collect();
        if wrong
            .iter()
            .any(|fault| !all.iter().any(|entry| entry.contains(*fault)))
        {
            // What is wrong beside the definitions may be anything, of whatever type.
            self.leave_gap(None);
        }
        for document in documents.iter().filter(|document| !document.is_null()) {
            self.add_document(document, &wrong, provenance == Provenance::Builtin, report);
        }
    }

    fn add_document(
        &mut self,
        document: &Node,
        wrong: &[Span],
        builtin: bool,
        report: &mut Report,
    ) {
        let mut own = Report::default();
        let entries = reader::list(document, "a definitions file", &mut own);
        if own.result().is_err() {
            self.leave_gap(None);
        }
        report.merge(own);
        for entry in entries {
            let mut own = Report::default();
            let definition = read_definition(entry, builtin, &mut own);
            // What a slip of the syntax has made of the texts beside it is not known.
            let definition =
                definition.filter(|_| !wrong.iter().any(|fault| entry.span.contains(*fault)));
            let sound = own.result();
            report.merge(own);
            match (definition, sound) {
                (Some(definition), Ok(())) => self.definitions.push(definition),
                (definition, _) => {
                    self.leave_gap(entry.get("type").and_then(Node::as_str).map(str::to_owned));
                    self.unsound.extend(definition);
                }
            }
        }
    }

    /// The types that an embedded definition exists for; for messages.
    pub fn offered(&self) -> &[&'static str] {
        &self.offered
    }

    /// All definitions.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// Definitions with errors, which provision nothing; their templates may have errors too.
    pub fn unsound(&self) -> &[Definition] {
        &self.unsound
    }

    /// The first definition that may provision a resource.
    pub fn find(&self, uid: &Uid) -> Found {
        let found = self
            .definitions
            .iter()
            .position(|definition| definition.is_for(uid));
        let is_before = |gap: &Gap| found.is_none_or(|index| gap.place <= index);
        if self
            .gaps
            .iter()
            .any(|gap| is_before(gap) && gap.kind.as_deref().is_none_or(|kind| kind == uid.kind))
        {
            return Found::Unsure;
        }
        found.map_or(Found::Nothing, Found::Definition)
    }

    /// Every type that something here is for, also what could not be read.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let read = self
            .definitions
            .iter()
            .map(|definition| definition.kind.as_str());
        let unread = self.gaps.iter().filter_map(|gap| gap.kind.as_deref());
        read.chain(self.offered.iter().copied()).chain(unread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_definition_without_a_value_is_no_key() {
        let mut sources = Sources::default();
        let text = "- uri: template://a/b\n  type: volume\n  class: null\n  id:\n  supported_params:\n  outputs:\n";
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

    /// What is found for resources of some types, after files of which `missing` could not be had.
    fn found(files: &[&str], missing: Option<usize>, builtin: bool, kinds: &[&str]) -> Vec<String> {
        let mut sources = Sources::default();
        let files: Vec<SourceId> = files
            .iter()
            .map(|text| sources.add("t.provisioners.yaml", *text))
            .collect();
        let asked = Asked {
            files: &files,
            embedded: Embedded::Last,
            unread: missing,
        };
        let builtins = [("volume", "- uri: template://built/in\n  type: volume\n")];
        let builtins = builtin.then_some(&builtins[..]);
        let library = Library::assemble(
            &mut sources,
            &asked,
            builtins,
            &|_| true,
            &mut Report::default(),
        );
        let uid = |kind: &str| Uid {
            kind: kind.to_owned(),
            class: "default".to_owned(),
            id: "shop.own".to_owned(),
        };
        let shown = |kind: &&str| match library.find(&uid(kind)) {
            Found::Definition(index) => library.definitions()[index].uri.value.clone(),
            other => format!("{other:?}"),
        };
        kinds.iter().map(shown).collect()
    }

    #[test]
    fn what_comes_after_something_unread_is_not_sure() {
        let (db, queue) = (
            "- uri: template://a/db\n  type: db\n",
            "- uri: template://a/queue\n  type: queue\n",
        );
        let kinds = ["db", "queue", "volume", "other"];
        let all = |files: &[&str], missing| found(files, missing, true, &kinds);
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
            ["template://a/db", "Unsure", "Unsure", "Unsure"]
        );
        assert_eq!(
            found(&[db], None, false, &kinds),
            ["template://a/db", "Unsure", "Unsure", "Unsure"]
        );
        for broken in [
            "- uri: [\n",
            "db: 1\n",
            "- 7\n",
            "- uri: template://a/b\n",
            "- {uri: template://a/b, type: [db]}\n",
        ] {
            let found = all(&[db, broken, queue], None);
            assert_eq!(
                found,
                ["template://a/db", "Unsure", "Unsure", "Unsure"],
                "{broken}"
            );
        }
        // Of which type it is can be read, and no other depends on it.
        for broken in [
            "- {uri: b/queue, type: queue}\n",
            "- {uri: template://b, type: queue, clas: a}\n",
            "- {uri: template://b, type: queue, uri: template://c}\n",
        ] {
            let found = all(&[broken, db, queue], None);
            assert_eq!(
                found,
                [
                    "template://a/db",
                    "Unsure",
                    "template://built/in",
                    "Nothing"
                ],
                "{broken}"
            );
        }
        // What is asked first is sure.
        assert_eq!(
            all(&[queue, "- {uri: b/queue, type: queue}\n"], None)[1],
            "template://a/queue"
        );
    }
}
