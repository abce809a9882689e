#!/usr/bin/env python3
"""Validates Kubernetes manifests: kubernetes.py FILE..

Every document must satisfy the API's own schemas, without unknown fields, in the oldest supported version and in the
newest that the kubernetes-validate package knows, and the rules of the API server that no schema has: names, labels,
selectors, mounts. Prints one line per problem and exits 1 when there is any; kinds without a schema (custom resources)
get the second half only and are listed.
"""

import re
import sys

import jsonschema
import yaml
from kubernetes_validate import utils
from packaging.version import Version
from referencing import Registry, Resource

OLDEST = Version("1.33")

LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
LABEL_KEY = re.compile(r"([a-z0-9][a-z0-9.-]{0,252}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
DNS_LETTER_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
DNS_SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.1 as Kubernetes tools read it, but a repeated key is an error."""


def construct_mapping(loader, node):
    loader.flatten_mapping(node)
    mapping = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in mapping:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} appears twice", key_node.start_mark)
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


Loader.add_constructor("tag:yaml.org,2002:map", construct_mapping)


class Schemas:
    """The strict schemas of one Kubernetes version, each read once."""

    def __init__(self, version):
        self.version = version
        self.registry = Resource.from_contents(self.load("_definitions")) @ Registry()
        self.validators = {}

    def load(self, name):
        return utils.schema_contents(f"kubernetes-json-schema/v{self.version}-local-strict/{name}.json", self.version)

    def validator(self, api_version, kind):
        """None when the version has no such kind. `apps/v1` Deployment is `deployment-apps-v1`."""
        group, _, version = api_version.rpartition("/")
        name = "-".join(part for part in (kind.lower(), group.split(".")[0], version) if part)
        if name not in self.validators:
            try:
                self.validators[name] = jsonschema.Draft202012Validator(self.load(name), registry=self.registry)
            except FileNotFoundError:
                self.validators[name] = None
        return self.validators[name]


def schema_problems(document, schemas):
    validator = schemas.validator(document["apiVersion"], document["kind"])
    for error in validator.iter_errors(document) if validator else ():
        best = jsonschema.exceptions.best_match([error])
        path = ".".join(str(step) for step in best.absolute_path) or "the document"
        yield f"{path}: {best.message[:300]}"


def strings(mapping, where):
    """The text entries of a mapping that must map strings to strings."""
    for key, value in (mapping or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            yield f"{where}: {key!r}: {value!r} is not a string"


def metadata_problems(metadata, where):
    for field in ("labels", "annotations"):
        yield from strings(metadata.get(field), f"{where}.{field}")
        for key in metadata.get(field) or {}:
            if not LABEL_KEY.fullmatch(str(key)):
                yield f"{where}.{field}: {key!r} is not a valid key"
    for key, value in (metadata.get("labels") or {}).items():
        if not LABEL_VALUE.fullmatch(str(value)):
            yield f"{where}.labels.{key}: {value!r} is not a valid label value"


def pod_problems(spec, where):
    volumes = [volume.get("name") for volume in spec.get("volumes") or []]
    for name in volumes:
        if not DNS_LABEL.fullmatch(str(name)):
            yield f"{where}.volumes: {name!r} is not a valid name"
    if len(set(volumes)) != len(volumes):
        yield f"{where}.volumes: a name appears twice"
    names = set()
    for container in (spec.get("initContainers") or []) + (spec.get("containers") or []):
        name = container.get("name")
        place = f"{where}.containers.{name}"
        if name in names:
            yield f"{place}: the name appears twice"
        names.add(name)
        if not DNS_LABEL.fullmatch(str(name)):
            yield f"{place}: not a valid name"
        if not container.get("image"):
            yield f"{place}: no image"
        paths = set()
        for mount in container.get("volumeMounts") or []:
            if mount.get("name") not in volumes:
                yield f"{place}.volumeMounts: there is no volume {mount.get('name')!r}"
            if mount.get("mountPath") in paths:
                yield f"{place}.volumeMounts: {mount.get('mountPath')!r} appears twice"
            paths.add(mount.get("mountPath"))
        variables = [variable.get("name") for variable in container.get("env") or []]
        if len(set(variables)) != len(variables):
            yield f"{place}.env: a name appears twice"


def rule_problems(document):
    """What the API server rejects although the schema allows it."""
    kind, metadata, spec = document["kind"], document.get("metadata") or {}, document.get("spec") or {}
    name = metadata.get("name")
    # Older servers want the name of a Service to start with a letter.
    valid = DNS_LETTER_LABEL if kind == "Service" else DNS_LABEL if kind == "Namespace" else DNS_SUBDOMAIN
    if not isinstance(name, str) or not valid.fullmatch(name):
        yield f"metadata.name: {name!r} is not a valid name for a {kind}"
    yield from metadata_problems(metadata, "metadata")
    if kind in WORKLOADS:
        template = spec.get("template") or {}
        labels = (template.get("metadata") or {}).get("labels") or {}
        yield from metadata_problems(template.get("metadata") or {}, "spec.template.metadata")
        selector = (spec.get("selector") or {}).get("matchLabels") or {}
        if kind != "Job" and not selector.items() <= labels.items():
            yield f"spec.selector: {selector} does not select the template's labels {labels}"
        claims = [{"name": (claim.get("metadata") or {}).get("name")} for claim in spec.get("volumeClaimTemplates") or []]
        pod = template.get("spec") or {}
        yield from pod_problems({**pod, "volumes": (pod.get("volumes") or []) + claims}, "spec.template.spec")
    if kind == "Pod":
        yield from pod_problems(spec, "spec")
    if kind == "Service":
        ports = spec.get("ports") or []
        for port in ports:
            if len(ports) > 1 and not DNS_LABEL.fullmatch(str(port.get("name"))):
                yield f"spec.ports: {port.get('name')!r} is not a valid name"
            if isinstance(port.get("targetPort"), str) and not PORT_NAME.fullmatch(port["targetPort"]):
                yield f"spec.ports: {port['targetPort']!r} is not a valid targetPort"
        if len({(port.get("port"), port.get("protocol", "TCP")) for port in ports}) != len(ports):
            yield "spec.ports: a port appears twice"
    if kind in ("ConfigMap", "Secret"):
        for field in ("data", "stringData"):
            yield from strings(document.get(field), field)


def file_problems(path, versions, unknown):
    """Every problem of one file, without the file's name."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            documents = list(yaml.load_all(file, Loader=Loader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        yield f"cannot be read: {' '.join(str(error).split())}"
        return
    if not documents:
        yield "holds no document"
    seen = set()
    for index, document in enumerate(documents, 1):
        if not isinstance(document, dict) or not all(isinstance(document.get(key), str) for key in ("apiVersion", "kind")):
            yield f"document {index}: not an object with apiVersion and kind"
            continue
        metadata = document.get("metadata") or {}
        what = f"{document['kind']}/{metadata.get('name')}"
        identity = (document["apiVersion"].rpartition("/")[0], metadata.get("namespace"), what)
        if identity in seen:
            yield f"{what}: the object appears twice"
        seen.add(identity)
        for problem in rule_problems(document):
            yield f"{what}: {problem}"
        if not any(schemas.validator(document["apiVersion"], document["kind"]) for schemas in versions):
            unknown.add(f"{document['apiVersion']} {document['kind']}")
        for schemas in versions:
            for problem in schema_problems(document, schemas):
                yield f"{what}: {problem} (Kubernetes {schemas.version})"


def main(paths):
    if not paths:
        sys.exit(__doc__)
    known = [version for version in utils.all_versions() if Version(version) >= OLDEST]
    versions = [Schemas(version) for version in sorted({known[0], known[-1]}, key=Version)]
    failed, unknown = False, set()
    for path in paths:
        for problem in file_problems(path, versions, unknown):
            failed = True
            print(f"{path}: {problem}")
    for kind in sorted(unknown):
        print(f"no schema for {kind}")
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:])
