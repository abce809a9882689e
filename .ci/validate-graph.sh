#!/bin/bash
# Renders the graphs of an example and of a project with hostile names: DOT with Graphviz, Mermaid with its library and SVG in Chromium,
# light and dark. Each has to show the texts of all boxes and as many arrows as the others.
#
#   .ci/validate-graph.sh [BINARY]     BINARY, or else target/release/score-rs
#
# Needs npm; graphviz and chromium are Debian's.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
binary=$(score_rs_binary "$@")
mermaid=11.17.2

is_debian && is_root || { skip graph "graphviz and chromium are installed on Debian only"; exit 0; }
command -v npm >/dev/null || { skip graph "there is no npm"; exit 0; }
command -v dot >/dev/null && command -v chromium >/dev/null || apt_install graphviz chromium

programs=$validators/graph
mkdir -p "$programs"
[ -e "$programs/mermaid-$mermaid.js" ] || {
  download=$(mktemp -d "$programs/npm.XXXXXX")
  (cd "$download" && npm pack --silent "mermaid@$mermaid" >/dev/null && tar -xzf mermaid-*.tgz package/dist/mermaid.min.js)
  mv "$download/package/dist/mermaid.min.js" "$programs/mermaid-$mermaid.js"
  rm -rf "$download"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/shop" "$work/hostile"
cp -r examples/shop/apps examples/shop/environments "$work/shop"
cat >"$work/hostile/score.yaml" <<'END'
apiVersion: score.dev/v1b1
metadata: {name: end}
containers: {main: {image: nginx:1}}
service: {ports: {http: {port: 80}}}
resources:
  route: {type: any, class: 'class', id: graph}
  up: {type: route, params: {host: '"<b>]&amp;#35;\N`%%--> \"', path: /end;, port: http}}
---
apiVersion: score.dev/v1b1
metadata: {name: subgraph}
containers: {main: {image: nginx:1}}
resources:
  route: {type: any, class: 'class', id: graph}
END
printf -- '- {uri: template://any, type: any}\n- {uri: template://route, type: route}\n' >"$work/hostile/all.provisioners.yaml"

check() {
  local project=$1 format
  shift
  for format in mermaid dot svg json; do
    "$binary" -C "$work/$project" graph --quiet --format "$format" "$@" >"$work/$project.$format"
  done
  dot -Tsvg "$work/$project.dot" >"$work/$project.dot.svg"
  python3 .ci/graph/page.py "$work/$project" "$programs/mermaid-$mermaid.js"
  chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=20000 --dump-dom "file://$work/$project.html" \
    >"$work/$project.dom" 2>"$work/chromium.log"
  python3 .ci/graph/compare.py "$work/$project"
}
check shop -e prod
check hostile -e kubernetes --provisioners all.provisioners.yaml
