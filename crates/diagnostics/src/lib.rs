//! Diagnostics for compilers of configuration: what is wrong with the input, and where.
//!
//! - [`source`]: texts with names, places in them, lines and columns
//! - [`rule`]: the kinds of problems, each with a name, a severity, a summary and a page
//! - [`report`]: diagnostics, and the reports that collect them
//! - [`suggestions`]: the known name that a misspelled one is close to
//! - [`redaction`]: secrets, which no message may show
//! - [`ordered_map`]: a mapping that keeps the order of its keys
//! - [`value`]: plain data, as YAML and JSON express it
//! - [`hex`]: bytes as hexadecimal digits
//! - [`percent`]: texts as URLs have them
//! - [`visible`]: control characters as escapes
//!
//! How a report is shown is left to the program.
//!
//! ```
//! use diagnostics::report::{Problem, Report, location_text};
//! use diagnostics::source::{Sources, Span};
//! use diagnostics::suggestions::unambiguous_typo;
//!
//! diagnostics::declare_rules! { "/../../spec/diagnostics/"
//!     /// A mapping has a key that is not known there.
//!     UNKNOWN_KEY: "unknown-key", Error;
//! }
//!
//! # fn main() {
//! let mut sources = Sources::default();
//! let file = sources.add("shop.yaml", "imgae: shop:1\n");
//! let key = Span::new(file, 0, 5);
//!
//! let mut report = Report::default();
//! let replacement = unambiguous_typo(sources.slice(key), ["image", "args"]);
//! report.push(
//!     Problem::new(&UNKNOWN_KEY, "there is no key `imgae`")
//!         .at(key)
//!         .help("did you mean `image`?")
//!         .suggest_replacement(key, "imgae", replacement),
//! );
//!
//! let diagnostic = report.in_order()[0];
//! assert_eq!(location_text(&sources, key), "shop.yaml:1:1");
//! assert_eq!(diagnostic.name(), "unknown-key");
//! assert_eq!(diagnostic.edits()[0].text, "image");
//! assert!(report.result().is_err());
//! # }
//! ```

pub mod hex;
pub mod ordered_map;
pub mod percent;
pub mod redaction;
pub mod report;
pub mod rule;
pub mod source;
pub mod suggestions;
pub mod value;
pub mod visible;
