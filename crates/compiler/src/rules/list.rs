//! The list of all rules. It uses all stages, so no stage uses it.

use diagnostics::rule::Rule;

use super::DEPRECATED_SYNTAX;
use crate::check::mount_paths::MOUNT_IN_READ_ONLY_VOLUME;
use crate::decode::resource::REMOVED_KEY;
use crate::link::ports::{INFERRED_PORT, ROUTE_TO_TARGET_PORT};

/// The warnings about a Score file by itself: every run that reads one without an error has looked
/// for them, whatever the environment. Only for these, a comment that suppresses nothing can be
/// reported.
pub const ABOUT_ONE_FILE: [&Rule; 5] = [
    &DEPRECATED_SYNTAX,
    &INFERRED_PORT,
    &MOUNT_IN_READ_ONLY_VOLUME,
    &REMOVED_KEY,
    &ROUTE_TO_TARGET_PORT,
];

/// Every rule of this crate.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let others = [
        super::RULES,
        crate::compile::previews::RULES,
        crate::compile::run::resources::RULES,
        crate::compile::seeds::RULES,
        crate::compile::unknown_annotations::RULES,
        crate::decode::RULES,
        crate::decode::extensions::RULES,
        crate::decode::files::RULES,
        crate::decode::image::RULES,
        crate::decode::probe::RULES,
        crate::decode::process_text::RULES,
        crate::decode::resource::RULES,
        crate::decode::resource_limits::RULES,
        crate::decode::volumes::RULES,
        crate::decode::wrong_document::RULES,
        crate::defaults::read::RULES,
        crate::link::RULES,
        crate::link::ports::RULES,
        crate::link::resources::RULES,
        crate::overlay::RULES,
        crate::overlay::typos::RULES,
        crate::parse::RULES,
        crate::patch::limit::RULES,
        crate::patch::rules::RULES,
        crate::patch::template::RULES,
        crate::patch::values::RULES,
        crate::placeholder::RULES,
        crate::placeholder::resolve::RULES,
        crate::placeholder::suggestions::RULES,
        crate::plan::container::RULES,
        crate::plan::variable_references::RULES,
        crate::policy::rules::RULES,
        crate::provision::changed_number::RULES,
        crate::provision::declarations::RULES,
        crate::provision::definition::RULES,
        crate::provision::routes::RULES,
        crate::provision::engines::declared_outputs::RULES,
        crate::provision::engines::functions::RULES,
        crate::provision::engines::outputs_file::RULES,
        crate::provision::engines::section::RULES,
        crate::provision::engines::template::RULES,
        crate::provision::matching::declared_params::RULES,
        crate::provision::matching::forbidden::RULES,
        crate::provision::matching::params::RULES,
        crate::provision::matching::providers::RULES,
        crate::provision::matching::sharing::RULES,
        crate::provision::matching::unused::RULES,
        crate::provision::matching::workloads::RULES,
        crate::provision::provisioner_change::RULES,
        crate::targets::compose::RULES,
        crate::targets::compose::healthcheck::RULES,
        crate::targets::compose::name_registry::RULES,
        crate::targets::compose::publish::RULES,
        crate::targets::compose::publish_target::RULES,
        crate::targets::compose::schema::RULES,
        crate::targets::compose::service::RULES,
        crate::targets::kubernetes::annotations::RULES,
        crate::targets::kubernetes::checks::RULES,
        crate::targets::kubernetes::claims::RULES,
        crate::targets::kubernetes::client_side_apply::RULES,
        crate::targets::kubernetes::custom_kinds::RULES,
        crate::targets::kubernetes::custom_kinds::structural::RULES,
        crate::targets::kubernetes::features::blocked_calls::RULES,
        crate::targets::kubernetes::features::rollout::RULES,
        crate::targets::kubernetes::files::RULES,
        crate::targets::kubernetes::finish::autoscaling::RULES,
        crate::targets::kubernetes::image::RULES,
        crate::targets::kubernetes::objects_by_name::RULES,
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
