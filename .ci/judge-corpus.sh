#!/bin/bash
# Shows what score-rs writes to the judges that .ci/judges.sh installs.
#
#   .ci/judge-corpus.sh [BINARY [CORPUS]]     compile each case for both targets and judge what comes out
#   .ci/judge-corpus.sh --recorded [CORPUS]   judge what the Go tools wrote instead: a check of the judges themselves
#
# BINARY is target/release/score-rs and CORPUS ../shared/corpus unless given; a corpus that is not there is skipped with
# a message. The golden outputs in fixtures/ are judged as they are: the tests hold the binary to them.
# One line per judged file, the reasons below a failed one, and at the end `N passed, N failed`. Exits 1 when any failed.
set -euo pipefail
calling_directory=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

absolute() { (cd "$calling_directory" && realpath -m -- "$1"); }

recorded=no
if [ "${1:-}" = --recorded ]; then
  recorded=yes
  shift
else
  binary=$root/target/release/score-rs
  if [ $# -gt 0 ]; then
    binary=$(absolute "$1")
    shift
  fi
  [ -x "$binary" ] || { echo "judge-corpus: no binary at $binary" >&2; exit 2; }
fi
corpus=$root/../shared/corpus
[ $# -eq 0 ] || corpus=$(absolute "$1")

judges=${SCORE_RS_JUDGES:-$root/target/judges}
[ -x "$judges/bin/docker-compose" ] && [ -x "$judges/venv/bin/python" ] || {
  echo "judge-corpus: no judges in $judges: run .ci/judges.sh" >&2
  exit 2
}
judges=$(cd "$judges" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# judge TARGET FILE: exit code and reasons are the judge's.
judge() {
  case $1 in
    compose)
      # Compose reads a project's name from its directory and variables from an `.env` there. No variable of the caller's
      # can fill a hole in the file.
      (cd "$(dirname "$2")" && env -i PATH="$PATH" HOME="$work" "$judges/bin/docker-compose" \
        --project-name judged -f "$(basename "$2")" config --quiet)
      ;;
    kubernetes) "$judges/venv/bin/python" "$root/tests/validators/kubernetes.py" "$2" ;;
  esac
}

# verdict NAME COMMAND..: runs the command and counts.
verdict() {
  local name=$1
  shift
  if "$@" >"$work/reasons" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
  fi
  # Warnings of a file that passed are worth a look too.
  sed 's/^/          /' "$work/reasons"
}

# compile_and_judge TARGET DIRECTORY: in a copy, so that neither the corpus nor an earlier run can leave a trace.
compile_and_judge() {
  local target=$1 copy=$work/case file files=() options=()
  rm -rf "$copy"
  mkdir "$copy"
  (cd "$2" && tar -cf - --exclude=./score-compose --exclude=./score-k8s .) | tar -xf - -C "$copy"
  cd "$copy"
  for file in score*.yaml */score.yaml; do
    [ ! -f "$file" ] || files+=("$file")
  done
  [ ${#files[@]} -gt 0 ] || { echo "no Score files in $2"; return 1; }
  if grep -qE "^[[:space:]]*image:[[:space:]]*[\"']?\.[\"']?[[:space:]]*(#.*)?$" "${files[@]}"; then
    options+=(--image registry.example.com/app:1.0)
  fi
  [ "$(basename "$2") $target" != 'compose-02-environment kubernetes' ] || export NAME=World
  SCORE_RS_SEED=judged "$binary" generate "${files[@]}" --env "$target" -o "judged-$target.yaml" "${options[@]}" || {
    echo "score-rs generate ${files[*]} --env $target ${options[*]}: exit code $?"
    return 1
  }
  judge "$target" "$copy/judged-$target.yaml"
}

judge_case() {
  local directory=$1 target tool
  for target in compose kubernetes; do
    tool=${target/kubernetes/k8s}
    if [ "$recorded" = no ]; then
      # A subshell of its own keeps its directory and variables; errexit does not hold inside a condition.
      verdict "$(basename "$directory") $target" compile_in_subshell "$target" "$directory"
    elif [ -f "$directory/score-$tool/expected.yaml" ]; then
      rm -rf "$work/case"
      cp -r "$directory" "$work/case"
      cp "$work/case/score-$tool/expected.yaml" "$work/case/judged-$target.yaml"
      verdict "$(basename "$directory") $target (recorded)" judge "$target" "$work/case/judged-$target.yaml"
    fi
  done
}

compile_in_subshell() { (compile_and_judge "$@"); }

if [ -d "$corpus" ]; then
  for directory in "$corpus"/{order-service,sample-onlineboutique,sample-aks-store-demo,sample-traderx,specification-*,compose-0[1-9]-*}; do
    judge_case "$directory"
  done
else
  echo "judge-corpus: no corpus at $corpus: skipped"
fi

for golden in fixtures/*/compose.yaml fixtures/*/kubernetes.yaml; do
  [ -f "$golden" ] || continue
  verdict "$golden" judge "$(basename "$golden" .yaml)" "$root/$golden"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
