//! Secrets that others can read: in an output that git tracks, or in a file with the wrong
//! permissions.

use std::path::PathBuf;

use compiler::emit::OutputText;
use compiler::targets::target::SecretsSetting;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

use super::destination::Destination;
use super::writer::EnvironmentOutput;
use crate::system::os::{self, Os, SeedOrigin};

rules! {
    /// An output that git tracks or that is pushed contains generated passwords or other secrets.
    pub SECRET_IN_OUTPUT: "secret-in-output", Warning;

    /// Other users of the machine can read the seed or the stored state.
    pub READABLE_SECRET: "readable-secret", Warning;
}

/// Reports secrets of an output that others can read.
pub(crate) fn check(output: &EnvironmentOutput, os: &Os, sources: &Sources, report: &mut Report) {
    match &output.destination {
        Destination::Registry(url) => check_artifact(url, output, sources, report),
        _ => check_tracked_files(output, sources, report),
    }
    let seed = os
        .used_seed()
        .filter(|seed| seed.origin == SeedOrigin::Stored)
        .map(|_| os.seed_file());
    let state = output
        .state_file
        .as_ref()
        .map(|state_file| state_file.path());
    for path in seed
        .into_iter()
        .chain(state)
        .filter(|path| os::is_readable_by_others(path))
    {
        let path = path.display();
        let message = format!("other users of this machine can read `{path}`");
        let help = format!("run `chmod 600 {path}`");
        report.push(Problem::new(&READABLE_SECRET, message).help(help));
    }
}

/// The files of an output that have a secret.
fn files_with_secret(output: &EnvironmentOutput, sources: &Sources) -> Vec<PathBuf> {
    let Some(secrets) = sources.secrets().known() else {
        return Vec::new();
    };
    match (&output.destination, &output.output.emitted) {
        (Destination::File(path), OutputText::One(text)) if secrets.is_match(text) => {
            vec![path.clone()]
        }
        (Destination::Directory { path, .. }, OutputText::Directory { files, .. }) => files
            .iter()
            .filter(|file| secrets.is_match(&file.text))
            .map(|file| path.join(&file.name))
            .collect(),
        _ => Vec::new(),
    }
}

/// Everyone who can pull an artifact can read its passwords, and registries keep old artifacts.
fn check_artifact(url: &str, output: &EnvironmentOutput, sources: &Sources, report: &mut Report) {
    let secrets = sources.secrets().known();
    let has_secret = match (&output.output.emitted, &secrets) {
        (OutputText::One(text), Some(secrets)) => secrets.is_match(text),
        _ => false,
    };
    if has_secret {
        let message = format!("the artifact `{url}` contains generated passwords");
        let help = "keep them in a store with `secrets: external`; or pass `--warn \
                    secret-in-output` if only who may read them can pull it";
        report.push(Problem::new(&SECRET_IN_OUTPUT, message).help(help));
    }
}

fn check_tracked_files(output: &EnvironmentOutput, sources: &Sources, report: &mut Report) {
    // To search the output takes longer than to look for a repository.
    if !os::is_in_repository() {
        return;
    }
    let tracked = tracked_files(files_with_secret(output, sources));
    if tracked.is_empty() {
        return;
    }
    let names: Vec<String> = tracked
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let names = list_names(names.iter().map(String::as_str));
    let subject = match tracked.as_slice() {
        [_] => "which git tracks, contains",
        _ => "which git tracks, contain",
    };
    let message = format!("{names}, {subject} generated passwords");
    let settings = output.environment.target.info().secrets;
    let help = match settings.contains(&SecretsSetting::File) {
        true => {
            "set `secrets: file` in the environment, which writes them to files that git ignores, \
             or remove the output from git"
        }
        false => {
            "remove the output from git, or only the files `secret-*.yaml` of an output directory; \
             or set `secrets: none`, and use definitions that refer to existing Secrets"
        }
    };
    report.push(Problem::new(&SECRET_IN_OUTPUT, message).help(help));
}

/// Those of the files that git tracks; none without git.
pub(super) fn tracked_files(files: Vec<PathBuf>) -> Vec<PathBuf> {
    if files.is_empty() {
        return Vec::new();
    }
    let tracked = os::tracked_by_git(&files);
    let is_tracked = |path: &PathBuf| tracked.iter().any(|other| os::is_same_path(path, other));
    files.into_iter().filter(is_tracked).collect()
}
