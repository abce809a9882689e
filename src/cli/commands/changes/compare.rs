//! Compares the environments of two sides.

use std::collections::BTreeSet;

use super::objects::Objects;
use super::parts;
use super::review::{EnvironmentReview, Problem, Status};
use super::side::{Compiled, Outcome, Side};
use crate::cli::output::diff::secrets::Secrets;
use crate::project::prices::Prices;
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// What both sides are compared with.
pub(super) struct Pair<'a> {
    pub(super) before: Option<&'a Compiled>,
    pub(super) after: Option<&'a Compiled>,
    pub(super) sources: &'a Sources,
    pub(super) secrets: &'a Secrets,
}

/// The environments of both sides, by name.
pub(super) fn compare(
    mut before: Side,
    mut after: Side,
    prices: Option<&Prices>,
    sources: &Sources,
    revision: &str,
) -> Vec<EnvironmentReview> {
    let names = before.0.keys().chain(after.0.keys());
    let names: BTreeSet<String> = names.cloned().collect();
    let review = |name: String| {
        let (before, after) = (before.0.remove(&name), after.0.remove(&name));
        let problems = problems(&before, &after, sources, revision);
        let status = match (&before, &after) {
            _ if !problems.is_empty() => Status::Failed,
            (None, _) => Status::New,
            (_, None) => Status::Removed,
            _ => Status::Same,
        };
        let mut review = EnvironmentReview {
            name,
            status,
            problems,
            ..EnvironmentReview::default()
        };
        if status != Status::Failed {
            let (before, after) = (compiled(&before), compiled(&after));
            fill(&mut review, before, after, prices, sources);
        }
        if review.status == Status::Same && review.has_changes() {
            review.status = Status::Changed;
        }
        review
    };
    names.into_iter().map(review).collect()
}

fn problems(
    before: &Option<Outcome>,
    after: &Option<Outcome>,
    sources: &Sources,
    revision: &str,
) -> Vec<Problem> {
    let failed = |outcome: &Option<Outcome>, revision: Option<&str>| {
        Some(Problem {
            text: outcome.as_ref()?.problems(sources)?,
            revision: revision.map(str::to_owned),
        })
    };
    let problems = [failed(after, None), failed(before, Some(revision))];
    problems.into_iter().flatten().collect()
}

fn compiled(outcome: &Option<Outcome>) -> Option<&Compiled> {
    match outcome {
        Some(Outcome::Compiled(compiled)) => Some(compiled),
        _ => None,
    }
}

fn fill(
    review: &mut EnvironmentReview,
    before: Option<&Compiled>,
    after: Option<&Compiled>,
    prices: Option<&Prices>,
    sources: &Sources,
) {
    let documents = (documents(before), documents(after));
    let mut texts = sources.secrets().known_texts();
    let sides = [before, after].into_iter().flatten();
    let entries = sides.flat_map(|side| &side.description.secrets);
    texts.extend(entries.flat_map(|entry| entry.values.values().cloned()));
    let pair = Pair {
        before,
        after,
        sources,
        secrets: &Secrets::of(texts, std::slice::from_ref(&documents)),
    };
    let objects = Objects::new(&pair, &documents.0, &documents.1);
    review.notes = parts::notes(&pair);
    review.effects = objects.effects();
    review.passwords = parts::passwords(&pair);
    review.workloads = parts::workloads(&pair);
    review.resources = parts::resources(&pair);
    review.connections = parts::connections(&pair);
    review.images = objects.images();
    review.exceptions = parts::exceptions(&pair);
    (review.cost, review.not_counted) = parts::cost(&pair, prices);
    review.objects = objects.changes();
    review.files = parts::files(&pair);
}

fn documents(side: Option<&Compiled>) -> Vec<Value> {
    let documents = side.map(|side| side.description.reasons.documents());
    let documents = documents.unwrap_or_default().iter();
    documents.map(|document| document.value.clone()).collect()
}
