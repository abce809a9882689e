"""Prints the objects of Argo CD and Flux in files as a JSON list: manifests.py FILE..

A file is YAML, or a page with blocks of YAML. A plugin of Argo CD is a file of its server, not an object of a cluster.
"""

import json
import pathlib
import re
import sys

import yaml

GROUPS = ("argoproj.io/", "kustomize.toolkit.fluxcd.io/", "source.toolkit.fluxcd.io/")


def texts(path):
    text = pathlib.Path(path).read_text()
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if path.endswith(".md") else [text]


def objects(path):
    for text in texts(path):
        for document in yaml.safe_load_all(text):
            if isinstance(document, dict) and str(document.get("apiVersion")).startswith(GROUPS):
                yield document


found = [one for path in sys.argv[1:] for one in objects(path) if one["kind"] != "ConfigManagementPlugin"]
print(json.dumps(found))
