"""Writes BASE.html, in which Mermaid renders BASE.mermaid beside the picture BASE.svg."""

import base64
import sys

base, library = sys.argv[1:]
chart = base64.b64encode(open(base + ".mermaid", "rb").read()).decode()
picture = open(base + ".svg").read()
open(base + ".html", "w").write(
    f"""<!doctype html><meta charset="utf-8"><div id="picture">{picture}</div><div id="chart"></div>
<script src="file://{library}"></script>
<script>
const chart = new TextDecoder().decode(Uint8Array.from(atob("{chart}"), one => one.charCodeAt(0)));
mermaid.initialize({{startOnLoad: false}});
mermaid.render("rendered", chart).then(
  result => {{
    document.getElementById("chart").innerHTML = result.svg;
    const texts = selector => [...document.querySelectorAll(selector)].map(one => one.innerText.trim());
    const arrows = [...document.querySelectorAll("#picture path.arrow")].length;
    document.body.dataset.result = JSON.stringify({{
      mermaid: texts("#chart .node .nodeLabel"),
      mermaidArrows: document.querySelectorAll("#chart .edgePaths path").length,
      svg: [...document.querySelectorAll("#picture g")].map(
        one => [...one.querySelectorAll("text")].map(line => line.textContent).join("\\n")),
      svgArrows: arrows,
      overflow: [...document.querySelectorAll("#picture g")].filter(one =>
        [...one.querySelectorAll("text")].some(
          line => line.getBBox().x + line.getBBox().width > one.querySelector("rect").getBBox().x + one.querySelector("rect").getBBox().width
        )).length,
    }});
  }},
  error => {{ document.body.dataset.result = JSON.stringify({{error: String(error)}}); }},
);
</script>
"""
)
