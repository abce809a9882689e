#!/usr/bin/env python3
"""Validates objects of custom kinds: custom_objects.py DIRECTORY FILE..

Every object that is not of Kubernetes itself must satisfy the CustomResourceDefinition of its kind among the files in the
directory, without fields that it does not have. Prints one line per problem, and else the number of objects of each kind. Exits
1 when there is a problem.
"""

import collections
import pathlib
import sys

import jsonschema
import yaml
from kubernetes_validate import utils

from kubernetes import Loader, Schemas


def closed(schema):
    """The schema without fields that it does not name, which the API server would drop."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.setdefault("additionalProperties", False)
    return schema


def definitions(directory):
    """The schemas in a directory, by `GROUP/VERSION KIND`."""
    schemas = {}
    for path in sorted(pathlib.Path(directory).glob("*.yaml")):
        for definition in yaml.load_all(path.read_text(), Loader=Loader):
            spec = definition["spec"]
            for version in spec["versions"]:
                name = f"{spec['group']}/{version['name']} {spec['names']['kind']}"
                schema = version["schema"]["openAPIV3Schema"]
                for field in ("apiVersion", "kind", "metadata"):
                    schema["properties"].setdefault(field, {})
                schemas[name] = jsonschema.Draft202012Validator(closed(schema))
    return schemas


def main(directory, paths):
    custom, counts, failed = definitions(directory), collections.Counter(), False
    known = Schemas(sorted(utils.all_versions(), key=lambda text: [int(part) for part in text.split(".")])[-1])
    for path in paths:
        for document in yaml.load_all(pathlib.Path(path).read_text(), Loader=Loader):
            kind = f"{document['apiVersion']} {document['kind']}"
            if known.validator(document["apiVersion"], document["kind"]):
                continue
            counts[kind] += 1
            problems = [f"there is no schema for {kind}"]
            if kind in custom:
                problems = [
                    f"{'.'.join(str(step) for step in error.absolute_path)}: {error.message[:300]}"
                    for error in custom[kind].iter_errors(document)
                ]
            for problem in problems:
                failed = True
                print(f"{path}: {document['kind']}/{document['metadata']['name']}: {problem}")
    if not counts:
        sys.exit("no object has a custom kind")
    for kind, count in sorted(counts.items()):
        print(f"{kind}: {count}")
    sys.exit(failed)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
