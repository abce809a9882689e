//! Lint levels: the severity of each rule according to the project file and the command line.

pub(crate) mod file;
pub(crate) mod required_version;

use std::collections::BTreeMap;

use file::FILE;
use required_version::UNSUPPORTED_VERSION;

use super::rules::{self, find_or_report, not_configurable, unknown_name_help};
use super::suppressions::{self, Coverage};
use crate::project::catalog::CatalogSettings;
use crate::project::remote::replace;
use crate::system::error::CliError;
use crate::system::text_file;
use compiler::parse;
use compiler::support::host::Host;
use diagnostics::report::{Diagnostic, Report, Severity};
use diagnostics::rule::Rule;
use diagnostics::source::{SourceId, Sources};
use yaml::reader::KeyAdvice;
use yaml::{self, Node, reader};

/// The level of a rule whose problems are warnings or notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is not shown.
    Allow,
    /// It is a warning.
    Warn,
    /// It is an error.
    Deny,
}

const LEVELS: [(&str, Level); 3] = [
    ("allow", Level::Allow),
    ("warn", Level::Warn),
    ("deny", Level::Deny),
];

/// Levels of rules, by name.
pub(crate) type RuleLevels = BTreeMap<&'static str, Level>;

/// Reads `rules` of the project file or of an environment.
pub(crate) fn read_rules(node: &Node, report: &mut Report) -> RuleLevels {
    let mut levels = RuleLevels::new();
    for (name, node) in reader::named_entries(node, "`rules`", report) {
        let what = format!("the level of `{}`", name.value);
        let level = reader::string(node, &what, report);
        let level = level.and_then(|level| reader::choice(&level, &what, &LEVELS, report));
        let Some(rule) = find_or_report(&name, report) else {
            continue;
        };
        match level {
            Some(Level::Allow | Level::Warn) if rule.is_always_error() => {
                report.push(not_configurable(&name));
            }
            Some(level) => _ = levels.insert(rule.name(), level),
            None => {}
        }
    }
    levels
}

/// Gives the problems of an environment the levels that it has for them. Those of the project file
/// and of flags take precedence.
pub(crate) fn set_environment_levels(levels: &RuleLevels, report: &mut Report) {
    report.set_environment_severities(|diagnostic| {
        let level = levels.get(diagnostic.name())?;
        Some(level.severity(diagnostic.severity()))
    });
}

impl Level {
    /// The severity that it gives to a problem; `None` hides it.
    fn severity(self, severity: Severity) -> Option<Severity> {
        match (severity, self) {
            (Severity::Error, _) | (_, Level::Deny) => Some(Severity::Error),
            (_, Level::Allow) => None,
            (_, Level::Warn) => Some(Severity::Warning),
        }
    }
}

/// The lint levels of a run.
#[derive(Debug, Default)]
pub struct Levels {
    rules: RuleLevels,
    strict: bool,
    /// Whether the project requires another version of this program.
    is_refused: bool,
    /// Settings of the project file for other commands.
    pub(crate) catalog: CatalogSettings,
    /// Problems of the project file.
    report: Report,
}

impl Levels {
    /// The levels of the project file, if there is one.
    pub(crate) fn of_project(host: &dyn Host, sources: &mut Sources) -> Result<Levels, CliError> {
        let mut levels = Levels::default();
        let mut report = Report::default();
        if let Some(path) = file::find(sources, &mut report)
            && let Some(source) = text_file::read(host, &path, sources, &mut report)?
        {
            levels.read_text(sources, source, &mut report);
        }
        levels.report = report;
        Ok(levels)
    }

    /// Adds the levels of the text of a project file, and reports its problems.
    pub fn read_text(&mut self, sources: &Sources, source: SourceId, report: &mut Report) {
        let documents = parse::yaml_documents(sources, source, report);
        documents
            .iter()
            .filter(|document| !document.is_null())
            .for_each(|node| self.read(node, report));
    }

    fn read(&mut self, node: &Node, report: &mut Report) {
        let Some(mut fields) = reader::fields(node, &format!("`{FILE}`"), report) else {
            return;
        };
        let version = fields.optional("version", report);
        let version = version.and_then(|node| reader::string(node, "`version`", report));
        self.is_refused |= version.is_some_and(|range| !required_version::check(&range, report));
        if let Some(node) = fields.optional(replace::KEY, report) {
            replace::read(node, report);
        }
        let rules = fields.optional("rules", report);
        if let Some(node) = fields.optional("catalog", report) {
            self.catalog = CatalogSettings::read(node, report);
        }
        let advice = KeyAdvice::new("write it under `rules`", &["rules"]);
        fields.finish(|key| rules::find(key).map(|_| advice), report);
        if let Some(node) = rules {
            self.rules.extend(read_rules(node, report));
        }
    }

    /// The report of a project that requires another version of this program. It has no other
    /// problem: another version may know keys and rules that this one does not.
    pub(crate) fn refusal(&mut self) -> Option<Report> {
        let is_reason = |name: &str| name == UNSUPPORTED_VERSION.name();
        self.report.relevel(|diagnostic| {
            let is_shown = !self.is_refused || is_reason(diagnostic.name());
            is_shown.then(|| diagnostic.severity())
        });
        self.is_refused.then(|| std::mem::take(&mut self.report))
    }

    /// Sets the level of one rule; an error says why that is not possible.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), String> {
        let Some(rule) = rules::find(name) else {
            return Err(format!(
                "there is no rule `{name}`: {}",
                unknown_name_help(name)
            ));
        };
        if level != Level::Deny && rule.is_always_error() {
            return Err(format!("`{name}` is always an error: fix what it reports"));
        }
        self.rules.insert(rule.name(), level);
        Ok(())
    }

    /// Makes problems of a rule errors, unless it has a level.
    pub(crate) fn deny_by_default(&mut self, rule: &Rule) {
        self.rules.entry(rule.name()).or_insert(Level::Deny);
    }

    /// Makes all remaining warnings errors.
    pub fn set_strict(&mut self) {
        self.strict = true;
    }

    /// Applies suppressions and levels to a report, and adds the problems of comments and of the
    /// project file. After this, no message contains a secret.
    pub fn apply(&mut self, coverage: Coverage, sources: &Sources, report: &mut Report) {
        suppressions::apply(coverage, sources, report);
        report.merge(std::mem::take(&mut self.report));
        report.relevel(|diagnostic| self.severity_of(diagnostic));
        report.drop_aliased_edits();
        report.report_aliased_values_once();
        report.redact(sources.secrets());
    }

    fn severity_of(&self, diagnostic: &Diagnostic) -> Option<Severity> {
        let severity = match self.rules.get(diagnostic.name()) {
            Some(level) => level.severity(diagnostic.severity()),
            None => diagnostic.default_severity(),
        };
        match severity {
            Some(Severity::Warning) if self.strict => Some(Severity::Error),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Problem;

    /// The severities of a problem with each severity, with the levels of an environment.
    fn severities(levels: &Levels, environment: &RuleLevels) -> [Option<Severity>; 3] {
        [Severity::Note, Severity::Warning, Severity::Error].map(|severity| {
            let mut report = Report::default();
            report.push_as(severity, Problem::new(&UNSUPPORTED_VERSION, ""));
            set_environment_levels(environment, &mut report);
            let all = report.in_order();
            levels.severity_of(all[0])
        })
    }

    #[test]
    fn levels_set_the_severity() {
        const ERROR: Option<Severity> = Some(Severity::Error);
        const WARNING: Option<Severity> = Some(Severity::Warning);
        const NOTE: Option<Severity> = Some(Severity::Note);
        let of = |level: Option<Level>| -> RuleLevels {
            let level = level.map(|level| (UNSUPPORTED_VERSION.name(), level));
            level.into_iter().collect()
        };
        let (allow, warn, deny) = (Some(Level::Allow), Some(Level::Warn), Some(Level::Deny));
        for (environment, project, expected) in [
            (None, None, [NOTE, WARNING, ERROR]),
            (None, allow, [None, None, ERROR]),
            (None, warn, [WARNING, WARNING, ERROR]),
            (None, deny, [ERROR, ERROR, ERROR]),
            (allow, None, [None, None, ERROR]),
            (deny, None, [ERROR, ERROR, ERROR]),
            (deny, warn, [WARNING, WARNING, ERROR]),
            (allow, deny, [ERROR, ERROR, ERROR]),
        ] {
            let mut levels = Levels {
                rules: of(project),
                ..Levels::default()
            };
            let environment = of(environment);
            assert_eq!(severities(&levels, &environment), expected);
            levels.set_strict();
            let strict = expected.map(|severity| match severity {
                WARNING => ERROR,
                other => other,
            });
            assert_eq!(severities(&levels, &environment), strict);
        }
    }

    #[test]
    fn only_known_rules_have_levels() {
        let mut levels = Levels::default();
        assert!(
            levels
                .set("before-cycel", Level::Deny)
                .unwrap_err()
                .contains("did you mean `before-cycle`?")
        );
        assert!(
            levels
                .set("before-cycle", Level::Allow)
                .unwrap_err()
                .contains("is always an error")
        );
        assert!(levels.set("before-cycle", Level::Deny).is_ok());
    }
}
