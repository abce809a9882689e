// Checks objects of Argo CD and Flux with the validators of @kubernetes-models.
//
//   node manifests.mjs PACKAGES <OBJECTS   a JSON list of objects
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const models = path.resolve(process.argv[2], "node_modules", "@kubernetes-models");

// The validators accept any field that they do not know. One that they know cannot have a value of another type.
function checkKnown(isValid, object, node = object, place = "") {
  for (const key of Object.keys(node)) {
    const value = node[key];
    const name = `${place}.${key}`;
    node[key] = typeof value === "object" ? 7 : [[]];
    if (isValid(object)) throw new Error(`${object.kind} ${object.metadata.name} has no field ${name}`);
    node[key] = value;
    if (typeof value === "object") checkKnown(isValid, object, value, name);
  }
}

const counts = {};
for (const object of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const [group, version] = object.apiVersion.split("/");
  const model = path.join(models, group === "argoproj.io" ? "argo-cd" : "flux-cd", group, version, `${object.kind}.js`);
  const { [object.kind]: Model } = await import(pathToFileURL(model));
  new Model(object).validate();
  const isValid = (changed) => {
    try {
      new Model(changed).validate();
      return true;
    } catch {
      return false;
    }
  };
  checkKnown(isValid, object);
  counts[object.kind] = (counts[object.kind] ?? 0) + 1;
}
for (const kind of ["Application", "ApplicationSet", "Kustomization", "OCIRepository"]) {
  if (!counts[kind]) throw new Error(`no page has an object ${kind}`);
  console.log(`${kind}: ${counts[kind]} valid`);
}
