//! State of an earlier run or of another tool.

use std::path::PathBuf;

use compiler::identity::PersistedNames;
use compiler::provision::State;
use diagnostics::value::Value;

use super::case::{Inputs, Tool};
use super::go_state::GoState;
use super::run::{Compiled, compiled};
use super::side::{list_at, objects, text_at};

const SCORE_FILE: &str = "
apiVersion: score.dev/v1b1
metadata: {name: store, annotations: {k8s.score.dev/kind: StatefulSet}}
containers:
  main:
    image: nginx
    volumes: {/data: {source: '${resources.disk}'}}
    variables: {TOKEN: '${resources.token.value}'}
resources:
  disk: {type: volume}
  token: {type: token, id: shared}
---
apiVersion: score.dev/v1b1
metadata: {name: admin}
containers: {main: {image: nginx}}
resources:
  token: {type: token, id: shared}
";

const DEFINITIONS: &str = r#"
- uri: template://kept/disk
  type: volume
  outputs: |
    claimSpec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
- uri: template://kept/token
  type: token
  init: |
    before: {{ dig "value" "nothing" .State | quote }}
  state: |
    value: {{ dig "value" "new" .State | quote }}
  shared: |
    seen: {{ add 1 (dig "seen" 0 .Shared) }}
  outputs: |
    value: {{ printf "%s after %s, %s of %s, seen %v" .State.value .Init.before .Guid .SourceWorkload .Shared.seen | quote }}
"#;

/// In the format of `score-k8s` 0.15.
const STATE: &str = r#"
workloads:
  store:
    spec:
      containers: {main: {volumes: {/data: {source: "${resources.disk}"}}}}
      resources: {disk: {type: volume}, token: {type: token, id: shared}}
    file: score.yaml
    instance_suffix: "-0123456789"
resources:
  volume.default#store.disk: {guid: one, source_workload: store, state: {}, outputs: {claimSpec: {}}}
  token.default#shared: {guid: two, source_workload: store, state: {value: old}, outputs: {}}
shared_state: {seen: 4}
"#;

fn run(state: State) -> Compiled {
    let file = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    let inputs = Inputs {
        tool: Tool::Kubernetes,
        directory: PathBuf::new(),
        score_files: file("score.yaml", SCORE_FILE),
        definitions: file("kept.provisioners.yaml", DEFINITIONS),
        patches: Vec::new(),
        project: None,
    };
    compiled(&inputs, state).unwrap_or_else(|error| panic!("{error}"))
}

/// The StatefulSet's token, the instance that it selects and its claim.
fn set(compiled: &Compiled) -> [String; 3] {
    let mut objects = objects(Tool::Kubernetes, &compiled.documents);
    let mut set = objects.remove("apps/v1 StatefulSet store").unwrap();
    let selected = text_at(
        &set,
        &[
            "spec",
            "selector",
            "matchLabels",
            "app.kubernetes.io/instance",
        ],
    );
    let claim = text_at(
        &list_at(&mut set, &["spec", "volumeClaimTemplates"]).unwrap()[0],
        &["metadata", "name"],
    );
    let pod = &mut list_at(&mut set, &["spec", "template", "spec", "containers"]).unwrap()[0];
    let mount = text_at(&list_at(pod, &["volumeMounts"]).unwrap()[0], &["name"]);
    assert_eq!(mount, claim);
    [
        text_at(&list_at(pod, &["env"]).unwrap()[0], &["value"]),
        selected,
        claim,
    ]
}

#[test]
fn imported_state_preserves_names_and_values() {
    let imported = GoState::read(STATE).state;
    let first = run(imported.clone());
    let expected = [
        "old after old, two of store, seen 5",
        "store-0123456789",
        "vol-bd47413b5c",
    ];
    assert_eq!(set(&first), expected);
    assert_eq!(first.state.names, imported.names);
    // The next run gets the names, values and counters of the state.
    let second = run(first.state);
    assert_eq!(
        set(&second),
        [
            "old after old, two of store, seen 6",
            expected[1],
            expected[2]
        ]
    );
    assert_eq!(second.state.shared.get("seen"), Some(&Value::Int(6)));
}

#[test]
fn names_and_values_without_state_are_derived() {
    let first = run(State::default());
    let [token, selected, claim] = set(&first);
    assert!(
        token.starts_with("new after nothing, ") && token.ends_with(" of admin, seen 1"),
        "{token}"
    );
    assert_eq!(selected, "store");
    assert!(
        claim.starts_with("vol-") && claim != "vol-bd47413b5c",
        "{claim}"
    );
    // The state contains only what the next run cannot derive.
    let names = first.state.names;
    assert_eq!(names, PersistedNames::default());
}
