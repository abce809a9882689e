//! The rules about definitions by themselves.

rules! {
    /// A definition has no description.
    pub MISSING_DESCRIPTION: "missing-description", Note;

    /// A definition has sections for one target only, beside others that are for both.
    pub ONE_TARGET: "one-target-definition", Note;

    /// A template reads a param that its definition does not list.
    pub UNLISTED_PARAM: "unlisted-param", Warning;

    /// A definition gives an output that it does not list.
    pub UNLISTED_OUTPUT: "unlisted-output", Warning;

    /// A random value is not kept in the state, so that it may differ in the next run.
    pub UNSTORED_RANDOM: "unstored-random", Warning;

    /// A definition contains a password, or gives one as plain text.
    pub PLAIN_PASSWORD: "plain-password", Warning;

    /// A template has an object of an API version that Kubernetes no longer serves.
    pub REMOVED_API_VERSION: "removed-api-version", Warning;

    /// The name of an object may be longer than 63 characters.
    pub LONG_NAME: "long-name", Note;
}
