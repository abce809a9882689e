#!/bin/bash
# Tries the hooks of .pre-commit-hooks.yaml with pre-commit itself, in a git repository made for it.
#
#   .ci/judge-hooks.sh [BINARY]     BINARY is target/release/score-rs unless given
#
# pre-commit is installed into ${SCORE_RS_JUDGES:-target/judges}/hooks when it is not there. The hooks that run an installed
# score-rs are tried; the others differ in that pre-commit builds it first, which takes minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

binary=$(realpath "${1:-target/release/score-rs}")
judges=${SCORE_RS_JUDGES:-target/judges}
package=pre-commit==4.7.0
mkdir -p "$judges"
judges=$(cd "$judges" && pwd)
if [ "$(cat "$judges/hooks/installed" 2>/dev/null)" != "$package" ]; then
  rm -rf "$judges/hooks"
  python3 -m venv "$judges/hooks"
  "$judges/hooks/bin/pip" install --quiet --disable-pip-version-check "$package"
  printf '%s\n' "$package" >"$judges/hooks/installed"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/hooks" "$work/shop"
ln -s "$binary" "$work/bin/score-rs"
# Nothing of the caller's own git and pre-commit is used.
export PATH="$work/bin:$judges/hooks/bin:$PATH" HOME="$work" PRE_COMMIT_HOME="$work/cache" GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL="$work/gitconfig" GIT_CONFIG_COUNT=0
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
git config --global user.name judge
git config --global user.email judge@example.com
git config --global init.defaultBranch main

fail() {
  echo "judge-hooks: $1" >&2
  cat "$work/said" >&2
  exit 1
}
# commit RESULT WHY: tries to commit everything in the shop, which shall be `passes` or `fails`.
commit() {
  git add --all
  local result=passes
  git commit --quiet --message try >"$work/said" 2>&1 || result=fails
  [ "$result" = "$1" ] || fail "a commit $result: $2"
}
# says TEXT: the last commit said it.
says() { grep --quiet --fixed-strings -e "$1" "$work/said" || fail "this was not said: $1"; }
# workload NAME IMAGE-KEY: a Score file.
workload() { printf 'apiVersion: score.dev/v1b1\nmetadata:\n  name: %s\ncontainers:\n  main:\n    %s: nginx:1\n' "$1" "$2"; }
# configure HOOK: the shop uses this hook.
configure() {
  printf 'repos:\n- repo: %s\n  rev: %s\n  hooks:\n  - id: %s\n' "$work/hooks" "$rev" "$1" >.pre-commit-config.yaml
}

pre-commit validate-manifest .pre-commit-hooks.yaml
cp .pre-commit-hooks.yaml "$work/hooks"
cd "$work/hooks"
git init --quiet && git add --all && git commit --quiet --message hooks
rev=$(git rev-parse HEAD)

cd "$work/shop"
git init --quiet
configure score-rs-validate-system
pre-commit install >/dev/null
workload shop image >score.yaml
workload cart imgae >cart.yaml
commit passes "a good Score file, and a wrong one that is not named like one"
says "validate Score files"
mkdir deep
workload cart imgae >deep/cart.score.yaml
commit fails "a wrong Score file in a directory"
says "deep/cart.score.yaml:6:5"
says "did you mean \`image\`?"
workload cart image >deep/cart.score.yaml
workload cart image >deep/score.yaml
commit fails "two workloads of one name"
says "deep/score.yaml:3:9"
workload basket image >deep/score.yaml
commit passes "the mended files"
workload shop imgae >score.yaml
commit fails "a good file that was made wrong"
git checkout --quiet HEAD -- score.yaml

configure score-rs-fix-system
commit passes "another hook"
{ workload shop imgae; echo '# a comment stays'; } >score.yaml
commit fails "a file that the hook has mended, to be looked at"
{ workload shop image; echo '# a comment stays'; } | cmp --quiet - score.yaml || fail "score.yaml was not mended"
commit passes "the file that was mended"
echo "hooks: passed with $(pre-commit --version)"
