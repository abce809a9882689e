//! Random values that are not kept in the state.

use super::rules::UNSTORED_RANDOM;
use super::{Section, Subject};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;

/// The sections whose random values can be kept: what uses them decides.
const BEFORE_STATE: [&str; 4] = ["defaults", "init", "state", "shared"];

pub(super) fn is_random(function: &str) -> bool {
    function.starts_with("rand") || function == "uuidv4"
}

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    let stored: Vec<String> = subject.section("init").map_or_else(Vec::new, random_keys);
    for section in subject
        .sections
        .iter()
        .filter(|section| !BEFORE_STATE.contains(&section.name))
    {
        for one in &section.uses {
            let place = section.place(one.start, one.end, subject.sources);
            if is_random(&one.name) {
                let message = format!(
                    "the random value of `{}` is not kept in the state",
                    one.name
                );
                report_at(place, message, report);
            }
            let init = one.name.strip_prefix("Init.");
            if let Some(key) = init.filter(|key| stored.iter().any(|stored| stored == key)) {
                let message =
                    format!("`.Init.{key}` is a random value, which is not kept in the state");
                report_at(place, message, report);
            }
        }
    }
}

/// The keys of a section that have a random value.
fn random_keys(section: &Section<'_>) -> Vec<String> {
    let lines = section.lines.top();
    let random = lines.filter(|line| {
        let mut uses = section.uses_in(line.value_at.0, line.value_at.1);
        uses.any(|one| is_random(&one.name))
    });
    random.map(|line| line.key.clone()).collect()
}

fn report_at(place: Span, message: String, report: &mut Report) {
    let help = "keep it in `state`, as in `password: {{ dig \"password\" .Init.password .State }}`, and read it from `.State`";
    report.push(Problem::new(&UNSTORED_RANDOM, message).at(place).help(help));
}
