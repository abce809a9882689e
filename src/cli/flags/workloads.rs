//! Flags that choose Score files and override parts of them.

use std::path::PathBuf;

use crate::project::inputs::{self, OverrideFlags};
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file;
use compiler::overlay::Overrides;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources};

/// Flags of every command that reads Score files.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Workloads")]
pub(crate) struct WorkloadFlags {
    /// Score files; without any, every `score.yaml` and `*.score.yaml` of the project; `-` reads
    /// standard input
    #[arg(value_name = "FILES", help_heading = None)]
    pub(crate) files: Vec<PathBuf>,
    /// With `-`: the file that standard input stands for, as an editor has it
    ///
    /// Messages name it, `files.source` is looked for beside it, and the file itself is not read.
    #[arg(long, value_name = "PATH")]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// An image: for every container that says `.`, or for those of a workload, or for one
    /// container whatever it says
    #[arg(short, long, value_name = "[WORKLOAD[.CONTAINER]=]IMAGE")]
    image: Vec<String>,
    /// Compose: build the image of a container, as in `main=./app`. May be repeated
    ///
    /// DIR is a directory with a Dockerfile or the URL of a repository; `{"context": "./app",
    /// "target": "dev"}` and the like are Compose's own `build`. Paths are those of the current
    /// directory. A container that says `.` needs no image then.
    #[arg(long, value_name = "[WORKLOAD.]CONTAINER=DIR|OBJECT")]
    build: Vec<String>,
    /// Merge a YAML file into a workload: mappings key by key, `null` deletes. May be repeated
    #[arg(long, value_name = "[WORKLOAD=]FILE")]
    overrides_file: Vec<String>,
    /// Set one value of a workload, as in `containers.main.image=nginx:1`; an empty value deletes.
    /// May be repeated
    ///
    /// A dot inside a key is written `\.`, the items of a list by number, `-1` appends. The value
    /// is YAML.
    #[arg(long, value_name = "[WORKLOAD:]PATH=VALUE")]
    override_property: Vec<String>,
}

impl WorkloadFlags {
    /// Reads the Score files that are named, or else those of the project.
    pub(crate) fn read(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Vec<SourceId>, CliError> {
        let files = inputs::score_files(&self.files)?;
        let Some(stdin_filename) = &self.stdin_filename else {
            return text_file::read_all(host, &files, sources, report);
        };
        if !files.iter().any(|file| file.as_os_str() == "-") {
            let help = "add `-` to the Score files, or leave out --stdin-filename";
            return Err(CliError::Usage(format!(
                "--stdin-filename is for standard input, which is not read: {help}"
            )));
        }
        // The text of the editor takes the place of the saved file.
        let other_files = files
            .iter()
            .filter(|file| !os::is_same_path(file, stdin_filename));
        other_files
            .filter_map(|file| {
                text_file::read_with_stdin_name(host, file, stdin_filename, sources, report)
                    .transpose()
            })
            .collect()
    }

    /// Whether flags override anything but images, so that a part of a file may not be looked at.
    pub(crate) fn has_overrides(&self) -> bool {
        !(self.overrides_file.is_empty() && self.override_property.is_empty())
    }

    /// Reads the overrides.
    pub(crate) fn overrides(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Overrides, CliError> {
        let flags = OverrideFlags {
            files: &self.overrides_file,
            properties: &self.override_property,
            images: &self.image,
            builds: &self.build,
        };
        inputs::overrides(host, &flags, sources, report)
    }
}
