//! Resources that are provisioned at the same time come out as if they had been provisioned one after the other.

use std::path::Path;
use std::sync::Mutex;

use proptest::prelude::*;
use score_rs::back::compose::Compose;
use score_rs::back::emit::Emitted;
use score_rs::base::diagnostics::Report;
use score_rs::base::host::{Finished, Host, Program, Refusal};
use score_rs::base::random::Key;
use score_rs::base::text::Sources;
use score_rs::base::value::Value;
use score_rs::pipeline::{Request, generate};

use crate::sandbox::Sandbox;

/// Every resource adds itself to a list that all share, and gives the list as it was then; `plain` has no part in it and
/// gives its param.
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

/// A world whose one program does what the template does.
#[derive(Default)]
struct World {
    asked: Mutex<Vec<String>>,
}

impl Host for World {
    fn read(&self, _: &Path) -> Result<Vec<u8>, Refusal> {
        Err(Refusal::NotFound)
    }

    fn seed(&self) -> Result<Key, Refusal> {
        Ok(Key::from_seed(b"schedule"))
    }

    fn run(&self, program: &Program) -> Result<Finished, Refusal> {
        let question: serde_json::Value = serde_json::from_slice(&program.input).unwrap();
        let id = question["resource_id"].as_str().unwrap();
        self.asked.lock().unwrap().push(id.to_owned());
        let order = format!("{}/{id}", question["shared_state"]["order"].as_str().unwrap_or(""));
        let answer = serde_json::json!({ "resource_outputs": { "order": order }, "shared_state": { "order": order } });
        let output = answer.to_string().into_bytes();
        Ok(Finished { success: true, how: "exit status 0".to_owned(), output, errors: Vec::new() })
    }
}

/// Of each resource: its type, and the resource before it whose output is its param.
type Wish = (&'static str, Option<usize>);

fn score(wishes: &[Wish]) -> String {
    let mut variables = String::new();
    let mut resources = String::new();
    for (index, (kind, of)) in wishes.iter().enumerate() {
        variables.push_str(&format!("      R{index}: ${{resources.r{index}.order}}\n"));
        resources.push_str(&format!("  r{index}:\n    type: {kind}\n"));
        if let Some(of) = of {
            resources.push_str(&format!("    params:\n      of: ${{resources.r{of}.order}}\n"));
        }
    }
    format!(
        "apiVersion: score.dev/v1b1\nmetadata:\n  name: list\ncontainers:\n  main:\n    image: nginx:1\n    variables:\n\
         {variables}resources:\n{resources}"
    )
}

/// The output of each resource, what all share in the end, and who was asked how often.
fn compile(wishes: &[Wish]) -> (Vec<String>, String, Vec<String>) {
    let mut sources = Sources::default();
    let score_files = vec![sources.add("score.yaml", score(wishes))];
    let definitions = vec![sources.add("list.provisioners.yaml", DEFINITIONS)];
    let request = Request { score_files, definitions, ..Request::new(&Compose) };
    let (world, mut report) = (World::default(), Report::default());
    let output = generate(&mut sources, &world, &request, &mut report).unwrap_or_else(|_| panic!("{report:?}"));
    let Emitted::One(text) = &output.emitted else { panic!("one file was asked for") };
    let outputs = (0..wishes.len()).map(|index| {
        let line = text.lines().find(|line| line.trim_start().starts_with(&format!("R{index}: "))).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    });
    let shared = match output.state.shared.get("order") {
        Some(Value::String(order)) => order.clone(),
        _ => String::new(),
    };
    (outputs.collect(), shared, world.asked.into_inner().unwrap())
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let wish = (prop::sample::select(vec!["program", "template", "plain"]), any::<Option<prop::sample::Index>>());
    prop::collection::vec(wish, 1..60).prop_map(|wishes| {
        let before = |at: usize, of: Option<prop::sample::Index>| of.filter(|_| at > 0).map(|of| of.index(at));
        wishes.into_iter().enumerate().map(|(at, (kind, of))| (kind, before(at, of))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn what_all_resources_share_passes_from_one_to_the_next(wishes in wishes()) {
        let (outputs, shared, asked) = compile(&wishes);
        let sharers = wishes.iter().filter(|(kind, _)| *kind != "plain").count();
        prop_assert_eq!(shared.matches('/').count(), sharers, "each has added itself once: {}", shared);
        for ((kind, of), output) in wishes.iter().zip(&outputs) {
            match (*kind, of) {
                ("plain", None) => prop_assert_eq!(output, "nothing"),
                ("plain", Some(of)) => prop_assert_eq!(output, &outputs[*of]),
                // What a resource has seen is the list up to itself: nobody before it was missing, nobody after it there.
                (_, of) => {
                    prop_assert!(shared.starts_with(output.as_str()), "{} in {}", output, shared);
                    if let Some((_, of)) = of.map(|of| (wishes[of].0, &outputs[of])).filter(|(kind, _)| *kind != "plain") {
                        prop_assert!(output.starts_with(of.as_str()), "{} after {}", output, of);
                    }
                }
            }
        }
        for (index, (kind, _)) in wishes.iter().enumerate() {
            let times = asked.iter().filter(|id| **id == format!("list.r{index}")).count();
            prop_assert!(times <= 2 && (times > 0) == (*kind == "program"), "r{} was asked {} times", index, times);
        }
        prop_assert_eq!((outputs, shared), { let again = compile(&wishes); (again.0, again.1) });
    }
}

#[test]
fn programs_of_independent_resources_run_at_the_same_time() {
    // Each waits for a sign of the other, so one after the other neither would ever end.
    let script = "touch $1; for i in $(seq 1000); do [ -e $2 ] && echo '{}' && exit; sleep 0.01; done; exit 1";
    let definition = |kind: &str, other: &str| {
        format!("- uri: cmd://sh#{kind}\n  type: {kind}\n  args: [-c, \"{script}\", sh, {kind}, {other}]\n")
    };
    let score = "apiVersion: score.dev/v1b1\nmetadata:\n  name: two\ncontainers:\n  main:\n    image: nginx:1\n\
                 resources:\n  aa:\n    type: first\n  bb:\n    type: second\n";
    let definitions = format!("{}{}", definition("first", "second"), definition("second", "first"));
    let sandbox = Sandbox::with_files(&[("score.yaml", score), ("two.provisioners.yaml", &definitions)]);
    let arguments = ["generate", "--provisioners", "two.provisioners.yaml"];
    let child = sandbox.command(&arguments).env("PATH", std::env::var_os("PATH").unwrap()).spawn().unwrap();
    let result = crate::sandbox::wait_for_exit(child, &arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}
