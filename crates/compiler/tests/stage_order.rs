//! Modules of the compiler use only modules of earlier stages. Test code is ignored.

// It reads source files, and fails where it cannot.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};

/// The modules in order. A module may use those of earlier lines; those of one line never use each
/// other. A child belongs to its parent, unless it has its own line.
const ORDER: &[&[&str]] = &[
    &["rules", "support"],
    &["placeholder::suggestions", "support::project_files"],
    &["placeholder"],
    &["recovery"],
    &["model"],
    &["json_schema"],
    &["catalog", "features", "identity", "parse"],
    &["overlay"],
    &["decode"],
    &["defaults"],
    &["check"],
    &["link"],
    &["placeholder::resolve"],
    &["provision"],
    &["plan"],
    // A target says how patch templates see its documents.
    &["patch"],
    &["defaults::fill", "features::fill"],
    &[
        "targets::custom_kinds",
        "targets::publish",
        "targets::secret_store",
    ],
    &["targets::target"],
    &["targets::compose", "targets::kubernetes"],
    &["targets"],
    &["emit", "secrets"],
    &["reasons"],
    &["policy"],
    &["request"],
    &["diagram"],
    &["compile"],
    &["rules::list"],
];

/// The known groups of modules that use each other in a circle.
const KNOWN_CIRCLES: [&str; 2] = [
    "decode decode::container decode::probe decode::resource decode::wrong_document",
    "targets::compose targets::compose::healthcheck targets::compose::provisioner_sections \
     targets::compose::publish targets::compose::publish_target targets::compose::reasons \
     targets::compose::service",
];

/// The segments of a path, either as written or from the root of the crate.
type Segments = Vec<String>;

/// What a module refers to, as it is written there.
#[derive(Default)]
struct Module {
    paths: BTreeSet<Segments>,
    /// The paths of its `use` declarations, by the name that they bring into scope.
    imports: BTreeMap<String, Segments>,
}

type Modules = BTreeMap<Segments, Module>;

fn segments(path: &str) -> Segments {
    path.split("::").map(str::to_owned).collect()
}

impl Module {
    fn import(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| [prefix, &[ident.to_string()]].concat();
        let (name, path) = match tree {
            syn::UseTree::Path(path) => return self.import(&with(&path.ident), &path.tree),
            syn::UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|item| self.import(prefix, item));
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                (prefix.last().cloned(), prefix.to_vec())
            }
            syn::UseTree::Name(name) => (Some(name.ident.to_string()), with(&name.ident)),
            syn::UseTree::Rename(name) => (Some(name.rename.to_string()), with(&name.ident)),
            syn::UseTree::Glob(_) => (None, prefix.to_vec()),
        };
        if let Some(name) = name {
            self.imports.insert(name, path.clone());
        }
        self.paths.insert(path);
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|word| word == "test")
        };
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&[], &item.tree);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        // A single name is local, or comes from a `use`.
        if path.segments.len() > 1 {
            self.paths.insert(
                path.segments
                    .iter()
                    .map(|segment| segment.ident.to_string())
                    .collect(),
            );
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let tokens = call.tokens.to_string().replace(" :: ", "::");
        let words =
            tokens.split(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter));
        self.paths
            .extend(words.filter(|word| word.contains("::")).map(segments));
        visit::visit_macro(self, call);
    }
}

/// Adds the source of a module.
fn add(modules: &mut Modules, path: Segments, source: &str) {
    let mut module = Module::default();
    module.visit_file(&syn::parse_file(source).unwrap());
    modules.insert(path, module);
}

/// Adds all modules of a folder.
fn add_folder(modules: &mut Modules, folder: &Path, path: &[String]) {
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let path = match name.as_str() {
            // Modules for tests only.
            "tests" => continue,
            "mod" | "lib" => path.to_vec(),
            _ => [path, &[name]].concat(),
        };
        if file.is_dir() {
            add_folder(modules, &file, &path);
        } else if file.extension().is_some_and(|extension| extension == "rs") {
            add(modules, path, &fs::read_to_string(file).unwrap());
        }
    }
}

fn compiler() -> Modules {
    let mut modules = Modules::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    add_folder(&mut modules, &source, &[]);
    modules
}

/// A path that is written in a module, from the root of the crate; `None` for another crate.
fn absolute(modules: &Modules, module: &[String], path: &[String]) -> Option<Segments> {
    let (first, rest) = path.split_first()?;
    let child = [module, &path[..1]].concat();
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([module, rest].concat()),
        "super" if rest.first().is_some_and(|next| next == "super") => {
            absolute(modules, &module[..module.len() - 1], rest)
        }
        "super" => Some([&module[..module.len() - 1], rest].concat()),
        _ if modules.contains_key(&child) => Some([&child, rest].concat()),
        _ => {
            let import = modules.get(module)?.imports.get(first)?;
            let target = [import, rest].concat();
            (import[0] != *first).then(|| absolute(modules, module, &target))?
        }
    }
}

/// The line of a module in [`ORDER`], and the entry that it belongs to.
fn place(module: &[String]) -> Option<(usize, &'static str)> {
    let belongs = |entry: &str| module.starts_with(&segments(entry));
    let entries = ORDER.iter().enumerate();
    let entries =
        entries.flat_map(|(line, entries)| entries.iter().map(move |entry| (line, *entry)));
    entries
        .filter(|(_, entry)| belongs(entry))
        .max_by_key(|(_, entry)| entry.len())
}

/// What is against the order: `module -> path`.
fn violations(modules: &Modules) -> Vec<String> {
    let mut violations = Vec::new();
    for (module, Module { paths, .. }) in modules.iter().filter(|(module, _)| !module.is_empty()) {
        let Some((line, entry)) = place(module) else {
            violations.push(format!("{} is not in ORDER", module.join("::")));
            continue;
        };
        for path in paths {
            let Some(path) = absolute(modules, module, path) else {
                continue;
            };
            if place(&path).is_some_and(|(other, used)| used != entry && other >= line) {
                violations.push(format!("{} -> {}", module.join("::"), path.join("::")));
            }
        }
    }
    violations
}

/// The module that defines the item of a path, through `use` declarations on the way.
fn definer(modules: &Modules, path: &[String]) -> Segments {
    let length = (0..=path.len())
        .rev()
        .find(|length| modules.contains_key(&path[..*length]));
    let (module, rest) = path.split_at(length.unwrap_or(0));
    let import = rest
        .first()
        .and_then(|name| modules.get(module)?.imports.get(name));
    match import.and_then(|import| absolute(modules, module, import)) {
        Some(import) => definer(modules, &[&import, &rest[1..]].concat()),
        None => module.to_vec(),
    }
}

/// The groups of modules that use each other in a circle.
fn circles(modules: &Modules) -> BTreeSet<String> {
    let mut reachable: BTreeMap<&Segments, BTreeSet<Segments>> = BTreeMap::new();
    for (module, Module { paths, .. }) in modules {
        let paths = paths
            .iter()
            .filter_map(|path| absolute(modules, module, path));
        let uses = paths
            .map(|path| definer(modules, &path))
            .filter(|used| used != module);
        reachable.insert(module, uses.collect());
    }
    let direct = reachable.clone();
    for all in reachable.values_mut() {
        let mut next: Vec<Segments> = all.iter().cloned().collect();
        while let Some(module) = next.pop() {
            let used = direct.get(&module).into_iter().flatten();
            next.extend(used.filter(|used| all.insert((*used).clone())).cloned());
        }
    }
    let is_mutual = |one: &Segments, other: &Segments| {
        reachable[one].contains(other) && reachable[other].contains(one)
    };
    let in_circle = reachable
        .keys()
        .filter(|module| reachable[**module].contains(**module));
    in_circle
        .map(|module| {
            let members = reachable.keys().filter(|other| is_mutual(module, other));
            members
                .map(|member| member.join("::"))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
fn modules_use_earlier_stages_only() {
    let modules = compiler();
    for entry in ORDER.iter().copied().flatten() {
        assert!(modules.contains_key(&segments(entry)), "no module {entry}");
    }
    let violations = violations(&modules);
    assert!(violations.is_empty(), "{violations:#?}");
}

/// A circle goes through functions and types that are named; methods are not seen.
#[test]
fn no_new_circles_of_files() {
    let circles = circles(&compiler());
    assert_eq!(
        circles,
        KNOWN_CIRCLES.map(str::to_owned).into(),
        "{circles:#?}"
    );
}

#[test]
fn violations_and_circles_are_found() {
    let mut modules = Modules::new();
    for (path, source) in [
        ("check", "#[cfg(test)] mod tests { use crate::plan::Plan; }"),
        (
            "decode",
            "use crate::{check::{self, Checked as C}, support::host};",
        ),
        (
            "link",
            "use crate::decode; fn f() { g!(1, crate::provision::run()) }",
        ),
        ("provision", "pub use state::State; mod state;"),
        ("provision::state", "use super::params; use crate::plan;"),
        ("provision::params", "fn f(state: super::State) {}"),
        (
            "targets::compose",
            "fn f() { super::kubernetes::lower(); super::publish::f() }",
        ),
        ("util", ""),
    ] {
        add(&mut modules, segments(path), source);
    }
    let expected = [
        "decode -> check",
        "decode -> check::Checked",
        "link -> provision::run",
        "provision::state -> plan",
        "targets::compose -> targets::kubernetes::lower",
        "util is not in ORDER",
    ];
    assert_eq!(violations(&modules), expected);
    let circle = "provision::params provision::state".to_owned();
    assert_eq!(circles(&modules), [circle].into());
}
