//! What is declared of one param or output.

use diagnostics::source::Span;
use diagnostics::suggestions::list_names;
use diagnostics::value::{Map, Value};
use indexmap::IndexMap;
use yaml::Node;

rules! {
    /// A definition declares a param or an output wrongly.
    pub INVALID_DECLARATION: "invalid-declaration", Error;
}

/// The params or outputs of a definition by name, in the order written.
pub type Declarations = IndexMap<String, Declaration>;

/// The names of what is declared; `None` where nothing is, so that any may be there.
pub fn names(declarations: Option<&Declarations>) -> Option<Vec<&str>> {
    declarations.map(|declared| declared.keys().map(String::as_str).collect())
}

/// A type of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A mapping.
    Object,
    /// A list.
    Array,
}

/// The types by their names.
pub(super) const TYPES: [(&str, Type); 6] = [
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("object", Type::Object),
    ("array", Type::Array),
];

impl Type {
    /// Its name in JSON Schema.
    pub fn name(self) -> &'static str {
        let named = TYPES.iter().find(|(_, one)| *one == self);
        named.map_or("", |(name, _)| name)
    }
}

/// What a definition says of one param or output.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// The place of its name.
    pub place: Span,
    /// Its type; any without it.
    pub kind: Option<Type>,
    /// A sentence that describes it.
    pub description: Option<String>,
    /// Whether a resource must set the param, or the definition must return the output.
    pub is_required: bool,
    /// Whether the value is a secret, whatever its name.
    pub is_secret: bool,
    /// The value of a param that is not set.
    pub default: Option<Value>,
    /// Values for documentation.
    pub examples: Vec<Value>,
    /// `enum`, `format`, `pattern` and the bounds, as they are written.
    pub limits: Map,
    /// The entries of an object; empty where it may have any.
    pub properties: Declarations,
    /// What each item of an array is.
    pub items: Option<Box<Declaration>>,
    /// Its JSON Schema; `None` where only the name is declared.
    pub(super) schema: Option<Node>,
}

impl Declaration {
    /// One of which only the name is known.
    pub(super) fn named(place: Span) -> Declaration {
        Declaration {
            place,
            kind: None,
            description: None,
            is_required: false,
            is_secret: false,
            default: None,
            examples: Vec::new(),
            limits: Map::new(),
            properties: Declarations::new(),
            items: None,
            schema: None,
        }
    }

    /// A text among the limits, such as the `format`.
    pub(super) fn limit(&self, key: &str) -> Option<&str> {
        self.limits.get(key)?.as_str()
    }

    /// The values that are allowed, where they are listed.
    pub fn words(&self) -> &[Value] {
        let words = self.limits.get("enum").and_then(Value::as_list);
        words.unwrap_or_default()
    }

    /// What is allowed, for tables: `integer, 1 to 10`. `*` is any value.
    pub fn summary(&self) -> String {
        let words: Vec<String> = self.words().iter().map(Value::to_text).collect();
        if !words.is_empty() {
            return words.join(" | ");
        }
        let name = match (self.limit("format"), self.kind, &self.items) {
            (Some(format), ..) => format.to_owned(),
            (None, Some(Type::Array), Some(items)) => format!("array of {}", items.summary()),
            (None, Some(kind), _) => kind.name().to_owned(),
            (None, None, _) => return "*".to_owned(),
        };
        match self.range("minimum", "maximum") {
            Some(range) => format!("{name}, {range}"),
            None => name,
        }
    }

    /// The numbers between two limits.
    fn range(&self, low: &str, high: &str) -> Option<String> {
        let text = |key| self.limits.get(key).map(Value::to_text);
        match (text(low), text(high)) {
            (Some(low), Some(high)) => Some(format!("{low} to {high}")),
            (Some(low), None) => Some(format!("at least {low}")),
            (None, Some(high)) => Some(format!("at most {high}")),
            (None, None) => None,
        }
    }

    /// What to write, as the end of a help.
    pub(in crate::provision) fn advice(&self) -> String {
        let words: Vec<String> = self.words().iter().map(Value::to_text).collect();
        if !words.is_empty() {
            return format!("one of {}", list_names(words.iter().map(String::as_str)));
        }
        let mut advice = match (self.limit("format"), self.kind) {
            (Some("cpu"), _) => "a number of CPUs".to_owned(),
            (Some("memory" | "storage"), _) => "a number of bytes".to_owned(),
            (Some("quantity"), _) => "a quantity".to_owned(),
            (Some(format), _) => format!("text of the format `{format}`"),
            (None, Some(Type::Integer)) => "a whole number".to_owned(),
            (None, Some(Type::Number)) => "a number".to_owned(),
            (None, Some(Type::Boolean)) => "`true` or `false`".to_owned(),
            (None, Some(Type::Object)) => "a mapping".to_owned(),
            (None, Some(Type::Array)) => "a list".to_owned(),
            (None, Some(Type::String) | None) => "text".to_owned(),
        };
        let range = self.range("minimum", "maximum");
        let usual = match self.limit("format").filter(|_| range.is_none()) {
            Some("cpu") => Some("500m"),
            Some("memory" | "quantity" | "storage") => Some("1Gi"),
            _ => None,
        };
        if let Some(range) = range {
            advice = format!("{advice}, {range}");
        }
        for (low, high, what) in [
            ("minLength", "maxLength", "characters"),
            ("minItems", "maxItems", "items"),
        ] {
            match self.range(low, high) {
                Some(range) if range == "at least 1" => advice.push_str(" that is not empty"),
                Some(range) => advice = format!("{advice} of {range} {what}"),
                None => {}
            }
        }
        if let Some(pattern) = self.limit("pattern") {
            advice = format!("{advice} that matches `{pattern}`");
        }
        match self
            .example()
            .map(Value::to_text)
            .or(usual.map(str::to_owned))
        {
            Some(example) => format!("{advice}, such as `{example}`"),
            None => advice,
        }
    }

    /// A value that is allowed, where one is known.
    pub fn example(&self) -> Option<&Value> {
        let examples = self.examples.iter().chain(&self.default);
        examples.chain(self.words()).next()
    }
}
