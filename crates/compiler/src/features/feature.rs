//! What a feature is.

use diagnostics::report::Report;
use yaml::reader::Fields;

/// The settings of a feature.
pub trait Feature: Sized {
    /// The key in `features:`.
    const NAME: &'static str;

    /// Reads the settings. A setting that is wrong is reported, and its default counts.
    fn read(fields: &mut Fields<'_>, report: &mut Report) -> Self;
}
