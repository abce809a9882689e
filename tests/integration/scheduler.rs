//! Resources that are provisioned concurrently have the same outputs as if provisioned one after
//! the other.

use std::path::Path;
use std::sync::Mutex;

use compiler::compile::{Request, generate};
use compiler::emit::OutputText;
use compiler::support::host::{Host, HostError, Program, ProgramResult};
use compiler::support::random::Key;
use compiler::targets::compose::Compose;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;
use proptest::prelude::*;

use crate::random::cases;
use crate::sandbox::Sandbox;

/// Every resource appends itself to a shared list and outputs the list; `plain` only outputs its
/// param.
const DEFINITIONS: &str = r#"
- uri: cmd://program
  type: program
- uri: template://template
  type: template
  shared: 'order: {{ dig "order" "" .Shared }}/{{ .Id }}'
  outputs: 'order: {{ .Shared.order }}'
- uri: template://plain
  type: plain
  outputs: 'order: {{ dig "of" "nothing" .Params }}'
"#;

/// A host whose program does the same as the template.
#[derive(Default)]
struct FakeHost {
    runs: Mutex<Vec<String>>,
}

impl Host for FakeHost {
    fn read(&self, _: &Path) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotFound)
    }

    fn seed(&self) -> Result<Key, HostError> {
        Ok(Key::from_seed(b"schedule"))
    }

    fn run(&self, program: &Program) -> Result<ProgramResult, HostError> {
        let question: serde_json::Value = serde_json::from_slice(&program.input).unwrap();
        let id = question["resource_id"].as_str().unwrap();
        self.runs.lock().unwrap().push(id.to_owned());
        let order = format!(
            "{}/{id}",
            question["shared_state"]["order"].as_str().unwrap_or("")
        );
        let answer = serde_json::json!({ "resource_outputs": { "order": order }, "shared_state": { "order": order } });
        let output = answer.to_string().into_bytes();
        Ok(ProgramResult {
            success: true,
            status: "exit status 0".to_owned(),
            output,
            errors: Vec::new(),
        })
    }
}

/// The type of a resource, and the earlier resource whose output is its param.
type Resource = (&'static str, Option<usize>);

fn score(resources: &[Resource]) -> String {
    let mut variables = String::new();
    let mut declarations = String::new();
    for (index, (kind, dependency)) in resources.iter().enumerate() {
        variables.push_str(&format!("      R{index}: ${{resources.r{index}.order}}\n"));
        declarations.push_str(&format!("  r{index}:\n    type: {kind}\n"));
        if let Some(dependency) = dependency {
            declarations.push_str(&format!(
                "    params:\n      of: ${{resources.r{dependency}.order}}\n"
            ));
        }
    }
    format!(
        "apiVersion: score.dev/v1b1\nmetadata:\n  name: list\ncontainers:\n  main:\n    image: nginx:1\n    variables:\n\
         {variables}resources:\n{declarations}"
    )
}

/// The output of each resource, the final shared list, and the program runs.
fn compile(resources: &[Resource]) -> (Vec<String>, String, Vec<String>) {
    let mut sources = Sources::default();
    let score_files = vec![sources.add("score.yaml", score(resources))];
    let definitions = vec![sources.add("list.provisioners.yaml", DEFINITIONS)];
    let request = Request {
        score_files,
        definitions,
        ..Request::new(&Compose)
    };
    let (host, mut report) = (FakeHost::default(), Report::default());
    let output = generate(&mut sources, &host, &request, &mut report)
        .unwrap_or_else(|_| panic!("{report:?}"));
    let OutputText::One(text) = &output.emitted else {
        panic!("more than one file")
    };
    let outputs = (0..resources.len()).map(|index| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("R{index}: ")))
            .unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    });
    let shared = match output.state.shared.get("order") {
        Some(Value::String(order)) => order.clone(),
        _ => String::new(),
    };
    (outputs.collect(), shared, host.runs.into_inner().unwrap())
}

fn resources() -> impl Strategy<Value = Vec<Resource>> {
    let resource = (
        prop::sample::select(vec!["program", "template", "plain"]),
        any::<Option<prop::sample::Index>>(),
    );
    prop::collection::vec(resource, 1..60).prop_map(|resources| {
        let before = |at: usize, dependency: Option<prop::sample::Index>| {
            dependency
                .filter(|_| at > 0)
                .map(|dependency| dependency.index(at))
        };
        resources
            .into_iter()
            .enumerate()
            .map(|(at, (kind, dependency))| (kind, before(at, dependency)))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(60), ..ProptestConfig::default() })]

    #[test]
    fn shared_state_is_passed_on_in_order(resources in resources()) {
        let (outputs, shared, runs) = compile(&resources);
        let sharers = resources.iter().filter(|(kind, _)| *kind != "plain").count();
        prop_assert_eq!(shared.matches('/').count(), sharers, "each is in the list once: {}", shared);
        for ((kind, dependency), output) in resources.iter().zip(&outputs) {
            match (*kind, dependency) {
                ("plain", None) => prop_assert_eq!(output, "nothing"),
                ("plain", Some(dependency)) => prop_assert_eq!(output, &outputs[*dependency]),
                // A resource outputs the list up to itself.
                (_, dependency) => {
                    prop_assert!(shared.starts_with(output.as_str()), "{} in {}", output, shared);
                    if let Some((_, dependency)) = dependency.map(|dependency| (resources[dependency].0, &outputs[dependency])).filter(|(kind, _)| *kind != "plain") {
                        prop_assert!(output.starts_with(dependency.as_str()), "{} after {}", output, dependency);
                    }
                }
            }
        }
        for (index, (kind, _)) in resources.iter().enumerate() {
            let times = runs.iter().filter(|id| **id == format!("list.r{index}")).count();
            prop_assert!(times <= 2 && (times > 0) == (*kind == "program"), "the program of r{} ran {} times", index, times);
        }
        prop_assert_eq!((outputs, shared), { let again = compile(&resources); (again.0, again.1) });
    }
}

#[test]
fn programs_of_independent_resources_run_concurrently() {
    // Each waits for the other, so sequential runs would fail.
    let script = "touch $1; for i in $(seq 1000); do [ -e $2 ] && echo '{}' && exit; sleep 0.01; done; exit 1";
    let definition = |kind: &str, other: &str| {
        format!(
            "- uri: cmd://sh#{kind}\n  type: {kind}\n  args: [-c, \"{script}\", sh, {kind}, {other}]\n"
        )
    };
    let score = "apiVersion: score.dev/v1b1\nmetadata:\n  name: two\ncontainers:\n  main:\n    image: nginx:1\n\
                 resources:\n  aa:\n    type: first\n  bb:\n    type: second\n";
    let definitions = format!(
        "{}{}",
        definition("first", "second"),
        definition("second", "first")
    );
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", score),
        ("two.provisioners.yaml", &definitions),
    ]);
    let arguments = ["generate", "--provisioners", "two.provisioners.yaml"];
    let child = sandbox
        .command(&arguments)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .spawn()
        .unwrap();
    let result = crate::sandbox::wait_for_exit(child, &arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}
