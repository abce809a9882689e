//! The file of `cost --prices`.

use std::path::Path;

use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::text_file;
use compiler::parse;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};
use yaml::rules::UNKNOWN_VALUE;
use yaml::{Node, reader};

/// A price has nine decimal places at most.
pub(crate) const PLACES: u32 = 9;

/// Prices in a billionth of the currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prices {
    pub(crate) currency: String,
    pub(crate) cpu_hour: u128,
    /// Of a GiB.
    pub(crate) memory_hour: u128,
    /// Of a GiB.
    pub(crate) storage_month: u128,
    pub(crate) load_balancer_month: u128,
}

impl Prices {
    pub(crate) fn read(
        path: &Path,
        os: &Os,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Prices, CliError> {
        let (prices, result) = report.observe(|report| {
            let Some(source) = text_file::read_named(os, path, sources, report)? else {
                return Ok(None);
            };
            Ok::<_, CliError>(Prices::of_text(sources, source, report))
        });
        result?;
        prices?.ok_or(CliError::Reported)
    }

    fn of_text(sources: &Sources, source: SourceId, report: &mut Report) -> Option<Prices> {
        let documents = parse::yaml_documents(sources, source, report);
        let Some(node) = documents.first().filter(|node| !node.is_null()) else {
            // A text that is no YAML was reported.
            if report.result().is_ok() {
                report.push(no_prices(Span::new(source, 0, 0)));
            }
            return None;
        };
        Prices::of(node, sources, report)
    }

    fn of(node: &Node, sources: &Sources, report: &mut Report) -> Option<Prices> {
        let mut fields = reader::fields(node, "a file of prices", report)?;
        let currency = fields.required_as("currency", "EUR", report);
        let currency = currency.and_then(|node| reader::string(node, "`currency`", report));
        let mut price = |key, report: &mut Report| {
            fields
                .optional(key, report)
                .map_or(Some(0), |node| number(node, key, sources, report))
        };
        let cpu_hour = price("cpuHour", report);
        let memory_hour = price("memoryGiBHour", report);
        let storage_month = price("storageGiBMonth", report);
        let load_balancer_month = price("loadBalancerMonth", report);
        fields.finish(|_| None, report);
        Some(Prices {
            currency: currency?.value,
            cpu_hour: cpu_hour?,
            memory_hour: memory_hour?,
            storage_month: storage_month?,
            load_balancer_month: load_balancer_month?,
        })
    }
}

/// Reports what is wrong in the text of a file of prices.
pub fn check_text(sources: &Sources, source: SourceId, report: &mut Report) {
    Prices::of_text(sources, source, report);
}

fn no_prices(start: Span) -> Problem {
    let problem = Problem::new(&UNKNOWN_VALUE, "there are no prices").at(start);
    problem.help("write `currency: EUR`, and prices such as `cpuHour: 0.03`")
}

/// A price as it is written: a number that was read as a fraction would not be exact.
fn number(node: &Node, key: &str, sources: &Sources, report: &mut Report) -> Option<u128> {
    let span = node.span;
    let text = sources.get(span.source).text();
    let text = text.get(span.start as usize..span.end as usize);
    let price = text.and_then(billionths);
    if price.is_none() {
        let message = format!("`{key}` is no price with at most {PLACES} decimal places");
        let problem = Problem::new(&UNKNOWN_VALUE, message).at(span);
        report.push(problem.help(format!("write a number such as `{key}: 0.0325`")));
    }
    price
}

fn billionths(text: &str) -> Option<u128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let places = u32::try_from(part.len()).ok()?;
    let digits = format!("{whole}{part}");
    let is_number = !whole.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let rest = PLACES.checked_sub(places).filter(|_| is_number)?;
    digits.parse::<u128>().ok()?.checked_mul(10_u128.pow(rest))
}

#[cfg(test)]
mod tests {
    use super::billionths;

    #[test]
    fn prices_are_read_as_they_are_written() {
        for (text, expected) in [
            ("0", Some(0)),
            ("0.031611", Some(31_611_000)),
            ("18.25", Some(18_250_000_000)),
            ("0.000000001", Some(1)),
            ("0.0000000001", None),
            ("-1", None),
            (".5", None),
            ("1e3", None),
            ("", None),
        ] {
            assert_eq!(billionths(text), expected, "{text}");
        }
    }
}
