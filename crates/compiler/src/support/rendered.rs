//! Where rendered text came from.

use std::ops::Range;

use diagnostics::source::{Origin, Sources, Span};
use go_template::{Piece, origin};

/// How many YAML errors of a rendered text are reported: a loop may repeat one mistake a hundred
/// thousand times.
pub(crate) const MAX_ERRORS: usize = 20;

/// What to do about rendered text that is not YAML.
pub(crate) const VALID_YAML_HELP: &str =
    "fix the template so that this is valid YAML; `quote` puts a string in quotes";

/// What to do about a name that does not exist.
pub(crate) const NO_VALUE_HELP: &str = "correct the name, or set a default with `default` or `dig`";

/// The text of a template, which is in a file of its own or in a part of one.
pub(crate) trait TemplateText: std::fmt::Debug + Send + Sync {
    /// The text.
    fn text<'a>(&'a self, sources: &'a Sources) -> &'a str;

    /// The place of a range of the text in the file.
    fn place(&self, sources: &Sources, start: usize, end: usize) -> Span;
}

/// Maps places in rendered text to the template that wrote it.
#[derive(Debug)]
pub(crate) struct RenderedFrom<T> {
    template: T,
    pieces: Box<[Piece]>,
    /// What is not text of the template, one after the other.
    computed: Box<str>,
    /// The length of the rendered text in bytes.
    length: usize,
}

impl<T: TemplateText> RenderedFrom<T> {
    pub(crate) fn new(template: T, text: &str, pieces: Vec<Piece>) -> RenderedFrom<T> {
        let mut from = RenderedFrom {
            template,
            pieces: pieces.into(),
            computed: Box::default(),
            length: text.len(),
        };
        let computed = from.computed().into_iter();
        let computed: Vec<&str> = computed.filter_map(|range| text.get(range)).collect();
        from.computed = computed.concat().into();
        from
    }

    fn ranges(&self) -> impl Iterator<Item = (&Piece, Range<usize>)> {
        ranges(&self.pieces, self.length)
    }
}

/// The pieces and their ranges in a rendered text of this length.
fn ranges(pieces: &[Piece], length: usize) -> impl Iterator<Item = (&Piece, Range<usize>)> {
    let next = pieces.iter().skip(1).map(|next| next.output as usize);
    let pieces = pieces.iter().zip(next.chain([length]));
    pieces.map(|(piece, end)| (piece, piece.output as usize..end))
}

/// The ranges of a rendered text of this length that are not text of the template.
pub(crate) fn computed_ranges(pieces: &[Piece], length: usize) -> Vec<Range<usize>> {
    let pieces = ranges(pieces, length);
    let computed = pieces.filter(|(piece, _)| !piece.verbatim);
    computed.map(|(_, range)| range).collect()
}

impl<T: TemplateText> Origin for RenderedFrom<T> {
    fn place(&self, sources: &Sources, offset: usize) -> Span {
        let start = origin(&self.pieces, offset);
        let rest = self.template.text(sources).get(start..);
        let line = rest
            .and_then(|rest| rest.lines().next())
            .map_or(0, str::len);
        self.template.place(sources, start, start + line.max(1))
    }

    fn places(&self, sources: &Sources, range: Range<usize>) -> Vec<Span> {
        let starts = self.pieces.iter().map(|piece| piece.output as usize);
        let inside = starts.filter(|start| range.start < *start && *start < range.end);
        let offsets = [range.start].into_iter().chain(inside);
        offsets.map(|offset| self.place(sources, offset)).collect()
    }

    fn computed(&self) -> Vec<Range<usize>> {
        computed_ranges(&self.pieces, self.length)
    }

    fn text(&self, sources: &Sources) -> String {
        let template = self.template.text(sources);
        let mut text = String::with_capacity(self.length);
        let mut computed = 0;
        for (piece, range) in self.ranges() {
            let (whole, start) = match piece.verbatim {
                true => (template, piece.template as usize),
                false => (&*self.computed, computed),
            };
            text.push_str(whole.get(start..start + range.len()).unwrap_or_default());
            computed += if piece.verbatim { 0 } else { range.len() };
        }
        text
    }
}
