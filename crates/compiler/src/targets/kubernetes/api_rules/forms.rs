//! The forms of texts: names, keys, addresses, quantities.

use std::net::IpAddr;

use crate::model::{is_cidr, is_dns_label, is_dns_subdomain, is_label_value, is_qualified_name};

/// A form of texts.
pub(super) struct Form {
    /// What a text of the form is, for messages.
    pub(super) what: &'static str,
    pub(super) holds: fn(&str) -> bool,
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident: $what:literal, $holds:expr;)+) => {
        $($(#[$doc])* pub(super) static $name: Form = Form { what: $what, holds: $holds };)+
    };
}

forms! {
    /// RFC 1123.
    DNS_LABEL: "a DNS label: up to 63 of the characters a-z, 0-9 and `-`", is_dns_label;
    /// RFC 1035.
    SERVICE_NAME: "a name of up to 63 of the characters a-z, 0-9 and `-` that begins with a letter",
        super::super::names::is_service_name;
    /// RFC 1123.
    DNS_NAME: "a DNS name: up to 253 of the characters a-z, 0-9, `-` and `.`", is_dns_subdomain;
    /// The controller appends `-` and ten digits.
    CRON_JOB_NAME: "a DNS name of up to 52 characters", |text| text.len() <= 52 && is_dns_subdomain(text);
    /// Names of roles.
    PATH_SEGMENT: "a name without `/` and `%`, other than `.` and `..`",
        |text| !text.contains(['/', '%']) && ![".", ".."].contains(&text);
    LABEL_VALUE: "a label value: up to 63 of the characters A-Z, a-z, 0-9, `-`, `_` and `.`, \
        with a letter or digit at both ends", is_label_value;
    QUALIFIED_NAME: "a name of up to 63 of the characters A-Z, a-z, 0-9, `-`, `_` and `.`, with at \
        most one `host/` before it", is_qualified_name;
    /// As a qualified name, but the host may be written in capitals.
    ANNOTATION_KEY: "a name of up to 63 of the characters A-Z, a-z, 0-9, `-`, `_` and `.`, with at \
        most one `host/` before it", |text| is_qualified_name(&text.to_lowercase());
    DATA_KEY: "a file name of up to 253 of the characters A-Z, a-z, 0-9, `-`, `_` and `.`", |text| {
        (1..=253).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && text != "."
            && !text.starts_with("..")
    };
    VARIABLE_NAME: "a name of printable ASCII characters without `=`",
        |text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=');
    /// RFC 6335.
    PORT_NAME: "a port name: up to 15 of the characters a-z, 0-9 and `-`, with a letter", is_port_name;
    HEADER_NAME: "a header name of the characters A-Z, a-z, 0-9 and `-`",
        super::super::checks::is_header_name;
    FIELD_PATH: "the path of a field that pods have for variables, such as `metadata.name`", |text| {
        let fields = [
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs",
        ];
        let has_key = |map: &str| text.starts_with(map) && text.ends_with("']");
        fields.contains(&text) || has_key("metadata.labels['") || has_key("metadata.annotations['")
    };
    /// A resource that is not part of Kubernetes has the domain of its vendor.
    COMPUTE_RESOURCE: "`cpu`, `memory`, `ephemeral-storage` or a resource of a vendor", |text| {
        let has_domain = text.contains('/') && is_qualified_name(text);
        ["cpu", "memory", "ephemeral-storage"].contains(&text)
            || text.starts_with("hugepages-")
            || has_domain
    };
    RELATIVE_PATH: "a relative path without `..`",
        |text| !text.starts_with('/') && text.split('/').all(|part| part != "..");
    PATH_WITHOUT_PARENT: "a path without `..`", |text| text.split('/').all(|part| part != "..");
    IMAGE: "an image without spaces around it", |text| text.trim() == text;
    IP_ADDRESS: "an IP address", is_ip_address;
    CLUSTER_IP: "an IP address or `None`", |text| text == "None" || is_ip_address(text);
    CIDR: "a range of IP addresses such as `10.0.0.0/8`", is_cidr;
    TLS_HOST: "a host name of the characters a-z, 0-9, `-` and `.`, with `*.` before it or not",
        |text| is_dns_subdomain(text.strip_prefix("*.").unwrap_or(text));
    HOST: "a host name of the characters a-z, 0-9, `-` and `.`, with `*.` before it or not",
        |text| is_dns_subdomain(text.strip_prefix("*.").unwrap_or(text)) && !is_ip_address(text);
    URL_PATH: "a path without `//`, `/./`, `/../` and `%2f`", is_url_path;
    ROUTE_PATH: "a path that begins with `/`, without `//`, `/./`, `/../`, `%2f`, `#`, `?` and spaces",
        |text| text.starts_with('/') && is_url_path(text) && !text.contains(['#', '?', ' ']);
    TIME_ZONE: "a time zone such as `Europe/Berlin`", super::super::cron::is_time_zone;
    PERCENTAGE: "a number or a percentage such as `25%`", |text| {
        let digits = text.strip_suffix('%').unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
}

fn is_url_path(text: &str) -> bool {
    let text = text.to_lowercase();
    let parts = ["//", "/./", "/../", "%2f"];
    !parts.iter().any(|part| text.contains(part)) && !text.ends_with("/..") && !text.ends_with("/.")
}

fn is_port_name(text: &str) -> bool {
    is_dns_label(text) && super::super::names::container_port(text).is_some()
}

fn is_ip_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// Whether a text is a quantity (Kubernetes, `Quantity`): a decimal number, and a unit or an
/// exponent.
pub(super) fn is_quantity(text: &str) -> bool {
    const UNITS: [&str; 16] = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(unsigned.len());
    let (number, unit) = unsigned.split_at(end);
    let is_number = number.bytes().any(|byte| byte.is_ascii_digit())
        && number.bytes().filter(|byte| *byte == b'.').count() <= 1;
    let exponent = unit.strip_prefix(['e', 'E']).unwrap_or_default();
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_exponent = !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (UNITS.contains(&unit) || is_exponent)
}
