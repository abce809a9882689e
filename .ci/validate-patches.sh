#!/bin/bash
# Compares patches with kustomize and with Docker Compose: random patches of random objects are applied by them, and by ours.
# .ci/patches/compose.py says what differs by design.
#
#   .ci/validate-patches.sh [COUNT] [SEED]   COUNT (500) patches for each from the number SEED (that of today)
#   .ci/validate-patches.sh --record         records 100 results of kustomize and 200 of Compose, which `cargo test` compares with
#
# kustomize is a package of Debian unstable, unpacked to a directory. Needs Debian. Docker Compose is that of .ci/install-validators.sh,
# and compares target/release/score-rs.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
targets=crates/compiler/src/targets
kustomize=$validators/kustomize
count=${1:-500} seed=${2:-$(date +%Y%m%d)}

is_debian || {
  skip patches "kustomize and Docker Compose are packages of Debian unstable, and this is not Debian"
  exit 0
}

[ -x "$kustomize/usr/bin/kustomize" ] || unpack_unstable "$kustomize" 'kustomize_*' kustomize
cases=(python3 .ci/patches/cases.py "$kustomize/usr/bin/kustomize")
require_validators compose-patches
overrides=(python3 .ci/patches/compose.py "$(score_rs_binary)" "$validators/bin/docker-compose")

if [ "${1:-}" = --record ]; then
  "${cases[@]}" 100 1 >$targets/kubernetes/merge_keys/recorded.txt
  "${overrides[@]}" 200 1 --record >$targets/compose/merge_rules/recorded.txt
  exit
fi
echo "$count patches from the seed $seed"
"${cases[@]}" "$count" "$seed" >"$validators/patches.txt"
PATCH_RESULTS=$validators/patches.txt cargo test --locked --package compiler merge_keys -- --nocapture
"${overrides[@]}" "$count" "$seed"
