//! The amounts of one output, for a comparison.

use super::money::{price, show};
use super::render::{bytes, cpus, range};
use super::usage::{Inventory, Usage};
use crate::project::prices::Prices;
use compiler::reasons::Reasons;
use compiler::targets::target::Target;

/// What an output reserves, as people read it.
pub(in crate::cli) struct Amounts {
    /// What it is, and how much.
    pub(in crate::cli) rows: Vec<(&'static str, String)>,
    /// What cannot be counted, and why.
    pub(in crate::cli) gaps: Vec<String>,
}

impl Amounts {
    /// Of an output of Kubernetes; `None` for one of another target.
    pub(in crate::cli) fn of(
        reasons: &Reasons,
        target: &dyn Target,
        prices: Option<&Prices>,
    ) -> Option<Amounts> {
        if !target.info().is_shared {
            return None;
        }
        let documents = reasons.documents().iter();
        let documents: Vec<_> = documents.map(|document| &document.value).collect();
        let mut inventory = Inventory::default();
        inventory.add("", &documents, &reasons.objects(target));
        let mut total = Usage::default();
        let usages = inventory.entries.iter().map(|entry| entry.usage);
        usages.for_each(|usage| total += usage);
        let mut rows = vec![
            ("CPU", range(total.cpu, cpus)),
            ("memory", range(total.memory, bytes)),
            ("storage", range(total.storage, bytes)),
            (
                "load balancers",
                range(total.load_balancers, |count| count.to_string()),
            ),
        ];
        if let Some(prices) = prices {
            let price = price(&total, prices);
            let price = price.map(|price| format!("{} {}", range(price, show), prices.currency));
            rows.push(("per month", price.unwrap_or_else(|| "too large".to_owned())));
        }
        let gaps = inventory.gaps.into_iter();
        let gaps = gaps.map(|gap| format!("{}: {}", gap.object, gap.reason));
        Some(Amounts {
            rows,
            gaps: gaps.collect(),
        })
    }
}
