//! What a review says beside the objects, as lines for people.

use super::review::{EnvironmentReview, Reason};

/// What a reviewer reads first, in order.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) lines: Vec<Line>,
}

/// A part of a line.
pub(super) enum Part {
    /// Words of this program.
    Words(String),
    /// A text of the project.
    Code(String),
}

/// A line.
pub(super) struct Line(pub(super) Vec<Part>);

impl Line {
    fn new(sign: char) -> Line {
        Line::of_words(format!("{sign} "))
    }

    fn of_words(words: impl Into<String>) -> Line {
        Line(vec![Part::Words(words.into())])
    }

    fn words(mut self, words: impl Into<String>) -> Line {
        self.0.push(Part::Words(words.into()));
        self
    }

    fn code(mut self, code: impl Into<String>) -> Line {
        self.0.push(Part::Code(code.into()));
        self
    }

    /// Names with commas between them.
    fn codes(mut self, codes: &[String]) -> Line {
        for (index, code) in codes.iter().enumerate() {
            if index > 0 {
                self = self.words(", ");
            }
            self = self.code(code);
        }
        self
    }

    pub(super) fn plain(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Words(text) => text.clone(),
            Part::Code(text) => text.replace(['\n', '\r', '\t'], " "),
        });
        parts.collect()
    }

    /// A reason as a line.
    pub(super) fn reason(reason: &Reason) -> String {
        match reason.place.is_empty() {
            true => reason.text.clone(),
            false => format!("{}  {}", reason.place, reason.text),
        }
    }
}

/// The sections that have lines.
pub(super) fn sections(review: &EnvironmentReview) -> Vec<Section> {
    let all = [
        ("Note", notes(review)),
        ("When it is applied", effects(review)),
        ("Passwords", passwords(review)),
        ("Workloads", workloads(review)),
        ("Resources", resources(review)),
        ("Connections", connections(review)),
        ("New images", images(review)),
        ("New exceptions from policies", exceptions(review)),
        ("What it reserves", cost(review)),
        ("Mounted files", files(review)),
    ];
    all.into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(title, lines)| Section { title, lines })
        .collect()
}

fn notes(review: &EnvironmentReview) -> Vec<Line> {
    let notes = review.notes.iter();
    notes.map(|note| Line::of_words(note.as_str())).collect()
}

fn effects(review: &EnvironmentReview) -> Vec<Line> {
    let effects = review.effects.iter();
    effects
        .map(|effect| {
            let line = Line(Vec::new()).code(&effect.object);
            let line = match &effect.field {
                Some(field) => line.words(" ").code(field),
                None => line,
            };
            line.words(": ").words(&effect.text)
        })
        .collect()
}

fn passwords(review: &EnvironmentReview) -> Vec<Line> {
    let passwords = review.passwords.iter();
    passwords
        .map(|one| {
            let line = Line::new('~').code(&one.name);
            let line = line.words(" of ").code(&one.resource);
            line.words(format!(" {}", one.text))
        })
        .collect()
}

fn workloads(review: &EnvironmentReview) -> Vec<Line> {
    let workloads = review.workloads.iter();
    workloads
        .map(|one| Line::new(one.change.sign()).code(&one.name))
        .collect()
}

fn resources(review: &EnvironmentReview) -> Vec<Line> {
    let resources = review.resources.iter();
    resources
        .map(|one| {
            let mut line = Line::new(one.change.sign()).code(&one.uid);
            if let Some(route) = &one.route {
                line = line.words(" at ").code(route);
            }
            if !one.used_by.is_empty() {
                line = line.words(", used by ").codes(&one.used_by);
            }
            match one.change.sign() {
                '?' => line.words(": unknown, since a program gives it"),
                _ => line,
            }
        })
        .collect()
}

fn connections(review: &EnvironmentReview) -> Vec<Line> {
    let connections = review.connections.iter();
    connections
        .map(|one| {
            let line = Line::new(one.change.sign()).code(&one.from);
            let line = line.words(format!(" {} ", one.relation)).code(&one.to);
            match one.names.is_empty() {
                true => line,
                false => line.words(" (").codes(&one.names).words(")"),
            }
        })
        .collect()
}

fn images(review: &EnvironmentReview) -> Vec<Line> {
    let images = review.images.iter();
    images
        .map(|one| {
            let line = Line::new('+').code(&one.image).words(" in ");
            line.codes(&one.objects)
        })
        .collect()
}

fn exceptions(review: &EnvironmentReview) -> Vec<Line> {
    let exceptions = review.exceptions.iter();
    exceptions
        .map(|one| {
            let line = Line::new('+').code(format!("policy/{}", one.policy));
            let line = line.words(" in ").code(&one.file).words(", for ");
            line.code(&one.line).words(": ").code(&one.reason)
        })
        .collect()
}

fn cost(review: &EnvironmentReview) -> Vec<Line> {
    let amounts = review.cost.iter().map(|one| {
        let side = |amount: &Option<String>| amount.clone().unwrap_or_else(|| "none".to_owned());
        let words = format!("{} -> {}", side(&one.before), side(&one.after));
        Line::of_words(format!("~ {}: {words}", one.amount))
    });
    let gaps = review.not_counted.iter();
    let gaps = gaps.map(|gap| Line::of_words("? not counted: ").code(gap));
    amounts.chain(gaps).collect()
}

fn files(review: &EnvironmentReview) -> Vec<Line> {
    let files = review.files.iter();
    files
        .map(|one| Line::new(one.change.sign()).code(&one.path))
        .collect()
}
