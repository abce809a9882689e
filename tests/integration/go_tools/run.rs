//! Runs score-rs on a recorded case, in this process.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use compiler::check::Purpose;
use compiler::compile::{Request, generate, match_resources, provision_resources};
use compiler::emit::OutputText;
use compiler::identity::Identity;
use compiler::overlay::{Image, Overrides};
use compiler::patch::Patch;
use compiler::provision::State;
use compiler::support::document::Artifact;
use compiler::support::host::{Host, HostError};
use compiler::support::random::Key;
use compiler::targets::target::Options;
use diagnostics::report::{Report, Severity};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::value::Value;

use super::case::Inputs;
use super::ours::ResourceOutput;
use super::yaml;

/// The image of the recorded runs for containers without one.
pub const IMAGE: &str = "registry.example.com/app:1.0";

/// The mounts directory, the same as that of the binary.
pub const MOUNTS: &str = "./.score-rs/compose/mounts";

/// Source files and a seed. No recorded case needs programs or variables.
struct SourceFiles {
    directory: PathBuf,
    seed_used: AtomicBool,
}

impl SourceFiles {
    fn new(directory: PathBuf) -> SourceFiles {
        SourceFiles {
            directory,
            seed_used: AtomicBool::new(false),
        }
    }
}

impl Host for SourceFiles {
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        std::fs::read(self.directory.join(path))
            .map_err(|error| HostError::Failed(error.to_string()))
    }

    fn seed(&self) -> Result<Key, HostError> {
        self.seed_used.store(true, Ordering::Relaxed);
        Ok(Key::from_seed(b"recorded"))
    }

    fn used_seed(&self) -> Option<Key> {
        let used = self.seed_used.load(Ordering::Relaxed);
        used.then(|| Key::from_seed(b"recorded"))
    }
}

/// The inputs as sources.
struct Loaded {
    sources: Sources,
    score_files: Vec<SourceId>,
    overrides: Overrides,
    definitions: Vec<SourceId>,
    patches: Vec<SourceId>,
}

fn load(inputs: &Inputs) -> Loaded {
    let mut sources = Sources::default();
    let mut add = |files: &[(String, String)]| -> Vec<SourceId> {
        files
            .iter()
            .map(|(name, text)| sources.add(name.as_str(), text.as_str()))
            .collect()
    };
    let (score_files, definitions) = (add(&inputs.score_files), add(&inputs.definitions));
    let patches = add(&inputs.patches);
    let span = Span::new(sources.add("--image", IMAGE), 0, IMAGE.len());
    let image = Image {
        workload: None,
        container: None,
        image: Spanned::new(IMAGE.to_owned(), span),
    };
    let overrides = Overrides {
        images: vec![image],
        ..Overrides::default()
    };
    Loaded {
        sources,
        score_files,
        overrides,
        definitions,
        patches,
    }
}

fn identity(inputs: &Inputs) -> Identity {
    let environment = inputs.tool.target().name().to_owned();
    Identity {
        project: inputs.project.clone(),
        environment,
        ..Identity::default()
    }
}

fn errors(report: &Report) -> String {
    let errors = report
        .in_order()
        .into_iter()
        .filter(|diagnostic| diagnostic.severity() == Severity::Error);
    errors
        .map(|error| format!("{} [{}]", error.message(), error.name()))
        .collect::<Vec<_>>()
        .join("; ")
}

/// The whole output.
pub struct Compiled {
    pub documents: Vec<Value>,
    pub artifacts: Vec<Artifact>,
    /// The state for the next run.
    pub state: State,
}

/// The request for a case.
fn request<'a>(loaded: &Loaded, inputs: &'a Inputs, state: State) -> Request<'a> {
    Request {
        score_files: loaded.score_files.clone(),
        overrides: loaded.overrides.clone(),
        identity: identity(inputs),
        definitions: loaded.definitions.clone(),
        patches: loaded
            .patches
            .iter()
            .copied()
            .map(Patch::Template)
            .collect(),
        options: Options {
            mounts: "mounts".to_owned(),
            mounts_in_output: MOUNTS.to_owned(),
            http_probes: true,
            ..Options::default()
        },
        state,
        ..Request::new(inputs.tool.target())
    }
}

/// Compiles with a state, or returns the reported errors.
pub fn compiled(inputs: &Inputs, state: State) -> Result<Compiled, String> {
    let (mut loaded, mut report) = (load(inputs), Report::default());
    let request = request(&loaded, inputs, state);
    let output = generate(
        &mut loaded.sources,
        &SourceFiles::new(inputs.directory.clone()),
        &request,
        &mut report,
    );
    let output = output.map_err(|_| errors(&report))?;
    let OutputText::One(text) = &output.emitted else {
        panic!("more than one file")
    };
    Ok(Compiled {
        documents: yaml(text),
        artifacts: output.artifacts,
        state: output.state,
    })
}

/// Provisions the resources with a state, in order.
pub fn provisioned(inputs: &Inputs, state: &State) -> Result<Vec<ResourceOutput>, String> {
    let (mut loaded, mut report) = (load(inputs), Report::default());
    let request = request(&loaded, inputs, state.clone());
    let host = SourceFiles::new(inputs.directory.clone());
    let bound = match_resources(
        &mut loaded.sources,
        &request,
        Purpose::Generate,
        &mut report,
    );
    let provisioned = bound.and_then(|bound| {
        let (provisioned, _) =
            provision_resources(&mut loaded.sources, &host, &request, &bound, &mut report)?;
        let nodes = bound.graph.resources.iter().zip(provisioned);
        Ok(nodes
            .map(|(node, provisioned)| ResourceOutput {
                uid: node.uid.to_string(),
                provisioned,
            })
            .collect())
    });
    provisioned.map_err(|_| errors(&report))
}
