#!/bin/bash
# Compares CEL expressions with the API server's own engine: the environment and the limits of `k8s.io/apiserver` over real objects.
#
#   .ci/validate-cel.sh            asks the engine again, and compares with what is recorded
#   .ci/validate-cel.sh --record   records its verdicts, which `cargo test` compares with
#
# Go and the packages of Kubernetes are packages of Debian unstable, unpacked to a directory: Go needs nothing of the machine. Needs Debian.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cases=crates/cel/src/tests/verdicts
go=$validators/cel

is_debian || {
  skip cel "Go and the packages of Kubernetes are packages of Debian unstable, and this is not Debian"
  exit 0
}

[ -d "$go/usr" ] || {
  work=$(mktemp -d "$validators/cel.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # With an empty status, apt downloads also what the machine has already.
  unstable_apt "$work" -o Dir::State::status=/dev/null install --download-only --no-install-recommends -y \
    golang-go golang-k8s-apiserver-dev
  for package in "$work"/cache/archives/golang-*.deb; do dpkg -x "$package" "$work/root"; done
  mv "$work/root" "$go"
}

# No module is looked up, and nothing lands in the home directory.
root_of_go=$(echo "$go"/usr/lib/go-*/bin)
environment=(
  GOROOT="${root_of_go%/bin}" GOPATH="$go/usr/share/gocode" GOCACHE="$go/cache" GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0
)
env "${environment[@]}" "$root_of_go/go" version
(cd .ci/cel && env "${environment[@]}" "$root_of_go/go" build -o "$go/verdicts" .)

"$go/verdicts" "$cases"/objects "$cases"/*.cel >"$validators/cel.txt"
[ "${1:-}" != --record ] || cp "$validators/cel.txt" "$cases/recorded.txt"
diff "$cases/recorded.txt" "$validators/cel.txt"
echo "$(wc -l <"$validators/cel.txt") expressions"
