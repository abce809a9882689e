//! `ClusterPolicy` and `Policy` of Kyverno, as far as a rule is a pattern.

mod filter;
mod pattern;
mod policy;
mod read;
mod scalars;
#[cfg(test)]
mod tests;

pub(super) use policy::KyvernoPolicy;
pub(super) use read::read;
