use super::*;
use crate::apply_fixes::apply_fixes;
use diagnostics::source::Sources;

/// A text with the fixes for what a reader reports.
fn fixed(text: &str, read: impl Fn(&Node, &mut Report)) -> String {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    let node = crate::parse(&sources, id, &mut Report::default()).remove(0);
    let mut report = Report::default();
    read(&node, &mut report);
    assert!(!report.is_empty(), "{text}");
    apply_fixes(&sources, &report.in_order(), |_| true)
        .texts
        .remove(&id)
        .unwrap_or_else(|| text.to_owned())
}

#[test]
fn a_value_in_another_form_is_fixed_where_it_has_one_meaning() {
    let flag = |node: &Node, report: &mut Report| {
        boolean(node, "it", report);
    };
    for (text, after) in [
        ("\"true\"", "true"),
        ("'No'", "false"),
        ("on", "true"),
        ("n", "false"),
        ("'n'", "'n'"),
        ("1", "1"),
        ("|\n  yes\n", "|\n  yes\n"),
    ] {
        assert_eq!(fixed(text, flag), after);
    }
    let number = |node: &Node, report: &mut Report| {
        integer(node, "it", 1, 65535, report);
    };
    for (text, after) in [
        ("\"80\"", "80"),
        ("' 80 '", "80"),
        ("80.0", "80"),
        ("'080'", "'080'"),
        ("'+80'", "'+80'"),
        ("80.5", "80.5"),
        ("'70000'", "'70000'"),
        ("http", "http"),
        ("|\n  80\n", "|\n  80\n"),
        ("[80]", "[80]"),
    ] {
        assert_eq!(fixed(text, number), after);
    }
    let words = |node: &Node, report: &mut Report| {
        line_for_words(node, "it", node.as_str().unwrap(), report)
    };
    for (text, after) in [
        ("npm  start", "[\"npm\", \"start\"]"),
        ("'--port=8080'", "[\"--port=8080\"]"),
        ("sh -c exit", "sh -c exit"),
        ("A=b npm", "A=b npm"),
        ("'npm \"start\"'", "'npm \"start\"'"),
        ("npm start && exit", "npm start && exit"),
        ("echo $HOME", "echo $HOME"),
        ("ls *.js", "ls *.js"),
        ("\"\"", "\"\""),
        (">-\n  npm\n  start\n", ">-\n  npm\n  start\n"),
    ] {
        assert_eq!(fixed(text, words), after);
    }
    let items = |node: &Node, report: &mut Report| {
        list(node, "it", report);
    };
    assert_eq!(fixed("host", items), "[\"host\"]");
    assert_eq!(fixed("host,port", items), "host,port");
    assert_eq!(fixed("{a: b}", items), "{a: b}");
}

#[test]
fn an_alias_is_renamed_where_no_other_key_means_the_same() {
    let read = |node: &Node, report: &mut Report| {
        let mut fields = fields(node, "a thing", report).unwrap();
        fields.optional("variables", report);
        let alias = KeyAdvice::alias("write it as `variables`", &["variables"]);
        fields.finish(|key| key.starts_with("env").then_some(alias), report);
    };
    assert_eq!(fixed("{env: x}", read), "{variables: x}");
    for text in [
        "{env: x, environment: y}",
        "{env: x, variables: y}",
        "{env: x, varaibles: y}",
    ] {
        assert_eq!(fixed(text, read), text);
    }
}

fn problems(yaml: &str, is_open: bool) -> Vec<String> {
    let mut sources = Sources::default();
    let id = sources.add("t", yaml);
    let node = crate::parse(&sources, id, &mut Report::default()).remove(0);
    let mut report = Report::default();
    let mut fields = fields(&node, "a thing", &mut report).unwrap();
    fields.required_as("image", "IMAGE", &mut report);
    fields.optional("images", &mut report);
    if is_open {
        fields.finish_open(&mut report);
    } else {
        fields.finish(|_| None, &mut report);
    }
    report
        .in_order()
        .iter()
        .map(|diagnostic| diagnostic.message().to_owned())
        .collect()
}

#[test]
fn a_misspelled_key_is_reported_once_and_a_missing_one_always() {
    assert_eq!(problems("imgae: x", false), ["a thing has no key `imgae`"]);
    assert_eq!(
        problems("images: x", false),
        ["a thing needs the key `image`"]
    );
    assert_eq!(
        problems("imgae: x", true),
        ["a thing needs the key `image`"]
    );
    assert_eq!(
        problems("other: x", false),
        [
            "a thing has no key `other`",
            "a thing needs the key `image`"
        ]
    );
    assert_eq!(problems("image: x", false), Vec::<String>::new());
}

#[test]
fn advice_that_names_a_missing_key_stands_in_for_it_unless_it_removes() {
    let count = |advice: KeyAdvice| {
        let mut sources = Sources::default();
        let id = sources.add("t", "entrypoint: x");
        let node = crate::parse(&sources, id, &mut Report::default()).remove(0);
        let mut report = Report::default();
        let mut fields = fields(&node, "a thing", &mut report).unwrap();
        fields.required("command", &mut report);
        fields.finish(|_| Some(advice), &mut report);
        report.in_order().len()
    };
    assert_eq!(count(KeyAdvice::new("write `command`", &["command"])), 1);
    assert_eq!(count(KeyAdvice::new("write `command`", &[])), 2);
    assert_eq!(count(KeyAdvice::remove("remove it", &["command"])), 2);
}

#[test]
fn a_key_belongs_below_an_empty_one_when_its_advice_names_that() {
    let help = |advice: Option<KeyAdvice>| {
        let mut sources = Sources::default();
        let id = sources.add("t", "params:\nsize: 1\n");
        let node = crate::parse(&sources, id, &mut Report::default()).remove(0);
        let mut report = Report::default();
        let mut fields = fields(&node, "a thing", &mut report).unwrap();
        fields.optional("params", &mut report);
        fields.finish(|_| advice, &mut report);
        let help = report.in_order()[0].help().unwrap_or_default().to_owned();
        (help, report.in_order().len())
    };
    let below = "indent it below `params:`, with the lines that belong to it";
    let advice = KeyAdvice::new("write it under `params`", &["params"]);
    assert_eq!(help(None), (below.to_owned(), 1));
    assert_eq!(help(Some(advice)), (below.to_owned(), 1));
    let elsewhere = KeyAdvice::new("write it elsewhere", &[]);
    assert_eq!(help(Some(elsewhere)).1, 2);
}
