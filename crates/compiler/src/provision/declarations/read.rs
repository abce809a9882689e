//! Reads `supported_params` and `expected_outputs`: a list of names, or a mapping with what is known
//! of each.

use super::check::Subject;
use super::declaration::{Declaration, Declarations, INVALID_DECLARATION, TYPES, Type};
use crate::decode::resource_limits::quantity_formats;
use crate::json_schema::FORMATS;
use crate::support::quantity::Amount;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::Value;
use yaml::rules::UNKNOWN_VALUE;
use yaml::{Entry, Kind, Node, reader};

/// What is declared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::provision) enum Declares {
    Params,
    Outputs,
}

/// How declarations are read.
#[derive(Clone, Copy)]
pub(in crate::provision) struct Reading {
    pub declares: Declares,
    /// Whether the definition is embedded in this program. Then tests check its values.
    pub builtin: bool,
}

/// The types that a key is for.
const OWNERS: [(&str, &[Type]); 10] = [
    ("format", &[Type::String]),
    ("pattern", &[Type::String]),
    ("minLength", &[Type::String]),
    ("maxLength", &[Type::String]),
    ("minimum", &[Type::Integer, Type::Number, Type::String]),
    ("maximum", &[Type::Integer, Type::Number, Type::String]),
    ("items", &[Type::Array]),
    ("minItems", &[Type::Array]),
    ("maxItems", &[Type::Array]),
    ("properties", &[Type::Object]),
];

/// Reads the value of `key`.
pub(in crate::provision) fn read_declarations(
    node: &Node,
    key: &str,
    reading: Reading,
    report: &mut Report,
) -> Declarations {
    let what = format!("`{key}`");
    if let Some(entries) = node.as_map() {
        return read_entries(entries, reading, report);
    }
    let items = reader::list(node, &what, report).iter();
    let names = items.filter_map(|item| reader::string(item, &what, report));
    let is_required = reading.declares == Declares::Outputs;
    let named = names.map(|name| {
        let declaration = Declaration::named(name.span);
        (
            name.value,
            Declaration {
                is_required,
                ..declaration
            },
        )
    });
    named.collect()
}

fn read_entries(entries: &yaml::Entries, reading: Reading, report: &mut Report) -> Declarations {
    let declarations = entries.iter().map(|(name, entry)| {
        let declaration = read_declaration(name, entry, reading, report);
        (name.into(), declaration)
    });
    declarations.collect()
}

/// Reads what is known of `name`. Nothing is known of one without a value.
fn read_declaration(
    name: &str,
    entry: &Entry,
    reading: Reading,
    report: &mut Report,
) -> Declaration {
    let mut declaration = Declaration::named(entry.key);
    declaration.is_required = reading.declares == Declares::Outputs;
    let node = &entry.value;
    let what = match reading.declares {
        Declares::Params => format!("the param `{name}`"),
        Declares::Outputs => format!("the output `{name}`"),
    };
    let mut own = Report::default();
    if let Some(kind) = node
        .as_str()
        .filter(|text| TYPES.iter().any(|(name, _)| name == text))
    {
        let help = format!("write `{name}: {{type: {kind}}}`");
        let problem = reader::type_problem(node, &what, "a mapping").help(help);
        own.push(problem.edit(node.span, format!("{{type: {kind}}}")));
    } else if !node.is_null()
        && let Some(mut fields) = reader::fields(node, &what, &mut own)
    {
        declaration.read_keys(&mut fields, reading, &mut own);
        fields.finish(|_| None, &mut own);
        check_owners(&declaration, node, &what, &mut own);
        declaration.schema = Some(Node::from_value(&declaration.to_schema(), entry.key));
        if !reading.builtin && own.result().is_ok() {
            check_values(&declaration, node, &mut own);
        }
    }
    report.merge(own);
    declaration
}

impl Declaration {
    fn read_keys(
        &mut self,
        fields: &mut reader::Fields<'_>,
        reading: Reading,
        report: &mut Report,
    ) {
        let kind = fields.optional("type", report);
        self.kind = kind.and_then(|node| reader::word(node, "`type`", &TYPES, report));
        let description = fields.optional("description", report);
        let description =
            description.and_then(|node| reader::string(node, "`description`", report));
        self.description = description.map(|text| text.value);
        let required = fields.optional("required", report);
        let required = required.and_then(|node| reader::boolean(node, "`required`", report));
        self.is_required = required.unwrap_or(self.is_required);
        match reading.declares {
            Declares::Params => {
                self.default = fields.entry("default").map(|entry| entry.value.to_value());
            }
            Declares::Outputs => {
                let secret = fields.optional("secret", report);
                let secret = secret.and_then(|node| reader::boolean(node, "`secret`", report));
                self.is_secret = secret.unwrap_or_default();
            }
        }
        let examples = fields.optional("examples", report);
        let examples = examples.map(|node| reader::list(node, "`examples`", report));
        self.examples = examples.into_iter().flatten().map(Node::to_value).collect();
        self.read_limits(fields, reading, report);
        if let Some(entry) = fields.entry("items") {
            let items = read_declaration("items", entry, reading, report);
            self.items = Some(Box::new(items));
        }
        let properties = fields.optional("properties", report);
        if let Some(entries) = properties.and_then(|node| {
            let is_mapping = reader::fields(node, "`properties`", report).is_some();
            node.as_map().filter(|_| is_mapping)
        }) {
            self.properties = read_entries(entries, reading, report);
        }
    }

    fn read_limits(
        &mut self,
        fields: &mut reader::Fields<'_>,
        reading: Reading,
        report: &mut Report,
    ) {
        if let Some(node) = fields.optional("enum", report)
            && let [_, ..] = reader::list(node, "`enum`", report)
        {
            self.limits.insert("enum".to_owned(), node.to_value());
        }
        for (key, check) in [
            ("format", check_format as fn(&Spanned<String>, &mut Report)),
            ("pattern", check_pattern),
        ] {
            let text = fields.optional(key, report);
            if let Some(text) =
                text.and_then(|node| reader::string(node, &format!("`{key}`"), report))
            {
                if !reading.builtin {
                    check(&text, report);
                }
                self.limits
                    .insert(key.to_owned(), Value::String(text.value));
            }
        }
        for key in ["minimum", "maximum"] {
            if let Some(node) = fields.optional(key, report) {
                self.check_bound(key, node, report);
                self.limits.insert(key.to_owned(), node.to_value());
            }
        }
        for key in ["minLength", "maxLength", "minItems", "maxItems"] {
            let Some(node) = fields.optional(key, report) else {
                continue;
            };
            let count = reader::integer(node, &format!("`{key}`"), 0, i64::MAX.into(), report);
            self.limits
                .extend(count.map(|count| (key.to_owned(), Value::Int(count))));
        }
    }

    /// A bound is a number, or for a quantity another quantity.
    fn check_bound(&self, key: &str, node: &Node, report: &mut Report) {
        if !matches!(node.kind, Kind::Int(_) | Kind::Float(_) | Kind::String(..)) {
            return reader::wrong_type(node, &format!("`{key}`"), "a number", report);
        }
        let (fits, what) = match self.kind {
            Some(Type::String) => {
                let amount = Amount::parse(&node.to_value().to_text());
                (amount.is_some(), "a quantity, as in `100Gi`")
            }
            _ => (
                matches!(node.kind, Kind::Int(_) | Kind::Float(_)),
                "a number",
            ),
        };
        if !fits {
            let message = format!("`{key}` must be {what}, this is {}", node.kind_name());
            push(node.span, message, &format!("write {what}"), report);
        }
    }
}

fn check_format(text: &Spanned<String>, report: &mut Report) {
    let known = || FORMATS.into_iter().chain(quantity_formats());
    if !known().any(|format| format == text.value) {
        let message = format!("`format` cannot be `{}`", text.value);
        let help = suggestion(&text.value, known(), || {
            format!("write one of {}", list_names(known()))
        });
        report.push(
            Problem::new(&UNKNOWN_VALUE, message)
                .at(text.span)
                .help(help),
        );
    }
}

fn check_pattern(text: &Spanned<String>, report: &mut Report) {
    if !go_template::is_regex(&text.value) {
        let message = format!("`{}` is not a regular expression of Go", text.value);
        push(text.span, message, "fix the expression", report);
    }
}

/// Reports keys that have no meaning for the type, and pairs that contradict each other.
fn check_owners(declaration: &Declaration, node: &Node, what: &str, report: &mut Report) {
    let place = |key: &str| node.as_map()?.get(key).map(|entry| entry.key);
    for (key, owners) in OWNERS {
        let Some(place) = place(key) else { continue };
        let is_quantity = quantity_formats().any(|name| declaration.limit("format") == Some(name));
        let is_bound = matches!(key, "minimum" | "maximum");
        let fits =
            |kind| owners.contains(&kind) && (!is_bound || kind != Type::String || is_quantity);
        if !declaration.kind.is_some_and(fits) {
            let names: Vec<&str> = owners.iter().map(|owner| owner.name()).collect();
            let names = match is_bound {
                true => {
                    "`integer`, `number`, and `string` with the `format` of a quantity".to_owned()
                }
                false => list_names(names),
            };
            let message = format!("`{key}` of {what} has no effect: it is for {names}");
            push(place, message, "change the `type`, or remove it", report);
        }
    }
    for (low, high) in [
        ("minimum", "maximum"),
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
    ] {
        let amount = |key| Amount::parse(&declaration.limits.get(key)?.to_text());
        let order = amount(low)
            .zip(amount(high))
            .and_then(|(low, high)| low.compare(high));
        if order.is_some_and(std::cmp::Ordering::is_gt) {
            let message =
                format!("`{low}` of {what} is more than its `{high}`, so that no value is allowed");
            push(
                place(low).unwrap_or(node.span),
                message,
                "swap them, or change one",
                report,
            );
        }
    }
    if declaration.is_required
        && let Some(place) = declaration.default.as_ref().and_then(|_| place("default"))
    {
        let message = format!("{what} is `required`, so that its `default` is never used");
        push(place, message, "remove one of them", report);
    }
}

/// Reports values of the declaration that break its own rules.
fn check_values(declaration: &Declaration, node: &Node, report: &mut Report) {
    let items = |key: &str| match node.get(key).map(|node| &node.kind) {
        Some(Kind::List(items)) => items.as_slice(),
        _ => &[],
    };
    let default = node.get("default").filter(|node| !node.is_null());
    let of_lists = ["enum", "examples"].map(|key| items(key).iter().map(move |item| (key, item)));
    // A help must not name the wrong value as an example.
    let declaration = Declaration {
        default: None,
        examples: Vec::new(),
        ..declaration.clone()
    };
    let values = default.map(|node| ("default", node)).into_iter();
    for (key, value) in values.chain(of_lists.into_iter().flatten()) {
        let subject = Subject {
            rule: &INVALID_DECLARATION,
            path: key,
        };
        declaration.check(&subject, value, &mut |problem, place| {
            report.push(problem.at(place));
        });
    }
}

fn push(place: Span, message: String, help: &str, report: &mut Report) {
    report.push(
        Problem::new(&INVALID_DECLARATION, message)
            .at(place)
            .help(help),
    );
}
