"""Writes Score files that use the language to its limits, and compares what a container saw with what they say.

write DIRECTORY            writes the Score files and `expected.json`
compare DIRECTORY          reads what the container wrote: `environment` and `arguments` (each ended by a NUL byte) and
                           `files` (lines of mode, SHA-256 and path); prints each difference and exits 1 when there is one
"""

import base64
import hashlib
import itertools
import json
import pathlib
import sys

# What Score, Compose, Kubernetes or a shell might interpret.
TOKENS = ["$", "$$", "${", "$(", "}", ")", "HOME", " "]
WORDS = [
    "yes", "no", "on", "0755", "0x1f", "1e3", "1_000", "null", "~", "", "2001-12-14", "12:30:45", "1.0", "true",
    "a: b", "# a", "a #b", "- a", "'a'", '"a"', "a\\b", "\\n", "`a`", "%a", "@a", "*a", "&a", "{a}", "[a]", "a,b",
    " a", "a ", "\ta", "a\tb", "a\nb", "a\n", "\na", "a\n\n", "é", "日本", "🚀", "a\u00a0b", "a\u2028b", "x" * 5000,
]
FILES = {
    "/etc/speaker/plain.txt": ("0644", b"text\n"),
    "/etc/speaker/no-newline": ("0600", b"text"),
    "/etc/speaker/blanks": ("0640", b"  a \n\tb\t\n\n\n"),
    "/opt/other/plain.txt": ("0444", b"another of the same name\n"),
    "/opt/run.sh": ("0755", b"#!/bin/sh\necho ran $HOME ${HOME} $$\n"),
    "/opt/every-byte": ("0644", bytes(range(256)) * 16),
    "/opt/empty": ("0644", b""),
    "/usr/local/large": ("0644", b"0123456789abcdef" * 8192),
}


def values():
    """Every text that the container must see, whatever it looks like."""
    for length in range(1, 4):
        for tokens in itertools.product(TOKENS, repeat=length):
            yield "".join(tokens)
    yield from WORDS


def container_file(mode, content):
    try:
        text = content.decode()
        return {"mode": mode, "content": text.replace("$", "$$")}
    except UnicodeDecodeError:
        return {"mode": mode, "binaryContent": base64.b64encode(content).decode()}


def write(directory):
    texts = list(values())
    variables = {f"V{index}": text.replace("$", "$$") for index, text in enumerate(texts)}
    # A dollar that starts no placeholder means itself, so these texts need no escape.
    single = [text for text in texts if "$$" not in text and "${" not in text]
    variables |= {f"W{index}": text for index, text in enumerate(single)}
    arguments = texts[:300] + WORDS
    script = 'printf "%s\\0" "$@" >/out/arguments; env -0 >/out/environment; exec sleep infinity'
    script = script.replace("$", "$$")
    speaker = {
        "apiVersion": "score.dev/v1b1",
        "metadata": {"name": "speaker"},
        "containers": {
            "main": {
                "image": "localhost/score-rs-run/client:1",
                "command": ["sh", "-c", script, "sh"],
                "args": [text.replace("$", "$$") for text in arguments],
                "variables": variables,
                "files": {path: container_file(*file) for path, file in FILES.items()},
                "volumes": {"/out": {"source": "${resources.out}"}},
            }
        },
        "resources": {"out": {"type": "volume"}},
    }
    directory.joinpath("speaker.score.yaml").write_text(json.dumps(speaker))
    expected = {
        "environment": {f"V{index}": text for index, text in enumerate(texts)}
        | {f"W{index}": text for index, text in enumerate(single)},
        "arguments": arguments,
        "files": {path: [mode, hashlib.sha256(content).hexdigest()] for path, (mode, content) in FILES.items()},
    }
    directory.joinpath("expected.json").write_text(json.dumps(expected))


def compare(directory):
    expected = json.loads(directory.joinpath("expected.json").read_text())
    differences = []

    def same(what, wanted, seen):
        if wanted != seen:
            differences.append(f"{what}: {wanted!r} was seen as {seen!r}")

    lines = directory.joinpath("environment").read_bytes().decode().split("\0")
    environment = dict(line.split("=", 1) for line in lines if line)
    for name, wanted in expected["environment"].items():
        same(name, wanted, environment.get(name))
    arguments = directory.joinpath("arguments").read_bytes().decode().split("\0")[:-1]
    same("the number of arguments", len(expected["arguments"]), len(arguments))
    for index, (wanted, seen) in enumerate(zip(expected["arguments"], arguments)):
        same(f"argument {index}", wanted, seen)
    files = {}
    for line in directory.joinpath("files").read_text().splitlines():
        mode, digest, path = line.split()
        files[path] = [mode.zfill(4), digest]
    for path, wanted in expected["files"].items():
        same(path, wanted, files.get(path))
    print("\n".join(differences[:20]))
    counts = {key: len(value) for key, value in expected.items()}
    print(f"{len(differences)} differences in {counts}")
    return 1 if differences else 0


if __name__ == "__main__":
    action, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    sys.exit(write(directory) if action == "write" else compare(directory))
