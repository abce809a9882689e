//! What a change does when it is applied, as a list for a review.

use serde::Serialize;

use super::objects::Kind;
use super::{Finding, Findings};
use crate::cli::output::diff::semantic::{ChangeKind, Difference, located};
use diagnostics::value::Value;

/// What happens to an object that is applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Effect {
    pub(crate) kind: EffectKind,
    pub(crate) object: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    pub(crate) text: String,
}

/// The kinds, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EffectKind {
    Refused,
    StartsEmpty,
    MajorVersion,
    Recreated,
    RunsAgain,
    Restarted,
    Stays,
}

/// What the differences between two outputs do, the worst first.
pub(crate) fn effects(
    before: &[Value],
    after: &[Value],
    differences: &[Difference],
) -> Vec<Effect> {
    let findings = Findings::find(before, after);
    let mut effects: Vec<Effect> = findings.0.iter().flat_map(Finding::effects).collect();
    let restarted = restarted(before, differences);
    effects.extend(restarted.into_iter().filter(|restart| {
        let recreated = findings.0.iter();
        !recreated
            .filter_map(Finding::recreated)
            .any(|object| *object == restart.object)
    }));
    effects.sort();
    effects.dedup();
    effects
}

/// The objects whose containers are replaced, whether they store data or not.
fn restarted(before: &[Value], differences: &[Difference]) -> Vec<Effect> {
    let objects = located(before);
    let restart = |difference: &Difference| {
        let ChangeKind::Changed(fields) = &difference.kind else {
            return None;
        };
        let name = &difference.object;
        let kind = Kind::of(name, objects.get(name)?.value)?;
        let text = match kind {
            Kind::ComposeService => "its containers are replaced",
            _ => "its pods are replaced",
        };
        fields
            .iter()
            .any(|field| kind.recreates(field))
            .then(|| Effect {
                kind: EffectKind::Restarted,
                object: name.clone(),
                field: None,
                text: text.to_owned(),
            })
    };
    differences.iter().filter_map(restart).collect()
}

impl Finding {
    fn recreated(&self) -> Option<&String> {
        match self {
            Finding::Recreated { object } => Some(object),
            _ => None,
        }
    }

    fn effects(&self) -> Vec<Effect> {
        let subjects: Vec<(&str, Option<&str>)> = match self {
            Finding::Renamed { after, .. } => {
                after.iter().map(|name| (name.as_str(), None)).collect()
            }
            Finding::ProjectRenamed { .. } => vec![("name", None)],
            Finding::VolumeRenamed { object } => vec![(object, Some("name"))],
            Finding::Refused { object, fields, .. } => {
                let fields = fields.iter();
                fields
                    .map(|field| (object.as_str(), Some(field.as_str())))
                    .collect()
            }
            Finding::Enlarged { object, field }
            | Finding::OtherMajorVersion { object, field, .. } => vec![(object, Some(field))],
            Finding::VolumeRedefined { object }
            | Finding::Left { object, .. }
            | Finding::Recreated { object }
            | Finding::RunsAgain { object } => vec![(object, None)],
        };
        let effect = |(object, field): (&str, Option<&str>)| {
            Some(Effect {
                kind: self.effect_kind(),
                text: self.mark(object, field)?,
                object: object.to_owned(),
                field: field.map(str::to_owned),
            })
        };
        subjects.into_iter().filter_map(effect).collect()
    }

    fn effect_kind(&self) -> EffectKind {
        match self {
            Finding::Refused { .. } | Finding::Enlarged { .. } => EffectKind::Refused,
            Finding::Renamed { .. }
            | Finding::ProjectRenamed { .. }
            | Finding::VolumeRenamed { .. } => EffectKind::StartsEmpty,
            Finding::OtherMajorVersion { .. } => EffectKind::MajorVersion,
            Finding::VolumeRedefined { .. } | Finding::Recreated { .. } => EffectKind::Recreated,
            Finding::RunsAgain { .. } => EffectKind::RunsAgain,
            Finding::Left { .. } => EffectKind::Stays,
        }
    }
}
