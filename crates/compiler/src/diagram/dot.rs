//! A picture in the language of Graphviz.

use std::fmt::Write;

use super::escape;
use super::picture::{Picture, Shape};

/// The text of the graph.
pub fn write(picture: &Picture) -> String {
    let mut text =
        "digraph {\n  rankdir=LR\n  node [shape=box fontname=\"sans-serif\" fontsize=11]\n  \
                    edge [arrowsize=0.7]\n"
            .to_owned();
    for (index, one) in picture.boxes.iter().enumerate() {
        let mut label = escape(&one.title);
        for line in &one.lines {
            label += "\\n";
            label += &escape(line);
        }
        let style = style(one.shape);
        let _ = writeln!(text, "  n{index} [label=\"{label}\"{style}]");
    }
    for (from, to) in &picture.arrows {
        let _ = writeln!(text, "  n{from} -> n{to}");
    }
    text + "}\n"
}

fn style(shape: Shape) -> &'static str {
    match shape {
        Shape::Workload => "",
        Shape::Routed => " penwidth=2.5",
        Shape::External => " style=dashed",
        Shape::Resource => " style=rounded",
    }
}

/// A text for a quoted label. Graphviz reads entities of HTML in it.
fn escape(text: &str) -> String {
    escape::escape(text, |char| match char {
        '"' => Some("\\\""),
        '\\' => Some("\\\\"),
        '&' => Some("&amp;"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::escape;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_label_ends_where_it_should_and_can_be_read_back(text in "\\PC*") {
            let escaped = escape(&text);
            let mut read = String::new();
            let mut chars = escaped.chars();
            while let Some(char) = chars.next() {
                prop_assert_ne!(char, '"');
                read.push(match char {
                    '\\' => chars.next().unwrap(),
                    char => char,
                });
            }
            prop_assert_eq!(read.replace("&amp;", "&"), text);
        }
    }
}
