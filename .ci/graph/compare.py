"""Compares what Graphviz, Mermaid and a browser show of BASE."""

import html
import json
import re
import sys
import xml.etree.ElementTree as xml

base = sys.argv[1]
dom = open(base + ".dom").read()
found = re.search(r'<body data-result="([^"]*)"', dom)
if not found:
    sys.exit(f"{base}: the page did not end: {dom[:300]}")
page = json.loads(html.unescape(found[1]))
if "error" in page:
    sys.exit(f"{base}: Mermaid: {page['error']}")

SVG = "{http://www.w3.org/2000/svg}"
groups = list(xml.parse(base + ".dot.svg").iter(SVG + "g"))


def texts(group):
    # Graphviz writes spaces that must not collapse as such.
    return "\n".join("".join(one.itertext()).replace("\xa0", " ") for one in group.iter(SVG + "text"))


graphviz = sorted(texts(one) for one in groups if one.get("class") == "node")
arrows = sum(one.get("class") == "edge" for one in groups)
mermaid, svg = sorted(page["mermaid"]), sorted(page["svg"])
for name, boxes, count in (("Mermaid", mermaid, page["mermaidArrows"]), ("SVG", svg, page["svgArrows"])):
    if boxes != graphviz:
        sys.exit(f"{base}: {name} shows {boxes}, Graphviz {graphviz}")
    if count != arrows:
        sys.exit(f"{base}: {name} shows {count} arrows, Graphviz {arrows}")
if page["overflow"]:
    sys.exit(f"{base}: the text of {page['overflow']} boxes is wider than the box")
workloads = {one["name"] for one in json.load(open(base + ".json"))["nodes"] if one["kind"] == "workload"}
missing = workloads - {box.split("\n")[0] for box in graphviz}
if missing:
    sys.exit(f"{base}: no box for {missing}")
print(f"{base.rsplit('/', 1)[-1]}: {len(graphviz)} boxes and {arrows} arrows are the same in DOT, Mermaid and SVG")
