"use strict";
const element = (id) => document.getElementById(id);
const inputs = ["score", "definitions", "values", "target", "namespace"];
const files = { "score.yaml": "score", "definitions.yaml": "definitions", "values.yaml": "values" };
const examples = JSON.parse(element("examples").textContent);
let program, instance;

// Gives text to the compiler, and reads its answer.
function compile(request) {
  const { put, compile, get } = instance.exports;
  for (const byte of new TextEncoder().encode(JSON.stringify(request))) put(byte);
  const answer = new Uint8Array(compile());
  for (let index = 0; index < answer.length; index++) answer[index] = get(index);
  return JSON.parse(new TextDecoder().decode(answer));
}

function node(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Selects a line of the input.
function goTo({ file, line, column }) {
  const area = element(files[file]);
  if (!area) return;
  if (area.id !== "score") element("more").open = true;
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start + column - 1, start + (lines[line - 1] ?? "").length);
  area.scrollTop = (line - 4) * parseFloat(getComputedStyle(area).lineHeight);
}

function show(problem) {
  const item = node("li", undefined, problem.level);
  const words = node("p");
  words.append(node("span", `${problem.level}: `, "level"), `${problem.message}${problem.name && ` [${problem.name}]`}`);
  item.append(words);
  if (problem.place) {
    const { file, line, column, text } = problem.place;
    const button = node("button", `${file}:${line}:${column}  ${text.trim()}`);
    button.type = "button";
    if (files[file]) button.addEventListener("click", () => goTo(problem.place));
    else button.disabled = true;
    item.append(button);
  }
  if (problem.help) item.append(node("p", `help: ${problem.help}`));
  return item;
}

// A style of the picture must not change the page.
const graph = element("graph").attachShadow({ mode: "open" });

function render(answer) {
  const count = (level) => answer.problems.filter((one) => one.level === level).length;
  const counts = ["error", "warning", "note"].map((level) => [count(level), level]).filter(([number]) => number > 0);
  const words = counts.map(([number, level]) => `${number} ${level}${number > 1 ? "s" : ""}`);
  element("status").textContent = words.join(", ") || "No problems";
  element("problems").replaceChildren(...answer.problems.map(show));
  element("output").textContent = answer.output || "No output while there are errors";
  element("files").replaceChildren(...answer.files.flatMap(({ path, text }) => {
    const content = node("pre", text);
    content.tabIndex = 0;
    return [node("h3", path), content];
  }));
  const picture = new DOMParser().parseFromString(answer.graph || "<svg/>", "image/svg+xml").documentElement;
  graph.replaceChildren(answer.graph ? picture : node("p", "No graph while there are errors"));
}

function update() {
  const request = Object.fromEntries(inputs.map((id) => [id, element(id).value]));
  element("namespace").disabled = request.target === "compose";
  if (request.target === "compose") request.namespace = "";
  try {
    render(compile(request));
  } catch (error) {
    // The compiler has stopped, and cannot go on.
    instance = new WebAssembly.Instance(program, {});
    element("status").textContent = `This is a fault of score-rs, please report it: ${error}`;
  }
}

function choose(example) {
  for (const id of ["score", "definitions", "values", "target"]) element(id).value = example[id];
  element("more").open = example.definitions !== "" || example.values !== "";
  update();
}

let waiting;
element("input").addEventListener("input", ({ target }) => {
  if (target.id === "example") return choose(examples[target.value]);
  clearTimeout(waiting);
  waiting = setTimeout(update, 150);
});
element("input").addEventListener("submit", (event) => event.preventDefault());
element("example").replaceChildren(...examples.map(({ name }, index) => new Option(name, index)));

async function start() {
  const bytes = Uint8Array.from(atob(element("compiler").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  program = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  instance = await WebAssembly.instantiate(program, {});
  choose(examples[0]);
}
start().catch((error) => { element("status").textContent = `This browser cannot run the page: ${error}`; });
