//! A picture as a flowchart of Mermaid.

use std::fmt::Write;

use super::picture::{Picture, Shape};

/// The lines of the chart.
pub fn write(picture: &Picture) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (index, one) in picture.boxes.iter().enumerate() {
        let lines: Vec<String> = one.lines.iter().map(|line| escape(line)).collect();
        let title = format!("<b>{}</b>", escape(&one.title));
        let label = [vec![title], lines].concat().join("<br>");
        let (open, close) = match one.shape {
            Shape::Workload | Shape::Routed => ("[", "]"),
            Shape::External => ("[[", "]]"),
            Shape::Resource => ("([", "])"),
        };
        let style = one.shape.name();
        let _ = writeln!(text, "  n{index}{open}\"{label}\"{close}:::{style}");
    }
    for (from, to) in &picture.arrows {
        let _ = writeln!(text, "  n{from} --> n{to}");
    }
    let shapes = Shape::ALL.iter();
    let used = shapes.filter(|shape| picture.boxes.iter().any(|one| one.shape == **shape));
    for shape in used {
        let _ = writeln!(text, "  classDef {} {}", shape.name(), style(*shape));
    }
    text
}

/// Lines only, so that the colors are those of the page.
fn style(shape: Shape) -> &'static str {
    match shape {
        Shape::Workload | Shape::Resource => "stroke-width:1px",
        Shape::Routed => "stroke-width:3px",
        Shape::External => "stroke-dasharray:4",
    }
}

/// A text for a label: what is no letter, digit or harmless is written as its number.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char.is_alphanumeric() || " -._/:(),".contains(char) {
            true => escaped.push(char),
            false => escaped += &format!("#{};", u32::from(char)),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_label_has_no_syntax_and_can_be_read_back(text: String) {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['"', '<', '>', '&', '\n', '`', '[', '%', '{']), "{escaped}");
            let mut read = String::new();
            let mut rest = escaped.as_str();
            while let Some((before, after)) = rest.split_once('#') {
                let (number, after) = after.split_once(';').unwrap();
                read += before;
                read.push(char::from_u32(number.parse().unwrap()).unwrap());
                rest = after;
            }
            prop_assert_eq!(read + rest, text);
        }
    }
}
