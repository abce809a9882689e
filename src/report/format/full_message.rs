//! The message of a diagnostic with everything that belongs to it, for formats without a place for
//! that.

use std::fmt::Write;

use super::RenderOptions;
use super::location::Location;
use diagnostics::report::Diagnostic;
use diagnostics::source::Sources;
use diagnostics::visible;

/// The message, the location if one is given, the related locations and the help, each on a line of
/// its own.
pub(super) fn full_message(
    sources: &Sources,
    diagnostic: &Diagnostic,
    options: &RenderOptions,
    place: Option<&Location>,
) -> String {
    let location = |span| Location::new(sources, span, options.in_repository());
    let mut message = visible::lines(diagnostic.message()).into_owned();
    // Writing to a string cannot fail.
    if let Some(place) = place {
        let _ = write!(message, "\nin {}", visible::line(&place.show()));
    }
    for related in diagnostic.related() {
        let place = location(related.span).show();
        let (place, text) = (visible::line(&place), visible::lines(&related.message));
        let _ = write!(message, "\n{place}: {text}");
    }
    if let Some(help) = diagnostic.help() {
        let _ = write!(message, "\nhelp: {}", visible::lines(help));
    }
    message
}
