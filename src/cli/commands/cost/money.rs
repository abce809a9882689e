//! Exact amounts of money.

use super::usage::{Range, Usage};
use crate::project::prices::{PLACES, Prices};

/// The hours of a month, as clouds count them: 365 days of 24 hours in 12 months.
const HOURS: u128 = 730;
/// So many units are one of the currency, so that each price of a thousandth of a CPU and of a byte is
/// a whole number of them.
const UNITS: u128 = GIB * 10_u128.pow(PLACES) * 1000;
const GIB: u128 = 1 << 30;

/// The price of a month in exact units; `None` where they do not fit.
pub(super) fn price(usage: &Usage, prices: &Prices) -> Option<Range> {
    let total = |of: fn(&Range) -> u128| {
        let times = |amounts: &[u128]| {
            let mut amounts = amounts.iter();
            amounts.try_fold(1_u128, |product, amount| product.checked_mul(*amount))
        };
        let cpu = times(&[of(&usage.cpu), prices.cpu_hour, HOURS, GIB])?;
        let memory = times(&[of(&usage.memory), prices.memory_hour, HOURS, 1000])?;
        let storage = times(&[of(&usage.storage), prices.storage_month, 1000])?;
        let balancers = [
            of(&usage.load_balancers),
            prices.load_balancer_month,
            GIB,
            1000,
        ];
        let parts = [memory, storage, times(&balancers)?];
        parts.into_iter().try_fold(cpu, u128::checked_add)
    };
    Some(Range {
        least: total(|range| range.least)?,
        most: total(|range| range.most)?,
    })
}

/// Money with two decimal places, half a cent rounded up.
pub(super) fn show(units: u128) -> String {
    let cent = UNITS / 100;
    let cents = units / cent + u128::from(units % cent >= cent / 2);
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact() {
        let prices = Prices {
            currency: "EUR".to_owned(),
            cpu_hour: 31_611_000,
            memory_hour: 4_237_001,
            storage_month: 40_000_000,
            load_balancer_month: 18_250_000_000,
        };
        let usage = Usage {
            cpu: Range {
                least: 1500,
                most: 3000,
            },
            memory: Range::exactly(3 << 29),
            storage: Range::exactly(1_000_000_000),
            load_balancers: Range::exactly(1),
        };
        let range = price(&usage, &prices).unwrap();
        // 34.614045 + 4.639516095 + 0.0372529.. + 18.25, and 34.614045 more.
        assert_eq!(show(range.least), "57.54");
        assert_eq!(show(range.most), "92.15");
        assert_eq!(show(UNITS / 200), "0.01");
        assert_eq!(show(UNITS / 200 - 1), "0.00");
    }
}
