"""Compares the Secrets of one output with what the ExternalSecrets of another one become.

    compare.py PLAIN EXTERNAL

Each value is read from the server that BAO_ADDR names, by the key and the property of its reference. Templates have actions of three
forms only: a value, a text in quotes, and bytes in base64.
"""

import base64
import json
import re
import subprocess
import sys

ACTION = re.compile(rb'\{\{ ?(?:\.(\w+)|"([^"]*)"( \| b64dec)?) ?\}\}')


def objects(path):
    with open(path) as file:
        return json.load(file)["items"]


def read(reference):
    remote = reference["remoteRef"]
    command = ["bao", "kv", "get", "-mount=secret", f"-field={remote['property']}", remote["key"]]
    return subprocess.run(command, check=True, capture_output=True).stdout.removesuffix(b"\n")


def render(template, values):
    def action(match):
        variable, text, is_encoded = match.groups()
        if variable:
            return values[variable.decode()]
        return base64.b64decode(text) if is_encoded else text

    return ACTION.sub(action, template.encode())


def contents(secret):
    data = {key: base64.b64decode(text) for key, text in secret.get("data", {}).items()}
    return data | {key: text.encode() for key, text in secret.get("stringData", {}).items()}


plain, external = map(objects, sys.argv[1:])
secrets = {one["metadata"]["name"]: one for one in plain if one["kind"] == "Secret"}
made = [one for one in external if one["kind"] == "ExternalSecret"]
passwords = 0
for one in made:
    name, spec = one["metadata"]["name"], one["spec"]
    values = {reference["secretKey"]: read(reference) for reference in spec["data"]}
    templates = spec["target"]["template"]["data"].items()
    rendered = {key: render(template, values) for key, template in templates}
    assert rendered == contents(secrets[name]), f"{name} would change"
    text = json.dumps(external)
    for value in values.values():
        assert len(value) >= 6 and value.decode() not in text, f"{name} has a password"
    passwords += len(values)
assert made and len(made) + sum(one["kind"] == "Secret" for one in external) == len(secrets)
print(f"external-secrets: {len(made)} ExternalSecrets become their Secrets by {passwords} values of the store")
