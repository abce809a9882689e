//! Where a value stands in the variables: the steps that lead to it.

use std::fmt;
use std::rc::Rc;

use crate::value::Text;

/// The way to a value, such as `object.spec.containers[0].image`. Cheap to copy and to make longer.
#[derive(Debug, Clone, PartialEq)]
pub struct Path<'a>(Rc<Link<'a>>);

#[derive(Debug, PartialEq)]
struct Link<'a> {
    before: Option<Path<'a>>,
    step: Step<'a>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step<'a> {
    /// The variable that the path begins with, or a key of a map.
    Key(Text<'a>),
    /// An item of a list.
    Index(usize),
}

impl<'a> Path<'a> {
    /// A variable as a whole.
    pub fn variable(name: &'a str) -> Path<'a> {
        Path(Rc::new(Link {
            before: None,
            step: Step::Key(Text::Borrowed(name)),
        }))
    }

    /// The path with one more step.
    pub fn join(&self, step: Step<'a>) -> Path<'a> {
        Path(Rc::new(Link {
            before: Some(self.clone()),
            step,
        }))
    }

    /// The steps, the variable first.
    pub fn steps(&self) -> Vec<&Step<'a>> {
        let mut steps = Vec::new();
        let mut next = Some(self);
        while let Some(path) = next {
            steps.push(&path.0.step);
            next = path.0.before.as_ref();
        }
        steps.reverse();
        steps
    }
}

/// As it is written in an expression; keys that are no names stand in brackets.
impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps().into_iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => out.write_str(key)?,
                Step::Key(key) if is_name(key) => write!(out, ".{}", &**key)?,
                Step::Key(key) => write!(out, "[{:?}]", &**key)?,
                Step::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn is_name(key: &str) -> bool {
    !key.is_empty()
        && !key.starts_with(|first: char| first.is_ascii_digit())
        && key
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '_')
}
