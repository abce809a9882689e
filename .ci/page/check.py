"""Makes a page that tries itself, and reads what it has found.

check.py write PAGE AXE README DIRECTORY    writes DIRECTORY/try.html, and frames of both widths with it and with PAGE
check.py read DOM DIRECTORY OUTPUT..        compares what the page gave with the outputs of the program, by target
"""

import html
import json
import pathlib
import re
import sys


def score_file(readme):
    text = pathlib.Path(readme).read_text()
    return re.search(r"```yaml\n(apiVersion: score\.dev/.*?)```", text, re.DOTALL).group(1)


TRY = """
<script>%(axe)s</script>
<script>
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
async function tryPage() {
  const found = { outputs: {}, dark: matchMedia("(prefers-color-scheme: dark)").matches };
  while (!instance) await wait(1);
  found.examples = examples.map((example) => {
    choose(example);
    return [example.name, element("status").textContent, element("output").textContent.length];
  });
  const line = document.querySelector("#problems button");
  line.click();
  const { selectionStart, selectionEnd, value } = element("score");
  found.selected = [line.textContent, value.slice(selectionStart, selectionEnd)];
  element("score").value = %(score)s;
  for (const target of ["kubernetes", "compose"]) {
    element("target").value = target;
    element("target").dispatchEvent(new Event("input", { bubbles: true }));
    await wait(1000);
    found.outputs[target] = element("output").textContent;
  }
  found.graph = [...graph.querySelectorAll("text")].map((text) => text.textContent);
  found.width = document.documentElement.scrollWidth - innerWidth;
  const { violations } = await axe.run(document);
  found.violations = violations.map(({ id, impact, nodes }) => [impact, id, nodes.map((one) => one.html)]);
  found.requests = performance.getEntriesByType("resource").map((one) => one.name);
  return found;
}
tryPage().catch((error) => ({ error: String(error) })).then((found) => {
  parent.postMessage(JSON.stringify(found), "*");
});
</script>
</body>
"""

# Chromium has no window as narrow as a phone.
FRAME = """<!doctype html><style>body {{ margin: 0 }} iframe {{ border: 0; width: {width}px; height: {height}px }}</style>
<iframe src="{page}"></iframe>
<script>
// The time of Chromium is virtual, and ends at once where nothing waits; WebAssembly takes real time.
setInterval(() => {{}}, 1);
addEventListener("message", ({{ data }}) => {{
  const found = document.createElement("pre");
  found.id = "found";
  found.textContent = data;
  document.body.replaceChildren(found);
}});
</script>
"""


def write(page, axe, readme, directory):
    text = pathlib.Path(page).read_text()
    score = json.dumps(score_file(readme))
    more = TRY % {"axe": pathlib.Path(axe).read_text().replace("</script", "<\\/script"), "score": score}
    directory = pathlib.Path(directory)
    (directory / "try.html").write_text(text.replace("</body>", more))
    (directory / "score.yaml").write_text(json.loads(score))
    for width, height in ((390, 2600), (1280, 1600)):
        for name, file in (("page", pathlib.Path(page).absolute()), ("try", directory / "try.html")):
            frame = FRAME.format(width=width, height=height, page=file.as_uri())
            (directory / f"{name}-{width}.html").write_text(frame)


def read(dom, directory, *outputs):
    text = pathlib.Path(dom).read_text()
    found = re.search(r'<pre id="found">(.*?)</pre>', text, re.DOTALL)
    if not found:
        sys.exit("the page has not finished: " + text[-300:])
    found = json.loads(html.unescape(found.group(1)))
    if "error" in found:
        sys.exit(found["error"])
    problems = []
    for target, output in zip(("kubernetes", "compose"), outputs, strict=True):
        if found["outputs"][target] != pathlib.Path(output).read_text():
            (pathlib.Path(directory) / f"page-{target}.yaml").write_text(found["outputs"][target])
            problems.append(f"{target}: the page does not give what the program gives")
    for name, status, length in found["examples"]:
        is_wrong = name.startswith("Mistakes")
        if is_wrong != ("error" in status) or length < 20:
            problems.append(f"example {name}: {status}")
    line, selected = found["selected"]
    if not selected.startswith("imag"):
        problems.append(f"{line} selects {selected!r}")
    if "hello" not in found["graph"]:
        problems.append(f"the graph has only {found['graph']}")
    if found["width"] > 0:
        problems.append(f"the page is {found['width']} pixels too wide")
    problems += [f"axe: {impact}: {rule}: {nodes}" for impact, rule, nodes in found["violations"] if impact in ("serious", "critical")]
    problems += [f"the page asks for {name}" for name in found["requests"]]
    for problem in problems:
        print(problem)
    minor = len(found["violations"])
    print(f"{'dark' if found['dark'] else 'light'}: {len(found['examples'])} examples, {minor} findings of axe, {len(problems)} problems")
    sys.exit(bool(problems))


{"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
