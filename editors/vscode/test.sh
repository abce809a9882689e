#!/bin/bash
# Called by .ci/validate-lsp.sh: builds the extension in DIRECTORY, and runs its code against the server SCORE_RS.
#
#   SCORE_RS=score-rs editors/vscode/test.sh DIRECTORY
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../.ci/lib.sh"
directory=$1
mkdir -p "$directory"
versions=$(node -p 'const {dependencies, devDependencies} = require("./editors/vscode/package.json");
  Object.entries({...dependencies, ...devDependencies}).map(([name, version]) => `${name}@${version}`).join(" ")')
# shellcheck disable=SC2086
npm_install "$directory" $versions
cp -r editors/vscode/. "$directory/"
cd "$directory"
npm run --silent package
unzip -l score-rs.vsix | grep -q extension/out/extension.js || { echo "FAILED: the package has no code"; exit 1; }
node test/run.js
