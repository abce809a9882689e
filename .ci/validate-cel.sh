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

[ -d "$go/usr" ] || unpack_unstable "$go" 'golang-*' golang-go golang-k8s-apiserver-dev
build_go "$go" .ci/cel "$go/verdicts"

"$go/verdicts" "$cases"/objects "$cases"/*.cel >"$validators/cel.txt"
[ "${1:-}" != --record ] || cp "$validators/cel.txt" "$cases/recorded.txt"
diff "$cases/recorded.txt" "$validators/cel.txt"
echo "$(wc -l <"$validators/cel.txt") expressions"
