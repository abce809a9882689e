//! Passwords as plain text.

use super::lines::Line;
use super::rules::PLAIN_PASSWORD;
use super::{Section, Subject};
use diagnostics::redaction::is_secret_key;
use diagnostics::report::{Problem, Report};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    for section in &subject.sections {
        for (index, line) in section.lines.lines.iter().enumerate() {
            let key = match line.key.as_str() {
                // A variable of a container.
                "value" => index
                    .checked_sub(1)
                    .and_then(|index| section.lines.lines.get(index))
                    .filter(|before| before.key == "name" && before.is_item)
                    .map_or("", |before| before.value.as_str()),
                key => key,
            };
            if is_password_key(key) && is_password(line) {
                let message = format!("the password of `{key}` is written in the definition");
                let help = "generate it with `randAlphaNum` in `init`, and keep it in `state`";
                add(section, line, subject, message, help, report);
            }
        }
    }
    let has = |name| subject.section(name).is_some();
    if has("manifests") && !has("services") {
        plain_outputs(subject, report);
    }
}

/// Whether a key says that its value is a password. Keys of APIs have fixed texts where a server wants
/// none, and `key` is often the key of a Secret.
fn is_password_key(key: &str) -> bool {
    let key = key.to_lowercase();
    let is_about_one = ["name", "ref", "file", "path"]
        .iter()
        .any(|end| key.ends_with(end));
    let words = ["passw", "passphrase", "secret_key", "secretkey", "_pass"];
    !is_about_one && words.iter().any(|word| key.contains(word))
}

/// Whether a value that is text is a password, and not a flag, a path or a name of something else.
fn is_password(line: &Line) -> bool {
    let value = line.value.as_str();
    let is_word = !value.contains(['$', '/', '<', '{', '[', '&', '*', ' ', ':']);
    let is_flag = ["true", "false", "null", "~", "yes", "no"].contains(&value);
    let is_number = value.parse::<f64>().is_ok();
    line.is_literal() && is_word && !is_flag && !is_number && !value.starts_with(['|', '>', '#'])
}

/// Outputs for Kubernetes that give a password from the state, not a reference to a Secret.
fn plain_outputs(subject: &Subject<'_>, report: &mut Report) {
    let Some(section) = subject.section("outputs") else {
        return;
    };
    for line in section.lines.top().filter(|line| is_secret_key(&line.key)) {
        let uses: Vec<&str> = section
            .uses_in(line.value_at.0, line.value_at.1)
            .map(|one| one.name.as_str())
            .collect();
        let is_plain = |name: &&str| {
            let stored = ["State.", "Init.", "Shared."].iter();
            let field = stored.filter_map(|of| name.strip_prefix(of)).next();
            field.is_some_and(is_secret_key) || super::random::is_random(name)
        };
        if uses.iter().any(is_plain) && !uses.contains(&"encodeSecretRef") {
            let message = format!("the output `{}` is a password as plain text", line.key);
            let help = "write a Secret in `manifests`, and give `encodeSecretRef NAME KEY`";
            add(section, line, subject, message, help, report);
        }
    }
}

fn add(
    section: &Section<'_>,
    line: &Line,
    subject: &Subject<'_>,
    message: String,
    help: &str,
    report: &mut Report,
) {
    let place = section.place(line.value_at.0, line.value_at.1, subject.sources);
    report.push(Problem::new(&PLAIN_PASSWORD, message).at(place).help(help));
}
