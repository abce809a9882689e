#!/bin/bash
# Compares templates with Go's own: generated templates are rendered by Go's text/template with sprig, and by ours.
#
#   .ci/validate-templates.sh [COUNT] [SEED]   COUNT (20000) templates from the number SEED (that of today)
#   .ci/validate-templates.sh --record         records 5000 results, which `cargo test` compares with
#
# Go and sprig are packages of Debian unstable, unpacked to a directory: Go needs nothing of the machine. Needs Debian.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
recorded=crates/go-template/src/tests/verdicts/recorded.txt
go=$validators/go

is_debian || {
  skip templates "Go and sprig are packages of Debian unstable, and this is not Debian"
  exit 0
}

[ -d "$go/usr" ] || unpack_unstable "$go" 'golang-*' golang-go golang-github-masterminds-sprig-dev
build_go "$go" .ci/templates "$go/templates"

if [ "${1:-}" = --record ]; then
  "$go/templates" 1 5000 >"$recorded"
  exit
fi
count=${1:-20000} seed=${2:-$(date +%Y%m%d)}
"$go/templates" "$seed" "$count" >"$validators/templates.txt"
echo "$count templates from the seed $seed"
TEMPLATE_VERDICTS=$validators/templates.txt cargo test --locked --package go-template verdicts -- --nocapture
