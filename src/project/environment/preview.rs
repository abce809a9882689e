//! `preview:` of an environment: each pull request gets an environment of its own.
//!
//! The number of a preview comes from the command line. `${preview.number}` and `${preview.name}`
//! in texts of the file are replaced before it is read.

use std::borrow::Cow;

use compiler::model::is_dns_label;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use diagnostics::suggestions::suggestion;
use yaml::rules::EMPTY_VALUE;
use yaml::{Kind, Node, Style, reader, scalar_spans};

use super::decode::non_empty;

rules! {
    /// A setting in `preview` is invalid, or is the same for all previews.
    pub INVALID_PREVIEW: "invalid-preview", Error;
}

/// The longest name of a preview: a part of names of 63 characters.
const LONGEST_NAME: usize = 40;

const OPENING: &str = "${preview.";
const NUMBER: &str = "${preview.number}";
const NAME: &str = "${preview.name}";
const KEYS: [&str; 2] = ["number", "name"];

/// The settings in `preview`.
#[derive(Clone)]
pub struct Preview {
    /// The key.
    pub span: Span,
    /// The number; `None` when the command line has none, and placeholders are not replaced.
    pub number: Option<String>,
    /// The name of this preview.
    pub name: String,
    /// Its namespace; by default that of the environment, with the name.
    pub namespace: Option<Spanned<String>>,
    /// How long it exists.
    pub lifetime: Option<Spanned<String>>,
    /// What it uses from the extended environment: types or UIDs of resources.
    pub share: Vec<Spanned<String>>,
    /// Whether each workload has one pod, and requests no more than the defaults.
    pub small: bool,
    /// The data of its own resources, by types or UIDs.
    pub seed: Vec<(Spanned<String>, Node)>,
    /// The mapping, with the values of placeholders.
    pub node: Node,
}

impl Preview {
    /// The number of another preview.
    pub(crate) fn other_number(&self) -> String {
        match self.number.as_deref() {
            Some("1") => "2".to_owned(),
            _ => "1".to_owned(),
        }
    }
}

/// The rule of [`is_number`] as a help text.
pub(crate) const NUMBER_RULE: &str =
    "use a number of 1 to 10 digits that does not begin with 0, as in `--preview 142`";

/// Whether this is a valid number of a preview. It becomes a part of host names, so the same number
/// cannot be written in two ways, such as `7` and `07`.
pub(crate) fn is_number(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    (1..=10).contains(&text.len()) && text.bytes().all(is_digit) && !text.starts_with('0')
}

/// Whether a text depends on the number of a preview that is not known.
pub(super) fn is_open(text: &str) -> bool {
    text.contains(OPENING)
}

/// Replaces the placeholders in an `environment.yaml`.
pub(super) fn fill<'a>(
    node: &'a Node,
    number: Option<&str>,
    sources: &Sources,
    report: &mut Report,
) -> Cow<'a, Node> {
    let names = node.get("preview").map(|preview| {
        let name = preview.get("name").and_then(Node::as_str);
        Names::new(number, name.unwrap_or(&default_name(NUMBER)))
    });
    let mut node = Cow::Borrowed(node);
    if has_placeholder(&node) {
        fill_texts(node.to_mut(), names.as_ref(), sources, report);
    }
    node
}

/// The values of the placeholders.
struct Names {
    number: String,
    name: String,
}

impl Names {
    /// Without a number, placeholders are not replaced.
    fn new(number: Option<&str>, name: &str) -> Names {
        let Some(number) = number else {
            return Names {
                number: NUMBER.to_owned(),
                name: NAME.to_owned(),
            };
        };
        let name = Some(name.replace(NUMBER, number)).filter(|name| !is_open(name));
        Names {
            number: number.to_owned(),
            name: name.unwrap_or_else(|| default_name(number)),
        }
    }
}

/// The name of a preview without `name`.
fn default_name(number: &str) -> String {
    format!("pr-{number}")
}

fn has_placeholder(node: &Node) -> bool {
    match &node.kind {
        Kind::String(text, _) => is_open(text),
        Kind::List(items) => items.iter().any(has_placeholder),
        Kind::Map(entries) => entries
            .iter()
            .any(|(_, entry)| has_placeholder(&entry.value)),
        _ => false,
    }
}

fn fill_texts(node: &mut Node, names: Option<&Names>, sources: &Sources, report: &mut Report) {
    match &mut node.kind {
        Kind::String(text, style) if is_open(text) => {
            let written = Text {
                span: node.span,
                style: *style,
                text,
                sources,
            };
            *text = written.filled(names, report);
        }
        Kind::List(items) => items
            .iter_mut()
            .for_each(|item| fill_texts(item, names, sources, report)),
        Kind::Map(entries) => {
            let values = entries.iter_mut().map(|(_, entry)| &mut entry.value);
            values.for_each(|value| fill_texts(value, names, sources, report));
        }
        _ => {}
    }
}

/// A text with placeholders.
struct Text<'a> {
    span: Span,
    style: Style,
    text: &'a str,
    sources: &'a Sources,
}

impl Text<'_> {
    /// The text with the values of its placeholders. `$${preview.` is the text `${preview.`.
    fn filled(&self, names: Option<&Names>, report: &mut Report) -> String {
        let mut filled = String::new();
        let mut at = 0;
        while let Some(start) = self.text[at..].find(OPENING).map(|start| at + start) {
            let before = &self.text[at..start];
            let key_start = start + OPENING.len();
            if let Some(before) = before.strip_suffix('$') {
                filled.push_str(before);
                filled.push_str(OPENING);
                at = key_start;
                continue;
            }
            filled.push_str(before);
            let end = self.text[key_start..].find('}').map(|end| key_start + end);
            let key = &self.text[key_start..end.unwrap_or(self.text.len())];
            at = end.map_or(self.text.len(), |end| end + 1);
            match (key, names) {
                ("number", Some(names)) if end.is_some() => filled.push_str(&names.number),
                ("name", Some(names)) if end.is_some() => filled.push_str(&names.name),
                _ => {
                    report.push(self.problem(start, at, key, names));
                    // Without a value, the text would be invalid too.
                    filled.push_str(names.map_or("1", |names| &names.number));
                }
            }
        }
        filled.push_str(&self.text[at..]);
        filled
    }

    fn problem(&self, start: usize, end: usize, key: &str, names: Option<&Names>) -> Problem {
        let span =
            scalar_spans::locate_text(self.sources, self.span, self.style, self.text, start, end);
        let placeholder = &self.text[start..end];
        if names.is_none() {
            let message = format!("`{placeholder}` is only known in an environment with `preview`");
            return Problem::new(&INVALID_PREVIEW, message)
                .at(span)
                .help("move this key to such an environment");
        }
        if !placeholder.ends_with('}') {
            let message = format!("`{placeholder}` is not closed");
            return Problem::new(&INVALID_PREVIEW, message)
                .at(span)
                .help("write `}` after the name");
        }
        let message = format!("there is no placeholder `{placeholder}`");
        let help = suggestion(key, KEYS, || format!("write `{NUMBER}` or `{NAME}`"));
        Problem::new(&INVALID_PREVIEW, message).at(span).help(help)
    }
}

/// Reads `preview`. `node` has the values of placeholders, and `written` the placeholders.
pub(super) fn read(
    node: &Node,
    written: &Node,
    key: Span,
    number: Option<&str>,
    report: &mut Report,
) -> Option<Preview> {
    let mut fields = reader::fields(node, "`preview`", report)?;
    let text = |key: &'static str, fields: &mut reader::Fields<'_>, report: &mut Report| {
        let node = fields.optional(key, report)?;
        non_empty(node, &format!("`{key}`"), report)
    };
    let depends_on_number = |key: &str| written.get(key).and_then(Node::as_str).is_none_or(is_open);
    let name = text("name", &mut fields, report)
        .filter(|name| is_name(name, depends_on_number("name"), report));
    let namespace = text("namespace", &mut fields, report)
        .filter(|name| is_namespace(name, depends_on_number("namespace"), report));
    let lifetime =
        text("lifetime", &mut fields, report).filter(|lifetime| is_lifetime(lifetime, report));
    let share = fields
        .optional("share", report)
        .map(|node| reader::list(node, "`share`", report));
    let share = share
        .into_iter()
        .flatten()
        .filter_map(|item| non_empty(item, "an item of `share`", report))
        .collect();
    let small = fields
        .optional("small", report)
        .and_then(|node| reader::boolean(node, "`small`", report));
    let seed = fields.section("seed", report);
    let seed = seed.map(|node| read_seed(node, report));
    fields.finish(|_| None, report);
    let default = || default_name(number.unwrap_or(NUMBER));
    Some(Preview {
        span: key,
        number: number.map(str::to_owned),
        name: name.map_or_else(default, |name| name.value),
        namespace,
        lifetime,
        share,
        small: small.unwrap_or_default(),
        seed: seed.unwrap_or_default(),
        node: node.clone(),
    })
}

/// Reads `seed`: any value for each type or UID.
fn read_seed(node: &Node, report: &mut Report) -> Vec<(Spanned<String>, Node)> {
    let Some(entries) = node.as_map() else {
        reader::not_a_mapping(node, "`seed`", report);
        return Vec::new();
    };
    let mut seeds = Vec::new();
    for (key, entry) in entries {
        if entry.value.is_null() {
            let message = format!("`{key}` has no data");
            let problem = Problem::new(&EMPTY_VALUE, message).at(entry.key);
            report.push(problem.help("write what its definition makes a Job for, or remove it"));
        }
        let item = Spanned::new(key.into(), entry.key);
        seeds.push((item, entry.value.clone()));
    }
    seeds
}

/// The text with an example of a number.
fn example(text: &str) -> String {
    text.replace(NAME, "pr-1").replace(NUMBER, "1")
}

fn is_name(name: &Spanned<String>, depends_on_number: bool, report: &mut Report) -> bool {
    let example = example(&name.value);
    if !is_dns_label(&example) || example.len() > LONGEST_NAME {
        let help = format!(
            "use 1 to {LONGEST_NAME} of the characters a-z, 0-9 and `-`, as in `pr-{NUMBER}`"
        );
        report.push(invalid(name, "name", &help));
        return false;
    }
    let help = format!("{}-{NUMBER}", name.value);
    depends_on_number || all_same(name, "name", &help, report)
}

fn is_namespace(namespace: &Spanned<String>, depends_on_number: bool, report: &mut Report) -> bool {
    if !is_dns_label(&example(&namespace.value)) {
        let help =
            "use 1 to 63 of the characters a-z, 0-9 and `-`, not beginning or ending with `-`";
        report.push(invalid(namespace, "namespace", help));
        return false;
    }
    let help = format!("{}-{NAME}", namespace.value);
    depends_on_number || all_same(namespace, "namespace", &help, report)
}

/// Reports a text that is the same in all previews.
fn all_same(text: &Spanned<String>, key: &str, help: &str, report: &mut Report) -> bool {
    let message = format!("all previews have the {key} `{}`", text.value);
    let problem = Problem::new(&INVALID_PREVIEW, message).at(text.span);
    report.push(problem.help(format!("write the number in it, as in `{help}`")));
    false
}

/// Whether kube-janitor, which deletes the namespace after this time, accepts the value.
fn is_lifetime(lifetime: &Spanned<String>, report: &mut Report) -> bool {
    let number = lifetime.value.strip_suffix(['s', 'm', 'h', 'd', 'w']);
    let is_valid = number.is_some_and(is_number);
    if !is_valid {
        let help = "write a number and one of `s`, `m`, `h`, `d` and `w`, as in `7d`";
        report.push(invalid(lifetime, "lifetime", help));
    }
    is_valid
}

fn invalid(text: &Spanned<String>, key: &str, help: &str) -> Problem {
    let message = format!("`{}` is not a valid value of `{key}`", text.value);
    Problem::new(&INVALID_PREVIEW, message)
        .at(text.span)
        .help(help)
}
