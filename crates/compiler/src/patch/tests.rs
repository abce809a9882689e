//! Patches of single objects.

use super::json_patch::Operation;
use super::merge::{Merge, MergeRules, ObjectKind};
use super::writer::Writer;
use crate::support::places::Places;
use diagnostics::report::Report;
use diagnostics::value::Value;
use yaml::Node;
use yaml::reader;

/// An object after the `merge` or the `json6902` of a patch, or the problems.
pub(crate) fn patched(
    rules: MergeRules,
    kind: ObjectKind<'_>,
    mut object: Value,
    patch: &Node,
) -> Result<Value, Vec<String>> {
    let mut report = Report::default();
    let mut places = Places::default();
    let mut writer = Writer::new(&mut places, &[]);
    if let Some(change) = patch.get("merge") {
        let mut merge = Merge {
            rules,
            kind,
            writer: &mut writer,
            report: &mut report,
        };
        merge.value(&mut object, change, None);
    }
    let operations = patch.get("json6902");
    let operations = operations.map(|node| reader::list(node, "`json6902`", &mut report));
    for operation in operations.unwrap_or_default() {
        let Some(operation) = Operation::read(operation, &mut report) else {
            continue;
        };
        let value = operation.value.clone();
        if let Err(problem) = operation.apply(&mut object, value.as_ref(), rules, &mut writer) {
            report.push(*problem);
        }
    }
    let problems = report.in_order();
    match problems.is_empty() {
        true => Ok(object),
        false => Err(problems
            .iter()
            .map(|one| one.message().to_owned())
            .collect()),
    }
}
