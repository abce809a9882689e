//! Rules that several stages report, and the list of all.

use diagnostics::rule::Rule;

use crate::decode::resource::REMOVED_KEY;
use crate::link::ports::{INFERRED_PORT, ROUTE_TO_TARGET_PORT};

rules! {
    /// The file has a form that an older version of Score had. It is read, and should be written
    /// anew.
    pub DEPRECATED_SYNTAX: "deprecated-syntax", Warning;

    /// An image is asked for and not named.
    pub EMPTY_IMAGE: "empty-image", Error;

    /// A path inside a container or volume is not one that can be mounted.
    pub INVALID_MOUNT_PATH: "invalid-mount-path", Error;

    /// A name has characters, or a length, that it must not have.
    pub INVALID_NAME: "invalid-name", Error;

    /// `--override-property` does not say what to set, or names a place that there is not.
    pub INVALID_OVERRIDE_PATH: "invalid-override-path", Error;

    /// An output of a provisioner has the beginning of a reference to a secret, but not the rest of
    /// it.
    pub INVALID_SECRET_REFERENCE: "invalid-secret-reference", Error;

    /// Two different parts of the output would have the same name, so that one would replace the
    /// other.
    pub NAME_COLLISION: "name-collision", Error;

    /// A volume is mounted from a resource that gives nothing that could be mounted.
    pub NOT_A_VOLUME: "not-a-volume", Error;

    /// `files.source` names a file that lies outside of the project.
    pub OUTSIDE_PROJECT: "outside-project", Error;

    /// The value of a secret is asked for where it cannot go without being readable to everybody,
    /// or where nobody knows it yet.
    pub SECRET_NOT_ALLOWED: "secret-not-allowed", Error;

    /// A template of a provisioner, or one that formats outputs, cannot be read, or stops while it
    /// is rendered.
    pub TEMPLATE_ERROR: "template-error", Error | Warning;

    /// A template printed `<no value>`: it asked for a key that is not there.
    pub TEMPLATE_NO_VALUE: "template-no-value", Error | Warning;

    /// A container is named that the workload does not have.
    pub UNKNOWN_CONTAINER: "unknown-container", Error, absence;

    /// A placeholder asks for a key that the workload's `metadata` does not have.
    pub UNKNOWN_METADATA: "unknown-metadata", Error, absence;

    /// A resource is asked for an output that it does not have.
    pub UNKNOWN_OUTPUT: "unknown-output", Error;

    /// `--publish` names a port that the workload does not have.
    pub UNKNOWN_PORT: "unknown-port", Error;

    /// A resource is named that there is not.
    pub UNKNOWN_RESOURCE: "unknown-resource", Error, absence;

    /// A flag names a workload that none of the Score files describes.
    pub UNKNOWN_WORKLOAD: "unknown-workload", Error;

    /// A variable of the environment is needed now, and it is not set.
    pub UNSET_VARIABLE: "unset-variable", Error;

    /// A workload has an annotation that means nothing.
    pub UNUSED_ANNOTATION: "unused-annotation", Warning, absence;

    /// A section of a provisioner rendered to YAML, but not to the kind of value that it must be.
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
