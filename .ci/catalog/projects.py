"""Writes entities and graphs of projects: BINARY WORK CORPUS.

WORK/catalogs/NAME.yaml has the entities of a project in a namespace of Backstage of their own, WORK/graphs/NAME.json its graph.
"""

import json
import pathlib
import shutil
import subprocess
import sys

binary, work, corpus = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
catalogs, graphs = work / "catalogs", work / "graphs"
catalogs.mkdir()
graphs.mkdir()

HAND_WRITTEN = """\
# Written by hand.
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: orders
  title: Orders   # as people call it
  annotations:
    github.com/project-slug: 'acme/shop'
  links: [{url: "https://acme.example/orders", title: Page}]
spec:
  type: website
  lifecycle: experimental
  owner: team-orders
  dependsOn:
    - resource:default/postgres-orders.db
    - component:legacy
"""


def run(directory, *arguments):
    return subprocess.run([binary, "-C", directory, *arguments, "--quiet"], capture_output=True, text=True)


def write(name, entities, graph):
    for entity in entities:
        entity["metadata"]["namespace"] = name
    (catalogs / f"{name}.yaml").write_text("\n---\n".join(json.dumps(entity) for entity in entities))
    (graphs / f"{name}.json").write_text(graph)


# The file of the example as it is.
shop = work / "shop"
shutil.copytree("examples/shop", shop)
result = run(shop, "catalog", "-e", "prod", "--check")
if result.returncode != 0:
    sys.exit(f"examples/shop/catalog-info.yaml is not up to date: {result.stderr}{result.stdout}")
shutil.copy(shop / "catalog-info.yaml", catalogs / "default.yaml")
graph = run(shop, "graph", "-e", "prod", "-f", "json").stdout
(graphs / "default.json").write_text(graph)

# A hand-written component among them, which keeps what it has.
(shop / "catalog-info.yaml").write_text(HAND_WRITTEN)
result = run(shop, "catalog", "-e", "prod")
if result.returncode != 0:
    sys.exit(f"shop with a hand-written component: {result.stderr}")
text = (shop / "catalog-info.yaml").read_text()
rest = iter(text.splitlines())
lost = [line for line in HAND_WRITTEN.splitlines() if "links" not in line and line not in rest]
if lost:
    sys.exit(f"lines of the hand-written component are lost: {lost}")
namespaced = text.replace("\nmetadata:\n", "\nmetadata:\n  namespace: merged\n").replace("resource:default/", "resource:")
(catalogs / "merged.yaml").write_text(namespaced)
(graphs / "merged.json").write_text(graph)

# What the backend refuses.
(catalogs / "invalid.yaml").write_text(
    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: invalid}\nspec: {type: a, lifecycle: b}\n"
)

count = 0
for case in sorted(corpus.iterdir()):
    if not list(case.glob("**/score*.yaml")):
        continue
    project = work / "projects" / case.name
    shutil.copytree(case, project)
    for tool in ("score-k8s", "score-compose"):
        shutil.rmtree(project / tool, ignore_errors=True)
    definitions = sorted((case / "score-k8s").glob("*.provisioners.yaml"))
    (project / "score-rs.yaml").write_text("catalog: {owner: team-a}\n")
    flags = [flag for path in definitions for flag in ("--provisioners", path.resolve())]
    flags = ["-e", "kubernetes", "-p", case.name, "-n", "corpus", *flags]
    result = run(project, "catalog", *flags, "-f", "json")
    if result.returncode != 0:
        continue
    write(case.name, json.loads(result.stdout), run(project, "graph", *flags, "-f", "json").stdout)
    count += 1
print(f"{count} projects of the corpus have entities")
if count < 20:
    sys.exit("they are fewer than 20")
