//! The layers of DESIGN.md, kept by reading the sources: inside one crate the compiler accepts any import.
//!
//! Code that only tests see may reach anywhere, so it is left out before anything is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each may use those before it, and none after it.
const LAYERS: [&str; 7] = ["base", "front", "middle", "back", "pipeline", "shell", "main"];

/// The targets do not know each other, so that one can be deleted.
const STRANGERS: [&str; 2] = ["back/kubernetes", "back/compose"];

const DOC_LINES: [&str; 4] = ["//! - **Promise:** ", "//! - **Takes:** ", "//! - **Gives:** ", "//! - **Never:** "];

/// The only file that may touch the world.
const DOOR: &str = "shell/os.rs";
/// Its rooms.
const DOOR_FOLDER: &str = "shell/os/";

/// What touches the world, below `std`.
const WORLD: [&str; 4] = ["fs", "env", "process", "net"];

/// What goes to a network, or is there only for who does.
const NETWORKS: [&str; 2] = ["ureq", "rustls"];

/// What reads a clock, from wherever it was imported.
const CLOCKS: [&str; 2] = ["SystemTime", "Instant"];

#[test]
fn the_sources_keep_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut tree = BTreeMap::new();
    read_tree(&root, "", &mut tree);
    assert!(tree.contains_key(DOOR) && tree.len() > 50, "the sources were not found in {}", root.display());
    let faults = judge(&tree);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

pub fn read_tree(directory: &Path, prefix: &str, tree: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read_tree(&path, &format!("{name}/"), tree);
        } else if name.ends_with(".rs") {
            tree.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Everything that is wrong with a tree of sources, given as paths below `src` and their texts.
fn judge(tree: &BTreeMap<String, String>) -> Vec<String> {
    let files: Vec<File> =
        tree.iter().filter(|(path, _)| !is_test(path)).map(|(path, text)| read(path, text)).collect();
    let modules = Modules::new(&files);
    let mut faults = Vec::new();
    let mut edges = Vec::new();
    for file in &files {
        documented(file, &tree[&file.path], &mut faults);
        worldless(file, &mut faults);
        for path in &file.paths {
            let Some(to) = modules.resolve(file, path) else { continue };
            layered(file, &to, path, &mut faults);
            edges.push((file.module(), to));
        }
    }
    circles(&edges, &mut faults);
    faults
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

/// A source file with what it says to other modules.
struct File {
    /// Below `src`, as in `back/compose/mod.rs`.
    path: String,
    /// Every path in the code that begins with `crate`, `self`, `super`, `std` or the crate's name, and every re-export.
    paths: Vec<Vec<String>>,
    /// What `pub use` gives on, by name.
    exports: Vec<Vec<String>>,
    /// Every identifier.
    words: BTreeSet<String>,
}

impl File {
    /// The module as a path: `back/compose`, `back/emit`, and nothing for the root.
    fn module(&self) -> String {
        let stem = self.path.trim_end_matches(".rs");
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);
        if stem == "lib" { String::new() } else { stem.to_owned() }
    }
}

fn read(path: &str, text: &str) -> File {
    let tokens = without_tests(tokens(text));
    let mut file = File { path: path.to_owned(), paths: Vec::new(), exports: Vec::new(), words: BTreeSet::new() };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let previous = at.checked_sub(1).map_or("", |before| tokens[before].as_str());
        let leads = tokens.get(at + 1).is_some_and(|next| next == "::") && previous != "::";
        let rooted = ["crate", "self", "super", "std", "score_rs"].contains(&token.as_str());
        if is_word(token) {
            file.words.insert(token.clone());
        }
        if leads && (rooted || previous == "use") {
            let exported = previous == "use" && at >= 2 && ["pub", ")"].contains(&tokens[at - 2].as_str());
            let mut found = Vec::new();
            let end = path_tree(&tokens, at, &mut Vec::new(), &mut found);
            if rooted {
                file.paths.extend(found.clone());
            }
            if exported {
                file.exports.extend(found);
            }
            // The words of a path count like any others.
            file.words.extend(tokens[at..end].iter().filter(|token| is_word(token)).cloned());
            at = end.max(at + 1);
        } else {
            at += 1;
        }
    }
    file
}

/// Reads `a::b::{c, d::e}` into `a::b::c` and `a::b::d::e`; gives where it ends.
fn path_tree(tokens: &[String], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let depth = prefix.len();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    let next = path_tree(tokens, at, prefix, found);
                    // Commas and the names after `as` belong to no path.
                    at = if next == at { at + 1 } else { next };
                    if tokens.get(at).is_some_and(|token| token == "as") {
                        at += 2;
                    }
                }
                at += 1;
                break;
            }
            Some(word) if is_word(word) || word == "*" => {
                prefix.push(word.to_owned());
                at += 1;
                if tokens.get(at).is_none_or(|token| token != "::") {
                    found.push(prefix.clone());
                    break;
                }
                at += 1;
            }
            _ => {
                // A path that ends in `::<` or is cut short still says where it leads.
                if prefix.len() > depth {
                    found.push(prefix.clone());
                }
                break;
            }
        }
    }
    prefix.truncate(depth);
    at
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The modules of a tree.
struct Modules {
    names: BTreeSet<String>,
    /// Module and name to the module that the name comes from.
    exports: BTreeMap<(String, String), String>,
}

impl Modules {
    fn new(files: &[File]) -> Modules {
        let mut names: BTreeSet<String> = files.iter().map(File::module).collect();
        // A folder is a module even where a small tree leaves its `mod.rs` out.
        for name in names.clone() {
            names.extend(name.match_indices('/').map(|(index, _)| name[..index].to_owned()));
        }
        let mut modules = Modules { names, exports: BTreeMap::new() };
        for file in files {
            for export in &file.exports {
                let mut absolute = export.clone();
                // `pub use child::Name` begins at the module itself.
                if !["crate", "self", "super", "score_rs"].contains(&export[0].as_str()) {
                    absolute.insert(0, "self".to_owned());
                }
                if let (Some(name), Some(from)) = (export.last(), modules.resolve(file, &absolute)) {
                    modules.exports.insert((file.module(), name.clone()), from);
                }
            }
        }
        modules
    }

    /// The innermost module that a path leads to; `None` for paths out of the crate.
    fn resolve(&self, file: &File, path: &[String]) -> Option<String> {
        let mut here = file.module();
        for (index, part) in path.iter().enumerate() {
            match part.as_str() {
                "crate" | "score_rs" if index == 0 => here = String::new(),
                "self" => {}
                "super" => here = parent(&here).to_owned(),
                _ if index == 0 => return None,
                _ => {
                    let child = if here.is_empty() { part.clone() } else { format!("{here}/{part}") };
                    if self.names.contains(&child) {
                        here = child;
                    } else {
                        let exported = self.exports.get(&(here.clone(), part.clone()));
                        return Some(exported.cloned().unwrap_or(here));
                    }
                }
            }
        }
        Some(here)
    }
}

fn parent(module: &str) -> &str {
    module.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Every folder says in four lines what it is for.
fn documented(file: &File, text: &str, faults: &mut Vec<String>) {
    if !file.path.ends_with("mod.rs") {
        return;
    }
    let doc: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
    let places: Vec<Option<usize>> =
        DOC_LINES.iter().map(|wanted| doc.iter().position(|line| line.starts_with(wanted))).collect();
    if doc.first().is_none_or(|title| title.len() < 10) || places.contains(&None) || !places.is_sorted() {
        faults.push(format!("{}: does not open with a title and Promise, Takes, Gives, Never", file.path));
    }
}

/// Only one file touches the world.
fn worldless(file: &File, faults: &mut Vec<String>) {
    if file.path == DOOR || file.path.starts_with(DOOR_FOLDER) {
        return;
    }
    for path in file.paths.iter().filter(|path| path[0] == "std") {
        let said = path.join("::");
        // An address is a number.
        let address = ["std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr"].contains(&said.as_str());
        let allowed = address
            || file.path == "main.rs" && ["std::process::ExitCode", "std::env::args_os"].contains(&said.as_str());
        if path.get(1).is_some_and(|part| WORLD.contains(&part.as_str())) && !allowed {
            faults.push(format!("{}: `{said}` touches the world, which only {DOOR} may", file.path));
        }
    }
    for network in NETWORKS.iter().filter(|network| file.words.contains(**network)) {
        faults.push(format!("{}: `{network}` goes to the network, which only {DOOR} may", file.path));
    }
    for clock in CLOCKS.iter().filter(|clock| file.words.contains(**clock)) {
        faults.push(format!("{}: `{clock}` reads a clock, which only {DOOR} may", file.path));
    }
}

/// Nothing looks up, and the targets do not look at each other.
fn layered(file: &File, to: &str, path: &[String], faults: &mut Vec<String>) {
    let module = file.module();
    let rank = |module: &str| LAYERS.iter().position(|layer| module.split('/').next() == Some(layer));
    let said = path.join("::");
    match (rank(&module), rank(to)) {
        (Some(own), Some(other)) if other > own => {
            faults.push(format!("{}: `{said}` looks up, from {} to {}", file.path, LAYERS[own], LAYERS[other]));
        }
        (None, Some(_)) if !module.is_empty() => {
            faults.push(format!("{}: belongs to no layer", file.path));
        }
        _ => {}
    }
    let inside = |module: &str, folder: &str| module == folder || module.starts_with(&format!("{folder}/"));
    for (one, other) in [(STRANGERS[0], STRANGERS[1]), (STRANGERS[1], STRANGERS[0])] {
        if inside(&module, one) && inside(to, other) {
            faults.push(format!("{}: `{said}` looks into {other}", file.path));
        }
    }
}

/// What stands side by side in one folder may not need each other in a circle, whether file or folder.
///
/// A folder's `mod.rs` and the files in it are one room: they may use each other, as in `super::Item`. What `mod.rs` only
/// gives on counts as the file that it comes from.
fn circles(edges: &[(String, String)], faults: &mut Vec<String>) {
    let mut folders: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (from, to) in edges {
        let (from_parts, to_parts): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
        let common = from_parts.iter().zip(&to_parts).take_while(|(one, other)| one == other).count();
        if common < from_parts.len() && common < to_parts.len() && !from.is_empty() && !to.is_empty() {
            let folder = folders.entry(from_parts[..common].join("/")).or_default();
            folder.entry(from_parts[..=common].join("/")).or_default().insert(to_parts[..=common].join("/"));
        }
    }
    for folder in folders.values() {
        for start in folder.keys() {
            // Each circle is told once, from its first member.
            if let Some(way) = way_back(start, folder).filter(|way| way.iter().min() == Some(start)) {
                faults.push(format!("import circle: {} -> {start}", way.join(" -> ")));
            }
        }
    }
}

/// A shortest way from a module back to itself.
fn way_back(start: &str, uses: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| uses.get(last)).into_iter().flatten() {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push(way.iter().cloned().chain([next.clone()]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}

/// The code without the items that `#[cfg(test)]` stands before.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].iter().map(String::as_str).take(MARK.len()).ne(MARK) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        at += MARK.len();
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 && [";", "}"].contains(&token.as_str()) {
                break;
            }
        }
    }
    kept
}

/// Words, `::` and single marks; comments, strings and characters are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = string(rest) {
            length
        } else if first == '\'' {
            character(rest)
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                tokens.push(rest[..length].to_owned());
            }
            length
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of a block comment, which may hold others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let step = if rest.starts_with("/*") {
            depth += 1;
            2
        } else if rest.starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string literal of any kind at the beginning of the text.
fn string(text: &str) -> Option<usize> {
    let letters = text.len() - text.trim_start_matches(['b', 'c']).len();
    let after = &text[letters.min(1)..];
    if let Some(raw) = after.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = text.len() - raw.len() + hashes + 1;
            return Some(text[start..].find(&end).map_or(text.len(), |found| start + found + end.len()));
        }
    }
    let body = after.strip_prefix('"')?;
    let mut escaped = false;
    let end = body.find(|c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    Some(end.map_or(text.len(), |end| text.len() - body.len() + end + 1))
}

/// The length of a character literal, or of the mark of a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((at, escape))) => {
            let from = at + escape.len_utf8();
            text[from..].find('\'').map_or(text.len(), |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

// The checker itself: a rule that cannot fail keeps nothing.

/// What the checker says of a small tree.
fn say(files: &[(&str, &str)]) -> String {
    judge(&files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()).join("\n")
}

const ROOM: &str = "//! A room of its own.\n//!\n//! - **Promise:** a.\n//! - **Takes:** b.\n//! - **Gives:** c.\n//! - **Never:** d.\n";

#[test]
fn looking_up_is_found_however_it_is_written() {
    let looks_up = |text: &str| say(&[("base/text.rs", text), ("front/check.rs", ""), ("base/value.rs", "")]);
    for text in [
        "use crate::front::check;",
        "use crate::{base::value, front::check as other};",
        "use crate::{\n    base::{value},\n    front::{check::{Rule, Other}, *},\n};",
        "fn f() { let x = crate::front::check::Rule::<u8>::new(); }",
        "pub(crate) use super::super::front::check::Rule;",
        "const A: char = '\"'; fn f<'a>(x: &'a str) -> crate::front::check::Rule { \"\" }",
        "fn f() { r#\"a \" b\"#; crate::front::check::rule(b\"\\\"\") }",
        "#[cfg(test)] mod tests { fn f() {} } use score_rs::front::check;",
    ] {
        assert!(looks_up(text).contains("base/text.rs: `") && looks_up(text).contains("looks up, from base"), "{text}");
    }
    for text in [
        "use crate::base::value; // crate::front::check",
        "/* a /* b */ crate::front::check */ const A: &str = \"crate::front::check\";",
        "const A: &str = r##\"x\"# crate::front::check\"##;",
        "#[cfg(test)] mod tests { use crate::front::check; mod more { fn f() { super::super::super::front::check(); } } }",
        "#[cfg(test)]\nuse crate::front::check;",
        "use other::front::check; use std::fmt;",
    ] {
        assert_eq!(looks_up(text), "", "{text}");
    }
    assert!(say(&[("main.rs", ""), ("shell/os.rs", "use crate::main::f;")]).contains("from shell to main"));
    assert!(say(&[("util.rs", "use crate::base::text;"), ("base/text.rs", "")]).contains("belongs to no layer"));
}

#[test]
fn targets_that_see_each_other_are_found() {
    let compose = ("back/compose/health.rs", "use crate::back::kubernetes::names::shorten;");
    let kubernetes = ("back/kubernetes/names.rs", "use super::super::compose::health;");
    assert!(say(&[compose, ("back/kubernetes/names.rs", "")]).contains("looks into back/kubernetes"));
    assert!(say(&[kubernetes, ("back/compose/health.rs", "")]).contains("looks into back/compose"));
    assert_eq!(say(&[("back/compose/health.rs", "use crate::back::target::T;"), ("back/target.rs", "")]), "");
}

#[test]
fn circles_are_found_at_every_depth_and_through_exports() {
    let files =
        [("base/a.rs", "use super::b::B;"), ("base/b.rs", "use crate::base::c;"), ("base/c.rs", "use super::a;")];
    assert_eq!(say(&files), "import circle: base/a -> base/b -> base/c -> base/a");
    let folders = [
        ("base/yaml/mod.rs", ROOM),
        ("base/yaml/read.rs", "use crate::base::text::deep::Place;"),
        ("base/text/mod.rs", ROOM),
        ("base/text/deep.rs", "use crate::base::yaml::Node;"),
    ];
    assert_eq!(say(&folders), "import circle: base/text -> base/yaml -> base/text");
    let exporter = format!("{ROOM}mod a;\nmod b;\npub use a::{{A, Other}};\npub(super) use b::*;\n");
    let through =
        [("base/x/mod.rs", exporter.as_str()), ("base/x/a.rs", "use super::b::B;"), ("base/x/b.rs", "use super::A;")];
    assert_eq!(say(&through), "import circle: base/x/a -> base/x/b -> base/x/a");
}

#[test]
fn a_folder_and_its_files_are_one_room() {
    let room = format!("{ROOM}mod a;\nuse a::A;\npub struct Own;\nuse self::a::Z;\n");
    assert_eq!(
        say(&[("base/x/mod.rs", room.as_str()), ("base/x/a.rs", "use super::Own;\nuse crate::base::x::Own;")]),
        ""
    );
}

#[test]
fn a_folder_without_its_four_lines_is_found() {
    let fault = "base/x/mod.rs: does not open";
    let judged = |text: &str| say(&[("base/x/mod.rs", text)]);
    assert_eq!(judged(ROOM), "");
    for line in DOC_LINES {
        assert!(judged(&ROOM.replace(line, "//! ")).starts_with(fault), "{line}");
    }
    assert!(judged(&format!("mod a;\n{ROOM}")).starts_with(fault));
    let swapped = ROOM.replace("Takes", "X").replace("Gives", "Takes").replace('X', "Gives");
    assert!(judged(&swapped).starts_with(fault));
}

#[test]
fn touching_the_world_is_found() {
    for text in [
        "use std::fs;",
        "use std::{fmt, env::var};",
        "fn f() { std::process::exit(1) }",
        "use std::time::{Duration, Instant};",
        "fn f() { time::SystemTime::now() }",
        "use std::{collections::BTreeMap, fs::{self, File}};",
        "use std::net::TcpStream;",
        "use ureq::Agent;",
        "fn f() { ureq::get(url) }",
    ] {
        assert!(say(&[("shell/write.rs", text)]).contains("which only shell/os.rs may"), "{text}");
        assert_eq!(say(&[("shell/os.rs", text)]), "", "{text}");
    }
    assert_eq!(say(&[("main.rs", "use std::process::ExitCode; fn f() { std::env::args_os() }")]), "");
    assert!(say(&[("main.rs", "fn f() { std::process::exit(1) }")]).contains("touches the world"));
    assert!(say(&[("shell/cli.rs", "use std::process::ExitCode;")]).contains("touches the world"));
    assert_eq!(say(&[("base/a.rs", "fn f() { env!(\"X\"); let fs = 1; }")]), "");
}
