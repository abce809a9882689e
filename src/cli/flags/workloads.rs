//! Flags that choose Score files and override parts of them.

use std::path::PathBuf;

use super::headings::WORKLOADS;
use crate::project::discovery;
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
pub(crate) struct WorkloadFlags {
    /// Score files; `-` is standard input; default: all of the project
    ///
    /// Without FILES, all files of the project with these names are used: `score.yaml`,
    /// `score.NAME.yaml`, `score-NAME.yaml` and `NAME.score.yaml`, also with `.yml`.
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    /// With `-`: path of the file whose unsaved text is read
    ///
    /// Messages name this file, and `files.source` is relative to it. The file itself is not read.
    #[arg(long, value_name = "PATH", help_heading = WORKLOADS)]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// Set the image of containers
    ///
    /// IMAGE is for all containers with `image: .`, WORKLOAD=IMAGE for those of one workload, and
    /// WORKLOAD.CONTAINER=IMAGE for one container with any image. May be repeated.
    #[arg(short, long, value_name = "[WORKLOAD[.CONTAINER]=]IMAGE", help_heading = WORKLOADS)]
    image: Vec<String>,
    /// Compose: build the image of a container, as in `main=./app`
    ///
    /// DIR is a directory with a Dockerfile, or the URL of a repository. OBJECT is a `build`
    /// section of Compose, as in `main={"context": "./app", "target": "dev"}`. Paths are relative
    /// to the current directory. A container with `image: .` then needs no image. WORKLOAD is
    /// required if there are several workloads. May be repeated.
    #[arg(long, value_name = "[WORKLOAD.]CONTAINER=DIR|OBJECT", help_heading = WORKLOADS)]
    build: Vec<String>,
    /// Merge a YAML file into a workload
    ///
    /// Mappings are merged key by key, and `null` deletes a key. WORKLOAD is required if there are
    /// several workloads. May be repeated.
    #[arg(long, value_name = "[WORKLOAD=]FILE", help_heading = WORKLOADS)]
    overrides_file: Vec<String>,
    /// Set a value in a workload, as in `containers.main.image=nginx:1`
    ///
    /// VALUE is the text as it is where a string is wanted, such as a variable or an image, and YAML
    /// elsewhere; a text in quotes is always a string. An empty one deletes the key. In PATH, `\.` is a dot in a key, a number is an
    /// index of a list, and `-1` appends. WORKLOAD is required if there are several workloads. May
    /// be repeated.
    #[arg(long, value_name = "[WORKLOAD:]PATH=VALUE", help_heading = WORKLOADS)]
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
        if self.files.is_empty() && self.stdin_filename.is_none() {
            return discovery::read(host, sources, report);
        }
        let files = inputs::named_files(&self.files);
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
