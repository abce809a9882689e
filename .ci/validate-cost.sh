#!/bin/bash
# Compares the sums of `score-rs cost` with those of an independent program over the generated JSON: of the examples and of all fixtures
# that Kubernetes accepts.
#
#   .ci/validate-cost.sh [BINARY]     BINARY, or else target/release/score-rs
#
# Needs Python 3.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
binary=$(score_rs_binary "$@")
export SCORE_RS_SEED=validate-cost

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r examples/shop fixtures "$work"
python3 .ci/cost/sums.py "$binary" "$work/shop" staging
python3 .ci/cost/sums.py "$binary" "$work/shop" prod
count=0
for directory in "$work"/fixtures/*/; do
  [ -e "$directory/kubernetes.yaml" ] || continue
  # A fixture may have flags or an environment of its own; what does not compile without them is not compared.
  "$binary" -C "$directory" generate -e kubernetes --stateless --output - --format json --quiet >/dev/null 2>&1 || continue
  python3 .ci/cost/sums.py "$binary" "$directory" kubernetes >/dev/null
  count=$((count + 1))
done
echo "$count fixtures have the same sums"
[ "$count" -gt 30 ]
