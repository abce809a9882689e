"""Random objects and patches, and what kustomize makes of them.

    cases.py KUSTOMIZE COUNT SEED   one case a line: {"object": .., "merge": .. or "json6902": .., "result": YAML}

Lists with keys have their ports with a protocol everywhere: kustomize drops an item when only one side has it.
"""

import json
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NAMES = ["main", "side", "init", "proxy", "logs"]
PODS = {
    "Pod": [],
    "Deployment": ["spec", "template"],
    "StatefulSet": ["spec", "template"],
    "DaemonSet": ["spec", "template"],
    "Job": ["spec", "template"],
    "CronJob": ["spec", "jobTemplate", "spec", "template"],
}
VERSIONS = {
    "Pod": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "ConfigMap": "v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "Ingress": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "ValidatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    "CloneSet": "apps.kruise.io/v1alpha1",
}


class Cases:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, values, least=0):
        count = self.random.randint(least, min(len(values), least + 3))
        return self.random.sample(values, count)

    def maybe(self):
        return self.random.random() < 0.5

    def text(self):
        return self.random.choice(["a", "b", "x-1", "long text", "10", "true", ""])

    def labels(self):
        return {key: self.text() for key in self.some(["app", "team", "tier", "a.b/c"])}

    def ports(self, key):
        ports = self.some([(80, "TCP"), (80, "UDP"), (81, "TCP"), (443, "TCP")], 1)
        return [{key: port, "protocol": protocol, "name": f"p{port}{protocol[0].lower()}"} for port, protocol in ports]

    def container(self, name):
        container = {"name": name}
        if self.maybe():
            container["image"] = f"example.com/{self.random.choice(NAMES)}:{self.random.randint(1, 3)}"
        if self.maybe():
            container["args"] = self.some(["--a", "--b", "--c"])
        if self.maybe():
            container["env"] = [{"name": name, "value": self.text()} for name in self.some(["A", "B", "C", "D"], 1)]
        if self.maybe():
            container["ports"] = self.ports("containerPort")
        if self.maybe():
            container["volumeMounts"] = [{"mountPath": path, "name": "v"} for path in self.some(["/a", "/b", "/c"], 1)]
        if self.maybe():
            container["resources"] = {"limits": {key: self.text() for key in self.some(["cpu", "memory"], 1)}}
        if self.maybe():
            container["securityContext"] = {"capabilities": {"drop": self.some(["ALL", "KILL"], 1)}, "runAsUser": 1}
        return container

    def pod(self):
        pod = {"containers": [self.container(name) for name in self.some(NAMES[:3], 1)]}
        if self.maybe():
            pod["initContainers"] = [self.container(name) for name in self.some(NAMES[3:], 1)]
        if self.maybe():
            pod["volumes"] = [{"name": name, "emptyDir": {"medium": self.text()}} for name in self.some(["v", "w"], 1)]
        if self.maybe():
            pod["imagePullSecrets"] = [{"name": name} for name in self.some(["one", "two", "three"], 1)]
        if self.maybe():
            pod["hostAliases"] = [{"ip": ip, "hostnames": [self.text()]} for ip in self.some(["::1", "10.0.0.1"], 1)]
        if self.maybe():
            pod["tolerations"] = [{"key": key, "operator": "Exists"} for key in self.some(["a", "b", "c"], 1)]
        if self.maybe():
            pod["topologySpreadConstraints"] = [
                {"topologyKey": key, "whenUnsatisfiable": when, "maxSkew": self.random.randint(1, 3)}
                for key, when in self.some([("zone", "DoNotSchedule"), ("zone", "ScheduleAnyway"), ("host", "DoNotSchedule")], 1)
            ]
        if self.maybe():
            pod["serviceAccountName"] = self.text()
        return pod

    def object(self, kind):
        thing = {"apiVersion": VERSIONS.get(kind, "apps/v1"), "kind": kind, "metadata": {"name": "thing"}}
        metadata = thing["metadata"]
        if self.maybe():
            metadata["labels"] = self.labels()
        # The schemas of kustomize are older than version 2 of autoscaling.
        if kind != "HorizontalPodAutoscaler" and self.maybe():
            metadata["finalizers"] = self.some(["a/x", "b/x", "c/x"], 1)
        if kind in PODS or kind == "CloneSet":
            template = thing
            for key in PODS.get(kind, ["spec", "template"]):
                template = template.setdefault(key, {})
            if template is not thing and self.maybe():
                template["metadata"] = {"annotations": self.labels()}
            template["spec"] = self.pod()
            if kind in ["Deployment", "StatefulSet", "CloneSet"] and self.maybe():
                thing["spec"]["replicas"] = self.random.randint(1, 4)
        elif kind == "Service":
            thing["spec"] = {"ports": self.ports("port"), "selector": self.labels()}
        elif kind == "ServiceAccount":
            thing["imagePullSecrets"] = [{"name": name} for name in self.some(["one", "two"], 1)]
            thing["secrets"] = [{"name": name} for name in self.some(["one", "two", "three"], 1)]
        elif kind == "ConfigMap":
            thing["data"] = {key: self.text() for key in self.some(["a", "b.txt", "c"], 1)}
        elif kind == "Ingress":
            thing["spec"] = {"rules": [{"host": host} for host in self.some(["a.example", "b.example"], 1)]}
        elif kind == "PodDisruptionBudget":
            thing["spec"] = {"minAvailable": self.random.randint(1, 3)}
        elif kind == "HorizontalPodAutoscaler":
            metrics = [{"type": "Resource", "resource": {"name": name}} for name in self.some(["cpu", "memory"], 1)]
            thing["spec"] = {"maxReplicas": self.random.randint(2, 5), "metrics": metrics}
        elif kind == "ValidatingWebhookConfiguration":
            thing["webhooks"] = [{"name": name, "sideEffects": self.text()} for name in self.some(["a.example", "b.example"], 1)]
        return thing

    def change(self, value, path):
        """Says in some places of a patch that something is deleted or replaced."""
        if isinstance(value, dict):
            for key in list(value):
                deletable = key not in ["apiVersion", "kind", "metadata", "name", "spec", "template", "containers", "jobTemplate"]
                is_key = key in ["containerPort", "port", "protocol", "mountPath", "ip", "topologyKey", "whenUnsatisfiable"]
                if deletable and not is_key and self.random.random() < 0.12:
                    value[key] = None
                else:
                    self.change(value[key], (*path, key))
            if path[-1] in ["labels", "annotations", "limits", "securityContext", "data", "selector"] and path[0] == "pod" and self.random.random() < 0.2:
                value["$patch"] = "replace"
        elif isinstance(value, list):
            # kustomize writes directives into lists without keys.
            keyed = path[-1] in ["env", "volumeMounts", "imagePullSecrets", "hostAliases", "initContainers", "volumes"]
            keyed = keyed and path[0] == "pod"
            for item in value:
                if keyed and self.random.random() < 0.2:
                    item["$patch"] = "delete"
                elif isinstance(item, dict):
                    self.change(item, (*path, "[]"))
            if keyed and self.random.random() < 0.1:
                value.insert(0, {"$patch": "replace"})

    def operations(self, thing):
        """Tests of values that are there, then one change."""
        operations = [self.operation(thing, "test") for _ in range(self.random.randint(0, 2))]
        return [*operations, self.operation(thing, self.random.choice(["add", "replace", "remove"]))]

    def operation(self, thing, kind):
        path, value = [], {key: thing[key] for key in thing if key not in ["apiVersion", "kind", "metadata"]}
        while isinstance(value, (dict, list)) and value and (len(path) < 2 or self.random.random() < 0.8):
            key = self.random.choice(list(value) if isinstance(value, dict) else list(range(len(value))))
            path.append(key)
            value = value[key]
        operation = {"op": kind, "path": "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)}
        if kind != "remove":
            operation["value"] = value if kind == "test" or isinstance(value, (dict, list)) else self.text()
        return operation

    def case(self):
        kinds = [*PODS, *PODS, "Service", "ServiceAccount", "ConfigMap", "Ingress", "PodDisruptionBudget"]
        kinds += ["HorizontalPodAutoscaler", "ValidatingWebhookConfiguration", "CloneSet"]
        kind = self.random.choice(kinds)
        thing = self.object(kind)
        if self.random.random() < 0.25:
            return {"object": thing, "json6902": self.operations(thing)}
        patch = self.object(kind)
        self.change(patch, ("pod" if kind in PODS else "other",))
        return {"object": thing, "merge": patch}


def run(kustomize, case):
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory)
        (base / "object.yaml").write_text(json.dumps(case["object"]))
        patch = json.dumps(case.get("merge") or case["json6902"])
        metadata = {"kind": case["object"]["kind"], "name": "thing"}
        entry = {"patch": patch} if "merge" in case else {"patch": patch, "target": metadata}
        (base / "kustomization.yaml").write_text(json.dumps({"resources": ["object.yaml"], "patches": [entry]}))
        result = subprocess.run([kustomize, "build", base], capture_output=True, text=True, check=False)
    # What kustomize refuses is no case, such as a wrong type, nor is a directive that it leaves: it does not apply one where the
    # object has no such list or mapping.
    is_case = result.returncode == 0 and "$patch" not in result.stdout
    return {**case, "result": result.stdout} if is_case else None


def main():
    kustomize, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cases = Cases(seed)
    with ThreadPoolExecutor(2) as pool:
        left = count
        while left:
            done = pool.map(lambda case: run(kustomize, case), [cases.case() for _ in range(left)])
            for case in filter(None, done):
                print(json.dumps(case, separators=(",", ":")))
                left -= 1


if __name__ == "__main__":
    main()
