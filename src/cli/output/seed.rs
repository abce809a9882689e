//! What a run says about its seed, from which all passwords are derived.

use compiler::identity::Identity;
use compiler::support::host::{Host, SEED_VARIABLE};
use compiler::targets::target::Target;
use diagnostics::report::{Problem, Report};
use diagnostics::suggestions::list_names;

use crate::system::error::CliError;
use crate::system::os::{self, Os, Seed};
use crate::system::text_file;

rules! {
    /// There was no seed to derive passwords from, so this run created one and stores it for later
    /// runs.
    pub NEW_SEED: "new-seed", Warning;

    /// A CI job has no seed, but the data of a resource needs the same password in every job.
    pub MISSING_SEED: "missing-seed", Error;

    /// The seed can be guessed, and so can every password that is derived from it.
    pub WEAK_SEED: "weak-seed", Warning;

    /// A seed is set, but the project has no name: another project with the same seed and the same
    /// names has the same passwords.
    pub UNNAMED_PROJECT: "unnamed-project", Note;
}

/// How to make a seed, for help texts.
const MAKE_SEED: &str = "`openssl rand -hex 32` generates a seed";

/// Ends a run that has no seed and needs one: the seed cannot be read, or a new one cannot be
/// written by a run that writes (`writes`), so that the next run would generate other passwords.
pub(crate) fn require_seed(os: &Os, writes: bool) -> Result<(), CliError> {
    let help = "set a seed with SCORE_RS_SEED or --seed-file";
    if let Some((path, error)) = os.seed_error() {
        return Err(match text_file::unreadable(path, error) {
            CliError::Io(message) => CliError::Io(format!("{message}; {help}")),
            other => other,
        });
    }
    match os.generated_seed() {
        Some((path, _)) if writes && !os::can_create(&path) => {
            let message = format!(
                "a new seed is needed, but `{}` cannot be written",
                path.display()
            );
            Err(CliError::Io(format!(
                "{message}: {help}; nothing was written"
            )))
        }
        _ => Ok(()),
    }
}

/// Whether this run is a job of a CI system, whose files are gone after it.
pub(crate) fn is_ci(os: &Os) -> bool {
    os.variable("CI")
        .is_some_and(|value| !["", "0", "false"].contains(&value.as_str()))
}

/// Reports what is wrong with the seed for an environment whose values were derived from it.
pub(crate) fn check_seed(os: &Os, identity: &Identity, target: &dyn Target, report: &mut Report) {
    let Some(seed) = os.used_seed() else { return };
    if seed.is_weak() && target.info().is_shared {
        let message = format!("the seed in {} can be guessed", place(os, seed));
        let help = format!(
            "use 32 or more hexadecimal digits ({MAKE_SEED}); a new seed changes all passwords, \
             so see `score-rs explain weak-seed` first if the project is deployed"
        );
        report.push(Problem::new(&WEAK_SEED, message).help(help));
    }
    if seed.is_set_by_user() && identity.project.is_none() {
        let message =
            "the project has no name, so other projects with this seed can have the same passwords";
        let help = "set `project: NAME` in the environment, or `--project NAME`, before the first \
                    deployment; a later change renames objects and changes passwords";
        report.push(Problem::new(&UNNAMED_PROJECT, message).help(help));
    }
}

fn place(os: &Os, seed: &Seed) -> String {
    match seed.origin {
        os::SeedOrigin::Variable => SEED_VARIABLE.to_owned(),
        _ => format!("`{}`", os.seed_file().display()),
    }
}

/// Reports a seed that a job of a CI system has generated, although the passwords from it are
/// stored with the data of these resources: the next job would generate others.
pub(crate) fn refuse_new_seed(os: &Os, resources: &[String], report: &mut Report) {
    if os.generated_seed().is_none() || resources.is_empty() {
        return;
    }
    let names = list_names(resources.iter().map(String::as_str));
    let message =
        format!("there is no seed, but the data of {names} needs the same password in every job");
    let help = format!(
        "set SCORE_RS_SEED from the secrets of the CI system ({MAKE_SEED}), or pass `--new-seed`"
    );
    report.push(Problem::new(&MISSING_SEED, message).help(help));
}

/// Warns that this run has generated a seed. `had_state` says whether earlier runs stored state,
/// which then outlived their seed.
pub(crate) fn warn_about_new_seed(os: &Os, had_state: bool, report: &mut Report) {
    let Some((path, _)) = os.generated_seed() else {
        return;
    };
    let path = path.display();
    let problem = match had_state {
        true => Problem::new(
            &NEW_SEED,
            format!("`{path}` is missing, so passwords are derived from a new seed"),
        )
        .help(format!(
            "restore `{path}` from a backup or another clone, or set the seed with SCORE_RS_SEED; \
             passwords in the stored state do not change"
        )),
        false => Problem::new(
            &NEW_SEED,
            format!("passwords are derived from a new seed, stored in `{path}`"),
        )
        .help(
            "other machines generate different passwords; set the same SCORE_RS_SEED or \
             --seed-file to share them",
        ),
    };
    report.push(problem);
}
