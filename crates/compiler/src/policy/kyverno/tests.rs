//! What the documentation of Kyverno says of patterns, and what its engine does where that says
//! nothing. There is no package with the engine to compare with.

use super::pattern::{Outcome, compare};
use diagnostics::report::Report;
use diagnostics::source::Sources;
use yaml::Node;

const POD: &str = "
metadata:
  name: shop
  labels: {app: shop, corp.com/team: web}
spec:
  replicas: 2
  hostNetwork: false
  grace: 30s
  securityContext: {runAsNonRoot: true}
  containers:
  - {name: main, image: 'registry.corp/shop:1', resources: {limits: {memory: 512Mi, cpu: 500m}}}
  - {name: side, image: 'docker.io/side:latest'}
  volumes:
  - {name: data, emptyDir: {}}
  args: [[a, b], [c]]
  tags: [web-1, web-2]
";

fn node(text: &str) -> Node {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    let mut report = Report::default();
    let node = yaml::parse(&sources, id, &mut report).remove(0);
    assert!(report.result().is_ok(), "{text}");
    node
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Verdict {
    Fits,
    Fails,
    Skipped,
}
use Verdict::{Fails, Fits, Skipped};

fn verdict(pattern: &str) -> Verdict {
    let object = node(POD).to_value();
    match compare(&node(pattern), Some(&object), &[]) {
        Outcome::Skipped => Skipped,
        Outcome::Compared(mismatches) if mismatches.is_empty() => Fits,
        Outcome::Compared(_) => Fails,
    }
}

fn check(table: &[(&str, Verdict)]) {
    for (pattern, expected) in table {
        assert_eq!(verdict(pattern), *expected, "{pattern}");
    }
}

#[test]
fn operators() {
    check(&[
        ("spec: {replicas: 2}", Fits),
        ("spec: {replicas: '2'}", Fits),
        ("spec: {replicas: 2.0}", Fits),
        ("spec: {replicas: '>1'}", Fits),
        ("spec: {replicas: '> 2'}", Fails),
        ("spec: {replicas: '>=2 & <4'}", Fits),
        ("spec: {replicas: '1 | 2'}", Fits),
        ("spec: {replicas: '1 | 3'}", Fails),
        ("spec: {replicas: '!2'}", Fails),
        ("spec: {replicas: '!3'}", Fits),
        ("spec: {replicas: 1-10}", Fits),
        ("spec: {replicas: 3-10}", Fails),
        ("spec: {replicas: 3!-10}", Fits),
        ("spec: {replicas: 1!-10}", Fails),
        ("spec: {grace: '<1m'}", Fits),
        ("spec: {grace: '>=0.5m'}", Fits),
        ("spec: {grace: 10s-20s}", Fails),
        ("spec: {hostNetwork: false}", Fits),
        ("spec: {hostNetwork: 'false'}", Fits),
        ("spec: {hostNetwork: '!true'}", Fits),
        // A value that is missing is 0, but no text.
        ("spec: {none: '<5'}", Fits),
        ("spec: {none: '<5s'}", Fits),
        ("spec: {none: '0'}", Fits),
        ("spec: {none: '>0'}", Fails),
        ("spec: {none: '!a'}", Fails),
        ("spec: {none: '!5'}", Fits),
        ("spec: {none: 0}", Fails),
        ("spec: {none: false}", Fails),
        ("spec: {none: null}", Fits),
        ("spec: {replicas: null}", Fails),
        (
            "spec: {containers: [{=(resources): {limits: {memory: '<=1Gi', cpu: '<1'}}}]}",
            Fits,
        ),
        (
            "spec: {containers: [{=(resources): {limits: {memory: '0.5Gi'}}}]}",
            Fits,
        ),
        // It differs as a text, which is enough.
        (
            "spec: {containers: [{=(resources): {limits: {memory: '!0.5Gi'}}}]}",
            Fits,
        ),
        (
            "spec: {containers: [{=(resources): {limits: {memory: '!512Mi'}}}]}",
            Fails,
        ),
    ]);
}

#[test]
fn wildcards() {
    check(&[
        ("metadata: {name: 'sh*'}", Fits),
        ("metadata: {name: 'sh?p'}", Fits),
        ("metadata: {name: '?*'}", Fits),
        ("metadata: {name: '!sh*'}", Fails),
        ("metadata: {none: '*'}", Fails),
        ("metadata: {none: '?*'}", Fails),
        // Whatever it is.
        ("spec: {containers: '*'}", Fits),
        ("spec: {securityContext: '*'}", Fits),
        ("spec: {securityContext: '?*'}", Fails),
        ("metadata: {labels: {'*/team': web}}", Fits),
        ("metadata: {labels: {'*/team': other}}", Fails),
        ("metadata: {labels: {'other/*': '?*'}}", Fails),
        // Among labels and annotations only.
        ("spec: {'repl*': 2}", Fails),
    ]);
}

#[test]
fn lists() {
    check(&[
        ("spec: {containers: [{image: '*'}]}", Fits),
        ("spec: {containers: [{image: '!*:latest'}]}", Fails),
        ("spec: {containers: []}", Fails),
        ("spec: {none: [{a: b}]}", Fails),
        ("spec: {tags: ['web-*']}", Fits),
        ("spec: {tags: 'web-*'}", Fits),
        ("spec: {tags: ['web-1']}", Fails),
        ("spec: {args: [[a, b], [c]]}", Fails),
        ("spec: {args: [['?'], ['?']]}", Fits),
        ("spec: {args: [['?'], ['?'], ['?']]}", Fails),
        // Only the first of a list of patterns counts.
        ("spec: {containers: [{name: '*'}, {name: none}]}", Fits),
        // It is not the type that the pattern has.
        ("spec: {containers: {name: main}}", Fails),
        ("spec: {replicas: [2]}", Fails),
    ]);
}

#[test]
fn anchors_of_conditions() {
    check(&[
        ("spec: {(replicas): 2, hostNetwork: false}", Fits),
        ("spec: {(replicas): 2, hostNetwork: true}", Fails),
        ("spec: {(replicas): 3, hostNetwork: true}", Skipped),
        ("spec: {(none): '*', hostNetwork: true}", Skipped),
        // The condition is about items, and one is enough.
        (
            "spec: {containers: [{(image): 'registry.corp/*', resources: {limits: {memory: '?*'}}}]}",
            Fits,
        ),
        (
            "spec: {containers: [{(image): '*:latest', resources: {limits: {memory: '?*'}}}]}",
            Fails,
        ),
        (
            "spec: {containers: [{(image): 'quay.io/*', name: none}]}",
            Skipped,
        ),
        // A condition inside counts before the fields beside it.
        (
            "spec: {hostNetwork: true, volumes: [{(emptyDir): {a: b}}]}",
            Skipped,
        ),
        ("spec: {<(replicas): 2, hostNetwork: true}", Fails),
        ("spec: {<(replicas): 3, hostNetwork: true}", Skipped),
        ("spec: {<(none): 3, hostNetwork: true}", Fails),
        (
            "spec: {containers: [{<(image): 'registry.corp/*'}], hostNetwork: true}",
            Fails,
        ),
        (
            "spec: {containers: [{<(image): 'quay.io/*'}], hostNetwork: true}",
            Skipped,
        ),
    ]);
}

#[test]
fn other_anchors() {
    check(&[
        ("spec: {=(hostNetwork): false}", Fits),
        ("spec: {=(hostNetwork): true}", Fails),
        ("spec: {=(hostPID): false}", Fits),
        ("spec: {=(securityContext): {=(runAsNonRoot): true}}", Fits),
        ("spec: {=(securityContext): {=(runAsUser): '>0'}}", Fits),
        ("spec: {X(hostPath): 'null'}", Fits),
        ("spec: {X(hostNetwork): 'null'}", Fails),
        ("spec: {volumes: [{X(hostPath): 'null'}]}", Fits),
        ("spec: {volumes: [{X(emptyDir): 'null'}]}", Fails),
        (
            "spec: {=(volumes): [{=(hostPath): {path: '!/var/run'}}]}",
            Fits,
        ),
        ("spec: {^(containers): [{name: side}]}", Fits),
        ("spec: {^(containers): [{name: none}]}", Fails),
        ("spec: {^(containers): [{name: main}, {name: side}]}", Fits),
        ("spec: {^(containers): [{name: main}, {name: none}]}", Fails),
        ("spec: {^(initContainers): [{name: none}]}", Fits),
    ]);
}
