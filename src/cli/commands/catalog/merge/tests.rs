//! Random hand-written catalogs, and random entities merged into them.

use super::*;
use diagnostics::value::Map;
use proptest::prelude::*;
use yaml::Kind;

const NAMES: [&str; 4] = ["orders", "web", "db-a.b", "x"];
const KINDS: [&str; 3] = ["Component", "Resource", "API"];

fn entity() -> impl Strategy<Value = Entity> {
    let names = prop::sample::select(&NAMES[..]);
    let refs = prop::collection::btree_set(prop::sample::select(&NAMES[..]), 0..3);
    let texts = prop::sample::select(vec!["team-a", "yes", "1.0", "a: b", "production"]);
    let parts = (
        prop::sample::select(&KINDS[..]),
        names,
        refs,
        texts,
        any::<[bool; 3]>(),
    );
    parts.prop_map(
        |(kind, name, references, text, [has_links, has_annotations, is_described])| {
            let references: Vec<String> = references
                .iter()
                .map(|name| format!("resource:{name}"))
                .collect();
            let mut entity = Entity::new(kind, name)
                .description(is_described.then_some(text))
                .spec("type", Some("service"))
                .spec("owner", Some(text))
                .list("dependsOn", references);
            if has_annotations {
                let annotations = Value::map_of([("example.com/a", Value::from(text))]);
                entity
                    .metadata
                    .insert("annotations".to_owned(), annotations);
            }
            if has_links {
                let link = [
                    ("url", Value::from("https://a.example")),
                    ("title", Value::from(text)),
                ];
                let links = Value::from(vec![Value::map_of(link)]);
                entity.metadata.insert("links".to_owned(), links);
            }
            entity
        },
    )
}

/// Entities of which no two are the same.
fn entities() -> impl Strategy<Value = Vec<Entity>> {
    let entities = prop::collection::vec(entity(), 0..6);
    entities.prop_map(|entities| {
        let by_identity = entities
            .into_iter()
            .map(|entity| (entity.identity(), entity));
        by_identity
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect()
    })
}

const METADATA: [&str; 9] = [
    "",
    "  annotations: {a: 'b'}\n",
    "  annotations:\n    # why\n    a: 'b'   # one\n    # two\n",
    "  annotations: {}\n",
    "  annotations:\n",
    "  description: |+\n    text\n\n",
    "  description: >-\n    folded\n    text\n",
    "  links:\n    - url: https://a.example # mine\n",
    "  links: [{url: 'https://b.example', title: B}]\n  tags: [a,\n    b]\n",
];
const SPEC: [&str; 8] = [
    "spec: {}\n",
    "spec: {type: website, dependsOn: [resource:default/x]}\n",
    "spec:\n  type: website # own\n  owner: \"jane\"\n",
    "spec:\n    dependsOn:\n    - Resource:orders\n    # last\n    owner: me\n",
    "spec:\n  dependsOn:\n      - component:other\n",
    "spec:\n  definition:\n    $text: ./openapi.yaml\n\n  # end\n",
    "spec:\n  ? type\n  : website\n",
    "spec: &all\n  dependsOn: &list [a]\n  copy: *list\n",
];

/// A document that somebody may have written.
fn document() -> impl Strategy<Value = String> {
    let part = |parts: &'static [&'static str]| prop::sample::select(parts);
    let parts = (
        part(&KINDS),
        part(&NAMES),
        part(&METADATA),
        part(&SPEC),
        any::<bool>(),
    );
    parts.prop_map(
        |(kind, name, metadata, spec, is_flow)| match is_flow && metadata.is_empty() {
            true => format!("# flow\n{{kind: {kind}, metadata: {{name: \"{name}\"}}}}\n"),
            false => format!("# own\nkind: {kind}\nmetadata:\n  name: {name}\n{metadata}{spec}"),
        },
    )
}

/// A file: hand-written documents and such of score-rs, with line breaks of either kind.
fn file() -> impl Strategy<Value = String> {
    let managed = entity().prop_map(|entity| new_text(&[entity]));
    let documents = prop::collection::vec(prop_oneof![3 => document(), 1 => managed], 0..5);
    (documents, any::<[bool; 3]>()).prop_map(|(documents, [is_windows, has_end, has_start])| {
        let mut text = documents.join("--- # next\n");
        if has_start {
            text.insert_str(0, "# file\n---\n");
        }
        if !has_end {
            text.truncate(text.trim_end().len());
        }
        match is_windows {
            true => text.replace('\n', "\r\n"),
            false => text,
        }
    })
}

fn merged(text: &str, entities: &[Entity]) -> (String, Report) {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let source = sources.add("t", text);
    let catalog = Catalog::read(&sources, source, &mut report);
    assert!(report.is_empty(), "{text}");
    let text = catalog.merge(&sources, entities, &mut report);
    (text, report)
}

fn hand_written(sources: &Sources, source: SourceId) -> Vec<Node> {
    let mut report = Report::default();
    let documents = parse(sources, source, &mut report);
    assert!(report.is_empty(), "{}", sources.text(source));
    let written = |document: &Node| !document.is_null() && !is_managed(document);
    documents.into_iter().filter(written).collect()
}

/// Whether all that is in `old` is in `new`, as it is written.
fn is_kept((old_sources, old): (&Sources, &Node), (new_sources, new): (&Sources, &Node)) -> bool {
    let keeps = |old: &Node, new: &Node| is_kept((old_sources, old), (new_sources, new));
    match (&old.kind, &new.kind) {
        (Kind::Map(entries), Kind::Map(_)) => entries
            .iter()
            .all(|(key, entry)| new.get(key).is_some_and(|new| keeps(&entry.value, new))),
        (Kind::List(items), Kind::List(new)) => {
            items.len() <= new.len() && items.iter().zip(new).all(|(old, new)| keeps(old, new))
        }
        _ => {
            // The place of a block may reach to the next key.
            let raw =
                |sources: &Sources, node: &Node| sources.slice(node.span).trim_end().to_owned();
            old.kind == new.kind && raw(old_sources, old) == raw(new_sources, new)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_people_have_written_stays(text in file(), entities in entities(), later in entities()) {
        let (once, _) = merged(&text, &entities);
        let (mut old_sources, mut new_sources) = (Sources::default(), Sources::default());
        let old = old_sources.add("old", text.as_str());
        let new = new_sources.add("new", once.as_str());
        let (old, new) = (hand_written(&old_sources, old), hand_written(&new_sources, new));
        prop_assert_eq!(old.len(), new.len(), "{}", &once);
        for (old, new) in old.iter().zip(&new) {
            prop_assert!(is_kept((&old_sources, old), (&new_sources, new)), "{}", &once);
        }
        let comments = text.lines().filter_map(|line| Some(line.split_once(" #").or(line.split_once('#'))?.1));
        for comment in comments {
            prop_assert!(once.contains(comment), "{}: {}", comment, &once);
        }
        let has_own_line_breaks = match text.contains("\r\n") {
            true => !once.replace("\r\n", "").contains('\n'),
            false => !once.contains('\r'),
        };
        prop_assert!(has_own_line_breaks, "{:?}", &once);
        // A second run changes nothing, and each run leaves what it was given.
        let (again, _) = merged(&once, &entities);
        prop_assert_eq!(&again, &once);
        let (other, _) = merged(&once, &later);
        let (direct, _) = merged(&other, &later);
        prop_assert_eq!(&other, &direct);
    }

    #[test]
    fn a_file_has_the_entities_of_the_run(text in file(), entities in entities()) {
        let (text, _) = merged(&text, &entities);
        let mut sources = Sources::default();
        let source = sources.add("t", text.as_str());
        let documents = parse(&sources, source, &mut Report::default());
        let managed = documents.iter().filter(|document| is_managed(document));
        let managed: Vec<Value> = managed.map(Node::to_value).collect();
        let written: BTreeSet<Identity> = documents
            .iter()
            .filter(|document| !is_managed(document))
            .filter_map(identity_of)
            .collect();
        let expected = entities.iter().filter(|entity| !written.contains(&entity.identity()));
        let expected: Vec<Value> = expected.map(Entity::managed_value).collect();
        prop_assert_eq!(managed.len(), expected.len(), "{}", &text);
        prop_assert!(expected.iter().all(|value| managed.contains(value)), "{}", &text);
    }
}

#[test]
fn an_entity_gets_what_it_lacks() {
    let mut entity = Entity::new("Component", "web").spec("type", Some("service"));
    entity = entity.list(
        "dependsOn",
        vec!["resource:db".to_owned(), "resource:x".to_owned()],
    );
    let annotations = Map::from_iter([("a".to_owned(), Value::from("b"))]);
    entity
        .metadata
        .insert("annotations".to_owned(), Value::from(annotations));
    let text = "kind: Component\nmetadata:\n  name: web # mine\n\nspec:\n  type: website\n  \
                dependsOn:\n    - resource:default/DB # ours\n# end\n";
    let (text, report) = merged(text, &[entity]);
    assert!(report.is_empty());
    assert_eq!(
        text,
        "kind: Component\nmetadata:\n  name: web # mine\n  annotations:\n    a: b\n\nspec:\n  \
         type: website\n  dependsOn:\n    - resource:default/DB # ours\n    - resource:x\n\
         apiVersion: backstage.io/v1alpha1\n# end\n"
    );
}
