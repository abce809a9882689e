//! The JSON Schemas of `spec/schemas/` and the readers of this program accept the same documents.
//!
//! Documents are every public file that is at hand, a document with every field changed in every way at every place, and
//! random ones changed at random. In turn every rule of a schema is taken out, to see that some document misses it.

mod change;
mod documents;
mod project;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use boon::{Compiler, SchemaIndex, Schemas};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use score_rs::base::diagnostics::{Report, Severity};
use score_rs::base::text::Sources;
use score_rs::base::yaml;
use score_rs::front::decode;
use score_rs::middle::provision::library::{Library, Provenance};
use score_rs::shell::check_environment;
use score_rs::shell::levels::Levels;
use score_rs::shell::schemas::{SCHEMAS, editor_line, schema};
use serde_json::Value;

use crate::random::compile::json;
use crate::sandbox::Sandbox;
use change::{change, every_change};
use documents::{definitions, everything, whole, workloads};

/// What no schema says, by the names of its diagnostics: the grammar of placeholders, which depends on the field and which an
/// editor could only answer with a regular expression, and a character that nobody types.
const UNSAID: [&str; 5] =
    ["placeholder-syntax", "unknown-placeholder-root", "volume-source", "nul-character", "outside-project"];

/// The kinds of files that people write.
const WRITTEN: [&str; 4] = ["workload", "provisioners", "environment", "project"];

/// A compiled schema.
struct Judge(Schemas, SchemaIndex);

impl Judge {
    fn new(schema: Value) -> Judge {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("file:///schema.json", schema).unwrap();
        let index = compiler.compile("file:///schema.json", &mut schemas).unwrap_or_else(|why| panic!("{why:#}"));
        Judge(schemas, index)
    }

    fn of(kind: &str) -> Judge {
        Judge::new(text_of(kind))
    }

    /// Why the schema refuses a document.
    fn objection(&self, document: &Value) -> Option<String> {
        self.0.validate(document, self.1).err().map(|why| why.to_string())
    }

    fn accepts(&self, document: &Value) -> bool {
        self.0.validate(document, self.1).is_ok()
    }

    /// The places in the schema where it objects to a document; none when it accepts it.
    fn places(&self, document: &Value) -> BTreeSet<String> {
        let (mut places, refusal) = (BTreeSet::new(), self.0.validate(document, self.1));
        let mut open: Vec<_> = refusal.as_ref().err().into_iter().collect();
        while let Some(error) = open.pop() {
            places.extend(error.schema_url.split_once('#').map(|(_, pointer)| pointer.to_owned()));
            open.extend(&error.causes);
        }
        places
    }
}

fn text_of(kind: &str) -> Value {
    serde_json::from_str(schema(kind).unwrap().text).unwrap()
}

/// The names of the errors in a document of this text.
fn errors(kind: &str, text: &str) -> BTreeSet<&'static str> {
    let mut sources = Sources::default();
    let source = sources.add("document", text);
    let mut report = Report::default();
    match kind {
        "environment" => check_environment(&sources, source, &mut report),
        "project" => Levels::default().read_text(&sources, source, &mut report),
        "workload" => {
            for document in yaml::parse(&sources, source, &mut report) {
                let _ = decode(&sources, &document, &mut report);
            }
        }
        _ => Library::default().add(&sources, source, Provenance::Project, &mut report),
    }
    let all = report.in_order();
    all.iter().filter(|one| one.severity() == Severity::Error).map(|one| one.name()).collect()
}

/// The errors in a document that its schema should find too, and the places in the schema where it does; panics when it
/// does not, or finds what is none.
fn agree(judge: &Judge, kind: &str, document: &Value) -> (BTreeSet<&'static str>, BTreeSet<String>) {
    let mut errors = errors(kind, &json(document, 0));
    errors.retain(|name| !UNSAID.contains(name));
    let places = judge.places(document);
    assert_eq!(
        places.is_empty(),
        errors.is_empty(),
        "the reader says {errors:?}, the schema says {:?}, of {document:#}",
        judge.objection(document)
    );
    (errors, places)
}

#[test]
fn one_document_with_everything_is_changed_everywhere_and_misses_every_rule() {
    for kind in WRITTEN {
        let least = if kind == "project" { 20 } else { 1000 };
        let judge = Judge::of(kind);
        let mut refused = Vec::new();
        let mut names = BTreeSet::new();
        let mut accepted = 0;
        let mut known = Value::Null;
        for document in everything(kind) {
            assert_eq!(judge.objection(&document), None, "{document:#}");
            for changed in every_change(kind, &document, &known, &|own| judge.accepts(own)) {
                let (errors, places) = agree(&judge, kind, &changed);
                if errors.is_empty() {
                    accepted += 1;
                } else {
                    refused.push((changed, places));
                    names.extend(errors);
                }
            }
            if known.is_null() {
                known = document;
            }
        }
        eprintln!("{kind}: {accepted} accepted, {} refused, as {names:?}", refused.len());
        assert!(accepted > least && refused.len() > least, "{kind}: {accepted} accepted, {} refused", refused.len());
        let idle: Vec<String> = without_a_rule(&text_of(kind))
            .into_iter()
            .filter(|(pointer, _, schema)| {
                // Without the rule a document can be accepted only if its schema objected there.
                let missed =
                    refused.iter().filter(|(_, places)| places.contains(pointer)).map(|(document, _)| document);
                let looser = Judge::new(schema.clone());
                !missed.into_iter().any(|document| looser.accepts(document))
            })
            .map(|(pointer, rule, _)| format!("{pointer}/{rule}"))
            .collect();
        assert!(idle.is_empty(), "{kind}: no document misses the rules {idle:#?}");
    }
}

/// The words of a schema that refuse something.
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

/// A schema without each of its rules in turn, and what was left out where.
fn without_a_rule(schema: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    let mut open = vec![String::new()];
    while let Some(pointer) = open.pop() {
        let Some(map) = schema.pointer(&pointer).and_then(Value::as_object) else { continue };
        // What is listed here is a name, not a word of the schema.
        let names = pointer.ends_with("/properties") || pointer.ends_with("/definitions");
        for (key, value) in map {
            let path = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
            let is_rule = RULES.contains(&key.as_str())
                || key == "additionalProperties" && value == false
                || key == "anyOf" && value[0].get("required").is_some();
            // What stands beside it refuses every other type too.
            let implies = ["enum", "not", "oneOf"].iter().any(|word| map.contains_key(*word));
            let implied = key == "type" && (implies || in_names(&pointer))
                || pointer.ends_with("/not")
                || pointer.contains("/if/");
            // A key that is a name may be forbidden altogether.
            let is_rule = if names { value == false } else { is_rule };
            if is_rule && !implied {
                let mut without = schema.clone();
                without.pointer_mut(&pointer).and_then(Value::as_object_mut).unwrap().remove(key);
                all.push((pointer.clone(), key.clone(), without));
            }
            open.push(path);
        }
    }
    all
}

/// Whether a schema is only for keys.
fn in_names(pointer: &str) -> bool {
    pointer.ends_with("/propertyNames") || pointer.ends_with("/annotationKey")
}

/// How many random documents there are where PROPTEST_CASES does not ask for more.
const CASES: u32 = 12;

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

#[test]
fn random_documents_are_accepted_by_both_or_by_neither() {
    for (kind, documents) in [
        ("workload", workloads()),
        ("provisioners", definitions()),
        ("environment", whole("environment")),
        ("project", whole("project")),
    ] {
        let judge = Judge::of(kind);
        let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
        // The same ones each time, so that the counts below hold.
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let count = Mutex::new([0_usize; 2]);
        let changes = prop::collection::vec(any::<[u32; 4]>(), 20);
        runner
            .run(&(documents, changes), |(documents, changes)| {
                for document in documents {
                    prop_assert_eq!(agree(&judge, kind, &document).0, BTreeSet::new());
                    for choices in &changes {
                        let refused = !agree(&judge, kind, &change(kind, &document, choices)).0.is_empty();
                        count.lock().unwrap()[usize::from(refused)] += 1;
                    }
                }
                Ok(())
            })
            .unwrap_or_else(|why| panic!("{kind}: {why}"));
        let [accepted, refused] = *count.lock().unwrap();
        eprintln!("{kind}: {accepted} accepted, {refused} refused");
        assert!(cases() < CASES || accepted > 100 && refused > 100, "{kind}: {accepted} accepted, {refused} refused");
    }
}

/// Every YAML file below a directory that may be of this kind.
fn files_of(kind: &str, directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        // What the Go tools made of a case stands in a directory beside its files.
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
fn files_that_are_at_hand_are_accepted_by_both_or_by_neither() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("../shared/corpus");
    for (kind, least) in [("workload", 30), ("provisioners", 30), ("environment", 4)] {
        let judge = Judge::of(kind);
        let mut files = Vec::new();
        files_of(kind, &root.join("fixtures"), &mut files);
        files_of(kind, &root.join("src"), &mut files);
        files_of(kind, &root.join("examples"), &mut files);
        if corpus.is_dir() {
            files_of(kind, &corpus, &mut files);
        }
        let (mut accepted, mut refused) = (0, 0);
        for file in files {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let mut sources = Sources::default();
            let source = sources.add("file", text.as_str());
            let documents = yaml::parse(&sources, source, &mut Report::default());
            for document in documents.iter().filter(|document| !document.is_null()) {
                let value = serde_json::to_value(document.to_value()).unwrap();
                match agree(&judge, kind, &value).0.is_empty() {
                    true => accepted += 1,
                    false => refused += 1,
                }
            }
        }
        eprintln!("{kind}: {accepted} accepted, {refused} refused");
        assert!(accepted > least, "{kind}: {accepted} accepted, {refused} refused");
    }
}

#[test]
fn every_schema_is_printed_for_editors() {
    let sandbox = Sandbox::new();
    for one in SCHEMAS {
        let result = sandbox.run(&["schema", one.kind]);
        assert_eq!((result.code, result.stdout.as_str(), result.stderr.as_str()), (Some(0), one.text, ""));
        let value = text_of(one.kind);
        if !WRITTEN.contains(&one.kind) {
            continue;
        }
        // YAML language servers know this draft best.
        assert_eq!(value["$schema"], "http://json-schema.org/draft-07/schema#");
        assert!(value["$comment"].as_str().unwrap().starts_with("What this schema cannot say"));
        let mut mute = Vec::new();
        undescribed(&value, &mut mute);
        assert!(mute.is_empty(), "{}: an editor can say nothing of {mute:?}", one.kind);
    }
    let files: BTreeSet<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/schemas"))
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap()
        .iter()
        .map(|file| file.file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<_> = SCHEMAS.iter().map(|one| format!("{}.schema.json", one.kind)).collect();
    assert_eq!(files, listed, "`SCHEMAS` lists what `spec/schemas` has");
    assert_eq!(sandbox.run(&["schema", "workloads"]).code, Some(2));
    assert_eq!(editor_line("score.schema.json"), "# yaml-language-server: $schema=score.schema.json\n");
    let help = sandbox.run(&["schema", "--help"]).stdout;
    assert!(help.contains(editor_line("score.schema.json").trim_end()), "{help}");
}

/// The properties of a schema without a description of their own or of what they refer to.
fn undescribed(schema: &Value, mute: &mut Vec<String>) {
    for (key, value) in schema.as_object().into_iter().flatten() {
        if !["properties", "definitions"].contains(&key.as_str()) {
            if !["if", "then", "else"].contains(&key.as_str()) {
                undescribed(value, mute);
            }
            continue;
        }
        for (name, property) in value.as_object().into_iter().flatten() {
            let said = ["description", "$ref"].iter().any(|word| property.get(word).is_some());
            mute.extend((key == "properties" && !said).then(|| name.clone()));
            undescribed(property, mute);
        }
    }
}
