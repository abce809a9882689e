//! The settings of `rollout`.

use super::feature::Feature;
use diagnostics::report::{Problem, Report};
use yaml::reader::{self, Fields};
use yaml::rules::UNKNOWN_VALUE;
use yaml::{Kind, Node};

/// A Rollout instead of a Deployment: new pods get a growing share of the traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A step of a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The share of the new pods, in percent.
    Weight(u8),
    /// How long to pause; `None` until somebody promotes the rollout.
    Pause(Option<String>),
}

impl Feature for Rollout {
    const NAME: &'static str = "rollout";

    fn read(fields: &mut Fields<'_>, report: &mut Report) -> Rollout {
        let node = fields.optional("steps", report);
        let steps = node.map(|node| {
            let items = reader::list(node, "`steps`", report);
            if items.is_empty() && matches!(node.kind, Kind::List(_)) {
                invalid(node, "`steps` cannot be empty", report);
            }
            let items = items.iter();
            items.filter_map(|item| step(item, report)).collect()
        });
        Rollout {
            steps: steps.unwrap_or_else(usual),
        }
    }
}

/// A fifth of the pods, then half of them, each for five minutes.
fn usual() -> Vec<Step> {
    let pause = || Step::Pause(Some("5m".to_owned()));
    vec![Step::Weight(20), pause(), Step::Weight(50), pause()]
}

fn step(node: &Node, report: &mut Report) -> Option<Step> {
    match &node.kind {
        Kind::Int(_) => {
            let weight = reader::integer(node, "a weight", 1, 100, report)?;
            weight.try_into().ok().map(Step::Weight)
        }
        Kind::String(text, _) if text == "pause" => Some(Step::Pause(None)),
        Kind::String(text, _) if is_duration(text) => Some(Step::Pause(Some(text.clone()))),
        _ => {
            let text = node.to_value().to_text();
            invalid(node, &format!("a step cannot be `{text}`"), report);
            None
        }
    }
}

fn invalid(node: &Node, message: &str, report: &mut Report) {
    let help = "write a weight such as 20, a duration such as `5m`, or `pause`";
    let problem = Problem::new(&UNKNOWN_VALUE, message).at(node.span);
    report.push(problem.help(help));
}

/// Argo Rollouts counts seconds with 32 bits: up to five digits fit with every unit.
fn is_duration(text: &str) -> bool {
    let number = text.strip_suffix(['s', 'm', 'h']).unwrap_or_default();
    (1..=5).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_duration;

    #[test]
    fn durations_have_one_unit() {
        assert!(
            ["30s", "5m", "1h", "99999s", "99999h"]
                .into_iter()
                .all(is_duration)
        );
        for text in [
            "",
            "5",
            "m",
            "1h30m",
            "1.5h",
            "-5m",
            "5 m",
            "1d",
            "+5m",
            "100000s",
            "100000h",
            "99999999999999999999m",
        ] {
            assert!(!is_duration(text), "{text}");
        }
    }
}
