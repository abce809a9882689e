//! The variables of expressions, and errors of expressions at their place in the file.

use cel::{Expression, Type};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Sources;
use yaml::{Node, reader, scalar_spans};

use crate::policy::rules::INVALID_POLICY;

/// Reads expressions of one policy.
pub(super) struct Reader<'s> {
    pub(super) sources: &'s Sources,
    /// The composed variables so far.
    pub(super) composed: Vec<(String, Type)>,
    pub(super) has_params: bool,
    pub(super) not_read: Vec<String>,
}

impl Reader<'_> {
    /// An expression with this type; `None` when it is not looked at or was reported.
    pub(super) fn read(
        &mut self,
        node: &Node,
        wanted: Option<&Type>,
        report: &mut Report,
    ) -> Option<Expression> {
        let text = reader::string(node, "the expression", report)?.value;
        if names(&text).any(|name| name == "authorizer") {
            self.not_read
                .push("an expression reads `authorizer`".to_owned());
            return None;
        }
        match Expression::parse(&text, &self.variables()) {
            Ok(expression) => match wanted {
                Some(wanted) if expression.result() != wanted => {
                    let message = format!(
                        "the expression has the type `{}`, and must have the type `{wanted}`",
                        expression.result()
                    );
                    let problem = Problem::new(&INVALID_POLICY, message).at(node.span);
                    report.push(problem.help("compare it with a value, as in `... == true`"));
                    None
                }
                _ => Some(expression),
            },
            Err(errors) => {
                for error in errors {
                    let place = scalar_spans::locate(self.sources, node, error.start, error.end);
                    let problem = Problem::new(&INVALID_POLICY, error.message).at(place);
                    report.push(match error.help {
                        Some(help) => problem.help(help),
                        None => problem,
                    });
                }
                None
            }
        }
    }

    fn variables(&self) -> Vec<(&'static str, Type)> {
        let mut variables = vec![
            ("object", Type::Dyn),
            ("oldObject", Type::Dyn),
            ("request", request()),
            ("namespaceObject", Type::Dyn),
            ("variables", Type::Object(self.composed.clone())),
        ];
        if self.has_params {
            variables.push(("params", Type::Dyn));
        }
        variables
    }
}

/// The names in an expression, also those in texts.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|one: char| !one.is_ascii_alphanumeric() && one != '_')
}

fn fields(names: &[(&str, Type)]) -> Type {
    let fields = names.iter();
    Type::Object(
        fields
            .map(|(name, of)| ((*name).to_owned(), of.clone()))
            .collect(),
    )
}

/// The fields of `request`.
fn request() -> Type {
    let text = Type::String;
    let kind = fields(&[
        ("group", text.clone()),
        ("version", text.clone()),
        ("kind", text.clone()),
    ]);
    let resource = fields(&[
        ("group", text.clone()),
        ("version", text.clone()),
        ("resource", text.clone()),
    ]);
    let user = fields(&[
        ("username", text.clone()),
        ("uid", text.clone()),
        ("groups", Type::list(text.clone())),
        ("extra", Type::map(text.clone(), Type::list(text.clone()))),
    ]);
    fields(&[
        ("kind", kind.clone()),
        ("resource", resource.clone()),
        ("subResource", text.clone()),
        ("requestKind", kind),
        ("requestResource", resource),
        ("requestSubResource", text.clone()),
        ("name", text.clone()),
        ("namespace", text.clone()),
        ("operation", text),
        ("userInfo", user),
        ("dryRun", Type::Bool),
        ("options", Type::Dyn),
    ])
}
