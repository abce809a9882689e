//! The environments of a project at one of the two times.

use std::collections::{BTreeMap, BTreeSet};

use super::Arguments;
use crate::cli::flags::environment::no_environments;
use crate::cli::output::conflicts::destination;
use crate::cli::per_environment::for_each;
use crate::cli::request::{Input, place_output};
use crate::cli::session::Session;
use crate::project::environment::registry::may_exist;
use crate::project::environment::{Environment, Registry};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use compiler::compile::describe::{Description, describe};
use compiler::emit::Syntax;
use compiler::policy::exceptions;
use compiler::targets::target::Target;
use diagnostics::report::{Diagnostic, Report, Severity, location_text};
use diagnostics::source::{SourceId, Sources};

/// What an environment is at one time.
pub(super) enum Outcome {
    /// It cannot be compiled, for these errors.
    Failed(Vec<Diagnostic>),
    /// It cannot be read, for this reason.
    Unread(String),
    Compiled(Box<Compiled>),
}

/// An environment that was compiled.
pub(super) struct Compiled {
    pub(super) description: Description,
    pub(super) target: &'static dyn Target,
    pub(super) exceptions: BTreeSet<Exception>,
}

/// An exception from a policy. Its line does not tell it from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exception {
    pub(super) policy: String,
    pub(super) reason: String,
    /// What the comment is for.
    pub(super) line: String,
    pub(super) file: String,
}

/// The environments by name.
#[derive(Default)]
pub(super) struct Side(pub(super) BTreeMap<String, Outcome>);

impl Side {
    /// Compiles all environments, or the one of a name, or the default one. One that does not exist,
    /// and all where there is no Score file, are not among them.
    pub(super) fn compile(
        arguments: &Arguments,
        name: Option<&str>,
        os: &Os,
        session: &mut Session<'_>,
    ) -> Result<Side, CliError> {
        let Session {
            sources, report, ..
        } = session;
        if arguments.input.is_whole_project() && !os::has_score_files().map_err(CliError::Io)? {
            return Ok(Side::default());
        }
        let mut local_report = Report::default();
        let remotes = arguments.input.remotes();
        let environments = environments(arguments, name, &remotes, os, sources, &mut local_report)?;
        let input = arguments
            .input
            .read(remotes, true, os, sources, &mut local_report)?;
        let shared_errors = errors(&local_report);
        report.merge(local_report);
        let outcomes = for_each(
            environments,
            sources,
            report,
            |environment, sources, report| {
                let name = environment.name.clone();
                let compiled = compile(arguments, &input, environment, os, sources, report);
                let outcome = match compiled {
                    Ok(Some(compiled)) => Outcome::Compiled(Box::new(compiled)),
                    Err(CliError::Usage(message) | CliError::Io(message)) => {
                        Outcome::Unread(message)
                    }
                    Ok(None) | Err(CliError::Reported) => {
                        let shared = shared_errors.iter().cloned();
                        Outcome::Failed(shared.chain(errors(report)).collect())
                    }
                };
                Ok((name, outcome))
            },
        )?;
        Ok(Side(outcomes.into_iter().collect()))
    }

    /// The same environments as another side, none of which can be compiled for this reason.
    pub(super) fn failed(error: CliError, other: &Side) -> Result<Side, CliError> {
        let outcome = || match &error {
            CliError::Reported => Outcome::Failed(Vec::new()),
            CliError::Usage(message) | CliError::Io(message) => Outcome::Unread(message.clone()),
        };
        if other.is_empty() {
            return Err(error);
        }
        let names = other.0.keys();
        Ok(Side(names.map(|name| (name.clone(), outcome())).collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of the environment, if there is one.
    pub(super) fn only_name(&self) -> Option<String> {
        self.0.keys().next().cloned()
    }
}

/// The error where neither side has anything to compare.
pub(super) fn nothing(arguments: &Arguments, os: &Os, session: &mut Session<'_>) -> CliError {
    let Session {
        sources, report, ..
    } = session;
    if arguments.all.all_environments {
        return no_environments();
    }
    // An unknown environment is an error here.
    let flags = &arguments.input;
    match flags
        .environment
        .find(&flags.remotes(), os, sources, report)
    {
        Err(error) => error,
        Ok(_) => CliError::Usage(
            "there is no Score file, and there was none: write a `score.yaml`".to_owned(),
        ),
    }
}

fn environments(
    arguments: &Arguments,
    name: Option<&str>,
    remotes: &Remotes,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<Environment>, CliError> {
    if arguments.all.all_environments {
        // What is wrong with one is an error when it is compiled.
        let (mut environments, _) = Registry::new(os, remotes).all_lenient(sources, report)?;
        environments.retain(|one| one.preview().is_none());
        return Ok(environments);
    }
    if name.is_some_and(|name| !may_exist(name)) {
        return Ok(Vec::new());
    }
    let flags = &arguments.input.environment;
    let environment = flags.find_or(name, remotes, os, sources, report)?;
    Ok(vec![environment])
}

/// `None` where it has errors, which are reported.
fn compile(
    arguments: &Arguments,
    input: &Input,
    environment: Environment,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<Compiled>, CliError> {
    let flags = &arguments.input;
    let mut request = flags.request(input, &environment, os, sources, report)?;
    let rules = arguments.files.rules();
    request.file_rules = rules;
    if let Some(preview) = &mut request.preview {
        preview.others().for_each(|other| other.file_rules = rules);
    }
    if environment.require_complete().is_ok() {
        let destination = destination(None, &environment, Syntax::Yaml);
        place_output(&mut request, &environment, &destination, report)?;
    }
    request.explains = Some(flags.setting_places(&request, &environment, sources));
    let Ok(Some(description)) = describe(sources, os, &request, report) else {
        return Ok(None);
    };
    let exceptions = match request.policies.is_given() {
        true => exceptions_in(&input.score_files, sources, report),
        false => BTreeSet::new(),
    };
    Ok(Some(Compiled {
        description,
        target: environment.target,
        exceptions,
    }))
}

fn exceptions_in(files: &[SourceId], sources: &Sources, report: &Report) -> BTreeSet<Exception> {
    let comments = report.comments().into_iter();
    let comments = comments.filter(|span| files.contains(&span.source));
    let all = exceptions::read(comments, sources);
    let exception = |one: exceptions::Exception<'_>| {
        let source = sources.get(one.span.source);
        let line = one.line_start().map(|start| source.line_at(start));
        let what = line.unwrap_or_default().split(" #").next();
        Exception {
            policy: one.policy.to_owned(),
            reason: one.reason.to_owned(),
            line: what
                .unwrap_or_default()
                .trim()
                .trim_end_matches(':')
                .to_owned(),
            file: source.name().to_owned(),
        }
    };
    all.into_iter().map(exception).collect()
}

fn errors(report: &Report) -> Vec<Diagnostic> {
    let mut errors = report.in_order();
    errors.retain(|problem| problem.severity() == Severity::Error);
    errors.into_iter().cloned().collect()
}

impl Outcome {
    /// Why it is not compiled, one reason in each line; `None` where it is.
    pub(super) fn problems(&self, sources: &Sources) -> Option<String> {
        let errors = match self {
            Outcome::Compiled(_) => return None,
            Outcome::Unread(message) => return Some(format!("{message}\n")),
            Outcome::Failed(errors) => errors,
        };
        let lines = errors.iter().map(|error| {
            let place = error.span().map(|span| location_text(sources, span));
            let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
            format!("{place}{} [{}]\n", error.message(), error.name())
        });
        Some(sources.secrets().hide(&lines.collect::<String>()))
    }
}
