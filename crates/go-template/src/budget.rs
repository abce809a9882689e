//! What is left of the limits of one rendering.

use std::cell::{Cell, RefCell};

use crate::data::Data;
use crate::{Limits, RandomSource, Tools};

/// Text that is made or read for one step.
pub(super) const BYTES_PER_STEP: usize = 16;

/// Counts what a rendering uses up. Functions share it with the evaluator, hence the cells.
pub(super) struct Budget<'a> {
    tools: &'a Tools<'a>,
    steps: Cell<u64>,
    draws: Cell<u32>,
    drawn: RefCell<Vec<String>>,
}

impl<'a> Budget<'a> {
    pub fn new(tools: &'a Tools<'a>) -> Budget<'a> {
        Budget {
            tools,
            steps: Cell::new(tools.limits.steps),
            draws: Cell::new(0),
            drawn: RefCell::default(),
        }
    }

    pub fn limits(&self) -> &Limits {
        &self.tools.limits
    }

    pub fn tools(&self) -> &'a Tools<'a> {
        self.tools
    }

    /// Uses up `steps` steps.
    pub fn spend(&self, steps: usize) -> Result<(), String> {
        match self.steps.get().checked_sub(steps as u64) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => Err("the template takes too many steps".to_owned()),
        }
    }

    /// Uses up what reading `bytes` bytes of text from one end to the other takes.
    pub fn read(&self, bytes: usize) -> Result<(), String> {
        self.spend(bytes / BYTES_PER_STEP)
    }

    /// Asks for room for a string of `bytes` bytes or a list of as many items, before it is made.
    pub fn room(&self, size: usize) -> Result<(), String> {
        if size > self.limits().value {
            return Err(format!(
                "the result would be too large (more than {})",
                self.limits().value
            ));
        }
        // Strings are charged too: a template must not fill the memory with many that are each
        // within the limit.
        self.spend(size / BYTES_PER_STEP + 1)
    }

    /// Takes in a text that was drawn: it may be a password.
    pub fn drew(&self, text: String) -> Data {
        self.drawn.borrow_mut().push(text.clone());
        Data::text(text)
    }

    /// The texts that were drawn.
    pub fn into_drawn(self) -> Vec<String> {
        self.drawn.into_inner()
    }

    /// The source for the next random value.
    pub fn draw(&self) -> Result<Box<dyn RandomSource>, String> {
        // A stream of its own is worked out from the seed by several check sums.
        self.spend(16)?;
        let call = self.draws.get();
        self.draws.set(call.wrapping_add(1));
        (self.tools.random)(call)
    }
}
