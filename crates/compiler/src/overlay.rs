//! Stage 2: overrides merged into the trees; each node keeps the place of the text that set it.

mod required_keys;
pub(crate) mod typos;

use typos::Before;

use crate::model::{Build, Workload};
use crate::recovery::{Incomplete, Part};
use crate::rules::INVALID_OVERRIDE_PATH;
use crate::rules::UNKNOWN_CONTAINER;
use crate::rules::UNKNOWN_WORKLOAD;
use diagnostics::report::{Diagnostic, Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{list_known, suggestion};
use yaml::{Entries, Entry, Kind, Node, Style};

rules! {
    /// An override does not name its workload, and there are several workloads.
    pub AMBIGUOUS_OVERRIDE: "ambiguous-override", Error;

    /// No container uses the image of `--image`.
    pub UNUSED_IMAGE: "unused-image", Warning;
}

/// Everything that changes a workload from outside its file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Documents merged into the workload: mappings key by key, `null` deletes, all else replaces.
    pub merges: Vec<Scoped<Node>>,
    /// Single values, applied after the merges.
    pub properties: Vec<Scoped<Property>>,
    /// Images, applied last.
    pub images: Vec<Image>,
    /// How images are made; of several for one container the last counts.
    pub builds: Vec<Scoped<ContainerBuild>>,
    /// Whether there are more overrides, images or builds that could not be read.
    pub incomplete: Incomplete,
}

/// Which workloads a change is meant for.
#[derive(Debug, Clone)]
pub enum Scope {
    /// The only workload of the run.
    Only,
    /// Every workload of the run.
    Every,
    /// The workload of this name, and where it was given.
    Workload(Spanned<String>),
}

impl Scope {
    /// The workload of a name, or without one the only workload.
    pub fn named(name: Option<Spanned<String>>) -> Scope {
        name.map_or(Scope::Only, Scope::Workload)
    }

    /// The name, where one was given.
    pub fn name(&self) -> Option<&str> {
        match self {
            Scope::Workload(name) => Some(&name.value),
            Scope::Only | Scope::Every => None,
        }
    }
}

/// A change, and the workloads it is meant for.
#[derive(Debug, Clone)]
pub struct Scoped<T> {
    /// The workloads.
    pub scope: Scope,
    /// The change.
    pub change: T,
    /// The place of the whole change.
    pub span: Span,
}

/// How many parts a path may have; a Score file needs half a dozen.
const DEEPEST: usize = 100;

/// One value to set or delete.
#[derive(Debug, Clone)]
pub struct Property {
    /// The way to the value; numbers are list indices, `-1` appends.
    pub path: Vec<String>,
    /// The value; `None` deletes what is there.
    pub value: Option<Node>,
    /// The place of the path.
    pub path_span: Span,
}

/// An image given from outside.
#[derive(Debug, Clone)]
pub struct Image {
    /// The workload it is for, and where it was named; all when `None`.
    pub workload: Option<Spanned<String>>,
    /// The container it is for, and where it was named; with `None`, every container whose image is
    /// `.`.
    pub container: Option<Spanned<String>>,
    /// The image reference.
    pub image: Spanned<String>,
}

/// How the image of one container is made.
#[derive(Debug, Clone)]
pub struct ContainerBuild {
    /// The container's name and where it was given; the only container of the workload when `None`.
    pub container: Option<Spanned<String>>,
    /// How.
    pub build: Build,
}

impl Overrides {
    /// Whether nothing was read that changes a document.
    pub fn is_empty(&self) -> bool {
        self.merges.is_empty()
            && self.properties.is_empty()
            && self.images.is_empty()
            && self.builds.is_empty()
    }

    /// Whether a problem of an override remains whatever is in the overrides that could not be
    /// read: none of them adds a workload.
    pub fn allows(&self, problem: &Diagnostic) -> bool {
        !self.incomplete.lacks(&Part::Overrides)
            || [&UNKNOWN_WORKLOAD, &AMBIGUOUS_OVERRIDE].contains(&problem.rule())
    }

    /// Sets the builds of a workload. They are not in its document, since Score has no key for
    /// them.
    pub fn give_builds(&self, workload: &mut Workload) {
        for Scoped { scope, change, .. } in &self.builds {
            if scope.name().is_some_and(|name| name != workload.name.value) {
                continue;
            }
            let container = match &change.container {
                Some(name) => workload.containers.get_mut(&name.value),
                None => workload.containers.values_mut().next(),
            };
            if let Some(container) = container {
                container.build = Some(change.build.clone());
            }
        }
    }
}

/// Applies all overrides to the documents of a run, in the order: merges, properties, images.
/// Builds are only checked: each must name a container.
pub fn overlay(mut documents: Vec<Node>, overrides: &Overrides, report: &mut Report) -> Vec<Node> {
    let changed = !(overrides.merges.is_empty() && overrides.properties.is_empty());
    let before = changed.then(|| Before::of(&documents));
    for merge in &overrides.merges {
        for document in selected(&mut documents, merge, '=', report) {
            document.merge(&merge.change);
            required_keys::keep(document, &merge.change);
        }
    }
    for property in &overrides.properties {
        for document in selected(&mut documents, property, ':', report) {
            set_property(document, &property.change, report);
        }
    }
    for image in &overrides.images {
        set_image(&mut documents, image, report);
    }
    if let Some(before) = before {
        before.report_added(&mut documents, report);
    }
    for build in &overrides.builds {
        check_build(&mut documents, build, report);
    }
    documents
}

pub(crate) fn workload_name(document: &Node) -> Option<&str> {
    document.get("metadata")?.get("name")?.as_str()
}

/// The documents that a change is meant for. A change without a workload's name is for the only
/// one; with several workloads it would add, for example, a container to each, which is never
/// intended.
fn selected<'a, T>(
    documents: &'a mut [Node],
    scoped: &Scoped<T>,
    separator: char,
    report: &mut Report,
) -> Vec<&'a mut Node> {
    let Scope::Workload(name) = &scoped.scope else {
        if documents.len() > 1 && matches!(scoped.scope, Scope::Only) {
            let message = format!(
                "this override does not name a workload, and there are {} workloads",
                documents.len()
            );
            let names: Vec<String> = documents
                .iter()
                .filter_map(workload_name)
                .map(str::to_owned)
                .collect();
            let known = list_known("workload", names.iter().map(String::as_str));
            let help = format!("put `WORKLOAD{separator}` before it; {known}");
            report.push(
                Problem::new(&AMBIGUOUS_OVERRIDE, message)
                    .at(scoped.span)
                    .help(help),
            );
            return Vec::new();
        }
        return documents.iter_mut().collect();
    };
    if !documents
        .iter()
        .any(|document| workload_name(document) == Some(&name.value))
    {
        unknown_workload(documents, name, report);
    }
    documents
        .iter_mut()
        .filter(|document| workload_name(document) == Some(&name.value))
        .collect()
}

/// Reports that there is no such workload, unless it may be one whose name could not be read, which
/// was reported.
fn unknown_workload(documents: &[Node], name: &Spanned<String>, report: &mut Report) {
    if documents
        .iter()
        .any(|document| workload_name(document).is_none())
    {
        return;
    }
    let names: Vec<&str> = documents.iter().filter_map(workload_name).collect();
    let help = suggestion(&name.value, names.iter().copied(), || {
        list_known("workload", names.iter().copied())
    });
    let problem = Problem::new(
        &UNKNOWN_WORKLOAD,
        format!("there is no workload `{}`", name.value),
    );
    report.push(problem.at(name.span).help(help));
}

fn set_property(document: &mut Node, property: &Property, report: &mut Report) {
    let result = match property.path.len() {
        0..=DEEPEST => set_at(document, &property.path, property),
        parts => Err(format!("the path has too many parts: {parts}")),
    };
    if let Err(message) = result {
        let problem = Problem::new(&INVALID_OVERRIDE_PATH, message).at(property.path_span);
        report
            .push(problem.help(
                "write the path as `containers.NAME.image`; list items are numbered from 0, and `-1` appends one",
            ));
    }
}

fn set_at(node: &mut Node, path: &[String], property: &Property) -> Result<(), String> {
    let Some((part, rest)) = path.split_first() else {
        if let Some(value) = &property.value {
            *node = value.clone();
        }
        return Ok(());
    };
    let last = rest.is_empty();
    if node.is_null() {
        // What is not there yet becomes what the path needs: appending needs a list.
        let appends = part == "-1" && property.value.is_some();
        node.kind = if appends {
            Kind::List(Vec::new())
        } else {
            Kind::Map(Entries::new())
        };
    }
    let kind = node.kind_name();
    match &mut node.kind {
        Kind::Map(entries) if last && property.value.is_none() => {
            entries.shift_remove(part);
            Ok(())
        }
        Kind::Map(entries) => {
            let span = property.path_span;
            let empty = || Entry {
                key: span,
                value: Node {
                    span,
                    kind: Kind::Null,
                },
            };
            let entry = entries.entry(part.clone()).or_insert_with(empty);
            set_at(&mut entry.value, rest, property)
        }
        Kind::List(items) => set_in_list(items, part, rest, property),
        _ => Err(format!("`{part}` cannot be set inside {kind}")),
    }
}

fn set_in_list(
    items: &mut Vec<Node>,
    part: &str,
    rest: &[String],
    property: &Property,
) -> Result<(), String> {
    if part == "-1" {
        let mut item = Node {
            span: property.path_span,
            kind: Kind::Null,
        };
        set_at(&mut item, rest, property)?;
        items.push(item);
        return Ok(());
    }
    let count = items.len();
    let index = part
        .parse::<usize>()
        .map_err(|_| format!("`{part}` is not a list index"))?;
    if index >= count {
        let items = if count == 1 {
            "one item".to_owned()
        } else {
            format!("{count} items")
        };
        return Err(format!(
            "there is no index {index}: the list has {items}, numbered from 0"
        ));
    }
    if rest.is_empty() && property.value.is_none() {
        items.remove(index);
        return Ok(());
    }
    set_at(&mut items[index], rest, property)
}

fn set_image(documents: &mut [Node], image: &Image, report: &mut Report) {
    let span = image.image.span;
    if let Some(workload) = &image.workload
        && !documents
            .iter()
            .any(|document| workload_name(document) == Some(&workload.value))
    {
        return unknown_workload(documents, workload, report);
    }
    let mut used = false;
    for document in documents {
        if image
            .workload
            .as_ref()
            .is_some_and(|name| workload_name(document) != Some(&name.value))
        {
            continue;
        }
        let Some(containers) = containers_mut(document) else {
            // The containers of this one could not be read, which was reported, and the image may
            // be for one of them.
            used = true;
            continue;
        };
        if let Some(name) = &image.container
            && !check_container(containers, &name.value, name.span, report)
        {
            return;
        }
        for (name, container) in containers.iter_mut() {
            used |= set_container_image(name, &mut container.value, image);
        }
    }
    if !used {
        let problem = Problem::new(
            &UNUSED_IMAGE,
            "no container uses this image: none has `image: .`",
        )
        .at(span);
        report.push(
            problem.help("write `WORKLOAD.CONTAINER=IMAGE` to replace an image that the file sets"),
        );
    }
}

/// Whether a build names a container; reports when it does not.
fn check_build(documents: &mut [Node], build: &Scoped<ContainerBuild>, report: &mut Report) {
    let Some(container) = &build.change.container else {
        return check_only_container(documents, build, report);
    };
    if build.scope.name().is_none()
        && let Some(workload) = documents
            .iter()
            .find(|document| is_only_workload(document, &container.value))
    {
        return workload_for_container(workload, container, report);
    }
    for document in selected(documents, build, '.', report) {
        if let Some(containers) = containers_mut(document) {
            check_container(containers, &container.value, container.span, report);
        }
    }
}

/// A build that names no container is for the only one.
fn check_only_container(
    documents: &mut [Node],
    build: &Scoped<ContainerBuild>,
    report: &mut Report,
) {
    for document in selected(documents, build, '.', report) {
        let Some(containers) = containers_mut(document).filter(|containers| containers.len() > 1)
        else {
            continue;
        };
        let known = list_known("container", containers.keys());
        let message = format!(
            "this build does not name a container, and there are {}",
            containers.len()
        );
        let help = format!("write `WORKLOAD.CONTAINER`; {known}");
        report.push(
            Problem::new(&UNKNOWN_CONTAINER, message)
                .at(build.span)
                .help(help),
        );
    }
}

/// Whether this is the workload of a name that none of its containers has.
fn is_only_workload(document: &Node, name: &str) -> bool {
    let containers = document.get("containers").and_then(Node::as_map);
    workload_name(document) == Some(name)
        && containers.is_some_and(|containers| !containers.contains_key(name))
}

/// `--image WORKLOAD=IMAGE` is for all containers of a workload, so users may try the same with a
/// build.
fn workload_for_container(workload: &Node, name: &Spanned<String>, report: &mut Report) {
    let containers = workload
        .get("containers")
        .and_then(Node::as_map)
        .into_iter()
        .flatten();
    let known = list_known("container", containers.map(|(name, _)| name.as_str()));
    let message = format!(
        "`{}` is a workload, and a build is for one container",
        name.value
    );
    let help = format!("write `{}.CONTAINER` before the `=`; {known}", name.value);
    report.push(
        Problem::new(&UNKNOWN_CONTAINER, message)
            .at(name.span)
            .help(help),
    );
}

/// Whether there is a container of this name; reports when there is none.
fn check_container(containers: &Entries, name: &str, span: Span, report: &mut Report) -> bool {
    let known = containers.contains_key(name);
    if !known {
        let names: Vec<&str> = containers.keys().collect();
        let help = suggestion(name, names.iter().copied(), || {
            list_known("container", names.iter().copied())
        });
        let problem = Problem::new(
            &UNKNOWN_CONTAINER,
            format!("there is no container `{name}`"),
        );
        report.push(problem.at(span).help(help));
    }
    known
}

fn containers_mut(document: &mut Node) -> Option<&mut Entries> {
    document
        .as_map_mut()?
        .get_mut("containers")?
        .value
        .as_map_mut()
}

/// Whether an image is left to be set at compile time.
fn is_open(image: &Node) -> bool {
    image.is_null() || matches!(image.as_str(), Some("" | "."))
}

/// Sets the image of one container when the flag is for it: always by name, else only where the
/// file has `.` or nothing.
fn set_container_image(name: &str, container: &mut Node, image: &Image) -> bool {
    let Some(entries) = container.as_map_mut() else {
        return false;
    };
    let takes = match &image.container {
        Some(only) => only.value == name,
        None => entries
            .get("image")
            .is_some_and(|entry| is_open(&entry.value)),
    };
    if takes {
        let value = Node {
            span: image.image.span,
            kind: Kind::String(image.image.value.clone(), Style::Plain),
        };
        let key = entries
            .get("image")
            .map_or(image.image.span, |entry| entry.key);
        entries.insert("image".to_owned(), Entry { key, value });
    }
    takes
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::Sources;

    fn tree(sources: &mut Sources, text: &str) -> Node {
        let id = sources.add("t", text);
        yaml::parse(sources, id, &mut Report::default()).remove(0)
    }

    fn property(path: &[&str], value: Option<Node>, span: Span) -> Scoped<Property> {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Scoped {
            scope: Scope::Only,
            change: Property {
                path,
                value,
                path_span: span,
            },
            span,
        }
    }

    #[test]
    fn merges_delete_replace_and_keep_places() {
        let mut sources = Sources::default();
        let base = tree(&mut sources, "a: {x: 1, y: [1, 2]}\nb: 2\n");
        let change = tree(&mut sources, "a: {y: [3]}\nb: null\n");
        let span = change.span;
        let overrides = Overrides {
            merges: vec![Scoped {
                scope: Scope::Only,
                change,
                span,
            }],
            ..Overrides::default()
        };
        let merged = overlay(vec![base], &overrides, &mut Report::default()).remove(0);
        assert_eq!(merged.to_value().to_json(), r#"{"a":{"x":1,"y":[3]}}"#);
        assert_eq!(
            merged.get("a").unwrap().get("y").unwrap().span.source,
            span.source
        );
    }

    #[test]
    fn what_could_not_be_read_is_not_called_missing() {
        let reported = |text: &str, workload: &str, container: Option<&str>| {
            let mut sources = Sources::default();
            let document = tree(&mut sources, text);
            let span = document.span;
            let spanned = |text: &str| Spanned::new(text.to_owned(), span);
            let image = Image {
                workload: Some(spanned(workload)),
                container: container.map(spanned),
                image: spanned("x"),
            };
            let mut report = Report::default();
            overlay(
                vec![document],
                &Overrides {
                    images: vec![image],
                    ..Overrides::default()
                },
                &mut report,
            );
            report
                .in_order()
                .iter()
                .map(|diagnostic| diagnostic.name())
                .collect::<Vec<_>>()
        };
        let web = "containers: {web: {image: .}}";
        assert_eq!(
            reported(&format!("metadata: {{nmae: shop}}\n{web}"), "shop", None),
            [""; 0]
        );
        assert_eq!(
            reported(&format!("metadata: {{name: 7}}\n{web}"), "shop", None),
            [""; 0]
        );
        assert_eq!(
            reported(
                "metadata: {name: shop}\ncontainers: [a]",
                "shop",
                Some("web")
            ),
            [""; 0]
        );
        assert_eq!(reported("metadata: {name: shop}", "shop", None), [""; 0]);
        // What could be read is known.
        assert_eq!(
            reported(&format!("metadata: {{name: shop}}\n{web}"), "shpo", None),
            ["unknown-workload"]
        );
        assert_eq!(
            reported(
                "metadata: {name: shop}\ncontainers: {web: {image: a}}",
                "shop",
                None
            ),
            ["unused-image"]
        );
    }

    #[test]
    fn a_name_that_is_nearly_another_is_told_and_kept_where_it_is_whole() {
        let added = |changes: &str| {
            let mut sources = Sources::default();
            let text = "containers: {main: {image: a}, web1: {image: a}}\nresources: {cache: {type: redis}}\n\
                        service: {ports: {http: {port: 80}}}\n";
            let base = tree(&mut sources, text);
            let change = tree(&mut sources, changes);
            let span = change.span;
            let merges = vec![Scoped {
                scope: Scope::Only,
                change,
                span,
            }];
            let mut report = Report::default();
            let overrides = Overrides {
                merges,
                ..Overrides::default()
            };
            let document = overlay(vec![base], &overrides, &mut report).remove(0);
            let messages: Vec<String> = report
                .in_order()
                .iter()
                .map(|diagnostic| diagnostic.message().to_owned())
                .collect();
            (messages.join("\n"), document.to_value().to_json())
        };
        let (messages, document) = added("containers: {mian: {image: x}}");
        assert_eq!(
            messages,
            "this override adds a container `mian` next to `main`"
        );
        assert!(document.contains("mian"), "{document}");
        let (messages, document) = added("containers: {mian: {command: [x]}}");
        assert_eq!(
            messages,
            "there is no container `mian` to change, and the override adds one without `image`"
        );
        assert!(!document.contains("mian"), "{document}");
        let (messages, document) = added("containers: {Main: {image: x}}");
        assert_eq!(
            messages,
            "there is no container `Main` to change, and the name is not valid for a new one"
        );
        assert!(!document.contains("Main"), "{document}");
        let (messages, _) =
            added("resources: {cahce: {params: {}}}\nservice: {ports: {htpp: {port: 81}}}");
        assert_eq!(messages.lines().count(), 2, "{messages}");
        // To add is what overrides may do, also beside a name with another number.
        for containers in [
            "{web-a: {image: x}, web-b: {image: x}}",
            "{main: null, maine: {image: x}}",
            "{proxy: {image: x}}",
            "{web2: {image: x}}",
            "{main: {image: x}}",
            "{main2: {image: x}}",
        ] {
            assert_eq!(
                added(&format!("containers: {containers}")).0,
                "",
                "{containers}"
            );
        }
    }

    #[test]
    fn properties_set_append_and_delete() {
        let mut sources = Sources::default();
        let base = tree(&mut sources, "a: {x: 1}\nl: [1, 2]\n");
        let seven = tree(&mut sources, "7");
        let span = seven.span;
        let set = |path: &[&str]| property(path, Some(seven.clone()), span);
        let properties = vec![
            set(&["a", "new", "deep"]),
            set(&["l", "-1"]),
            set(&["l", "0"]),
            set(&["m", "-1"]),
            property(&["a", "x"], None, span),
        ];
        let overrides = Overrides {
            properties,
            ..Overrides::default()
        };
        let mut report = Report::default();
        let changed = overlay(vec![base.clone()], &overrides, &mut report).remove(0);
        assert_eq!(
            changed.to_value().to_json(),
            r#"{"a":{"new":{"deep":7}},"l":[7,2,7],"m":[7]}"#
        );
        assert!(report.is_empty());
        let overrides = Overrides {
            properties: vec![set(&["l", "9"]), set(&["a", "x", "y"])],
            ..Overrides::default()
        };
        overlay(vec![base], &overrides, &mut report);
        assert_eq!(report.in_order().len(), 2);
    }
}
