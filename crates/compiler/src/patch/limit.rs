//! What patches of workloads change, compared with what the environment allows.

use super::change::{Change, describe};
use super::context::Context;
use super::patchable::{Fields, Patchable};
use super::selected_object::SelectedObject;
use super::selector_patch::SelectorPatch;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::{closest_match, list_names};
use std::collections::BTreeSet;

rules! {
    /// A patch of a workload changes what the environment does not allow.
    pub NOT_PATCHABLE: "not-patchable", Error;
}

/// Reports what a patch of a workload changes in an object, and must not.
pub(super) struct Limit<'a> {
    /// What is allowed; `None` where the environment says nothing.
    patchable: Option<&'a Patchable>,
    /// The name of the environment.
    environment: &'a str,
    /// Whether objects say their kinds themselves.
    has_identity: bool,
}

impl<'a> Limit<'a> {
    pub(super) fn of(context: &Context<'a>) -> Limit<'a> {
        Limit {
            patchable: context.environment.patchable,
            environment: context.environment.name,
            has_identity: context.view.kinds.is_empty(),
        }
    }

    /// Checks changes of an object.
    pub(super) fn check(
        &self,
        patch: &SelectorPatch,
        selected: &SelectedObject<'_>,
        changes: &[Change],
        report: &mut Report,
    ) {
        let place = patch.kind_place();
        let first = changes.first().map(|change| describe(&change.steps()));
        let Some(fields) = self.kind(&selected.kind, first, place, report) else {
            return;
        };
        let mut known = BTreeSet::new();
        for change in changes {
            let Some(depth) = fields.1.way_out(&change.steps(), self.has_identity) else {
                continue;
            };
            let (path, place) = change.up_to(depth + 1);
            if known.insert(place) {
                let problem = self.field(&selected.kind, fields, &path);
                report.push(problem.at(place));
            }
        }
    }

    /// Checks that objects of a kind may be added or deleted.
    pub(super) fn check_whole(&self, kind: &str, verb: &str, place: Span, report: &mut Report) {
        let Some((written, fields)) = self.kind(kind, None, place, report) else {
            return;
        };
        if *fields != Fields::All {
            let message = format!(
                "the environment `{}` does not let patches of workloads {verb} `{kind}` objects",
                self.environment
            );
            let help = format!("remove it, or have the platform team write `{kind}: true`");
            report.push(
                problem(message, help)
                    .at(place)
                    .secondary(written, "limited here"),
            );
        }
    }

    /// What is allowed of a kind. Reports that nothing is; `field` is what is to be changed.
    fn kind(
        &self,
        kind: &str,
        field: Option<String>,
        place: Span,
        report: &mut Report,
    ) -> Option<(Span, &Fields)> {
        let found = self.patchable.and_then(|patchable| patchable.fields(kind));
        if found.is_none() {
            let environment = self.environment;
            let line = match field.filter(|field| !field.is_empty()) {
                Some(field) => format!("{kind}: [{field}]"),
                None => format!("{kind}: true"),
            };
            let message = match self.patchable {
                None => format!("the environment `{environment}` allows no patches of workloads"),
                Some(_) => format!(
                    "the environment `{environment}` does not let patches of workloads change \
                     `{kind}` objects"
                ),
            };
            let help = match self.patchable {
                None => format!("have the platform team add `patchable: {{{line}}}` to its file"),
                Some(_) => format!("have the platform team add `{line}` to `patchable`"),
            };
            report.push(problem(message, help).at(place));
        }
        found
    }

    fn field(&self, kind: &str, (written, fields): (Span, &Fields), path: &str) -> Problem {
        let message = format!(
            "the environment `{}` does not let patches of workloads change `{path}` of `{kind}` \
             objects",
            self.environment
        );
        let names = || fields.paths().map(|(text, _)| text.as_str());
        let help = match (closest_match(path, names()), names().next()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(_)) => format!(
                "change {}, or have the platform team add `{path}`",
                list_names(names())
            ),
            (None, None) => "remove it, or write a `patches` entry of the environment".to_owned(),
        };
        problem(message, help).secondary(written, "limited here")
    }
}

fn problem(message: String, help: String) -> Problem {
    Problem::new(&NOT_PATCHABLE, message).help(help)
}
