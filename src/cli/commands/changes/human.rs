//! A review for a terminal.

use super::review::{Change, EnvironmentReview, ObjectChange, Reason, Review, Status};
use super::sections::{Line, sections};

pub(super) fn text(review: &Review<'_>) -> String {
    let environments = review.environments.iter();
    environments
        .map(|one| environment(one, review.against))
        .collect()
}

fn environment(review: &EnvironmentReview, against: &str) -> String {
    let mut text = format!("{}: {}\n", review.name, summary(review, against));
    for problem in &review.problems {
        for line in problem.text.lines() {
            text += &format!("  {line}\n");
        }
    }
    for section in sections(review) {
        text += &format!("\n  {}\n", section.title);
        for line in section.lines {
            text += &format!("    {}\n", line.plain());
        }
    }
    if !review.objects.is_empty() {
        text += "\n  Objects\n";
        text.extend(review.objects.iter().map(|one| object(one, "  ")));
    }
    text + "\n"
}

/// What the status of an environment means, as a part of a sentence.
pub(super) fn summary(review: &EnvironmentReview, against: &str) -> String {
    match review.status {
        Status::Same if review.resources.is_empty() => format!("unchanged since {against}"),
        Status::Same => format!("no known change since {against}"),
        Status::Changed => format!("changes since {against}{}", counts(review)),
        Status::New => format!("not in {against}, so all of it is new"),
        Status::Removed => format!("only in {against}, so all of it is removed"),
        Status::Failed => {
            let problems = review.problems.iter();
            let sides = problems.map(|problem| match &problem.revision {
                Some(revision) => format!("in {revision}"),
                None => "as it is".to_owned(),
            });
            let sides: Vec<String> = sides.collect();
            format!("not compared, since it has errors {}", sides.join(" and "))
        }
    }
}

/// How many objects differ, as the end of a sentence.
fn counts(review: &EnvironmentReview) -> String {
    let count = |change: Change| {
        let objects = review.objects.iter();
        objects.filter(|one| one.change == change).count()
    };
    let counts = [
        (Change::Added, "added"),
        (Change::Changed, "changed"),
        (Change::Removed, "removed"),
    ];
    let counts = counts.map(|(change, words)| (count(change), words));
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts = counts.enumerate().map(|(index, (count, words))| {
        let noun = match (index, count) {
            (0, 1) => " object",
            (0, _) => " objects",
            _ => "",
        };
        format!("{count}{noun} {words}")
    });
    let counts: Vec<String> = counts.collect();
    match counts.is_empty() {
        true => String::new(),
        false => format!(": {}", counts.join(", ")),
    }
}

/// An object as lines, each with this indentation.
pub(super) fn object(object: &ObjectChange, indent: &str) -> String {
    let mut text = format!("{indent}{} {}\n", object.change.sign(), object.object);
    text += &reasons(&object.reasons, &format!("{indent}      "));
    for field in &object.fields {
        for line in field.text.lines() {
            text += &format!("{}{}\n", indent, line.strip_prefix("  ").unwrap_or(line));
        }
        text += &reasons(&field.reasons, &format!("{indent}        "));
    }
    text
}

fn reasons(reasons: &[Reason], indent: &str) -> String {
    let line = |reason: &Reason| format!("{indent}{}\n", Line::reason(reason));
    reasons.iter().map(line).collect()
}
