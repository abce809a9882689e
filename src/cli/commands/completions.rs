use clap_complete::Shell;

use crate::cli::ExitCode;
use crate::cli::display::terminal::print;
use crate::cli::help;
use crate::system::error::CliError;

/// Print a shell completion script
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  source <(score-rs completions bash)   # in ~/.bashrc
  source <(score-rs completions zsh)    # in ~/.zshrc, after compinit
  score-rs completions fish | source    # in ~/.config/fish/config.fish")]
pub(crate) struct Arguments {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut help::command(),
        "score-rs",
        &mut script,
    );
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Success)
}
