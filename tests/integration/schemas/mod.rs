//! The JSON Schemas in `spec/schemas/` accept the same documents as the readers.
//!
//! The documents are existing files, documents with every field and every single change, and random
//! documents with random changes. Each rule of a schema is removed in turn, to check that some
//! document violates it.

mod change;
mod documents;
mod of_environment;
mod project;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use boon::{Compiler, SchemaIndex, Schemas};
use compiler::decode;
use compiler::provision::library::{Library, Provenance};
use diagnostics::report::{Report, Severity};
use diagnostics::source::Sources;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use score_rs::cli::commands::provisioners::check_tests;
use score_rs::project::{check_environment, check_patches, check_prices};
use score_rs::report::lint_levels::Levels;
use score_rs::report::schemas::{SCHEMAS, editor_line, schema};
use serde_json::Value;

use crate::random::cases;
use crate::random::compile::json;
use crate::sandbox::Sandbox;
use change::{change, every_change};
use documents::{definitions, everything, whole, workloads};

/// Rules that the schemas do not express: the grammar of placeholders, whose error in an editor
/// would be a regular expression, and NUL characters; values of declarations; which keys of a patch go together;
/// the version of this program.
const NOT_IN_SCHEMA: [&str; 9] = [
    "invalid-declaration",
    "invalid-remote-source",
    "invalid-patch",
    "placeholder-syntax",
    "unknown-placeholder-root",
    "invalid-volume-source",
    "nul-character",
    "outside-project",
    "unsupported-version",
];

/// Rules that only the schema of the project file expresses: the names of rules are many.
const ONLY_IN_PROJECT: [&str; 2] = ["unknown-rule", "error-not-configurable"];

/// Rules about what the schemas reject and a run accepts with a warning.
const LAXER: [&str; 2] = ["empty-image", "empty-value"];

/// The kinds of files.
const KINDS: [&str; 7] = [
    "workload",
    "provisioners",
    "definition-tests",
    "environment",
    "patches",
    "project",
    "prices",
];

/// A compiled schema.
struct CompiledSchema(Schemas, SchemaIndex);

impl CompiledSchema {
    fn new(schema: Value) -> CompiledSchema {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler
            .add_resource("file:///schema.json", schema)
            .unwrap();
        let index = compiler
            .compile("file:///schema.json", &mut schemas)
            .unwrap_or_else(|why| panic!("{why:#}"));
        CompiledSchema(schemas, index)
    }

    fn of(kind: &str) -> CompiledSchema {
        CompiledSchema::new(text_of(kind))
    }

    /// Why the schema rejects a document.
    fn rejection(&self, document: &Value) -> Option<String> {
        self.0
            .validate(document, self.1)
            .err()
            .map(|why| why.to_string())
    }

    fn accepts(&self, document: &Value) -> bool {
        self.0.validate(document, self.1).is_ok()
    }

    /// The pointers in the schema where it rejects a document; none if it accepts it.
    fn pointers(&self, document: &Value) -> BTreeSet<String> {
        let (mut pointers, refusal) = (BTreeSet::new(), self.0.validate(document, self.1));
        let mut open: Vec<_> = refusal.as_ref().err().into_iter().collect();
        while let Some(error) = open.pop() {
            pointers.extend(
                error
                    .schema_url
                    .split_once('#')
                    .map(|(_, pointer)| pointer.to_owned()),
            );
            open.extend(&error.causes);
        }
        pointers
    }
}

fn text_of(kind: &str) -> Value {
    serde_json::from_str(schema(kind).unwrap().text).unwrap()
}

/// The names of the errors in a document, and of what its schema rejects.
fn errors(kind: &str, text: &str) -> BTreeSet<&'static str> {
    let mut sources = Sources::default();
    let source = sources.add("document", text);
    let mut report = Report::default();
    match kind {
        "environment" => check_environment(&sources, source, &mut report),
        "patches" => check_patches(&sources, source, &mut report),
        "prices" => check_prices(&sources, source, &mut report),
        "definition-tests" => check_tests(&sources, source, &mut report),
        "project" => Levels::default().read_text(&sources, source, &mut report),
        "workload" => {
            for document in yaml::parse(&sources, source, &mut report) {
                let _ = decode::decode(&sources, &document, &mut report);
            }
        }
        _ => Library::default().add(&sources, source, Provenance::Project, &mut report),
    }
    let all = report.in_order();
    all.iter()
        .filter(|one| one.severity() == Severity::Error || LAXER.contains(&one.name()))
        .map(|one| one.name())
        .collect()
}

/// The errors in a document, and the pointers in the schema where it is rejected. Panics if reader
/// and schema disagree.
fn check_agreement(
    compiled: &CompiledSchema,
    kind: &str,
    document: &Value,
) -> (BTreeSet<&'static str>, BTreeSet<String>) {
    let mut errors = errors(kind, &json(document, 0));
    let is_elsewhere = |name: &str| kind != "project" && ONLY_IN_PROJECT.contains(&name);
    errors.retain(|name| !NOT_IN_SCHEMA.contains(name) && !is_elsewhere(name));
    let pointers = compiled.pointers(document);
    assert_eq!(
        pointers.is_empty(),
        errors.is_empty(),
        "the reader reports {errors:?}, the schema {:?}, for {document:#}",
        compiled.rejection(document)
    );
    (errors, pointers)
}

#[test]
fn changed_documents_violate_every_rule_of_a_schema() {
    for kind in KINDS {
        let least = if ["project", "prices", "definition-tests"].contains(&kind) {
            20
        } else {
            1000
        };
        let compiled = CompiledSchema::of(kind);
        let mut rejected = Vec::new();
        let mut names = BTreeSet::new();
        let mut accepted = 0;
        let mut known = Value::Null;
        for document in everything(kind) {
            assert_eq!(compiled.rejection(&document), None, "{document:#}");
            for changed in every_change(kind, &document, &known, &|document| {
                compiled.accepts(document)
            }) {
                let (errors, pointers) = check_agreement(&compiled, kind, &changed);
                if errors.is_empty() {
                    accepted += 1;
                } else {
                    rejected.push((changed, pointers));
                    names.extend(errors);
                }
            }
            if known.is_null() {
                known = document;
            }
        }
        eprintln!(
            "{kind}: {accepted} accepted, {} refused, as {names:?}",
            rejected.len()
        );
        assert!(
            accepted > least && rejected.len() > least,
            "{kind}: {accepted} accepted, {} refused",
            rejected.len()
        );
        let unviolated: Vec<String> = without_each_rule(&text_of(kind))
            .into_iter()
            .filter(|(pointer, _, schema)| {
                // Only documents that are rejected here can be accepted without the rule.
                let candidates = rejected
                    .iter()
                    .filter(|(_, pointers)| pointers.contains(pointer))
                    .map(|(document, _)| document);
                let loosened = CompiledSchema::new(schema.clone());
                !candidates
                    .into_iter()
                    .any(|document| loosened.accepts(document))
            })
            .map(|(pointer, rule, _)| format!("{pointer}/{rule}"))
            .collect();
        assert!(
            unviolated.is_empty(),
            "{kind}: no document violates the rules {unviolated:#?}"
        );
    }
}

/// The keywords of a schema that reject something.
const RULES: [&str; 13] = [
    "type",
    "required",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "minProperties",
    "propertyNames",
    "not",
    "oneOf",
];

/// The schema without each of its rules in turn, with pointer and keyword of the rule.
fn without_each_rule(schema: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    let mut open = vec![String::new()];
    while let Some(pointer) = open.pop() {
        let Some(map) = schema.pointer(&pointer).and_then(Value::as_object) else {
            continue;
        };
        // The keys here are names, not keywords.
        let names = pointer.ends_with("/properties") || pointer.ends_with("/definitions");
        for (key, value) in map {
            let path = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
            let is_rule = RULES.contains(&key.as_str())
                || key == "additionalProperties" && value == false
                || key == "anyOf" && value[0].get("required").is_some();
            // These keywords imply the type.
            let implies = ["enum", "not", "oneOf"]
                .iter()
                .any(|word| map.contains_key(*word));
            let implied = key == "type" && (implies || in_names(&pointer))
                || pointer.ends_with("/not")
                || pointer.contains("/if/");
            // A name may be forbidden altogether.
            let is_rule = if names { value == false } else { is_rule };
            if is_rule && !implied {
                let mut without = schema.clone();
                without
                    .pointer_mut(&pointer)
                    .and_then(Value::as_object_mut)
                    .unwrap()
                    .remove(key);
                all.push((pointer.clone(), key.clone(), without));
            }
            open.push(path);
        }
    }
    all
}

/// Whether this is a schema for keys.
fn in_names(pointer: &str) -> bool {
    pointer.ends_with("/propertyNames") || pointer.ends_with("/annotationKey")
}

/// The default number of random documents.
const CASES: u32 = 12;

#[test]
fn schema_and_reader_agree_on_random_documents() {
    for (kind, documents) in [
        ("workload", workloads()),
        ("provisioners", definitions()),
        ("environment", whole("environment")),
        ("patches", whole("patches")),
        ("project", whole("project")),
    ] {
        let compiled = CompiledSchema::of(kind);
        let config = ProptestConfig {
            cases: cases(CASES),
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        // The same documents each time, so that the counts below hold.
        let mut runner =
            TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let count = Mutex::new([0_usize; 2]);
        let changes = prop::collection::vec(any::<[u32; 4]>(), 20);
        runner
            .run(&(documents, changes), |(documents, changes)| {
                for document in documents {
                    prop_assert_eq!(
                        check_agreement(&compiled, kind, &document).0,
                        BTreeSet::new()
                    );
                    for choices in &changes {
                        let rejected =
                            !check_agreement(&compiled, kind, &change(kind, &document, choices))
                                .0
                                .is_empty();
                        count.lock().unwrap()[usize::from(rejected)] += 1;
                    }
                }
                Ok(())
            })
            .unwrap_or_else(|why| panic!("{kind}: {why}"));
        let [accepted, rejected] = *count.lock().unwrap();
        eprintln!("{kind}: {accepted} accepted, {rejected} refused");
        assert!(
            cases(CASES) < CASES || accepted > 100 && rejected > 100,
            "{kind}: {accepted} accepted, {rejected} refused"
        );
    }
}

/// The YAML files of this kind in a directory.
fn files_of(kind: &str, directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        // The output of the Go tools is in these directories.
        if path.is_dir() && !["score-k8s", "score-compose"].contains(&name.as_str()) {
            files_of(kind, &path, found);
        } else if name.ends_with(".yaml") && kind_of(&name) == Some(kind) {
            found.push(path);
        }
    }
}

fn kind_of(name: &str) -> Option<&'static str> {
    let is_score = name.starts_with("score") || name.ends_with(".score.yaml");
    match name {
        "score-rs.yaml" => Some("project"),
        "environment.yaml" => Some("environment"),
        _ if name.contains("provisioners") => Some("provisioners"),
        _ => is_score.then_some("workload"),
    }
}

#[test]
fn schema_and_reader_agree_on_existing_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("../shared/corpus");
    for (kind, least) in [("workload", 30), ("provisioners", 30), ("environment", 4)] {
        let compiled = CompiledSchema::of(kind);
        let mut files = Vec::new();
        files_of(kind, &root.join("fixtures"), &mut files);
        files_of(kind, &root.join("src"), &mut files);
        files_of(kind, &root.join("crates"), &mut files);
        files_of(kind, &root.join("examples"), &mut files);
        if corpus.is_dir() {
            files_of(kind, &corpus, &mut files);
        }
        let (mut accepted, mut rejected) = (0, 0);
        for file in files {
            let Ok(text) = std::fs::read_to_string(&file) else {
                continue;
            };
            let mut sources = Sources::default();
            let source = sources.add("file", text.as_str());
            let documents = yaml::parse(&sources, source, &mut Report::default());
            for document in documents.iter().filter(|document| !document.is_null()) {
                let value = serde_json::to_value(document.to_value()).unwrap();
                match check_agreement(&compiled, kind, &value).0.is_empty() {
                    true => accepted += 1,
                    false => rejected += 1,
                }
            }
        }
        eprintln!("{kind}: {accepted} accepted, {rejected} refused");
        assert!(
            accepted > least,
            "{kind}: {accepted} accepted, {rejected} refused"
        );
    }
}

#[test]
fn every_schema_is_printed() {
    let sandbox = Sandbox::new();
    for one in SCHEMAS {
        let result = sandbox.run(&["schema", one.kind]);
        assert_eq!(
            (result.code, result.stdout.as_str(), result.stderr.as_str()),
            (Some(0), one.text, "")
        );
        let value = text_of(one.kind);
        if !KINDS.contains(&one.kind) {
            continue;
        }
        // YAML language servers support this draft best.
        assert_eq!(value["$schema"], "http://json-schema.org/draft-07/schema#");
        assert!(
            value["$comment"]
                .as_str()
                .unwrap()
                .starts_with("What this schema cannot say")
        );
        let mut without_description = Vec::new();
        find_undescribed(&value, &mut without_description);
        assert!(
            without_description.is_empty(),
            "{}: no description for {without_description:?}",
            one.kind
        );
    }
    let files: BTreeSet<_> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/schemas"))
            .unwrap()
            .collect::<Result<Vec<_>, _>>()
            .unwrap()
            .iter()
            .map(|file| file.file_name().into_string().unwrap())
            .collect();
    let listed: BTreeSet<_> = SCHEMAS
        .iter()
        .map(|one| format!("{}.schema.json", one.kind))
        .collect();
    assert_eq!(files, listed, "`SCHEMAS` lists what `spec/schemas` has");
    assert_eq!(sandbox.run(&["schema", "workloads"]).code, Some(2));
    assert_eq!(
        editor_line("score.schema.json"),
        "# yaml-language-server: $schema=score.schema.json\n"
    );
    let help = sandbox.run(&["schema", "--help"]).stdout;
    assert!(
        help.contains(editor_line("score.schema.json").trim_end()),
        "{help}"
    );
}

/// Finds the properties without a description or reference.
fn find_undescribed(schema: &Value, without_description: &mut Vec<String>) {
    for (key, value) in schema.as_object().into_iter().flatten() {
        if !["properties", "definitions"].contains(&key.as_str()) {
            if !["if", "then", "else"].contains(&key.as_str()) {
                find_undescribed(value, without_description);
            }
            continue;
        }
        for (name, property) in value.as_object().into_iter().flatten() {
            let is_described = ["description", "$ref"]
                .iter()
                .any(|word| property.get(word).is_some());
            without_description
                .extend((key == "properties" && !is_described).then(|| name.clone()));
            find_undescribed(property, without_description);
        }
    }
}
