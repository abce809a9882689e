#!/bin/bash
# Compiles public Score projects and has Docker Compose and the Kubernetes schemas validate the output.
#
#   .ci/validate-corpus.sh [BINARY [CORPUS]]     each case for both targets
#   .ci/validate-corpus.sh --recorded [CORPUS]   what the Go tools wrote instead, which checks the validators themselves
#
# BINARY is target/release/score-rs and CORPUS ../shared/corpus unless given. The committed outputs in fixtures/ and examples/ are
# validated too; tests hold the binary to them. Prints a line for each file, the reasons below one that failed, and at the end
# `N passed, N failed`. Exits 1 when any failed.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

recorded=no
if [ "${1:-}" = --recorded ]; then
  recorded=yes
  shift
else
  binary=$(score_rs_binary "${@:1:1}")
  [ $# -eq 0 ] || shift
fi
corpus=$root/../shared/corpus
[ $# -eq 0 ] || corpus=$(cd "$calling_directory" && realpath -m -- "$1")
require_validators corpus || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# validate TARGET FILE: exit code and reasons are the validator's.
validate() {
  case $1 in
    compose)
      # Compose reads a project's name from its directory and variables from an `.env` there. No variable of the caller's
      # can fill a gap in the file.
      (cd "$(dirname "$2")" && env -i PATH="$PATH" HOME="$work" "$validators/bin/docker-compose" \
        --project-name validated -f "$(basename "$2")" config --quiet)
      ;;
    kubernetes) "$validators/venv/bin/python" "$root/tests/validators/kubernetes.py" "$2" ;;
  esac
}

# validate_committed FILE: a Compose file in a copy, with an empty file for each env file, which is not committed.
validate_committed() (
  rm -rf "$work/committed"
  mkdir "$work/committed"
  cp "$root/$1" "$work/committed/compose.yaml"
  cd "$work/committed"
  sed -n 's|^ *- \(\./\.score-rs/.*\.env\)$|\1|p' compose.yaml | while read -r env_file; do
    mkdir -p "$(dirname "$env_file")"
    : >"$env_file"
  done
  validate compose "$work/committed/compose.yaml"
)

# check NAME COMMAND..: runs the command and counts.
check() {
  local name=$1
  shift
  if "$@" >"$work/reasons" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
  fi
  # Warnings about a file that passed are worth a look too.
  sed 's/^/          /' "$work/reasons"
}

# compile_and_validate TARGET DIRECTORY: in a copy, so that neither the corpus nor an earlier run can leave a trace. A subshell
# keeps its directory and variables; errexit does not hold inside a condition.
compile_and_validate() (
  target=$1 copy=$work/case files=() options=()
  rm -rf "$copy"
  mkdir "$copy"
  (cd "$2" && tar -cf - --exclude=./score-compose --exclude=./score-k8s .) | tar -xf - -C "$copy"
  cd "$copy" || return
  for file in score*.yaml */score.yaml; do
    [ ! -f "$file" ] || files+=("$file")
  done
  [ ${#files[@]} -gt 0 ] || { echo "no Score files in $2"; return 1; }
  if grep -qE "^[[:space:]]*image:[[:space:]]*[\"']?\.[\"']?[[:space:]]*(#.*)?$" "${files[@]}"; then
    options+=(--image registry.example.com/app:1.0)
  fi
  [ "$(basename "$2") $target" != 'compose-02-environment kubernetes' ] || export NAME=World
  SCORE_RS_SEED=validated "$binary" generate "${files[@]}" --env "$target" -o "validated-$target.yaml" "${options[@]}" || {
    echo "score-rs generate ${files[*]} --env $target ${options[*]}: exit code $?"
    return 1
  }
  validate "$target" "$copy/validated-$target.yaml"
)

check_case() {
  local directory=$1 target tool
  for target in compose kubernetes; do
    tool=${target/kubernetes/k8s}
    if [ "$recorded" = no ]; then
      check "$(basename "$directory") $target" compile_and_validate "$target" "$directory"
    elif [ -f "$directory/score-$tool/expected.yaml" ]; then
      rm -rf "$work/case"
      cp -r "$directory" "$work/case"
      cp "$work/case/score-$tool/expected.yaml" "$work/case/validated-$target.yaml"
      check "$(basename "$directory") $target (recorded)" validate "$target" "$work/case/validated-$target.yaml"
    fi
  done
}

if [ -d "$corpus" ]; then
  for directory in "$corpus"/{order-service,sample-onlineboutique,sample-aks-store-demo,sample-traderx,specification-*,compose-0[1-9]-*}; do
    check_case "$directory"
  done
else
  skip corpus "there are no public projects at $corpus"
fi

for output in {fixtures,examples}/*/compose.yaml examples/*/team/compose.yaml; do check "$output" validate_committed "$output"; done
for output in fixtures/*/kubernetes.yaml examples/*/deploy/{,*/}[!k]*.yaml examples/*/team/deploy/*/[!k]*.yaml; do check "$output" validate kubernetes "$root/$output"; done
check "custom kinds of examples/production" "$validators/venv/bin/python" tests/validators/custom_objects.py examples/production/{schemas,deploy/prod.yaml}

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
