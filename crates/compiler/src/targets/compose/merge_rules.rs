//! How a patch merges into a part of a Compose file: as Compose merges a file with an override file.

mod forms;
mod identities;
#[cfg(test)]
mod tests;

use crate::patch::{ListMerge, MergeRules, ObjectKind};
use crate::support::glob;
use crate::support::places::Step;
use forms::FORMS;
use identities::{host, key, mount, path_of, port, volume};

/// How patches merge into services and the rest.
pub(super) const RULES: MergeRules = MergeRules {
    list,
    same_form: |path| find(FORMS, path),
    index: |_, map, _| map.len(),
};

/// Lists of services that are not appended.
const SERVICE_LISTS: &[(&str, ListMerge)] = &[
    ("annotations", ListMerge::Unique(key)),
    ("build.additional_contexts", ListMerge::Unique(key)),
    ("build.args", ListMerge::Unique(key)),
    ("build.extra_hosts", ListMerge::Unique(host)),
    ("build.extra_hosts.*", ListMerge::Union),
    ("build.labels", ListMerge::Unique(key)),
    ("build.tags", ListMerge::Union),
    ("build.ulimits.*", ListMerge::ReplaceAny),
    ("cap_add", ListMerge::Union),
    ("cap_drop", ListMerge::Union),
    ("command", ListMerge::ReplaceAny),
    ("configs", ListMerge::Unique(mount)),
    ("depends_on", ListMerge::Union),
    ("deploy.labels", ListMerge::Unique(key)),
    ("device_cgroup_rules", ListMerge::Union),
    ("devices", ListMerge::Unique(volume)),
    ("dns", ListMerge::Union),
    ("dns_opt", ListMerge::Union),
    ("dns_search", ListMerge::Union),
    ("entrypoint", ListMerge::ReplaceAny),
    ("env_file", ListMerge::Unique(path_of)),
    ("environment", ListMerge::Unique(key)),
    ("expose", ListMerge::Union),
    ("external_links", ListMerge::Union),
    ("extra_hosts", ListMerge::Unique(host)),
    ("extra_hosts.*", ListMerge::Union),
    ("group_add", ListMerge::Union),
    ("healthcheck.test", ListMerge::ReplaceAny),
    ("labels", ListMerge::Unique(key)),
    ("links", ListMerge::Union),
    ("logging", ListMerge::ReplaceOther("driver")),
    ("models", ListMerge::Union),
    ("networks", ListMerge::Union),
    ("networks.*", ListMerge::Union),
    ("ports", ListMerge::Unique(port)),
    ("profiles", ListMerge::Union),
    ("secrets", ListMerge::Unique(mount)),
    ("security_opt", ListMerge::Union),
    ("sysctls", ListMerge::Unique(key)),
    ("tmpfs", ListMerge::Union),
    ("ulimits.*", ListMerge::ReplaceAny),
    ("volumes", ListMerge::Unique(volume)),
    ("volumes_from", ListMerge::Union),
];

/// Lists of networks and the rest that are not appended.
const OTHER_LISTS: &[(&str, ListMerge)] = &[
    ("ipam.config", ListMerge::Replace),
    ("labels", ListMerge::Unique(key)),
];

fn list(object: ObjectKind<'_>, path: &[Step]) -> ListMerge {
    let known = match object.kind {
        "service" => SERVICE_LISTS,
        _ => OTHER_LISTS,
    };
    find(known, path).unwrap_or(ListMerge::Append)
}

fn find<T: Copy>(table: &[(&str, T)], path: &[Step]) -> Option<T> {
    let path = text(path);
    let mut table = table.iter();
    table
        .find(|(pattern, _)| glob::fits(pattern, &path))
        .map(|(_, rule)| *rule)
}

/// A path as the tables have it. They have none that leads into a list.
fn text(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => key.as_str(),
        Step::Index(_) => "[]",
    });
    steps.collect::<Vec<_>>().join(".")
}
