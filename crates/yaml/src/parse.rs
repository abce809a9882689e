//! Source text to trees with a place for every key and value.
//!
//! The parser never fails: what is not YAML is reported and left out. Depth, size and aliases are
//! bounded, so that no text takes time or memory out of proportion.

use std::borrow::Cow;
use std::cell::OnceCell;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Tag};
use std::collections::BTreeMap;

use crate::comment::CommentPrefix;
use crate::common_mistakes::Conflicts;
use crate::rules::YAML_SYNTAX;
use crate::syntax_error::SyntaxError;
use crate::syntax_help::{explain, mark, template_error};
use crate::tree::{Entries, Entry, Kind, Node, Style};
use crate::{common_mistakes, scalar};
use diagnostics::report::{Annotation, Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};

rules! {
    /// A YAML mapping has the same key twice, so one of the two values would be lost.
    pub DUPLICATE_KEY: "duplicate-key", Error;

    /// A value without quotes begins or ends with a no-break space, which is part of it.
    pub NO_BREAK_SPACE: "no-break-space", Warning;

    /// A YAML alias (`*name`) refers to itself, or expands to too many values.
    pub YAML_ALIAS: "yaml-alias", Error;

    /// A key of a mapping is a list or a mapping.
    pub YAML_KEY: "yaml-key", Error;

    /// A file has more than 500,000 values.
    pub YAML_SIZE: "yaml-size", Error;

    /// A value has a tag of another tool, such as `!secret` or `!Ref`.
    pub YAML_TAG: "yaml-tag", Error;
}

/// How deep values may nest. People write a dozen levels; 128 leaves room on the stack for every
/// recursion over the tree.
const MAX_DEPTH: usize = 128;
/// How many values a text may have. Short values take a hundred times the memory of their text.
const MAX_VALUES: usize = 500_000;
/// How many nodes the aliases of a file may repeat. An alias bomb repeats billions.
const MAX_REPEATED: usize = 100_000;

/// Reads every document of a source. A document that is not YAML is reported and left out; the next
/// ones are read.
pub fn parse(sources: &Sources, source: SourceId, report: &mut Report) -> Vec<Node> {
    parse_text(sources, source, None, report)
}

/// As [`parse`], and records the comments that begin with `prefix` or nearly so, as
/// [`Annotation::Comment`].
pub fn parse_with_comments(
    sources: &Sources,
    source: SourceId,
    prefix: CommentPrefix,
    report: &mut Report,
) -> Vec<Node> {
    parse_text(sources, source, Some(prefix), report)
}

fn parse_text(
    sources: &Sources,
    source: SourceId,
    prefix: Option<CommentPrefix>,
    report: &mut Report,
) -> Vec<Node> {
    let text = sources.text(source);
    let mut options = Options::default();
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    // Comments cost time, and nearly no text has one with the prefix.
    let prefix = prefix.filter(|prefix| prefix.may_be_in(text));
    options.emit_comments = prefix.is_some();
    options.max_buffered_comment_events = usize::MAX;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut documents = Vec::new();
    let mut values = 0;
    let conflicts = OnceCell::new();
    loop {
        let mut builder = Builder::new(source, text, prefix, &mut values);
        match builder.read_documents(&mut parser, &mut documents, report) {
            Ok(()) => return documents,
            Err(error) => {
                report_syntax(source, text, &error, &conflicts, report);
                // The documents after the broken one are read, so that one run reports all errors.
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    return documents;
                }
            }
        }
    }
}

fn report_syntax(
    source: SourceId,
    text: &str,
    error: &ScanError,
    conflicts: &OnceCell<Conflicts>,
    report: &mut Report,
) {
    let offset = error
        .marker()
        .byte_offset()
        .unwrap_or(text.len())
        .min(text.len());
    let error = match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            let message = format!("values are nested more than {MAX_DEPTH} levels deep");
            SyntaxError {
                place: mark(text, offset),
                message,
                help: "reduce the nesting".to_owned(),
                missing_blank: None,
            }
        }
        kind => explain(
            text,
            offset,
            kind,
            error.info(),
            conflicts.get_or_init(|| Conflicts::of(text)),
        ),
    };
    report_error(source, error, report);
}

fn report_error(source: SourceId, error: SyntaxError, report: &mut Report) {
    let problem = Problem::new(
        &YAML_SYNTAX,
        format!("this is not valid YAML: {}", error.message),
    );
    let problem = problem
        .cause(error.message)
        .at(Span::new(source, error.place.start, error.place.end))
        .help(error.help);
    report.push(match error.missing_blank {
        Some(offset) => problem.edit(Span::new(source, offset, offset), " "),
        None => problem,
    });
}

fn report_size(span: Span, report: &mut Report) {
    let message = format!("there are more than {MAX_VALUES} values before this place");
    report.push(
        Problem::new(&YAML_SIZE, message)
            .at(span)
            .help("split it into several files"),
    );
}

/// The places of spaces that YAML does not take for space, at both ends of a plain text. Nobody
/// sees that they are part of it.
fn no_break_spaces(node: &Node) -> Vec<Span> {
    let Kind::String(text, Style::Plain) = &node.kind else {
        return Vec::new();
    };
    if text.is_ascii() {
        return Vec::new();
    }
    let is_space = |c: char| !c.is_ascii() && c.is_whitespace();
    let before = text.len() - text.trim_start_matches(is_space).len();
    let after = text.len() - text.trim_end_matches(is_space).len();
    // A colon with such a space is reported by who knows that a key was meant.
    if before == text.len() || text.contains(":\u{a0}") {
        return Vec::new();
    }
    let Span { source, start, end } = node.span;
    let ends = [(start, start + before as u32), (end - after as u32, end)];
    let ends = ends.into_iter().filter(|(start, end)| start < end);
    ends.map(|(start, end)| Span { source, start, end })
        .collect()
}

fn report_no_break_spaces(spans: Vec<Span>, report: &mut Report) {
    for span in spans {
        let message = "a no-break space is part of this text, since YAML reads it as a letter";
        report.push(
            Problem::new(&NO_BREAK_SPACE, message)
                .at(span)
                .help("delete it, or put the text in quotes to keep it")
                .edit(span, ""),
        );
    }
}

/// Whether the last line of a text has nothing but blanks, and a line break behind them.
fn ends_in_blanks(text: &str) -> bool {
    let last = text
        .strip_suffix('\n')
        .and_then(|text| text.rsplit('\n').next());
    last.is_some_and(|line| !line.is_empty() && line.trim().is_empty())
}

fn without_line_break(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.strip_suffix('\n') {
        Some(stripped) => Cow::Owned(stripped.to_owned()),
        None => text,
    }
}

/// A list or mapping whose end has not been read.
enum OpenCollection {
    List(Span, Vec<Node>),
    /// The entries, the key whose value comes next, and what `<<` merges. The key has no text when
    /// it is not a valid key; its value is read and dropped.
    Map(Span, Entries, Option<(Option<String>, Span)>, Vec<Node>),
}

struct Builder<'text, 'count> {
    source: SourceId,
    text: &'text str,
    prefix: Option<CommentPrefix>,
    /// The number of values so far, in all documents; those with an anchor count twice.
    values: &'count mut usize,
    open: Vec<(OpenCollection, usize)>,
    anchors: BTreeMap<usize, Option<Node>>,
    repeated: usize,
    /// The end of the last value or alias.
    last_end: u32,
    /// What is reported when the text has been read.
    no_break_spaces: Vec<Span>,
    /// The root of the document, once it is complete.
    root: Option<Node>,
}

impl<'text, 'count> Builder<'text, 'count> {
    fn new(
        source: SourceId,
        text: &'text str,
        prefix: Option<CommentPrefix>,
        values: &'count mut usize,
    ) -> Builder<'text, 'count> {
        Builder {
            source,
            text,
            prefix,
            values,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            repeated: 0,
            last_end: 0,
            no_break_spaces: Vec::new(),
            root: None,
        }
    }

    fn read_documents<'input>(
        &mut self,
        parser: &mut Parser<'input, granit_parser::StrInput<'input>>,
        documents: &mut Vec<Node>,
        report: &mut Report,
    ) -> Result<(), ScanError> {
        for event in parser.by_ref() {
            let (event, place) = event?;
            let span = self.span(&place);
            if *self.values > MAX_VALUES {
                report_size(span, report);
                return Ok(());
            }
            match event {
                Event::DocumentEnd => {
                    documents.extend(self.root.take());
                    self.anchors.clear();
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.last_end = span.end;
                    let mut node = self.scalar(text, style, tag.as_deref(), span);
                    if self.has_foreign_tag(tag.as_deref(), span, report)
                        && matches!(node.kind, Kind::String(_, Style::Plain) | Kind::Null)
                    {
                        // No other plain string begins with `!`: whoever reads this one sees by
                        // that that it was reported.
                        let text = format!("!{}", node.as_str().unwrap_or_default());
                        node.kind = Kind::String(text, Style::Plain);
                    }
                    let decides = |tag: &Tag| {
                        tag.core_suffix() == Some("str") || !matches!(node.kind, Kind::String(..))
                    };
                    if tag.as_deref().is_some_and(decides) {
                        report.annotate(Annotation::Locked(node.span));
                    }
                    if !self.expects_key() {
                        self.no_break_spaces.extend(no_break_spaces(&node));
                    }
                    self.add(node, anchor, report);
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.has_foreign_tag(tag.as_deref(), span, report);
                    self.begin(OpenCollection::List(span, Vec::new()), anchor);
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.has_foreign_tag(tag.as_deref(), span, report);
                    self.begin(
                        OpenCollection::Map(span, Entries::new(), None, Vec::new()),
                        anchor,
                    );
                }
                Event::SequenceEnd | Event::MappingEnd => self.finish(span, report),
                Event::Alias(anchor) => self.alias(anchor, span, report),
                Event::Comment(words, _) if self.is_for_prefix(&words) => {
                    report.annotate(Annotation::Comment(span));
                }
                _ => {}
            }
        }
        // In a text that is no YAML, the syntax error says it.
        report_no_break_spaces(std::mem::take(&mut self.no_break_spaces), report);
        Ok(())
    }

    fn is_for_prefix(&self, words: &str) -> bool {
        self.prefix
            .is_some_and(|prefix| prefix.after_name(words).is_some())
    }

    fn span(&self, place: &granit_parser::Span) -> Span {
        let start = place.start.byte_offset().unwrap_or(0).min(self.text.len());
        let end = place
            .end
            .byte_offset()
            .unwrap_or(start)
            .min(self.text.len());
        Span::new(self.source, start, end)
    }

    /// Whether a block scalar ends a text that has no line break at its end. The scalar has none
    /// either (YAML 1.2.2, 8.1.1.2), but the parser adds one. A line of blanks belongs to it where it
    /// is longer than the indentation.
    fn ends_in_block(&self, value: &str, style: Style, span: Span) -> bool {
        let is_block = matches!(style, Style::Literal | Style::Folded);
        let is_last = is_block && span.end as usize >= self.text.len();
        is_last
            && self.text.rsplit('\n').next().is_some_and(|line| {
                !line.is_empty() && (!line.trim().is_empty() || ends_in_blanks(value))
            })
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some((OpenCollection::Map(_, _, None, _), ..))
        )
    }

    fn scalar(
        &self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Node {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let text = if self.ends_in_block(&text, style, span) {
            without_line_break(text)
        } else {
            text
        };
        let core = tag.and_then(Tag::core_suffix);
        let kind = match (style, core) {
            (_, Some("str")) => Kind::String(text.into_owned(), style),
            (_, Some("int" | "float" | "bool" | "null")) | (Style::Plain, _) => {
                scalar::resolve(&text)
            }
            _ => Kind::String(text.into_owned(), style),
        };
        Node { span, kind }
    }

    /// Reports a tag of another tool, such as `!secret`, and gives whether there is one. `!` alone
    /// and all tags of YAML's own namespace are fine.
    fn has_foreign_tag(&self, tag: Option<&Tag>, value: Span, report: &mut Report) -> bool {
        let Some(tag) = tag else { return false };
        let is_alone = matches!((tag.handle(), tag.suffix()), ("" | "!", "" | "!"));
        if is_alone || tag.suffix_in_namespace("tag:yaml.org,2002:").is_some() {
            return false;
        }
        let written = format!("{}{}", tag.original_handle(), tag.suffix());
        let place = common_mistakes::tag_before(self.text, value.start as usize, &written);
        let place = place.map_or(value, |place| {
            Span::new(self.source, place.start, place.end)
        });
        let message = format!("`{written}` is a tag of another tool, which is not supported here");
        let help = "write the value itself; put text that begins with `!` in quotes";
        report.push(Problem::new(&YAML_TAG, message).at(place).help(help));
        true
    }

    fn begin(&mut self, open: OpenCollection, anchor: usize) {
        if anchor != 0 {
            // An alias from inside the collection would make a value that contains itself.
            self.anchors.insert(anchor, None);
        }
        self.open.push((open, anchor));
    }

    fn finish(&mut self, end: Span, report: &mut Report) {
        let Some((open, anchor)) = self.open.pop() else {
            return;
        };
        let node = match open {
            OpenCollection::List(span, items) => {
                let end = self.collection_end(span, end);
                Node {
                    span: Span { end, ..span },
                    kind: Kind::List(items),
                }
            }
            OpenCollection::Map(span, entries, _, merged) => {
                let end = self.collection_end(span, end);
                let entries = merge_into(entries, merged);
                let span = Span { end, ..span };
                Node {
                    span,
                    kind: as_template(self.text, span, &entries).unwrap_or(Kind::Map(entries)),
                }
            }
        };
        self.add(node, anchor, report);
    }

    /// The end of a collection: the bracket of a flow one, the end of the last value of a block
    /// one. The parser puts the end of a block at the next token, which may be many lines below.
    fn collection_end(&mut self, start: Span, end: Span) -> u32 {
        let flow = self
            .text
            .get(start.start as usize..)
            .is_some_and(|rest| rest.starts_with(['[', '{']));
        if flow || self.last_end <= start.start {
            self.last_end = end.end.max(start.end);
        }
        self.last_end
    }

    fn alias(&mut self, anchor: usize, span: Span, report: &mut Report) {
        self.last_end = span.end;
        let node = match self.anchors.get(&anchor) {
            Some(Some(node)) => {
                let (count, depth) = measure(node);
                self.repeated += count;
                let message = if self.repeated > MAX_REPEATED {
                    Some(format!(
                        "the aliases of this file repeat more than {MAX_REPEATED} values"
                    ))
                } else if self.open.len() + depth > MAX_DEPTH {
                    Some(format!(
                        "with this alias, values are nested more than {MAX_DEPTH} levels deep"
                    ))
                } else {
                    None
                };
                match message {
                    None => {
                        report.annotate(Annotation::Locked(node.span));
                        node.clone()
                    }
                    Some(message) => {
                        let problem = Problem::new(&YAML_ALIAS, message).at(span);
                        report.push(problem.help("write the values out, or alias smaller parts"));
                        self.alias_stand_in(span)
                    }
                }
            }
            _ => {
                let problem = Problem::new(
                    &YAML_ALIAS,
                    "this alias is inside the value that it refers to",
                );
                report.push(
                    problem
                        .at(span)
                        .help("alias a value that ends before this place"),
                );
                self.alias_stand_in(span)
            }
        };
        self.add(node, 0, report);
    }

    /// The value of an alias that was reported: an empty mapping behind `<<`, else the text of the
    /// alias, so that no further error follows from it.
    fn alias_stand_in(&self, span: Span) -> Node {
        let merges = matches!(self.open.last(), Some((OpenCollection::Map(_, _, Some((Some(key), _)), _), _)) if key == "<<");
        let text = self
            .text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default();
        let kind = if merges {
            Kind::Map(Entries::new())
        } else {
            Kind::String(text.to_owned(), Style::Plain)
        };
        Node { span, kind }
    }

    fn add(&mut self, node: Node, anchor: usize, report: &mut Report) {
        *self.values += 1;
        if anchor != 0 {
            // Each anchor keeps a copy of its value, also anchors inside of each other.
            *self.values += measure(&node).0;
            self.anchors.insert(anchor, Some(node.clone()));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((OpenCollection::List(_, items), _)) => items.push(node),
            Some((OpenCollection::Map(_, _, key @ None, _), _)) => {
                let span = node.span;
                *key = Some((key_text(node, self.text, report), span));
            }
            Some((OpenCollection::Map(_, entries, key, merged), _)) => {
                if let Some((Some(name), key_span)) = key.take() {
                    let is_merge = name == "<<"
                        && self
                            .text
                            .get(key_span.start as usize..)
                            .is_some_and(is_plain_merge);
                    if is_merge && is_mergeable(&node) {
                        merged.push(node);
                    } else if is_merge {
                        let message = format!(
                            "`<<` merges the keys of a mapping, this is {}",
                            node.kind_name()
                        );
                        let problem = Problem::new(&YAML_ALIAS, message).at(node.span);
                        report.push(problem.help(
                            "refer to a mapping, as in `<<: *shared`, or put `<<` in quotes",
                        ));
                    } else {
                        add_entry(entries, name, key_span, node, report);
                    }
                }
            }
        }
    }
}

/// `{{ name }}` as a string. Its key has been reported, and the value should not be reported again
/// for its type.
fn as_template(text: &str, span: Span, entries: &Entries) -> Option<Kind> {
    let written = text.get(span.start as usize..span.end as usize)?;
    let is_template = entries.is_empty() && written.starts_with("{{");
    is_template.then(|| Kind::String(written.to_owned(), Style::Plain))
}

fn is_plain_merge(rest: &str) -> bool {
    rest.starts_with("<<")
}

fn is_mergeable(node: &Node) -> bool {
    match &node.kind {
        Kind::Map(_) => true,
        Kind::List(items) => items.iter().all(|item| matches!(item.kind, Kind::Map(_))),
        _ => false,
    }
}

/// Adds what merge keys (`<<`) bring in: the keys that the mapping does not have, of several the
/// first.
fn merge_into(mut entries: Entries, merged: Vec<Node>) -> Entries {
    for node in merged {
        let maps = match node.kind {
            Kind::Map(map) => vec![map],
            Kind::List(items) => items
                .into_iter()
                .filter_map(|item| match item.kind {
                    Kind::Map(map) => Some(map),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        for (key, entry) in maps.into_iter().flatten() {
            entries.entry(key).or_insert(entry);
        }
    }
    entries
}

/// The text of a key; `None` after a report when it is a list or mapping. A number or boolean
/// counts as its text, since JSON has only strings as keys.
fn key_text(node: Node, text: &str, report: &mut Report) -> Option<String> {
    match node.kind {
        Kind::String(name, _) => Some(name),
        Kind::List(_) | Kind::Map(_) => {
            let start = (node.span.start as usize).saturating_sub(1);
            let problem = if text.get(start..).is_some_and(|rest| rest.starts_with("{{")) {
                let SyntaxError {
                    place,
                    message,
                    help,
                    ..
                } = template_error(text, start);
                Problem::new(&YAML_KEY, message)
                    .at(Span::new(node.span.source, place.start, place.end))
                    .help(help)
            } else {
                let message = format!("a key must be a string, this is {}", node.kind_name());
                let help = "write a plain word before the colon, or put text that begins with `[` or `{` in quotes";
                Problem::new(&YAML_KEY, message).at(node.span).help(help)
            };
            report.push(problem);
            None
        }
        _ => Some(
            text.get(node.span.start as usize..node.span.end as usize)
                .unwrap_or("")
                .to_owned(),
        ),
    }
}

fn add_entry(entries: &mut Entries, name: String, key: Span, value: Node, report: &mut Report) {
    let Some(first) = entries.get_mut(&name) else {
        entries.insert(name, Entry { key, value });
        return;
    };
    let problem = Problem::new(&DUPLICATE_KEY, format!("duplicate key `{name}`"));
    let problem = problem.at(key).secondary(first.key, "first defined here");
    let both = matches!(
        (&first.value.kind, &value.kind),
        (Kind::Map(_), Kind::Map(_))
    );
    let help = if both {
        "rename one of them, or move the content of both under one"
    } else {
        "keep one of them"
    };
    report.push(problem.help(help));
    // The second value is read too, so that its mistakes are found and nothing in it seems to be
    // missing.
    match (&mut first.value.kind, value.kind) {
        (first_kind @ Kind::Null, kind) => {
            *first_kind = kind;
            first.key = key;
            first.value.span = value.span;
        }
        (Kind::Map(entries), Kind::Map(more)) => {
            for (key, entry) in more {
                entries.entry(key).or_insert(entry);
            }
        }
        _ => {}
    }
}

/// How many values a tree has, and how deep they nest.
fn measure(node: &Node) -> (usize, usize) {
    let all = |parts: &mut dyn Iterator<Item = (usize, usize)>| {
        parts.fold((1, 1), |(count, depth), (more, deep)| {
            (count + more, depth.max(deep + 1))
        })
    };
    match &node.kind {
        Kind::List(items) => all(&mut items.iter().map(measure)),
        Kind::Map(entries) => all(&mut entries.values().map(|entry| measure(&entry.value))),
        _ => (1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Node>, Vec<String>, Sources) {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text);
        let mut report = Report::default();
        let nodes = parse(&sources, id, &mut report);
        let lines = report
            .in_order()
            .iter()
            .map(|diagnostic| {
                let place = diagnostic.span().map_or(String::new(), |span| {
                    let position = sources.position(span);
                    format!("{}:{}", position.line, position.column)
                });
                format!("{place} {} [{}]", diagnostic.message(), diagnostic.name())
            })
            .collect();
        (nodes, lines, sources)
    }

    #[test]
    fn every_value_and_key_has_its_place() {
        let (nodes, problems, sources) =
            read("a: 1\nb:\n  - x\n  - {c: \"d\"}\ne: |\n  two\n  lines\n");
        assert!(problems.is_empty(), "{problems:?}");
        let root = &nodes[0];
        assert_eq!(sources.slice(root.get("a").unwrap().span), "1");
        assert_eq!(
            sources.slice(root.get("b").unwrap().span),
            "- x\n  - {c: \"d\"}"
        );
        let list = match &root.get("b").unwrap().kind {
            Kind::List(items) => items,
            _ => panic!("b is a list"),
        };
        assert_eq!(sources.slice(list[1].get("c").unwrap().span), "\"d\"");
        assert_eq!(sources.slice(list[1].span), "{c: \"d\"}");
        assert_eq!(
            sources.slice(root.as_map().unwrap().get("e").unwrap().key),
            "e"
        );
        assert_eq!(root.get("e").unwrap().as_str(), Some("two\nlines\n"));
    }

    #[test]
    fn an_alias_inside_its_own_value_is_reported_once() {
        let (nodes, problems, _) = read("a: &a\n  b: *a\n  <<: *a\n");
        let message = "this alias is inside the value that it refers to [yaml-alias]";
        assert_eq!(
            problems,
            [format!("2:6 {message}"), format!("3:7 {message}")]
        );
        let inside = nodes[0].get("a").unwrap();
        assert_eq!(
            (
                inside.get("b").unwrap().as_str(),
                inside.as_map().unwrap().len()
            ),
            (Some("*a"), 1)
        );
    }

    #[test]
    fn an_invalid_key_is_reported_once_and_left_out() {
        let (nodes, problems, _) = read("? [a]\n: 1\nb: 2\nc: {{ image }}\n");
        let expected = [
            "1:3 a key must be a string, this is a list [yaml-key]",
            "4:4 `{{` begins a template expression, which is not rendered here [yaml-key]",
        ];
        assert_eq!(problems, expected);
        let root = nodes[0].as_map().unwrap();
        assert_eq!(root.keys().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(nodes[0].get("c").unwrap().as_str(), Some("{{ image }}"));
    }

    #[test]
    fn a_block_scalar_has_a_last_line_break_only_where_one_is_written() {
        for (text, expected) in [
            ("a: |\n  x", "x"),
            ("a: |\n  x\n", "x\n"),
            ("a: |+\n  x", "x"),
            ("a: >\n  x\n  y", "x y"),
            ("a: |-\n  x", "x"),
            ("a: |\n  x\n  ", "x\n"),
            ("a: |+\n  x\n  ", "x\n"),
            ("a: |+\n  x\n\n  ", "x\n\n"),
            ("a: |\n  x\n    ", "x\n  "),
            ("a: |-\n  x\n    ", "x\n  "),
            ("a: |+\n  x\n    ", "x\n  "),
            ("a: >\n  x\n    ", "x\n  "),
            ("a: |\n  x\n    \n", "x\n  \n"),
            ("a: |\n  x\n# a comment", "x\n"),
            ("- |\n  x\n- b: |\n    x", "x"),
            ("b: |\n  x\n\nc: d", "x\n"),
        ] {
            let (nodes, problems, _) = read(text);
            let node = match &nodes[0].kind {
                Kind::List(items) => items[1].get("b"),
                _ => nodes[0].get("a").or(nodes[0].get("b")),
            };
            assert_eq!(
                (node.and_then(Node::as_str), problems),
                (Some(expected), Vec::new()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn duplicate_keys_are_reported_at_the_second() {
        let (_, problems, _) = read("a: 1\nb: 2\na: 3\n");
        assert_eq!(problems, ["3:1 duplicate key `a` [duplicate-key]"]);
    }

    #[test]
    fn documents_after_a_broken_one_are_read() {
        let (nodes, problems, _) = read("a: 1\n---\nb: [1\n---\nc: 3\n");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(nodes.len(), 2);
        assert_eq!(nodes[1].get("c").unwrap().kind, Kind::Int(3));
    }

    #[test]
    fn depth_and_aliases_are_bounded() {
        let (_, problems, _) = read(&"[".repeat(10_000));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("128 levels"), "{problems:?}");
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let item = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", [item.as_str(); 9].join(", "));
        }
        let (_, problems, _) = read(&bomb);
        assert!(problems[0].contains("repeat more than"), "{problems:?}");
        let brackets = ["[".repeat(100), "]".repeat(100)];
        let [open, close] = &brackets;
        let (_, problems, _) = read(&format!("a: &a {open}{close}\nb: {open}*a{close}\n"));
        assert!(problems[0].contains("128 levels"), "{problems:?}");
        let nested = |anchors: usize, items: usize| {
            let open: String = (0..anchors).map(|number| format!("&a{number} [")).collect();
            read(&format!(
                "{open}{}{}",
                "1,".repeat(items),
                "]".repeat(anchors)
            ))
            .1
        };
        assert!(nested(50, 9_000).is_empty());
        assert!(nested(50, 11_000)[0].contains("more than 500000 values"));
        let (_, problems, _) = read("a: &a [*a]\n");
        assert!(problems[0].contains("inside the value"), "{problems:?}");
    }

    #[test]
    fn values_are_bounded_over_all_documents() {
        let documents = |count: usize| "---\n[{}, {}]\n".repeat(count);
        assert!(read(&documents(160_000)).1.is_empty());
        let (nodes, problems, _) = read(&documents(170_000));
        assert_eq!(
            problems,
            ["333334:9 there are more than 500000 values before this place [yaml-size]"]
        );
        assert!(nodes.len() < 170_000);
    }

    #[test]
    fn merge_keys_bring_in_what_is_missing() {
        let (nodes, problems, _) = read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n");
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(
            nodes[0].get("use").unwrap().to_value().to_json(),
            r#"{"x":1,"y":3}"#
        );
    }

    #[test]
    fn syntax_errors_have_a_place() {
        let (_, problems, _) = read("a: \"x\nb: 1\n");
        assert_eq!(problems.len(), 1);
        let (_, problems, _) = read("a:\n\tb: 1\n");
        assert!(problems[0].starts_with("2:"), "{problems:?}");
        let (nodes, problems, _) = read("");
        assert!(nodes.is_empty() && problems.is_empty());
    }
}
