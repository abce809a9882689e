"""Writes the page as one file: build.py WASM FILE."""

import base64
import gzip
import json
import pathlib
import sys

here = pathlib.Path(__file__).parent
wasm, file = sys.argv[1:]


def read(name):
    return (here / name).read_text()


def example(directory):
    def text(name):
        path = directory / name
        return path.read_text() if path.exists() else ""

    name, _, target = text("name").strip().rpartition(", ")
    return {
        "name": name,
        "target": target,
        "score": text("score.yaml"),
        "definitions": text("definitions.yaml"),
        "values": text("values.yaml"),
    }


examples = [example(path) for path in sorted((here / "examples").iterdir())]
# `</` would end the element.
examples = json.dumps(examples).replace("</", "<\\/")
compiler = base64.b64encode(gzip.compress(pathlib.Path(wasm).read_bytes(), mtime=0)).decode()
page = read("index.html")
for name, text in {
    "style": read("style.css"),
    "examples": examples,
    "compiler": compiler,
    "script": read("page.js"),
}.items():
    marker = f"<!-- {name} -->"
    assert page.count(marker) == 1, marker
    page = page.replace(marker, text)
pathlib.Path(file).write_text(page)
print(f"{file}: {len(page) / 1e6:.1f} MB")
