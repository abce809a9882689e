// The code of the extension, with a stub of the interface of Visual Studio Code and the real server.

const assert = require("node:assert");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");

const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) => (name === "vscode" ? require.resolve("./vscode.js") : resolve(name, ...rest));
const vscode = require("vscode");
const { stub } = vscode;

const TEXT = `apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main: {image: nginx:1, variables: {HOST: "\${resources.db.hots}"}}
resources: {db: {type: postgres}}
`;

async function until(what, find) {
  for (let attempt = 0; attempt < 400; attempt++) {
    const found = find();
    if (found) {
      return found;
    }
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`there is no ${what}: ${JSON.stringify(stub.shown)}`);
}

function open(file, text) {
  const document = {
    uri: vscode.Uri.file(file),
    fileName: file,
    languageId: "yaml",
    version: 1,
    isClosed: false,
    isUntitled: false,
    getText: () => text,
    lineCount: text.split("\n").length,
  };
  stub.workspace.textDocuments.push(document);
  stub.events.onDidOpenTextDocument.fire(document);
  return document;
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "score-vscode-"));
  const file = path.join(folder, "score.yaml");
  // What is saved is right; what is open is not.
  fs.writeFileSync(file, TEXT.replace("hots", "host"));
  stub.settings["score-rs.path"] = process.env.SCORE_RS;
  stub.settings["score-rs.environment"] = "compose";
  stub.workspace.workspaceFolders.push({ uri: vscode.Uri.file(folder), name: "shop", index: 0 });
  process.env.XDG_CACHE_HOME = path.join(folder, "cache");

  const extension = require("../out/extension.js");
  await extension.activate({ subscriptions: [] });
  assert.deepEqual(stub.shown.errors, []);
  assert.deepEqual([...stub.commands.keys()].filter((name) => name.startsWith("score.")), ["score.validateWorkspace", "score.showGraph", "score.explain"]);

  const document = open(file, TEXT);
  const [problem] = await until("diagnostic", () => {
    const list = stub.diagnostics.get(document.uri.toString());
    return list?.length ? list : undefined;
  });
  assert.equal(problem.code.value ?? problem.code, "unknown-output");

  await stub.commands.get("score.validateWorkspace")();
  assert.deepEqual(stub.shown.messages, ["Score: errors: 1, warnings: 0"]);
  assert.deepEqual(stub.shown.commands, ["workbench.actions.view.problems"]);

  stub.window.activeTextEditor = { document, selection: { active: problem.range.start } };
  await stub.commands.get("score.explain")();
  assert.match(stub.shown.documents[0].content, /^# unknown-output/);

  await stub.commands.get("score.showGraph")();
  assert.match(stub.shown.panels[0].webview.html, /<svg/);

  // A program that is not there is an error that is shown.
  stub.settings["score-rs.path"] = "/nowhere/score-rs";
  await stub.commands.get("score.showGraph")();
  assert.match(stub.shown.errors[0], /^Score: .*nowhere/);

  await extension.deactivate();
  fs.rmSync(folder, { recursive: true });
  console.log("extension: activation, diagnostics, and the three commands");
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
