use std::io;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli::ExitCode;
use crate::cli::help;
use crate::system::error::CliError;
use crate::system::transaction::{FileWrite, write};

/// Write the man pages to a directory
///
/// There is one page for each command, such as `score-rs-generate.1`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs man ~/.local/share/man/man1")]
pub(crate) struct Arguments {
    /// Directory for the pages; it is created
    #[arg(value_name = "DIR")]
    pages: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let mut command = help::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add_pages(&command, &arguments.pages, &mut pages)?;
    write(&pages, &[])?;
    Ok(ExitCode::Success)
}

/// Adds the page of a command and those of its subcommands.
fn add_pages(
    command: &Command,
    directory: &Path,
    pages: &mut Vec<FileWrite>,
) -> Result<(), CliError> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let path = directory.join(format!("{name}.1"));
    let mut page = Vec::new();
    render(command, &mut page)
        .map_err(|error| CliError::Io(format!("cannot write `{}`: {error}", path.display())))?;
    pages.push(FileWrite {
        path,
        content: Some(page),
        mode: 0o644,
        durable: false,
    });
    command
        .get_subcommands()
        .try_for_each(|subcommand| add_pages(subcommand, directory, pages))
}

/// Writes a page with the sections that clap's help has. Examples and tables keep their lines.
fn render(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let version = concat!("score-rs ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(version);
    man.render_title(page)?;
    // No text is stretched to both margins or hyphenated.
    Roff::new()
        .control("ad", ["l"])
        .control("nh", [])
        .to_writer(page)?;
    man.render_name_section(page)?;
    let usage = command.clone().render_usage().to_string();
    render_lines(&usage.replace("Usage: ", "Synopsis:\n"), page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    let help = command.get_after_long_help().or(command.get_after_help());
    render_lines(&help.map(ToString::to_string).unwrap_or_default(), page)
}

/// Writes a text as it is, with a section for each line that is a heading.
fn render_lines(text: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    for line in text.lines() {
        match help::as_heading(line) {
            Some(name) => roff
                .control("SH", [&*name.to_uppercase()])
                .control("nf", []),
            None => roff.text([roman(line)]),
        };
    }
    roff.control("fi", []).to_writer(page)
}
