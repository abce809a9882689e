#!/bin/bash
# Shows the judges that .ci/judges.sh installs what becomes of random projects with every field of the language.
#
#   .ci/judge-random.sh [COUNT]     COUNT is 100 unless given; the projects are the same each time
#
# Prints what a judge has against a file. Exits 1 when any has.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

judges=${SCORE_RS_JUDGES:-target/judges}
[ -x "$judges/bin/docker-compose" ] && [ -x "$judges/venv/bin/python" ] || {
  echo "judge-random: no judges in $judges: run .ci/judges.sh" >&2
  exit 2
}
judges=$(cd "$judges" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SCORE_RS_RANDOM=$work PROPTEST_CASES=${1:-100} cargo test --quiet --locked --test integration \
  random::export::write_outputs -- --ignored --exact >/dev/null

# The Kubernetes judge reads the schemas once for all files.
failed=0
"$judges/venv/bin/python" tests/validators/kubernetes.py "$work"/kubernetes/*.yaml || failed=1
for file in "$work"/compose/*.yaml; do
  # No variable of the caller's and no `.env` can fill a hole in the file.
  env -i PATH="$PATH" HOME="$work" "$judges/bin/docker-compose" --project-name judged -f "$file" config --quiet 2>"$work/reasons" && continue
  failed=1
  echo "$file:"
  cat "$work/reasons"
done
[ "$failed" -eq 0 ] && echo "random projects: $(ls "$work/compose" | wc -l) passed on both targets"
exit "$failed"
