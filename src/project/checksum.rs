//! Checksums of mappings that score-rs writes and reads back.
//!
//! A checksum is the first key of its mapping, so that a file that ends too early has no valid
//! mapping without it. It covers the values and not how they are written: comments, quotes and the
//! order of keys may change. A mapping without a checksum is accepted, since people may edit the
//! files.

use diagnostics::hex;
use diagnostics::report::{Problem, Report};
use diagnostics::value::{Map, Value};
use sha2::{Digest as _, Sha256};
use yaml::Node;
use yaml::reader::Fields;

rules! {
    /// The content of a file that score-rs wrote does not match its checksum.
    pub CHECKSUM_MISMATCH: "checksum-mismatch", Error;
}

pub(super) const KEY: &str = "checksum";

/// Against accidents, not attacks: 64 bits are enough.
const BYTES: usize = 8;

/// Adds the checksum of a mapping to it. `path` has the keys that lead to it, so that an entry does
/// not match under the name of another one.
pub(super) fn with_checksum(path: &[&str], fields: Map) -> Map {
    let mut entry = Map::new();
    entry.insert(
        KEY.to_owned(),
        Value::String(checksum(path, fields.clone())),
    );
    entry.extend(fields);
    entry
}

/// Reads the checksum of the mapping `node`, and reports one that does not match. `help` says how
/// to restore the content or to accept it. Gives the content.
pub(super) fn check(
    path: &[&str],
    node: &Node,
    fields: &mut Fields,
    help: &str,
    report: &mut Report,
) -> Map {
    let content = content(node);
    if let Some(entry) = fields.entry(KEY)
        && entry.value.as_str() != Some(&checksum(path, content.clone()))
    {
        let problem = Problem::new(
            &CHECKSUM_MISMATCH,
            "the content does not match this checksum",
        );
        report.push(problem.at(entry.key).help(help));
    }
    content
}

/// A mapping without its checksum; empty for anything else.
fn content(node: &Node) -> Map {
    let mut content = match node.to_value() {
        Value::Map(content) => content,
        _ => Map::new(),
    };
    content.shift_remove(KEY);
    content
}

fn checksum(path: &[&str], fields: Map) -> String {
    let path = path.iter().map(|key| Value::from(*key)).collect();
    let text = Value::List(vec![Value::List(path), Value::Map(fields)]).to_json();
    hex::encode(&Sha256::digest(text)[..BYTES])
}
