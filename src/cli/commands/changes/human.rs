//! A review for a terminal.

use super::review::{EnvironmentReview, ObjectChange, Reason, Review, Status};
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
    let count = |change: super::review::Change| {
        let objects = review.objects.iter();
        objects.filter(|one| one.change == change).count()
    };
    use super::review::Change::{Added, Changed, Removed};
    let objects = match review.objects.len() {
        0 => String::new(),
        _ => format!(
            ": {} added, {} changed, {} removed",
            count(Added),
            count(Changed),
            count(Removed)
        ),
    };
    match review.status {
        Status::Same => format!("no change since {against} is known"),
        Status::Changed => format!("changes since {against}{objects}"),
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
