// Compares the ExternalSecrets of an output with the schema of the External Secrets Operator.
//
//   node schema.cjs PROGRAMS OUTPUT
const fs = require("fs");
const path = require("path");

const [programs, output] = process.argv.slice(2);
const models = require(path.join(programs, "node_modules/@kubernetes-models/external-secrets/external-secrets.io/v1"));
const objects = JSON.parse(fs.readFileSync(output)).items.filter((one) => one.kind === "ExternalSecret");
if (objects.length === 0) throw new Error("there is no ExternalSecret");
for (const object of objects) new models.ExternalSecret(object).validate();
// The schema finds a field that is wrong.
const wrong = structuredClone(objects[0]);
wrong.spec.data[0].remoteRef = { path: 1 };
let isFound = false;
try {
  new models.ExternalSecret(wrong).validate();
} catch {
  isFound = true;
}
if (!isFound) throw new Error("the schema accepts anything");
