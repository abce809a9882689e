//! The data that fuzzed templates see: every kind of value, under short names.

use go_template::Data;

/// Paths into [`rich`] that the mutator writes.
pub const PATHS: &[&str] = &[
    ".",
    "$",
    ".Uid",
    ".Params",
    ".Params.list",
    ".Params.map",
    ".Params.map.k",
    ".Params.int",
    ".Params.big",
    ".Params.half",
    ".Params.nil",
    ".Params.text",
    ".Params.no",
    ".Services",
    ".Services.web.Ports",
    ".State",
    ".State.a.b",
    ".Shared",
    ".Long",
];

/// A Go struct with maps, lists, numbers of every size, nothing, text beyond ASCII, and maps of
/// structs.
pub fn rich() -> Data {
    Data::structure(
        "Data",
        vec![
            ("Uid", Data::text("postgres.default#web.db")),
            ("Params", params()),
            ("Services", services()),
            (
                "State",
                Data::map([(
                    "a",
                    Data::map([("b", Data::list(vec![Data::Nil, Data::text("")]))]),
                )]),
            ),
            (
                "Shared",
                Data::map([
                    ("count", Data::Int(7)),
                    ("tëxt", Data::text("größe\n\t\"x\" 東京 e\u{301} 👩‍🚀")),
                ]),
            ),
            ("Long", Data::text("word and \u{df} ".repeat(400))),
        ],
    )
}

fn params() -> Data {
    let list = vec![
        Data::Int(1),
        Data::text("zwei"),
        Data::Nil,
        Data::list(vec![Data::Int(2), Data::Float(2.5)]),
        Data::map([("x", Data::Bool(true))]),
        Data::Uint64(u64::MAX),
        Data::Int(i64::MIN),
    ];
    let map = [
        ("k", Data::text("v")),
        ("n", Data::map([("m", Data::Float(1.5))])),
        ("", Data::text("no key")),
        ("k/8s.io", Data::Bool(false)),
        ("none", Data::Nil),
    ];
    Data::map([
        ("list", Data::list(list)),
        ("map", Data::map(map)),
        ("int", Data::Int(i64::MAX)),
        ("int64", Data::Int64(i64::MIN)),
        ("big", Data::Uint64(u64::MAX)),
        ("byte", Data::Uint8(200)),
        ("half", Data::Float(0.5)),
        ("huge", Data::Float(1e300)),
        ("nan", Data::Float(f64::NAN)),
        ("infinite", Data::Float(f64::NEG_INFINITY)),
        ("nil", Data::Nil),
        ("yes", Data::Bool(true)),
        ("text", Data::text("a,b c-d_e.F")),
    ])
}

fn services() -> Data {
    let port = |name: &str, number: i64| {
        Data::structure(
            "ServicePort",
            vec![("Name", Data::text(name)), ("Port", Data::Int(number))],
        )
    };
    let ports = Data::map_of_structures(
        [("http", port("http", 80)), ("80", port("http", 80))],
        port("", 0),
    );
    let service = |name: &str| {
        Data::structure(
            "WorkloadService",
            vec![("ServiceName", Data::text(name)), ("Ports", ports.clone())],
        )
    };
    Data::map_of_structures(
        [("web", service("web")), ("other", service(""))],
        service(""),
    )
}
