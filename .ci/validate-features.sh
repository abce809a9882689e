#!/bin/bash
# Checks what features add to the outputs of the fixtures, and the definitions of examples/production: objects of custom kinds with the
# validators of @kubernetes-models, and the alerts with promtool: whether they are valid, and when they fire.
#
#   .ci/validate-features.sh
#
# Needs Node.js and npm, the Python packages of .ci/install-validators.sh, and promtool, which is a part of Debian's `prometheus`.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
packages=(argo-rollouts@0.3.2 external-secrets@2.0.0 gateway-api@0.5.1 prometheus-operator@6.0.0)

command -v npm >/dev/null || {
  skip features "there is no npm"
  exit 0
}
require_validators features || exit 0

programs=$validators/features
npm_install "$programs" "${packages[@]/#/@kubernetes-models/}"
[ -x "$programs/promtool" ] || {
  download=$(mktemp -d "$programs/apt.XXXXXX")
  (cd "$download" && apt-get -qq download prometheus 2>/dev/null && dpkg -x prometheus_*.deb root)
  mv "$download/root/usr/bin/promtool" "$programs/promtool"
  rm -rf "$download"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$validators/venv/bin/python" - fixtures/{telemetry,rollout}/kubernetes.yaml examples/production/deploy/prod.yaml <<'PYTHON' |
import json, sys, yaml
print(json.dumps([one for path in sys.argv[1:] for one in yaml.safe_load_all(open(path))]))
PYTHON
  node .ci/features/objects.cjs "$programs" "$work"
"$programs/promtool" check rules "$work"/*.yaml
cp .ci/features/alerts.yaml "$work/alerts.test.yaml"
"$programs/promtool" test rules "$work/alerts.test.yaml"
