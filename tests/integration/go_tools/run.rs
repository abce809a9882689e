//! Runs score-rs on a recorded case, in this process.

use std::path::{Path, PathBuf};

use score_rs::back::emit::Emitted;
use score_rs::back::target::Options;
use score_rs::base::diagnostics::{Report, Severity};
use score_rs::base::document::Artifact;
use score_rs::base::host::{Host, Refusal};
use score_rs::base::random::Key;
use score_rs::base::text::{SourceId, Sources, Span, Spanned};
use score_rs::base::value::Value;
use score_rs::front::check::Purpose;
use score_rs::front::overlay::{Image, Overrides};
use score_rs::middle::identity::Identity;
use score_rs::middle::provision::State;
use score_rs::pipeline::{Request, bind_resources, generate, provision_bound};

use super::case::Inputs;
use super::ours::ResourceOutput;
use super::yaml;

/// The image of the recorded runs for containers without one.
pub const IMAGE: &str = "registry.example.com/app:1.0";

/// The mounts directory, the same as that of the binary.
pub const MOUNTS: &str = "./.score-rs/compose/mounts";

/// Source files and a seed. No recorded case needs programs or variables.
struct SourceFiles(PathBuf);

impl Host for SourceFiles {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal> {
        std::fs::read(self.0.join(path)).map_err(|error| Refusal::Failed(error.to_string()))
    }

    fn seed(&self) -> Result<Key, Refusal> {
        Ok(Key::from_seed(b"recorded"))
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
        files.iter().map(|(name, text)| sources.add(name.as_str(), text.as_str())).collect()
    };
    let (score_files, definitions) = (add(&inputs.score_files), add(&inputs.definitions));
    let patches = add(&inputs.patches);
    let span = Span::new(sources.add("--image", IMAGE), 0, IMAGE.len());
    let image = Image { workload: None, container: None, image: Spanned::new(IMAGE.to_owned(), span) };
    let overrides = Overrides { images: vec![image], ..Overrides::default() };
    Loaded { sources, score_files, overrides, definitions, patches }
}

fn identity(inputs: &Inputs) -> Identity {
    let environment = inputs.tool.target().name().to_owned();
    Identity { project: inputs.project.clone(), environment, ..Identity::default() }
}

fn errors(report: &Report) -> String {
    let errors = report.in_order().into_iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
    errors.map(|error| format!("{} [{}]", error.message(), error.name())).collect::<Vec<_>>().join("; ")
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
        patches: loaded.patches.clone(),
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
    let output = generate(&mut loaded.sources, &SourceFiles(inputs.directory.clone()), &request, &mut report);
    let output = output.map_err(|_| errors(&report))?;
    let Emitted::One(text) = &output.emitted else { panic!("more than one file") };
    Ok(Compiled { documents: yaml(text), artifacts: output.artifacts, state: output.state })
}

/// Provisions the resources with a state, in order.
pub fn provisioned(inputs: &Inputs, state: &State) -> Result<Vec<ResourceOutput>, String> {
    let (mut loaded, mut report) = (load(inputs), Report::default());
    let request = request(&loaded, inputs, state.clone());
    let host = SourceFiles(inputs.directory.clone());
    let bound = bind_resources(&mut loaded.sources, &request, Purpose::Generate, &mut report);
    let provisioned = bound.and_then(|bound| {
        let (provisioned, _) = provision_bound(&mut loaded.sources, &host, &request, &bound, &mut report)?;
        let nodes = bound.graph.resources.iter().zip(provisioned);
        Ok(nodes.map(|(node, provisioned)| ResourceOutput { uid: node.uid.to_string(), provisioned }).collect())
    });
    provisioned.map_err(|_| errors(&report))
}
