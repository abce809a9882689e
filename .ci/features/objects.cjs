// Checks objects of features and of examples with the validators of @kubernetes-models, and writes the rules
// of each PrometheusRule as a file of its own.
//
//   node objects.cjs PACKAGES DIRECTORY <OBJECTS   a JSON list of objects
const fs = require("fs");
const path = require("path");
const [packages, directory] = process.argv.slice(2);
const models = path.resolve(packages, "node_modules", "@kubernetes-models");
const groups = {
  "argoproj.io": "argo-rollouts",
  "external-secrets.io": "external-secrets",
  "gateway.networking.k8s.io": "gateway-api",
  "monitoring.coreos.com": "prometheus-operator",
};

const counts = {};
for (const object of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const [group, version] = (object.apiVersion ?? "").split("/");
  if (!groups[group]) continue;
  const Model = require(path.join(models, groups[group], group, version, object.kind))[object.kind];
  new Model(object).validate();
  counts[object.kind] = (counts[object.kind] ?? 0) + 1;
  if (object.kind === "PrometheusRule") {
    fs.writeFileSync(path.join(directory, `${object.metadata.name}.yaml`), JSON.stringify(object.spec));
  }
}
for (const kind of ["ExternalSecret", "Gateway", "HTTPRoute", "PodMonitor", "PrometheusRule", "Rollout"]) {
  if (!counts[kind]) throw new Error(`no file has an object ${kind}`);
  console.log(`${kind}: ${counts[kind]} valid`);
}
