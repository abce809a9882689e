//! score-rs on a recorded case, in this process.

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
use super::ours::Given;
use super::yaml;

/// The image of the recorded runs where a Score file leaves it open.
pub const IMAGE: &str = "registry.example.com/app:1.0";

/// Where files are mounted from in these runs: the same directory that the binary uses.
pub const MOUNTS: &str = "./.score-rs/compose/mounts";

/// The files beside the Score files, and a seed. Nothing recorded needs a program or a variable.
struct Beside(PathBuf);

impl Host for Beside {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal> {
        std::fs::read(self.0.join(path)).map_err(|error| Refusal::Failed(error.to_string()))
    }

    fn seed(&self) -> Result<Key, Refusal> {
        Ok(Key::from_seed(b"recorded"))
    }
}

/// The inputs of a run as sources.
struct Read {
    sources: Sources,
    score_files: Vec<SourceId>,
    overrides: Overrides,
    definitions: Vec<SourceId>,
    patches: Vec<SourceId>,
}

fn read(inputs: &Inputs) -> Read {
    let mut sources = Sources::default();
    let mut add = |files: &[(String, String)]| -> Vec<SourceId> {
        files.iter().map(|(name, text)| sources.add(name.as_str(), text.as_str())).collect()
    };
    let (score_files, definitions) = (add(&inputs.score_files), add(&inputs.definitions));
    let patches = add(&inputs.patches);
    let span = Span::new(sources.add("--image", IMAGE), 0, IMAGE.len());
    let image = Image { workload: None, container: None, image: Spanned::new(IMAGE.to_owned(), span) };
    let overrides = Overrides { images: vec![image], ..Overrides::default() };
    Read { sources, score_files, overrides, definitions, patches }
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
    /// What the next run should be given.
    pub state: State,
}

/// What is asked of score-rs for a case.
fn request<'a>(read: &Read, inputs: &'a Inputs, state: State) -> Request<'a> {
    Request {
        score_files: read.score_files.clone(),
        overrides: read.overrides.clone(),
        identity: identity(inputs),
        definitions: read.definitions.clone(),
        patches: read.patches.clone(),
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

/// Compiles with what an earlier run kept; the error is what was reported.
pub fn compiled(inputs: &Inputs, state: State) -> Result<Compiled, String> {
    let (mut read, mut report) = (read(inputs), Report::default());
    let request = request(&read, inputs, state);
    let output = generate(&mut read.sources, &Beside(inputs.directory.clone()), &request, &mut report);
    let output = output.map_err(|_| errors(&report))?;
    let Emitted::One(text) = &output.emitted else { panic!("one file was asked for") };
    Ok(Compiled { documents: yaml(text), artifacts: output.artifacts, state: output.state })
}

/// Provisions the resources with what an earlier run kept, in order.
pub fn provisioned(inputs: &Inputs, state: &State) -> Result<Vec<Given>, String> {
    let (mut read, mut report) = (read(inputs), Report::default());
    let request = request(&read, inputs, state.clone());
    let host = Beside(inputs.directory.clone());
    let bound = bind_resources(&mut read.sources, &request, Purpose::Generate, &mut report);
    let provisioned = bound.and_then(|bound| {
        let (provisioned, _) = provision_bound(&mut read.sources, &host, &request, &bound, &mut report)?;
        let nodes = bound.graph.resources.iter().zip(provisioned);
        Ok(nodes.map(|(node, provisioned)| Given { uid: node.uid.to_string(), provisioned }).collect())
    });
    provisioned.map_err(|_| errors(&report))
}
