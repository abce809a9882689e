//! Secrets in states and outputs, which a difference must not show.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::ComparedFile;
use super::semantic::{Change, ChangeKind, compare};
use compiler::provision::State;
use diagnostics::redaction::{
    MASK, MIN_SECRET_LENGTH, NO_VALUE, Redactor, spellings, visit_secrets,
};
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// Texts to hide; by default none.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    redactor: Redactor,
    /// Whether to hide the passwords of all URLs.
    hides_urls: bool,
}

impl Secrets {
    /// Finds what states hold under secret keys, what Secrets of Kubernetes hold, and the texts
    /// that one of these or of `texts`, which the run knows, replaces, such as an older password
    /// that nothing else names.
    pub(super) fn find<'a>(
        mut texts: BTreeSet<String>,
        states: impl Iterator<Item = &'a State>,
        files: &[ComparedFile],
    ) -> Secrets {
        for state in states {
            state
                .resources
                .values()
                .chain([&state.shared])
                .for_each(|value| {
                    visit_secrets(value, &mut |text| {
                        texts.insert(text.to_owned());
                    });
                });
        }
        let read = |text: Option<&str>| text.and_then(documents).unwrap_or_default();
        let pairs = files.iter().map(|file| {
            let (before, after) = (read(file.before.as_deref()), read(file.after));
            (before, after)
        });
        Secrets::of(texts, &pairs.collect::<Vec<_>>())
    }

    /// The same for documents before and after a change.
    pub(crate) fn of(mut texts: BTreeSet<String>, pairs: &[(Vec<Value>, Vec<Value>)]) -> Secrets {
        let documents = pairs
            .iter()
            .flat_map(|(before, after)| before.iter().chain(after));
        documents.for_each(|document| add_from_object(document, &mut texts));
        let secrets = Secrets::new(&texts);
        pairs
            .iter()
            .for_each(|(before, after)| secrets.add_predecessors(before, after, &mut texts));
        Secrets::new(&texts)
    }

    fn new(texts: &BTreeSet<String>) -> Secrets {
        let long = texts
            .iter()
            .filter(|text| text.len() >= MIN_SECRET_LENGTH && *text != NO_VALUE);
        Secrets {
            redactor: Redactor::new(long.flat_map(|text| spellings(text))),
            hides_urls: true,
        }
    }

    /// The text with its secrets hidden.
    pub(crate) fn hide(&self, text: &str) -> String {
        let text = self
            .redactor
            .redact(text)
            .map_or(Cow::Borrowed(text), Cow::Owned);
        match self.hides_urls {
            true => hide_url_passwords(&text),
            false => text.into_owned(),
        }
    }

    /// The value with its secrets hidden.
    pub(crate) fn hide_in(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.hide(text)),
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.hide_in(item)).collect())
            }
            Value::Map(map) => Value::Map(
                map.iter()
                    .map(|(key, value)| (self.hide(key), self.hide_in(value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.redactor.is_match(text)
    }

    /// Adds the texts that a text with a secret replaces.
    fn add_predecessors(&self, before: &[Value], after: &[Value], texts: &mut BTreeSet<String>) {
        for difference in compare(before, after) {
            let ChangeKind::Changed(fields) = difference.kind else {
                continue;
            };
            for field in fields {
                if let Change::Replaced(before, after) = field.change {
                    self.add_predecessor(&before, &after, texts);
                }
            }
        }
    }

    fn add_predecessor(&self, before: &Value, after: &Value, texts: &mut BTreeSet<String>) {
        match (before, after) {
            (Value::String(before), Value::String(after)) if self.is_in(after) => {
                texts.extend(before.lines().map(|line| line.trim().to_owned()));
            }
            (Value::List(before), Value::List(after)) => {
                before
                    .iter()
                    .zip(after)
                    .for_each(|(before, after)| self.add_predecessor(before, after, texts));
            }
            _ => {}
        }
    }
}

/// The documents of an output; `None` when it is not valid YAML, since a user may have edited it.
pub(super) fn documents(text: &str) -> Option<Vec<Value>> {
    let mut sources = Sources::default();
    let source = sources.add("output", text);
    let mut report = Report::default();
    let documents = yaml::parse(&sources, source, &mut report);
    report.result().ok()?;
    Some(documents.into_iter().map(yaml::Node::into_value).collect())
}

/// Adds the values of a Secret, each line by itself, since a block of YAML indents each line.
fn add_from_object(document: &Value, texts: &mut BTreeSet<String>) {
    match document.get("kind").and_then(Value::as_str) {
        Some("Secret") => {
            let values = ["data", "stringData"]
                .into_iter()
                .filter_map(|section| document.get(section)?.as_map())
                .flat_map(|section| section.values())
                .filter_map(Value::as_str);
            texts.extend(
                values
                    .flat_map(str::lines)
                    .map(|line| line.trim().to_owned()),
            );
        }
        Some("List") => {
            let items = document
                .get("items")
                .and_then(Value::as_list)
                .unwrap_or_default();
            items.iter().for_each(|item| add_from_object(item, texts));
        }
        _ => {}
    }
}

/// Hides each password of a URL, as in `scheme://user:PASSWORD@host`.
fn hide_url_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        rest = after;
        let has_scheme = before.ends_with(|last: char| last.is_ascii_alphanumeric());
        if has_scheme && let Some((start, end)) = url_password(after) {
            out.push_str(&after[..start]);
            out.push_str(MASK);
            rest = &after[end..];
        }
    }
    out + rest
}

/// The start and end of the password in what follows the `://` of a URL. A reference to a variable
/// is not a password.
fn url_password(text: &str) -> Option<(usize, usize)> {
    let mut escaped = false;
    let ends = |character: char| {
        let is_end = character.is_whitespace() || "<>".contains(character);
        let is_quote = character == '"' && !escaped;
        escaped = character == '\\';
        is_end || is_quote
    };
    let url = text.split(ends).next().unwrap_or_default();
    let authority = url.split('/').next().unwrap_or_default();
    let end = authority.rfind('@').or_else(|| {
        // A password may contain an unencoded slash, but a port is a number.
        let (_, port) = authority.split_once(':')?;
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
        let is_address = authority.starts_with('[');
        url.rfind('@').filter(|_| !is_port && !is_address)
    })?;
    let (user, password) = url[..end].split_once(':')?;
    let is_reference = |open: &str, close: &str| {
        let inner = password.strip_prefix(open);
        inner
            .and_then(|inner| inner.strip_suffix(close))
            .is_some_and(|name| !name.contains(['$', '{', '(']))
    };
    let is_secret = !password.is_empty() && !is_reference("$(", ")") && !is_reference("${", "}");
    is_secret.then_some((user.len() + 1, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_come_from_states_and_objects() {
        let mut state = State::default();
        let resource = yaml::samples::read(
            "{password: hunter22, user: somebody, deep: {api_key: [abcdefgh]}, pass: abc}",
        );
        state.resources.insert("a".to_owned(), resource);
        let text = "kind: Secret\nstringData:\n  long: |\n    first line\n    second line\n---\nkind: ConfigMap\ndata: {a: visible}\n";
        let file = ComparedFile {
            output: 0,
            path: "x".into(),
            before: None,
            after: Some(text),
        };
        let secrets = Secrets::find(BTreeSet::new(), [&state].into_iter(), &[file]);
        let hidden = secrets.hide(&format!("{text}hunter22 somebody abcdefgh abc"));
        assert_eq!(hidden.matches(MASK).count(), 4, "{hidden}");
        assert!(
            hidden.contains("visible") && hidden.ends_with("******** somebody ******** abc"),
            "{hidden}"
        );
    }

    #[test]
    fn passwords_of_urls_are_hidden() {
        let secrets = Secrets::new(&BTreeSet::from(["p@ss/w0rd".to_owned()]));
        for (text, expected) in [
            (
                "postgres://app:hunter22@db:5432/app",
                "postgres://app:********@db:5432/app",
            ),
            ("redis://:pw@cache", "redis://:********@cache"),
            ("amqp://u:a%40b%2Fc@mq/", "amqp://u:********@mq/"),
            ("a://u:p@s@h b://u:q@h", "a://u:********@h b://u:********@h"),
            ("a://u:p/q?r#s@h/x", "a://u:********@h/x"),
            (
                "{\"url\":\"a://u:p\\\"q@h\",\"mail\":\"x@y\"}",
                "{\"url\":\"a://u:********@h\",\"mail\":\"x@y\"}",
            ),
            ("key: p%40ss%2Fw0rd", "key: ********"),
            ("key: p@ss/w0rd", "key: ********"),
        ] {
            assert_eq!(secrets.hide(text), expected);
        }
        for text in [
            "http://web:8080/users/me@example.com",
            "http://[::1]:80/a@b",
            "https://example.com/a:b@c",
            "postgres://app@db/app",
            "postgres://app:@db/app",
            "postgres://app:$(SECRET_DB_PASSWORD)@db",
            "postgres://app:${PASSWORD}@db",
            "http://a:b\" c@d",
            "see ://u:p@h",
        ] {
            assert_eq!(secrets.hide(text), text);
        }
        assert_eq!(Secrets::default().hide("a://u:p@h"), "a://u:p@h");
    }
}
