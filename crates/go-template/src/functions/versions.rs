//! Semantic versions and ranges of them.

use std::cmp::Ordering;
use std::rc::Rc;

use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;
use crate::semver::Version;

/// Steps of the shortest version.
const VERSION_COST: usize = 8;

/// A version, which prints as its text and has methods.
pub(super) fn semver(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(VERSION_COST + arguments.text(0).len() / 4)?;
    Ok(Data::Version {
        version: Rc::new(Version::parse(arguments.text(0))?),
        is_pointer: true,
    })
}

/// `semverCompare range version`.
pub(super) fn semver_compare(arguments: &Arguments, budget: &Budget) -> Answer {
    let (range, version) = (arguments.text(0), arguments.text(1));
    // One character of a range may be a condition, which holds a version of its own.
    budget.spend(VERSION_COST + range.len() + version.len() / 4)?;
    Ok(Data::Bool(Version::parse(version)?.is_in(range)?))
}

/// Calls a method of a version. As in Go, those that compare and `Original` need a pointer, which
/// what `IncPatch` and its kin give is not.
pub(crate) fn method(
    version: &Version,
    is_pointer: bool,
    name: &str,
    arguments: &[Data],
) -> Result<Data, String> {
    let [major, minor, patch] = version.numbers;
    match (name, arguments) {
        ("Major", []) => Ok(Data::Uint64(major)),
        ("Minor", []) => Ok(Data::Uint64(minor)),
        ("Patch", []) => Ok(Data::Uint64(patch)),
        ("Prerelease", []) => Ok(Data::text(version.prerelease.as_str())),
        ("Metadata", []) => Ok(Data::text(version.metadata.as_str())),
        ("String", []) => Ok(Data::text(version.to_string())),
        ("Original", []) if is_pointer => Ok(Data::text(version.original.as_str())),
        ("IncMajor", []) => Ok(release(version, [major.wrapping_add(1), 0, 0])),
        ("IncMinor", []) => Ok(release(version, [major, minor.wrapping_add(1), 0])),
        // The release of a prerelease has its number.
        ("IncPatch", []) if !version.prerelease.is_empty() => Ok(release(version, version.numbers)),
        ("IncPatch", []) => Ok(release(version, [major, minor, patch.wrapping_add(1)])),
        ("SetPrerelease", [Data::Text(label)]) => labelled(version, label, &version.metadata),
        ("SetMetadata", [Data::Text(label)]) => labelled(version, &version.prerelease, label),
        (
            _,
            [
                Data::Version {
                    version: other,
                    is_pointer: true,
                },
            ],
        ) if is_pointer => compare(name, version.compare(other)),
        _ => Err(format!("a version has no `{name}` that takes this")),
    }
}

fn compare(name: &str, order: Ordering) -> Result<Data, String> {
    Ok(Data::Bool(match name {
        "Compare" => return Ok(Data::Int(order as i64)),
        "Equal" => order == Ordering::Equal,
        "LessThan" => order == Ordering::Less,
        "GreaterThan" => order == Ordering::Greater,
        "LessThanEqual" => order != Ordering::Greater,
        "GreaterThanEqual" => order != Ordering::Less,
        _ => return Err(format!("a version has no method `{name}`")),
    }))
}

fn release(version: &Version, numbers: [u64; 3]) -> Data {
    changed(Version {
        numbers,
        prerelease: String::new(),
        metadata: String::new(),
        original: version.original.clone(),
    })
}

fn labelled(version: &Version, prerelease: &str, metadata: &str) -> Result<Data, String> {
    let changed_version = Version {
        prerelease: prerelease.to_owned(),
        metadata: metadata.to_owned(),
        ..version.clone()
    };
    Version::parse(&changed_version.to_string())?;
    Ok(changed(changed_version))
}

/// A changed version is no pointer; its text keeps a leading `v`.
fn changed(version: Version) -> Data {
    let mark = if version.original.starts_with('v') {
        "v"
    } else {
        ""
    };
    Data::Version {
        version: Rc::new(Version {
            original: format!("{mark}{version}"),
            ..version
        }),
        is_pointer: false,
    }
}
