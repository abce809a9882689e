//! score-rs on a recorded case, in this process.

use std::path::{Path, PathBuf};

use score_rs::back::emit::Emitted;
use score_rs::base::diagnostics::{Report, Reported, Severity};
use score_rs::base::document::Artifact;
use score_rs::base::host::{Finished, Host, Program, Refusal};
use score_rs::base::random::Key;
use score_rs::base::text::{SourceId, Sources, Span, Spanned};
use score_rs::base::value::Value;
use score_rs::front::check::Purpose;
use score_rs::front::overlay::Image;
use score_rs::middle::provision::State;
use score_rs::pipeline::{Request, bind_resources, generate, provision_bound};

use super::case::Inputs;
use super::given::Given;
use super::yaml;

/// The image of the recorded runs where a Score file leaves it open.
const IMAGE: &str = "registry.example.com/app:1.0";

/// Where files are mounted from in these runs: the same directory that the binary uses.
pub const MOUNTS: &str = "./.score-rs/compose/mounts";

/// The files beside the Score files, and a seed. Nothing recorded needs a program or a variable.
struct Beside(PathBuf);

impl Host for Beside {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal> {
        std::fs::read(self.0.join(path)).map_err(|error| Refusal::Failed(error.to_string()))
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn seed(&self) -> Result<Key, Refusal> {
        Ok(Key::from_seed(b"recorded"))
    }

    fn run(&self, _: &Program) -> Result<Finished, Refusal> {
        Err(Refusal::NotFound)
    }

    fn say(&self, _: &str) {}
}

/// What a run is asked to do, and the sources that it reads.
fn request(inputs: &Inputs, state: State) -> (Request<'static>, Sources) {
    let mut sources = Sources::default();
    let mut request = Request::new(inputs.tool.target());
    let mut add = |files: &[(String, String)]| -> Vec<SourceId> {
        files.iter().map(|(name, text)| sources.add(name.as_str(), text.as_str())).collect()
    };
    request.score_files = add(&inputs.score_files);
    request.definitions = add(&inputs.definitions);
    request.patches = add(&inputs.patches);
    request.identity.project = inputs.project.clone();
    request.options.mounts = "mounts".to_owned();
    request.options.mounts_in_output = MOUNTS.to_owned();
    request.options.http_probes = true;
    request.state = state;
    let span = Span::new(sources.add("--image", IMAGE), 0, IMAGE.len());
    let image = Spanned::new(IMAGE.to_owned(), span);
    request.overrides.images.push(Image { workload: None, container: None, image });
    (request, sources)
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

/// Compiles with what an earlier run kept; the error is what was reported.
pub fn compiled(inputs: &Inputs, state: State) -> Result<Compiled, String> {
    let (request, mut sources) = request(inputs, state);
    let mut report = Report::default();
    let output = generate(&mut sources, &Beside(inputs.directory.clone()), &request, &mut report);
    let output = output.map_err(|_| errors(&report))?;
    let Emitted::One(text) = output.emitted else { panic!("one file was asked for") };
    Ok(Compiled { documents: yaml(&text), artifacts: output.artifacts, state: output.state })
}

/// Provisions the resources with what an earlier run kept, in order.
pub fn provisioned(inputs: &Inputs, state: &State) -> Result<Vec<Given>, String> {
    let mut report = Report::default();
    provision_all(inputs, state, &mut report).map_err(|_| errors(&report))
}

fn provision_all(inputs: &Inputs, state: &State, report: &mut Report) -> Result<Vec<Given>, Reported> {
    let (request, mut sources) = request(inputs, state.clone());
    let host = Beside(inputs.directory.clone());
    let bound = bind_resources(&mut sources, &request, Purpose::Generate, report)?;
    let (provisioned, _) = provision_bound(&mut sources, &host, &request, &bound, report)?;
    let uids = bound.graph.resources.iter().map(|node| node.uid.to_string());
    Ok(uids.zip(provisioned).map(|(uid, provisioned)| Given { uid, provisioned }).collect())
}
