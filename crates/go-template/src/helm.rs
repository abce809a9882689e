//! Functions that Helm adds to those of sprig, and what to write instead.

const ADVICE: [(&str, &str); 10] = [
    ("toYaml", TO_JSON),
    ("toYamlPretty", TO_JSON),
    ("toToml", TO_JSON),
    ("fromYaml", FROM_JSON),
    ("fromYamlArray", FROM_JSON),
    ("fromJsonArray", FROM_JSON),
    (
        "include",
        "write `{{ template \"NAME\" . }}`, alone in its action: its text cannot be passed on",
    ),
    (
        "required",
        "write `{{ if not VALUE }}{{ fail \"MESSAGE\" }}{{ end }}` before the value is used",
    ),
    (
        "tpl",
        "write the template here itself: a text is not rendered a second time",
    ),
    (
        "lookup",
        "pass the value in as data: nothing is read from a cluster",
    ),
];

const TO_JSON: &str = "write `toJson`: JSON is valid YAML, on one line and without indentation";
const FROM_JSON: &str = "write `fromJson`, and give it JSON";

/// What to write instead of a function of Helm.
pub(super) fn advice(function: &str) -> Option<&'static str> {
    let known = ADVICE.iter().find(|(name, _)| *name == function);
    known.map(|(_, advice)| *advice)
}
