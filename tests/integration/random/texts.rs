//! Valid names and texts that a reader, writer or template may misread.

use proptest::prelude::*;
use proptest::sample::select;

use super::expand::{Mode, expand};

/// Texts that YAML readers, Compose, Kubernetes or a shell may interpret.
#[rustfmt::skip]
const AWKWARD: &[&str] = &[
    "", " ", "yes", "NO", "on", "y", "null", "~", "true", "0755", "0o17", "1e3", "1_000", "0x1f", "0b11", ".5", ".inf",
    ".NaN", "2001-12-14", "12:30:45", "22:22", "=", "<<", "- a", "? a", "a: b", "a #b", "#a", "&a", "*a", "!a", "%a", "@a",
    "`a`", "'a'", "\"a\"", "it's", "[a]", "{a}", "{{ .Values.x }}", "{{", "|", ">-", "---", "...", "a\\nb", "c:\\dir", "\\",
    " a", "a ", "\t", "a\tb", "a\r\nb\r\n", "\u{1}", "\u{7}", "\u{1b}[0m", "\u{7f}", "\u{85}", "\u{a0}", "\u{2028}", "\u{feff}a",
    "\u{fffe}", "\u{ffff}", "\u{10ffff}", "é", "日本", "🚀", "e\u{301}", "\n", "\n\n", "a\n", "a\n\n", "\na", "a\nb", " a\nb",
    "  a\n b\n", "a \nb", "a\n \nb", "\ta\nb", "a\n\tb\n", "a\n---\nb\n", "#!/bin/sh\nset -e\n\necho \"$1\"\n", "{\"a\": [1, null]}",
    "a\n...\n", "%YAML 1.2\n---\n", "<no value>",
];

/// Texts with dollars.
#[rustfmt::skip]
const DOLLARS: &[&str] = &[
    "$", "$$", "$$$", "$${", "$$${", "$(", "$(A)", "$$(A)", "$(V0)", "$$(V0)", ")", "(", "}", "{", "${metadata.name}", "$HOME",
    "$é", "$\n", "$\"", "$'", "${metadata.extra}", "${metadata.a\\.b}", "\\$",
];

/// Shell syntax that is not a placeholder.
const SHELL: &[&str] = &[
    "${HOME}",
    "${HOME:-x}",
    "${#a}",
    "${",
    "$((1+2))",
    "${a[@]}",
    "$?",
    "`a`",
    "$$",
    "&&",
    "\"$@\"",
];

/// Names at the limits, and names that look like something else.
pub fn name() -> BoxedStrategy<String> {
    const KNOWN: &[&str] = &[
        "on", "no", "yes", "null", "true", "1e3", "0x10", "00", "a--b", "0755", "12", "y-n",
        "xn--a", "1-2",
    ];
    prop_oneof![
        4 => select(KNOWN).prop_map(str::to_owned),
        4 => "[a-z0-9]{2}",
        4 => "[a-z][a-z0-9-]{1,8}[a-z0-9]",
        1 => "[0-9][a-z0-9-]{61}[a-z0-9]",
        1 => "[a-z][a-z0-9-]{61}[0-9]",
        1 => "[a-z]-{61}[0-9]",
    ]
    .boxed()
}

/// The name of a variable.
pub fn variable_name() -> BoxedStrategy<String> {
    const KNOWN: &[&str] = &[
        "on", "NO", "null", "V0", "A", "1", "1e3", "0x10", "a b", "a.b", "a-b", "~", "$", "${A}",
        "'", "\"", "#", ": ", "<<",
    ];
    prop_oneof![
        select(KNOWN).prop_map(str::to_owned),
        "[A-Z_][A-Z0-9_]{0,8}",
        "[!-<>-~]{1,10}",
        "[A-Z]{200}"
    ]
    .boxed()
}

/// Any text.
pub fn any_text() -> BoxedStrategy<String> {
    prop_oneof![
        6 => select(AWKWARD).prop_map(str::to_owned),
        2 => "[ \n\t:#'\"|>a0.,_-]{0,12}",
        1 => "[^\u{0}]{0,12}",
        2 => "[a-z]{0,8}",
    ]
    .boxed()
}

fn pieces(shell: bool) -> BoxedStrategy<String> {
    let piece = prop_oneof![
        3 => any_text(),
        3 => select(DOLLARS).prop_map(str::to_owned),
        1 => select(if shell { SHELL } else { DOLLARS }).prop_map(str::to_owned),
    ];
    let short = prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat());
    prop_oneof![
        30 => short.clone(),
        1 => (short, 500..3000_usize).prop_map(|(text, times)| text.repeat(times).chars().take(20_000).collect()),
    ]
    .boxed()
}

/// A text in which every `${` starts a valid placeholder.
pub fn text() -> BoxedStrategy<String> {
    pieces(false)
        .prop_map(|text| legal(text, Mode::Strict))
        .boxed()
}

/// A command or an argument, which may contain shell variables.
pub fn shell_text() -> BoxedStrategy<String> {
    pieces(true)
        .prop_map(|text| legal(text, Mode::Shell))
        .boxed()
}

/// `text`, with all dollars escaped if it has an invalid placeholder.
fn legal(text: String, mode: Mode) -> String {
    match expand(&text, mode, &|_| Some(String::new())) {
        Some(_) => text,
        None => text.replace('$', "$$"),
    }
}

/// An absolute path in a container.
pub fn target() -> BoxedStrategy<String> {
    let last = prop_oneof![
        select(
            &[
                "on", "a b", "$HOME", "$$", "${x}", "é.conf", "'a'", "\"", "#", "a.yaml", "~",
                "- a", "1e3", "%41"
            ][..]
        )
        .prop_map(str::to_owned),
        "[ -.0-~]{1,20}".prop_filter("relative path parts", |part| part != ".." && part != "."),
    ];
    last.prop_map(|last| format!("/{last}")).boxed()
}
