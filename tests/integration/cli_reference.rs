//! `spec/cli.md`: the reference of all commands and flags, generated from their help.

use std::fmt::Write;
use std::path::Path;

use clap::{Arg, ArgAction, Command};
use score_rs::cli::help::{self, AUDIENCES};

use crate::snapshots::assert_file;

const HEAD: &str = "# Command line

This page is generated from the help of the commands, which `score-rs COMMAND --help` prints. `just
bless cli_reference` updates it.
";

const SHARED: &str = "## Flags of several commands

These flags have the same meaning in every command that has them.
";

/// The width of the page, as of the others in `spec/`.
const WIDTH: usize = 100;

#[test]
fn the_reference_matches_the_help() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/cli.md");
    assert_file(&page, &reference());
}

fn reference() -> String {
    let mut root = help::command();
    root.build();
    let commands = commands(&root, "score-rs");
    let mut text = HEAD.to_owned();
    for (audience, names) in AUDIENCES {
        let _ = write!(text, "\n| {audience} | |\n|---|---|\n");
        let commands = names.iter().filter(|name| **name != "help");
        for command in commands.filter_map(|name| root.find_subcommand(name)) {
            let name = command.get_name();
            let about = styled(command.get_about());
            let _ = writeln!(text, "| [`{name}`](#score-rs-{name}) | {about} |");
        }
    }
    for name in AUDIENCES.iter().flat_map(|(_, names)| *names) {
        let prefix = format!("score-rs {name}");
        let is_listed = |path: &str| path == prefix || path.starts_with(&format!("{prefix} "));
        for (path, command) in commands.iter().filter(|(path, _)| is_listed(path)) {
            text += &section(path, command, &commands);
        }
    }
    let _ = write!(text, "\n{SHARED}");
    for heading in headings(&commands) {
        let _ = write!(text, "\n### {heading}\n\n");
        let mut listed: Vec<&Arg> = Vec::new();
        for (_, command) in &commands {
            for flag in flags(command) {
                let is_new = !listed.iter().any(|other| is_same(other, flag));
                if is_new && heading_of(flag) == heading && is_shared(flag, &commands) {
                    listed.push(flag);
                    text += &entry(flag);
                }
            }
        }
    }
    text
}

/// The commands and their subcommands by path, without `help`.
fn commands<'a>(command: &'a Command, path: &str) -> Vec<(String, &'a Command)> {
    let subcommands = command
        .get_subcommands()
        .filter(|subcommand| subcommand.get_name() != "help")
        .flat_map(|subcommand| commands(subcommand, &format!("{path} {}", subcommand.get_name())));
    [(path.to_owned(), command)]
        .into_iter()
        .chain(subcommands)
        .collect()
}

fn section(path: &str, command: &Command, commands: &[(String, &Command)]) -> String {
    let about = styled(command.get_long_about().or(command.get_about()));
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let mut text = format!(
        "\n## `{path}`\n\n{}\n\n```\n{usage}\n```\n",
        wrap(&about, "")
    );
    let own: Vec<&Arg> = command
        .get_positionals()
        .chain(flags(command).filter(|flag| !is_shared(flag, commands)))
        .collect();
    if !own.is_empty() {
        text.push('\n');
    }
    text.extend(own.into_iter().map(entry));
    let shared: Vec<String> = headings(commands)
        .into_iter()
        .filter_map(|heading| {
            let names: Vec<String> = flags(command)
                .filter(|flag| heading_of(flag) == heading && is_shared(flag, commands))
                .map(|flag| format!("`--{}`", flag.get_long().unwrap_or_default()))
                .collect();
            let anchor = heading.to_lowercase().replace(' ', "-");
            (!names.is_empty()).then(|| format!("[{heading}](#{anchor}): {}", names.join(", ")))
        })
        .collect();
    if let Some((_, list)) = path.split_once(' ').filter(|_| command.has_subcommands()) {
        text.push('\n');
        for subcommand in command
            .get_subcommands()
            .filter(|command| command.get_name() != "help")
        {
            let (name, about) = (subcommand.get_name(), styled(subcommand.get_about()));
            let _ = writeln!(text, "- [`{name}`](#score-rs-{list}-{name}): {about}");
        }
    } else {
        text.push_str("\nFlags of several commands:\n\n");
        for line in shared {
            let _ = writeln!(text, "- {}", wrap(&line, "  "));
        }
    }
    let end = command.get_after_long_help().or(command.get_after_help());
    if end.is_some() {
        let _ = write!(text, "\n```text\n{}\n```\n", styled(end));
    }
    text
}

/// A flag or positional argument: how it is written, what it does, and which values it takes.
fn entry(argument: &Arg) -> String {
    let values = argument.get_value_names().unwrap_or_default().join(" ");
    let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let value = match (takes_value, argument.get_long()) {
        (false, _) => String::new(),
        (true, None) => values,
        (true, Some(_)) => format!(" <{values}>"),
    };
    let short = argument.get_short().map(|short| format!("-{short}, "));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let (short, long) = (short.unwrap_or_default(), long.unwrap_or_default());
    let about = styled(argument.get_long_help().or(argument.get_help()));
    let mut paragraphs = about.split("\n\n");
    let mut text = wrap(
        &format!(
            "`{short}{long}{value}`: {}",
            paragraphs.next().unwrap_or_default()
        ),
        "  ",
    );
    text.insert_str(0, "- ");
    text.push('\n');
    for paragraph in paragraphs {
        let _ = writeln!(text, "\n  {}", wrap(paragraph, "  "));
    }
    let default = argument.get_default_values().first();
    if let Some(default) = default.filter(|_| takes_value) {
        let _ = writeln!(text, "\n  Default: `{}`", default.to_string_lossy());
    }
    let values = argument.get_possible_values();
    if takes_value && !values.is_empty() && !argument.is_hide_possible_values_set() {
        text.push('\n');
        for value in values {
            let line = match value.get_help() {
                Some(about) => format!("`{}`: {about}", value.get_name()),
                None => format!("`{}`", value.get_name()),
            };
            let _ = writeln!(text, "  - {}", wrap(&line, "    "));
        }
    }
    text
}

fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    command
        .get_arguments()
        .filter(|argument| argument.get_long().is_some() && !argument.is_hide_set())
}

/// Whether two commands or more have the flag, with the same help.
fn is_shared(flag: &Arg, commands: &[(String, &Command)]) -> bool {
    let has_flag = |command: &Command| flags(command).any(|other| is_same(other, flag));
    let leaves = commands
        .iter()
        .filter(|(_, command)| !command.has_subcommands());
    leaves.filter(|(_, command)| has_flag(command)).count() > 1
}

fn is_same(left: &Arg, right: &Arg) -> bool {
    // The texts of `--help` differ: with long help in one of the commands it names `-h`.
    let is_help = |flag: &Arg| matches!(flag.get_action(), ArgAction::Help);
    left.get_long() == right.get_long()
        && (is_help(left) && is_help(right)
            || styled(left.get_long_help().or(left.get_help()))
                == styled(right.get_long_help().or(right.get_help())))
}

fn heading_of(flag: &Arg) -> String {
    flag.get_help_heading().unwrap_or("Options").to_owned()
}

/// The headings of shared flags, in the order of the help.
fn headings(commands: &[(String, &Command)]) -> Vec<String> {
    let mut headings: Vec<String> = Vec::new();
    for flag in commands.iter().flat_map(|(_, command)| flags(command)) {
        let heading = heading_of(flag);
        if is_shared(flag, commands) && !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    headings
}

fn styled(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Wraps paragraphs; all lines but the first are indented.
fn wrap(text: &str, indent: &str) -> String {
    let options = textwrap::Options::new(WIDTH)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .subsequent_indent(indent)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    let paragraphs = text
        .split("\n\n")
        .map(|text| textwrap::fill(text, &options));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}
