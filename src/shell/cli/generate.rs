use std::path::{Path, PathBuf};

use super::input::{InputFlags, mounts};
use super::kept::{kept_directory, new_seed, warn_of_seed};
use super::provisioning::ProvisioningFlags;
use super::screen::{Channel, ScreenFlags, print};
use super::{FINE, WRONG_INPUT};
use crate::back::target::Target;
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::middle::plan::FileRules;
use crate::pipeline::{self, Output, Request};
use crate::shell::os::{self, Os};
use crate::shell::project::{self, Stop};
use crate::shell::write::{Item, write};

/// Compile Score files to a Compose file or to Kubernetes manifests
///
/// Everything is written when all of it is right, or nothing is. Exit status: 0 written, 1 the input has errors, 2 wrong
/// usage, 3 a file could not be read or written.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to write; `-` is standard output [default: compose.yaml or manifests.yaml]
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// A patch template, applied to the finished documents. May be repeated
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
    /// Let `files.source` read files outside the project
    #[arg(long)]
    allow_outside: bool,
    /// Compose: make no health checks from `httpGet` probes, which need a helper inside each such container
    #[arg(long)]
    no_http_probes: bool,
    /// Kubernetes: write the namespace itself too
    #[arg(long)]
    generate_namespace: bool,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    provisioning: ProvisioningFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    let os = arguments.provisioning.os()?;
    let target = arguments.input.environment.target(&os)?;
    let mut sources = Sources::default();
    let mut report = Report::default();
    let request = request(arguments, target, &os, &mut sources, &mut report)?;
    let output = pipeline::generate(&mut sources, &os, &request, &mut report);
    if output.is_ok() {
        warn_of_seed(&os, &mut report);
    }
    let failed = arguments.screen.judge(&mut report);
    arguments.screen.show(&sources, &report, Channel::Error);
    match output {
        Ok(output) if !failed => finish(arguments, &os, target, &output),
        _ => Ok(WRONG_INPUT),
    }
}

fn request<'a>(
    arguments: &Arguments,
    target: &'a dyn Target,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Request<'a>, Stop> {
    let mut request = arguments.input.request(target, os, sources, report)?;
    request.patches = project::read_all(os, &arguments.patch, sources, report)?;
    request.file_rules = FileRules { allow_outside: arguments.allow_outside };
    request.command_timeout = arguments.provisioning.command_timeout();
    let options = &mut request.options;
    options.generate_namespace = arguments.generate_namespace;
    options.http_probes = !arguments.no_http_probes;
    // Beside the output, so that the output and what it mounts belong together wherever they are.
    let directory = output_directory(&output_path(arguments, target)).join(mounts(target));
    options.mounts = directory.display().to_string();
    Ok(request)
}

fn output_path(arguments: &Arguments, target: &dyn Target) -> PathBuf {
    arguments.output.clone().unwrap_or_else(|| PathBuf::from(target.default_output()))
}

/// The directory of the output file, where the files that it mounts are kept; the current one for standard output.
fn output_directory(output: &Path) -> &Path {
    output.parent().unwrap_or(Path::new(""))
}

/// Writes what was made and says so.
fn finish(arguments: &Arguments, os: &Os, target: &dyn Target, output: &Output) -> Result<u8, Stop> {
    let path = output_path(arguments, target);
    let to_standard_output = path.as_os_str() == "-";
    let items = items(os, &path, to_standard_output, output);
    write(&items)?;
    if to_standard_output {
        print(&output.text)?;
    }
    if !arguments.screen.quiet() {
        for note in &output.notes {
            os::write_standard_error(&format!("{note}\n"));
        }
        if !to_standard_output {
            os::write_standard_error(&format!("wrote {}\n", path.display()));
        }
    }
    Ok(FINE)
}

/// Everything to write: what is kept first, the output itself last.
fn items(os: &Os, path: &Path, to_standard_output: bool, output: &Output) -> Vec<Item> {
    let mut items = new_seed(os);
    if !output.artifacts.is_empty() {
        items.extend(kept_directory(output_directory(path)));
    }
    items.extend(output.artifacts.iter().map(|artifact| Item {
        path: PathBuf::from(&artifact.path),
        content: artifact.content.clone(),
        mode: artifact.mode,
        lasting: false,
    }));
    if !to_standard_output {
        let mode = if os.drew() { 0o600 } else { 0o644 };
        let content = Some(output.text.clone().into_bytes());
        items.push(Item { path: path.to_path_buf(), content, mode, lasting: true });
    }
    items
}
