//! Actions, variables, pipelines, trimming.

use super::{Data, Limits, check, data, run};
use crate::origin;

const JSON: &str = r#"{"name": "web", "port": 8080, "empty": "", "nil": null, "on": true, "ratio": 0.5,
    "list": ["a", "b", "c"], "map": {"z": 1, "a": {"b": "deep"}}, "nils": [null, 1]}"#;

#[test]
fn text_and_fields() {
    check(
        JSON,
        &[
            ("", ""),
            ("plain {text}", "plain {text}"),
            ("{{ .name }}:{{.port}}", "web:8080"),
            ("{{ .map.a.b }}", "deep"),
            ("{{ .no }} {{ .no.more.of.it }}", "<no value> <no value>"),
            ("{{ .nil }}", "<no value>"),
            ("{{ (.map.a).b }}{{ (index .map \"a\").b }}", "deepdeep"),
            (
                "{{ .list }} {{ .map }} {{ .ratio }} {{ .on }}",
                "[a b c] map[a:map[b:deep] z:1] 0.5 true",
            ),
            ("{{ .nils }}", "[<nil> 1]"),
            (
                "{{ $.name }}{{ $x := . }}{{ $x.name }}{{ with .map }}{{ $.name }}{{ end }}",
                "webwebweb",
            ),
        ],
    );
}

#[test]
fn trimming_and_comments() {
    check(
        JSON,
        &[
            ("a {{- 1 -}} b", "a1b"),
            ("a  \n{{- 1 }}\n b", "a1\n b"),
            ("{{ 1  -}}  \t\r\n b", "1b"),
            ("a{{/* no */}}b", "ab"),
            ("a {{- /* no\nmore }} */ -}} b", "ab"),
            ("{{-3}}", "-3"),
            ("{{ 3 -}} x", "3x"),
            ("{{`}}`}}{{\"{{\"}}", "}}{{"),
            ("{{\n  .name\n  | upper\n}}", "WEB"),
        ],
    );
}

#[test]
fn constants() {
    check(
        JSON,
        &[
            ("{{ 1 }} {{ -7 }} {{ +3 }} {{ 1_000 }}", "1 -7 3 1000"),
            ("{{ 0x1F }} {{ 0o17 }} {{ 017 }} {{ 0b101 }}", "31 15 15 5"),
            (
                "{{ 1.5 }} {{ 1e3 }} {{ .5 }} {{ 1. }} {{ 0x1p-2 }}",
                "1.5 1000 0.5 1 0.25",
            ),
            (
                "{{ 'a' }} {{ '\\n' }} {{ '\\'' }} {{ '\\u00e9' }}",
                "97 10 39 233",
            ),
            ("{{ \"a\\tb\\\"\\\\\\x41\\101\\u00e9\" }}", "a\tb\"\\AAé"),
            ("{{ `raw \\n \"x\"` }}", "raw \\n \"x\""),
            ("{{ true }} {{ false }}", "true false"),
            ("{{ printf \"%v\" nil }}", "<nil>"),
        ],
    );
}

#[test]
fn conditions() {
    check(
        JSON,
        &[
            ("{{ if .on }}y{{ else }}n{{ end }}", "y"),
            ("{{ if .empty }}y{{ else }}n{{ end }}", "n"),
            (
                "{{ if .no }}y{{ else if eq .port 8080 }}port{{ else }}n{{ end }}",
                "port",
            ),
            (
                "{{ if 0 }}a{{ else if 0.0 }}b{{ else if \"\" }}c{{ else if list }}d{{ else if dict }}e{{ else }}f{{ end }}",
                "f",
            ),
            ("{{ if $p := .port }}{{ $p }}{{ end }}", "8080"),
            (
                "{{ if $p := .no }}{{ else }}[{{ $p }}]{{ end }}",
                "[<no value>]",
            ),
            ("{{ with .map.a }}{{ .b }}{{ end }}", "deep"),
            ("{{ with $x := .name }}{{ . }}{{ $x }}{{ end }}", "webweb"),
            (
                "{{ with .no }}y{{ else with .name }}{{ . }}{{ end }}",
                "web",
            ),
            ("{{ with .no }}y{{ else }}{{ .name }}{{ end }}", "web"),
        ],
    );
}

#[test]
fn loops() {
    check(
        JSON,
        &[
            ("{{ range .list }}{{ . }},{{ end }}", "a,b,c,"),
            (
                "{{ range $i, $e := .list }}{{ $i }}{{ $e }} {{ end }}",
                "0a 1b 2c ",
            ),
            ("{{ range $e := .list }}{{ $e }}{{ end }}", "abc"),
            (
                "{{ range $k, $v := .map }}{{ $k }}={{ $v }};{{ end }}",
                "a=map[b:deep];z=1;",
            ),
            (
                "{{ range .empty | list | compact }}x{{ else }}none{{ end }}",
                "none",
            ),
            ("{{ range .no }}x{{ else }}none{{ end }}", "none"),
            (
                "{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}",
                "01201",
            ),
            ("{{ range 0 }}x{{ else }}none{{ end }}", "none"),
            (
                "{{ range .list }}{{ if eq . \"b\" }}{{ continue }}{{ end }}{{ . }}{{ end }}",
                "ac",
            ),
            (
                "{{ range .list }}{{ if eq . \"b\" }}{{ break }}{{ end }}{{ . }}{{ end }}",
                "a",
            ),
            (
                "{{ range .list }}{{ range $.list }}{{ break }}{{ end }}{{ . }}{{ end }}",
                "abc",
            ),
            (
                "{{ $n := 0 }}{{ range .list }}{{ $n = add $n 1 }}{{ end }}{{ $n }}",
                "3",
            ),
            (
                "{{ $n := 0 }}{{ range .list }}{{ $n := 5 }}{{ end }}{{ $n }}",
                "0",
            ),
            (
                "{{ $k := 0 }}{{ $v := 0 }}{{ range $k, $v = .list }}{{ end }}{{ $k }}{{ $v }}",
                "2c",
            ),
            ("{{ range $x := .list }}{{ else }}{{ end }}ok", "ok"),
        ],
    );
}

#[test]
fn templates() {
    check(
        JSON,
        &[
            (
                "{{ define \"t\" }}<{{ . }}>{{ end }}{{ template \"t\" .name }}{{ template \"t\" }}",
                "<web><<no value>>",
            ),
            (
                "{{ template \"t\" .map.a }}{{ define \"t\" }}{{ .b }}{{ $.b }}{{ end }}",
                "deepdeep",
            ),
            ("{{ block \"b\" .map }}{{ .z }}{{ end }}", "1"),
            (
                "{{ define \"down\" }}{{ . }}{{ if gt . 0 }}{{ template \"down\" (int (sub . 1)) }}{{ end }}{{ end }}{{ template \"down\" 3 }}",
                "3210",
            ),
        ],
    );
}

#[test]
fn pipelines() {
    check(
        JSON,
        &[
            ("{{ .name | upper | printf \"%s-%d\" \"x\" | len }}", "17"),
            ("{{ .name | printf \"%s=%s\" \"n\" }}", "n=web"),
            ("{{ printf \"%d\" (len .list) }}", "3"),
            ("{{ (printf \"%s\" .name) | quote }}", "\"web\""),
            ("{{ $x := .name | upper }}{{ $x }}", "WEB"),
            ("{{ greet .name }}{{ .name | greet }}", "hello webhello web"),
        ],
    );
}

#[test]
fn comparisons() {
    check(
        JSON,
        &[
            (
                "{{ eq 1 1 }} {{ eq 1 2 3 1 }} {{ eq \"a\" \"b\" }}",
                "true true false",
            ),
            (
                "{{ eq .no nil }} {{ eq .nil .no }} {{ eq .name .no }} {{ ne .no \"\" }}",
                "true true false true",
            ),
            ("{{ eq (add 1 1) 2 }}", "true"),
            (
                "{{ lt 1 2 }} {{ le 2 2 }} {{ gt \"b\" \"a\" }} {{ ge 1.5 2.5 }}",
                "true true true false",
            ),
            (
                "{{ and 1 0 2 }} {{ and 1 2 }} {{ or 0 \"\" 3 }} {{ or 0 \"\" }}|",
                "0 2 3 |",
            ),
            (
                "{{ and .no (fail \"x\") }}{{ or 1 (fail \"x\") }}",
                "<no value>1",
            ),
            ("{{ not 0 }} {{ not .name }}", "true false"),
            ("{{ 0 | or 5 }}{{ 7 | and 1 }}", "57"),
        ],
    );
}

#[test]
fn indexing() {
    check(
        JSON,
        &[
            (
                "{{ index .list 1 }}{{ index .map \"a\" \"b\" }}{{ index .list }}",
                "bdeep[a b c]",
            ),
            (
                "{{ index .map \"no\" }} {{ (index .map \"no\").more }}",
                "<no value> <no value>",
            ),
            ("{{ index .name 0 }}", "119"),
            ("{{ len .name }}{{ len .map }}{{ len \"é\" }}", "322"),
        ],
    );
}

#[test]
fn structs_and_maps_of_structs() {
    let service = |name: &str| {
        let port = Data::structure("Port", vec![("TargetPort", Data::Int(80))]);
        let zero = Data::structure("Port", vec![("TargetPort", Data::Int(0))]);
        let ports = if name.is_empty() {
            Vec::new()
        } else {
            vec![("http", port)]
        };
        let fields = vec![
            ("ServiceName", Data::text(name)),
            ("Ports", Data::map_of_structures(ports, zero)),
        ];
        Data::structure("Service", fields)
    };
    let services = Data::map_of_structures([("web", service("web-svc"))], service(""));
    let top = Data::structure(
        "Data",
        vec![("Services", services), ("Uid", Data::text("dns.default#x"))],
    );
    let text = |template| run(template, &top, Limits::default()).map(|rendered| rendered.text);
    assert_eq!(
        text("{{ .Uid }} {{ (index .Services \"web\").ServiceName }}").unwrap(),
        "dns.default#x web-svc"
    );
    assert_eq!(
        text("{{ $w := index .Services \"no\" }}[{{ $w.ServiceName }}]{{ not $w }}").unwrap(),
        "[]false"
    );
    assert_eq!(
        text("{{ .Services.no.ServiceName }}").unwrap(),
        "<no value>"
    );
    assert_eq!(
        text("{{ (index (index .Services \"web\").Ports \"http\").TargetPort }}").unwrap(),
        "80"
    );
    assert_eq!(
        text("{{ (index (index .Services \"web\").Ports \"no\").TargetPort }}").unwrap(),
        "0"
    );
    assert_eq!(
        text("{{ index .Services \"web\" }}").unwrap(),
        "{web-svc map[http:{80}]}"
    );
    assert_eq!(
        text("{{ printf \"%+v\" (index .Services \"no\") }}").unwrap(),
        "{ServiceName: Ports:map[]}"
    );
    let error = text("{{ .Nope }}").unwrap_err();
    assert_eq!((error.start, error.end), (3, 8));
    assert_eq!(
        error.message,
        "there is no field `Nope` here; there are `Services` and `Uid`"
    );
    let error = text("{{ index .Services 1 }}").unwrap_err();
    assert_eq!(
        error.message,
        "`index`: value has type int; should be string"
    );
}

#[test]
fn rendering_records_origins_and_missing_values() {
    let template = "ab {{ .name }}{{ .no }} {{- range .list }}x{{ end }}";
    let rendered = run(template, &data(JSON), Limits::default()).unwrap();
    assert_eq!(rendered.text, "ab web<no value>xxx");
    assert_eq!(rendered.missing, vec![(17, 20)]);
    assert_eq!(origin(&rendered.pieces, 1), 1);
    assert_eq!(origin(&rendered.pieces, 4), 6);
    assert_eq!(origin(&rendered.pieces, 8), 17);
    assert_eq!(
        &template[origin(&rendered.pieces, 17)..=origin(&rendered.pieces, 17)],
        "x"
    );
}

#[test]
fn random_functions_have_numbered_sources() {
    let one = run(
        "{{ randAlphaNum 8 }} {{ randAlpha 8 }}",
        &data("{}"),
        Limits::default(),
    )
    .unwrap()
    .text;
    let two = run(
        "{{ randAlphaNum 8 }} {{ randAlpha 8 }}",
        &data("{}"),
        Limits::default(),
    )
    .unwrap()
    .text;
    assert_eq!(one, two);
    assert_eq!(one.len(), 17);
    let (first, second) = one.split_once(' ').unwrap();
    assert_ne!(first, second);
    let uuid = run("{{ uuidv4 }}", &data("{}"), Limits::default())
        .unwrap()
        .text;
    assert!(
        regex::Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
            .unwrap()
            .is_match(&uuid)
    );
    let rows = [
        ("randNumeric 5", "^[0-9]{5}$"),
        ("randAscii 9", "^[ -~]{9}$"),
        ("randInt 5 7", "^[56]$"),
        ("randBytes 3", "^.{4}$"),
        ("shuffle \"aab\"", "^[ab]{3}$"),
    ];
    for (call, pattern) in rows {
        let text = run(&format!("{{{{ {call} }}}}"), &data("{}"), Limits::default())
            .unwrap()
            .text;
        assert!(
            regex::Regex::new(pattern).unwrap().is_match(&text),
            "{call}: {text}"
        );
    }
}

#[test]
fn maps_of_structures_keep_what_was_read_of_them() {
    let ports = Data::map_of_structures([("web", Data::structure("Port", vec![]))], Data::Nil);
    let service = || Data::structure("Service", vec![("Ports", ports.clone())]);
    let services = Data::map_of_structures([("a", service()), ("b", service())], Data::Nil);
    let root = Data::map([("services", services.clone())]);
    let reads = |text: &str| {
        run(text, &root, Limits::default()).unwrap();
        let reads = services.take_reads();
        let keys: Vec<String> = reads.keys.iter().map(|key| key.to_string()).collect();
        (keys.join(" "), reads.all, ports.take_reads().keys.len())
    };
    for (text, keys, all, ports) in [
        ("{{ len .services }}", "", false, 0),
        ("{{ .services.a.Ports | len }}", "a", false, 0),
        (
            "{{ $b := index .services \"b\" }}{{ index $b.Ports \"web\" }}",
            "b",
            false,
            1,
        ),
        ("{{ with .services.c }}{{ end }}", "c", false, 0),
        ("{{ range .services }}{{ end }}", "a b", true, 0),
        (
            "{{ range $name, $_ := .services.a.Ports }}{{ $name }}{{ end }}",
            "a",
            false,
            1,
        ),
    ] {
        assert_eq!(reads(text), (keys.to_owned(), all, ports), "{text}");
    }
}
