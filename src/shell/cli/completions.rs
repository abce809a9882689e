use clap::CommandFactory;
use clap_complete::Shell;

use super::FINE;
use super::screen::print;
use crate::shell::project::Stop;

/// Print a script that completes commands and flags in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  source <(score-rs completions bash)          in ~/.bashrc
  source <(score-rs completions zsh)           in ~/.zshrc, after compinit
  score-rs completions fish | source           in ~/.config/fish/config.fish")]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "score-rs", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(FINE)
}
