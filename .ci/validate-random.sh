#!/bin/bash
# Compiles random projects with every field of the language, and has Docker Compose and the Kubernetes schemas validate the output.
#
#   .ci/validate-random.sh [COUNT]     COUNT is 100 unless given; the projects are the same each time
#
# Prints what a validator reports about a file. Exits 1 when there is anything.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
require_validators random || exit 0
count=${1:-100}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SCORE_RS_RANDOM=$work PROPTEST_CASES=$count cargo test --quiet --locked --test integration \
  random::export::write_outputs -- --ignored --exact >/dev/null
# A renamed test would be filtered out without an error.
written=$(find "$work" -name '*.yaml' | wc -l)
[ "$written" -eq $((2 * count)) ] || die "the test wrote $written files, not $((2 * count))"

# The Kubernetes validator reads the schemas once for all files.
failed=0
"$validators/venv/bin/python" tests/validators/kubernetes.py "$work"/kubernetes/*.yaml || failed=1
for file in "$work"/compose/*.yaml; do
  # No variable of the caller's and no `.env` can fill a gap in the file.
  env -i PATH="$PATH" HOME="$work" "$validators/bin/docker-compose" --project-name validated -f "$file" config --quiet 2>"$work/reasons" && continue
  failed=1
  echo "$file:"
  cat "$work/reasons"
done
[ "$failed" -eq 0 ] && echo "random projects: $count passed on both targets"
exit "$failed"
