//! Every rule there is.

use std::sync::LazyLock;

use diagnostics::rule::Rule;

/// The rules of the command and of the crates it uses, sorted by name.
pub static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let own = [
        crate::cli::commands::generate::RULES,
        crate::cli::commands::resources::get_outputs::RULES,
        crate::cli::output::conflicts::RULES,
        crate::cli::output::persisted::RULES,
        crate::project::build_flag::RULES,
        crate::project::env_file::RULES,
        crate::project::environment::decode::RULES,
        crate::project::environment::default::RULES,
        crate::project::environment::extends::RULES,
        crate::project::environment::registry::RULES,
        crate::project::environment::resolved::RULES,
        crate::project::environment::source::RULES,
        crate::project::import::go_state::RULES,
        crate::project::inputs::RULES,
        crate::project::remote::lock::RULES,
        crate::project::remote::remotes::RULES,
        crate::project::state::RULES,
        crate::project::state::format::RULES,
        crate::project::values::RULES,
        crate::report::docs::RULES,
        crate::report::lint_levels::file::RULES,
        crate::report::suppressions::RULES,
        crate::report::suppressions::misspelt::RULES,
    ];
    let own = own.into_iter().flatten().copied();
    let mut all: Vec<_> = own
        .chain(compiler::rules::list::all())
        .chain(yaml::rules::all())
        .collect();
    all.sort();
    all
});

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    let index = ALL.binary_search_by_key(&name, |rule| rule.name()).ok()?;
    ALL.get(index).copied()
}
