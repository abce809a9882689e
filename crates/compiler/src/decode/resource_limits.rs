//! Requests and limits of a container: quantities of memory and CPU.

use super::compose_k8s_hints;
use super::string::string;
use crate::model::{Compute, Quantities};
use crate::support::quantity;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Spanned};
use yaml::reader::KeyAdvice;
use yaml::{Kind, Node, reader};

rules! {
    /// A quantity of memory, CPU or storage is invalid.
    pub INVALID_QUANTITY: "invalid-quantity", Error;

    /// A quantity is not a whole number of bytes, so it is rounded up.
    pub FRACTIONAL_BYTES: "fractional-bytes", Warning;
}

/// A kind of quantity: the units that may follow a number, and its texts for messages.
struct Amount {
    what: &'static str,
    units: &'static [&'static str],
    help: &'static str,
}

const MEMORY: Amount = Amount {
    what: "memory quantity",
    units: &[
        "", "k", "M", "G", "T", "P", "E", "K", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ],
    help: "write a number of bytes, as in `128Mi` or `1.5G`; the units are k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei",
};

const STORAGE: Amount = Amount {
    what: "storage quantity",
    units: &[
        "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ],
    help: "write a number of bytes, as in `1Gi`; the units are k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei",
};

const PROCESSORS: Amount = Amount {
    what: "CPU quantity",
    units: &["", "m"],
    help: "write a number of CPUs, as in `0.5`, or of millicores, as in `500m`",
};

/// An amount of anything, in the notation of Kubernetes.
const QUANTITY: Amount = Amount {
    what: "quantity",
    units: &[
        "", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ],
    help: "write a number with a unit, as in `5Gi`; the units are m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei",
};

/// The kinds of quantities by their names in `format` of declarations of params.
const FORMATS: [(&str, &Amount); 4] = [
    ("cpu", &PROCESSORS),
    ("memory", &MEMORY),
    ("quantity", &QUANTITY),
    ("storage", &STORAGE),
];

/// The names of kinds of quantities.
pub(crate) fn quantity_formats() -> impl Iterator<Item = &'static str> + Clone {
    FORMATS.iter().map(|(name, _)| *name)
}

/// A regular expression for the quantities of a kind.
pub(crate) fn quantity_pattern(format: &str) -> Option<String> {
    let (_, amount) = FORMATS.iter().find(|(name, _)| *name == format)?;
    Some(format!("^[0-9]+([.][0-9]+)?({})$", amount.units.join("|")))
}

/// What is wrong with a quantity of a kind. Nothing where there is no kind of this name.
pub(crate) fn problem_of_format(format: &str, text: &Spanned<String>) -> Option<Problem> {
    let (name, amount) = FORMATS.iter().find(|(name, _)| *name == format)?;
    let problem = quantity_problem(text, amount);
    match *name {
        "memory" => problem.or_else(|| fraction_problem(text)),
        "storage" => problem.or_else(|| storage_problem(text)),
        _ => problem,
    }
}

/// No program runs in less memory, so a smaller number was meant in another unit.
const FEWEST_BYTES: i128 = 1 << 20;

pub(crate) fn read_compute(sources: &Sources, node: &Node, report: &mut Report) -> Compute {
    let Some(mut fields) = reader::fields(node, "`resources`", report) else {
        return Compute::default();
    };
    let limits = fields
        .section("limits", report)
        .map(|node| read_quantities(sources, node, "`limits`", report));
    let requests = fields
        .section("requests", report)
        .map(|node| read_quantities(sources, node, "`requests`", report));
    let advice = |key: &str| {
        let is_resource = node
            .get(key)
            .is_some_and(|value| value.get("type").is_some());
        let top_level = KeyAdvice::new(
            "write it under the workload's own `resources`, at the top level of the file",
            &[],
        );
        compose_k8s_hints::in_compute(key).or(is_resource.then_some(top_level))
    };
    fields.finish(advice, report);
    Compute {
        limits: limits.unwrap_or_default(),
        requests: requests.unwrap_or_default(),
    }
}

fn read_quantities(sources: &Sources, node: &Node, what: &str, report: &mut Report) -> Quantities {
    let Some(mut fields) =
        reader::fields_or_short_form(sources, None, node, what, "memory", report)
    else {
        return Quantities::default();
    };
    let memory = fields.optional("memory", report);
    let memory = memory.and_then(|node| read_quantity(sources, node, "`memory`", &MEMORY, report));
    memory
        .iter()
        .filter_map(fraction_problem)
        .for_each(|problem| report.push(problem));
    let cpu = fields.optional("cpu", report);
    let cpu = cpu.and_then(|node| read_quantity(sources, node, "`cpu`", &PROCESSORS, report));
    fields.finish(|_| None, report);
    Quantities { memory, cpu }
}

fn read_quantity(
    sources: &Sources,
    node: &Node,
    what: &str,
    amount: &Amount,
    report: &mut Report,
) -> Option<Spanned<String>> {
    let written = sources.slice(node.span);
    // A number in quotes is a quantity, but not one such as `1e-1`: then that is the only problem.
    if matches!(node.kind, Kind::Int(_) | Kind::Float(_)) && !is_amount(written, amount) {
        check_quantity(&Spanned::new(written.to_owned(), node.span), amount, report);
        return None;
    }
    let is_small = match node.kind {
        Kind::Int(bytes) => (1..FEWEST_BYTES).contains(&bytes),
        Kind::Float(bytes) => bytes < FEWEST_BYTES as f64,
        _ => false,
    };
    if is_small && amount.units == MEMORY.units {
        // Quotes alone would make it a limit that no program fits into.
        let help =
            format!("write it with a unit, as in `{written}Mi`; a number alone counts bytes");
        reader::wrong_type_with(node, what, "a string", &help, report);
        return None;
    }
    string(node, what, report).filter(|text| check_quantity(text, amount, report))
}

/// Checks the size of a volume.
pub(crate) fn check_storage(text: &Spanned<String>, report: &mut Report) {
    let problem = problem_of_format("storage", text);
    problem.into_iter().for_each(|problem| report.push(problem));
}

fn storage_problem(text: &Spanned<String>) -> Option<Problem> {
    if quantity::Amount::parse(&text.value).is_some_and(quantity::Amount::is_zero) {
        let message = format!(
            "`{}` is not a valid size: a volume needs at least one byte",
            text.value
        );
        let problem = Problem::new(&INVALID_QUANTITY, message).at(text.span);
        return Some(problem.help("write a size such as `1Gi`"));
    }
    fraction_problem(text)
}

/// Kubernetes and Compose round up.
fn fraction_problem(text: &Spanned<String>) -> Option<Problem> {
    let amount = quantity::Amount::parse(&text.value).filter(|amount| !amount.is_whole())?;
    let bytes = amount.rounded_up();
    let message = format!(
        "`{}` is not a whole number of bytes, and is rounded up to {bytes}",
        text.value
    );
    let problem = Problem::new(&FRACTIONAL_BYTES, message).at(text.span);
    let help = format!("write a whole number of bytes, such as `\"{bytes}\"`");
    Some(problem.help(help))
}

fn is_amount(text: &str, amount: &Amount) -> bool {
    let (number, unit) = split(text);
    is_number(number) && amount.units.contains(&unit)
}

fn check_quantity(text: &Spanned<String>, amount: &Amount, report: &mut Report) -> bool {
    let problem = quantity_problem(text, amount);
    let is_valid = problem.is_none();
    problem.into_iter().for_each(|problem| report.push(problem));
    is_valid
}

fn quantity_problem(text: &Spanned<String>, amount: &Amount) -> Option<Problem> {
    if is_amount(&text.value, amount) {
        return None;
    }
    let (number, unit) = split(&text.value);
    let problem = Problem::new(
        &INVALID_QUANTITY,
        format!("`{}` is not a valid {}", text.value, amount.what),
    );
    let meant = meant(number, unit, amount);
    let help = match &meant {
        // Without quotes, YAML would read a number, but a quantity is a string.
        Some((meant, _)) if is_number(meant) => format!("did you mean `\"{meant}\"`?"),
        Some((meant, _)) => format!("did you mean `{meant}`?"),
        None => amount.help.to_owned(),
    };
    let is_bare = (text.span.end - text.span.start) as usize == text.value.len();
    let better =
        meant
            .filter(|(_, exact)| *exact)
            .map(|(meant, _)| match is_bare && is_number(&meant) {
                true => format!("\"{meant}\""),
                false => meant,
            });
    let problem = problem.at(text.span).help(help);
    Some(problem.suggest_replacement(text.span, &text.value, better.as_deref()))
}

/// The number, and what follows it.
fn split(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(text.len()),
    )
}

fn is_number(text: &str) -> bool {
    let digit = |character: char| character.is_ascii_digit();
    text.starts_with(digit) && text.ends_with(digit) && text.matches('.').count() <= 1
}

/// The intended quantity of one with a space in it, the letter for bytes, a unit in the wrong case,
/// or a word for CPUs; and whether it is the same amount: `128mb` is 1000 or 1024 times 1000 bytes
/// for one program or another.
fn meant(number: &str, unit: &str, amount: &Amount) -> Option<(String, bool)> {
    if !is_number(number) {
        return None;
    }
    let unit = unit.trim();
    if amount.units == PROCESSORS.units {
        match unit {
            "core" | "cores" | "cpu" | "cpus" => return Some((number.to_owned(), true)),
            "%" if !number.contains('.') => return Some((format!("{number}0m"), false)),
            _ => {}
        }
    }
    let bare = unit.strip_suffix(['B', 'b']).unwrap_or(unit);
    let known = amount
        .units
        .iter()
        .find(|known| known.eq_ignore_ascii_case(bare))?;
    let is_exact = *known == bare && !unit.ends_with('b') && unit != "KB" || known.ends_with('i');
    Some((format!("{number}{known}"), is_exact))
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::Span;
    use yaml::apply_fixes::apply_fixes;

    fn help(text: &str, amount: &Amount) -> Option<String> {
        let span = Span::new(Sources::default().add("t", text), 0, text.len());
        let mut report = Report::default();
        let good = check_quantity(&Spanned::new(text.to_owned(), span), amount, &mut report);
        let help = report
            .in_order()
            .first()
            .and_then(|diagnostic| diagnostic.help())
            .map(str::to_owned);
        assert_eq!(good, help.is_none(), "{text}");
        help
    }

    fn edited(text: &str, amount: &Amount) -> Option<String> {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let mut report = Report::default();
        let value = text.trim_matches(['"', '\'']).to_owned();
        check_quantity(
            &Spanned::new(value, Span::new(id, 0, text.len())),
            amount,
            &mut report,
        );
        apply_fixes(&sources, &report.in_order(), |_| true)
            .texts
            .remove(&id)
    }

    #[test]
    fn amounts_of_kubernetes_are_taken() {
        for text in ["128", "1.5Gi", "100k", "100K", "2E"] {
            assert_eq!(help(text, &MEMORY), None);
        }
        for text in ["1", "0.25", "250m"] {
            assert_eq!(help(text, &PROCESSORS), None);
        }
    }

    #[test]
    fn the_nearest_unit_is_named() {
        for (text, meant) in [
            ("128MB", "128M"),
            ("1.5 GiB", "1.5Gi"),
            ("64mb", "64M"),
            ("10kB", "10k"),
            ("7 ", "\"7\""),
            ("5B", "\"5\""),
        ] {
            assert_eq!(
                help(text, &MEMORY),
                Some(format!("did you mean `{meant}`?"))
            );
        }
        assert_eq!(
            help("250M", &PROCESSORS),
            Some("did you mean `250m`?".to_owned())
        );
        for text in ["", "lots", "-1", "1e3", "1,5G", "1.2.3", ".5", "5.", "5%"] {
            assert_eq!(help(text, &MEMORY).as_deref(), Some(MEMORY.help), "{text}");
        }
    }

    #[test]
    fn only_unambiguous_quantities_are_fixed() {
        for (text, fixed) in [
            ("128MB", Some("128M")),
            ("\"128 Mi\"", Some("\"128Mi\"")),
            ("1.5gib", Some("1.5Gi")),
            ("10kB", Some("10k")),
            ("5B", Some("\"5\"")),
            ("'5 B'", Some("'5'")),
            ("64mb", None),
            ("64m", None),
            ("1KB", None),
            ("1 g", None),
            ("8 Gb", None),
        ] {
            assert_eq!(edited(text, &MEMORY).as_deref(), fixed, "{text}");
        }
        for (text, fixed) in [
            ("0.5 cpu", Some("\"0.5\"")),
            ("100 m", Some("100m")),
            ("50%", None),
            ("250M", None),
            ("'2 cores'", Some("'2'")),
        ] {
            assert_eq!(edited(text, &PROCESSORS).as_deref(), fixed, "{text}");
        }
    }
}
