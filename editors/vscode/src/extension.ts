// Starts `score-rs lsp`, and has the commands that are no part of the protocol.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

// The files that the server knows. Others with the language YAML are none of its business.
const PATTERNS = [
  "**/score.{yaml,yml}",
  "**/score[.-]*.{yaml,yml}",
  "**/*.score.{yaml,yml}",
  "**/*.{provisioners,patches}.{yaml,yml}",
  "**/environments/**/*.{yaml,yml,tpl}",
];

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  client = new LanguageClient(
    "score-rs",
    "Score",
    { command: program(), args: ["lsp"] },
    {
      documentSelector: PATTERNS.map((pattern) => ({ scheme: "file", pattern })),
      initializationOptions: { environment: environment() },
      synchronize: { configurationSection: "score-rs" },
    },
  );
  const commands: [string, () => Promise<void>][] = [
    ["score.validateWorkspace", validateWorkspace],
    ["score.showGraph", showGraph],
    ["score.explain", explain],
  ];
  for (const [name, run] of commands) {
    context.subscriptions.push(vscode.commands.registerCommand(name, () => reporting(run)));
  }
  await reporting(() => client!.start());
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

function setting(name: string): string {
  return vscode.workspace.getConfiguration("score-rs").get<string>(name) ?? "";
}

function program(): string {
  return setting("path") || "score-rs";
}

function environment(): string {
  return setting("environment").trim();
}

async function validateWorkspace(): Promise<void> {
  const params = { command: "score-rs.validateWorkspace", arguments: [] };
  const counts = await client!.sendRequest<{ errors: number; warnings: number }>("workspace/executeCommand", params);
  await vscode.commands.executeCommand("workbench.actions.view.problems");
  void vscode.window.showInformationMessage(`Score: errors: ${counts.errors}, warnings: ${counts.warnings}`);
}

async function showGraph(): Promise<void> {
  const flags = environment() ? ["--env", environment()] : [];
  const picture = await run(["graph", "--format", "svg", ...flags]);
  const panel = vscode.window.createWebviewPanel("score.graph", "Score graph", vscode.ViewColumn.Beside);
  panel.webview.html = `<!DOCTYPE html><html><body>${picture}</body></html>`;
}

async function explain(): Promise<void> {
  const name = ruleAtCursor() ?? (await vscode.window.showInputBox({ prompt: "The name of a rule, such as unknown-key" }));
  if (!name) {
    return;
  }
  const page = await vscode.workspace.openTextDocument({ language: "markdown", content: await run(["explain", name]) });
  await vscode.window.showTextDocument(page, { preview: true, viewColumn: vscode.ViewColumn.Beside });
}

/** The rule of the first problem at the cursor. */
function ruleAtCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return undefined;
  }
  const problems = vscode.languages.getDiagnostics(editor.document.uri);
  const here = problems.find((problem) => problem.source === "score-rs" && problem.range.contains(editor.selection.active));
  const code = here?.code;
  return typeof code === "object" ? String(code.value) : code?.toString();
}

/** What the program prints, run in the folder of the file that is shown. */
async function run(words: string[]): Promise<string> {
  const shown = vscode.window.activeTextEditor?.document.uri;
  const folder = (shown && vscode.workspace.getWorkspaceFolder(shown)) ?? vscode.workspace.workspaceFolders?.[0];
  const { stdout } = await promisify(execFile)(program(), words, { cwd: folder?.uri.fsPath, maxBuffer: 64 << 20 });
  return stdout;
}

/** Shows why something failed: what the program says, if it ran. */
async function reporting(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    void vscode.window.showErrorMessage(`Score: ${stderr?.trim() || message}`);
  }
}
