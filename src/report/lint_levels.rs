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
use diagnostics::report::{Report, Severity};
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

/// The lint levels of a run.
#[derive(Debug, Default)]
pub struct Levels {
    rules: BTreeMap<&'static str, Level>,
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
        let rules = rules
            .map(|node| reader::named_entries(node, "`rules`", report))
            .unwrap_or_default();
        if let Some(node) = fields.optional("catalog", report) {
            self.catalog = CatalogSettings::read(node, report);
        }
        let advice = KeyAdvice::new("write it under `rules`", &["rules"]);
        fields.finish(|key| rules::find(key).map(|_| advice), report);
        for (name, node) in rules {
            let level = reader::string(node, &format!("the level of `{}`", name.value), report);
            let level = level.and_then(|level| {
                reader::choice(
                    &level,
                    &format!("the level of `{}`", name.value),
                    &LEVELS,
                    report,
                )
            });
            let Some(rule) = find_or_report(&name, report) else {
                continue;
            };
            match level {
                Some(Level::Allow | Level::Warn) if rule.is_always_error() => {
                    report.push(not_configurable(&name));
                }
                Some(level) => _ = self.rules.insert(rule.name(), level),
                None => {}
            }
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
        report.relevel(|diagnostic| self.severity_of(diagnostic.name(), diagnostic.severity()));
        report.drop_aliased_edits();
        report.report_aliased_values_once();
        report.redact(sources.secrets());
    }

    fn severity_of(&self, name: &str, severity: Severity) -> Option<Severity> {
        let severity = match (severity, self.rules.get(name)) {
            (Severity::Error, _) => Severity::Error,
            (_, Some(Level::Allow)) => return None,
            (_, Some(Level::Warn)) => Severity::Warning,
            (_, Some(Level::Deny)) => Severity::Error,
            (severity, None) => severity,
        };
        match severity {
            Severity::Warning if self.strict => Some(Severity::Error),
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_set_the_severity() {
        let mut levels = Levels::default();
        levels.rules.insert("noted", Level::Deny);
        levels.rules.insert("quiet", Level::Allow);
        levels.rules.insert("loud", Level::Warn);
        let severity_of = |name, severity| levels.severity_of(name, severity);
        assert_eq!(severity_of("noted", Severity::Note), Some(Severity::Error));
        assert_eq!(severity_of("quiet", Severity::Warning), None);
        assert_eq!(severity_of("quiet", Severity::Error), Some(Severity::Error));
        assert_eq!(severity_of("loud", Severity::Note), Some(Severity::Warning));
        assert_eq!(severity_of("other", Severity::Note), Some(Severity::Note));
        let strict = Levels {
            strict: true,
            ..levels
        };
        assert_eq!(
            strict.severity_of("loud", Severity::Note),
            Some(Severity::Error)
        );
        assert_eq!(strict.severity_of("quiet", Severity::Warning), None);
        assert_eq!(
            strict.severity_of("other", Severity::Note),
            Some(Severity::Note)
        );
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
