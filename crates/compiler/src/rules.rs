//! Rules that several stages report. All others stand beside the code that reports them.

pub mod list;

/// The label of the declaration of a resource in a problem of its use.
pub(crate) const DECLARED_HERE: &str = "declared here";

rules! {
    /// The program of a `cmd://` provisioner or of a policy failed or returned an invalid result.
    pub COMMAND_FAILED: "command-failed", Error;

    /// The file uses a deprecated syntax of the Score language, which is still accepted.
    pub DEPRECATED_SYNTAX: "deprecated-syntax", Warning;

    /// An image name is empty.
    pub EMPTY_IMAGE: "empty-image", Error | Warning;

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

    /// A Score file reads the seed of passwords, or a file in `.score-rs`.
    pub PRIVATE_SOURCE: "private-source", Error;

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

    /// The file in `source` cannot be read.
    pub UNREADABLE_FILE_SOURCE: "unreadable-file-source", Error;

    /// A placeholder or `--publish` refers to an output that the resource does not have.
    pub UNKNOWN_OUTPUT: "unknown-output", Error;

    /// A resource or `--publish` refers to a port that the workload does not have.
    pub UNKNOWN_PORT: "unknown-port", Error;

    /// A name refers to a resource that does not exist.
    pub UNKNOWN_RESOURCE: "unknown-resource", Error, absence;

    /// A flag or resource refers to a workload that does not exist.
    pub UNKNOWN_WORKLOAD: "unknown-workload", Error;

    /// An environment variable is needed at compile time, but is not set.
    pub UNSET_VARIABLE: "unset-variable", Error;

    /// An annotation of a workload has no effect.
    pub UNUSED_ANNOTATION: "unused-annotation", Warning, absence;

    /// A section of a provisioner rendered to valid YAML of the wrong type.
    pub WRONG_SECTION_TYPE: "wrong-section-type", Error;
}
