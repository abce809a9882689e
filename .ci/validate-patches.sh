#!/bin/bash
# Compares patches with kustomize: random patches of random objects are applied by kustomize, and by ours.
#
#   .ci/validate-patches.sh [COUNT] [SEED]   COUNT (500) patches from the number SEED (that of today)
#   .ci/validate-patches.sh --record         records 100 results, which `cargo test` compares with
#
# kustomize is a package of Debian unstable, unpacked to a directory. Needs Debian.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
recorded=crates/compiler/src/targets/kubernetes/merge_keys/recorded.txt
kustomize=$validators/kustomize

is_debian || {
  skip patches "kustomize is a package of Debian unstable, and this is not Debian"
  exit 0
}

[ -x "$kustomize/usr/bin/kustomize" ] || unpack_unstable "$kustomize" 'kustomize_*' kustomize
cases=(python3 .ci/patches/cases.py "$kustomize/usr/bin/kustomize")

if [ "${1:-}" = --record ]; then
  "${cases[@]}" 100 1 >"$recorded"
  exit
fi
count=${1:-500} seed=${2:-$(date +%Y%m%d)}
"${cases[@]}" "$count" "$seed" >"$validators/patches.txt"
echo "$count patches from the seed $seed"
PATCH_RESULTS=$validators/patches.txt cargo test --locked --package compiler merge_keys -- --nocapture
