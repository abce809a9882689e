//! The command line of the one command that a run names. The descriptions of all commands take as
//! long to build as a small project to compile; they are built for help and for usage errors.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Args, Command, CommandFactory, Error, FromArgMatches};

use super::{Arguments, Root, commands};

type Describe = fn(Command) -> Command;

/// The commands, each with what adds its flags.
const COMMANDS: [(&str, Describe); 26] = [
    ("generate", commands::generate::Arguments::augment_args),
    ("diff", commands::diff::Arguments::augment_args),
    ("changes", commands::changes::Arguments::augment_args),
    ("push", commands::push::Arguments::augment_args),
    ("bundle", commands::bundle::Arguments::augment_args),
    ("argocd", commands::argocd::Arguments::augment_args),
    ("validate", commands::validate::Arguments::augment_args),
    ("why", commands::why::Arguments::augment_args),
    ("graph", commands::graph::Arguments::augment_args),
    ("cost", commands::cost::Arguments::augment_args),
    ("catalog", commands::catalog::Arguments::augment_args),
    ("resources", commands::resources::Arguments::augment_args),
    ("secrets", commands::secrets::Arguments::augment_args),
    (
        "provisioners",
        commands::provisioners::Arguments::augment_args,
    ),
    (
        "environments",
        commands::environments::Arguments::augment_args,
    ),
    ("docs", commands::docs::Arguments::augment_args),
    ("explain", commands::explain::Arguments::augment_args),
    ("schema", commands::schema::Arguments::augment_args),
    ("import", commands::import::Arguments::augment_args),
    ("lock", commands::lock::Arguments::augment_args),
    ("init", commands::init::Arguments::augment_args),
    ("lsp", commands::lsp::Arguments::augment_args),
    (
        "completions",
        commands::completions::Arguments::augment_args,
    ),
    ("man", commands::man::Arguments::augment_args),
    ("check-version", commands::version::Arguments::augment_args),
    ("version", |command| command),
];

/// The arguments, or the error that prints the version; `None` where help or a usage error is due.
pub(super) fn parse(arguments: &[OsString]) -> Option<Result<Arguments, Error>> {
    let root = Root::command();
    let mut command = match named(arguments) {
        Some(command) => root.subcommand(command),
        None => root,
    };
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|mut matches| Arguments::from_arg_matches_mut(&mut matches));
    let fits = |error: &Error| error.kind() == ErrorKind::DisplayVersion;
    parsed.as_ref().err().is_none_or(fits).then_some(parsed)
}

/// The command that is named first. Where the word is the value of a flag, the command that follows
/// is unknown, and a usage error is due.
fn named(arguments: &[OsString]) -> Option<Command> {
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    let (name, describe) =
        words.find_map(|word| COMMANDS.iter().find(|(name, _)| *name == word))?;
    Some(describe(Command::new(*name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_command_is_described_as_among_all_commands() {
        let all = Arguments::command();
        let names: Vec<&str> = all.get_subcommands().map(Command::get_name).collect();
        assert_eq!(names, COMMANDS.map(|(name, _)| name));
        for (name, _) in COMMANDS {
            let alone = named(&["score-rs".into(), name.into()]).unwrap();
            let among = all.find_subcommand(name).unwrap().clone();
            // Their place in the list, and what the list says of `version`.
            let [alone, among] = [alone, among].map(|command| command.display_order(0).about(""));
            assert_eq!(format!("{alone:?}"), format!("{among:?}"));
        }
    }

    #[test]
    fn directories_can_have_names_of_commands() {
        let line = |words: &[&str]| {
            let words = ["score-rs"].iter().chain(words);
            words.map(OsString::from).collect::<Vec<_>>()
        };
        let same = parse(&line(&["-C", "generate", "generate"]));
        assert!(matches!(same, Some(Ok(arguments)) if arguments.root.directory.is_some()));
        // The tree of all commands reads this line.
        assert!(parse(&line(&["-C", "generate", "validate"])).is_none());
        assert!(parse(&line(&["-C", "generate"])).is_none());
    }
}
