//! Groups of flags that several commands take. A flag is defined here once, beside what it sets.

pub(crate) mod environment;
pub(crate) mod lint_levels;
pub(crate) mod list_format;
pub(crate) mod naming;
pub(crate) mod preview;
pub(crate) mod provisioning;
pub(crate) mod remote;
pub(crate) mod reporting;
pub(crate) mod source_files;
pub(crate) mod workloads;

/// Headings of flags in the help. Each flag names its own: clap's `next_help_heading` also applies
/// to the flags after a flattened group.
pub(crate) mod headings {
    pub(crate) const ENVIRONMENT: &str = "Environment";
    pub(crate) const MESSAGES: &str = "Messages";
    pub(crate) const NAMES: &str = "Names";
    pub(crate) const OUTPUT: &str = "Output";
    pub(crate) const PROVISIONING: &str = "Provisioning";
    pub(crate) const REMOTE: &str = "Remote sources";
    pub(crate) const WORKLOADS: &str = "Workloads";
}
