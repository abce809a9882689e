//! The recorded cases: inputs and outputs of the Go tools.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use compiler::targets::compose::Compose;
use compiler::targets::kubernetes::Kubernetes;
use compiler::targets::target::Target;
use diagnostics::value::Value;

use super::go_state::GoState;
use super::yaml;

/// A Go tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Kubernetes,
    Compose,
}

impl Tool {
    const ALL: [Tool; 2] = [Tool::Kubernetes, Tool::Compose];

    pub fn name(self) -> &'static str {
        match self {
            Tool::Kubernetes => "score-k8s",
            Tool::Compose => "score-compose",
        }
    }

    pub fn target(self) -> &'static dyn Target {
        match self {
            Tool::Kubernetes => &Kubernetes,
            Tool::Compose => &Compose,
        }
    }
}

/// The inputs of a run. Files are pairs of a name and a text.
pub struct Inputs {
    pub tool: Tool,
    /// The directory of source files.
    pub directory: PathBuf,
    pub score_files: Vec<(String, String)>,
    pub definitions: Vec<(String, String)>,
    pub patches: Vec<(String, String)>,
    pub project: Option<String>,
}

/// One run of a Go tool.
pub struct Case {
    pub name: String,
    pub tool: Tool,
    directory: PathBuf,
}

/// The directory of the recordings, if present.
pub fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    path.is_dir().then_some(path)
}

/// Every successful run, by name; `None` with a printed line if there are no recordings.
pub fn cases() -> Option<Vec<Case>> {
    let Some(corpus) = corpus() else {
        println!("skipped: there is no corpus beside the project");
        return None;
    };
    let mut cases = Vec::new();
    for name in names(&corpus) {
        for tool in Tool::ALL {
            let directory = corpus.join(&name);
            if directory.join(tool.name()).join("expected.yaml").exists() {
                cases.push(Case {
                    name: name.clone(),
                    tool,
                    directory,
                });
            }
        }
    }
    assert!(
        cases.len() > 90,
        "only {} recorded runs were found",
        cases.len()
    );
    Some(cases)
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

impl Case {
    /// The name of the run in messages.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.tool.name())
    }

    /// The inputs of the tool.
    pub fn inputs(&self) -> Inputs {
        Inputs {
            tool: self.tool,
            directory: self.directory.clone(),
            score_files: self.score_files(),
            definitions: self.definitions(),
            patches: self.patches(),
            project: self.state().project,
        }
    }

    fn tool_file(&self, name: &str) -> String {
        let path = self.directory.join(self.tool.name()).join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The Score files of the workloads that the tool accepted, by path.
    fn score_files(&self) -> Vec<(String, String)> {
        let text = |path: String| {
            let text = std::fs::read_to_string(self.directory.join(&path)).unwrap();
            (path, text)
        };
        self.state().score_files.into_iter().map(text).collect()
    }

    /// The input files with this ending, by name, which is the order in which the tool reads them.
    fn input_files(&self, ending: &str) -> Vec<(String, String)> {
        let names = names(&self.directory.join(self.tool.name()));
        names
            .into_iter()
            .filter(|name| name.ends_with(ending))
            .map(|name| (name.clone(), self.tool_file(&name)))
            .collect()
    }

    /// The definitions of the project, then the defaults of the tool, which are imported too.
    fn definitions(&self) -> Vec<(String, String)> {
        let mut definitions = self.input_files(".provisioners.yaml");
        let defaults = format!("../defaults/{}.provisioners.yaml", self.tool.name());
        let text = std::fs::read_to_string(self.directory.join(&defaults)).unwrap();
        definitions.push((defaults, text));
        definitions
    }

    /// The patch templates.
    pub fn patches(&self) -> Vec<(String, String)> {
        self.input_files(".tpl")
    }

    /// The state of the tool.
    pub fn state(&self) -> GoState {
        GoState::read(&self.state_text())
    }

    /// The state file of the tool.
    pub fn state_text(&self) -> String {
        self.tool_file("state.yaml")
    }

    /// All files of the project, by path, without those of the tools.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for name in names(&self.directory)
            .into_iter()
            .filter(|name| Tool::ALL.iter().all(|tool| tool.name() != name))
        {
            let mut find = |path: String| {
                if self.directory.join(&path).is_file() {
                    files.insert(
                        path.clone(),
                        std::fs::read(self.directory.join(&path)).unwrap(),
                    );
                }
            };
            find(name.clone());
            if self.directory.join(&name).is_dir() {
                names(&self.directory.join(&name))
                    .into_iter()
                    .for_each(|file| find(format!("{name}/{file}")));
            }
        }
        files
    }

    /// The output of the tool.
    pub fn expected(&self) -> Vec<Value> {
        yaml(&self.tool_file("expected.yaml"))
    }

    /// The mounted files of a Compose run, by path in the mounts directory.
    pub fn mounts(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        find_files(
            &self.directory.join(self.tool.name()).join("mounts"),
            "",
            &mut files,
        );
        files
    }
}

fn find_files(directory: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    if !directory.is_dir() {
        return;
    }
    for name in names(directory) {
        let path = directory.join(&name);
        match path.is_dir() {
            true => find_files(&path, &format!("{prefix}{name}/"), found),
            false => {
                found.insert(
                    format!("{prefix}{name}"),
                    std::fs::read_to_string(&path).unwrap(),
                );
            }
        }
    }
}
