#!/bin/bash
# Commits valid and invalid Score files in a git repository that uses our hooks for pre-commit.
#
#   .ci/validate-hooks.sh [BINARY]     the hooks that run an installed score-rs: BINARY, or else target/release/score-rs
#   .ci/validate-hooks.sh --build      the hooks for which pre-commit builds the current commit first, which takes minutes
#   .ci/validate-hooks.sh --wheel      the hooks of integrations/pre-commit, with the wheel of .ci/validate-release.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
suffix=-system
case ${1:-} in
  --build | --wheel) suffix='' ;;
  *) binary=$(score_rs_binary "$@") ;;
esac
[ -x "$validators/venv/bin/pre-commit" ] || die "there is no pre-commit: run .ci/install-validators.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/hooks" "$work/shop"
[ -z "$suffix" ] || ln -s "$binary" "$work/bin/score-rs"
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
# Nothing of the caller's own git and pre-commit is used.
export PATH="$work/bin:$validators/venv/bin:$PATH" PRE_COMMIT_HOME="$work/cache"
isolate_git "$work"

fail() {
  echo "validate-hooks: $1" >&2
  cat "$work/output" >&2
  exit 1
}
# expect_commit RESULT WHY: tries to commit everything in the shop; RESULT is `passes` or `fails`.
expect_commit() {
  git add --all
  local result=passes
  git commit --quiet --message try >"$work/output" 2>&1 || result=fails
  [ "$result" = "$1" ] || fail "the commit $result: $2"
}
# expect_output TEXT: the last commit printed it.
expect_output() { grep --quiet --fixed-strings -e "$1" "$work/output" || fail "not in the output: $1"; }
# workload NAME IMAGE-KEY: a Score file.
workload() { printf 'apiVersion: score.dev/v1b1\nmetadata:\n  name: %s\ncontainers:\n  main:\n    %s: nginx:1\n' "$1" "$2"; }
# configure HOOK: the shop uses this hook.
configure() {
  printf 'repos:\n- repo: %s\n  rev: %s\n  hooks:\n  - id: %s\n' "$work/hooks" "$rev" "$1" >.pre-commit-config.yaml
}

pre-commit validate-manifest .pre-commit-hooks.yaml integrations/pre-commit/.pre-commit-hooks.yaml
if [ "${1:-}" = --wheel ]; then
  export PIP_FIND_LINKS="$root/target/dist ${PIP_FIND_LINKS:-}"
  # A repository of its own, as it is published.
  cp -r integrations/pre-commit/. "$work/hooks"
  cd "$work/hooks"
  git init --quiet && git add --all && git commit --quiet --message hooks
elif [ -n "$suffix" ]; then
  cp .pre-commit-hooks.yaml "$work/hooks"
  cd "$work/hooks"
  git init --quiet && git add --all && git commit --quiet --message hooks
else
  git clone --quiet "$root" "$work/hooks"
  cd "$work/hooks"
  # The build matters here, and not the speed of its result.
  export CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
fi
rev=$(git rev-parse HEAD)

cd "$work/shop"
git init --quiet
configure "score-rs-validate$suffix"
pre-commit install >/dev/null
workload shop image >score.yaml
workload cart imgae >cart.yaml
expect_commit passes "a valid Score file, and an invalid one without the name of a Score file"
expect_output "validate Score files"
mkdir deep
workload cart imgae >deep/cart.score.yaml
expect_commit fails "an invalid Score file in a directory"
expect_output "deep/cart.score.yaml:6:5"
expect_output "did you mean \`image\`?"
workload cart image >deep/cart.score.yaml
mkdir other
workload cart image >other/score-other.yaml
expect_commit fails "two workloads of one name"
expect_output "other/score-other.yaml:3:9"
workload basket image >other/score-other.yaml
expect_commit passes "the corrected files"
workload shop imgae >score.yaml
expect_commit fails "a committed file that became invalid"
git checkout --quiet HEAD -- score.yaml

configure "score-rs-fix$suffix"
expect_commit passes "another hook"
{ workload shop imgae; echo '# a comment stays'; } >score.yaml
expect_commit fails "a file that the hook has fixed, to be reviewed"
{ workload shop image; echo '# a comment stays'; } | cmp --quiet - score.yaml || fail "score.yaml was not fixed"
expect_commit passes "the fixed file"

configure "score-rs-check$suffix"
mkdir -p environments/local
echo 'target: compose' >environments/local/environment.yaml
expect_commit fails "output that was not generated"
expect_output "compose.yaml"
# The program that the hook uses.
program=$(find "$work/bin" "$work/cache" -path '*/bin/score-rs' | head -1)
"$program" generate --all-environments >"$work/output" 2>&1 || fail "generate failed"
expect_commit passes "the generated output"
sed -i s/nginx:1/nginx:2/ score.yaml
expect_commit fails "output of an earlier Score file"
echo "hooks$suffix: passed with $(pre-commit --version) in $SECONDS s"
