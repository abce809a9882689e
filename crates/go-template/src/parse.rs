//! Parses tokens to the tree of a template.

use indexmap::IndexMap;

use crate::lex::{self, Piece, Token, TokenKind};
use crate::tokens::Tokens;
use crate::tree::{
    Body, Branch, Callee, Command, Definitions, Node, Operand, OperandKind, Pipe, Span,
};
use crate::{TemplateError, functions, helm};
use diagnostics::suggestions::closest_match;

/// Blocks and parentheses may nest this deep; the parser and the evaluator both recurse over them.
const MAX_NESTING: usize = 100;

/// Variables that may be in scope at one place; they are looked up one by one.
const MAX_VARIABLES: usize = 1_000;

/// Parses `text`. `hosts` are the names of the host's functions, which it gives at rendering.
pub(super) fn parse(text: &str, hosts: &[&str]) -> Result<(Body, Definitions), TemplateError> {
    let pieces = lex::cut(text)?;
    let mut parser = Parser {
        text,
        hosts,
        pieces: pieces.into_iter(),
        definitions: IndexMap::new(),
        variables: vec!["$"],
        loops: 0,
        nesting: 0,
    };
    let root = parser.top_level()?;
    Ok((root, parser.definitions))
}

struct Parser<'t> {
    text: &'t str,
    hosts: &'t [&'t str],
    pieces: std::vec::IntoIter<Piece<'t>>,
    definitions: Definitions,
    /// The variables in scope; `$` is always the first.
    variables: Vec<&'t str>,
    /// How many `range` bodies surround this place.
    loops: usize,
    nesting: usize,
}

/// What ended a list of nodes.
enum Ending<'t> {
    Text,
    End,
    Else(Tokens<'t>),
}

impl<'t> Parser<'t> {
    fn top_level(&mut self) -> Result<Body, TemplateError> {
        let mut body = Body::new();
        while let Some(piece) = self.pieces.next() {
            match piece {
                Piece::Text(span) => body.push(Node::Text(span)),
                Piece::Action { tokens, span } => {
                    let mut tokens = Tokens::new(tokens, span);
                    if tokens.take_word("define") {
                        self.definition(tokens)?;
                        continue;
                    }
                    match tokens.word() {
                        Some(word @ ("end" | "else")) => {
                            return Err(tokens.error(format!(
                                "`{{{{{word}}}}}` without a block that it belongs to"
                            )));
                        }
                        _ => body.extend(self.action(tokens)?),
                    }
                }
            }
        }
        Ok(body)
    }

    fn definition(&mut self, mut tokens: Tokens<'t>) -> Result<(), TemplateError> {
        let (name, span) = tokens.template_name("define")?;
        tokens.finish("define")?;
        let body = self.separate_body(&tokens)?;
        self.define(name, body, span)
    }

    /// A body that sees none of the variables around it.
    fn separate_body(&mut self, opener: &Tokens<'t>) -> Result<Body, TemplateError> {
        let variables = std::mem::replace(&mut self.variables, vec!["$"]);
        let loops = std::mem::replace(&mut self.loops, 0);
        let (body, ending) = self.body(opener)?;
        self.variables = variables;
        self.loops = loops;
        match ending {
            Ending::Else(tokens) => Err(tokens.error("unexpected `{{else}}`")),
            _ => Ok(body),
        }
    }

    fn define(&mut self, name: String, body: Body, span: Span) -> Result<(), TemplateError> {
        let text = self.text;
        let is_empty = |body: &Body| {
            body.iter().all(|node| matches!(node, Node::Text(span) if text[span.start..span.end].trim().is_empty()))
        };
        match self.definitions.get(&name) {
            Some(earlier) if is_empty(&body) && !is_empty(earlier) => Ok(()),
            Some(earlier) if !is_empty(earlier) => Err(TemplateError::new(
                span.start,
                span.end,
                format!("template `{name}` is defined more than once"),
            )),
            _ => {
                self.definitions.insert(name, body);
                Ok(())
            }
        }
    }

    /// Nodes up to the `{{end}}` or `{{else}}` that belongs to `opener`.
    fn body(&mut self, opener: &Tokens<'t>) -> Result<(Body, Ending<'t>), TemplateError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(opener.error("blocks are nested too deep"));
        }
        let mut body = Body::new();
        let ending = self.fill(&mut body)?;
        // The tree is kept, and room that nothing uses takes pages of memory.
        body.shrink_to_fit();
        self.nesting -= 1;
        if matches!(ending, Ending::Text) {
            return Err(opener.error(format!(
                "`{{{{{}}}}}` is never closed: `{{{{end}}}}` is missing",
                opener.opening
            )));
        }
        Ok((body, ending))
    }

    fn fill(&mut self, body: &mut Body) -> Result<Ending<'t>, TemplateError> {
        while let Some(piece) = self.pieces.next() {
            match piece {
                Piece::Text(span) => body.push(Node::Text(span)),
                Piece::Action { tokens, span } => {
                    let mut tokens = Tokens::new(tokens, span);
                    if tokens.take_word("end") {
                        tokens.finish("end")?;
                        return Ok(Ending::End);
                    }
                    if tokens.take_word("else") {
                        return Ok(Ending::Else(tokens));
                    }
                    body.extend(self.action(tokens)?);
                }
            }
        }
        Ok(Ending::Text)
    }

    /// One action; `None` for those that leave nothing in the tree.
    fn action(&mut self, mut tokens: Tokens<'t>) -> Result<Option<Node>, TemplateError> {
        let word = tokens.word().unwrap_or_default();
        if matches!(
            word,
            "if" | "with" | "range" | "template" | "block" | "break" | "continue"
        ) {
            tokens.next();
        }
        Ok(Some(match word {
            "if" => Node::If(self.branch(tokens, "if")?),
            "with" => Node::With(self.branch(tokens, "with")?),
            "range" => Node::Range(self.branch(tokens, "range")?),
            "template" => self.template_call(tokens)?,
            "block" => self.block(tokens)?,
            "break" | "continue" => self.jump(tokens, word)?,
            "define" => return Err(tokens.error("`define` is allowed only at the top level")),
            _ => {
                let pipe = self.pipeline(&mut tokens, "action", false)?;
                tokens.finish("action")?;
                Node::Action(pipe)
            }
        }))
    }

    fn jump(&mut self, mut tokens: Tokens<'t>, word: &str) -> Result<Node, TemplateError> {
        tokens.finish(word)?;
        if self.loops == 0 {
            return Err(tokens.error(format!("`{{{{{word}}}}}` outside `{{{{range}}}}`")));
        }
        Ok(if word == "break" {
            Node::Break
        } else {
            Node::Continue
        })
    }

    fn branch(
        &mut self,
        mut tokens: Tokens<'t>,
        word: &'static str,
    ) -> Result<Branch, TemplateError> {
        let scope = self.variables.len();
        tokens.opening = word;
        let pipe = self.pipeline(&mut tokens, word, word == "range")?;
        tokens.finish(word)?;
        let inner = self.variables.len();
        self.loops += usize::from(word == "range");
        let (body, ending) = self.body(&tokens)?;
        self.loops -= usize::from(word == "range");
        self.variables.truncate(inner);
        let otherwise = match ending {
            Ending::Else(mut after) => self.otherwise(&mut after, &tokens, word)?,
            _ => Body::new(),
        };
        self.variables.truncate(scope);
        Ok(Branch {
            pipe,
            body,
            otherwise,
        })
    }

    /// What follows `{{else`: a body, or with `{{else if ..}}` a branch that has the same
    /// `{{end}}`.
    fn otherwise(
        &mut self,
        after: &mut Tokens<'t>,
        opener: &Tokens<'t>,
        word: &'static str,
    ) -> Result<Body, TemplateError> {
        if word != "range" && after.take_word(word) {
            self.nesting += 1;
            if self.nesting > MAX_NESTING {
                return Err(after.error(format!("too many `{{{{else {word}}}}}`")));
            }
            let branch = self.branch(after.rest(), word)?;
            self.nesting -= 1;
            return Ok(vec![if word == "if" {
                Node::If(branch)
            } else {
                Node::With(branch)
            }]);
        }
        after.finish("else")?;
        match self.body(opener)? {
            (_, Ending::Else(tokens)) => Err(tokens.error("a second `{{else}}` in one block")),
            (body, _) => Ok(body),
        }
    }

    fn template_call(&mut self, mut tokens: Tokens<'t>) -> Result<Node, TemplateError> {
        let (name, span) = tokens.template_name("template")?;
        let argument = if tokens.is_empty() {
            None
        } else {
            Some(self.pipeline(&mut tokens, "template", false)?)
        };
        tokens.finish("template")?;
        Ok(Node::Template {
            name,
            span,
            argument,
        })
    }

    fn block(&mut self, mut tokens: Tokens<'t>) -> Result<Node, TemplateError> {
        let (name, span) = tokens.template_name("block")?;
        tokens.opening = "block";
        let argument = Some(self.pipeline(&mut tokens, "block", false)?);
        tokens.finish("block")?;
        let body = self.separate_body(&tokens)?;
        self.define(name.clone(), body, span)?;
        Ok(Node::Template {
            name,
            span,
            argument,
        })
    }

    fn pipeline(
        &mut self,
        tokens: &mut Tokens<'t>,
        context: &str,
        is_range: bool,
    ) -> Result<Pipe, TemplateError> {
        let (variables, assigns) = self.declarations(tokens, is_range)?;
        let start = tokens.here().start;
        // Nearly all pipelines have one command.
        let mut commands = Vec::with_capacity(1);
        loop {
            let command = self.command(tokens, context)?;
            if !commands.is_empty() && !can_receive(&command) {
                let span = command.first.span;
                return Err(TemplateError::new(
                    span.start,
                    span.end,
                    "only a function or a field can follow `|`",
                ));
            }
            commands.push(command);
            // Go lets a bar end a pipeline, with nothing behind it.
            let continues = tokens.take(&TokenKind::Bar);
            if !continues || matches!(tokens.kind(0), None | Some(TokenKind::Close)) {
                break;
            }
        }
        commands.shrink_to_fit();
        // The variables are in scope only after the pipeline that gives them their value.
        if !assigns {
            self.variables.extend(&variables);
            if self.variables.len() > MAX_VARIABLES {
                return Err(tokens.error("too many variables"));
            }
        }
        Ok(Pipe {
            span: Span {
                start,
                end: tokens.before(),
            },
            variables: variables.into_iter().map(str::to_owned).collect(),
            assigns,
            commands,
        })
    }

    fn declarations(
        &self,
        tokens: &mut Tokens<'t>,
        is_range: bool,
    ) -> Result<(Vec<&'t str>, bool), TemplateError> {
        let mut variables = Vec::new();
        let (first, second, third) = (tokens.kind(0), tokens.kind(1), tokens.kind(2));
        let Some(&TokenKind::Variable(name)) = first else {
            return Ok((variables, false));
        };
        let ends = match (second, third) {
            (Some(TokenKind::Declare | TokenKind::Assign), _) => 1,
            (Some(TokenKind::Comma), Some(TokenKind::Variable(_))) if is_range => 3,
            (Some(TokenKind::Comma), _) if is_range => {
                return Err(tokens.error_at(2, "`range` needs a variable after `,`"));
            }
            (Some(TokenKind::Comma), _) => {
                return Err(tokens.error_at(1, "only `range` may declare two variables"));
            }
            _ => return Ok((variables, false)),
        };
        variables.push(name);
        if let (3, Some(&TokenKind::Variable(name))) = (ends, third) {
            variables.push(name);
        }
        let assigns = match tokens.kind(ends) {
            Some(TokenKind::Declare) => false,
            Some(TokenKind::Assign) => true,
            // `{{range $i, $e}}` does not say what to do with the variables.
            _ => return Err(tokens.error_at(ends, "expected `:=` or `=` after the variables")),
        };
        for (index, variable) in variables.iter().enumerate() {
            if assigns && !self.variables.contains(variable) {
                return Err(tokens.error_at(index * 2, format!("undefined variable `{variable}`")));
            }
        }
        for _ in 0..=ends {
            tokens.next();
        }
        Ok((variables, assigns))
    }

    fn command(
        &mut self,
        tokens: &mut Tokens<'t>,
        context: &str,
    ) -> Result<Command, TemplateError> {
        let start = tokens.here().start;
        let Some(first) = self.operand(tokens)? else {
            let what = if context == "action" {
                "an action".to_owned()
            } else {
                format!("`{context}`")
            };
            return Err(tokens.error_here(format!("{what} needs a value here")));
        };
        let mut arguments = Vec::new();
        while !tokens.is_empty()
            && !matches!(tokens.kind(0), Some(TokenKind::Bar | TokenKind::Close))
        {
            if !tokens.is_spaced() {
                return Err(tokens.error_here("expected a space between operands"));
            }
            match self.operand(tokens)? {
                Some(operand) => arguments.push(operand),
                None => return Err(tokens.error_here("unexpected token in an action")),
            }
        }
        arguments.shrink_to_fit();
        Ok(Command {
            span: Span {
                start,
                end: tokens.before(),
            },
            first,
            arguments,
        })
    }

    fn operand(&mut self, tokens: &mut Tokens<'t>) -> Result<Option<Operand>, TemplateError> {
        let Some(Token { kind, span, .. }) = tokens.peek().cloned() else {
            return Ok(None);
        };
        let kind = match kind {
            TokenKind::Word(word) => self.word(word, span)?,
            TokenKind::Variable(name) if self.variables.contains(&name) => {
                OperandKind::Variable(name.to_owned(), Vec::new())
            }
            TokenKind::Variable(name) => {
                return Err(TemplateError::new(
                    span.start,
                    span.end,
                    format!("undefined variable `{name}`"),
                ));
            }
            TokenKind::Field(name) => OperandKind::Field(vec![name.to_owned()]),
            TokenKind::Number(number) => OperandKind::Number(number),
            TokenKind::Text(text) => OperandKind::Text(text.into_owned()),
            TokenKind::Dot => OperandKind::Dot,
            TokenKind::Open => return self.parenthesis(tokens).map(Some),
            _ => return Ok(None),
        };
        tokens.next();
        with_fields(Operand { span, kind }, tokens).map(Some)
    }

    fn word(&self, word: &str, span: Span) -> Result<OperandKind, TemplateError> {
        Ok(match word {
            "true" | "false" => OperandKind::Bool(word == "true"),
            "nil" => OperandKind::Nil,
            "if" | "else" | "end" | "with" | "range" | "define" | "template" | "block" => {
                return Err(TemplateError::new(
                    span.start,
                    span.end,
                    format!("unexpected keyword `{word}`"),
                ));
            }
            _ if self.hosts.contains(&word) => OperandKind::Function(Callee::Host(word.to_owned())),
            _ => match functions::find(word) {
                Some(function) => OperandKind::Function(Callee::BuiltIn(function)),
                None => return Err(self.unknown_function(word, span)),
            },
        })
    }

    fn unknown_function(&self, word: &str, span: Span) -> TemplateError {
        let help = helm::advice(word);
        let mut names: Vec<&str> = functions::names().collect();
        names.extend(self.hosts);
        let near = closest_match(word, names).filter(|_| help.is_none());
        let message = match near {
            Some(near) => format!("unknown function `{word}`; did you mean `{near}`?"),
            None => format!("unknown function `{word}`"),
        };
        TemplateError {
            help,
            ..TemplateError::new(span.start, span.end, message)
        }
    }

    fn parenthesis(&mut self, tokens: &mut Tokens<'t>) -> Result<Operand, TemplateError> {
        let start = tokens.here();
        tokens.next();
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(TemplateError::new(
                start.start,
                start.end,
                "parentheses are nested too deep",
            ));
        }
        let pipe = self.pipeline(tokens, "parenthesis", false)?;
        self.nesting -= 1;
        if !tokens.take(&TokenKind::Close) {
            return Err(TemplateError::new(start.start, start.end, "unclosed `(`"));
        }
        let span = Span {
            start: start.start,
            end: tokens.before(),
        };
        with_fields(
            Operand {
                span,
                kind: OperandKind::Pipe(Box::new(pipe)),
            },
            tokens,
        )
    }
}

/// An operand with the fields that follow without a blank, as in `$x.a.b` and `(..).a`.
fn with_fields(operand: Operand, tokens: &mut Tokens<'_>) -> Result<Operand, TemplateError> {
    let mut fields = Vec::new();
    while let (Some(&TokenKind::Field(name)), false) = (tokens.kind(0), tokens.is_spaced()) {
        fields.push(name.to_owned());
        tokens.next();
    }
    if fields.is_empty() {
        return Ok(operand);
    }
    let span = Span {
        start: operand.span.start,
        end: tokens.before(),
    };
    let kind = match operand.kind {
        OperandKind::Field(mut names) => {
            names.extend(fields);
            OperandKind::Field(names)
        }
        OperandKind::Variable(name, _) => OperandKind::Variable(name, fields),
        kind @ (OperandKind::Pipe(_) | OperandKind::Function(_)) => OperandKind::Chain(
            Box::new(Operand {
                span: operand.span,
                kind,
            }),
            fields,
        ),
        _ => {
            return Err(TemplateError::new(
                span.start,
                span.end,
                "a constant has no fields",
            ));
        }
    };
    Ok(Operand { span, kind })
}

/// Whether a command takes the value before `|`.
fn can_receive(command: &Command) -> bool {
    use OperandKind::{Bool, Dot, Nil, Number, Text};
    !matches!(
        command.first.kind,
        Bool(_) | Dot | Nil | Number(_) | Text(_)
    )
}
