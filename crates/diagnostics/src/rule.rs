//! Rules: the kinds of problems that a program reports.
//!
//! Each rule is a static beside the code that reports it, with a name, a severity, a summary and a
//! page that explains it.

use crate::report::Severity;

/// A kind of problem. It is declared with [`declare_rules!`](crate::declare_rules).
#[derive(Debug)]
pub struct Rule {
    name: &'static str,
    severity: Severity,
    may_be_warning: bool,
    reports_absence: bool,
    summary: &'static str,
    page: &'static str,
}

impl Rule {
    /// Only for [`declare_rules!`](crate::declare_rules).
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        severities: &[Severity],
        reports_absence: bool,
        summary: &'static str,
        page: &'static str,
    ) -> Rule {
        let may_be_warning = severities.len() > 1;
        Rule {
            name,
            severity: severities[0],
            may_be_warning,
            reports_absence,
            summary,
            page,
        }
    }

    /// The name, in kebab-case. It is stable: configuration and comments refer to it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The severity, unless a problem is reported with another one.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether a problem of this kind is an error wherever it is found, so that configuration
    /// cannot lower it.
    pub fn is_always_error(&self) -> bool {
        self.severity == Severity::Error && !self.may_be_warning
    }

    /// Whether a problem of this kind says that something is absent. Where part of the input could
    /// not be read, it may be there after all.
    pub fn reports_absence(&self) -> bool {
        self.reports_absence
    }

    /// What is wrong, as one sentence.
    pub fn summary(&self) -> &'static str {
        // A doc comment begins with a space.
        self.summary.trim_start()
    }

    /// The page that explains it, as Markdown.
    pub fn page(&self) -> &'static str {
        self.page
    }
}

/// Rules are compared by their names.
impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.name == other.name
    }
}

impl Eq for Rule {}

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Rule) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rule {
    fn cmp(&self, other: &Rule) -> std::cmp::Ordering {
        self.name.cmp(other.name)
    }
}

/// Declares the rules of a module, and lists them there as `RULES`.
///
/// The first argument is the directory of their pages, from the crate's `Cargo.toml`; the page of
/// a rule is `NAME.md` in it. The comment on a rule is its summary. After the name comes the
/// severity: `Error | Warning` where some problems are warnings. `absence` marks a rule that says
/// that something is missing ([`Rule::reports_absence`](crate::rule::Rule::reports_absence)).
///
/// A crate wraps this in a macro that knows the directory:
///
/// ```
/// macro_rules! rules {
///     ($($rule:tt)*) => {
///         diagnostics::declare_rules! { "/../../spec/diagnostics/" $($rule)* }
///     };
/// }
///
/// rules! {
///     /// Two ports have the same number.
///     pub DUPLICATE_PORT: "duplicate-port", Error;
///
///     /// A probe has no handler.
///     pub EMPTY_PROBE: "empty-probe", Error, absence;
/// }
///
/// # fn main() {
/// assert_eq!(DUPLICATE_PORT.summary(), "Two ports have the same number.");
/// assert!(EMPTY_PROBE.reports_absence() && !DUPLICATE_PORT.reports_absence());
/// assert_eq!(RULES.len(), 2);
/// # }
/// ```
#[macro_export]
macro_rules! declare_rules {
    // Accepts the word `absence` alone.
    (@absence absence) => { true };
    ($pages:literal $($(#[doc = $summary:literal])+ $visibility:vis $rule:ident: $name:literal, $($severity:ident)|+ $(, $absence:ident)?;)*) => {
        $(
            $(#[doc = $summary])+
            $visibility static $rule: $crate::rule::Rule = $crate::rule::Rule::new(
                $name,
                &[$($crate::report::Severity::$severity),+],
                false $(|| $crate::declare_rules!(@absence $absence))?,
                concat!($($summary),+),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), $pages, $name, ".md")),
            );
        )*

        /// The rules of this module.
        pub(crate) const RULES: &[&$crate::rule::Rule] = &[$(&$rule),*];
    };
}
