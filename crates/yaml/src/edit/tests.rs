use super::*;
use crate::apply_fixes::apply_fixes;
use crate::rules::WRONG_TYPE;
use diagnostics::report::{Problem, Report};

/// A text after the rewriting of what stands under `k`; `None` when it is left alone.
fn rewritten(text: &str, rewrite: impl Fn(&Sources, &Node) -> Option<Vec<Edit>>) -> Option<String> {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    let mut report = Report::default();
    let nodes = crate::parse(&sources, id, &mut report);
    assert!(report.is_empty(), "{text}");
    let edits = rewrite(&sources, nodes[0].get("k").unwrap())?;
    report.push(Problem::new(&WRONG_TYPE, "x").with_edits(Some(edits)));
    let edited = apply_fixes(&sources, &report.in_order(), |_| true)
        .texts
        .remove(&id);
    let mut after = Sources::default();
    let id = after.add("t", edited.clone()?);
    let mut report = Report::default();
    crate::parse(&after, id, &mut report);
    assert!(report.is_empty(), "{edited:?}");
    edited
}

fn check(rewrite: impl Fn(&Sources, &Node) -> Option<Vec<Edit>>, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let expected = if expected.is_empty() {
            None
        } else {
            Some(*expected)
        };
        assert_eq!(rewritten(text, &rewrite).as_deref(), expected, "{text}");
    }
}

#[test]
fn entries_go_with_their_lines() {
    let remove =
        |sources: &Sources, node: &Node| remove_entry(sources, node, node.as_map()?.get("p")?);
    check(
        remove,
        &[
            (
                "k:\n  a: 1\n  p:\n    x: y # z\n\n    w: {}\n  # kept\n  b: 2\n",
                "k:\n  a: 1\n  # kept\n  b: 2\n",
            ),
            ("k:\r\n  p: 1 # gone\r\n  a: 1\r\n", "k:\r\n  a: 1\r\n"),
            ("k:\n  a: 1\n  p:\nb: 2", "k:\n  a: 1\nb: 2"),
            ("k:\n  a: 1\n  p: ~", "k:\n  a: 1\n"),
            (
                "k:\n  a: 1\n  p: |\n    x\n\n  b: 2\n",
                "k:\n  a: 1\n\n  b: 2\n",
            ),
            (
                "k:\n  a: |+\n    x\n  p: 1\n\n  \n  b: 2\n",
                "k:\n  a: |+\n    x\n  b: 2\n",
            ),
            (
                "k:\n  a:\n    - >+ # why\n      x\n  p: 1\n\n",
                "k:\n  a:\n    - >+ # why\n      x\n",
            ),
            (
                "k:\n  a: |+\n    x\n\n  p: 1\n  b: 2\n",
                "k:\n  a: |+\n    x\n\n  b: 2\n",
            ),
            ("k: {a: 1, p: {x: [1, 2]}}\n", "k: {a: 1}\n"),
            ("k: {\"p\": 2 , a: 1}\n", "k: {a: 1}\n"),
            ("k:\n  a: |\n    x\n  p: 1\n    # below\n", ""),
            (
                "k:\n  a: |\n    x\n  p: 1\n  # below\n",
                "k:\n  a: |\n    x\n  # below\n",
            ),
            ("k:\n  a: >\n    x\n  p: 1\n     \n", ""),
            ("k:\n  p: 1\n", ""),
            ("k: {a: 1,\n  p: 2}\n", "k: {a: 1}\n"),
            ("k: {\n  a: 1,\n  p: 2\n}\n", "k: {\n  a: 1\n}\n"),
            ("k: {\n  a: 1, # why\n  p: 2\n}\n", ""),
            (
                "k: {\n  p: 2,\n  a: 1, # why\n}\n",
                "k: {\n  a: 1, # why\n}\n",
            ),
            ("k: {\n  p: 2, # why\n  a: 1,\n}\n", ""),
            (
                "k:\n  p:\n    x: {}\n    y: # gone\n  # kept\n  a: 1\n",
                "k:\n  # kept\n  a: 1\n",
            ),
            (
                "k:\n  p:\n  - x:\n  # kept\n  a: 1\n",
                "k:\n  # kept\n  a: 1\n",
            ),
            (
                "k:\n  a:\n    b: &b 1\n  p:\n    x: *b\n  # kept\n",
                "k:\n  a:\n    b: &b 1\n  # kept\n",
            ),
            (
                "k:\n  a: &b {c: 1}\n  p:\n    x: 1\n    <<: *b\n  # kept\n",
                "k:\n  a: &b {c: 1}\n  # kept\n",
            ),
            ("k:\n  ? p\n  : 1\n  a: 2\n", ""),
        ],
    );
}

#[test]
fn lists_become_mappings() {
    check(
        |sources, node| list_to_mapping(sources, node, "t"),
        &[
            (
                "k:\n  - t: /a # one\n    s: 1\n  # two\n  - t: '/b'\n    s: 2\n",
                "k:\n  /a: # one\n    s: 1\n  # two\n  '/b':\n    s: 2\n",
            ),
            (
                "k:\n- s: |\n    x\n\n    y\n  t: /a # one\n  # more\n  u: 1\n",
                "k:\n  /a: # one\n    s: |\n      x\n\n      y\n    # more\n    u: 1\n",
            ),
            (
                "k:\n- t: /a\n  s: |\n    x\n      \n    y\n      \n\nb: 1\n",
                "k:\n  /a:\n    s: |\n      x\n        \n      y\n        \n\nb: 1\n",
            ),
            (
                "k:\r\n- t: /a\r\n  s: |\r\n    x\r\n\r\n      \r\n    y\r\n",
                "k:\r\n  /a:\r\n    s: |\r\n      x\r\n\r\n        \r\n      y\r\n",
            ),
            (
                "k:\r\n  - s: 1\r\n    t: /a\r\nb: 1\r\n",
                "k:\r\n  /a:\r\n    s: 1\r\nb: 1\r\n",
            ),
            (
                "k: # why\n- {t: /a, s: 1}\n- {s: 2, t: /b}",
                "k: # why\n  /a: {s: 1}\n  /b: {s: 2}",
            ),
            (
                "k:\n  - s: |+\n      x\n    t: /a\n\n  - s: 2\n    t: /b\n",
                "",
            ),
            ("k:\n  - t: /a\n    s: 1\n  - t: /a\n    s: 2\n", ""),
            ("k:\n  - t: /a\n", ""),
            ("k:\n  - &x {t: /a, s: 1}\n", ""),
            (
                "k:\n  - s: |\n      x\n    t: /a\n      # below\n    u: 1\n",
                "",
            ),
            ("k: [{t: /a, s: 1}]\n", "k: {/a: {s: 1}}\n"),
            (
                "k: [ # one\n  {s: 1, t: '/a'}, # two\n  # three\n  {t: /b, s: [x]},\n]\n",
                "k: { # one\n  '/a': {s: 1}, # two\n  # three\n  /b: {s: [x]},\n}\n",
            ),
            (
                "k: [\n  {\n    \"t\": \"/a\",\n    \"s\": 1\n  }\n]\n",
                "k: {\n  \"/a\": {\n    \"s\": 1\n  }\n}\n",
            ),
            ("k:\n  - {s: 1,\n     t: /a}\n", "k:\n  /a: {s: 1}\n"),
            ("k:\n- {s: 1,\n   t: /a}\n", ""),
            ("k: [&x {t: /a, s: 1}]\n", ""),
            ("k: [{t: /a, s: 1}, {t: /a, s: 2}]\n", ""),
            ("k: [t: /a]\n", ""),
            ("k:\n  -\n    t: /a\n    s: 1\n", ""),
        ],
    );
}

#[test]
fn lists_of_lines_become_blocks() {
    check(
        list_to_block,
        &[
            (
                "k:\n  - one\n  - \"two: \\u00e4\"\n  - ''\n  -   three\nb: 1\n",
                "k: |-\n  one\n  two: ä\n\n  three\nb: 1\n",
            ),
            ("k:\n- one\n- ''\n", "k: |\n  one\n"),
            ("k:\n- one\n- ''", "k: |\n  one\n"),
            ("k:\r\n- one\r\n- ''", "k: |\r\n  one\r\n"),
            ("k:\n- one\n- two", "k: |-\n  one\n  two"),
            (
                "k:\n- one\n- 'two'  \r\nb: 1\n",
                "k: |-\n  one\n  two\r\nb: 1\n",
            ),
            ("k: [\"a b\", c]\n", "k: |-\n  a b\n  c\n"),
            ("k: [\"a\",\n  c,]\r\n", "k: |-\n  a\n  c\r\n"),
            ("k:\n  - one # why\n  - two\n", ""),
            ("k:\n  - one\n  # why\n  - two\n", ""),
            ("k:\n  - ' one'\n", ""),
            ("k:\n  - \"a\\tb\"\n", ""),
            ("k:\n  - ''\n", ""),
            ("k:\n  - a\n  - ''\n  - ''\n", ""),
            ("{k: [a]}\n", ""),
            ("k:\n- one\n  # below\nb: 1\n", ""),
            (
                "k:\n- one\n # below\nb: 1\n",
                "k: |-\n  one\n # below\nb: 1\n",
            ),
            ("k:\n- one\n\n   \nb: 1\n", ""),
        ],
    );
}

#[test]
fn lists_of_variables_become_mappings() {
    check(
        list_to_variables,
        &[
            (
                "k:\n  # one\n  - A=b # two\n  - \"C=d: e\"\n  - F=\n  - G=8080\n",
                "k:\n  # one\n  A: b # two\n  C: \"d: e\"\n  F: \"\"\n  G: \"8080\"\n",
            ),
            (
                "k:\r\n- A=b=c\r\n# one\r\n- D=e\r\n",
                "k:\r\n  A: \"b=c\"\r\n# one\r\n  D: e\r\n",
            ),
            ("k: [A=b, 'C=\"d', ] # one\n", ""),
            (
                "k: [A=b, 'C=d\"', ] # one\n",
                "k: {A: b, C: \"d\\\"\", } # one\n",
            ),
            (
                "k:\n  - name: A\n    value: 'b' # one\n  # two\n  - {value: 1, name: C}\n",
                "k:\n  A: 'b' # one\n  # two\n  C: 1\n",
            ),
            ("k: [{name: A, value: b}]\n", "k: {A: b}\n"),
            ("k:\n  - name: A # one\n    value: b\n", ""),
            ("k:\n  - name: A\n    value: |\n      b\n", ""),
            ("k:\n  - value: b\n    name: A\n", ""),
            ("k:\n  - name: A\n    value: {b: c}\n", ""),
            ("k:\n  - name: A\n    value:\n", ""),
            ("k:\n  - A=b\n  - A=c\n", ""),
            ("k:\n  - A\n", ""),
            ("k:\n  - a b=c\n", ""),
            ("k:\n  - A=b\n  - &x C=d\n", ""),
            ("k:\n  - |\n    A=b\n", ""),
        ],
    );
}

#[test]
fn values_go_below_a_key_of_their_own() {
    let nested = |sources: &Sources, node: &Node| {
        let entry = node.as_map()?.get("a")?;
        nest(sources, entry.key, &entry.value, "t")
    };
    check(
        nested,
        &[
            (
                "k:\n  a: x:1 # one\n  b: 2\n",
                "k:\n  a:\n    t: x:1 # one\n  b: 2\n",
            ),
            (
                "k:\r\n    a:  'x'\r\n",
                "k:\r\n    a:\r\n        t: 'x'\r\n",
            ),
            ("k: {a: 8080, b: 2}\n", "k: {a: {t: 8080}, b: 2}\n"),
            ("k: {a: x y}\n", "k: {a: {t: \"x y\"}}\n"),
            ("k: {\n  a: x $y\n  }\n", "k: {\n  a: {t: \"x $y\"}\n  }\n"),
            ("k:\n  a: &x 1\n", ""),
            ("k:\n  a: |\n    x\n", ""),
            ("k:\n  a: x\n    y\n", ""),
            ("k:\n  a:\n", ""),
        ],
    );
    check(
        |sources, node| nest_list(sources, node, "t"),
        &[
            ("k: [a, b] # one\n", "k: {t: [a, b]} # one\n"),
            ("k:\n  - a # one\n  - b\n", "k:\n  t:\n  - a # one\n  - b\n"),
            (
                "k:\r\n  # one\r\n  - a\r\n",
                "k:\r\n  # one\r\n  t:\r\n  - a\r\n",
            ),
            ("k:\n- a\n", ""),
            ("k: []\n", "k: {t: []}\n"),
        ],
    );
}

#[test]
fn entries_are_added_behind_the_others() {
    use super::addition::Additions;
    use diagnostics::value::{Map, Value};

    let entries = Map::from_iter([
        ("p".to_owned(), Value::from("x y")),
        ("l".to_owned(), Value::from(vec![Value::from("1")])),
    ]);
    let add = |sources: &Sources, node: &Node| {
        let mut additions = Additions::new(sources);
        additions
            .entries(node, &entries)
            .then(|| additions.finish())
    };
    check(
        add,
        &[
            (
                "k:\n  a: 1 # one\n  # two\nb: 2\n",
                "k:\n  a: 1 # one\n  p: x y\n  l:\n  - \"1\"\n  # two\nb: 2\n",
            ),
            (
                "k:\r\n    a:\r\n      - 1\r\n",
                "k:\r\n    a:\r\n      - 1\r\n    p: x y\r\n    l:\r\n      - \"1\"\r\n",
            ),
            ("k:\n  a: 1", "k:\n  a: 1\n  p: x y\n  l:\n  - \"1\""),
            (
                "k:\n  a:\nb: 1\n",
                "k:\n  a:\n  p: x y\n  l:\n  - \"1\"\nb: 1\n",
            ),
            (
                "k:\n  a: |+\n    x\n\nb: 1\n",
                "k:\n  a: |+\n    x\n\n  p: x y\n  l:\n  - \"1\"\nb: 1\n",
            ),
            ("k: {a: 1}\n", "k: {a: 1, p: \"x y\", l: [\"1\"]}\n"),
            (
                "k: {\n  a: 1, # one\n}\n",
                "k: {\n  a: 1, p: \"x y\", l: [\"1\"], # one\n}\n",
            ),
            ("k: { } # one\n", "k: {p: \"x y\", l: [\"1\"] } # one\n"),
            // The value of `a` would end in a line break.
            ("k:\n  a: |\n    x", ""),
            ("k:\n  ? a\n  : 1\n", ""),
            ("k: {a}\n", ""),
            ("k:\n", ""),
        ],
    );
}

#[test]
fn items_are_added_behind_the_others() {
    use super::addition::Additions;
    use diagnostics::value::Value;

    let items = [
        Value::from("x"),
        Value::map_of([("u", Value::from("v")), ("w", Value::from("z"))]),
    ];
    let add = |sources: &Sources, node: &Node| {
        let mut additions = Additions::new(sources);
        additions.items(node, &items).then(|| additions.finish())
    };
    check(
        add,
        &[
            (
                "k:\n- a # one\n# two\nb: 2\n",
                "k:\n- a # one\n- x\n- u: v\n  w: z\n# two\nb: 2\n",
            ),
            (
                "k:\n  - a: 1\n    b:\n  # two\n",
                "k:\n  - a: 1\n    b:\n  - x\n  - u: v\n    w: z\n  # two\n",
            ),
            ("k: [a, ]\n", "k: [a, x, {u: v, w: z}, ]\n"),
            ("k:\r\n- a", "k:\r\n- a\r\n- x\r\n- u: v\r\n  w: z"),
            ("k: [] # one\n", "k: [x, {u: v, w: z}] # one\n"),
            ("k:\n-\n", "k:\n-\n- x\n- u: v\n  w: z\n"),
            ("k:\n", ""),
        ],
    );
}
