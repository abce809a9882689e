//! The objects of two outputs, and what decided each field that differs.

use std::collections::BTreeMap;

use super::compare::Pair;
use super::review::{Change, FieldChange, Image, ObjectChange, Reason};
use super::side::Compiled;
use crate::cli::commands::why::answer::scalars;
use crate::cli::commands::why::render::{describe, place};
use crate::cli::output::diff::changes::field;
use crate::cli::output::diff::semantic::{
    self, ChangeKind, Difference, Field, Located, compare, located,
};
use crate::cli::output::diff::stored_data::effects::{self, Effect};
use compiler::reasons::{Kind, Link};
use compiler::support::places::Step;
use diagnostics::value::Value;

/// The objects of both outputs.
pub(super) struct Objects<'a> {
    pair: &'a Pair<'a>,
    documents: [&'a [Value]; 2],
    before: BTreeMap<String, Located<'a>>,
    after: BTreeMap<String, Located<'a>>,
    differences: Vec<Difference>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(pair: &'a Pair<'a>, before: &'a [Value], after: &'a [Value]) -> Objects<'a> {
        Objects {
            pair,
            documents: [before, after],
            before: located(before),
            after: located(after),
            differences: compare(before, after),
        }
    }

    /// What happens when the second output is applied where the first one is.
    pub(super) fn effects(&self) -> Vec<Effect> {
        let [before, after] = self.documents;
        effects::effects(before, after, &self.differences)
    }

    pub(super) fn changes(&self) -> Vec<ObjectChange> {
        let differences = self.differences.iter();
        differences
            .map(|difference| {
                let name = &difference.object;
                let (change, reasons, fields) = match &difference.kind {
                    ChangeKind::Added => (Change::Added, self.reasons_of(name), Vec::new()),
                    ChangeKind::Removed => (Change::Removed, self.reasons_of(name), Vec::new()),
                    ChangeKind::Changed(fields) => {
                        let fields = fields.iter().map(|field| self.field(name, field));
                        (Change::Changed, Vec::new(), fields.collect())
                    }
                };
                ObjectChange {
                    change,
                    object: self.pair.secrets.hide(name),
                    reasons,
                    fields,
                }
            })
            .collect()
    }

    fn field(&self, object: &str, changed: &Field) -> FieldChange {
        let hide = |value: &Value| Some(self.pair.secrets.hide_in(value));
        let (change, before, after) = match &changed.change {
            semantic::Change::Added(value) => (Change::Added, None, hide(value)),
            semantic::Change::Removed(value) => (Change::Removed, hide(value), None),
            semantic::Change::Replaced(old, new) => (Change::Changed, hide(old), hide(new)),
            semantic::Change::Reordered => (Change::Changed, None, None),
        };
        FieldChange {
            change,
            path: self.pair.secrets.hide(&changed.path),
            before,
            after,
            reasons: self.reasons(object, changed),
            text: field(changed, self.pair.secrets),
        }
    }

    /// What decided a field: of what decided it in the new output, that which was not written in the
    /// same way before.
    fn reasons(&self, object: &str, field: &Field) -> Vec<Reason> {
        let before = self.links(self.pair.before, self.before.get(object), &field.before);
        if matches!(field.change, semantic::Change::Removed(_)) {
            let after = self.links(self.pair.after, self.after.get(object), &field.after);
            return self.decisive(&before, &after);
        }
        let after = self.links(self.pair.after, self.after.get(object), &field.after);
        self.decisive(&after, &before)
    }

    /// The reasons of an object that only one output has: those of its name.
    fn reasons_of(&self, object: &str) -> Vec<Reason> {
        let (side, found) = match self.after.get(object) {
            Some(found) => (self.pair.after, Some(found)),
            None => (self.pair.before, self.before.get(object)),
        };
        let name = ["metadata", "name"].map(|key| Step::Key(key.to_owned()));
        let is_named = found.is_some_and(|found| found.value.at(&["metadata", "name"]).is_some());
        let path: &[Step] = if is_named { &name } else { &[] };
        self.decisive(&self.links(side, found, path), &[])
    }

    /// The links of a value, or of the first value in it that has some.
    fn links(
        &self,
        side: Option<&Compiled>,
        object: Option<&Located<'_>>,
        path: &[Step],
    ) -> Vec<Link> {
        let (Some(side), Some(object)) = (side, object) else {
            return Vec::new();
        };
        let whole = [object.path.as_slice(), path].concat();
        let chain = |path: &[Step]| {
            let reasons = &side.description.reasons;
            reasons.chain(side.target, self.pair.sources, object.document, path)
        };
        let links = chain(&whole);
        if !links.is_empty() {
            return links;
        }
        let value = compiler::support::reasons::value_at(object.value, path);
        let mut paths = Vec::new();
        if let Some(value) = value {
            scalars(value, &mut whole.clone(), &mut paths);
        }
        let mut chains = paths.iter().map(|path| chain(path));
        chains.find(|links| !links.is_empty()).unwrap_or_default()
    }

    /// The links of which the other side has none like it; the last one where it has all.
    fn decisive(&self, links: &[Link], others: &[Link]) -> Vec<Reason> {
        let others: Vec<Written> = others.iter().map(|link| self.written(link)).collect();
        let mut reasons: Vec<Reason> = Vec::new();
        let new =
            |link: &&Link| link.kind != Kind::Default && !others.contains(&self.written(link));
        for link in links.iter().filter(new) {
            let reason = self.reason(link);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        if reasons.is_empty() {
            reasons.extend(links.last().map(|link| self.reason(link)));
        }
        reasons
    }

    fn reason(&self, link: &Link) -> Reason {
        Reason {
            kind: link.kind.name(),
            place: self.pair.secrets.hide(&place(link, self.pair.sources)),
            text: self.pair.secrets.hide(&describe(link)),
        }
    }

    /// What a link is, whatever its line.
    fn written(&self, link: &Link) -> Written {
        let source = link.span.map(|span| self.pair.sources.get(span.source));
        let line = link.span.zip(source).map(|(span, source)| {
            // Lists and mappings are more than their first line.
            let text = source.text().get(span.start as usize..span.end as usize);
            let line = source.line_at(span.start as usize);
            format!("{}\n{}", line.trim(), text.unwrap_or_default())
        });
        (link.kind, link.text.clone(), line)
    }

    /// The images of the new output that the old one does not have.
    pub(super) fn images(&self) -> Vec<Image> {
        let old = images(&self.before);
        let new = images(&self.after).into_iter();
        new.filter(|(image, _)| !old.contains_key(image))
            .map(|(image, objects)| Image {
                image: self.pair.secrets.hide(&image),
                objects,
            })
            .collect()
    }
}

type Written = (Kind, String, Option<String>);

/// The images of containers, and the objects that have them.
fn images(objects: &BTreeMap<String, Located<'_>>) -> BTreeMap<String, Vec<String>> {
    let mut images: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, object) in objects {
        let mut found = Vec::new();
        if name.starts_with("services ") && object.value.get("kind").is_none() {
            found.extend(object.value.get("image").and_then(Value::as_str));
        } else {
            of_containers(object.value, &mut found);
        }
        for image in found {
            let objects = images.entry(image.to_owned()).or_default();
            if objects.last() != Some(name) {
                objects.push(name.clone());
            }
        }
    }
    images
}

fn of_containers<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Map(map) => {
            for (key, value) in map {
                let containers = value.as_list().unwrap_or_default();
                if ["containers", "initContainers"].contains(&key.as_str()) {
                    let images = containers.iter().filter_map(|one| one.get("image"));
                    found.extend(images.filter_map(Value::as_str));
                }
                of_containers(value, found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| of_containers(item, found)),
        _ => {}
    }
}
