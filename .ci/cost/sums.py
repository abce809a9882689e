"""Compares `score-rs cost -f json` with own sums over the generated JSON, as fractions: SCORE_RS DIRECTORY ENVIRONMENT."""

import json
import math
import subprocess
import sys
from fractions import Fraction

binary, directory, environment = sys.argv[1:]
PRICES = {"cpuHour": "0.031611", "memoryGiBHour": "0.004237", "storageGiBMonth": "0.04", "loadBalancerMonth": "18.25"}
UNITS = {"m": Fraction(1, 1000), **{unit: 1000**power for power, unit in enumerate("kMGTPE", 1)}}
UNITS |= {f"{unit}i": 1024**power for power, unit in enumerate("KMGTPE", 1)}


def run(*arguments, text=None):
    command = [binary, "-C", directory, *arguments, "-e", environment, "--quiet"]
    return json.loads(subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout)


def quantity(text):
    number = str(text).rstrip("mkKMGTPEi")
    return Fraction(number) * UNITS.get(str(text)[len(number):], 1)


def container(one, resource):
    resources = one.get("resources", {})
    value = resources.get("requests", {}).get(resource, resources.get("limits", {}).get(resource))
    return quantity(value) if value is not None else 0


def pod(spec, resource):
    own = spec.get("resources", {}).get("requests", {})
    if resource in own:
        return quantity(own[resource])
    inits = spec.get("initContainers", [])
    always = [one for one in inits if one.get("restartPolicy") == "Always"]
    needed = [sum(container(one, resource) for one in spec["containers"] + always)]
    for index, one in enumerate(inits):
        before = sum(container(other, resource) for other in inits[:index] if other in always)
        needed.append(before + container(one, resource))
    return max(needed)


def size(claim):
    return quantity(claim["spec"]["resources"]["requests"]["storage"])


objects = run("generate", "--stateless", "--output", "-", "--format", "json")["items"]
scaled = {
    (one["spec"]["scaleTargetRef"]["kind"], one["spec"]["scaleTargetRef"]["name"]): one["spec"]
    for one in objects
    if one["kind"] == "HorizontalPodAutoscaler"
}
sums = {bound: dict.fromkeys(("cpu", "memoryBytes", "storageBytes", "loadBalancers"), Fraction()) for bound in ("min", "max")}
for one in objects:
    spec, kind = one.get("spec", {}), one["kind"]
    for bound, key in (("min", "minReplicas"), ("max", "maxReplicas")):
        total = sums[bound]
        if kind in ("Deployment", "StatefulSet", "Rollout"):
            replicas = scaled[kind, one["metadata"]["name"]].get(key, 1) if (kind, one["metadata"]["name"]) in scaled else spec.get("replicas", 1)
            template = spec["template"]["spec"]
            total["cpu"] += replicas * pod(template, "cpu")
            total["memoryBytes"] += replicas * pod(template, "memory")
            claims = [volume["ephemeral"]["volumeClaimTemplate"] for volume in template.get("volumes", []) if "ephemeral" in volume]
            total["storageBytes"] += replicas * sum(size(claim) for claim in claims + spec.get("volumeClaimTemplates", []))
        elif kind == "PersistentVolumeClaim":
            total["storageBytes"] += size(one)
        elif kind == "Service":
            total["loadBalancers"] += spec.get("type") == "LoadBalancer"

prices = "currency: EUR\n" + "".join(f"{key}: {value}\n" for key, value in PRICES.items())
for grouping in ("workload", "team", "environment"):
    bill = run("cost", "--stateless", "--format", "json", "--prices", "-", "--by", grouping, text=prices)
    for bound, total in sums.items():
        for key, expected in total.items():
            for found in (Fraction(bill["total"][key][bound]), sum(Fraction(row[key][bound]) for row in bill["rows"])):
                if found != expected:
                    sys.exit(f"{directory} {environment}: {key} is at {bound} {found}, expected {expected}")
        price = {key: Fraction(value) for key, value in PRICES.items()}
        month = total["cpu"] * price["cpuHour"] * 730 + total["memoryBytes"] / 2**30 * price["memoryGiBHour"] * 730
        month += total["storageBytes"] / 2**30 * price["storageGiBMonth"] + total["loadBalancers"] * price["loadBalancerMonth"]
        cents = math.floor(month * 100 + Fraction(1, 2))
        if bill["total"]["perMonth"][bound] != f"{cents // 100}.{cents % 100:02}":
            sys.exit(f"{directory} {environment}: {bill['total']['perMonth']} is not {cents} cents")
shown = {bound: {key: str(value) for key, value in total.items()} for bound, total in sums.items()}
print(f"{directory} {environment}: {shown}")
