"""Compares `merge` of patches on Compose with override files that say the same.

    compose.py BINARY DOCKER_COMPOSE COUNT SEED            prints what differs, and the counts
    compose.py BINARY DOCKER_COMPOSE COUNT SEED --record   prints the cases, one a line:
                                                           {"kind": .., "object": .., "merge": .., "result": ..}

`null` and `$patch: replace` in a patch are `!reset null` and `!override` in the override file. Docker Compose reads the file that we
merged, and the file with its override: both must give the same. A case that Compose refuses with its override is no case. What differs
by design is not generated:

- A `null` that deletes a key of a list of `KEY=VALUE`: `!reset` finds no such path.
- Part of a subnet in `ipam.config`: a patch replaces the subnets, and so does Compose, but it merges those with the same `subnet`.

`build.ssh` cannot be compared: this version of Compose does not write it as JSON.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SECTIONS = {kind: f"{kind}s" for kind in ["service", "network", "volume", "config", "secret", "model"]}
NAMES = ["front", "back", "edge"]
REPLACE = "$patch"


class Generator:
    """Random parts of a Compose file. What `null` deletes in a patch is `None` there."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.is_patch = False

    def one(self, *values):
        return self.random.choice(values)

    def some(self, *values):
        return self.random.sample(values, self.random.randint(1, min(3, len(values))))

    def maybe(self, share=0.5):
        return self.random.random() < share

    def map(self, **fields):
        """A mapping with some of the fields. A patch deletes or replaces here and there."""
        names = [name for name in fields if self.maybe()] or [self.one(*fields)]
        result = {name: None if self.is_patch and self.maybe(0.08) else fields[name]() for name in names}
        return self.replacing(result)

    def replacing(self, value, share=0.06):
        if not self.is_patch or not self.maybe(share):
            return value
        if isinstance(value, list):
            return [{REPLACE: "replace"}, *value]
        return {REPLACE: "replace", **without_nulls(value)}

    def list(self, *values):
        return self.replacing(self.some(*values))

    def list_once(self, *values):
        """A list in which Compose allows no value twice, so that a patch has others than the object."""
        return self.list(*(values[1:] if self.is_patch else values[:1]))

    def text_or_list(self, *values):
        texts = [value for value in values if isinstance(value, str)]
        return self.one(*texts) if self.maybe() else self.list(*values)

    def pairs(self, keys=("A", "B", "C.d", "E"), separator="=", values=("a", "b c", "x=y", "1", "")):
        """A list of `KEY=VALUE`, or a mapping."""
        pairs = {key: self.one(*values) for key in self.some(*keys)}
        if self.maybe():
            return self.replacing([f"{key}{separator}{value}" for key, value in pairs.items()])
        if self.is_patch and self.maybe(0.2):
            pairs[self.one(*pairs)] = None
        return self.replacing(pairs)

    def names(self, long, names=NAMES):
        """A list of names, or a mapping of them."""
        chosen = self.some(*names)
        return self.replacing(chosen if self.maybe() else {name: long() for name in chosen})

    def environment(self):
        variables = self.pairs()
        if isinstance(variables, list) and self.maybe(0.2):
            variables.append("HOME")
        elif isinstance(variables, dict) and self.maybe(0.3):
            variables[self.one("A", "N")] = self.one(1, True, 2.5)
        return variables

    def hosts(self):
        separator = self.one("=", ":")
        return self.pairs(("a.example", "b.example", "c"), separator, ("10.0.0.1", "10.0.0.2", "host-gateway"))

    def port(self, port):
        host, protocol = self.one(80, 8080, "9000-9001"), self.one("tcp", "udp")
        if self.maybe():
            if host == "9000-9001":
                port = "90-91"
            ends = {0: f"{port}", 1: f"{host}:{port}", 2: f"127.0.0.1:{host}:{port}", 3: f"{port}/{protocol}", 4: f"{host}:{port}/{protocol}"}
            if self.maybe(0.1):
                return port
            return ends[self.random.randint(0, 4)]
        optional = {"published": str(host), "protocol": protocol, "host_ip": "127.0.0.1", "mode": self.one("host", "ingress"), "name": "web"}
        return {"target": port, **{key: value for key, value in optional.items() if self.maybe()}}

    def mount(self, target):
        name = self.one(*NAMES)
        long = [
            {"type": "volume", "source": name, "target": target, "volume": {"nocopy": True}},
            {"type": "volume", "source": name, "target": target, "read_only": True},
            {"type": "bind", "source": "./x", "target": target, "bind": {"create_host_path": self.maybe()}},
            {"type": "tmpfs", "target": target, "tmpfs": {"size": 5}},
        ]
        return self.one(f"{name}:{target}", f"{name}:{target}:ro", f"./y:{target}", target, *long)

    def mounted_file(self, target):
        source = {"source": self.one(*NAMES), "target": target}
        return self.one(source, {**source, "mode": 288}) if "/" in target else self.one(target, {"source": target})

    def device(self, target):
        return self.one(f"/dev/x:{target}", f"/dev/y:{target}:r", target, {"source": "/dev/z", "target": target})

    def several(self, item, *targets):
        """A list of items with other targets."""
        return self.replacing([item(target) for target in self.some(*targets)])

    def command(self):
        return self.one("a b", ["c"], ["d", "e"])

    def dependency(self):
        conditions = ["service_started", "service_healthy", "service_completed_successfully"]
        optional = {"restart": True, "required": self.maybe()}
        return {"condition": self.one(*conditions), **{key: value for key, value in optional.items() if self.maybe(0.3)}}

    def network(self):
        fields = {
            "aliases": lambda: self.list("a", "b", "c"),
            "ipv4_address": lambda: self.one("10.0.0.1", "10.0.0.2"),
            "link_local_ips": lambda: self.list("10.1.0.1", "10.1.0.2"),
            "priority": lambda: self.one(1, 2),
            "driver_opts": lambda: self.map(a=lambda: self.one("1", "2"), b=lambda: "3"),
        }
        return self.map(**fields) if self.is_patch or self.maybe(0.8) else None

    def ulimits(self):
        limit = lambda: self.one(5, 6, {"soft": 1, "hard": 2}, {"soft": 3, "hard": 4})
        return self.map(nofile=limit, nproc=limit)

    def build(self):
        if self.maybe(0.2):
            return self.one("./a", "./b")
        return self.map(
            additional_contexts=lambda: self.pairs(("a", "b"), "=", ("./a", "./b")),
            args=self.environment,
            cache_from=lambda: self.list("a", "b"),
            cache_to=lambda: self.list("a", "b"),
            context=lambda: self.one("./a", "./b"),
            dockerfile=lambda: self.one("A", "B"),
            entitlements=lambda: self.list("a", "b"),
            extra_hosts=self.hosts,
            labels=self.pairs,
            platforms=lambda: self.list("linux/amd64", "linux/arm64"),
            secrets=lambda: self.several(self.mounted_file, "/a", "/b", *NAMES),
            shm_size=lambda: self.one("5M", 64),
            tags=lambda: self.list("a", "b", "c"),
            target=lambda: self.one("a", "b"),
            ulimits=self.ulimits,
        )

    def resources(self):
        amounts = lambda: self.map(cpus=lambda: self.one("1", "0.5"), memory=lambda: self.one("5M", "1G"))
        devices = lambda: [{"capabilities": ["gpu"], "count": self.one(1, 2)}]
        reserved = lambda: {**amounts(), **({"devices": devices()} if self.maybe(0.3) else {})}
        return self.map(limits=amounts, reservations=reserved)

    def deploy(self):
        update = lambda: self.map(order=lambda: self.one("start-first", "stop-first"), parallelism=lambda: self.one(1, 2))
        constraints = lambda: self.list("node.role==manager", "node.labels.a==b")
        return self.map(
            labels=self.pairs,
            mode=lambda: "replicated",
            placement=lambda: self.map(constraints=constraints, preferences=lambda: [{"spread": self.one("a", "b")}]),
            replicas=lambda: self.one(1, 2),
            resources=self.resources,
            restart_policy=lambda: self.map(condition=lambda: self.one("any", "none"), delay=lambda: self.one("1s", "2s")),
            rollback_config=update,
            update_config=update,
        )

    def health_check(self):
        duration = lambda: self.one("1s", "1m30s")
        test = lambda: self.one("a b", ["CMD", "a"], ["CMD-SHELL", "b"], ["NONE"])
        return self.map(test=test, interval=duration, timeout=duration, start_period=duration, retries=lambda: self.one(1, 2))

    def watch(self):
        watch = {"path": self.one("./a", "./b"), "action": self.one("rebuild", "restart")}
        return {**watch, **({"ignore": self.one(["a"], ["b", "c"])} if self.maybe() else {})}

    def logging(self):
        options = lambda: self.map(a=lambda: self.one("1", "2"), b=lambda: "3")
        return self.map(driver=lambda: self.one("json-file", "syslog"), options=options)

    def hook(self):
        return {"command": self.command(), **({"environment": self.pairs_in_list()} if self.maybe() else {})}

    def pairs_in_list(self):
        return [f"{key}=a" for key in self.some("A", "B")]

    def service(self):
        text = lambda *values: lambda: self.one(*values)
        paths = ["/t/a", "/t/b:size=5", "/t/c"]
        fields = {
            "annotations": self.pairs,
            "blkio_config": lambda: self.map(
                weight=lambda: self.one(5, 6), weight_device=lambda: [{"path": self.one("/a", "/b"), "weight": self.one(5, 6)}]
            ),
            "build": self.build,
            "cap_add": lambda: self.list("ALL", "KILL", "CHOWN"),
            "cap_drop": lambda: self.list("ALL", "KILL", "CHOWN"),
            "command": self.command,
            "configs": lambda: self.several(self.mounted_file, "/a", "/b", *NAMES),
            "cpus": text(1, 0.5),
            "credential_spec": lambda: self.map(file=lambda: "a", registry=lambda: "b"),
            "depends_on": lambda: self.names(self.dependency),
            "deploy": self.deploy,
            "develop": lambda: {"watch": [self.watch()]},
            "device_cgroup_rules": lambda: self.list_once("c 1:3 mr", "a 7:* rmw"),
            "devices": lambda: self.several(self.device, "/dev/a", "/dev/b", "/dev/c"),
            "dns": lambda: self.text_or_list("1.1.1.1", "2.2.2.2", "3.3.3.3"),
            "dns_opt": lambda: self.list("a", "b", "c:1", "c:2"),
            "dns_search": lambda: self.text_or_list("a.example", "b.example"),
            "entrypoint": self.command,
            "env_file": lambda: self.text_or_list("./a.env", "./b.env", {"path": "./a.env", "required": False}),
            "environment": self.environment,
            "expose": lambda: self.list(80, "80", "81", "80/tcp", "90-91"),
            "external_links": lambda: self.list_once("a", "b:c"),
            "extra_hosts": self.hosts,
            "gpus": lambda: self.one("all", [{"driver": "a", "count": 1}], [{"driver": "b", "count": 2}]),
            "group_add": lambda: self.list_once("a", 5, 6),
            "healthcheck": self.health_check,
            "hostname": text("a", "b"),
            "image": text("a", "b"),
            "init": text(True, False),
            "label_file": lambda: self.text_or_list("./a.env", "./b.env"),
            "labels": self.pairs,
            "links": lambda: self.list("front", "back:c", "back:d"),
            "logging": self.logging,
            "mem_limit": text("5M", 1024),
            "models": lambda: self.names(lambda: self.map(endpoint_var=lambda: self.one("A", "B"), model_var=lambda: "C")),
            "networks": lambda: self.names(self.network),
            "pids_limit": text(5, 6),
            "ports": lambda: self.several(self.port, 80, 81, 443),
            "post_start": lambda: [self.hook()],
            "pre_stop": lambda: [self.hook()],
            "profiles": lambda: self.list("a", "b", "c"),
            "pull_policy": text("always", "never"),
            "read_only": text(True, False),
            "restart": text("always", "no"),
            "secrets": lambda: self.several(self.mounted_file, "/a", "/b", *NAMES),
            "security_opt": lambda: self.list_once("a:b", "c:d"),
            "stop_grace_period": text("5s", "1m"),
            "storage_opt": lambda: self.map(a=lambda: self.one("1", "2"), size=lambda: "3"),
            "sysctls": lambda: self.pairs(("net.a", "net.b"), "=", ("1", "2")),
            "tmpfs": lambda: self.text_or_list(*paths),
            "ulimits": self.ulimits,
            "user": text("a", "b"),
            "volumes": lambda: self.several(self.mount, "/a", "/b", "/c"),
            "volumes_from": lambda: self.list_once("front", "back:ro", "back"),
            "working_dir": text("/a", "/b"),
        }
        return fields

    def others(self, kind):
        options = lambda: self.map(a=lambda: self.one("1", "2"), b=lambda: self.one("3", 4))
        subnet = lambda: {"subnet": self.one("10.0.0.0/24", "10.1.0.0/24"), "gateway": self.one("10.0.0.8", "10.0.0.9")}
        ipam = lambda: self.map(driver=lambda: "default", config=lambda: [subnet()], options=lambda: {self.one("a", "b"): "c"})
        name = lambda: self.one("a", "b")
        fields = {
            "network": {"driver": lambda: "bridge", "driver_opts": options, "internal": lambda: self.maybe(), "ipam": ipam},
            "volume": {"driver": lambda: "local", "driver_opts": options},
            "config": {"content": name},
            "secret": {"file": lambda: self.one("./a", "./b")},
            "model": {"context_size": lambda: self.one(1, 2), "runtime_flags": lambda: self.list("a", "b")},
        }[kind]
        common = {"labels": self.pairs} if kind in ["network", "volume"] else {}
        return {"name": name, **common, **fields}

    def case(self):
        """An object and its patch, which have some fields in common."""
        kind = "service" if self.maybe(0.85) else self.one(*SECTIONS)
        fields = self.service() if kind == "service" else self.others(kind)
        count = min(len(fields), 12)
        both = self.random.sample(sorted(fields), self.random.randint(1, count))
        self.is_patch = False
        object = {key: fields[key]() for key in both if self.maybe(0.9)}
        required = {"service": {"image": "a"}, "config": {"content": "c"}, "secret": {"file": "./c"}, "model": {"model": "m"}}
        object = {**required.get(kind, {}), **object}
        self.is_patch = True
        patch = {key: None if self.maybe(0.05) else fields[key]() for key in both if self.maybe(0.9)}
        keep_items(object, patch)
        return {"kind": kind, "object": object, "merge": patch} if patch else self.case()


def without_nulls(value):
    """A mapping that replaces another: Compose does not read `!reset` in `!override`."""
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(item) for key, item in value.items() if item is not None}


def keep_items(value, change):
    """Removes the `null` of keys that are items `KEY=VALUE`: Compose resets only what is at a path."""
    if isinstance(change, dict):
        for key in list(change):
            if isinstance(value, list) and change[key] is None:
                del change[key]
            elif isinstance(value, dict):
                keep_items(value.get(key), change[key])


def override(value):
    """The text of a patch as an override file has it."""
    if value is None:
        return "!reset null"
    if isinstance(value, list):
        replaces = {REPLACE: "replace"} in value
        items = ", ".join(json.dumps(item) for item in value if item != {REPLACE: "replace"})
        return f"{'!override ' if replaces else ''}[{items}]"
    if isinstance(value, dict):
        entries = ", ".join(f"{json.dumps(key)}: {override(item)}" for key, item in value.items() if key != REPLACE)
        return f"{'!override ' if REPLACE in value else ''}{{{entries}}}"
    return json.dumps(value)


def around(kind, text):
    """The file of one object, with what it may refer to."""
    file = {section: {name: {} for name in NAMES} for section in ["networks", "volumes"]}
    file["services"] = {name: {"image": "a", "healthcheck": {"test": "a"}} for name in NAMES}
    file["models"] = {name: {"model": "a"} for name in NAMES}
    file["configs"] = {name: {"content": "a"} for name in NAMES}
    file["secrets"] = {name: {"file": "./a"} for name in NAMES}
    used = {"network": {"networks": ["thing"]}, "volume": {"volumes": ["thing:/thing"]}, "model": {"models": ["thing"]}}
    used |= {"config": {"configs": ["thing"]}, "secret": {"secrets": ["thing"]}}
    file["services"]["user"] = {"image": "a", **used.get(kind, {})}
    file[SECTIONS[kind]]["thing"] = "%"
    return json.dumps(file).replace('"%"', text)


def normal(file):
    """Without what has no meaning: a host and its address that are there twice, as Compose appends them."""
    for service in file["services"].values():
        for part in [service, service.get("build") or {}]:
            if "extra_hosts" in part:
                part["extra_hosts"] = sorted(set(part["extra_hosts"]))
    return file


class Compose:
    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        for name in "ab":
            (directory / f"{name}.env").write_text(f"N={name}\n")

    def read(self, name, *texts):
        """What Compose makes of a file and its overrides; the error where it refuses them."""
        files = []
        for index, text in enumerate(texts):
            (self.directory / f"{name}-{index}.yaml").write_text(text)
            files += ["-f", f"{name}-{index}.yaml"]
        command = [self.program, "--project-name", "a", "--profile", "*", *files, "config", "--no-env-resolution", "--format", "json"]
        result = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, check=False)
        return normal(json.loads(result.stdout)) if result.returncode == 0 else result.stderr.strip().splitlines()[-1]

    def merged(self, case, index):
        kind, change = case["kind"], override(case["merge"])
        text = f"{{{SECTIONS[kind]}: {{thing: {change}}}}}"
        return self.read(f"{index}-theirs", around(kind, json.dumps(case["object"])), text)


def ours(binary, directory, cases):
    """The objects after their patches, or the problems of their patches."""
    environment = directory / "environments/test"
    environment.mkdir(parents=True, exist_ok=True)
    score = {"apiVersion": "score.dev/v1b1", "metadata": {"name": "shop"}, "containers": {"main": {"image": "a"}}}
    (directory / "score.yaml").write_text(json.dumps(score))
    results, left = {}, list(range(len(cases)))
    while len(results) < len(cases):
        # All objects are added by the first patch; each line behind it is the patch of a case.
        objects = {}
        for index in left:
            objects.setdefault(SECTIONS[cases[index]["kind"]], {})[f"c-{index}"] = cases[index]["object"]
        patches = [{"target": {"kind": cases[index]["kind"], "name": f"c-{index}"}, "merge": cases[index]["merge"]} for index in left]
        lines = ["target: compose", "patches:", *(f"- {json.dumps(patch)}" for patch in [{"add": objects}, *patches])]
        (environment / "environment.yaml").write_text("\n".join(lines) + "\n")
        command = [binary, "generate", "-e", "test", "--message-format", "short", "--format", "json", "-o", "out.json"]
        report = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False).stderr
        problems = re.findall(r"^environments/test/environment.yaml:(\d+):\d+: error: (.*)", report, re.MULTILINE)
        results |= {left[int(line) - 4]: problem for line, problem in problems}
        if problems:
            left = [index for index in left if index not in results]
            continue
        output = json.loads((directory / "out.json").read_text())
        results |= {index: output[SECTIONS[cases[index]["kind"]]].get(f"c-{index}", {}) for index in left}
    return [results[index] for index in range(len(cases))]


def difference(one, other, path=""):
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [*one, *(key for key in other if key not in one)]
        return [line for key in keys for line in difference(one.get(key), other.get(key), f"{path}.{key}")]
    # A network or model without settings may be `null`.
    return [] if (one or None) == (other or None) else [f"{path}: theirs {json.dumps(one)}, ours {json.dumps(other)}"]


def main():
    binary, program, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    generator = Generator(seed)
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(2) as pool:
        directory = Path(directory)
        compose = Compose(program, directory)
        cases, refused = [], Counter()
        while len(cases) < count:
            more = [generator.case() for _ in range(count - len(cases))]
            read = pool.map(compose.merged, more, range(len(cases), count))
            for case, theirs in zip(more, read):
                if isinstance(theirs, dict):
                    cases.append((case, theirs))
                else:
                    refused[theirs] += 1
        results = ours(binary, directory, [case for case, _ in cases])
        # What ours refuses is no text of a file either.
        texts = [result if isinstance(result, str) else around(case["kind"], json.dumps(result)) for (case, _), result in zip(cases, results)]
        read = pool.map(compose.read, [f"{index}-ours" for index in range(count)], texts)
        different = 0
        for (case, theirs), result, merged in zip(cases, results, read):
            lines = difference(theirs, merged) if isinstance(merged, dict) else [f"ours: {result if isinstance(result, str) else merged}"]
            if lines:
                different += 1
                print(json.dumps(case), *lines, sep="\n  ", file=sys.stderr)
            elif "--record" in sys.argv:
                print(json.dumps({**case, "result": result}, separators=(",", ":")))
        if "--record" not in sys.argv:
            if "-v" in sys.argv:
                print(*(f"{times} {error}" for error, times in refused.most_common()), sep="\n")
            print(json.dumps({"same": count - different, "different": different, "refused by Compose": refused.total()}))
    sys.exit(0 if different == 0 else 1)


if __name__ == "__main__":
    main()
