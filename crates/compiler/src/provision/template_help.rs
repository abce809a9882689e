//! What to do about an error in a template of a definition.

use go_template::TemplateError;

/// What the top of Helm's data has, and the way here.
const HELM_FIELDS: [(&str, &str); 5] = [
    (
        "Values",
        "write `.Environment.Values.KEY` for a value of the environment, or `.Params.KEY` for a param of the resource",
    ),
    (
        "Release",
        "write `.Namespace` for the namespace, and `.Guid` or `.Id` to name objects",
    ),
    (
        "Chart",
        "write the text itself, or declare it under `values` of the environment",
    ),
    (
        "Capabilities",
        "declare what the cluster has under `values` of the environment, and read `.Environment.Values.KEY`",
    ),
    (
        "Files",
        "write the file's text into the template: templates read no files",
    ),
];

/// The help for an error; `default` where nothing better is known.
pub(super) fn template_help(error: &TemplateError, default: &'static str) -> &'static str {
    let field = error.unknown_field.as_deref();
    let helm = HELM_FIELDS.iter().find(|(name, _)| Some(*name) == field);
    error
        .help
        .or(helm.map(|(_, help)| *help))
        .unwrap_or(default)
}
