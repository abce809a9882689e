//! The formats that `format.named` gives: names of Kubernetes, URIs, dates.

use super::{Context, no_overload, text, time, url::Url};
use crate::eval::Outcome;
use crate::value::{Kind, Value};

/// A format with what it checks.
#[derive(Debug)]
pub struct Format {
    name: &'static str,
    is_valid: fn(&str) -> bool,
    /// What a text must be.
    rule: &'static str,
}

const LABEL_RULE: &str = "must consist of lower case letters, digits and `-`, at most 63, and begin and end with a letter or digit";
const SUBDOMAIN_RULE: &str = "must consist of lower case letters, digits, `-` and `.`, at most 253, and begin and end with a letter or digit";
const LABEL_1035_RULE: &str = "must consist of lower case letters, digits and `-`, at most 63, begin with a letter and end with a letter or digit";

static FORMATS: [Format; 13] = [
    Format {
        name: "dns1123Label",
        is_valid: is_label,
        rule: LABEL_RULE,
    },
    Format {
        name: "dns1123Subdomain",
        is_valid: is_subdomain,
        rule: SUBDOMAIN_RULE,
    },
    Format {
        name: "dns1035Label",
        is_valid: is_label_1035,
        rule: LABEL_1035_RULE,
    },
    Format {
        name: "qualifiedName",
        is_valid: is_qualified_name,
        rule: "must be a name of letters, digits, `-`, `_` and `.`, at most 63, with or without a domain and `/` before it",
    },
    Format {
        name: "dns1123LabelPrefix",
        is_valid: |text| is_label(&prefix(text)),
        rule: LABEL_RULE,
    },
    Format {
        name: "dns1123SubdomainPrefix",
        is_valid: |text| is_subdomain(&prefix(text)),
        rule: SUBDOMAIN_RULE,
    },
    Format {
        name: "dns1035LabelPrefix",
        is_valid: |text| is_label_1035(&prefix(text)),
        rule: LABEL_1035_RULE,
    },
    Format {
        name: "labelValue",
        is_valid: |text| text.is_empty() || is_name(text),
        rule: "must be empty or consist of letters, digits, `-`, `_` and `.`, at most 63, and begin and end with a letter or digit",
    },
    Format {
        name: "uri",
        is_valid: |text| Url::parse(text).is_some(),
        rule: "must be an absolute URI",
    },
    Format {
        name: "uuid",
        is_valid: is_uuid,
        rule: "must be a UUID",
    },
    Format {
        name: "byte",
        is_valid: is_base64,
        rule: "must be base64",
    },
    Format {
        name: "date",
        is_valid: is_date,
        rule: "must be a date such as 2024-05-01",
    },
    Format {
        name: "datetime",
        is_valid: is_datetime,
        rule: "must be a time such as 2024-05-01T12:00:00Z",
    },
];

/// A name that something is appended to may end with `-`.
fn prefix(text: &str) -> String {
    match text.len() > 1 && text.ends_with('-') {
        true => format!("{}a", &text[..text.len() - 1]),
        false => text.to_owned(),
    }
}

fn is_label_part(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_label_part(text)
}

fn is_label_1035(text: &str) -> bool {
    is_label(text) && text.starts_with(|first: char| first.is_ascii_lowercase())
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label_part)
}

fn is_name(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_outer = |sign: char| sign.is_ascii_alphanumeric();
    text.len() <= 63
        && text.bytes().all(is_inner)
        && text.starts_with(is_outer)
        && text.ends_with(is_outer)
}

fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        Some((domain, name)) => is_subdomain(domain) && is_name(name),
        None => is_name(text),
    }
}

fn is_uuid(text: &str) -> bool {
    let mut rest = text;
    for (index, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix('-').unwrap_or(rest);
        }
        match rest.split_at_checked(length) {
            Some((part, after)) if part.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                rest = after;
            }
            _ => return false,
        }
    }
    rest.is_empty()
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    text.len().is_multiple_of(4)
        && text.len() - digits.len() <= 2
        && digits.bytes().all(is_digit)
        && !digits.is_empty()
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && time::parse_timestamp(&format!("{text}T00:00:00Z")).is_ok()
}

fn is_datetime(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    time::parse_timestamp(&upper).is_ok()
}

pub(super) fn named<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [name] = arguments else {
        return Err(no_overload(arguments));
    };
    let name = text(name)?;
    let found = FORMATS.iter().find(|format| format.name == name);
    Ok(Value::optional(
        found.map(|format| Kind::Format(format).into()),
    ))
}

pub(super) fn validate<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [
        Value {
            kind: Kind::Format(format),
            ..
        },
        of,
    ] = arguments
    else {
        return Err(no_overload(arguments));
    };
    let of = text(of)?;
    (context.spend)(of.len() as u64)?;
    let wrong = !(format.is_valid)(of);
    Ok(Value::optional(
        wrong.then(|| Value::list(vec![Value::text(format.rule)])),
    ))
}

macro_rules! constants {
    ($($name:ident $index:literal)*) => {
        $(pub(super) fn $name<'a>(_: &Context<'_, 'a>, _: &[Value<'a>]) -> Outcome<'a> {
            Ok(Kind::Format(&FORMATS[$index]).into())
        })*
    };
}

constants! {
    dns1123_label 0
    dns1123_subdomain 1
    dns1035_label 2
    qualified_name 3
    dns1123_label_prefix 4
    dns1123_subdomain_prefix 5
    dns1035_label_prefix 6
    label_value 7
    uri 8
    uuid 9
    byte 10
    date 11
    datetime 12
}
