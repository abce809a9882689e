//! A mutator for text that holds Go templates: half of the time it writes an action or a part of
//! one, else libFuzzer does as it likes.

use std::sync::OnceLock;

use libfuzzer_sys::fuzzer_mutate;

use crate::data::PATHS;

/// The names of all functions stand in the compiler's own table, so that none is forgotten here.
const TABLE: &str = include_str!("../../crates/go-template/src/functions/table.rs");

const VALUES: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "7",
    "100",
    "3000",
    "200000",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "1e308",
    "0x1p-3",
    "'x'",
    "true",
    "nil",
    r#""""#,
    r#""a""#,
    r#"",""#,
    r#""größe 東京""#,
    r#""%[2]*.[1]*d %v %#v %q %x %T""#,
    r#""(a|b)*c+?""#,
    r#""[[:alpha:]]{2,9}""#,
    r#""${1}x$0""#,
    r#"">=1.2, <3 || ^4.x""#,
    r#""1.2.3-beta+4""#,
    r#""https://u:p@h:1/%41?q=%zz#f""#,
    r#""{\"a\":[1,{\"b\":null}]}""#,
    r#""aGVsbG8=""#,
    "`raw \\n`",
    "$x",
    "$y",
    "(list)",
    "(list 1 \"a\" .)",
    "(dict \"a\" $x)",
    "(until 50)",
    "(until 20000)",
    "(repeat 5000 \"ab\")",
    "(splitList \"\" .Long)",
    "(dict)",
];

const BLOCKS: &[(&str, &str)] = &[
    ("{{ if ", " }}"),
    ("{{ with ", " }}"),
    ("{{ range ", " }}"),
    ("{{- range $k, $v := ", " }}"),
    ("{{ range $x = ", " }}"),
    ("{{ if not ", " }}a{{ else if $x }}"),
    ("{{ define \"t\" }}{{ $x := ", " }}"),
    ("{{ block \"b\" ", " }}"),
];

const ENDINGS: &[&str] = &[
    "{{ end }}",
    "{{ else }}{{ end }}",
    "{{ break }}{{ end }}",
    "{{ continue }}{{ end -}}",
];

/// Changes the first `size` bytes of `data` and gives the new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed) | 1 << 40);
    let whole = std::str::from_utf8(&data[..size]).ok().map(str::to_owned);
    let changed = match (whole, dice.below(4)) {
        (Some(text), 0) => with_action(&text, &mut dice),
        (Some(text), 1) => with_operand(&text, &mut dice),
        _ => return fuzzer_mutate(data, size, max_size),
    };
    if changed.len() > max_size.min(data.len()) {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..changed.len()].copy_from_slice(changed.as_bytes());
    changed.len()
}

/// Inserts an action beside one that is there already, so that it often stands inside a block.
fn with_action(text: &str, dice: &mut Dice) -> String {
    let places: Vec<usize> = text
        .match_indices("{{")
        .map(|(at, _)| at)
        .chain([0, text.len()])
        .collect();
    let at = *dice.pick(&places);
    format!("{}{}{}", &text[..at], action(dice), &text[at..])
}

/// Puts an operand or a piped call where a space is.
fn with_operand(text: &str, dice: &mut Dice) -> String {
    let places: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
    if places.is_empty() {
        return with_action(text, dice);
    }
    let at = *dice.pick(&places);
    let made = if dice.below(2) == 0 {
        operand(dice, 2)
    } else {
        format!("| {}", call(dice, 1))
    };
    // A value that stood there gives way as often as not.
    let rest = &text[at + 1..];
    let word = rest.find([' ', '}', ')', '\n']).unwrap_or(0);
    let rest = if dice.below(2) == 0 {
        &rest[word..]
    } else {
        &text[at..]
    };
    format!("{} {made}{rest}", &text[..at])
}

fn action(dice: &mut Dice) -> String {
    let call = call(dice, 3);
    match dice.below(8) {
        0 => format!("{{{{ $x := {call} }}}}"),
        1 => format!("{{{{ $x = {call} }}}}"),
        2 => format!("{{{{ $y := {call} }}}}"),
        3 => "{{ template \"t\" . }}".to_owned(),
        4 => {
            let (start, end) = dice.pick(BLOCKS);
            let inner = action(dice);
            format!("{start}{call}{end}{inner}{}", dice.pick(ENDINGS))
        }
        5 => format!("{{{{ {call} | {} }}}}", self::call(dice, 1)),
        _ => format!("{{{{ {call} }}}}"),
    }
}

fn call(dice: &mut Dice, depth: usize) -> String {
    let mut text = dice.pick(functions()).to_string();
    for _ in 0..dice.below(4) {
        text.push(' ');
        text.push_str(&operand(dice, depth));
    }
    text
}

fn operand(dice: &mut Dice, depth: usize) -> String {
    match dice.below(if depth == 0 { 2 } else { 3 }) {
        0 => dice.pick(VALUES).to_string(),
        1 => dice.pick(PATHS).to_string(),
        _ => format!("({})", call(dice, depth - 1)),
    }
}

/// The first string of each line of the table that offers a function.
fn functions() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let offered = TABLE
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.starts_with("refused"));
        offered
            .filter_map(|line| line.split_once("(\"")?.1.split_once('"'))
            .map(|(name, _)| name)
            .collect()
    })
}

/// Numbers that follow from libFuzzer's seed, so that a run can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
