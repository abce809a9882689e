//! Programs as policies: they read the objects and print findings.

mod findings;
mod input;

use std::collections::BTreeMap;
use std::path::Path;

use super::finding::{Finding, NAME_HELP, is_name};
use super::place::{self, Violation};
use super::subject::{Runner, Subject};
use crate::rules::{COMMAND_FAILED, INVALID_NAME};
use crate::support::host::Program;
use crate::support::program_failure::ProgramFailure;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use findings::{Found, Objects};
use yaml::rules::EMPTY_VALUE;
use yaml::{Kind, Node, reader};

/// A program that is asked as a policy is.
#[derive(Debug, Clone)]
pub struct PolicyProgram {
    /// The name of the policy.
    pub(super) name: Spanned<String>,
    /// The program, as it is written or from a directory.
    program: String,
    arguments: Vec<String>,
    /// Where both are written.
    span: Span,
    /// Whether it reads secrets as they are.
    shows_secrets: bool,
}

impl PolicyProgram {
    /// Reads an item of `policies` that is a mapping.
    pub fn read(node: &Node, report: &mut Report) -> Option<PolicyProgram> {
        let mut fields = reader::fields(node, "a policy by a program", report)?;
        let command = fields.required_as("cmd", "[PROGRAM, ARGUMENT]", report);
        let name = fields.required_as("name", "NAME", report);
        let shows_secrets = fields.optional("showSecrets", report);
        let shows_secrets =
            shows_secrets.and_then(|node| reader::boolean(node, "`showSecrets`", report));
        fields.finish(|_| None, report);
        let span = command.map(|node| node.span);
        let command = command.and_then(|node| read_command(node, report));
        let name = name.and_then(|node| read_name(node, report));
        let (program, arguments) = command?;
        Some(PolicyProgram {
            name: name?,
            program,
            arguments,
            span: span?,
            shows_secrets: shows_secrets.unwrap_or_default(),
        })
    }

    /// Whether its program is a path from the directory of the environment.
    pub fn is_path(&self) -> bool {
        self.program.contains('/') && !self.program.starts_with("~/")
    }

    /// With the path of its program, if it is one, from this directory.
    pub fn relative_to(&self, directory: &Path) -> PolicyProgram {
        let mut program = self.clone();
        if self.is_path() {
            program.program = directory.join(&program.program).display().to_string();
        }
        program
    }

    /// What the program refuses in the objects.
    pub(super) fn violations(
        &self,
        runner: Runner<'_>,
        subject: &Subject<'_>,
        sources: &Sources,
        report: &mut Report,
    ) -> Vec<Violation> {
        let findings = match self.ask(runner, subject, sources) {
            Ok(findings) => findings,
            Err(ProgramFailure { why, help }) => {
                let message = format!(
                    "the policy `{}` cannot be evaluated: {why}",
                    self.name.value
                );
                report.push(
                    Problem::new(&COMMAND_FAILED, message)
                        .at(self.span)
                        .help(help),
                );
                return Vec::new();
            }
        };
        let mut by_object: BTreeMap<Option<usize>, Vec<Finding>> = BTreeMap::new();
        for (object, finding) in findings {
            by_object.entry(object).or_default().push(finding);
        }
        let violations = by_object.into_iter();
        let violations = violations.flat_map(|(object, findings)| match object {
            Some(index) => place::problems(findings, index, subject, sources),
            None => findings.into_iter().map(place::without_object).collect(),
        });
        violations.collect()
    }

    fn ask(
        &self,
        runner: Runner<'_>,
        subject: &Subject<'_>,
        sources: &Sources,
    ) -> Result<Vec<Found>, ProgramFailure> {
        let documents = subject.reasons.documents();
        let program = Program {
            path: runner.host.program_path(&self.program),
            arguments: self.arguments.clone(),
            input: input::write(documents, self.shows_secrets, sources).into_bytes(),
            limit: runner.limit,
        };
        let result = runner.host.run(&program);
        let result =
            result.map_err(|error| ProgramFailure::not_ended(&program.path, error, "`cmd`"))?;
        let findings = findings::read(&self.name, &result.output, &Objects::new(documents));
        // Programs exit with an error when they refuse something.
        let is_answer = match &findings {
            Ok(findings) => !findings.is_empty(),
            Err(_) => result.errors.is_empty() && !result.output.is_empty(),
        };
        if !result.success && !is_answer {
            return Err(ProgramFailure::exited(&result));
        }
        if !result.errors.is_empty() {
            let text = String::from_utf8_lossy(&result.errors);
            runner.host.log(&sources.secrets().hide(&text));
        }
        findings
    }
}

/// The program and its arguments.
fn read_command(node: &Node, report: &mut Report) -> Option<(String, Vec<String>)> {
    let items = reader::list(node, "`cmd`", report);
    let texts = items.iter();
    let texts = texts.filter_map(|item| reader::string(item, "an item of `cmd`", report));
    let texts: Vec<Spanned<String>> = texts.collect();
    let Some((program, arguments)) = texts.split_first() else {
        if matches!(&node.kind, Kind::List(items) if items.is_empty()) {
            let problem = Problem::new(&EMPTY_VALUE, "`cmd` has no program").at(node.span);
            let help = "write a program and its arguments, as in `[conftest, test, -o, json, -]`";
            report.push(problem.help(help));
        }
        return None;
    };
    if program.value.is_empty() || program.value.contains("://") {
        let message = format!("`{}` is not a program", program.value);
        let problem = Problem::new(&INVALID_NAME, message).at(program.span);
        report.push(problem.help("write the name of a program or the path of a file"));
        return None;
    }
    let arguments = arguments.iter().map(|one| one.value.clone());
    let is_complete = texts.len() == items.len();
    is_complete.then(|| (program.value.clone(), arguments.collect()))
}

fn read_name(node: &Node, report: &mut Report) -> Option<Spanned<String>> {
    let name = reader::string(node, "`name`", report)?;
    if is_name(&name.value) {
        return Some(name);
    }
    let message = format!("`{}` is not a valid name of a policy", name.value);
    let problem = Problem::new(&INVALID_NAME, message).at(name.span);
    report.push(problem.help(NAME_HELP));
    None
}
