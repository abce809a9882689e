//! A host that derives random values from a public key, so that none of them is a password.

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

/// A host with another seed.
pub(crate) struct StandIns<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) key: Key,
    pub(crate) answers: &'a Answers,
}

impl Host for StandIns<'_> {
    fn seed(&self) -> Result<Key, HostError> {
        Ok(self.key)
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
