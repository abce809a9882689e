use serde::Serialize;
use std::collections::BTreeMap;

use crate::cli::ExitCode;
use crate::cli::display::table::{Column, table};
use crate::cli::display::terminal::print_data;
use crate::cli::flags::headings::OUTPUT;
use crate::cli::flags::list_format::ListFormatFlag;
use crate::cli::flags::provisioning::ProvisioningFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::provisioning_run::{self, Provisioned};
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::check::Purpose;
use compiler::compile::{self, SecretEntry};
use diagnostics::redaction::MASK;

/// List the generated passwords of resources
///
/// Prints each password with the key and the name by which `secrets: external` finds it in the
/// store. The values are those that `generate` writes with `secrets: plain`: from the seed and from
/// the stored state. Programs of `cmd://` provisioners run, but what they return is not listed.
/// Only a new seed is written.
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
    let (provisioning, coverage) = (&arguments.provisioning, arguments.input.coverage());
    let entries = provisioning_run::run(provisioning, reporter, coverage, |os, session| {
        list(arguments, os, session)
    })?;
    let rows = rows(entries, arguments.show_secrets);
    match arguments.format.json(&rows) {
        Some(json) => print_data(&json)?,
        None if rows.is_empty() => reporter.status(["no resource has a generated password"]),
        None => print_data(&table_of(&rows))?,
    }
    Ok(ExitCode::Success)
}

/// The secrets. The state does not change.
fn list(
    arguments: &Arguments,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<Provisioned<Vec<SecretEntry>>, CliError> {
    let provisioning = &arguments.provisioning;
    let (request, state_file) =
        provisioning_run::request(&arguments.input, provisioning, os, session)?;
    let Session {
        sources,
        report,
        verbose,
        ..
    } = session;
    let request = verbose.follow(request);
    let matches = compile::match_resources(sources, &request, Purpose::Validate, report)?;
    let entries = compile::list_secrets(sources, os, &request, &matches, report)?;
    let resources: Vec<String> = entries.iter().map(|one| one.resource.clone()).collect();
    provisioning.check_seed(&request, &resources, os, report);
    Ok(Provisioned {
        value: entries,
        state_file,
        state: request.state,
    })
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
