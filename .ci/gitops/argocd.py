"""Calls the commands of integrations/argocd/plugin.yaml as the server of a config management plugin of Argo CD does.

    argocd.py BINARY WORK

The contract (Argo CD, "Config Management Plugins"): each command runs in the path of the Application in a copy of the
repository, with the variables of the sidecar and of the Application, and has 90 seconds. `discover` says yes by any output and
exit code 0. The output of `generate` is YAML documents of objects and nothing else; after an error it is not used, and standard
error is shown. The output of `parameters` is a JSON array of announcements.
"""

import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import yaml

BINARY, WORK = Path(sys.argv[1]), Path(sys.argv[2])
PLUGIN = yaml.safe_load(Path("integrations/argocd/plugin.yaml").read_text())["spec"]
COMMANDS = {
    "discover": PLUGIN["discover"]["find"]["command"],
    "generate": PLUGIN["generate"]["command"],
    "parameters": PLUGIN["parameters"]["dynamic"]["command"],
}
TIMEOUT = 90
SEED = "47710ea9233556355d46de41c3688e25715e027768cd4a9aa62c7f919789ae77"
# ParameterAnnouncement: its fields and their types.
FIELDS = {
    "name": str, "title": str, "tooltip": str, "required": bool, "itemType": str, "collectionType": str,
    "string": str, "array": list, "map": dict,
}

SCORE = """apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: .
    variables: {DB: "${resources.db.url}", GREETING: "${resources.env.GREETING}"}
resources:
  db: {type: postgres}
  env: {type: environment}
"""
FILES = {
    "apps/shop/score.yaml": SCORE,
    "apps/shop/environments/staging/environment.yaml":
        "target: kubernetes\ndefault: true\nproject: shop\nprovisioners: [../../../../platform/, builtin]\nvalues: {domain: a.example.com}\n",
    "apps/shop/environments/prod/environment.yaml": "extends: staging\nnamespace: shop-prod\n",
    "platform/none.provisioners.yaml": "- uri: template://x/none\n  type: none\n",
    "charts/README.md": "no Score file\n",
}


def copy():
    """A copy of the repository, as the server unpacks it: under another name each time, and read-only."""
    directory = WORK / "_cmp_server" / str(uuid.uuid4())
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def tree(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def call(name, path="apps/shop", parameters=None, environment=(), sidecar=(("SCORE_RS_SEED", SEED),)):
    """Runs a command; returns its exit code, standard output and standard error."""
    directory = copy()
    before = tree(directory)
    variables = {
        "PATH": str(BINARY.parent), "HOME": "/home/argocd", "XDG_CACHE_HOME": str(WORK / "cache"), **dict(sidecar),
        "ARGOCD_APP_NAME": "shop", "ARGOCD_APP_NAMESPACE": "team", "ARGOCD_APP_REVISION": "0" * 40,
        "ARGOCD_APP_SOURCE_PATH": path, "ARGOCD_APP_SOURCE_REPO_URL": "https://example.com/shop.git",
        "ARGOCD_APP_SOURCE_TARGET_REVISION": "main", "KUBE_VERSION": "1.33", "KUBE_API_VERSIONS": "v1,apps/v1",
        "ARGOCD_APP_PARAMETERS": json.dumps(parameters),
        **{f"ARGOCD_ENV_{key}": value for key, value in environment},
    }
    done = subprocess.run(
        COMMANDS[name], executable=BINARY, cwd=directory / path, env=variables, capture_output=True, text=True, timeout=TIMEOUT,
        stdin=subprocess.DEVNULL,
    )
    assert tree(directory) == before, f"{name} changed the copy"
    shutil.rmtree(directory)
    return done.returncode, done.stdout, done.stderr


def objects(result):
    code, stdout, stderr = result
    assert code == 0, stderr
    documents = list(yaml.safe_load_all(stdout))
    assert all(isinstance(one, dict) and one["apiVersion"] and one["kind"] for one in documents), stdout
    return documents


def is_refused(result, message):
    code, stdout, stderr = result
    assert code != 0 and stdout == "" and message in stderr.splitlines()[0], result


assert all(command[0] == "score-rs" for command in COMMANDS.values())
code, stdout, _ = call("discover")
assert code == 0 and stdout == "score.yaml\n"
code, stdout, _ = call("discover", path="charts")
assert code == 0 and stdout == ""

code, stdout, stderr = call("parameters")
assert code == 0, stderr
announced = json.loads(stdout)
assert isinstance(announced, list) and [one["name"] for one in announced] == ["environment", "image", "set"]
for one in announced:
    assert set(one) <= set(FIELDS) and all(type(value) is FIELDS[key] for key, value in one.items()), one
    assert one["collectionType"] in ("", "string", "array", "map") and one["collectionType"] in one, one
    assert all(type(value) is str for value in one.get("map", {}).values()), one

# Without a lock file, the version of the database would depend on the version of score-rs.
greeting = [("GREETING", "hello")]
image = {"name": "image", "map": {"shop": "example.com/shop:1"}}
is_refused(call("generate", parameters=[image], environment=greeting), "score-rs.lock")
lock = copy()
for name in ("staging", "prod"):
    subprocess.run(
        [BINARY, "generate", "-q", "-e", name, "-i", "a:1", "-o", "out.yaml"], cwd=lock / "apps/shop", check=True,
        env={"GREETING": "x", "SCORE_RS_SEED": SEED}, stderr=subprocess.DEVNULL,
    )
FILES["apps/shop/score-rs.lock"] = (lock / "apps/shop/score-rs.lock").read_text()

first = call("generate", parameters=[image], environment=greeting)
kinds = sorted(one["kind"] for one in objects(first))
assert kinds == ["Deployment", "Secret", "Service", "StatefulSet"], kinds
assert all(one["metadata"]["namespace"] == "team" for one in objects(first)), first
assert call("generate", parameters=[image], environment=greeting)[1] == first[1], "two copies differ"
prod = objects(call("generate", parameters=[image, {"name": "environment", "string": "prod"}], environment=greeting))
assert all(one["metadata"]["namespace"] == "shop-prod" for one in prod), prod
text = json.dumps(objects(first))
assert "hello" in text and "example.com/shop:1" in text

is_refused(call("generate", parameters=[image], environment=greeting, sidecar=()), "SCORE_RS_SEED")
is_refused(call("generate", parameters=[image]), "GREETING")
is_refused(call("generate", parameters=[{"name": "environment", "string": "../x"}]), "../x")
is_refused(call("generate", parameters=[{"name": "output", "string": "/tmp/x"}]), "output")
print("the plugin of Argo CD keeps its contract")
