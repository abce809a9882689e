//! How much each kind of problem weighs: what the project's file, the command line and comments
//! say.

pub(crate) mod file;

use std::collections::BTreeMap;

use file::FILE;

use super::docs::{fixed_level, nearest_rule, rule};
use super::rules;
use super::suppressions::{self, Seen};
use crate::project::inputs::{self, CliError};
use compiler::parse;
use compiler::support::host::Host;
use diagnostics::report::{Report, Severity};
use diagnostics::source::{SourceId, Sources};
use yaml::reader::KeyAdvice;
use yaml::{self, Node, reader};

/// What becomes of a warning or note.
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

/// The levels of a run. An editor has those of a project, a command its flags as well.
#[derive(Debug, Default)]
pub struct Levels {
    rules: BTreeMap<&'static str, Level>,
    strict: bool,
    /// What is wrong with the project's file.
    report: Report,
}

impl Levels {
    /// The levels that the project's file gives, when there is one.
    pub(crate) fn of_project(host: &dyn Host, sources: &mut Sources) -> Result<Levels, CliError> {
        let mut levels = Levels::default();
        let mut report = Report::default();
        if let Some(path) = file::find(sources, &mut report)
            && let Some(source) = inputs::read(host, &path, sources, &mut report)?
        {
            levels.read_text(sources, source, &mut report);
        }
        levels.report = report;
        Ok(levels)
    }

    /// Adds what the text of a project's file says; everything that is wrong in it is reported.
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
        let rules = fields.optional("rules", report);
        let rules = rules
            .map(|node| reader::named_entries(node, "`rules`", report))
            .unwrap_or_default();
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
            let Some(known) = rule(&name, report) else {
                continue;
            };
            match level {
                Some(Level::Allow | Level::Warn) if known.is_always_error() => {
                    report.push(fixed_level(&name));
                }
                Some(level) => _ = self.rules.insert(known.name(), level),
                None => {}
            }
        }
    }

    /// Sets the level of one kind of problem. `Err` says why that cannot be.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), String> {
        let Some(known) = rules::find(name) else {
            return Err(format!("there is no rule `{name}`: {}", nearest_rule(name)));
        };
        if level != Level::Deny && known.is_always_error() {
            return Err(format!(
                "`{name}` is an error and stays one: mend what it reports"
            ));
        }
        self.rules.insert(known.name(), level);
        Ok(())
    }

    /// Makes an error of whatever is a warning in the end.
    pub fn set_strict(&mut self) {
        self.strict = true;
    }

    /// Gives every problem of a run the weight that it has here, and leaves out those that are not
    /// wanted. What is wrong with comments and the project's file is reported as well. No message
    /// shows a secret after this.
    pub fn judge(&mut self, seen: Seen, sources: &Sources, report: &mut Report) {
        suppressions::apply(seen, sources, report);
        report.merge(std::mem::take(&mut self.report));
        report.relevel(|diagnostic| self.weight(diagnostic.name(), diagnostic.severity()));
        report.drop_aliased_edits();
        report.report_aliased_values_once();
        report.redact(sources.secrets());
    }

    fn weight(&self, name: &str, severity: Severity) -> Option<Severity> {
        let severity = match (severity, self.rules.get(name)) {
            (Severity::Error, _) => Severity::Error,
            (_, Some(Level::Allow)) => return None,
            (_, Some(Level::Warn)) => Severity::Warning,
            (_, Some(Level::Deny)) => Severity::Error,
            (own, None) => own,
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
    fn the_last_word_is_that_of_the_flags() {
        let mut levels = Levels::default();
        levels.rules.insert("noted", Level::Deny);
        levels.rules.insert("quiet", Level::Allow);
        levels.rules.insert("loud", Level::Warn);
        let weight = |name, severity| levels.weight(name, severity);
        assert_eq!(weight("noted", Severity::Note), Some(Severity::Error));
        assert_eq!(weight("quiet", Severity::Warning), None);
        assert_eq!(weight("quiet", Severity::Error), Some(Severity::Error));
        assert_eq!(weight("loud", Severity::Note), Some(Severity::Warning));
        assert_eq!(weight("other", Severity::Note), Some(Severity::Note));
        let strict = Levels {
            strict: true,
            ..levels
        };
        assert_eq!(strict.weight("loud", Severity::Note), Some(Severity::Error));
        assert_eq!(strict.weight("quiet", Severity::Warning), None);
        assert_eq!(strict.weight("other", Severity::Note), Some(Severity::Note));
    }

    #[test]
    fn flags_name_rules_that_there_are() {
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
                .contains("stays one")
        );
        assert!(levels.set("before-cycle", Level::Deny).is_ok());
    }
}
