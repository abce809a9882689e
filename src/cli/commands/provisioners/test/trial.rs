//! Compiles the workload of a test: the stages of `generate`, with nothing from the machine.

use std::path::{Path, PathBuf};

use super::file::Case;
use crate::system::os::Os;
use compiler::check::Purpose;
use compiler::compile::{self, Request};
use compiler::emit::OutputText;
use compiler::identity::Identity;
use compiler::model::Uid;
use compiler::overlay::{Scope, Scoped};
use compiler::placeholder::resolve::Outputs;
use compiler::provision::ProvisionedResource;
use compiler::support::host::{Host, HostError, Program, ProgramResult};
use compiler::support::random::Key;
use compiler::targets::target::Target;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::value::Value;
use yaml::write::write_yaml;
use yaml::{Entries, Entry, Kind, Node, Style};

/// The seed of all tests, so that what they expect is the same everywhere.
const SEED: &[u8] = b"score-rs provisioners test";

/// The name of the environment of a test that names none.
const ENVIRONMENT: &str = "test";

/// What a definition gave, and what was reported.
pub(super) struct Trial {
    /// `None` after an error.
    pub(super) given: Option<Given>,
    pub(super) report: Report,
}

/// What a definition gave.
pub(super) struct Given {
    /// The outputs and sections by name.
    pub(super) parts: Vec<(&'static str, Node)>,
    /// What `generate` writes.
    pub(super) generated: Vec<Node>,
    pub(super) resource: ProvisionedResource,
    /// The place of the definition.
    pub(super) definition: Span,
}

impl Given {
    pub(super) fn part(&self, name: &str) -> Option<&Node> {
        let mut parts = self.parts.iter();
        parts.find(|(part, _)| *part == name).map(|(_, node)| node)
    }

    /// All parts as YAML, for a snapshot.
    pub(super) fn snapshot(&self) -> String {
        let parts = self.parts.iter();
        write_yaml(&Value::map_of(
            parts.map(|(name, node)| (*name, node.to_value())),
        ))
    }
}

/// Runs a test on a target, with the definitions of these files.
pub(super) fn run(
    case: &Case,
    target: &'static dyn Target,
    definitions: &[SourceId],
    os: &Os,
    sources: &mut Sources,
) -> Trial {
    let host = TestHost { os, case };
    let request = request(case, target, definitions, sources);
    let mut report = Report::default();
    let output = compile::generate(sources, &host, &request, &mut report);
    let given = output.ok().and_then(|output| {
        let (resource, definition) = provision(case, &request, &host, sources)?;
        let mut parts = vec![("outputs", outputs(case, &resource, sources)?)];
        let sections = resource.sections.iter();
        parts.extend(sections.map(|(name, tree)| (*name, (**tree).clone())));
        Some(Given {
            parts,
            generated: generated(case, output.emitted, sources),
            resource,
            definition,
        })
    });
    Trial { given, report }
}

/// The resource of the test, as stages 1 to 6 give it.
fn provision(
    case: &Case,
    request: &Request<'_>,
    host: &TestHost<'_>,
    sources: &mut Sources,
) -> Option<(ProvisionedResource, Span)> {
    // What they report, `generate` has reported.
    let report = &mut Report::default();
    let matches = compile::match_resources(sources, request, Purpose::Generate, report).ok()?;
    let resources = &matches.graph.resources;
    let uid = uid(case);
    let index = resources.iter().position(|node| node.uid == uid)?;
    let provisioned =
        compile::provision_resources(sources, host, request, &matches, report).ok()?;
    let definition = matches.places().into_iter().nth(index)?;
    Some((provisioned.0.into_iter().nth(index)?, definition))
}

/// The UID of the resource of the test; a workload may have others.
pub(super) fn uid(case: &Case) -> Uid {
    let (workload, name) = &case.names;
    let key = |key: &str| {
        let node = case.resource.get(key);
        node.and_then(Node::as_str).map(str::to_owned)
    };
    Uid {
        kind: case.kind.value.clone(),
        class: key("class").unwrap_or_else(|| "default".to_owned()),
        id: key("id").unwrap_or_else(|| format!("{workload}.{name}")),
    }
}

/// The outputs with the places in the rendered text.
fn outputs(case: &Case, resource: &ProvisionedResource, sources: &Sources) -> Option<Node> {
    if let Some(span) = resource.outputs_span
        && sources.get(span.source).is_generated()
    {
        let documents = yaml::parse(sources, span.source, &mut Report::default());
        return documents.into_iter().next();
    }
    let value = match &resource.outputs {
        Outputs::Values(values) => Value::Map(values.clone()),
        _ => Value::map(),
    };
    Some(Node::from_value(&value, case.resource.span))
}

/// The documents that `generate` would write.
fn generated(case: &Case, text: OutputText, sources: &mut Sources) -> Vec<Node> {
    let OutputText::One(text) = text else {
        return Vec::new();
    };
    let source = sources.add(format!("output of the test `{}`", case.name.value), text);
    yaml::parse(sources, source, &mut Report::default())
}

fn request(
    case: &Case,
    target: &'static dyn Target,
    definitions: &[SourceId],
    sources: &mut Sources,
) -> Request<'static> {
    let mut request = Request::new(target);
    let workload = format!(
        "apiVersion: score.dev/v1b1\nmetadata:\n  name: {}\ncontainers:\n  main:\n    image: example.com/app:1\n",
        case.names.0
    );
    let name = format!("workload of the test `{}`", case.name.value);
    request.score_files = vec![sources.add(name, workload)];
    request.overrides.merges = vec![Scoped {
        scope: Scope::Only,
        change: declaration(case),
        span: case.resource.span,
    }];
    request.identity = Identity {
        project: case.project.clone(),
        environment: case
            .environment
            .as_deref()
            .unwrap_or(ENVIRONMENT)
            .to_owned(),
        ..Identity::default()
    };
    request.definitions = definitions.to_vec();
    request.values = case.values.as_ref().map_or_else(Value::map, Node::to_value);
    request.written_values.clone_from(&case.values);
    let uid = uid(case).to_string();
    if let Some(Value::Map(pins)) = case.defaults.as_ref().map(Node::to_value) {
        request.pins.insert(uid.clone(), pins);
    }
    if let Some(state) = &case.state {
        request.state.resources.insert(uid, state.to_value());
    }
    let options = &mut request.options;
    options.namespace.clone_from(&case.namespace);
    options.http_probes = true;
    if let Some(values) = &case.values {
        // Stage 6 reports values that are wrong.
        target.read_values(values, options, &mut Report::default());
    }
    options.mounts = format!(".score-rs/{ENVIRONMENT}/mounts");
    options.mounts_in_output = format!("./{}", options.mounts);
    options.project_in_output = ".".to_owned();
    request
}

/// What the test adds to its workload. The nodes have their places in the test file, so that
/// problems are reported there.
fn declaration(case: &Case) -> Node {
    let (span, mut resource) = (case.resource.span, case.resource.clone());
    let entry = |value: Node| Entry { key: span, value };
    if let Some(entries) = resource.as_map_mut() {
        let is_own = |entry: &Entry| {
            let id = entry.value.as_str();
            id.is_some_and(|id| id.contains('.'))
        };
        if entries.get("id").is_some_and(is_own) {
            entries.shift_remove("id");
        }
    }
    let map = |key: &str, value: Node| {
        let entries = Entries::from_distinct([(key.to_owned(), entry(value))]);
        Node {
            span,
            kind: Kind::Map(entries),
        }
    };
    let mut declaration = map("resources", map(&case.names.1, resource));
    if let Some(workload) = &case.workload {
        declaration.merge(workload);
    }
    let name = Kind::String(case.names.0.clone(), Style::Plain);
    declaration.merge(&map("metadata", map("name", Node { span, kind: name })));
    declaration
}

/// The machine, without its seed and its environment variables.
struct TestHost<'a> {
    os: &'a Os,
    case: &'a Case,
}

impl Host for TestHost<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        self.os.read(path)
    }

    fn names_in(&self, directory: &Path) -> Vec<String> {
        self.os.names_in(directory)
    }

    fn real_path(&self, path: &Path) -> PathBuf {
        self.os.real_path(path)
    }

    fn is_private(&self, path: &Path) -> bool {
        self.os.is_private(path)
    }

    fn project_variable(&self, name: &str) -> Option<String> {
        let mut variables = self.case.variables.iter();
        variables
            .find(|(variable, _)| variable == name)
            .map(|(_, value)| value.clone())
    }

    fn seed(&self) -> Result<Key, HostError> {
        Ok(Key::from_seed(SEED))
    }

    fn refuses_programs(&self) -> Option<&'static str> {
        self.os.refuses_programs()
    }

    fn run(&self, program: &Program) -> Result<ProgramResult, HostError> {
        self.os.run(program)
    }

    fn program_path(&self, name: &str) -> PathBuf {
        self.os.program_path(name)
    }

    fn log(&self, text: &str) {
        self.os.log(text);
    }
}
