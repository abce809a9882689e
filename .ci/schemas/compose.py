"""Compares what score-rs says of sections of Compose files with Docker Compose itself.

    compose.py BINARY DOCKER_COMPOSE

Each section of a few right services, networks, volumes and models gets a wrong key, and each value another type. Docker Compose reads
one file for each; score-rs reads all as the sections of one definition. Prints what differs and the counts.
"""

import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

binary, docker_compose = sys.argv[1:]

SERVICES = [
    {
        "image": "a",
        "annotations": {"a": "b"},
        "blkio_config": {"weight": 5, "weight_device": [{"path": "/a", "weight": 5}]},
        "cap_add": ["ALL"],
        "command": ["a"],
        "cpus": 1.5,
        "deploy": {
            "replicas": 1,
            "placement": {"constraints": ["a==b"], "preferences": [{"spread": "a"}]},
            "resources": {"limits": {"cpus": "1", "memory": "5M"}, "reservations": {"devices": [{"capabilities": ["gpu"], "count": 1}]}},
            "restart_policy": {"condition": "any", "delay": "1s"},
            "update_config": {"order": "start-first", "parallelism": 1},
        },
        "develop": {"watch": [{"path": "./a", "action": "sync", "target": "/a", "ignore": ["b"]}]},
        "devices": ["/a:/a"],
        "dns": "1.1.1.1",
        "environment": {"A": "b"},
        "expose": [80],
        "extra_hosts": {"a": "1.1.1.1"},
        "healthcheck": {"test": ["CMD", "a"], "interval": "5s", "retries": 3},
        "init": True,
        "labels": {"a": "b"},
        "logging": {"driver": "json-file", "options": {"a": "b"}},
        "mem_limit": "5M",
        "networks": {"default": {"aliases": ["a"]}},
        "ports": [{"target": 80, "published": "8080", "protocol": "tcp"}],
        "post_start": [{"command": ["a"], "user": "root"}],
        "profiles": ["a"],
        "read_only": True,
        "restart": "always",
        "stop_grace_period": "5s",
        "sysctls": {"a": 1},
        "tmpfs": ["/a"],
        "ulimits": {"nofile": {"soft": 1, "hard": 2}},
        "user": "a",
        "volumes": [
            {"type": "bind", "source": "./a", "target": "/a", "read_only": True, "bind": {"create_host_path": True}},
            {"type": "tmpfs", "target": "/b", "tmpfs": {"size": 5}},
        ],
        "working_dir": "/a",
    },
    {
        "build": {"context": ".", "args": {"A": "b"}, "cache_from": ["a"], "target": "a", "tags": ["b"], "ssh": ["default"], "shm_size": "5M"},
        "ports": ["80:80"],
        "volumes": ["./a:/b"],
        "env_file": [{"path": "./a.env", "required": False}],
    },
]
OTHERS = {
    "networks": {"driver": "bridge", "internal": True, "ipam": {"config": [{"subnet": "10.0.0.0/24"}]}, "labels": {"a": "b"}},
    "volumes": {"driver": "local", "driver_opts": {"a": "b"}, "name": "b"},
    "models": {"model": "a", "context_size": 5, "runtime_flags": ["a"]},
}
WRONG = [5, True, "no such word", {"a": "b"}, ["a"], [["a"]], {"a": {"b": "c"}}]


def changes(value, steps=()):
    """Each change: where, and what replaces it."""
    if steps:
        for wrong in WRONG:
            yield steps, wrong
    if isinstance(value, dict):
        yield steps, {**value, "wrongKey": "a"}
        for key, item in value.items():
            yield steps, {other: value[other] for other in value if other != key}
            yield from changes(item, (*steps, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from changes(item, (*steps, index))


def changed(value, steps, wrong):
    if not steps:
        return wrong
    result = copy.deepcopy(value)
    parent = result
    for step in steps[:-1]:
        parent = parent[step]
    parent[steps[-1]] = wrong
    return result


cases = [("services", (), service, service) for service in SERVICES]
cases += [("services", steps, wrong, changed(service, steps, wrong)) for service in SERVICES for steps, wrong in changes(service)]
for name, other in OTHERS.items():
    cases += [(name, steps, wrong, changed(other, steps, wrong)) for steps, wrong in changes(other)]

work = pathlib.Path(tempfile.mkdtemp())
(work / "score.yaml").write_text(
    json.dumps(
        {
            "apiVersion": "score.dev/v1b1",
            "metadata": {"name": "shop"},
            "containers": {"main": {"image": "example.com/shop:1"}},
            "resources": {name: {"type": name} for name in ["services", *OTHERS]},
        }
    )
)
lines = []
of_line = {}
for section in ["services", *OTHERS]:
    lines += [f"- uri: template://{section}", f"  type: {section}", f"  {section}: |"]
    for index, (of_case, _, _, value) in enumerate(cases):
        if of_case == section:
            lines.append(f"    c-{index}: {json.dumps(value)}")
            of_line[len(lines)] = index
(work / "a.provisioners.yaml").write_text("\n".join(lines) + "\n")
command = [binary, "generate", "-e", "compose", "--provisioners", "a.provisioners.yaml", "--message-format", "short", "-o", "out.yaml"]
report = subprocess.run(command, cwd=work, capture_output=True, text=True).stderr
ours = {}
for line in report.splitlines():
    place = re.match(r"a\.provisioners\.yaml:(\d+):\d+: error: (.*)", line)
    if place:
        ours.setdefault(of_line[int(place[1])], place[2])

counts = {"valid": 0, "invalid": 0, "value": 0, "different": 0}
for index, (section, steps, wrong, value) in enumerate(cases):
    file = {"services": {"main": {"image": "a"}}}
    file.setdefault(section, {})["c"] = value
    (work / "compose.yaml").write_text(json.dumps(file))
    command = [docker_compose, "--project-name", "a", "--profile", "*", "-f", "compose.yaml", "config", "--quiet"]
    theirs = subprocess.run(command, cwd=work, capture_output=True, text=True)
    error = theirs.stderr.strip().splitlines()[-1] if theirs.returncode else ""
    said = ours.get(index, "")
    if bool(error) == bool(said):
        counts["invalid" if error else "valid"] += 1
    elif error and not re.search("must be a|not allowed|is required|must be one of|neither an image nor a build", error):
        # A text of the right type that Compose cannot use, such as an unknown port: not a matter of the schema.
        counts["value"] += 1
    else:
        counts["different"] += 1
        print(f"{section} {'.'.join(map(str, steps))}: {json.dumps(wrong)[:150]}\n  theirs: {error[:200]}\n  ours: {said[:200]}")
print(json.dumps(counts))
sys.exit(0 if counts["different"] == 0 and counts["invalid"] > 0 else 1)
