// Compares what score-rs says of objects of custom kinds with the validators of @kubernetes-models.
//
//   node compare.cjs PACKAGES write PROJECT   a project with CustomResourceDefinitions and mutated objects
//   node compare.cjs PACKAGES judge PROJECT   reads the report of score-rs from standard input
//
// The packages have the schemas of real CustomResourceDefinitions, changed in two ways that are undone here: what is optional may
// be null, and the marks of Kubernetes for "integer or string" and "any field" are JSON Schema. That of external-secrets has only compiled
// schemas; its types of TypeScript, which are made from the same definitions, say the rest. What differs by design:
//
// - A field that the schema does not have: ajv accepts it and the API server drops it. It must be an error of ours exactly where the
//   schema has no `additionalProperties` and is not free (counted as "unknown").
// - `null` for a value that cannot be null: ajv reports it, the API server drops it before it looks (counted as "null").
const fs = require("fs");
const path = require("path");
const [packages, action, project] = process.argv.slice(2);
const directory = path.resolve(packages, "node_modules", "@kubernetes-models");

const clone = (value) => JSON.parse(JSON.stringify(value));
const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function files(kind) {
  const [group, version] = kind.apiVersion.split("/");
  const suffix = path.join(group, version, `${kind.kind}.js`);
  for (const name of fs.readdirSync(directory)) {
    const file = path.join(directory, name, suffix);
    if (fs.existsSync(file)) return file;
  }
  throw new Error(`no package has ${suffix}`);
}

function schemaOf(file, kind) {
  const text = fs.readFileSync(file, "utf8");
  const data = /\nconst schema = (\{[\s\S]*?\n\});/.exec(text);
  return data ? JSON.parse(data[1]) : typesOf(file.replace(/js$/, "d.ts"), kind);
}

// What the types of TypeScript do not say.
const BOUNDS = { "SecretStore.provider": { minProperties: 1, maxProperties: 1 } };

// The schema of a package that has only a compiled one, from its types of TypeScript.
function typesOf(file, kind) {
  const text = fs.readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const tokens = text.slice(text.indexOf(`export interface I${kind} `)).match(/"[^"]*"|\w+|[^\s]/g).slice(3);
  const is = (token) => tokens[0] === token && tokens.shift() !== undefined;

  function object() {
    const [properties, required] = [{}, []];
    let additionalProperties;
    while (!is("}")) {
      if (is("[")) {
        tokens.splice(0, tokens.indexOf("]") + 2);
        additionalProperties = type();
      } else {
        const name = tokens.shift().replace(/"/g, "");
        const isOptional = is("?");
        tokens.shift();
        const schema = { ...type(), ...BOUNDS[`${kind}.${name}`] };
        if (!isOptional) required.push(name);
        properties[name] = isOptional ? { oneOf: [schema, { type: "null" }] } : schema;
      }
      is(";");
    }
    return additionalProperties ? { type: "object", additionalProperties } : { type: "object", properties, required };
  }

  function type() {
    if (is("{")) return object();
    if (is("Array")) {
      tokens.shift();
      const items = type();
      tokens.shift();
      return { type: "array", items };
    }
    const words = [tokens.shift()];
    while (is("|")) words.push(tokens.shift());
    return words[0][0] === '"' ? { type: "string", enum: words.map((word) => JSON.parse(word)) } : { type: words[0] };
  }

  return object();
}

const types = (list) => list.map((item) => item.type).sort().join();

// The schema as a CustomResourceDefinition has it.
function structural(schema) {
  const alternatives = schema.oneOf ?? [];
  if (alternatives.length === 2 && alternatives[1].type === "null") return { ...structural(alternatives[0]), nullable: true };
  const result = { ...schema };
  if (schema.anyOf && types(schema.anyOf) === "integer,string") {
    delete result.anyOf;
    return { ...result, "x-kubernetes-int-or-string": true };
  }
  if (schema.properties) {
    result.properties = Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, structural(value)]));
  }
  for (const key of ["items", "additionalProperties"]) if (isMap(schema[key])) result[key] = structural(schema[key]);
  // The packages write free fields beside known ones so, and empty ones beside those of a map.
  if (schema.properties && schema.additionalProperties) {
    if (Object.keys(schema.properties).length === 0) delete result.properties;
    else {
      delete result.additionalProperties;
      result["x-kubernetes-preserve-unknown-fields"] = true;
    }
  }
  if (!schema.type) result["x-kubernetes-preserve-unknown-fields"] = true;
  return result;
}

function definition(apiVersion, kind, schema) {
  const [group, version] = apiVersion.split("/");
  const openAPIV3Schema = structural({ ...schema, properties: { spec: schema.properties.spec } });
  openAPIV3Schema.required = (schema.required ?? []).filter((key) => key === "spec");
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.toLowerCase()}s.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural: `${kind.toLowerCase()}s` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const WRONG = [true, 7, -1, 1099511627776, 1.5, "", "no such word", "x".repeat(300), "A B", {}, [], null];

// Every change of one part of a value, and what replaces it.
function* changes(value, steps) {
  for (const wrong of WRONG) yield { steps, wrong };
  if (Array.isArray(value)) {
    if (value.length > 0) yield { steps, wrong: [...value, value[0]] };
    for (const [index, item] of value.entries()) yield* changes(item, [...steps, index]);
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      const others = Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
      yield { steps, wrong: others };
      yield { steps, wrong: { ...others, [`${key}X`]: item } };
      yield* changes(item, [...steps, key]);
    }
  }
}

function changed(object, { steps, wrong }) {
  const result = clone(object);
  let parent = result;
  for (const step of steps.slice(0, -1)) parent = parent[step];
  parent[steps.at(-1)] = clone(wrong);
  return result;
}

// The fields of an object that its schema does not have.
function* unknown(schema, value) {
  if (Array.isArray(value)) for (const item of value) yield* unknown(schema.items ?? {}, item);
  if (!isMap(value) || schema["x-kubernetes-int-or-string"]) return;
  for (const [key, item] of Object.entries(value)) {
    const field = schema.properties?.[key] ?? schema.additionalProperties;
    if (isMap(field)) yield* unknown(field, item);
    else if (schema.type === "object" && !field && !schema["x-kubernetes-preserve-unknown-fields"]) yield key;
  }
}

function cases() {
  const objects = JSON.parse(fs.readFileSync(path.join(__dirname, "objects.json"), "utf8"));
  return objects.flatMap((object) => {
    const file = files(object);
    const schema = schemaOf(file, object.kind);
    const Class = require(file)[object.kind];
    const crd = definition(object.apiVersion, object.kind, schema);
    const all = [{ steps: ["spec"], wrong: object.spec }, ...changes(object.spec, ["spec"])];
    return all.map((change) => ({ mutant: changed(object, change), change, Class, crd }));
  });
}

// One object on each line, so that the line of a problem tells the object.
function write(all) {
  const environment = path.join(project, "environments/test");
  fs.mkdirSync(path.join(environment, "crds"), { recursive: true });
  fs.writeFileSync(path.join(environment, "environment.yaml"), "target: kubernetes\nschemas: [crds]\n");
  for (const { crd } of all) {
    const name = `${crd.metadata.name}-${crd.spec.versions[0].name}.json`;
    fs.writeFileSync(path.join(environment, "crds", name), JSON.stringify(crd));
  }
  const lines = all.map(({ mutant }, index) => `    - ${JSON.stringify({ ...mutant, metadata: { name: `m-${index}` } })}`);
  const head = "- uri: template://objects\n  type: objects\n  manifests: |\n";
  fs.writeFileSync(path.join(environment, "objects.provisioners.yaml"), `${head}${lines.join("\n")}\n`);
  const score = {
    apiVersion: "score.dev/v1b1",
    metadata: { name: "shop" },
    containers: { main: { image: "example.com/shop:1" } },
    resources: { objects: { type: "objects" } },
  };
  fs.writeFileSync(path.join(project, "score.yaml"), JSON.stringify(score));
  console.log(`${all.length} objects`);
}

function isValid(Class, mutant) {
  try {
    new Class({ ...clone(mutant), metadata: { name: "m" } }).validate();
    return true;
  } catch (error) {
    // ajv fails without an error where `null` is allowed and `pattern` is not met by it.
    return error.message === "No errors" || String(error.message ?? error);
  }
}

function judge(all) {
  const messages = all.map(() => []);
  for (const line of fs.readFileSync(0, "utf8").split("\n")) {
    const place = /objects\.provisioners\.yaml:(\d+):\d+: error: (.*) \[[a-z-]+\]$/.exec(line);
    if (place) messages[place[1] - 4].push(place[2]);
    else if (line.includes(" error: ")) throw new Error(line);
  }
  const counts = { valid: 0, invalid: 0, unknown: 0, null: 0, different: 0 };
  all.forEach(({ mutant, change, Class, crd }, index) => {
    const isUnknown = (message) => message.includes("is not a field of the schema");
    const ours = messages[index].filter((message) => !isUnknown(message));
    const theirs = isValid(Class, mutant);
    const fields = [...unknown(crd.spec.versions[0].schema.openAPIV3Schema, { spec: mutant.spec })];
    const ourFields = messages[index].filter(isUnknown);
    const isDropped = change.wrong === null && ours.length === 0;
    const isSame = (theirs === true) === (ours.length === 0);
    if (fields.length > 0) counts.unknown += 1;
    if (ours.length === 0 && fields.length !== ourFields.length) report("unknown fields", fields, ourFields);
    if (isSame) counts[theirs === true ? "valid" : "invalid"] += 1;
    else if (isDropped) counts.null += 1;
    else report("verdict", theirs, ours);

    function report(what, theirs, ours) {
      counts.different += 1;
      if (counts.different > 30) return;
      const text = JSON.stringify(change.wrong).slice(0, 200);
      console.log(`${what} of ${mutant.kind} ${change.steps.join(".")}: ${text}\n  theirs: ${theirs}\n  ours: ${ours.join("; ")}`);
    }
  });
  console.log(JSON.stringify(counts));
  process.exit(counts.different === 0 && counts.invalid > 0 ? 0 : 1);
}

({ write, judge })[action](cases());
