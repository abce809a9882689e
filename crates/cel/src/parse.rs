//! Tokens to a tree, by precedence climbing. The grammar is that of the CEL specification with optional syntax.

mod cursor;

use self::cursor::Parser;
use crate::Error;
use crate::functions;
use crate::lex::{Lexeme, Token, lex};
use crate::macros;
use crate::tree::{Call, Kind, Literal, Node};

/// How deep an expression may nest, and how long chains of operators may be.
const MAX_DEPTH: usize = 250;

/// The levels that an expression in parentheses or brackets takes: reading it takes more calls than an operator does.
const EXPRESSION_DEPTH: usize = 3;

/// The longest expression in bytes.
const MAX_LENGTH: usize = 100_000;

const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Binary operators with their precedence and the functions that they call.
const BINARY: [(&str, u8, &str); 12] = [
    ("==", 1, "_==_"),
    ("!=", 1, "_!=_"),
    ("<=", 1, "_<=_"),
    (">=", 1, "_>=_"),
    ("<", 1, "_<_"),
    (">", 1, "_>_"),
    ("in", 1, "@in"),
    ("+", 2, "_+_"),
    ("-", 2, "_-_"),
    ("*", 3, "_*_"),
    ("/", 3, "_/_"),
    ("%", 3, "_%_"),
];

/// Parses a whole expression.
pub(crate) fn parse(text: &str) -> Result<Node, Error> {
    if text.len() > MAX_LENGTH {
        let message = format!("the expression is longer than {MAX_LENGTH} bytes");
        return Err(Error::new(0, 0, message));
    }
    let mut parser = Parser {
        tokens: lex(text)?,
        position: 0,
        depth: 0,
    };
    let node = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

impl Parser<'_> {
    fn expression(&mut self) -> Result<Node, Error> {
        let depth = self.depth;
        self.deeper(EXPRESSION_DEPTH)?;
        let condition = self.logic("||")?;
        let node = match self.take("?") {
            None => condition,
            Some(sign) => {
                let yes = self.logic("||")?;
                self.expect(":")?;
                let no = self.expression()?;
                let (start, end) = (condition.start, no.end);
                Node {
                    start,
                    end,
                    sign,
                    kind: Kind::Conditional(Box::new([condition, yes, no])),
                }
            }
        };
        self.depth = depth;
        Ok(node)
    }

    /// Operands of `||` or `&&`, side by side.
    fn logic(&mut self, sign: &'static str) -> Result<Node, Error> {
        let operand = |parser: &mut Self| match sign {
            "||" => parser.logic("&&"),
            _ => parser.binary(1),
        };
        let first = operand(self)?;
        let Some(place) = self.take(sign) else {
            return Ok(first);
        };
        let mut operands = vec![first, operand(self)?];
        while self.take(sign).is_some() {
            operands.push(operand(self)?);
        }
        Ok(Node {
            start: operands[0].start,
            end: self.last_end(),
            sign: place,
            kind: match sign {
                "||" => Kind::Or(operands),
                _ => Kind::And(operands),
            },
        })
    }

    /// Operands of operators that bind as strongly as `weakest` or more.
    fn binary(&mut self, weakest: u8) -> Result<Node, Error> {
        let depth = self.depth;
        let mut left = self.unary()?;
        while let Some((strength, name)) = self.operator(weakest) {
            let sign = self.advance();
            self.deeper(1)?;
            let right = self.binary(strength + 1)?;
            let sign = (sign.start, sign.end);
            left = call(name, sign, left.start, right.end, vec![left, right]);
        }
        self.depth = depth;
        Ok(left)
    }

    /// The operator that comes next, unless it binds less than `weakest`.
    fn operator(&self, weakest: u8) -> Option<(u8, &'static str)> {
        let Token::Sign(sign) = self.peek() else {
            return None;
        };
        BINARY
            .iter()
            .find(|(known, strength, _)| known == sign && *strength >= weakest)
            .map(|(_, strength, name)| (*strength, *name))
    }

    fn unary(&mut self) -> Result<Node, Error> {
        if let Some(sign) = self.take("!") {
            return self.prefixed("!", "!_", sign);
        }
        let node = match self.take("-") {
            None => self.primary()?,
            Some(sign) => match self.negative()? {
                Some(literal) => self.literal(literal, sign.0),
                None => return self.prefixed("-", "-_", sign),
            },
        };
        self.members(node)
    }

    /// Two of the same sign say nothing: even of `!!'a'`, the API server makes `'a'`.
    fn prefixed(&mut self, text: &str, name: &str, sign: (usize, usize)) -> Result<Node, Error> {
        let depth = self.depth;
        self.deeper(1)?;
        let is_pair = self.take(text).is_some();
        let operand = self.unary()?;
        self.depth = depth;
        Ok(match is_pair {
            true => operand,
            false => call(name, sign, sign.0, operand.end, vec![operand]),
        })
    }

    /// The literal of a number after a minus.
    fn negative(&mut self) -> Result<Option<Literal>, Error> {
        let literal = match *self.peek() {
            Token::Literal(Literal::Int(value)) => Literal::Int(-value),
            Token::Literal(Literal::Double(value)) => Literal::Double(-value),
            Token::LargeInt(value) if value == i64::MIN.unsigned_abs() => Literal::Int(i64::MIN),
            Token::LargeInt(_) => return Err(self.too_large()),
            _ => return Ok(None),
        };
        self.advance();
        Ok(Some(literal))
    }

    fn too_large(&self) -> Error {
        let lexeme = self.lexeme();
        let message = "the number does not fit into a signed integer of 64 bits";
        Error::new(lexeme.start, lexeme.end, message)
            .help(Some("write `u` after it for an unsigned one"))
    }

    fn literal(&self, literal: Literal, start: usize) -> Node {
        let end = self.last_end();
        Node {
            start,
            end,
            sign: (start, end),
            kind: Kind::Literal(literal),
        }
    }

    fn primary(&mut self) -> Result<Node, Error> {
        if self.take("(").is_some() {
            let node = self.expression()?;
            self.expect(")")?;
            return Ok(node);
        }
        if let Some(open) = self.take("[") {
            return self.list(open);
        }
        if let Some(open) = self.take("{") {
            return self.map(open);
        }
        self.take(".");
        match self.peek().clone() {
            Token::Literal(literal) => {
                let start = self.advance().start;
                Ok(self.literal(literal, start))
            }
            Token::LargeInt(_) => Err(self.too_large()),
            Token::Word(word) => self.name(word),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// A name, or a call of a function that stands alone.
    fn name(&mut self, word: &str) -> Result<Node, Error> {
        if RESERVED.contains(&word) {
            let lexeme = self.lexeme();
            let message = format!("`{word}` is a reserved word");
            return Err(Error::new(lexeme.start, lexeme.end, message));
        }
        let Lexeme { start, end, .. } = self.advance();
        let sign = (start, end);
        if self.take("(").is_none() {
            let kind = Kind::Name(word.to_owned());
            return Ok(Node {
                start,
                end,
                sign,
                kind,
            });
        }
        let mut arguments = self.until(")")?;
        let end = self.last_end();
        if word == "has"
            && arguments.len() == 1
            && let Some(argument) = arguments.pop()
        {
            let kind = macros::has(argument, sign)?;
            return Ok(Node {
                start,
                end,
                sign,
                kind,
            });
        }
        Ok(call(word, sign, start, end, arguments))
    }

    /// `.field`, `[index]` and `.method(..)`, as many as follow.
    fn members(&mut self, mut node: Node) -> Result<Node, Error> {
        let depth = self.depth;
        loop {
            let start = node.start;
            let (sign, kind) = if let Some(dot) = self.take(".") {
                self.deeper(1)?;
                let optional = self.take("?").is_some();
                let field = match *self.peek() {
                    Token::Word(word) | Token::Quoted(word) => word.to_owned(),
                    _ => return Err(self.unexpected("the name of a field")),
                };
                let lexeme = self.advance();
                let sign = (lexeme.start, lexeme.end);
                if !optional && self.take("(").is_some() {
                    let arguments = self.until(")")?;
                    node = member_call(node, &field, sign, self.last_end(), arguments)?;
                    continue;
                }
                let sign = if optional { (dot.0, sign.1) } else { sign };
                let operand = Box::new(node);
                let kind = Kind::Select {
                    operand,
                    field,
                    optional,
                };
                (sign, kind)
            } else if let Some(open) = self.take("[") {
                self.deeper(1)?;
                let optional = self.take("?").is_some();
                let (operand, index) = (Box::new(node), Box::new(self.expression()?));
                let close = self.expect("]")?;
                let kind = Kind::Index {
                    operand,
                    index,
                    optional,
                };
                ((open.0, close.1), kind)
            } else if matches!(self.peek(), Token::Sign("{")) && node.qualified_name().is_some() {
                let message = "messages of a named type are not available";
                return Err(Error::new(node.start, node.end, message)
                    .help(Some("write a map, as in `{\"key\": value}`")));
            } else {
                self.depth = depth;
                return Ok(node);
            };
            let end = self.last_end();
            node = Node {
                start,
                end,
                sign,
                kind,
            };
            let name = node.qualified_name();
            if let Some(name) = name.filter(|name| functions::type_name(name).is_some()) {
                node.kind = Kind::Name(name);
            }
        }
    }

    /// Expressions with commas between them, and the closing sign.
    fn until(&mut self, close: &str) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        if self.take(close).is_some() {
            return Ok(nodes);
        }
        loop {
            nodes.push(self.expression()?);
            if self.take(",").is_none() {
                self.expect(close)?;
                return Ok(nodes);
            }
        }
    }

    /// `[,]` and `{,}` are empty.
    fn take_lone_comma(&mut self, close: &str) {
        let next = self.tokens.get(self.position + 1).map(|next| &next.token);
        if matches!(next, Some(Token::Sign(sign)) if *sign == close) {
            self.take(",");
        }
    }

    fn list(&mut self, open: (usize, usize)) -> Result<Node, Error> {
        let mut items = Vec::new();
        self.take_lone_comma("]");
        while self.take("]").is_none() {
            let optional = self.take("?").is_some();
            items.push((self.expression()?, optional));
            if self.take(",").is_none() {
                self.expect("]")?;
                break;
            }
        }
        Ok(self.bracketed(open, Kind::List(items)))
    }

    fn map(&mut self, open: (usize, usize)) -> Result<Node, Error> {
        let mut entries = Vec::new();
        self.take_lone_comma("}");
        while self.take("}").is_none() {
            let optional = self.take("?").is_some();
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?, optional));
            if self.take(",").is_none() {
                self.expect("}")?;
                break;
            }
        }
        Ok(self.bracketed(open, Kind::Map(entries)))
    }

    fn bracketed(&self, open: (usize, usize), kind: Kind) -> Node {
        Node {
            start: open.0,
            end: self.last_end(),
            sign: open,
            kind,
        }
    }
}

/// A method of `target`, or a function with dots in its name, such as `sets.contains`.
fn member_call(
    target: Node,
    name: &str,
    sign: (usize, usize),
    end: usize,
    arguments: Vec<Node>,
) -> Result<Node, Error> {
    let start = target.start;
    if let Some(prefix) = target.qualified_name() {
        let qualified = format!("{prefix}.{name}");
        if functions::find(&qualified).is_some() {
            return Ok(call(&qualified, (start, sign.1), start, end, arguments));
        }
    }
    if let Some(form) = macros::find(name, arguments.len()) {
        let kind = macros::fold(form, target, sign, arguments)?;
        return Ok(Node {
            start,
            end,
            sign,
            kind,
        });
    }
    let arguments = [target].into_iter().chain(arguments).collect();
    let mut node = call(name, sign, start, end, arguments);
    if let Kind::Call(call) = &mut node.kind {
        call.is_member = true;
    }
    Ok(node)
}

fn call(name: &str, sign: (usize, usize), start: usize, end: usize, arguments: Vec<Node>) -> Node {
    Node {
        start,
        end,
        sign,
        kind: Kind::Call(Call {
            name: name.to_owned(),
            function: functions::find(name),
            is_member: false,
            arguments,
            regex: None,
        }),
    }
}
