use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::ExitCode;
use crate::cli::display::terminal::print;
use crate::system::error::CliError;

/// Print a script that completes commands and flags in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  source <(score-rs completions bash)          in ~/.bashrc
  source <(score-rs completions zsh)           in ~/.zshrc, after compinit
  score-rs completions fish | source           in ~/.config/fish/config.fish")]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut crate::cli::Arguments::command(),
        "score-rs",
        &mut script,
    );
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Success)
}
