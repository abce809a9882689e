//! score-rs on a recorded case, in this process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use score_rs::back::target::Options;
use score_rs::base::diagnostics::{Report, Severity};
use score_rs::base::document::Artifact;
use score_rs::base::host::{Finished, Host, Program, Refusal};
use score_rs::base::random::Key;
use score_rs::base::text::{SourceId, Sources, Span, Spanned};
use score_rs::base::value::Value;
use score_rs::front::check::Purpose;
use score_rs::front::overlay::{Image, Overrides};
use score_rs::front::{check, decode, documents, overlay};
use score_rs::middle::identity::Identity;
use score_rs::middle::link::{Graph, link};
use score_rs::middle::plan::FileRules;
use score_rs::middle::provision::{Library, Settings, State, Wanted, bind, provision};
use score_rs::pipeline::{Request, generate};

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

/// Compiles with what an earlier run kept; the error is what was reported.
pub fn compiled(inputs: &Inputs, state: State) -> Result<Compiled, String> {
    let mut read = read(inputs);
    let request = Request {
        score_files: read.score_files,
        overrides: read.overrides,
        target: inputs.tool.target(),
        identity: identity(inputs),
        values: Value::map(),
        definitions: read.definitions,
        patches: read.patches,
        options: Options {
            mounts: "mounts".to_owned(),
            mounts_in_output: MOUNTS.to_owned(),
            http_probes: true,
            ..Options::default()
        },
        file_rules: FileRules { allow_outside: false },
        command_timeout: Duration::from_secs(60),
        state,
        watch: &|_| {},
    };
    let mut report = Report::default();
    let output = generate(&mut read.sources, &Beside(inputs.directory.clone()), &request, &mut report);
    let output = output.map_err(|_| errors(&report))?;
    Ok(Compiled { documents: yaml(&output.text), artifacts: output.artifacts, state: output.state })
}

/// Provisions the resources with what an earlier run kept, in order.
pub fn provisioned(inputs: &Inputs, state: &State) -> Result<Vec<Given>, String> {
    let mut report = Report::default();
    let provisioned = provision_all(inputs, state, &mut report);
    provisioned.ok_or_else(|| errors(&report))
}

fn provision_all(inputs: &Inputs, state: &State, report: &mut Report) -> Option<Vec<Given>> {
    let (mut read, target) = (read(inputs), inputs.tool.target());
    let mut graph = graph(&read, report)?;
    graph.keep_sources(&state.names.source_workloads);
    let identity = identity(inputs).keeping(&state.names);
    let sources = &mut read.sources;
    let library = Library::assemble(sources, &read.definitions, target.builtins(), &|_| true, report).ok()?;
    let bindings = bind(&library, &graph, report).ok()?;
    let wanted = Wanted {
        target: target.name(),
        sections: target.sections(),
        defers_variables: target.defers_variables(),
        service_name: &|workload, ports| target.service_name(workload, ports),
    };
    let settings = Settings {
        identity: &identity,
        namespace: "",
        mounts_directory: MOUNTS,
        values: &Value::map(),
        command_timeout: Duration::from_secs(60),
    };
    let host = Beside(inputs.directory.clone());
    let given = provision(sources, &host, &library, &wanted, &settings, &graph, &bindings, state, report);
    let nodes = graph.resources.iter().zip(given.ok()?.0);
    Some(nodes.map(|(node, provisioned)| Given { uid: node.uid.to_string(), provisioned }).collect())
}

fn graph(read: &Read, report: &mut Report) -> Option<Graph> {
    let documents = documents(&read.sources, &read.score_files, report);
    let documents = overlay(documents, &read.overrides, report);
    let workloads: Vec<_> = documents.iter().map(|document| decode(&read.sources, document, report)).collect();
    let checked: Result<Vec<_>, _> =
        workloads.into_iter().map(|workload| check(Purpose::Generate, workload?, report)).collect();
    link(checked.ok()?, report).ok()
}
