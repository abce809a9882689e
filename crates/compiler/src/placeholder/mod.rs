//! Placeholders: `${metadata.name}` and `${resources.NAME.OUTPUT}` inside text. The grammar is in
//! `spec/placeholders.md`.

pub mod resolve;
pub(crate) mod suggestions;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_until, take_while1};
use nom::combinator::{map, value};
use nom::sequence::delimited;
use nom::{IResult, Parser};

use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{closest_match, unambiguous_typo};
use yaml::{Kind, Node, scalar_spans};

rules! {
    /// A placeholder is empty, has an empty part, or is not closed.
    pub PLACEHOLDER_SYNTAX: "placeholder-syntax", Error;

    /// A placeholder does not start with `metadata` or `resources`.
    pub UNKNOWN_PLACEHOLDER_ROOT: "unknown-placeholder-root", Error;
}

/// What a placeholder refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A value below the workload's `metadata`.
    Metadata(Vec<String>),
    /// An output of one of the workload's resources; with an empty path, the resource itself.
    Resource {
        /// The resource's name in the workload.
        name: String,
        /// The output, and the way into it.
        path: Vec<String>,
    },
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands for itself; `$$` is already `$`.
    Plain(String),
    /// A placeholder and its place.
    Placeholder(Reference, Span),
    /// The name in `$(NAME)`, which may be a variable of the container, and the place of the whole.
    Variable(String, Span),
}

/// A text with its placeholders, and the place of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The parts, in order; no two plain ones stand side by side.
    pub pieces: Vec<Piece>,
    /// Where the text was written.
    pub span: Span,
}

impl Text {
    /// A text without placeholders.
    pub fn plain(text: impl Into<String>, span: Span) -> Text {
        Text {
            pieces: vec![Piece::Plain(text.into())],
            span,
        }
    }

    /// The text, when it has no placeholders.
    pub fn as_plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Plain(text)] => Some(text),
            _ => None,
        }
    }

    /// The placeholders with their places.
    pub fn references(&self) -> impl Iterator<Item = (&Reference, Span)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(reference, span) => Some((reference, *span)),
            Piece::Plain(_) | Piece::Variable(..) => None,
        })
    }
}

impl Reference {
    /// The place of one part of a placeholder, counted from 0 behind its root, when it is written
    /// without any escape.
    pub fn part(&self, span: Span, index: usize) -> Option<Span> {
        let (root, parts) = match self {
            Reference::Metadata(path) => ("metadata", path.iter().collect::<Vec<_>>()),
            Reference::Resource { name, path } => {
                ("resources", std::iter::once(name).chain(path).collect())
            }
        };
        let written =
            "${".len() + root.len() + parts.iter().map(|part| part.len() + 1).sum::<usize>() + 1;
        let part = parts
            .get(index)
            .filter(|_| (span.end - span.start) as usize == written)?;
        let start = "${".len()
            + root.len()
            + 1
            + parts
                .iter()
                .take(index)
                .map(|part| part.len() + 1)
                .sum::<usize>();
        Some(span.part(start, start + part.len()))
    }
}

/// How strictly `${..}` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every `${..}` is a placeholder; one that cannot be is an error.
    Strict,
    /// As strict, for the content of a file, which may say that it has no placeholders.
    Content,
    /// As strict, for the value of a variable, which may refer to others.
    Variable,
    /// For `command` and `args`, which often hold shell scripts: `${HOME}` is the shell's, unless
    /// it looks like a misspelled placeholder.
    Shell,
    /// For the command of a probe, which has no placeholders.
    Probe,
}

impl Mode {
    /// Whether `$(NAME)` is a reference.
    fn has_variables(self) -> bool {
        matches!(self, Mode::Variable | Mode::Shell | Mode::Probe)
    }
}

/// Reads the placeholders of a string node.
pub fn text(sources: &Sources, node: &Node, mode: Mode, report: &mut Report) -> Text {
    let Kind::String(decoded, style) = &node.kind else {
        return Text::plain("", node.span);
    };
    let mut locator = scalar_spans::Locator::new(sources, node.span, *style, decoded);
    if mode != Mode::Probe {
        suggestions::warn(decoded, |start, end| locator.place(start, end), report);
    }
    parse(
        decoded,
        node.span,
        |start, end| locator.place(start, end),
        mode,
        report,
    )
}

/// Reads the placeholders of any text; `place` tells where a range of its bytes was written.
pub fn parse(
    text: &str,
    span: Span,
    mut place: impl FnMut(usize, usize) -> Span,
    mode: Mode,
    report: &mut Report,
) -> Text {
    if !text.contains('$') {
        return Text::plain(text, span);
    }
    let mut pieces = Vec::new();
    if mode == Mode::Probe {
        push_with_variables(&mut pieces, text, mode, &mut place);
        return Text { pieces, span };
    }
    for (token, start, end) in tokens(text) {
        match token {
            Token::Plain(plain) => push_plain(&mut pieces, plain),
            Token::Variable(name) if mode.has_variables() => {
                pieces.push(Piece::Variable(name.to_owned(), place(start, end)));
            }
            Token::Variable(_) => push_plain(&mut pieces, &text[start..end]),
            Token::Placeholder(inner) => match reference(inner) {
                Ok(reference) => pieces.push(Piece::Placeholder(reference, place(start, end))),
                Err(fault) if mode == Mode::Shell && !fault.is_misspelled => {
                    let mut place = |from, to| place(start + from, start + to);
                    push_with_variables(&mut pieces, &text[start..end], mode, &mut place);
                }
                Err(fault) => {
                    let span = place(start, end);
                    let mut help = fault.help;
                    if let Some(literal) = fault.literal {
                        help += literal;
                        if mode == Mode::Content {
                            help += ", or set `noExpand: true`";
                        }
                    }
                    let mut problem = Problem::new(fault.rule, fault.message).at(span).help(help);
                    let is_verbatim = (span.end - span.start) as usize == end - start;
                    if let (Some((length, better)), true) = (fault.replacement, is_verbatim) {
                        problem = problem.edit(span.part("${".len(), "${".len() + length), better);
                    }
                    report.push(problem);
                }
            },
            Token::Unclosed if mode == Mode::Shell => push_plain(&mut pieces, "${"),
            Token::Unclosed => {
                let problem =
                    Problem::new(&PLACEHOLDER_SYNTAX, "this placeholder has no closing `}`");
                let help = "close it with `}`, or write `$${` for a literal `${`";
                report.push(problem.at(place(start, end)).help(help));
                // The placeholders that follow are not closed either; one report is enough.
                break;
            }
        }
    }
    // Most texts with a placeholder are nothing else; a list has room for four pieces.
    pieces.shrink_to_fit();
    Text { pieces, span }
}

fn push_plain(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Plain(before)) => before.push_str(text),
        _ => pieces.push(Piece::Plain(text.to_owned())),
    }
}

/// Adds a text in which only `$(NAME)` is a reference. Behind another dollar it is none, but in a
/// probe, where that depends on the variables.
fn push_with_variables(
    pieces: &mut Vec<Piece>,
    text: &str,
    mode: Mode,
    place: &mut dyn FnMut(usize, usize) -> Span,
) {
    let mut rest = text;
    while let Some(index) = rest.find('$') {
        let (before, dollar) = rest.split_at(index);
        push_plain(pieces, before);
        let start = text.len() - dollar.len();
        let is_escaped = mode != Mode::Probe && text[..start].ends_with('$');
        match variable(dollar) {
            Ok((after, name)) if !is_escaped => {
                let span = place(start, text.len() - after.len());
                pieces.push(Piece::Variable(name.to_owned(), span));
                rest = after;
            }
            _ => {
                push_plain(pieces, "$");
                rest = &dollar[1..];
            }
        }
    }
    push_plain(pieces, rest);
}

/// A part of a text as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'text> {
    Plain(&'text str),
    Variable(&'text str),
    Placeholder(&'text str),
    Unclosed,
}

/// The tokens of a text with the range of each. Total: every text is a sequence of them.
pub(crate) fn tokens(text: &str) -> Vec<(Token<'_>, usize, usize)> {
    let mut list = Vec::new();
    let mut rest = text;
    // Behind the last brace nothing is closed. To look for one after each `${` would take the
    // square of the length.
    let last = text.rfind('}').unwrap_or(0);
    loop {
        let unclosed = rest
            .strip_prefix("${")
            .filter(|_| text.len() - rest.len() > last);
        let Ok((after, token)) =
            unclosed.map_or_else(|| token(rest), |after| Ok((after, Token::Unclosed)))
        else {
            break;
        };
        let start = text.len() - rest.len();
        list.push((token, start, text.len() - after.len()));
        rest = after;
    }
    list
}

fn token(input: &str) -> IResult<&str, Token<'_>> {
    alt((
        map(take_till1(|character| character == '$'), Token::Plain),
        value(Token::Plain("$"), tag("$$")),
        map(
            delimited(tag("${"), take_until("}"), tag("}")),
            Token::Placeholder,
        ),
        value(Token::Unclosed, tag("${")),
        map(variable, Token::Variable),
        value(Token::Plain("$"), tag("$")),
    ))
    .parse(input)
}

/// `$(NAME)`, with a name that a variable usually has: no command of a shell is like that, but for
/// one without arguments.
fn variable(input: &str) -> IResult<&str, &str> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    delimited(tag("$("), take_while1(allowed), tag(")")).parse(input)
}

/// Why the text between `${` and `}` is no reference.
struct Fault {
    rule: &'static Rule,
    message: String,
    help: String,
    /// How to write a literal `${`, where the help ends in that: [`suggestions::LITERAL`] or
    /// [`suggestions::LITERAL_SENTENCE`].
    literal: Option<&'static str>,
    /// Whether it looks like an attempt at a reference rather than at something else, such as a
    /// shell variable.
    is_misspelled: bool,
    /// How many bytes after `${` to replace, and by what, where the intention is unambiguous.
    replacement: Option<(usize, String)>,
}

const ROOTS: [&str; 2] = ["metadata", "resources"];

fn reference(inner: &str) -> Result<Reference, Fault> {
    let parts = path(inner);
    let syntax = |message: String, is_misspelled: bool| Fault {
        rule: &PLACEHOLDER_SYNTAX,
        message,
        help: "write `${metadata.KEY}` or `${resources.NAME.OUTPUT}`, or `$${` for a literal `${`"
            .to_owned(),
        literal: None,
        is_misspelled,
        replacement: None,
    };
    let known_root = parts.len() > 1
        && parts
            .first()
            .is_some_and(|root| ROOTS.contains(&root.as_str()));
    if inner.trim().is_empty() {
        return Err(syntax("this placeholder is empty".to_owned(), false));
    }
    if inner.contains("${") {
        let mut fault = syntax(
            "this placeholder contains another placeholder".to_owned(),
            known_root,
        );
        fault.help =
            "replace the inner one with the name itself, or close the first one before the second"
                .to_owned();
        return Err(fault);
    }
    if let Some(foreign) = inner.strip_prefix('{') {
        let bare = foreign
            .trim_start_matches(|first: char| first == '{' || first.is_whitespace())
            .trim_end();
        let mut fault = syntax("`${{ .. }}` is not a Score placeholder".to_owned(), false);
        fault.is_misspelled = ROOTS.iter().any(|root| bare.starts_with(root));
        fault.help = match (reference(bare), suggestions::reference_from_outside(bare)) {
            (Ok(_), _) => format!("write `${{{bare}}}`, or `$${{` for a literal `${{`"),
            (_, Some(outside)) => {
                fault.literal = Some(suggestions::LITERAL);
                format!(
                    "declare `env: {{type: environment}}` under `resources`, and write `${{{outside}}}`"
                )
            }
            _ => "write `${resources.NAME.OUTPUT}`, or `$${` for a literal `${`".to_owned(),
        };
        return Err(fault);
    }
    if let Some(dotted) = without_brackets(inner.trim()) {
        let mut fault = syntax(
            format!("`{inner}` contains an index, but placeholders use only dots"),
            true,
        );
        fault.help = format!("write `${{{dotted}}}`");
        fault.replacement = Some((inner.len(), dotted));
        return Err(fault);
    }
    let bare: Vec<&str> = parts.iter().map(|part| part.trim()).collect();
    if bare.iter().all(|part| !part.is_empty())
        && bare.iter().zip(&parts).any(|(bare, part)| bare != part)
    {
        let mut fault = syntax(
            format!("`{inner}` contains a space"),
            ROOTS.contains(&bare[0]) && bare.len() > 1,
        );
        let joined = bare.join(".");
        fault.help = format!("write `${{{joined}}}`, or `$${{` for a literal `${{`");
        // A dot inside a name has lost its mark here.
        let is_meant = fault.is_misspelled && !inner.contains('\\') && reference(&joined).is_ok();
        fault.replacement = is_meant.then_some((inner.len(), joined));
        return Err(fault);
    }
    if parts.iter().any(|part| part.is_empty()) {
        return Err(syntax(
            format!("`{inner}` has an empty part before or after a dot"),
            known_root,
        ));
    }
    let mut rest = parts.into_iter();
    let root = rest.next().unwrap_or_default();
    match (root.as_str(), rest.len()) {
        ("metadata", 1..) => Ok(Reference::Metadata(rest.collect())),
        ("resources", 1..) => Ok(Reference::Resource {
            name: rest.next().unwrap_or_default(),
            path: rest.collect(),
        }),
        ("metadata" | "resources", 0) => Err(syntax(
            format!("`{root}` alone is not a value; a key must follow it"),
            false,
        )),
        _ => Err(unknown_root(&root, rest.as_slice())),
    }
}

/// The reference that is meant by one such as `resources["db"].url`.
fn without_brackets(inner: &str) -> Option<String> {
    let root = ROOTS.iter().find(|root| inner.starts_with(**root))?;
    let indexed =
        inner[root.len()..].starts_with('[') || inner.contains("[\"") || inner.contains("['");
    let mut parts = inner.split('[').filter(|_| indexed);
    let mut dotted = parts.next()?.to_owned();
    for part in parts {
        let (key, rest) = part.split_once(']')?;
        let key = key.trim().trim_matches(['"', '\'']);
        // An index or a variable makes it an array of a shell, and no name.
        if !key.starts_with(|first: char| first.is_alphabetic()) {
            return None;
        }
        dotted = format!("{dotted}.{}{rest}", key.replace('.', "\\."));
    }
    reference(&dotted).is_ok().then_some(dotted)
}

/// A shell's variable has no dots, so only a dotted path that nearly begins like a reference is
/// taken for one.
fn unknown_root(root: &str, rest: &[String]) -> Fault {
    let abbreviated = || {
        ROOTS
            .into_iter()
            .find(|known| root.len() >= 3 && known.starts_with(root))
    };
    let near = closest_match(root, ROOTS).or_else(abbreviated);
    let dotted = !rest.is_empty();
    let (help, literal) = match near {
        Some(near) => (
            format!("did you mean `{near}`?"),
            Some(suggestions::LITERAL_SENTENCE),
        ),
        None => suggestions::instead(root, rest),
    };
    Fault {
        rule: &UNKNOWN_PLACEHOLDER_ROOT,
        message: format!("placeholders begin with `metadata` or `resources`, not with `{root}`"),
        help,
        literal,
        is_misspelled: near.is_some() && dotted,
        replacement: unambiguous_typo(root, ROOTS)
            .filter(|_| dotted)
            .map(|better| (root.len(), better.to_owned())),
    }
}

/// The dotted parts of a reference, where `\.` is a dot inside a part. Any text has parts.
pub(crate) fn path(inner: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut rest = inner;
    while let Some(end) = rest.find(['.', '\\']) {
        part.push_str(&rest[..end]);
        rest = &rest[end..];
        if let Some(after) = rest.strip_prefix("\\.") {
            part.push('.');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            parts.push(std::mem::take(&mut part));
            rest = after;
        } else {
            part.push('\\');
            rest = &rest[1..];
        }
    }
    parts.push(part + rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(input: &str, mode: Mode) -> (Vec<String>, Vec<String>) {
        let mut sources = Sources::default();
        let id = sources.add("t", input);
        let span = Span::new(id, 0, input.len());
        let mut report = Report::default();
        let text = parse(
            input,
            span,
            |start, end| span.part(start, end),
            mode,
            &mut report,
        );
        let pieces = text
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Plain(plain) => plain.clone(),
                Piece::Placeholder(Reference::Metadata(path), _) => {
                    format!("<metadata {}>", path.join("|"))
                }
                Piece::Placeholder(Reference::Resource { name, path }, _) => {
                    format!("<{name} {}>", path.join("|"))
                }
                Piece::Variable(name, span) => {
                    assert_eq!(
                        &input[span.start as usize..span.end as usize],
                        format!("$({name})")
                    );
                    format!("<{name}>")
                }
            })
            .collect();
        let problems = report
            .in_order()
            .iter()
            .map(|diagnostic| diagnostic.name().to_owned())
            .collect();
        (pieces, problems)
    }

    #[test]
    fn texts_are_read_as_the_grammar_says() {
        for (input, pieces) in [
            ("plain", vec!["plain"]),
            ("$$", vec!["$"]),
            ("$${x}", vec!["${x}"]),
            ("$$$${x}", vec!["$${x}"]),
            ("a $HOME b", vec!["a $HOME b"]),
            ("100$", vec!["100$"]),
            ("${metadata.name}", vec!["<metadata name>"]),
            (
                "${metadata.annotations.my\\.key}",
                vec!["<metadata annotations|my.key>"],
            ),
            (
                "x${resources.db.host}:${resources.db.port}",
                vec!["x", "<db host>", ":", "<db port>"],
            ),
            ("$$${resources.db.a.b}", vec!["$", "<db a|b>"]),
            ("${resources.db}", vec!["<db >"]),
        ] {
            assert_eq!(
                read(input, Mode::Strict),
                (pieces.into_iter().map(str::to_owned).collect(), vec![]),
                "{input}"
            );
        }
    }

    #[test]
    fn variables_are_read_where_a_process_gets_the_text() {
        for (input, in_shell, in_probe) in [
            ("$(A)b", &["<A>", "b"][..], &["<A>", "b"][..]),
            (
                "x $(A_B) $(c.d-e)",
                &["x ", "<A_B>", " ", "<c.d-e>"],
                &["x ", "<A_B>", " ", "<c.d-e>"],
            ),
            ("$$(A)", &["$(A)"], &["$", "<A>"]),
            ("$$$(A)", &["$", "<A>"], &["$$", "<A>"]),
            ("$$ $HOME 5$", &["$ $HOME 5$"], &["$$ $HOME 5$"]),
            (
                "$(cat $(A))",
                &["$(cat ", "<A>", ")"],
                &["$(cat ", "<A>", ")"],
            ),
            ("$() $(a b) $(", &["$() $(a b) $("], &["$() $(a b) $("]),
            ("${B:-$(A)}", &["${B:-", "<A>", "}"], &["${B:-", "<A>", "}"]),
            ("${B:-$$(A)}", &["${B:-$$(A)}"], &["${B:-$", "<A>", "}"]),
        ] {
            assert_eq!(read(input, Mode::Shell).0, in_shell, "{input}");
            assert_eq!(read(input, Mode::Probe).0, in_probe, "{input}");
        }
        assert_eq!(read("$(A)", Mode::Variable).0, ["<A>"]);
        assert_eq!(read("$(A)", Mode::Content).0, ["$(A)"]);
        assert_eq!(
            read("${resources.db.host}", Mode::Probe).0,
            ["${resources.db.host}"]
        );
    }

    #[test]
    fn wrong_placeholders_are_named() {
        for (input, name) in [
            ("${}", "placeholder-syntax"),
            ("${resources.db.host", "placeholder-syntax"),
            ("${resources..host}", "placeholder-syntax"),
            ("${ resources.db.host }", "placeholder-syntax"),
            ("${metadata}", "placeholder-syntax"),
            ("${resource.db.host}", "unknown-placeholder-root"),
            ("${HOME}", "unknown-placeholder-root"),
        ] {
            assert_eq!(read(input, Mode::Strict).1, [name], "{input}");
        }
    }

    #[test]
    fn a_shell_keeps_its_own_variables() {
        assert_eq!(
            read("echo ${HOME:-x} ${#a} ${", Mode::Shell),
            (vec!["echo ${HOME:-x} ${#a} ${".to_owned()], vec![])
        );
        // Without a dot it is a variable, whatever it is called.
        for text in [
            "${RESOURCES}",
            "${resources}",
            "${metadata:-x}",
            "${resource}",
            "${resources[0]}",
            "${resources[@]}",
        ] {
            assert_eq!(
                read(text, Mode::Shell),
                (vec![text.to_owned()], vec![]),
                "{text}"
            );
        }
        for text in ["${foo.bar}", "${{ github.sha }}"] {
            assert_eq!(
                read(text, Mode::Shell),
                (vec![text.to_owned()], vec![]),
                "{text}"
            );
        }
        for root in [
            "${resource.db.host}",
            "${RESOURCES.db.host}",
            "${res.db.host}",
            "${meta.name}",
        ] {
            assert_eq!(
                read(root, Mode::Shell).1,
                ["unknown-placeholder-root"],
                "{root}"
            );
        }
        let wrong = [
            "${resources..x}",
            "${ resources.db.host }",
            "${resources['db'].host}",
            "${{ resources.db.host }}",
        ];
        for syntax in wrong {
            assert_eq!(
                read(syntax, Mode::Shell).1,
                ["placeholder-syntax"],
                "{syntax}"
            );
        }
        assert_eq!(read("${resources.db.host}", Mode::Shell).0, ["<db host>"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(input in "[$\\{\\}\\\\.a-z ]{0,40}|\\PC{0,40}") {
            read(&input, Mode::Strict);
            read(&input, Mode::Shell);
            read(&input, Mode::Probe);
        }

        #[test]
        fn text_with_its_dollars_doubled_stands_for_itself(input in "[^\u{0}]{0,40}") {
            let (pieces, problems) = read(&input.replace('$', "$$"), Mode::Strict);
            prop_assert_eq!(pieces.concat(), input);
            prop_assert!(problems.is_empty());
        }
    }
}
