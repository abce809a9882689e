//! Which sections and branches of definitions the tests cover.
//!
//! A branch counts when a test asserts on something that it writes: the places of rendered text lead
//! back to the template. What writes nothing, such as a branch that only calls `warn`, and what only
//! other sections read, counts when it ran in a test that passed.

use std::collections::BTreeSet;
use std::ops::Range;

use compiler::provision::library::{Definition, SectionText};
use diagnostics::source::{SourceId, Sources, Span};

/// The sections that only other sections read.
const READ_BY_OTHERS: [&str; 5] = ["source", "defaults", "init", "state", "shared"];

/// The functions of definitions that write nothing.
const SILENT: [&str; 2] = ["warn", "note"];

/// A section or branch.
#[derive(Debug)]
pub(super) struct Item {
    /// The place of the definition.
    definition: Span,
    section: &'static str,
    /// What the template records when the branch runs; `None` of a section.
    key: Option<u32>,
    range: Span,
    /// The place to show.
    pub(super) at: Span,
    /// What opens it; empty of a section.
    name: &'static str,
    /// What it is, for messages.
    pub(super) what: String,
    counts_when_run: bool,
    pub(super) is_covered: bool,
}

/// The sections and branches of all definitions.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    pub(super) items: Vec<Item>,
}

impl Coverage {
    /// Adds the sections and branches of a definition, unless it has them.
    pub(super) fn add(&mut self, definition: &Definition, sources: &Sources) {
        let place = definition.uri.span;
        if self.items.iter().any(|item| item.definition == place) {
            return;
        }
        for (section_name, section) in &definition.sections {
            let Ok(template) = section.template() else {
                continue;
            };
            let is_read_by_others = READ_BY_OTHERS.contains(section_name);
            let item = |key, range, at, name, what, writes: bool| Item {
                definition: place,
                section: section_name,
                key,
                range,
                at,
                name,
                what,
                counts_when_run: is_read_by_others || !writes,
                is_covered: false,
            };
            let text = &section.text;
            let start = text.place(sources, 0, 1);
            let what = format!("section `{section_name}`");
            self.items.push(item(
                None,
                text.span,
                start,
                "",
                what,
                template.writes(&SILENT),
            ));
            for branch in template.branches(&SILENT) {
                let range = range(text, branch.start..branch.end, sources);
                let at = text.place(sources, branch.opener.0, branch.opener.1);
                let what = format!("`{}` in `{section_name}`", branch.name);
                self.items.push(item(
                    branch.key,
                    range,
                    at,
                    branch.name,
                    what,
                    branch.writes,
                ));
            }
        }
    }

    /// Counts what wrote the values at these places of rendered texts.
    pub(super) fn assert(&mut self, places: &[Span], sources: &Sources) {
        for origin in places.iter().flat_map(|place| sources.origins(*place)) {
            let containing = self.items.iter_mut().filter(|item| has(item.range, origin));
            let innermost = containing.min_by_key(|item| item.range.end - item.range.start);
            if let Some(item) = innermost {
                item.is_covered = true;
            }
        }
    }

    /// Counts the branches of a definition that ran, where that is enough.
    pub(super) fn run(&mut self, definition: Span, entered: &[(&'static str, BTreeSet<u32>)]) {
        for (section, keys) in entered {
            let ran = |item: &&mut Item| {
                item.definition == definition
                    && item.section == *section
                    && item.key.is_none_or(|key| keys.contains(&key))
            };
            let counted = self.items.iter_mut().filter(|item| item.counts_when_run);
            counted.filter(ran).for_each(|item| item.is_covered = true);
        }
    }

    /// Counts the branches around a place that reported what a test expects, and the loops that
    /// assembled its message.
    pub(super) fn report(&mut self, place: Span) {
        let containing = self.items.iter().filter(|item| has(item.range, place));
        let innermost = containing
            .map(|item| item.range)
            .min_by_key(|range| range.end - range.start);
        let is_before = |item: &Item| {
            let loops = innermost.filter(|_| item.name == "range");
            loops.is_some_and(|body| has(body, item.range) && item.range.end <= place.start)
        };
        for item in self.items.iter_mut().filter(|item| item.counts_when_run) {
            item.is_covered |= has(item.range, place) || is_before(item);
        }
    }

    /// The files with definitions, and what each has.
    pub(super) fn files(&self) -> Vec<(SourceId, Vec<&Item>)> {
        let mut files: Vec<(SourceId, Vec<&Item>)> = Vec::new();
        for item in &self.items {
            let source = item.definition.source;
            match files.iter_mut().find(|(file, _)| *file == source) {
                Some((_, items)) => items.push(item),
                None => files.push((source, vec![item])),
            }
        }
        files
    }

    pub(super) fn covered(items: &[&Item]) -> usize {
        items.iter().filter(|item| item.is_covered).count()
    }
}

/// The place of a part of a template, which may have several lines.
fn range(text: &SectionText, part: Range<usize>, sources: &Sources) -> Span {
    let first = text.place(sources, part.start, part.start + 1);
    let template = text.template().get(..part.end).unwrap_or_default();
    let last = template.char_indices().last().map_or(0, |(start, _)| start);
    let last = text.place(sources, last, part.end);
    Span::new(first.source, first.start as usize, last.end as usize)
}

/// Whether a range has the beginning of a place.
fn has(range: Span, place: Span) -> bool {
    range.source == place.source && (range.start..range.end).contains(&place.start)
}
