//! The compiler as WebAssembly. A request is JSON that the page puts byte by byte, and the answer is
//! JSON that it gets in the same way: no pointer and no other code is needed.
#![allow(
    unsafe_code,
    reason = "the attribute that names an export counts as unsafe"
)]

mod answer;

use std::sync::{Mutex, MutexGuard, PoisonError};

static REQUEST: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn lock(bytes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds a byte to the request.
#[unsafe(no_mangle)]
pub extern "C" fn put(byte: u8) {
    lock(&REQUEST).push(byte);
}

/// Compiles the request, which is empty after that. Returns the length of the answer.
#[unsafe(no_mangle)]
pub extern "C" fn compile() -> usize {
    let request = std::mem::take(&mut *lock(&REQUEST));
    let answer = answer::answer(&request);
    let length = answer.len();
    *lock(&ANSWER) = answer;
    length
}

/// A byte of the answer; 0 after its end.
#[unsafe(no_mangle)]
pub extern "C" fn get(index: usize) -> u8 {
    lock(&ANSWER).get(index).copied().unwrap_or_default()
}
