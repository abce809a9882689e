use serde::Serialize;
use std::collections::BTreeMap;

use crate::cli::ExitCode;
use crate::cli::display::table::{Column, table};
use crate::cli::display::terminal::print_data;
use crate::cli::flags::headings::OUTPUT;
use crate::cli::flags::list_format::ListFormatFlag;
use crate::cli::flags::provisioning::ProvisioningFlags;
use crate::cli::flags::reporting::{Channel, ReportingFlags};
use crate::cli::output::persisted::persisted_files;
use crate::cli::output::seed::{check_seed, refuse_new_seed, require_seed, warn_about_new_seed};
use crate::cli::output::symlinks::check_persisted_files;
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::transaction::write;
use compiler::check::Purpose;
use compiler::compile::{self, Request, SecretEntry};
use compiler::provision::State;
use diagnostics::redaction::MASK;

/// List the generated passwords of resources
///
/// Each has the key and the name that `secrets: external` looks it up by in the store. The values
/// are those that `generate` writes with `secrets: plain`: from the seed and from the stored state.
/// All resources are provisioned, which runs the programs of `cmd://` provisioners; what programs
/// return is not listed. Only a new seed is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs secrets list --env kubernetes
  score-rs secrets list --env kubernetes --show-secrets --format json")]
pub(super) struct Arguments {
    /// Print the passwords as they are
    #[arg(long, help_heading = OUTPUT)]
    show_secrets: bool,
    #[command(flatten)]
    format: ListFormatFlag,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    provisioning: ProvisioningFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

/// The secrets of a resource as a program reads them.
#[derive(Serialize)]
struct Row {
    resource: String,
    key: String,
    values: BTreeMap<String, String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let reporter = arguments.reporting.reporter();
    let os = arguments.provisioning.os(reporter)?;
    let mut session = Session::begin(reporter, Channel::Stderr, &os)?;
    let result = list(arguments, &os, &mut session);
    require_seed(&os, true)?;
    if let Ok((_, has_state)) = &result
        && session.report.result().is_ok()
    {
        warn_about_new_seed(&os, *has_state, &mut session.report);
    }
    session.apply_levels(arguments.input.coverage(), &os);
    let (entries, _) = session.print_report(result)?;
    let writes = persisted_files(&os, None, &State::default());
    check_persisted_files(&writes, &os)?;
    write(&writes, &[])?;
    let rows = rows(entries, arguments.show_secrets);
    match arguments.format.json(&rows) {
        Some(json) => print_data(&json)?,
        None if rows.is_empty() => reporter.status(["no resource has a generated password"]),
        None => print_data(&table_of(&rows))?,
    }
    Ok(ExitCode::Success)
}

/// The secrets, and whether earlier runs stored state.
fn list(
    arguments: &Arguments,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<(Vec<SecretEntry>, bool), CliError> {
    let Session {
        sources,
        report,
        verbose,
        ..
    } = session;
    let (flags, provisioning) = (&arguments.input, &arguments.provisioning);
    let environment = flags.environment.find(os, sources, report)?;
    let input = flags.read(os, sources, report)?;
    flags.log_ignored(verbose);
    let mut request = flags.request(&input, &environment, os, sources, report)?;
    request.command_timeout = provisioning.command_timeout();
    let state_file = provisioning.read_state(&mut request, os, sources, report)??;
    verbose.input(Some(flags.environment.chosen_by(os)), &request, sources);
    verbose.remotes(&input.remotes);
    let request: Request<'_> = verbose.follow(request);
    let matches = compile::match_resources(sources, &request, Purpose::Validate, report)?;
    let entries = compile::list_secrets(sources, os, &request, &matches, report)?;
    if os.used_seed().is_some() {
        check_seed(os, &request.identity, request.target, report);
        if provisioning.requires_seed(os) && request.target.info().is_shared {
            let resources: Vec<String> = entries.iter().map(|one| one.resource.clone()).collect();
            refuse_new_seed(os, &resources, report);
        }
    }
    Ok((
        entries,
        state_file.is_some_and(|state_file| state_file.exists()),
    ))
}

fn rows(entries: Vec<SecretEntry>, show_secrets: bool) -> Vec<Row> {
    let shown = |text: String| match show_secrets {
        true => text,
        false => MASK.to_owned(),
    };
    let row = |entry: SecretEntry| Row {
        resource: entry.resource,
        key: entry.key,
        values: entry
            .values
            .into_iter()
            .map(|(name, text)| (name, shown(text)))
            .collect(),
    };
    entries.into_iter().map(row).collect()
}

fn table_of(rows: &[Row]) -> String {
    let values = || {
        rows.iter().flat_map(|row| {
            let values = row.values.iter();
            values.map(move |(name, text)| (row, name, text))
        })
    };
    table(vec![
        Column::new("RESOURCE", values().map(|(row, ..)| row.resource.clone())),
        Column::new("KEY", values().map(|(row, ..)| row.key.clone())),
        Column::new("NAME", values().map(|(_, name, _)| name.clone())),
        Column::new("VALUE", values().map(|(.., text)| text.clone())),
    ])
}
