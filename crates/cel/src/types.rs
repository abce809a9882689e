//! The types that the check knows, and how they fit each other.

use std::fmt;

/// The type of an expression, as far as it is known before the evaluation.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Anything: only the evaluation can tell.
    Dyn,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A signed integer of 64 bits.
    Int,
    /// An unsigned integer of 64 bits.
    Uint,
    /// A floating-point number of 64 bits.
    Double,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// A point in time.
    Timestamp,
    /// A span of time.
    Duration,
    /// A list of items of one type.
    List(Box<Type>),
    /// A map with the types of its keys and values.
    Map(Box<(Type, Type)>),
    /// A value that may be absent.
    Optional(Box<Type>),
    /// A type as a value.
    Type,
    /// A type of the libraries of Kubernetes, such as `kubernetes.Quantity`.
    Named(&'static str),
    /// A map with these fields and no others.
    Object(Vec<(String, Type)>),
    /// A type that is found while checking, by its number.
    #[doc(hidden)]
    Variable(usize),
}

impl Type {
    /// A list of `item`.
    pub fn list(item: Type) -> Type {
        Type::List(Box::new(item))
    }

    /// A map from `key` to `value`.
    pub fn map(key: Type, value: Type) -> Type {
        Type::Map(Box::new((key, value)))
    }

    pub(crate) fn optional(value: Type) -> Type {
        Type::Optional(Box::new(value))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::List(item) => write!(out, "list({item})"),
            Type::Map(entry) => write!(out, "map({}, {})", entry.0, entry.1),
            Type::Optional(value) => write!(out, "optional_type({value})"),
            other => out.write_str(other.name()),
        }
    }
}

impl Type {
    /// The name without the types inside.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Type::Dyn | Type::Variable(_) => "dyn",
            Type::Null => "null",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Uint => "uint",
            Type::Double => "double",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Timestamp => "timestamp",
            Type::Duration => "duration",
            Type::List(_) => "list",
            Type::Map(_) => "map",
            Type::Optional(_) => "optional_type",
            Type::Type => "type",
            Type::Named(name) => name,
            Type::Object(_) => "object",
        }
    }
}

/// What the variables of types stand for. Their numbers are places in the list.
#[derive(Debug, Default)]
pub(crate) struct Bindings {
    known: Vec<Option<Type>>,
    /// The variables in the order in which they were bound, with what they were before.
    trail: Vec<(usize, Option<Type>)>,
}

impl Bindings {
    /// A variable that nothing is known of yet.
    pub fn fresh(&mut self) -> Type {
        self.known.push(None);
        Type::Variable(self.known.len() - 1)
    }

    /// A state to which [`Bindings::undo`] can return.
    pub fn mark(&self) -> (usize, usize) {
        (self.known.len(), self.trail.len())
    }

    /// Forgets what was found since `mark`.
    pub fn undo(&mut self, mark: (usize, usize)) {
        for (number, before) in self.trail.split_off(mark.1).into_iter().rev() {
            self.known[number] = before;
        }
        self.known.truncate(mark.0);
    }

    /// The type with its variables replaced; what is not known stays.
    pub fn resolve(&self, of: &Type) -> Type {
        match of {
            Type::Variable(number) => match self.known.get(*number) {
                Some(Some(bound)) => self.resolve(bound),
                _ => of.clone(),
            },
            Type::List(item) => Type::list(self.resolve(item)),
            Type::Map(entry) => Type::map(self.resolve(&entry.0), self.resolve(&entry.1)),
            Type::Optional(value) => Type::optional(self.resolve(value)),
            other => other.clone(),
        }
    }

    /// As [`Bindings::resolve`], and what is not known is `dyn`.
    pub fn finish(&self, of: &Type) -> Type {
        match self.resolve(of) {
            Type::Variable(_) => Type::Dyn,
            Type::List(item) => Type::list(self.finish(&item)),
            Type::Map(entry) => Type::map(self.finish(&entry.0), self.finish(&entry.1)),
            Type::Optional(value) => Type::optional(self.finish(&value)),
            other => other,
        }
    }

    /// As [`Bindings::resolve`], without the types inside.
    fn shallow<'t>(&'t self, mut of: &'t Type) -> &'t Type {
        while let Type::Variable(number) = of
            && let Some(Some(bound)) = self.known.get(*number)
        {
            of = bound;
        }
        of
    }

    fn bind(&mut self, number: usize, to: Type) {
        let before = self.known[number].replace(to);
        self.trail.push((number, before));
    }

    /// Whether a value of the type `given` can be where `wanted` is expected. Variables are bound to make it so.
    pub fn fits(&mut self, wanted: &Type, given: &Type) -> bool {
        if let Type::Variable(number) = wanted
            && let Some(Some(bound)) = self.known.get(*number).cloned()
        {
            let fits = self.fits(&bound, given);
            // Of several types that a variable stands for, the most general counts.
            if fits && *self.shallow(given) == Type::Dyn {
                self.bind(*number, Type::Dyn);
            }
            return fits;
        }
        match (self.shallow(wanted).clone(), self.shallow(given).clone()) {
            (Type::Variable(one), Type::Variable(other)) if one == other => true,
            (Type::Variable(number), other) | (other, Type::Variable(number)) => {
                let is_free = !contains(&self.resolve(&other), number);
                if is_free {
                    self.bind(number, other);
                }
                is_free
            }
            (Type::Dyn, _) | (_, Type::Dyn) => true,
            (Type::List(one), Type::List(other)) | (Type::Optional(one), Type::Optional(other)) => {
                self.fits(&one, &other)
            }
            (Type::Map(one), Type::Map(other)) => {
                self.fits(&one.0, &other.0) && self.fits(&one.1, &other.1)
            }
            (Type::Null, other) | (other, Type::Null) => is_nullable(&other),
            (one, other) => one == other,
        }
    }
}

/// Whether `null` is a value of the type, as the API server's engine has it.
fn is_nullable(of: &Type) -> bool {
    matches!(
        of,
        Type::Null
            | Type::Timestamp
            | Type::Duration
            | Type::Named(_)
            | Type::Object(_)
            | Type::Optional(_)
    )
}

fn contains(of: &Type, number: usize) -> bool {
    match of {
        Type::Variable(other) => *other == number,
        Type::List(item) | Type::Optional(item) => contains(item, number),
        Type::Map(entry) => contains(&entry.0, number) || contains(&entry.1, number),
        _ => false,
    }
}

/// The types of the arguments and of the result of one form of a function.
#[derive(Debug)]
pub(crate) struct Signature {
    pub is_member: bool,
    pub arguments: Vec<Type>,
    pub result: Type,
}

impl Signature {
    /// Reads a signature such as `list(A).(A) int`: the value before the point is the first argument of a method.
    /// A single capital letter is any type, the same wherever it stands.
    pub fn read(text: &str, bindings: &mut Bindings) -> Signature {
        let mut reader = Reader {
            rest: text,
            bindings,
            letters: Vec::new(),
        };
        let is_member = !text.starts_with('(');
        let mut arguments = Vec::new();
        if is_member {
            arguments.push(reader.one());
        }
        reader.skip(&['.', '(']);
        while !reader.rest.starts_with(')') {
            arguments.push(reader.one());
            reader.skip(&[',', ' ']);
        }
        reader.skip(&[')', ' ']);
        Signature {
            is_member,
            arguments,
            result: reader.one(),
        }
    }
}

struct Reader<'t, 'b> {
    rest: &'t str,
    bindings: &'b mut Bindings,
    letters: Vec<(&'t str, Type)>,
}

impl<'t> Reader<'t, '_> {
    fn skip(&mut self, signs: &[char]) {
        self.rest = self.rest.trim_start_matches(signs);
    }

    fn one(&mut self) -> Type {
        let end = self.rest.find([',', ' ', '(', ')', '.']);
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        match name {
            "list" => Type::list(self.inside()),
            "optional" => Type::optional(self.inside()),
            "map" => {
                self.skip(&['(']);
                let key = self.one();
                self.skip(&[',', ' ']);
                let value = self.one();
                self.rest = self.rest.strip_prefix(')').unwrap_or(self.rest);
                Type::map(key, value)
            }
            _ => named(name).unwrap_or_else(|| self.letter(name)),
        }
    }

    fn inside(&mut self) -> Type {
        self.rest = self.rest.strip_prefix('(').unwrap_or(self.rest);
        let inner = self.one();
        self.rest = self.rest.strip_prefix(')').unwrap_or(self.rest);
        inner
    }

    fn letter(&mut self, name: &'t str) -> Type {
        if let Some((_, known)) = self.letters.iter().find(|(letter, _)| *letter == name) {
            return known.clone();
        }
        let fresh = self.bindings.fresh();
        self.letters.push((name, fresh.clone()));
        fresh
    }
}

/// The types that have a name of their own. Those of Kubernetes have short names in signatures.
fn named(name: &str) -> Option<Type> {
    Some(match name {
        "dyn" => Type::Dyn,
        "null" => Type::Null,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        "type" => Type::Type,
        "quantity" => Type::Named("kubernetes.Quantity"),
        "url" => Type::Named("kubernetes.URL"),
        "ip" => Type::Named("net.IP"),
        "cidr" => Type::Named("net.CIDR"),
        "semver" => Type::Named("kubernetes.Semver"),
        "format" => Type::Named("kubernetes.NamedFormat"),
        _ => return None,
    })
}
