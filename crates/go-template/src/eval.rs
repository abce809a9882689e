//! Walks the tree of a template and writes the text.

use std::collections::BTreeSet;

use crate::branches::{body_key, else_key};
use crate::budget::Budget;
use crate::data::Data;
use crate::functions::{self, Action, Kind};
use crate::lookup::{constant, fields, ideal};
use crate::tree::{Body, Branch, Callee, Command, Node, Operand, OperandKind, Pipe, Span};
use crate::{Failure, Piece, Rendered, Template, TemplateError, Tools, offset, print};

/// Renders `template`. With `failures`, `fail` inside `range` adds to them and ends only that
/// iteration.
pub(super) fn render(
    template: &Template,
    data: &Data,
    tools: &Tools,
    failures: Option<&mut Vec<Failure>>,
) -> Result<Rendered, TemplateError> {
    let mut run = Run {
        template,
        budget: Budget::new(tools),
        variables: vec![("$", data.clone())],
        nesting: 0,
        iterations: Vec::new(),
        failures,
        rendered: Rendered {
            text: String::new(),
            missing: Vec::new(),
            pieces: Vec::new(),
            generated: Vec::new(),
            entered: BTreeSet::new(),
        },
    };
    let result = run.walk(data, &template.root);
    let generated = run.budget.into_generated();
    match result {
        Ok(_) => Ok(Rendered {
            generated,
            ..run.rendered
        }),
        Err(error) => Err(TemplateError { generated, ..error }),
    }
}

struct Run<'t> {
    template: &'t Template,
    budget: Budget<'t>,
    variables: Vec<(&'t str, Data)>,
    nesting: usize,
    /// The keys and items of the iterations that run; none where failures are not collected.
    iterations: Vec<(Data, Data)>,
    failures: Option<&'t mut Vec<Failure>>,
    rendered: Rendered,
}

/// What follows a body.
#[derive(PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Outcome<T> = Result<T, TemplateError>;

fn fail<T>(span: Span, message: impl Into<String>) -> Outcome<T> {
    Err(TemplateError::new(span.start, span.end, message))
}

impl<'t> Run<'t> {
    fn walk(&mut self, dot: &Data, body: &'t Body) -> Outcome<Flow> {
        for node in body {
            let flow = match node {
                Node::Text(span) => self.text(*span)?,
                Node::Action(pipe) => self.action(dot, pipe)?,
                Node::If(branch) => self.if_or_with(dot, branch, false)?,
                Node::With(branch) => self.if_or_with(dot, branch, true)?,
                Node::Range(branch) => self.range(dot, branch)?,
                Node::Template {
                    name,
                    span,
                    argument,
                } => self.call_template(dot, name, *span, argument.as_ref())?,
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn spend(&self, span: Span) -> Outcome<()> {
        self.budget.spend(1).or_else(|message| fail(span, message))
    }

    fn spend_all(&self, steps: usize, span: Span) -> Outcome<()> {
        self.budget
            .spend(steps)
            .or_else(|message| fail(span, message))
    }

    /// Enters one level of nesting. The caller leaves it, unless rendering stops with an error.
    fn enter(&mut self, span: Span) -> Outcome<()> {
        self.nesting += 1;
        if self.nesting > self.budget.limits().nesting {
            return fail(
                span,
                "the template is nested too deep, or calls itself endlessly",
            );
        }
        self.spend(span)
    }

    fn text(&mut self, span: Span) -> Outcome<Flow> {
        self.spend(span)?;
        self.write(span, true, &self.template.text[span.start..span.end])?;
        Ok(Flow::Next)
    }

    fn write(&mut self, span: Span, verbatim: bool, text: &str) -> Outcome<()> {
        if text.is_empty() {
            return Ok(());
        }
        if text.len()
            > self
                .budget
                .limits()
                .output
                .saturating_sub(self.rendered.text.len())
        {
            return fail(
                span,
                format!(
                    "the output is larger than {} bytes",
                    self.budget.limits().output
                ),
            );
        }
        self.rendered.pieces.push(Piece {
            output: offset(self.rendered.text.len()),
            template: offset(span.start),
            verbatim,
        });
        self.rendered.text.push_str(text);
        Ok(())
    }

    fn action(&mut self, dot: &Data, pipe: &'t Pipe) -> Outcome<Flow> {
        let value = self.pipeline(dot, pipe)?;
        if !pipe.variables.is_empty() {
            return Ok(Flow::Next);
        }
        match &value {
            Data::Missing | Data::Nil => {
                self.rendered.missing.push((pipe.span.start, pipe.span.end));
                self.write(pipe.span, false, "<no value>")?;
            }
            Data::Text(text) => self.write(pipe.span, false, text)?,
            other => {
                let text = print::plain(other, &self.budget)
                    .or_else(|message| fail(pipe.span, message))?;
                self.write(pipe.span, false, &text)?;
            }
        }
        Ok(Flow::Next)
    }

    fn if_or_with(&mut self, dot: &Data, branch: &'t Branch, moves_dot: bool) -> Outcome<Flow> {
        let scope = self.variables.len();
        self.enter(branch.pipe.span)?;
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = match (value.truth(), moves_dot) {
            (true, true) => self.body(&value, branch)?,
            (true, false) => self.body(dot, branch)?,
            (false, _) => self.otherwise(dot, branch)?,
        };
        self.nesting -= 1;
        self.variables.truncate(scope);
        Ok(flow)
    }

    fn body(&mut self, dot: &Data, branch: &'t Branch) -> Outcome<Flow> {
        self.rendered.entered.insert(body_key(branch));
        self.walk(dot, &branch.body)
    }

    fn otherwise(&mut self, dot: &Data, branch: &'t Branch) -> Outcome<Flow> {
        self.rendered.entered.insert(else_key(branch));
        self.walk(dot, &branch.otherwise)
    }

    fn range(&mut self, dot: &Data, branch: &'t Branch) -> Outcome<Flow> {
        let scope = self.variables.len();
        self.enter(branch.pipe.span)?;
        let value = self.pipeline(dot, &branch.pipe)?;
        let count = self.iterate(&value, branch)?;
        let flow = if count == 0 {
            self.otherwise(dot, branch)?
        } else {
            Flow::Next
        };
        self.nesting -= 1;
        self.variables.truncate(scope);
        Ok(flow)
    }

    /// Runs the body once for each item and gives the number of items.
    fn iterate(&mut self, value: &Data, branch: &'t Branch) -> Outcome<usize> {
        let span = branch.pipe.span;
        match value {
            Data::Missing | Data::Nil => Ok(0),
            Data::List(list) => {
                for (index, item) in list.items().iter().enumerate() {
                    if self.iteration(Data::Int(index as i64), item.clone(), branch)? == Flow::Break
                    {
                        break;
                    }
                }
                Ok(list.items().len())
            }
            Data::Map(map) => {
                // The entries are copied, since the body may change the map, and the copy is paid
                // for.
                let count = map.len();
                self.spend_all(count, span)?;
                for (key, item) in map.entries() {
                    if self.iteration(Data::Text(key), item, branch)? == Flow::Break {
                        break;
                    }
                }
                Ok(count)
            }
            Data::Int(count) => self.count(*count, Data::Int, branch),
            Data::Int64(count) => self.count(*count, Data::Int64, branch),
            Data::Uint8(count) => self.count(i64::from(*count), |at| Data::Uint8(at as u8), branch),
            Data::Uint64(count) => self.count(
                i64::try_from(*count).unwrap_or(i64::MAX),
                |at| Data::Uint64(at as u64),
                branch,
            ),
            other => fail(
                span,
                format!("`range` cannot iterate over {}", other.type_name()),
            ),
        }
    }

    fn count(&mut self, count: i64, make: fn(i64) -> Data, branch: &'t Branch) -> Outcome<usize> {
        if branch.pipe.variables.len() > 1 {
            return fail(
                branch.pipe.span,
                "`range` over a number has one variable, not two",
            );
        }
        for at in 0..count {
            if self.iteration(make(at), make(at), branch)? == Flow::Break {
                break;
            }
        }
        Ok(usize::from(count > 0))
    }

    fn iteration(&mut self, key: Data, item: Data, branch: &'t Branch) -> Outcome<Flow> {
        self.spend(branch.pipe.span)?;
        let (scope, nesting) = (self.variables.len(), self.nesting);
        if self.failures.is_some() {
            self.iterations.push((key.clone(), item.clone()));
        }
        match branch.pipe.variables.as_slice() {
            [only] => self.set_loop_variable(branch, only, item.clone())?,
            [first, second] => {
                self.set_loop_variable(branch, first, key)?;
                self.set_loop_variable(branch, second, item.clone())?;
            }
            _ => {}
        }
        let flow = self
            .body(&item, branch)
            .or_else(|error| self.collect_failure(error))?;
        self.iterations.pop();
        self.variables.truncate(scope);
        self.nesting = nesting;
        Ok(flow)
    }

    /// Adds a failure to those that are collected. Any other error ends the rendering.
    fn collect_failure(&mut self, error: TemplateError) -> Outcome<Flow> {
        match &mut self.failures {
            Some(failures) if error.failure.is_some() => {
                let iterations = self.iterations.clone();
                failures.push(Failure { error, iterations });
                Ok(Flow::Next)
            }
            _ => Err(error),
        }
    }

    /// The pipeline has already declared the variables, so that both `:=` and `=` find them.
    fn set_loop_variable(&mut self, branch: &Branch, name: &str, value: Data) -> Outcome<()> {
        self.assign(name, value, branch.pipe.span)
    }

    fn call_template(
        &mut self,
        dot: &Data,
        name: &str,
        span: Span,
        argument: Option<&'t Pipe>,
    ) -> Outcome<Flow> {
        let template: &'t Template = self.template;
        let Some(body) = template.definitions.get(name) else {
            return fail(span, format!("there is no template `{name}`"));
        };
        self.enter(span)?;
        let value = match argument {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Data::Missing,
        };
        let outer = std::mem::replace(&mut self.variables, vec![("$", value.clone())]);
        let result = self.walk(&value, body);
        self.variables = outer;
        result?;
        self.nesting -= 1;
        Ok(Flow::Next)
    }

    fn pipeline(&mut self, dot: &Data, pipe: &'t Pipe) -> Outcome<Data> {
        self.enter(pipe.span)?;
        let mut value = None;
        for command in &pipe.commands {
            // Go unwraps the interface here: a nil value becomes a missing one.
            value = match self.command(dot, command, value)? {
                Data::Nil => Some(Data::Missing),
                other => Some(other),
            };
        }
        let value = value.unwrap_or_default();
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone(), pipe.span)?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        self.nesting -= 1;
        Ok(value)
    }

    fn assign(&mut self, name: &str, value: Data, span: Span) -> Outcome<()> {
        let place = self.find_variable(name, span)?;
        self.variables[place].1 = value;
        Ok(())
    }

    fn variable(&self, name: &str, span: Span) -> Outcome<Data> {
        self.find_variable(name, span)
            .map(|place| self.variables[place].1.clone())
    }

    /// Searches the variables from the innermost scope outwards; a long search is paid for.
    fn find_variable(&self, name: &str, span: Span) -> Outcome<usize> {
        let Some(place) = self.variables.iter().rposition(|(other, _)| *other == name) else {
            return fail(span, format!("undefined variable `{name}`"));
        };
        self.spend_all((self.variables.len() - place) / 16, span)?;
        Ok(place)
    }

    fn command(&mut self, dot: &Data, command: &'t Command, piped: Option<Data>) -> Outcome<Data> {
        if let OperandKind::Function(callee) = &command.first.kind {
            return self.call(dot, callee, command, piped);
        }
        if piped.is_some() || !command.arguments.is_empty() {
            return self.method(dot, command, piped);
        }
        if matches!(command.first.kind, OperandKind::Nil) {
            return fail(command.first.span, "`nil` alone is not a command");
        }
        self.operand(dot, &command.first)
    }

    /// Calls the method of a version that the last field names.
    fn method(&mut self, dot: &Data, command: &'t Command, piped: Option<Data>) -> Outcome<Data> {
        let span = command.first.span;
        let (receiver, names) = match &command.first.kind {
            OperandKind::Field(names) => (dot.clone(), names),
            OperandKind::Variable(name, names) => (self.variable(name, span)?, names),
            OperandKind::Chain(inner, names) => (self.operand(dot, inner)?, names),
            _ => (Data::Missing, &Vec::new()),
        };
        let (name, path) = names
            .split_last()
            .map_or(("", [].as_slice()), |(name, path)| (name.as_str(), path));
        let Data::Version {
            version,
            is_pointer,
        } = fields(receiver, path, span)?
        else {
            return fail(span, "this is not a function and takes no arguments");
        };
        let mut arguments = Vec::new();
        for argument in &command.arguments {
            arguments.push(self.operand(dot, argument)?);
        }
        arguments.extend(piped);
        functions::versions::method(&version, is_pointer, name, &arguments)
            .or_else(|message| fail(command.span, message))
    }

    fn operand(&mut self, dot: &Data, operand: &'t Operand) -> Outcome<Data> {
        let span = operand.span;
        self.spend_all(operand.cost(), span)?;
        match &operand.kind {
            OperandKind::Dot => Ok(dot.clone()),
            OperandKind::Nil => Ok(Data::Nil),
            OperandKind::Bool(flag) => Ok(Data::Bool(*flag)),
            OperandKind::Number(number) => Ok(ideal(number)),
            OperandKind::Text(text) => Ok(Data::text(text.as_str())),
            OperandKind::Field(names) => fields(dot.clone(), names, span),
            OperandKind::Variable(name, names) => fields(self.variable(name, span)?, names, span),
            OperandKind::Pipe(pipe) => self.pipeline(dot, pipe),
            OperandKind::Chain(inner, names) => fields(self.operand(dot, inner)?, names, span),
            OperandKind::Function(callee) => self.call_with(dot, callee, span, &[], None),
        }
    }

    fn call(
        &mut self,
        dot: &Data,
        callee: &'t Callee,
        command: &'t Command,
        piped: Option<Data>,
    ) -> Outcome<Data> {
        let span = if piped.is_some() && command.arguments.is_empty() {
            command.first.span
        } else {
            command.span
        };
        self.call_with(dot, callee, span, &command.arguments, piped)
    }

    fn call_with(
        &mut self,
        dot: &Data,
        callee: &'t Callee,
        span: Span,
        arguments: &'t [Operand],
        piped: Option<Data>,
    ) -> Outcome<Data> {
        self.spend(span)?;
        let with_name = |message: String| {
            TemplateError::new(
                span.start,
                span.end,
                format!("`{}`: {message}", callee.name()),
            )
        };
        let function = match callee {
            Callee::BuiltIn(function) => function,
            Callee::Host(name) => {
                let kinds = |_| Some(Kind::Any);
                let values = self.arguments(dot, callee, span, arguments, piped, kinds)?;
                let host = self
                    .budget
                    .tools()
                    .functions
                    .iter()
                    .find(|(other, _)| other == name);
                let host = host
                    .ok_or_else(|| with_name("this function is not available here".to_owned()))?;
                return host.1(&values).map_err(with_name);
            }
        };
        function
            .check_count(arguments.len() + usize::from(piped.is_some()))
            .map_err(with_name)?;
        let body = match function.action {
            Action::Unavailable(reason) => return Err(with_name(reason.to_owned())),
            Action::And => return self.short_circuit(dot, arguments, piped, false),
            Action::Or => return self.short_circuit(dot, arguments, piped, true),
            Action::Body(body) => body,
        };
        let values = self.arguments(dot, callee, span, arguments, piped, |index| {
            function.kind_of(index)
        })?;
        body(&functions::Arguments::new(values), &self.budget).map_err(|message| TemplateError {
            failure: (callee.name() == "fail").then(|| message.clone()),
            ..with_name(message)
        })
    }

    /// `and` and `or`: evaluates the arguments up to the first that decides.
    fn short_circuit(
        &mut self,
        dot: &Data,
        arguments: &'t [Operand],
        piped: Option<Data>,
        stops_at: bool,
    ) -> Outcome<Data> {
        let mut value = Data::Missing;
        for argument in arguments {
            value = self.operand(dot, argument)?;
            if value.truth() == stops_at {
                return Ok(value);
            }
        }
        Ok(piped.unwrap_or(value))
    }

    fn arguments(
        &mut self,
        dot: &Data,
        callee: &Callee,
        span: Span,
        arguments: &'t [Operand],
        piped: Option<Data>,
        kind_of: impl Fn(usize) -> Option<Kind>,
    ) -> Outcome<Vec<Data>> {
        let mut values = Vec::with_capacity(arguments.len() + 1);
        let check = |run: &Self, value, index, span: Span| {
            let kind = kind_of(index).unwrap_or(Kind::Any);
            let value = kind
                .accept(value)
                .or_else(|message| fail(span, format!("`{}`: {message}", callee.name())))?;
            // Most functions read their texts in full.
            let text = value.as_text().unwrap_or_default();
            run.budget
                .read(text.len())
                .or_else(|message| fail(span, message))?;
            Ok(value)
        };
        for (index, argument) in arguments.iter().enumerate() {
            let kind = kind_of(index).unwrap_or(Kind::Any);
            let value = match &argument.kind {
                OperandKind::Number(number) => {
                    self.spend(argument.span)?;
                    constant(number, kind)
                }
                // The constant `nil` is a map without entries too; a nil that is found is none.
                OperandKind::Nil if kind == Kind::Map => Data::Missing,
                _ => self.operand(dot, argument)?,
            };
            values.push(check(self, value, index, argument.span)?);
        }
        if let Some(value) = piped {
            let index = values.len();
            values.push(check(self, value, index, span)?);
        }
        Ok(values)
    }
}
