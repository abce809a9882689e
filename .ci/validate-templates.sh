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

[ -x "$go/bin/templates" ] || {
  work=$(mktemp -d "$validators/go.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # With an empty status, apt downloads also what the machine has already.
  unstable_apt "$work" -o Dir::State::status=/dev/null install --download-only --no-install-recommends -y \
    golang-go golang-github-masterminds-sprig-dev
  for package in "$work"/cache/archives/golang-*.deb; do dpkg -x "$package" "$work/root"; done
  mkdir -p "$work/root/bin"
  mv "$work/root" "$go"
}

# No module is looked up, and nothing lands in the home directory.
root_of_go=$(echo "$go"/usr/lib/go-*/bin)
environment=(
  GOROOT="${root_of_go%/bin}" GOPATH="$go/usr/share/gocode" GOCACHE="$go/cache" GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0
)
env "${environment[@]}" "$root_of_go/go" version
(cd .ci/templates && env "${environment[@]}" "$root_of_go/go" build -o "$go/bin/templates" .)

if [ "${1:-}" = --record ]; then
  "$go/bin/templates" 1 5000 >"$recorded"
  exit
fi
count=${1:-20000} seed=${2:-$(date +%Y%m%d)}
"$go/bin/templates" "$seed" "$count" >"$validators/templates.txt"
echo "$count templates from the seed $seed"
TEMPLATE_VERDICTS=$validators/templates.txt cargo test --locked --package go-template verdicts -- --nocapture
