//! The kinds of problems with policies, and those that policies find.

rules! {
    /// A file in `policies` is not a policy that the cluster accepts.
    pub INVALID_POLICY: "invalid-policy", Error;

    /// An object violates a policy of the environment.
    pub POLICY_DENIED: "policy-denied", Error | Warning;

    /// A policy cannot be decided completely before there is a cluster.
    pub POLICY_NOT_DECIDED: "policy-not-decided", Note;

    /// A policy and a binding do not refer to each other, so nothing is evaluated.
    pub POLICY_UNBOUND: "policy-unbound", Note;

    /// The environment does not allow exceptions from its policies.
    pub EXCEPTION_NOT_ALLOWED: "exception-not-allowed", Error;

    /// An exception from a policy has no effect, because the policy refuses nothing there.
    pub UNUSED_EXCEPTION: "unused-exception", Error;

    /// A policy refuses something that a Score file has an exception for.
    pub POLICY_EXCEPTION: "policy-exception", Note;
}
