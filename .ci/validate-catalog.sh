#!/bin/bash
# Has a catalog backend of Backstage ingest the entities of examples/shop, of a hand-written file merged with them and of Score files of
# the corpus, and compares its relations with `score-rs graph`. Checks the template of examples/backstage against its schema.
#
#   .ci/validate-catalog.sh [BINARY [CORPUS]]     BINARY, or else target/release/score-rs; CORPUS, or else ../shared/corpus
#
# Needs Node.js 20 or later with its headers, npm, and a C++ compiler; Python 3.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
binary=$(score_rs_binary "${@:1:1}")
corpus=$root/../shared/corpus
[ $# -lt 2 ] || corpus=$(cd "$calling_directory" && realpath -m -- "$2")
backend_defaults=0.18.0
catalog_backend=4.0.0
scaffolder_common=2.4.0
sqlite=12.11.1

command -v npm >/dev/null || { skip catalog "there is no npm"; exit 0; }
node_root=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
[ "$(node --version | sed 's/v\([0-9]*\).*/\1/')" -ge 20 ] && [ -e "$node_root/include/node/node.h" ] || {
  skip catalog "Backstage needs Node.js 20 or later, and SQLite its headers"
  exit 0
}
command -v g++ >/dev/null && command -v make >/dev/null || apt_install g++ make

programs=$validators/catalog
npm_install "$programs" "@backstage/backend-defaults@$backend_defaults" "@backstage/plugin-catalog-backend@$catalog_backend" \
  "@backstage/plugin-scaffolder-common@$scaffolder_common" "better-sqlite3@$sqlite"
[ -e "$programs/node_modules/better-sqlite3/build/Release/better_sqlite3.node" ] ||
  npm_config_nodedir=$node_root npm rebuild --prefix "$programs" --silent better-sqlite3
export PACKAGES=$programs/node_modules

node .ci/catalog/template.cjs examples/backstage/template.yaml

work=$(mktemp -d)
trap '[ -z "${backend:-}" ] || kill "$backend" 2>/dev/null || :; rm -rf "$work"' EXIT
python3 .ci/catalog/projects.py "$binary" "$work" "$corpus"

# The backend looks for the root of a repository of Backstage.
echo '{"name": "catalog", "private": true, "workspaces": {"packages": []}}' >"$work/package.json"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/app-config.yaml" <<END
app: {baseUrl: "http://127.0.0.1:$port"}
backend:
  baseUrl: http://127.0.0.1:$port
  listen: {host: 127.0.0.1, port: $port}
  database: {client: better-sqlite3, connection: ":memory:"}
  auth: {dangerouslyDisableDefaultAuthPolicy: true}
catalog:
  rules: [{allow: [Component, API, Resource, System]}]
  locations: [{type: file, target: "$work/catalogs/*.yaml"}]
END
(cd "$work" && exec node "$root/.ci/catalog/backend.cjs" --config app-config.yaml) >"$work/backend.log" 2>&1 &
backend=$!
python3 .ci/catalog/compare.py "$work" "http://127.0.0.1:$port" || {
  grep -i ' \(warn\|error\)' "$work/backend.log" | head -20
  exit 1
}
