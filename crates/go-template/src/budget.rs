//! The limits of one rendering, and what is left of them.

use std::cell::{Cell, RefCell};

use crate::data::Data;
use crate::{Limits, RandomSource, Tools};

/// Bytes of text that are written or read for one step.
pub(super) const BYTES_PER_STEP: usize = 16;

/// Counts what a rendering uses up. The evaluator and the functions share it, hence the cells.
pub(super) struct Budget<'a> {
    tools: &'a Tools<'a>,
    steps: Cell<u64>,
    random_calls: Cell<u32>,
    generated: RefCell<Vec<String>>,
}

impl<'a> Budget<'a> {
    pub fn new(tools: &'a Tools<'a>) -> Budget<'a> {
        Budget {
            tools,
            steps: Cell::new(tools.limits.steps),
            random_calls: Cell::new(0),
            generated: RefCell::default(),
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

    /// Checks, before it is made, that there is room for a string of `size` bytes or a list of as
    /// many items.
    pub fn room(&self, size: usize) -> Result<(), String> {
        if size > self.limits().value {
            return Err(format!(
                "the result would be too large (more than {})",
                self.limits().value
            ));
        }
        // Many strings within the limit must not fill the memory either.
        self.spend(size / BYTES_PER_STEP + 1)
    }

    /// Records a random text, which may be a password.
    pub fn generated_text(&self, text: String) -> Data {
        self.generated.borrow_mut().push(text.clone());
        Data::text(text)
    }

    /// The random texts.
    pub fn into_generated(self) -> Vec<String> {
        self.generated.into_inner()
    }

    /// The source for the next call of a random function.
    pub fn random_source(&self) -> Result<Box<dyn RandomSource>, String> {
        // A source is likely to be derived by several hashes.
        self.spend(16)?;
        let call = self.random_calls.get();
        self.random_calls.set(call.wrapping_add(1));
        (self.tools.random)(call)
    }
}
