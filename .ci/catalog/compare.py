"""Compares the relations that a catalog backend serves with the graphs of WORK: WORK URL."""

import json
import pathlib
import sys
import time
import urllib.request

work, url = pathlib.Path(sys.argv[1]), sys.argv[2]
# Types of resources that give the address of a workload.
ADDRESSES = {"service", "service-port", "endpoint"}


def expected(graph, excluded):
    names = {}
    edges = graph["edges"]
    callers = {edge["from"] for edge in edges if edge["relation"] == "calls"}
    for node in graph["nodes"]:
        name = node["name"]
        if node["kind"] == "workload":
            names[name] = f"component:{name}"
            continue
        users = {edge["from"] for edge in edges if edge["relation"] == "uses" and edge["to"] == name}
        # Such a resource is a relation, and a route is a link.
        is_relation = node["type"] in ADDRESSES and users & callers
        if not is_relation and node["type"] not in excluded:
            kind = node["type"] if node["class"] == "default" else f"{node['type']}.{node['class']}"
            names[name] = f"resource:{kind}-{node['id']}"
    edges = {(names.get(edge["from"]), names.get(edge["to"])) for edge in edges}
    return {edge for edge in edges if None not in edge}


def served(entities, namespace):
    def short(reference):
        return reference.replace(f":{namespace}/", ":")

    relations = {
        (relation["type"], f"{entity['kind'].lower()}:{entity['metadata']['name']}", short(relation["targetRef"]))
        for entity in entities
        if entity["metadata"].get("namespace", "default") == namespace
        for relation in entity.get("relations", [])
    }
    providers = {api: component for kind, component, api in relations if kind == "providesApi"}
    uses = {(one, other) for kind, one, other in relations if kind == "dependsOn"}
    calls = {(one, providers.get(api, api)) for kind, one, api in relations if kind == "consumesApi"}
    return uses | calls


def difference(entities):
    """What is wrong with each project."""
    wrong = {}
    for path in sorted((work / "graphs").iterdir()):
        # What the settings of examples/shop leave out.
        of_shop = {"environment", "horizontal-pod-autoscaler"} if path.stem in ("default", "merged") else set()
        edges = expected(json.loads(path.read_text()), {"route"} | of_shop)
        relations = served(entities, path.stem)
        if path.stem == "merged":
            edges = edges | {("component:orders", "component:legacy")}
        if edges != relations:
            wrong[path.stem] = f"graph only: {sorted(edges - relations)}; Backstage only: {sorted(relations - edges)}"
        written = (work / "catalogs" / f"{path.stem}.yaml").read_text().count('"kind": ') or None
        of_project = [entity for entity in entities if entity["metadata"].get("namespace", "default") == path.stem]
        of_project = [entity for entity in of_project if entity["kind"] != "Location"]
        if written is not None and written != len(of_project):
            wrong[path.stem] = f"{written} entities, of which Backstage serves {len(of_project)}"
    return wrong


deadline = time.time() + 180
entities, wrong = [], {"all": "the backend does not answer"}
while wrong and time.time() < deadline:
    time.sleep(2)
    try:
        with urllib.request.urlopen(f"{url}/api/catalog/entities", timeout=10) as answer:
            entities = json.load(answer)
    except OSError:
        continue
    wrong = difference(entities)
if any(entity["metadata"]["name"] == "invalid" for entity in entities):
    sys.exit("the backend accepts an entity without an owner, so it checks nothing")
for name, text in wrong.items():
    print(f"{name}: {text}")
graphs = [path.stem for path in (work / "graphs").iterdir()]
relations = sum(len(served(entities, name)) for name in graphs)
print(f"{len(graphs)} projects, {len(entities)} entities, {relations} relations: {len(wrong)} differ from the graph")
sys.exit(1 if wrong else 0)
