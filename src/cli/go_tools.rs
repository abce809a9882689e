//! Tips for people who type the commands and flags of `score-compose` and `score-k8s`.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

/// Commands or flags that do not exist here, where they are typed, and what to use instead.
struct Tip {
    /// Paths of commands; an empty path is the root.
    commands: &'static [&'static str],
    words: &'static [&'static str],
    tip: &'static str,
}

const ROOT: &[&str] = &[""];
const INIT: &[&str] = &["init"];
const COMPILING: &[&str] = &["generate", "diff", "validate"];

const TIPS: [Tip; 14] = [
    Tip {
        commands: ROOT,
        words: &["run"],
        tip: "use `score-rs generate FILE`",
    },
    Tip {
        commands: ROOT,
        words: &["completion"],
        tip: "use `score-rs completions SHELL`",
    },
    Tip {
        commands: ROOT,
        words: &["--verbose", "-v", "--quiet", "-q"],
        tip: "write the flag after the command, as in `score-rs generate --verbose`",
    },
    Tip {
        commands: INIT,
        words: &["--file", "-f"],
        tip: "name the Score file in `score-rs generate FILE`, which needs no `init`",
    },
    Tip {
        commands: INIT,
        words: &["--project", "-p"],
        tip: "use `score-rs generate --project NAME`, or set it in environment.yaml",
    },
    Tip {
        commands: INIT,
        words: &["--no-sample"],
        tip: "leave `init` out: `score-rs generate` works without it",
    },
    Tip {
        commands: INIT,
        words: &["--provisioners"],
        tip: "use `score-rs generate --provisioners FILE`, or an environment.yaml",
    },
    Tip {
        commands: INIT,
        words: &["--patch-templates"],
        tip: "use `score-rs generate --patch FILE`, or `patches` in environment.yaml",
    },
    Tip {
        commands: &["init", "generate", "diff", "validate"],
        words: &["--no-default-provisioners"],
        tip: "list `provisioners` in environment.yaml, without `builtin`",
    },
    Tip {
        commands: COMPILING,
        words: &["--file", "-f"],
        tip: "name the Score file without a flag, as in `score-rs generate FILE`",
    },
    Tip {
        commands: COMPILING,
        words: &["--patch-templates"],
        tip: "use `score-rs generate --patch FILE`, or `patches` in environment.yaml",
    },
    Tip {
        commands: COMPILING,
        words: &["--overrides"],
        tip: "use `--overrides-file FILE`",
    },
    Tip {
        commands: COMPILING,
        words: &["--property"],
        tip: "use `--override-property PATH=VALUE`",
    },
    Tip {
        commands: COMPILING,
        words: &["--skip-validation"],
        tip: "fix the errors; `--allow NAME` hides a warning",
    },
];

/// Replaces the tip of a usage error when a word of the Go tools caused it.
pub(super) fn add_tip(error: &mut Error, root: &Command, arguments: &[OsString]) {
    let kind = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => return,
    };
    let Some(ContextValue::String(word)) = error.get(kind) else {
        return;
    };
    let path = command_path(root, arguments, word);
    let matches =
        |tip: &&Tip| tip.commands.contains(&path.as_str()) && tip.words.contains(&word.as_str());
    let Some(tip) = TIPS.iter().find(matches) else {
        return;
    };
    // Clap's own suggestion, and the usage that goes with it.
    for kind in [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::Usage,
    ] {
        error.remove(kind);
    }
    let tips = vec![StyledStr::from(tip.tip)];
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
}

/// The names of the commands that stand before the wrong word, such as `resources list`.
fn command_path(root: &Command, arguments: &[OsString], wrong: &str) -> String {
    let mut arguments = arguments
        .iter()
        .skip(1)
        .filter_map(|argument| argument.to_str());
    let (mut command, mut path) = (root, Vec::new());
    while let Some(argument) = arguments.next() {
        if ["-C", "--directory"].contains(&argument) {
            arguments.next();
        } else if let Some(subcommand) = command.find_subcommand(argument) {
            path.push(argument);
            command = subcommand;
        } else if argument.starts_with(wrong) || !argument.starts_with('-') {
            break;
        }
    }
    path.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help;

    #[test]
    fn tips_name_words_that_do_not_exist_here() {
        let root = help::command();
        for Tip {
            commands,
            words,
            tip,
        } in &TIPS
        {
            // `  tip: ` comes before it, on a terminal of 80 columns.
            assert!(tip.len() <= 73, "{tip}");
            for (path, word) in commands
                .iter()
                .flat_map(|path| words.iter().map(move |word| (path, word)))
            {
                let arguments = ["score-rs", path, word];
                let arguments = arguments
                    .into_iter()
                    .filter(|argument| !argument.is_empty());
                let error = root.clone().try_get_matches_from(arguments).unwrap_err();
                assert!(
                    [ErrorKind::UnknownArgument, ErrorKind::InvalidSubcommand]
                        .contains(&error.kind()),
                    "{path} {word}: {error}"
                );
            }
        }
    }
}
