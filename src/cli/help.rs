//! The command line as clap sees it: the commands, with the parts of the help that are assembled:
//! the list of commands by who uses them, environment variables, and exit codes.

use std::fmt::Write;

use clap::builder::{StyledStr, Styles};
use clap::{Command, CommandFactory};

use super::ExitCode;

/// The commands by who uses them.
pub const AUDIENCES: [(&str, &[&str]); 4] = [
    (
        "Developing a workload",
        &[
            "init",
            "validate",
            "generate",
            "resources",
            "why",
            "graph",
            "explain",
            "schema",
            "lsp",
        ],
    ),
    (
        "Running a platform",
        &[
            "environments",
            "provisioners",
            "lock",
            "bundle",
            "secrets",
            "import",
            "cost",
            "catalog",
            "docs",
        ],
    ),
    (
        "In a pipeline",
        &["diff", "changes", "push", "argocd", "check-version"],
    ),
    ("Other", &["completions", "man", "version", "help"]),
];

/// An environment variable, and what it sets.
type Variable = (&'static str, &'static str);

const ENV: Variable = ("SCORE_RS_ENV", "environment if `--env` is not given");
const PREVIEW: Variable = (
    "SCORE_RS_PREVIEW",
    "number of a preview if `--preview` is not given",
);
const SEED: Variable = (
    "SCORE_RS_SEED",
    "seed of passwords if `--seed-file` is not given",
);
const CI: Variable = (
    "CI",
    "if set and not 0 or false, a new seed needs `--new-seed`",
);
const LOCAL_ENV: Variable = (
    "NAME",
    "value of the output NAME of a `local-env://` provisioner",
);
const CACHE: Variable = (
    "XDG_CACHE_HOME",
    "where the cache of remote sources is; default: ~/.cache",
);
const PROXY: Variable = (
    "HTTPS_PROXY",
    "proxy for remote sources; also ALL_PROXY, NO_PROXY",
);
const DOCKER: Variable = (
    "DOCKER_CONFIG",
    "logins of OCI registries; also REGISTRY_AUTH_FILE",
);
const CERTIFICATES: Variable = (
    "SSL_CERT_FILE",
    "authorities to trust, in PEM format; also SSL_CERT_DIR",
);
const GIT_SSH: Variable = ("GIT_SSH_COMMAND", "ssh command for `git-ssh://` sources");
const NO_COLOR: Variable = ("NO_COLOR", "no colors, if set");
const FORCE_COLOR: Variable = (
    "CLICOLOR_FORCE",
    "colors also in files and pipes, if set and not 0",
);
const LINKS: Variable = ("FORCE_HYPERLINK", "links in a terminal: 1 on, 0 off");
const COLUMNS: Variable = (
    "COLUMNS",
    "width of the text; default: that of the terminal",
);

const FETCHING: [Variable; 5] = [CACHE, PROXY, CERTIFICATES, DOCKER, GIT_SSH];
const REPORTING: [Variable; 4] = [NO_COLOR, FORCE_COLOR, LINKS, COLUMNS];

/// An exit code, and what it means.
type Code = (ExitCode, &'static str);

const SUCCESS: Code = (ExitCode::Success, "success");
const INVALID: Code = (ExitCode::InvalidInput, "the input has errors");
const FAILED: Code = (ExitCode::InvalidInput, "a test failed");
const DIFFERENT: Code = (ExitCode::Difference, "a difference was found");
const GONE: Code = (
    ExitCode::InvalidInput,
    "the editor ended without `shutdown`",
);
const UNSATISFIED: Code = (
    ExitCode::InvalidInput,
    "this version does not satisfy the constraint",
);
const USAGE: Code = (ExitCode::Usage, "usage error");
const IO: Code = (
    ExitCode::Io,
    "a file, the network or standard output failed",
);

/// What a command reads from the environment, and the codes it exits with.
struct Sections {
    command: &'static str,
    variables: &'static [&'static [Variable]],
    codes: &'static [Code],
}

const INPUT_CODES: &[Code] = &[SUCCESS, INVALID, USAGE, IO];
const TEST_CODES: &[Code] = &[SUCCESS, INVALID, FAILED, USAGE, IO];
const COMPARE_CODES: &[Code] = &[SUCCESS, INVALID, USAGE, IO, DIFFERENT];

const fn sections(
    command: &'static str,
    variables: &'static [&'static [Variable]],
    codes: &'static [Code],
) -> Sections {
    Sections {
        command,
        variables,
        codes,
    }
}

/// The commands with such sections.
const SECTIONS: &[Sections] = &[
    sections("", &[], COMPARE_CODES),
    sections("generate", WRITING, COMPARE_CODES),
    sections("diff", COMPILING, COMPARE_CODES),
    sections(
        "changes",
        &[&[ENV, PREVIEW, LOCAL_ENV], &FETCHING, &REPORTING],
        COMPARE_CODES,
    ),
    sections("push", WRITING, INPUT_CODES),
    sections("why", COMPILING, INPUT_CODES),
    sections("cost", COMPILING, INPUT_CODES),
    sections("graph", DRAWING, INPUT_CODES),
    sections("catalog", DRAWING, COMPARE_CODES),
    sections(
        "validate",
        &[&[PREVIEW], &FETCHING, &REPORTING],
        COMPARE_CODES,
    ),
    sections("resources list", LINKING, INPUT_CODES),
    sections("resources get-outputs", WRITING, INPUT_CODES),
    sections("resources prune", LINKING, INPUT_CODES),
    sections("secrets list", WRITING, INPUT_CODES),
    sections("provisioners list", LINKING, INPUT_CODES),
    sections("provisioners show", LINKING, INPUT_CODES),
    sections("provisioners lint", &[&REPORTING], INPUT_CODES),
    sections("provisioners test", &[&REPORTING], TEST_CODES),
    sections("environments list", &[&FETCHING, &REPORTING], INPUT_CODES),
    sections("environments show", LINKING, INPUT_CODES),
    sections("docs", &[&FETCHING, &REPORTING], COMPARE_CODES),
    sections("schema", &[&[PREVIEW], &FETCHING, &REPORTING], INPUT_CODES),
    sections("explain", &[&FETCHING, &REPORTING], INPUT_CODES),
    sections("import", &[&REPORTING], INPUT_CODES),
    sections("init", &[], &[SUCCESS, USAGE, IO]),
    sections("init preview", &[], &[SUCCESS, USAGE, IO]),
    sections("lsp", &[&[PREVIEW]], &[SUCCESS, GONE, USAGE, IO]),
    sections("man", &[], &[SUCCESS, USAGE, IO]),
    sections("lock", &[&FETCHING, &REPORTING], COMPARE_CODES),
    sections("bundle push", &[&FETCHING, &REPORTING], INPUT_CODES),
    sections("check-version", &[], &[SUCCESS, UNSATISFIED, USAGE, IO]),
];

const WRITING: &[&[Variable]] = &[&[ENV, PREVIEW, SEED, CI, LOCAL_ENV], &FETCHING, &REPORTING];
const COMPILING: &[&[Variable]] = &[&[ENV, PREVIEW, SEED, LOCAL_ENV], &FETCHING, &REPORTING];
const DRAWING: &[&[Variable]] = &[&[ENV, PREVIEW, LOCAL_ENV], &FETCHING, &REPORTING];
const LINKING: &[&[Variable]] = &[&[ENV, PREVIEW], &FETCHING, &REPORTING];

/// The command line, with all help.
pub fn command() -> Command {
    let command = extend(super::Arguments::command(), "");
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{}\n{{options}}{{after-help}}",
        command_list(&command),
        heading("Options"),
    );
    command.help_template(StyledStr::from(template))
}

/// Adds the sections to a command and its subcommands.
fn extend(command: Command, path: &str) -> Command {
    let examples = command.get_after_help().map(ToString::to_string);
    let sections = SECTIONS.iter().find(|sections| sections.command == path);
    let parts: Vec<String> = examples
        .iter()
        .cloned()
        .chain(sections.into_iter().flat_map(Sections::texts))
        .collect();
    let mut command = command.mut_subcommands(|subcommand| {
        let path = format!("{path} {}", subcommand.get_name());
        extend(subcommand, path.trim_start())
    });
    if let Some(examples) = examples {
        command = command.after_help(with_headings(&examples));
    }
    if sections.is_some() {
        command = command.after_long_help(with_headings(&parts.join("\n\n")));
    }
    command
}

impl Sections {
    fn texts(&self) -> Vec<String> {
        let variables = self.variables.iter().copied().flatten();
        let variables = variables.map(|(name, meaning)| (name.to_string(), meaning.to_string()));
        let mut codes: Vec<(String, String)> = Vec::new();
        for (code, meaning) in self.codes {
            let code = (*code as u8).to_string();
            match codes.last_mut().filter(|(last, _)| *last == code) {
                Some((_, meanings)) => *meanings += &format!(", or {meaning}"),
                None => codes.push((code, (*meaning).to_owned())),
            }
        }
        [
            list("Environment variables", &variables.collect::<Vec<_>>()),
            list("Exit codes", &codes),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A section with two columns; `None` without rows.
fn list(name: &str, rows: &[(String, String)]) -> Option<String> {
    let width = rows.iter().map(|(term, _)| term.len()).max()?;
    let rows = rows
        .iter()
        .map(|(term, meaning)| format!("\n  {term:width$}  {meaning}"));
    Some(format!("{name}:{}", rows.collect::<String>()))
}

/// The subcommands of the root by audience, each with its short help.
fn command_list(command: &Command) -> String {
    let literal = *Styles::styled().get_literal();
    let names = || AUDIENCES.iter().flat_map(|(_, names)| *names);
    let width = names().map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (audience, names) in AUDIENCES {
        let _ = writeln!(text, "{}", heading(audience));
        for name in names {
            let about = match command.find_subcommand(name) {
                Some(subcommand) => subcommand.get_about().map(ToString::to_string),
                // Clap adds `help` when it parses.
                None => Some("Print this help or the help of a command".to_owned()),
            };
            let about = about.unwrap_or_default();
            let _ = writeln!(text, "  {literal}{name:width$}{literal:#}  {about}");
        }
        text.push('\n');
    }
    text
}

/// The name of a heading: a line that is not indented and ends with a colon, as those of clap.
pub(crate) fn as_heading(line: &str) -> Option<&str> {
    line.strip_suffix(':').filter(|name| !name.starts_with(' '))
}

fn with_headings(text: &str) -> StyledStr {
    let line = |line: &str| as_heading(line).map_or_else(|| line.to_owned(), heading);
    StyledStr::from(text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

fn heading(name: &str) -> String {
    let header = *Styles::styled().get_header();
    format!("{header}{name}:{header:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(command: &Command, path: &str) -> Vec<String> {
        let subcommands = command.get_subcommands().flat_map(|subcommand| {
            let path = format!("{path} {}", subcommand.get_name());
            paths(subcommand, path.trim_start())
        });
        [path.to_owned()].into_iter().chain(subcommands).collect()
    }

    #[test]
    fn every_command_has_one_audience() {
        let command = command();
        let mut names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        names.push("help");
        let mut listed: Vec<&str> = AUDIENCES
            .iter()
            .flat_map(|(_, names)| names.iter().copied())
            .collect();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, names);
    }

    #[test]
    fn sections_belong_to_commands() {
        let paths = paths(&command(), "");
        for Sections { command, .. } in SECTIONS {
            assert!(paths.iter().any(|path| path == command), "{command}");
        }
    }

    #[test]
    fn variables_match_the_flags() {
        let root = command();
        for Sections {
            command, variables, ..
        } in SECTIONS
        {
            let leaf = command.split_whitespace().fold(&root, |command, name| {
                command.find_subcommand(name).unwrap()
            });
            let has_flag = |name: &str| {
                leaf.get_arguments()
                    .any(|argument| argument.get_long() == Some(name))
            };
            let reads = |variable: Variable| {
                variables
                    .iter()
                    .any(|variables| variables.contains(&variable))
            };
            assert_eq!(reads(SEED), has_flag("seed-file"), "{command}");
            assert_eq!(reads(CACHE), has_flag("fetch-timeout"), "{command}");
            assert_eq!(reads(FORCE_COLOR), has_flag("strict"), "{command}");
        }
    }
}
