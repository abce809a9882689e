# shellcheck shell=bash
# Sourced by .ci/run and .ci/extended, after lib.sh: steps with their times, and a summary at the end.

export CARGO_TERM_COLOR=never
SCORE_RS_SKIP_LOG=$(mktemp)
export SCORE_RS_SKIP_LOG
times=()
current=''

# step NAME COMMAND..: the first one that fails ends the run.
step() {
  current=$1
  local start=$SECONDS
  printf '\n== %s\n' "$1"
  shift
  "$@" </dev/null
  times+=("$(printf '%-12s %4d s' "$current" $((SECONDS - start)))")
  current=''
}

summary() {
  local code=$?
  printf '\n== summary\n'
  [ ${#times[@]} -eq 0 ] || printf '%s\n' "${times[@]}"
  printf '%-12s %4d s\n' all "$SECONDS"
  if [ -s "$SCORE_RS_SKIP_LOG" ]; then sed 's/^/skipped: /' "$SCORE_RS_SKIP_LOG"; else echo "skipped: nothing"; fi
  rm -f "$SCORE_RS_SKIP_LOG"
  if [ "$code" = 0 ]; then echo "all steps passed"; else echo "FAILED${current:+: $current}"; fi
  exit "$code"
}
trap summary EXIT
