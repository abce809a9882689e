//! Semantic versions and ranges of them.

use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;
use crate::semver::Version;

/// Steps of the shortest version.
const VERSION_COST: usize = 8;

/// A version with its parts as fields.
pub(super) fn semver(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(VERSION_COST + arguments.text(0).len() / 4)?;
    let version = Version::parse(arguments.text(0))?;
    let [major, minor, patch] = version.numbers;
    let fields = vec![
        ("Major", Data::Uint64(major)),
        ("Minor", Data::Uint64(minor)),
        ("Patch", Data::Uint64(patch)),
        ("Prerelease", Data::text(version.prerelease)),
        ("Metadata", Data::text(version.metadata)),
        ("Original", arguments.any(0).clone()),
    ];
    Ok(Data::structure("*semver.Version", fields))
}

/// `semverCompare range version`.
pub(super) fn semver_compare(arguments: &Arguments, budget: &Budget) -> Answer {
    let (range, version) = (arguments.text(0), arguments.text(1));
    // One character of a range may be a condition, which holds a version of its own.
    budget.spend(VERSION_COST + range.len() + version.len() / 4)?;
    Ok(Data::Bool(Version::parse(version)?.is_in(range)?))
}
