//! Patches by selector, as they are written.

use super::context::{Environment, View};
use super::json_patch::Operation;
use super::merge::check_directives;
use super::path::Path;
use super::rules::INVALID_PATCH;
use super::selector::Selector;
use super::values::{NO_WORKLOAD_HELP, Scope, WorkloadScope, resolve};
use diagnostics::ordered_map::Key;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use yaml::{Kind, Node, reader};

/// A patch by selector.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectorPatch {
    /// Where it is written.
    pub span: Span,
    /// The objects that it is for; `None` for one that only adds.
    pub(super) target: Option<Selector>,
    pub(super) merge: Option<Node>,
    /// What the paths of `set` and `delete` begin at.
    pub(super) each: Option<Path>,
    pub(super) set: Vec<(Path, Node)>,
    pub(super) delete: Vec<Path>,
    /// Whether the objects are deleted.
    pub(super) deletes_object: bool,
    pub(super) json6902: Vec<Operation>,
    pub(super) add: Option<Node>,
    /// Whether there may be no such object.
    pub(super) expects_any: bool,
    /// Whether it is a patch of a workload, so that `patchable` of the environment limits it.
    pub(super) is_of_workload: bool,
}

/// The keys of which a patch needs one.
const OPERATIONS: &str = "`merge`, `set`, `delete`, `json6902` or `add`";

impl SelectorPatch {
    /// Reads a patch. `None` when its target or what it does could not be read.
    pub fn read(node: &Node, report: &mut Report) -> Option<SelectorPatch> {
        let mut fields = reader::fields(node, "a patch", report)?;
        let add = section(&mut fields, "add", report);
        let target = match add {
            Some(_) => fields.optional("target", report),
            None => fields.required_as("target", "{kind: ..}", report),
        };
        let has_target = target.is_some();
        let target = target.and_then(|node| Selector::read(node, report));
        let merge = section(&mut fields, "merge", report);
        let each = fields.optional("each", report);
        let each = each.and_then(|node| path(node, "`each`", report));
        let set = section(&mut fields, "set", report);
        let has_set = set.is_some();
        let (delete, deletes_object) = match fields.optional("delete", report) {
            Some(node) => read_delete(node, report),
            None => (Vec::new(), None),
        };
        let json6902 = fields.optional("json6902", report);
        let operations = json6902.map(|node| reader::list(node, "`json6902`", report));
        let expect = fields.optional("expect", report);
        let expects_any = expect
            .and_then(|node| reader::word(node, "`expect`", &[("any", ())], report))
            .is_some();
        let patch = SelectorPatch {
            span: node.span,
            target,
            merge,
            each,
            set: set.map(|node| read_set(&node, report)).unwrap_or_default(),
            delete,
            deletes_object: deletes_object.is_some(),
            json6902: operations
                .unwrap_or_default()
                .iter()
                .filter_map(|node| Operation::read(node, report))
                .collect(),
            add,
            expects_any,
            is_of_workload: false,
        };
        let has_reported = fields.has_reported_keys();
        let place = fields.key("target").unwrap_or(node.span);
        if let Some(key) = fields.key("each")
            && !has_set
            && patch.delete.is_empty()
        {
            invalid(
                "`each` says where `set` and `delete` begin, and there is neither",
                "add `set`",
                key,
                report,
            );
        }
        if let Some(key) = deletes_object
            && (patch.merge.is_some() || has_set || json6902.is_some())
        {
            let message = "the object is deleted, so nothing else can be changed in it";
            invalid(
                message,
                "remove `delete`, or the other changes",
                key,
                report,
            );
        }
        let does_nothing = patch.merge.is_none()
            && !has_set
            && fields.key("delete").is_none()
            && json6902.is_none()
            && patch.add.is_none();
        fields.finish(|_| None, report);
        if does_nothing && has_target && !has_reported {
            let help = format!("add {OPERATIONS}");
            invalid("this patch changes nothing", &help, place, report);
        }
        (patch.target.is_some() || !has_target).then_some(patch)
    }

    /// Reads a patch of a workload, which is for objects of this workload only.
    pub fn of_workload(node: &Node, workload: &str, report: &mut Report) -> Option<SelectorPatch> {
        let mut patch = SelectorPatch::read(node, report)?;
        let target = node.get("target").map_or(node.span, |target| target.span);
        match &mut patch.target {
            Some(selector) => selector.limit(workload, target, report),
            None => {
                let message = "a patch of a workload needs a `target`";
                let help = "add the object that it is for, as in `target: {kind: Deployment}`";
                invalid(message, help, node.span, report);
                return None;
            }
        }
        patch.is_of_workload = true;
        Some(patch)
    }

    /// Whether it is a patch of a workload for objects that only other targets have.
    pub fn is_for_others(&self, view: &View, others: &[&View]) -> bool {
        let target = self.target.as_ref();
        let kinds = target
            .and_then(Selector::kinds)
            .filter(|_| self.is_of_workload);
        kinds.is_some_and(|(kinds, _)| {
            kinds.iter().all(|kind| {
                let has = |view: &View| view.may_have(&kind.value);
                !has(view) && others.iter().any(|other| has(other))
            })
        })
    }

    /// The kinds of its objects, where it says them.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let kinds = self.target.as_ref().and_then(Selector::kinds);
        let kinds = kinds.map_or(&[][..], |(kinds, _)| kinds);
        kinds.iter().map(|kind| kind.value.as_str())
    }

    /// Where the kinds of its objects are written, or else its target.
    pub fn kind_place(&self) -> Span {
        let target = self.target.as_ref();
        let kinds = target.and_then(Selector::kinds);
        kinds.map_or(self.span, |(_, place)| place)
    }

    /// Reports what is wrong with the patch whatever the objects are.
    pub(super) fn check(
        &self,
        view: Option<&View>,
        environment: &Environment<'_>,
        sources: &Sources,
        report: &mut Report,
    ) {
        if let (Some(view), Some(target)) = (view, &self.target) {
            target.check(view, report);
        }
        self.merge
            .iter()
            .for_each(|node| check_directives(node, report));
        let scope = Scope {
            sources,
            environment,
            workload: match self.target {
                Some(_) => WorkloadScope::Unknown,
                None => WorkloadScope::None {
                    object: "what a patch without `target` adds",
                    help: NO_WORKLOAD_HELP,
                },
            },
        };
        let nodes = self.set.iter().map(|(_, node)| node);
        let operations = self.json6902.iter().filter_map(|one| one.value.as_ref());
        let nodes = nodes.chain(operations).chain(&self.merge).chain(&self.add);
        for node in nodes {
            resolve(node, &scope, report);
        }
    }
}

/// A mapping under a key.
fn section(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<Node> {
    let node = fields.optional(key, report)?;
    match node.kind {
        Kind::Map(_) => Some(node.clone()),
        _ => {
            reader::not_a_mapping(node, &format!("`{key}`"), report);
            None
        }
    }
}

fn path(node: &Node, what: &str, report: &mut Report) -> Option<Path> {
    let text = reader::string(node, what, report)?;
    Path::read(&text.value, text.span, report)
}

fn read_set(node: &Node, report: &mut Report) -> Vec<(Path, Node)> {
    let entries = node.as_map().into_iter().flatten();
    let entry = |(key, entry): (&Key, &yaml::Entry)| {
        let path = Path::read(key, entry.key, report)?;
        Some((path, entry.value.clone()))
    };
    entries.filter_map(entry).collect()
}

/// The paths that are deleted, or where it says that the object is.
fn read_delete(node: &Node, report: &mut Report) -> (Vec<Path>, Option<Span>) {
    match &node.kind {
        Kind::Bool(deletes) => (Vec::new(), deletes.then_some(node.span)),
        Kind::List(items) => {
            let items = items.iter();
            let paths = items.filter_map(|item| path(item, "an item of `delete`", report));
            (paths.collect(), None)
        }
        Kind::String(text, _) => {
            let text = Spanned::new(text.clone(), node.span);
            let path = Path::read(&text.value, text.span, report);
            (path.into_iter().collect(), None)
        }
        _ => {
            let help = "write `true` to delete the object, or the paths of what to delete in it";
            reader::wrong_type_with(node, "`delete`", "`true` or a list of paths", help, report);
            (Vec::new(), None)
        }
    }
}

fn invalid(message: &str, help: &str, place: Span, report: &mut Report) {
    let problem = Problem::new(&INVALID_PATCH, message).at(place);
    report.push(problem.help(help));
}
