//! Rules that several stages report. All others stand beside the code that reports them.

pub mod list;

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
