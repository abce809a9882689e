//! All functions with their forms. A method has the type that stands before the point; `A` is any type.

use super::{
    Function, conversions as to, formatting, lists, names, net, operators as op, optionals,
    quantity, regexes, semver, strings, time, url,
};

macro_rules! library {
    ($($name:literal $run:path { $($overload:literal)* })*) => {
        &[$(Function { name: $name, overloads: &[$($overload),*], run: $run }),*]
    };
}

/// One list for each library.
pub(super) const FUNCTIONS: &[&[Function]] = &[
    OPERATORS,
    CONVERSIONS,
    TEXTS,
    TIMES,
    LISTS,
    OPTIONALS,
    NUMBERS,
    NETWORK,
    FORMATS,
];

/// What can be put in order.
macro_rules! ordered {
    () => {
        &[
            "(bool, bool) bool",
            "(int, int) bool",
            "(int, double) bool",
            "(int, uint) bool",
            "(uint, uint) bool",
            "(uint, double) bool",
            "(uint, int) bool",
            "(double, double) bool",
            "(double, int) bool",
            "(double, uint) bool",
            "(string, string) bool",
            "(bytes, bytes) bool",
            "(timestamp, timestamp) bool",
            "(duration, duration) bool",
        ]
    };
}

const fn order(name: &'static str, run: super::Run) -> Function {
    Function {
        name,
        overloads: ordered!(),
        run,
    }
}

const OPERATORS: &[Function] = &[
    order("_<_", op::less),
    order("_<=_", op::less_equal),
    order("_>_", op::greater),
    order("_>=_", op::greater_equal),
    Function {
        name: "_==_",
        overloads: &["(A, A) bool"],
        run: op::equal,
    },
    Function {
        name: "_!=_",
        overloads: &["(A, A) bool"],
        run: op::not_equal,
    },
    Function {
        name: "@in",
        overloads: &["(A, list(A)) bool", "(A, map(A, B)) bool"],
        run: op::is_in,
    },
    Function {
        name: "!_",
        overloads: &["(bool) bool"],
        run: op::not,
    },
    Function {
        name: "-_",
        overloads: &["(int) int", "(double) double"],
        run: op::negate,
    },
    Function {
        name: "_+_",
        overloads: &[
            "(int, int) int",
            "(uint, uint) uint",
            "(double, double) double",
            "(string, string) string",
            "(bytes, bytes) bytes",
            "(list(A), list(A)) list(A)",
            "(timestamp, duration) timestamp",
            "(duration, timestamp) timestamp",
            "(duration, duration) duration",
        ],
        run: op::add,
    },
    Function {
        name: "_-_",
        overloads: &[
            "(int, int) int",
            "(uint, uint) uint",
            "(double, double) double",
            "(timestamp, timestamp) duration",
            "(timestamp, duration) timestamp",
            "(duration, duration) duration",
        ],
        run: op::subtract,
    },
    Function {
        name: "_*_",
        overloads: &[
            "(int, int) int",
            "(uint, uint) uint",
            "(double, double) double",
        ],
        run: op::multiply,
    },
    Function {
        name: "_/_",
        overloads: &[
            "(int, int) int",
            "(uint, uint) uint",
            "(double, double) double",
        ],
        run: op::divide,
    },
    Function {
        name: "_%_",
        overloads: &["(int, int) int", "(uint, uint) uint"],
        run: op::modulo,
    },
    // The evaluator knows these two; the forms are for the check.
    Function {
        name: "_[_]",
        overloads: &[
            "(list(A), int) A",
            "(map(A, B), A) B",
            "(optional(list(A)), int) optional(A)",
            "(optional(map(A, B)), A) optional(B)",
        ],
        run: op::nothing,
    },
    Function {
        name: "_[?_]",
        overloads: &[
            "(list(A), int) optional(A)",
            "(map(A, B), A) optional(B)",
            "(optional(list(A)), int) optional(A)",
            "(optional(map(A, B)), A) optional(B)",
        ],
        run: op::nothing,
    },
];

pub(super) const CONVERSIONS: &[Function] = library! {
    "bool" to::bool { "(bool) bool" "(string) bool" }
    "bytes" to::bytes { "(bytes) bytes" "(string) bytes" }
    "double" to::double { "(double) double" "(int) double" "(uint) double" "(string) double" }
    "duration" to::duration { "(duration) duration" "(string) duration" }
    "dyn" to::dyn_ { "(A) dyn" }
    "int" to::int { "(int) int" "(uint) int" "(double) int" "(string) int" "(timestamp) int" "(duration) int" }
    "string" to::string {
        "(string) string" "(bool) string" "(int) string" "(uint) string" "(double) string" "(bytes) string"
        "(timestamp) string" "(duration) string" "(ip) string" "(cidr) string"
    }
    "timestamp" to::timestamp { "(timestamp) timestamp" "(int) timestamp" "(string) timestamp" }
    "type" to::type_ { "(A) type" }
    "uint" to::uint { "(uint) uint" "(int) uint" "(double) uint" "(string) uint" }
};

const TEXTS: &[Function] = library! {
    "contains" strings::contains { "string.(string) bool" }
    "endsWith" strings::ends_with { "string.(string) bool" }
    "startsWith" strings::starts_with { "string.(string) bool" }
    "matches" regexes::matches { "string.(string) bool" "(string, string) bool" }
    "find" regexes::find { "string.(string) string" }
    "findAll" regexes::find_all { "string.(string) list(string)" "string.(string, int) list(string)" }
    "charAt" strings::char_at { "string.(int) string" }
    "format" formatting::format { "string.(list(dyn)) string" }
    "join" strings::join { "list(string).() string" "list(string).(string) string" }
    "lowerAscii" strings::lower_ascii { "string.() string" }
    "replace" strings::replace { "string.(string, string) string" "string.(string, string, int) string" }
    "split" strings::split { "string.(string) list(string)" "string.(string, int) list(string)" }
    "strings.quote" strings::quote { "(string) string" }
    "substring" strings::substring { "string.(int) string" "string.(int, int) string" }
    "trim" strings::trim { "string.() string" }
    "upperAscii" strings::upper_ascii { "string.() string" }
};

const TIMES: &[Function] = library! {
    "getDate" time::day { "timestamp.() int" "timestamp.(string) int" }
    "getDayOfMonth" time::day_of_month { "timestamp.() int" "timestamp.(string) int" }
    "getDayOfWeek" time::day_of_week { "timestamp.() int" "timestamp.(string) int" }
    "getDayOfYear" time::day_of_year { "timestamp.() int" "timestamp.(string) int" }
    "getFullYear" time::full_year { "timestamp.() int" "timestamp.(string) int" }
    "getHours" time::hours { "timestamp.() int" "timestamp.(string) int" "duration.() int" }
    "getMilliseconds" time::milliseconds { "timestamp.() int" "timestamp.(string) int" "duration.() int" }
    "getMinutes" time::minutes { "timestamp.() int" "timestamp.(string) int" "duration.() int" }
    "getMonth" time::month { "timestamp.() int" "timestamp.(string) int" }
    "getSeconds" time::seconds { "timestamp.() int" "timestamp.(string) int" "duration.() int" }
};

const LISTS: &[Function] = library! {
    "size" lists::size {
        "(string) int" "(bytes) int" "(list(A)) int" "(map(A, B)) int"
        "string.() int" "bytes.() int" "list(A).() int" "map(A, B).() int"
    }
    "indexOf" lists::index_of { "list(A).(A) int" "string.(string) int" "string.(string, int) int" }
    "lastIndexOf" lists::last_index_of { "list(A).(A) int" "string.(string) int" "string.(string, int) int" }
    "isSorted" lists::is_sorted {
        "list(int).() bool" "list(uint).() bool" "list(double).() bool" "list(bool).() bool"
        "list(duration).() bool" "list(timestamp).() bool" "list(string).() bool" "list(bytes).() bool"
    }
    "sum" lists::sum { "list(int).() int" "list(uint).() uint" "list(double).() double" "list(duration).() duration" }
    "max" lists::max {
        "list(int).() int" "list(uint).() uint" "list(double).() double" "list(bool).() bool"
        "list(duration).() duration" "list(timestamp).() timestamp" "list(string).() string" "list(bytes).() bytes"
    }
    "min" lists::min {
        "list(int).() int" "list(uint).() uint" "list(double).() double" "list(bool).() bool"
        "list(duration).() duration" "list(timestamp).() timestamp" "list(string).() string" "list(bytes).() bytes"
    }
    "slice" lists::slice { "list(A).(int, int) list(A)" }
    "flatten" lists::flatten { "list(list(A)).() list(A)" "list(dyn).(int) list(dyn)" }
    "sort" lists::sort {
        "list(int).() list(int)" "list(uint).() list(uint)" "list(double).() list(double)" "list(bool).() list(bool)"
        "list(duration).() list(duration)" "list(timestamp).() list(timestamp)" "list(string).() list(string)"
        "list(bytes).() list(bytes)"
    }
    "lists.range" lists::range { "(int) list(int)" }
    "reverse" lists::reverse { "list(A).() list(A)" }
    "distinct" lists::distinct { "list(A).() list(A)" }
    "sets.contains" lists::set_contains { "(list(A), list(A)) bool" }
    "sets.equivalent" lists::set_equivalent { "(list(A), list(A)) bool" }
    "sets.intersects" lists::set_intersects { "(list(A), list(A)) bool" }
};

const OPTIONALS: &[Function] = library! {
    "optional.of" optionals::of { "(A) optional(A)" }
    "optional.ofNonZeroValue" optionals::of_non_zero { "(A) optional(A)" }
    "optional.none" optionals::none { "() optional(A)" }
    "optional.unwrap" optionals::unwrap { "(list(optional(A))) list(A)" }
    "unwrapOpt" optionals::unwrap { "list(optional(A)).() list(A)" }
    "hasValue" optionals::has_value { "optional(A).() bool" }
    "value" optionals::value { "optional(A).() A" }
    "or" optionals::nothing { "optional(A).(optional(A)) optional(A)" }
    "orValue" optionals::nothing { "optional(A).(A) A" }
    "first" optionals::first { "list(A).() optional(A)" }
    "last" optionals::last { "list(A).() optional(A)" }
};

const NUMBERS: &[Function] = library! {
    "quantity" quantity::quantity { "(string) quantity" }
    "isQuantity" quantity::is_quantity { "(string) bool" }
    "sign" quantity::sign { "(quantity) int" }
    "isInteger" quantity::is_integer { "quantity.() bool" }
    "asInteger" quantity::as_integer { "quantity.() int" }
    "asApproximateFloat" quantity::as_float { "quantity.() double" }
    "add" quantity::add { "quantity.(quantity) quantity" "quantity.(int) quantity" }
    "sub" quantity::sub { "quantity.(quantity) quantity" "quantity.(int) quantity" }
    "isGreaterThan" semver::is_greater { "quantity.(quantity) bool" "semver.(semver) bool" }
    "isLessThan" semver::is_less { "quantity.(quantity) bool" "semver.(semver) bool" }
    "compareTo" semver::compare_to { "quantity.(quantity) int" "semver.(semver) int" }
    "semver" semver::semver { "(string) semver" "(string, bool) semver" }
    "isSemver" semver::is_semver { "(string) bool" "(string, bool) bool" }
    "major" semver::major { "semver.() int" }
    "minor" semver::minor { "semver.() int" }
    "patch" semver::patch { "semver.() int" }
};

const NETWORK: &[Function] = library! {
    "ip" net::ip { "(string) ip" "cidr.() ip" }
    "isIP" net::is_ip { "(string) bool" }
    "ip.isCanonical" net::is_canonical { "(string) bool" }
    "family" net::family { "ip.() int" }
    "isUnspecified" net::is_unspecified { "ip.() bool" }
    "isLoopback" net::is_loopback { "ip.() bool" }
    "isLinkLocalMulticast" net::is_link_local_multicast { "ip.() bool" }
    "isLinkLocalUnicast" net::is_link_local_unicast { "ip.() bool" }
    "isGlobalUnicast" net::is_global_unicast { "ip.() bool" }
    "cidr" net::cidr { "(string) cidr" }
    "isCIDR" net::is_cidr { "(string) bool" }
    "containsIP" net::contains_ip { "cidr.(string) bool" "cidr.(ip) bool" }
    "containsCIDR" net::contains_cidr { "cidr.(string) bool" "cidr.(cidr) bool" }
    "prefixLength" net::prefix_length { "cidr.() int" }
    "masked" net::masked { "cidr.() cidr" }
    "url" url::url { "(string) url" }
    "isURL" url::is_url { "(string) bool" }
    "getScheme" url::scheme { "url.() string" }
    "getHost" url::host { "url.() string" }
    "getHostname" url::hostname { "url.() string" }
    "getPort" url::port { "url.() string" }
    "getEscapedPath" url::escaped_path { "url.() string" }
    "getQuery" url::query { "url.() map(string, list(string))" }
};

const FORMATS: &[Function] = library! {
    "format.named" names::named { "(string) optional(format)" }
    "validate" names::validate { "format.(string) optional(list(string))" }
    "format.dns1123Label" names::dns1123_label { "() format" }
    "format.dns1123Subdomain" names::dns1123_subdomain { "() format" }
    "format.dns1035Label" names::dns1035_label { "() format" }
    "format.qualifiedName" names::qualified_name { "() format" }
    "format.dns1123LabelPrefix" names::dns1123_label_prefix { "() format" }
    "format.dns1123SubdomainPrefix" names::dns1123_subdomain_prefix { "() format" }
    "format.dns1035LabelPrefix" names::dns1035_label_prefix { "() format" }
    "format.labelValue" names::label_value { "() format" }
    "format.uri" names::uri { "() format" }
    "format.uuid" names::uuid { "() format" }
    "format.byte" names::byte { "() format" }
    "format.date" names::date { "() format" }
    "format.datetime" names::datetime { "() format" }
};
