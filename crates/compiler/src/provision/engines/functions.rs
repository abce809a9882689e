//! The functions of Score in the templates of definitions.

use std::cell::{Cell, RefCell};

use super::outputs_file::Fault;
use super::template::CurrentResource;
use crate::decode::image;
use crate::placeholder::resolve::mark_secret;
use crate::provision::definition::REQUESTED_BY;
use crate::provision::run::Run;
use crate::support::quantity::Amount;
use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use diagnostics::source::Span;
use diagnostics::value::Value;
use go_template::Data;

rules! {
    /// A provisioner warns of a param, of a value of the environment, or of what it creates.
    pub PROVISIONER_WARNING: "provisioner-warning", Warning;

    /// A provisioner says something about a param, a value of the environment, or what it creates.
    pub PROVISIONER_NOTE: "provisioner-note", Note;
}

/// No server runs in less memory: a number without a unit counts bytes.
const FEWEST_BYTES: u128 = 1 << 20;

/// How many problems a section may report: a loop may repeat one a hundred thousand times.
const MAX_REMARKS: usize = 20;

const REGISTRY_HELP: &str =
    "values.imageRegistry must be a registry such as registry.example.com/mirror";

/// The functions for one rendering, which may report problems.
pub(super) struct Functions<'a> {
    run: &'a Run<'a>,
    resource: &'a CurrentResource<'a>,
    /// What was reported.
    pub(super) report: RefCell<Report>,
    /// Why a param or value was refused, which begins with its path.
    pub(super) refused: Cell<Option<String>>,
    /// Why an output of a file cannot be used.
    pub(super) fault: Cell<Option<Fault>>,
    /// How often [`Functions::say`] was called.
    remarks: Cell<usize>,
}

impl<'a> Functions<'a> {
    pub(super) fn new(run: &'a Run<'a>, resource: &'a CurrentResource<'a>) -> Functions<'a> {
        Functions {
            run,
            resource,
            report: RefCell::default(),
            refused: Cell::default(),
            fault: Cell::default(),
            remarks: Cell::default(),
        }
    }

    /// The error for a param or value that is refused.
    fn refuse<T>(&self, why: String) -> Result<T, String> {
        self.refused.set(Some(why.clone()));
        Err(why)
    }

    /// The function of a name.
    pub(super) fn call(&self, name: &str, arguments: &[Data]) -> Result<Data, String> {
        let texts: Option<Vec<&str>> = arguments.iter().map(text).collect();
        match (name, texts.unwrap_or_default().as_slice()) {
            // The registry may be missing.
            ("image", _) => self.image(arguments).map(Data::text),
            ("encodeSecretRef", [name, key]) => Ok(Data::text(mark_secret(name, key))),
            ("encodeSecretRef", _) => {
                Err("encodeSecretRef takes two strings, a secret's name and a key".to_owned())
            }
            ("cpu", [default]) => self.quantity("cpu", default, "500m", is_cpu),
            ("memory", [default]) => self.quantity("memory", default, "512Mi", is_memory),
            ("amount", [quantity]) => amount(quantity),
            ("output", [name]) => self.output(name),
            ("warn", [path, what, help]) => Ok(self.say(&PROVISIONER_WARNING, path, what, help)),
            ("note", [path, what, help]) => Ok(self.say(&PROVISIONER_NOTE, path, what, help)),
            ("warn" | "note", _) => {
                Err("it takes three strings: a path, a text, and what to do".to_owned())
            }
            _ => Err("it takes one string".to_owned()),
        }
    }

    /// The param `image`, or else the default, below the registry if one is given.
    fn image(&self, arguments: &[Data]) -> Result<String, String> {
        let (default, registry) = match arguments {
            [Data::Text(default), Data::Missing | Data::Nil] => (default, None),
            [Data::Text(default), Data::Text(registry)] => (default, Some(registry)),
            [Data::Text(_), _] => return self.refuse(format!("{REGISTRY_HELP}, and a text")),
            _ => return Err("it takes the name of an image, and a registry or nothing".to_owned()),
        };
        let Some(own) = self.param("image") else {
            return match registry {
                Some(registry) => image::below(registry, default).or_else(|fault| {
                    self.refuse(format!("{REGISTRY_HELP}, but is {registry:?}: {fault}"))
                }),
                None => Ok(default.to_string()),
            };
        };
        if self.param("version").is_some() {
            let why = "params.version has no effect beside params.image, which names the version";
            return self.refuse(why.to_owned());
        }
        match image::fault(&own) {
            Some((fault, _)) => self.refuse(format!(
                "params.image must be the name of an image, but is {own:?}: {fault}"
            )),
            None => Ok(own),
        }
    }

    /// A param that is a quantity, or else the default.
    fn quantity(
        &self,
        name: &str,
        default: &str,
        example: &str,
        is_valid: fn(&str) -> bool,
    ) -> Result<Data, String> {
        match self.param(name) {
            None => Ok(Data::text(default)),
            Some(own) if is_valid(&own) => Ok(Data::text(own)),
            Some(own) => self.refuse(format!(
                "params.{name} must be a quantity such as {example}, but is {own:?}"
            )),
        }
    }

    /// An output in the file of the definition.
    fn output(&self, name: &str) -> Result<Data, String> {
        let Some(file) = &self.resource.file else {
            return Err(
                "only `outputs://` definitions have it, with a file in `source`".to_owned(),
            );
        };
        file.get(name).map(Data::from).map_err(|fault| {
            let what = fault.what.clone();
            self.fault.set(Some(fault));
            what
        })
    }

    /// The text of a param; `None` without it.
    fn param(&self, name: &str) -> Option<String> {
        let value = self.resource.params.get(name)?;
        (*value != Value::Null).then(|| value.to_text())
    }

    /// Reports what the definition says of a param or value, or of the resource.
    fn say(&self, rule: &'static Rule, path: &str, what: &str, help: &str) -> Data {
        let node = self.resource.node;
        let subject = match path {
            "" => format!("`{}`", node.uid),
            path if path.starts_with("params.") => format!("`{path}` of `{}`", node.uid),
            path => format!("`{path}`"),
        };
        let problem = Problem::new(rule, format!("{subject} {what}")).help(help);
        let problem = match self.run.place_of(self.resource, path) {
            Some(place) => problem.at(place).secondary(node.span, REQUESTED_BY),
            None => problem.at(node.span),
        };
        if self.remarks.replace(self.remarks.get() + 1) < MAX_REMARKS {
            self.report.borrow_mut().push(problem.cause(what));
        }
        Data::text("")
    }
}

impl Run<'_> {
    /// The place of what a path such as `params.NAME` or `values.NAME` names, if it is written.
    /// Text may follow the path.
    pub(super) fn place_of(&self, resource: &CurrentResource<'_>, path: &str) -> Option<Span> {
        let (root, path) = path.split_once('.')?;
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let end = path.find(|letter| !is_name(letter)).unwrap_or(path.len());
        let mut names = path[..end].split('.');
        match root {
            "values" => {
                let mut value = self.context.written_values?.get(names.next()?)?;
                while let Some(inner) = names.next().and_then(|name| value.get(name)) {
                    value = inner;
                }
                Some(value.span)
            }
            "params" => {
                let name = names.next()?;
                let mut params = self.graph.params(resource.node)?.iter();
                let (_, param) = params.find(|(key, _)| key.value == name)?;
                Some(param.span)
            }
            _ => None,
        }
    }
}

fn text(data: &Data) -> Option<&str> {
    match data {
        Data::Text(text) => Some(text),
        _ => None,
    }
}

fn is_cpu(text: &str) -> bool {
    text.trim_end_matches('m')
        .ends_with(|last: char| last.is_ascii_digit())
        && Amount::parse(text).is_some_and(|amount| !amount.is_zero())
}

fn is_memory(text: &str) -> bool {
    !text.ends_with(['m', 'K'])
        && Amount::parse(text).is_some_and(|amount| amount.rounded_up() >= FEWEST_BYTES)
}

/// The number that a quantity stands for: `500m` is 0.5, `1Ki` is 1024.
fn amount(quantity: &str) -> Result<Data, String> {
    let thousandths = quantity.strip_suffix('m');
    let number = match thousandths {
        Some(number) => number
            .parse()
            .ok()
            .map(|number: f64| Data::Float(number / 1000.0)),
        None if quantity.contains('.') && quantity.parse::<f64>().is_ok() => {
            quantity.parse().ok().map(Data::Float)
        }
        None => Amount::parse(quantity)
            .and_then(|amount| i64::try_from(amount.rounded_up()).ok())
            .map(Data::Int),
    };
    number.ok_or_else(|| format!("{quantity:?} is not a quantity such as 500m or 1Gi"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_of_a_server_are_told_from_others() {
        for text in ["1", "0.5", "250m", "1500m"] {
            assert!(is_cpu(text), "{text}");
        }
        for text in ["", "0", "0m", "m", "2 cores", "1Gi", "-1", "500M", "1mm"] {
            assert!(!is_cpu(text), "{text}");
        }
        for text in ["1Mi", "1.5Gi", "512M", "1048576"] {
            assert!(is_memory(text), "{text}");
        }
        // A number of bytes, Docker's `m` and `K`, and the `B` of other programs.
        for text in ["", "0", "512", "512m", "512000K", "512MB", "1023Ki", "true"] {
            assert!(!is_memory(text), "{text}");
        }
    }

    #[test]
    fn amounts_are_numbers() {
        for (text, expected) in [
            ("500m", Data::Float(0.5)),
            ("0.25", Data::Float(0.25)),
            ("2", Data::Int(2)),
            ("1Ki", Data::Int(1024)),
            ("1.5Gi", Data::Int(3 << 29)),
        ] {
            let found = amount(text).unwrap();
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{text}");
        }
        for text in ["", "m", "1X", "9999999999999E"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
