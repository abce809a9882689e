#!/bin/bash
# Runs the fuzz targets of fuzz/.
#
#   .ci/fuzz.sh             each target reads every seed once: the same texts each time
#   .ci/fuzz.sh SECONDS     each target looks for new texts for that long
#
# A finding is a panic, ten seconds for one text (sixty for a seed, as the build without optimization is slow), 2 GB of memory, or an
# overflow of a number. New texts need cargo-fuzz: cargo install --locked cargo-fuzz
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd fuzz
targets=$(basename --suffix .rs --multiple fuzz_targets/*.rs)

rm -rf seeds
bash seeds.sh
for target in $targets; do
  # Without a text as argument, libFuzzer would search for ever.
  [ -n "$(find "seeds/$target" -type f 2>/dev/null | head -n 1)" ] || die "seeds.sh gives no seeds for the target $target"
done

if [ $# -eq 0 ]; then
  cargo build --quiet --locked
  for target in $targets; do
    count=$(find "seeds/$target" -type f | wc -l)
    find "seeds/$target" -type f -print0 | sort -z | xargs -0 --no-run-if-empty "target/debug/$target" -timeout=60 \
      >"target/$target.log" 2>&1 || {
      tail -n 30 "target/$target.log"
      die "$target has a finding"
    }
    echo "fuzz: $target passed with $count texts"
  done
else
  cargo fuzz --version >/dev/null 2>&1 || die "there is no cargo-fuzz: cargo install --locked cargo-fuzz"
  # cargo-fuzz passes flags of nightly compilers. Without `unsafe` no sanitizer is needed.
  export RUSTC_BOOTSTRAP=1
  for target in $targets; do
    mkdir -p "corpus/$target"
    cargo fuzz run --sanitizer none "$target" "$PWD/corpus/$target" "$PWD/seeds/$target" -- \
      -timeout=10 -rss_limit_mb=2048 -max_total_time="$1" >"target/$target.log" 2>&1 || {
      tail -n 30 "target/$target.log"
      die "$target has a finding: see fuzz/artifacts/$target"
    }
    echo "fuzz: $target passed after $1 seconds: $(grep -o '^Done.*' "target/$target.log")"
  done
fi
