#!/bin/bash
# Builds what fuzzes the compiler, and lets each target look at every text that fuzzing starts from, once.
#
#   .ci/fuzz.sh
#
# That takes the same texts each time, so it fails for a reason of this change only. CONTRIBUTING says how to look for new
# ones. A debug build: an overflow of a number ends it too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rm -rf fuzz/seeds
fuzz/seeds.sh
cargo build --quiet --locked --manifest-path fuzz/Cargo.toml
for target in template section front; do
  # Texts as arguments are run as they are, one after the other, without looking for new ones.
  find "fuzz/seeds/$target" -type f -print0 | sort -z |
    xargs -0 "fuzz/target/debug/$target" -timeout=60 >"fuzz/target/$target.log" 2>&1 || {
    tail -n 30 "fuzz/target/$target.log"
    exit 1
  }
  echo "fuzz: $target is fine with $(find "fuzz/seeds/$target" -type f | wc -l) texts"
done
