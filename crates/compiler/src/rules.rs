//! Rules that several stages report, and the list of all.

use diagnostics::rule::Rule;

use crate::decode::resource::REMOVED_KEY;
use crate::link::ports::{INFERRED_PORT, ROUTE_TO_TARGET_PORT};

rules! {
    /// The file uses a deprecated syntax of the Score language, which is still accepted.
    pub DEPRECATED_SYNTAX: "deprecated-syntax", Warning;

    /// An image name is empty.
    pub EMPTY_IMAGE: "empty-image", Error;

    /// A mount path inside a container or volume is invalid.
    pub INVALID_MOUNT_PATH: "invalid-mount-path", Error;

    /// A name contains a character that is not allowed, or is too short or too long.
    pub INVALID_NAME: "invalid-name", Error;

    /// `--override-property` has no value, or its path is invalid.
    pub INVALID_OVERRIDE_PATH: "invalid-override-path", Error;

    /// An output of a provisioner contains an incomplete reference to a Secret.
    pub INVALID_SECRET_REFERENCE: "invalid-secret-reference", Error;

    /// Two different parts of the output would have the same name, so one would replace the other.
    pub NAME_COLLISION: "name-collision", Error;

    /// A volume is mounted from a resource that provides nothing to mount.
    pub NOT_A_VOLUME: "not-a-volume", Error;

    /// `files.source` refers to a file outside the project.
    pub OUTSIDE_PROJECT: "outside-project", Error;

    /// A secret is used where it would be exposed in plain text, or where its value is not known
    /// yet.
    pub SECRET_NOT_ALLOWED: "secret-not-allowed", Error;

    /// A template of a provisioner or of `--format` is invalid, or fails while it is rendered.
    pub TEMPLATE_ERROR: "template-error", Error | Warning;

    /// A template printed `<no value>`, because it reads a key that does not exist.
    pub TEMPLATE_NO_VALUE: "template-no-value", Error | Warning;

    /// A name refers to a container that the workload does not have.
    pub UNKNOWN_CONTAINER: "unknown-container", Error, absence;

    /// A placeholder refers to a key that `metadata` of the workload does not have.
    pub UNKNOWN_METADATA: "unknown-metadata", Error, absence;

    /// A placeholder or `--publish` refers to an output that the resource does not have.
    pub UNKNOWN_OUTPUT: "unknown-output", Error;

    /// `--publish` refers to a port that the workload does not have.
    pub UNKNOWN_PORT: "unknown-port", Error;

    /// A name refers to a resource that does not exist.
    pub UNKNOWN_RESOURCE: "unknown-resource", Error, absence;

    /// A flag refers to a workload that is in none of the Score files.
    pub UNKNOWN_WORKLOAD: "unknown-workload", Error;

    /// An environment variable is needed at compile time, but is not set.
    pub UNSET_VARIABLE: "unset-variable", Error;

    /// An annotation of a workload has no effect.
    pub UNUSED_ANNOTATION: "unused-annotation", Warning, absence;

    /// A section of a provisioner rendered to valid YAML of the wrong type.
    pub WRONG_SECTION_TYPE: "wrong-section-type", Error;
}

/// The warnings about a Score file by itself: every run that reads one without an error has looked
/// for them, whatever the environment. Only of these it can be said that a comment silences
/// nothing.
pub const ABOUT_ONE_FILE: [&Rule; 4] = [
    &DEPRECATED_SYNTAX,
    &INFERRED_PORT,
    &REMOVED_KEY,
    &ROUTE_TO_TARGET_PORT,
];

/// Every rule of this crate.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let others = [
        RULES,
        crate::decode::RULES,
        crate::decode::files::RULES,
        crate::decode::image::RULES,
        crate::decode::probe::RULES,
        crate::decode::process_text::RULES,
        crate::decode::resource::RULES,
        crate::decode::resource_limits::RULES,
        crate::decode::volumes::RULES,
        crate::decode::wrong_document::RULES,
        crate::link::RULES,
        crate::link::ports::RULES,
        crate::link::resources::RULES,
        crate::overlay::RULES,
        crate::overlay::typos::RULES,
        crate::parse::RULES,
        crate::patch::RULES,
        crate::placeholder::RULES,
        crate::placeholder::resolve::RULES,
        crate::placeholder::suggestions::RULES,
        crate::plan::source::RULES,
        crate::provision::definition::RULES,
        crate::provision::engines::command::RULES,
        crate::provision::engines::section::RULES,
        crate::provision::engines::template::RULES,
        crate::provision::matching::params::RULES,
        crate::provision::matching::providers::RULES,
        crate::provision::matching::sharing::RULES,
        crate::provision::matching::unused::RULES,
        crate::provision::provisioner_change::RULES,
        crate::targets::compose::RULES,
        crate::targets::compose::healthcheck::RULES,
        crate::targets::compose::name_registry::RULES,
        crate::targets::compose::publish::RULES,
        crate::targets::compose::publish_target::RULES,
        crate::targets::compose::service::RULES,
        crate::targets::kubernetes::checks::RULES,
        crate::targets::kubernetes::files::RULES,
        crate::targets::kubernetes::image::RULES,
        crate::targets::kubernetes::provisioner_manifests::RULES,
        crate::targets::kubernetes::publish::RULES,
        crate::targets::kubernetes::workload_kind::RULES,
        crate::targets::publish::RULES,
    ];
    others
        .into_iter()
        .chain(crate::check::rules())
        .flatten()
        .copied()
}
