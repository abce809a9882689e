//! `cost`: what the output reserves, and what that costs.

pub(super) mod amounts;
mod money;
mod pods;
mod render;
mod usage;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::ExitCode;
use crate::cli::compilation::{self, Compilation, CompileFlags, OutputFlags};
use crate::cli::display::terminal::print_data;
use crate::cli::flags::list_format::ListFormatFlag;
use crate::cli::output::writer::EnvironmentOutput;
use crate::project::prices::Prices;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::emit::Syntax;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use render::Bill;
use usage::Inventory;

/// Show what the output reserves, and what it costs
///
/// Adds up what the Kubernetes output reserves: CPU and memory that the pods request, volumes, and
/// load balancers. With an autoscaler, an amount is a range. Containers without a request are listed
/// as not counted. Compiles as `generate` with the same flags, and writes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs cost -e staging                      # amounts
  score-rs cost -e staging --prices prices.yaml --by team
  score-rs cost --all-environments --by environment --format json")]
pub(crate) struct Arguments {
    /// File with the prices
    ///
    /// YAML with `currency`, `cpuHour`, `memoryGiBHour`, `storageGiBMonth` and `loadBalancerMonth`.
    /// Without it, only amounts are shown.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// What a row is for
    #[arg(long, value_enum, default_value = "workload")]
    by: Grouping,
    #[command(flatten)]
    format: ListFormatFlag,
    #[command(flatten)]
    output_flags: OutputFlags,
    #[command(flatten)]
    compile: CompileFlags,
}

/// What the amounts of a row have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Grouping {
    /// Each workload, with the resources that it alone has
    Workload,
    /// The label `team` of objects
    Team,
    /// Each environment
    Environment,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let answer =
        |outputs: &[EnvironmentOutput], os: &Os, sources: &mut Sources, report: &mut Report| {
            answer(arguments, outputs, os, sources, report)
        };
    let compiled = Compilation {
        output: None,
        env_file: None,
        syntax: Syntax::Yaml,
        output_flags: &arguments.output_flags,
        flags: &arguments.compile,
        writes: false,
        registry: None,
        question: Some(compilation::Question {
            environment: None,
            answer: &answer,
        }),
    }
    .run()?;
    print_data(&compiled.answer)?;
    Ok(ExitCode::Success)
}

fn answer(
    arguments: &Arguments,
    outputs: &[EnvironmentOutput],
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<String, CliError> {
    let prices = match &arguments.prices {
        Some(path) => Some(Prices::read(path, os, sources, report)?),
        None => None,
    };
    let mut inventory = Inventory::default();
    let mut is_any = false;
    for output in outputs {
        let is_kubernetes = output.environment.target.info().is_shared;
        if let Some(reasons) = output.output.reasons.as_ref().filter(|_| is_kubernetes) {
            is_any = true;
            let documents = reasons.documents().iter().map(|document| &document.value);
            let documents: Vec<_> = documents.collect();
            let objects = reasons.objects(output.environment.target);
            inventory.add(&output.environment.name, &documents, &objects);
        }
    }
    if !is_any {
        return Err(CliError::Usage(
            "only Kubernetes has requests to add up: name such an environment with --env"
                .to_owned(),
        ));
    }
    let bill = Bill::new(inventory, arguments.by, prices.as_ref());
    let bill = bill.ok_or_else(|| CliError::Usage("the amounts are too large".to_owned()))?;
    Ok(match arguments.format.is_json() {
        true => bill.json(),
        false => bill.text(),
    })
}
