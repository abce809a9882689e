//! The files beside an output, which services mount. Git ignores them, so that a clone has none: one
//! that is not there is no difference.

use std::path::PathBuf;

use super::secrets::Secrets;
use super::{ComparedFile, bytes_before, texts};
use crate::cli::output::writer::EnvironmentOutput;
use crate::system::error::CliError;
use crate::system::os::Os;
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

/// A file that is there and differs.
pub(super) struct Different {
    path: PathBuf,
    before: Vec<u8>,
    after: Vec<u8>,
    is_secret: bool,
}

/// The files beside all outputs.
#[derive(Default)]
pub(super) struct Mounted {
    pub(super) different: Vec<Different>,
    missing: Vec<String>,
}

impl Mounted {
    pub(super) fn compare(
        outputs: &[EnvironmentOutput],
        os: &Os,
        sources: &Sources,
        show_secrets: bool,
    ) -> Result<Mounted, CliError> {
        let secrets = sources.secrets().redactor();
        let mut mounted = Mounted::default();
        for artifact in outputs.iter().flat_map(|output| &output.output.artifacts) {
            let path = PathBuf::from(&artifact.path);
            let Some(after) = &artifact.content else {
                continue;
            };
            let Some(before) = bytes_before(&path, os)? else {
                mounted.missing.push(artifact.path.clone());
                continue;
            };
            let is_secret = secrets
                .as_ref()
                .is_some_and(|all| all.is_match(&String::from_utf8_lossy(after)));
            // Without the seed, nobody knows what a file with secrets should be.
            let is_known = !is_secret || os.generated_seed().is_none();
            if before != *after && is_known {
                mounted.different.push(Different {
                    path,
                    before,
                    after: after.clone(),
                    is_secret: is_secret && !show_secrets,
                });
            }
        }
        Ok(mounted)
    }

    pub(super) fn text(&self, secrets: &Secrets) -> String {
        self.different
            .iter()
            .map(|file| show(file, secrets))
            .collect()
    }

    pub(super) fn messages(&self) -> Vec<String> {
        let names = self
            .different
            .iter()
            .map(|file| file.path.display().to_string());
        let names: Vec<String> = names.collect();
        let lines = [
            (&names, "not up to date"),
            (&self.missing, "not there, as in a clone"),
        ];
        let lines = lines.into_iter().filter(|(names, _)| !names.is_empty());
        lines
            .map(|(names, state)| {
                let verb = if names.len() == 1 { "is" } else { "are" };
                let names = list_names(names.iter().map(String::as_str));
                format!("{names} {verb} {state}; `score-rs generate` writes mounted files")
            })
            .collect()
    }
}

fn show(file: &Different, secrets: &Secrets) -> String {
    let texts = (
        std::str::from_utf8(&file.before),
        std::str::from_utf8(&file.after),
    );
    let path = file.path.display();
    match texts {
        (Ok(before), Ok(after)) if !file.is_secret => {
            let file = ComparedFile {
                output: 0,
                path: file.path.clone(),
                before: Some(before.to_owned()),
                after: Some(after),
            };
            texts::show(&file, secrets)
        }
        (Ok(_), Ok(_)) => format!("{path}: a file with secrets differs\n"),
        _ => format!("{path}: a binary file differs\n"),
    }
}
