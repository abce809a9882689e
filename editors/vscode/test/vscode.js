// As much of the interface of Visual Studio Code as the extension and its language client use. What is missing here is a function that
// does nothing.

const nothing = () =>
  new Proxy(function () {}, {
    get: (target, key) => (key === Symbol.toPrimitive ? () => "" : key === "then" ? undefined : (target[key] ??= nothing())),
    construct: () => nothing(),
    apply: () => ({ dispose() {} }),
  });

class Emitter {
  constructor() {
    this.listeners = [];
    this.event = (listener, self) => {
      const bound = listener.bind(self);
      this.listeners.push(bound);
      return { dispose: () => (this.listeners = this.listeners.filter((other) => other !== bound)) };
    };
  }
  fire(value) {
    return this.listeners.map((listener) => listener(value));
  }
  dispose() {}
}

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
  isBefore(other) {
    return this.line < other.line || (this.line === other.line && this.character < other.character);
  }
}

class Range {
  constructor(start, end, endLine, endCharacter) {
    this.start = typeof start === "number" ? new Position(start, end) : start;
    this.end = typeof start === "number" ? new Position(endLine, endCharacter) : end;
  }
  contains(position) {
    return !position.isBefore(this.start) && !this.end.isBefore(position);
  }
}

class Uri {
  constructor(text) {
    this.text = text;
    this.scheme = text.split(":")[0];
    this.fsPath = this.path = decodeURIComponent(text.replace(/^file:\/\//, ""));
  }
  static parse(text) {
    return new Uri(text);
  }
  static file(path) {
    return new Uri(`file://${path}`);
  }
  toString() {
    return this.text;
  }
  with() {
    return this;
  }
}

class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}

class CodeActionKind {
  static Empty = new CodeActionKind("");
  static QuickFix = new CodeActionKind("quickfix");
  static Source = new CodeActionKind("source");
  static SourceFixAll = new CodeActionKind("source.fixAll");
  constructor(value) {
    this.value = value;
  }
  append(part) {
    return new CodeActionKind(this.value ? `${this.value}.${part}` : part);
  }
}

class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: new Emitter().event };
  cancel() {}
  dispose() {}
}

const events = {};
const event = (name) => (events[name] ??= new Emitter()).event;
const settings = {};
const shown = { messages: [], errors: [], panels: [], documents: [], commands: [] };
const commands = new Map();
const diagnostics = new Map();

const workspace = {
  textDocuments: [],
  workspaceFolders: [],
  notebookDocuments: [],
  getConfiguration: (section) => ({ get: (key, or) => settings[section ? `${section}.${key}` : key] ?? or, has: () => true, inspect: () => undefined }),
  getWorkspaceFolder: () => workspace.workspaceFolders[0],
  openTextDocument: async (options) => (shown.documents.push(options), options),
  createFileSystemWatcher: () => nothing(),
};
const window = {
  activeTextEditor: undefined,
  visibleTextEditors: [],
  tabGroups: { all: [], onDidChangeTabs: event("tabs"), onDidChangeTabGroups: event("groups") },
  createOutputChannel: () => ({ append: () => {}, appendLine: () => {}, show: () => {}, dispose: () => {}, info: () => {}, error: () => {}, warn: () => {}, trace: () => {}, debug: () => {} }),
  showInformationMessage: async (text) => void shown.messages.push(text),
  showErrorMessage: async (text) => void shown.errors.push(text),
  showTextDocument: async () => {},
  showInputBox: async () => undefined,
  createWebviewPanel: () => {
    const panel = { webview: { html: "" } };
    shown.panels.push(panel);
    return panel;
  },
};
const languages = {
  match: () => 10,
  getDiagnostics: (uri) => diagnostics.get(uri.toString()) ?? [],
  createDiagnosticCollection: () => ({
    set: (uri, list) => diagnostics.set(uri.toString(), list ?? []),
    delete: (uri) => diagnostics.delete(uri.toString()),
    clear: () => diagnostics.clear(),
    dispose: () => {},
    get: (uri) => diagnostics.get(uri.toString()),
    has: (uri) => diagnostics.has(uri.toString()),
  }),
};

// Events of the interface are looked up by name.
const withEvents = (part) =>
  new Proxy(part, { get: (target, key) => target[key] ?? (typeof key === "string" && /^on[A-Z]/.test(key) ? event(key) : (target[key] = nothing())) });

const known = {
  version: "1.91.0",
  Position,
  Range,
  Uri,
  Diagnostic,
  CodeActionKind,
  EventEmitter: Emitter,
  CancellationTokenSource,
  Disposable: class {
    constructor(dispose) {
      this.dispose = dispose ?? (() => {});
    }
    static from() {
      return { dispose() {} };
    }
  },
  env: { appName: "stub", language: "en", machineId: "stub" },
  ViewColumn: { Beside: -2 },
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  DiagnosticTag: { Unnecessary: 1, Deprecated: 2 },
  workspace: withEvents(workspace),
  window: withEvents(window),
  languages: withEvents(languages),
  commands: {
    registerCommand: (name, run) => (commands.set(name, run), { dispose: () => commands.delete(name) }),
    executeCommand: async (name) => void shown.commands.push(name),
  },
};

// Classes that others extend, and enumerations.
module.exports = new Proxy(known, {
  get: (target, key) => target[key] ?? (typeof key === "string" && /^[A-Z]/.test(key) ? (target[key] = class { constructor(...values) { this.values = values; } }) : undefined),
});
Object.assign(known, { stub: { events, settings, shown, commands, diagnostics, workspace, window } });
