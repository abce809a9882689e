#!/bin/bash
# Compares what score-rs says of objects of custom kinds with the validators of @kubernetes-models, and of the sections of Compose
# files with Docker Compose, in both directions: every field of a few right ones is dropped, renamed and replaced.
# .ci/schemas/compare.cjs and compose.py say what differs by design.
#
#   .ci/validate-schemas.sh [BINARY]   target/release/score-rs unless given
#
# These versions carry the schemas of the operators as data, and external-secrets as types; later ones only as compiled code.
# Needs Node.js and npm, and Docker Compose of .ci/install-validators.sh.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
packages=(argo-rollouts@0.3.2 cert-manager@4.3.1 gateway-api@0.5.1 external-secrets@0.5.2)
binary=$(score_rs_binary "$@")

if [ -x "$validators/bin/docker-compose" ]; then
  python3 .ci/schemas/compose.py "$binary" "$validators/bin/docker-compose"
else
  skip compose-sections "there is no Docker Compose"
fi

command -v npm >/dev/null || {
  skip schemas "there is no npm"
  exit 0
}

programs=$validators/schemas
npm_install "$programs" "${packages[@]/#/@kubernetes-models/}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compare=$root/.ci/schemas/compare.cjs
node "$compare" "$programs" write "$work"
# It fails, since most of the objects are wrong.
(cd "$work" && "$binary" generate -e test --message-format short --output out.yaml) 2>"$work/report.txt" || [ $? = 1 ]
node "$compare" "$programs" judge "$work" <"$work/report.txt"
