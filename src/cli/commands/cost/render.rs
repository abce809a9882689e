//! The amounts as a table and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Grouping;
use super::money::{price, show};
use super::usage::{Gap, Inventory, Range, Usage};
use crate::cli::display::json;
use crate::cli::display::table::{Column, table};
use crate::project::prices::Prices;

/// What everything reserves and costs.
pub(super) struct Bill<'a> {
    by: Grouping,
    prices: Option<&'a Prices>,
    rows: Vec<Row>,
    total: Row,
    gaps: Vec<Gap>,
    /// Whether rows of several environments are in it.
    is_mixed: bool,
}

struct Row {
    environment: String,
    name: String,
    usage: Usage,
    /// In exact units, if there are prices.
    price: Option<Range>,
}

impl Row {
    /// `None` for a price that is too large.
    fn new(
        (environment, name): (String, String),
        usage: Usage,
        prices: Option<&Prices>,
    ) -> Option<Row> {
        let price = match prices {
            Some(prices) => Some(price(&usage, prices)?),
            None => None,
        };
        Some(Row {
            environment,
            name,
            usage,
            price,
        })
    }
}

impl Bill<'_> {
    /// `None` if a price is too large.
    pub(super) fn new(
        inventory: Inventory,
        by: Grouping,
        prices: Option<&Prices>,
    ) -> Option<Bill<'_>> {
        let mut groups: BTreeMap<(String, String), Usage> = BTreeMap::new();
        let mut total = Usage::default();
        for entry in inventory.entries {
            let name = match by {
                Grouping::Workload => entry.workload,
                Grouping::Team => entry.team.unwrap_or_else(|| "no team".to_owned()),
                Grouping::Environment => String::new(),
            };
            *groups.entry((entry.environment, name)).or_default() += entry.usage;
            total += entry.usage;
        }
        let rows = groups.into_iter();
        let rows = rows.map(|(group, usage)| Row::new(group, usage, prices));
        let rows: Vec<Row> = rows.collect::<Option<_>>()?;
        let environments = rows.iter().map(|row| &row.environment);
        let environments = environments.chain(inventory.gaps.iter().map(|gap| &gap.environment));
        let mut environments: Vec<&String> = environments.collect();
        environments.sort();
        environments.dedup();
        Some(Bill {
            by,
            prices,
            is_mixed: environments.len() > 1,
            total: Row::new(("total".to_owned(), "total".to_owned()), total, prices)?,
            rows,
            gaps: inventory.gaps,
        })
    }

    /// The table, and below it what is not counted.
    pub(super) fn text(&self) -> String {
        let rows = || self.rows.iter().chain([&self.total]);
        let mut columns = Vec::new();
        if self.is_mixed || self.by == Grouping::Environment {
            columns.push(Column::new(
                "ENVIRONMENT",
                rows().map(|row| row.environment.clone()),
            ));
        }
        let names = || rows().map(|row| row.name.clone());
        match self.by {
            Grouping::Workload => columns.push(Column::new("WORKLOAD", names())),
            Grouping::Team => columns.push(Column::new("TEAM", names())),
            Grouping::Environment => {}
        }
        let amounts = |of: fn(&Usage) -> Range, show: fn(u128) -> String| {
            rows().map(move |row| range(of(&row.usage), show))
        };
        columns.extend([
            Column::new("CPU", amounts(|usage| usage.cpu, cpus)),
            Column::new("MEMORY", amounts(|usage| usage.memory, bytes)),
            Column::new("STORAGE", amounts(|usage| usage.storage, bytes)),
            Column::new(
                "LOAD BALANCERS",
                amounts(|usage| usage.load_balancers, |count| count.to_string()),
            ),
        ]);
        let money = |row: &Row| {
            row.price
                .map_or_else(String::new, |price| range(price, show))
        };
        let mut text = String::new();
        if let Some(prices) = self.prices {
            columns.push(Column::new("PER MONTH", rows().map(money)));
            text = format!("\nPrices are in {}.\n", prices.currency);
        }
        text = table(columns) + &text;
        if !self.gaps.is_empty() {
            text += "\nNot counted:\n";
        }
        for gap in &self.gaps {
            let environment = match self.is_mixed {
                true => format!("{}: ", gap.environment),
                false => String::new(),
            };
            text += &format!("  {environment}{}: {}\n", gap.object, gap.reason);
        }
        text
    }

    /// One object for programs.
    pub(super) fn json(&self) -> String {
        let row = |row: &Row| JsonRow::new(row, self.by);
        let total = JsonRow {
            environment: None,
            workload: None,
            team: None,
            ..JsonRow::new(&self.total, self.by)
        };
        let bill = JsonBill {
            currency: self.prices.map(|prices| prices.currency.clone()),
            rows: self.rows.iter().map(row).collect(),
            total,
            not_counted: self
                .gaps
                .iter()
                .map(|gap| JsonGap {
                    environment: &gap.environment,
                    object: &gap.object,
                    reason: &gap.reason,
                })
                .collect(),
        };
        json::document(&bill)
    }
}

pub(super) fn range(range: Range, show: impl Fn(u128) -> String) -> String {
    match range.least == range.most {
        true => show(range.least),
        false => format!("{} to {}", show(range.least), show(range.most)),
    }
}

/// Thousandths of a CPU as a decimal number.
pub(super) fn cpus(thousandths: u128) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Bytes in the largest unit of which they are a whole number.
pub(super) fn bytes(bytes: u128) -> String {
    let units = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let (mut amount, mut unit) = (bytes, "");
    for larger in units {
        if amount == 0 || !amount.is_multiple_of(1024) {
            break;
        }
        (amount, unit) = (amount / 1024, larger);
    }
    format!("{amount}{unit}")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonBill<'a> {
    currency: Option<String>,
    rows: Vec<JsonRow>,
    total: JsonRow,
    not_counted: Vec<JsonGap<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    cpu: JsonRange,
    memory_bytes: JsonRange,
    storage_bytes: JsonRange,
    load_balancers: JsonRange,
    per_month: Option<JsonRange>,
}

/// Numbers as texts, since a program may read numbers as fractions.
#[derive(Serialize)]
struct JsonRange {
    min: String,
    max: String,
}

#[derive(Serialize)]
struct JsonGap<'a> {
    environment: &'a str,
    object: &'a str,
    reason: &'a str,
}

impl JsonRow {
    fn new(row: &Row, by: Grouping) -> JsonRow {
        let name = |grouping| (by == grouping).then(|| row.name.clone());
        let number = |range| JsonRange::new(range, |number| number.to_string());
        JsonRow {
            environment: Some(row.environment.clone()),
            workload: name(Grouping::Workload),
            team: name(Grouping::Team),
            cpu: JsonRange::new(row.usage.cpu, cpus),
            memory_bytes: number(row.usage.memory),
            storage_bytes: number(row.usage.storage),
            load_balancers: number(row.usage.load_balancers),
            per_month: row.price.map(|price| JsonRange::new(price, show)),
        }
    }
}

impl JsonRange {
    fn new(range: Range, show: impl Fn(u128) -> String) -> JsonRange {
        JsonRange {
            min: show(range.least),
            max: show(range.most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, cpus};

    #[test]
    fn amounts_are_exact_and_short() {
        let cpus = [0, 1, 250, 1000, 1500].map(cpus);
        assert_eq!(cpus, ["0", "0.001", "0.25", "1", "1.5"]);
        let bytes = [0, 1000, 1536 << 20, 2 << 30, 1_000_000_000].map(bytes);
        assert_eq!(bytes, ["0", "1000", "1536Mi", "2Gi", "1000000000"]);
    }
}
