//! The list of all rules, and problems with names of rules.

use std::sync::LazyLock;

use diagnostics::report::{Problem, Report, Severity};
use diagnostics::rule::Rule;
use diagnostics::source::Spanned;
use diagnostics::suggestions::suggestion;

rules! {
    /// A comment or `score-rs.yaml` tries to allow a problem that is always an error.
    pub ERROR_NOT_CONFIGURABLE: "error-not-configurable", Error;

    /// A comment or `score-rs.yaml` contains the name of a rule that does not exist.
    pub UNKNOWN_RULE: "unknown-rule", Error;
}

/// The rules of the command and of its crates, sorted by name. This is the only item of `report`
/// that uses `cli` and `project`.
pub static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let command = [
        crate::cli::request::RULES,
        crate::cli::commands::catalog::entities::RULES,
        crate::cli::commands::catalog::merge::RULES,
        crate::cli::commands::provisioners::test::check::RULES,
        crate::cli::commands::resources::get_outputs::RULES,
        crate::cli::commands::why::answer::RULES,
        crate::cli::output::conflicts::RULES,
        crate::cli::output::diff::stored_data::RULES,
        crate::cli::output::exposure::RULES,
        crate::cli::output::ignored_files::RULES,
        crate::cli::output::seed::RULES,
        crate::project::build_flag::RULES,
        crate::project::checksum::RULES,
        crate::project::discovery::RULES,
        crate::project::env_file::RULES,
        crate::project::environment::decode::RULES,
        crate::project::environment::default::RULES,
        crate::project::environment::extends::RULES,
        crate::project::environment::preview::RULES,
        crate::project::environment::registry::RULES,
        crate::project::environment::resolved::RULES,
        crate::project::environment::source::RULES,
        crate::project::import::go_state::RULES,
        crate::project::lint::RULES,
        crate::project::remote::lock::RULES,
        crate::project::remote::remotes::RULES,
        crate::project::state::RULES,
        crate::project::state::format::RULES,
        crate::project::values::RULES,
        crate::project::workload_patches::RULES,
        crate::report::lint_levels::file::RULES,
        crate::report::lint_levels::required_version::RULES,
        RULES,
        crate::report::suppressions::RULES,
        crate::report::suppressions::misspelled::RULES,
        crate::system::text_file::RULES,
    ];
    let mut all: Vec<_> = command
        .into_iter()
        .flatten()
        .copied()
        .chain(compiler::rules::list::all())
        .chain(yaml::rules::all())
        .collect();
    all.sort();
    all
});

/// The rule with this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    let index = ALL.binary_search_by_key(&name, |rule| rule.name()).ok()?;
    ALL.get(index).copied()
}

/// The names of all rules, sorted.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    ALL.iter().map(|rule| rule.name())
}

/// The severities that problems of a rule may have, as its page has them.
pub fn severities(rule: &Rule) -> &'static str {
    match rule.is_always_error() || rule.severity() != Severity::Error {
        true => rule.severity().as_str(),
        false => "error or warning",
    }
}

/// The rule with this name; an unknown name is reported.
pub(crate) fn find_or_report(name: &Spanned<String>, report: &mut Report) -> Option<&'static Rule> {
    let rule = find(&name.value);
    if rule.is_none() {
        let problem = Problem::new(&UNKNOWN_RULE, format!("there is no rule `{}`", name.value));
        report.push(problem.at(name.span).help(unknown_name_help(&name.value)));
    }
    rule
}

/// The problem of lowering the level of a rule that is always an error.
pub(crate) fn not_configurable(name: &Spanned<String>) -> Problem {
    let problem = Problem::new(
        &ERROR_NOT_CONFIGURABLE,
        format!("`{}` is always an error", name.value),
    );
    problem
        .at(name.span)
        .help("remove it here, and fix what it reports")
}

/// The help for a name that no rule has.
pub(crate) fn unknown_name_help(name: &str) -> String {
    suggestion(name, names(), || {
        "the name is in brackets after a message".to_owned()
    })
}
