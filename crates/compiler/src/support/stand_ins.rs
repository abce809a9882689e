//! A host that runs each program once, and can derive random values from a public key, so that none
//! of them is a password.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::host::{Host, HostError, Program, ProgramResult};
use super::random::Key;

/// What identifies a run of a program: its path, its arguments and its input.
type Call = (PathBuf, Vec<String>, Vec<u8>);

/// The results of programs, so that each runs once however often its resource is provisioned.
#[derive(Default)]
pub(crate) struct Answers(Mutex<BTreeMap<Call, Result<ProgramResult, HostError>>>);

/// A host that is provisioned with more than once.
pub(crate) struct StandIns<'a> {
    pub(crate) host: &'a dyn Host,
    /// What random values are derived from instead of the seed.
    pub(crate) key: Option<Key>,
    pub(crate) answers: &'a Answers,
}

impl Host for StandIns<'_> {
    fn seed(&self) -> Result<Key, HostError> {
        self.key.map_or_else(|| self.host.seed(), Ok)
    }

    fn used_seed(&self) -> Option<Key> {
        self.host.used_seed()
    }

    fn refuses_programs(&self) -> Option<&'static str> {
        self.host.refuses_programs()
    }

    fn run(&self, program: &Program) -> Result<ProgramResult, HostError> {
        let answers = || {
            let answers = self.answers.0.lock();
            answers.unwrap_or_else(PoisonError::into_inner)
        };
        let call = (
            program.path.clone(),
            program.arguments.clone(),
            program.input.clone(),
        );
        if let Some(answer) = answers().get(&call) {
            return answer.clone();
        }
        let answer = self.host.run(program);
        answers().insert(call, answer.clone());
        answer
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        self.host.read(path)
    }

    fn read_named(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        self.host.read_named(path)
    }

    fn names_in(&self, directory: &Path) -> Vec<String> {
        self.host.names_in(directory)
    }

    fn real_path(&self, path: &Path) -> PathBuf {
        self.host.real_path(path)
    }

    fn is_private(&self, path: &Path) -> bool {
        self.host.is_private(path)
    }

    fn standard_input(&self) -> Result<Vec<u8>, HostError> {
        self.host.standard_input()
    }

    fn program_path(&self, name: &str) -> PathBuf {
        self.host.program_path(name)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.host.variable(name)
    }

    fn project_variable(&self, name: &str) -> Option<String> {
        self.host.project_variable(name)
    }

    fn log(&self, text: &str) {
        self.host.log(text);
    }
}
