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

use super::case::Case;
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

/// What a case is compiled from.
struct Inputs {
    sources: Sources,
    score_files: Vec<SourceId>,
    overrides: Overrides,
    definitions: Vec<SourceId>,
    patches: Vec<SourceId>,
}

fn inputs(case: &Case) -> Inputs {
    let mut sources = Sources::default();
    let mut add = |files: Vec<(String, String)>| -> Vec<SourceId> {
        files.into_iter().map(|(name, text)| sources.add(name, text)).collect()
    };
    let (score_files, definitions, patches) = (add(case.score_files()), add(case.definitions()), add(case.patches()));
    let span = Span::new(sources.add("--image", IMAGE), 0, IMAGE.len());
    let image = Image { workload: None, container: None, image: Spanned::new(IMAGE.to_owned(), span) };
    let overrides = Overrides { images: vec![image], ..Overrides::default() };
    Inputs { sources, score_files, overrides, definitions, patches }
}

fn errors(report: &Report) -> String {
    let errors = report.in_order().into_iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
    errors.map(|error| format!("{} [{}]", error.message(), error.name())).collect::<Vec<_>>().join("; ")
}

/// The whole output.
pub struct Compiled {
    pub documents: Vec<Value>,
    pub artifacts: Vec<Artifact>,
}

/// Compiles a case with what an earlier run kept; the error is what was reported.
pub fn compiled(case: &Case, state: State) -> Result<Compiled, String> {
    let (mut inputs, recorded, target) = (inputs(case), case.state(), case.tool.target());
    let request = Request {
        score_files: inputs.score_files,
        overrides: inputs.overrides,
        target,
        identity: Identity { project: recorded.project, environment: target.name().to_owned(), ..Identity::default() },
        values: Value::map(),
        definitions: inputs.definitions,
        patches: inputs.patches,
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
    let output = generate(&mut inputs.sources, &Beside(case.directory().to_owned()), &request, &mut report);
    let output = output.map_err(|_| errors(&report))?;
    Ok(Compiled { documents: yaml(&output.text), artifacts: output.artifacts })
}

/// Provisions the resources of a case with what its tool kept, in order.
pub fn provisioned(case: &Case) -> Result<Vec<Given>, String> {
    let mut inputs = inputs(case);
    let mut report = Report::default();
    let provisioned = provision_all(case, &mut inputs, &mut report);
    provisioned.ok_or_else(|| errors(&report))
}

fn provision_all(case: &Case, inputs: &mut Inputs, report: &mut Report) -> Option<Vec<Given>> {
    let graph = graph(inputs, report)?;
    let (recorded, target) = (case.state(), case.tool.target());
    let identity = Identity { project: recorded.project, environment: target.name().to_owned(), ..Identity::default() };
    let identity = identity.keeping(&recorded.state.names);
    let library =
        Library::assemble(&mut inputs.sources, &inputs.definitions, target.builtins(), &|_| true, report).ok()?;
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
    let host = Beside(case.directory().to_owned());
    let state: &State = &recorded.state;
    let sources = &mut inputs.sources;
    let given = provision(sources, &host, &library, &wanted, &settings, &graph, &bindings, state, report);
    let nodes = graph.resources.iter().zip(given.ok()?.0);
    Some(nodes.map(|(node, provisioned)| Given { uid: node.uid.to_string(), provisioned }).collect())
}

fn graph(inputs: &Inputs, report: &mut Report) -> Option<Graph> {
    let documents = documents(&inputs.sources, &inputs.score_files, report);
    let documents = overlay(documents, &inputs.overrides, report);
    let workloads: Vec<_> = documents.iter().map(|document| decode(&inputs.sources, document, report)).collect();
    let checked: Result<Vec<_>, _> =
        workloads.into_iter().map(|workload| check(Purpose::Generate, workload?, report)).collect();
    link(checked.ok()?, report).ok()
}
