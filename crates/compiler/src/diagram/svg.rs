//! A picture as one SVG file: text that can be selected, and colors that follow the reader's.

mod layout;

use std::fmt::Write;

use super::escape;
use super::picture::{Box, Picture, Shape};
use layout::{Frame, Layout};

/// The size of a letter and the distance of lines, in pixels.
const LETTER: f64 = 7.3;
const LINE: f64 = 17.0;
/// Between text and frame.
const PADDING: f64 = 10.0;

const STYLE: &str = "    svg { --page: #ffffff; --text: #1f2328; --weak: #59636e; --line: #818b98; --box: #f6f8fa; --routed: #ddf4ff; --shared: #fff8c5 }
    @media (prefers-color-scheme: dark) {
      svg { --page: #0d1117; --text: #f0f6fc; --weak: #9198a1; --line: #7d8590; --box: #161b22; --routed: #0c2d4d; --shared: #3b2f0b }
    }
    text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, \"DejaVu Sans Mono\", monospace; fill: var(--weak) }
    text.title { font-weight: bold; fill: var(--text) }
    rect { fill: var(--box); stroke: var(--line) }
    rect.page { fill: var(--page); stroke: none }
    .routed rect { fill: var(--routed) }
    .external rect { fill: none; stroke-dasharray: 4 }
    .resource rect { fill: var(--shared) }
    .arrow { fill: none; stroke: var(--line) }
    marker path { fill: var(--line) }
";

/// The text of the file. `title` says what it shows.
pub fn write(picture: &Picture, title: &str) -> String {
    let sizes: Vec<(f64, f64)> = picture.boxes.iter().map(size).collect();
    let layout = Layout::new(&sizes, &picture.arrows);
    let (width, height) = (layout.width.ceil(), layout.height.ceil());
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n  <title>{}</title>\n  <style>\n{STYLE}  </style>\n  \
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n  \
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n",
        escape(title)
    );
    for points in &layout.lines {
        let path = curve(points);
        let _ = writeln!(
            text,
            "  <path class=\"arrow\" d=\"{path}\" marker-end=\"url(#head)\"/>"
        );
    }
    for (one, frame) in picture.boxes.iter().zip(&layout.frames) {
        draw(one, frame, &mut text);
    }
    text + "</svg>\n"
}

fn size(one: &Box) -> (f64, f64) {
    let lines = one.lines.iter().chain([&one.title]);
    let columns = lines.map(|line| columns(line)).max().unwrap_or(0);
    let lines = one.lines.len() + 1;
    let width = f64::from(u32::try_from(columns).unwrap_or(u32::MAX)) * LETTER;
    let height = f64::from(u32::try_from(lines).unwrap_or(u32::MAX)) * LINE;
    (width + 2.0 * PADDING, height + PADDING)
}

/// The width of a text in Latin letters; others may be twice as wide.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|char| 1 + usize::from(char > '\u{24f}'))
        .sum()
}

fn draw(one: &Box, frame: &Frame, text: &mut String) {
    let Frame {
        x,
        y,
        width,
        height,
    } = *frame;
    let radius = match one.shape {
        Shape::Resource => 12,
        _ => 3,
    };
    let _ = writeln!(
        text,
        "  <g class=\"{}\">\n    <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
         height=\"{height:.1}\" rx=\"{radius}\"/>",
        one.shape.name()
    );
    let mut baseline = y + LINE;
    for (class, line) in [(" class=\"title\"", &one.title)]
        .into_iter()
        .chain(one.lines.iter().map(|line| ("", line)))
    {
        let (x, line) = (x + PADDING, escape(line));
        let _ = writeln!(
            text,
            "    <text{class} x=\"{x:.1}\" y=\"{baseline:.1}\">{line}</text>"
        );
        baseline += LINE;
    }
    *text += "  </g>\n";
}

/// A path that is level at every point.
fn curve(points: &[(f64, f64)]) -> String {
    let Some(((x, y), others)) = points.split_first() else {
        return String::new();
    };
    let mut path = format!("M{x:.1} {y:.1}");
    let mut last = (*x, *y);
    for (x, y) in others {
        let middle = f64::midpoint(last.0, *x);
        let _ = write!(
            path,
            "C{middle:.1} {:.1} {middle:.1} {y:.1} {x:.1} {y:.1}",
            last.1
        );
        last = (*x, *y);
    }
    path
}

/// A text for XML.
fn escape(text: &str) -> String {
    escape::escape(text, |char| match char {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\u{fffe}' | '\u{ffff}' => Some("\u{fffd}"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_has_no_markup_and_can_be_read_back(text in "\\PC*") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"']));
            let read = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
            prop_assert_eq!(read.replace("&amp;", "&"), text);
        }

        #[test]
        fn boxes_of_any_picture_do_not_overlap(
            lines in prop::collection::vec(0..4_usize, 1..25),
            ends in prop::collection::btree_set((0..25_usize, 0..25_usize), 0..50),
        ) {
            let boxes: Vec<Box> = lines
                .iter()
                .map(|count| Box {
                    title: "a".repeat(5 * count),
                    lines: vec!["line".to_owned(); *count],
                    shape: Shape::Workload,
                })
                .collect();
            let sizes: Vec<(f64, f64)> = boxes.iter().map(size).collect();
            // No arrow leads from a box to itself.
            let inside = |(from, to): &(usize, usize)| from != to && (*from).max(*to) < sizes.len();
            let arrows = ends.into_iter().filter(inside).collect();
            let layout = Layout::new(&sizes, &arrows);
            prop_assert_eq!(layout.lines.len(), arrows.len());
            for points in &layout.lines {
                prop_assert!(points.iter().all(|(x, y)| (0.0..layout.width).contains(x) && (0.0..layout.height).contains(y)));
            }
            for (index, one) in layout.frames.iter().enumerate() {
                prop_assert!(one.x >= 0.0 && one.y >= 0.0);
                prop_assert!(one.x + one.width <= layout.width && one.y + one.height <= layout.height);
                for other in &layout.frames[..index] {
                    let apart = one.x + one.width <= other.x
                        || other.x + other.width <= one.x
                        || one.y + one.height <= other.y
                        || other.y + other.height <= one.y;
                    prop_assert!(apart, "{one:?} {other:?}");
                }
            }
        }
    }
}
