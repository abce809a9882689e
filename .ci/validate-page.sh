#!/bin/bash
# Builds the page to try score-rs, and opens it in Chromium, light and dark, at the width of a phone and of a desk. It has to compile
# the example of the README to what the program gives, ask for nothing, and have no serious finding of axe-core.
#
#   .ci/validate-page.sh [BINARY]     BINARY, or else target/release/score-rs
#
# Screenshots are in target/page. Needs rustup or the target wasm32-unknown-unknown, npm and python3; chromium is Debian's.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
binary=$(score_rs_binary "$@")
axe=4.14.1

is_debian && is_root || { skip page "chromium is installed on Debian only"; exit 0; }
command -v npm >/dev/null || { skip page "there is no npm"; exit 0; }
sysroot=$(rustc --print sysroot)
[ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown" ] || rustup --quiet target add wasm32-unknown-unknown ||
  { skip page "rustup cannot add the target wasm32-unknown-unknown"; exit 0; }
command -v chromium >/dev/null || apt_install chromium

programs=$validators/page
mkdir -p "$programs"
[ -e "$programs/axe-$axe.js" ] || {
  download=$(mktemp -d "$programs/npm.XXXXXX")
  (cd "$download" && npm pack --silent "axe-core@$axe" >/dev/null && tar -xzf axe-core-*.tgz package/axe.min.js)
  mv "$download/package/axe.min.js" "$programs/axe-$axe.js"
  rm -rf "$download"
}

pages=${CARGO_TARGET_DIR:-target}/page
cargo test --quiet --locked --package page
page/build.sh "$pages/index.html"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 .ci/page/check.py write "$pages/index.html" "$programs/axe-$axe.js" README.md "$work"
for target in kubernetes compose; do
  (cd "$work" && SCORE_RS_SEED=page "$binary" generate --quiet --stateless --env $target --output - score.yaml 2>/dev/null >"$target.yaml")
done

open_page() {
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=400000 --window-size=1280,2600 "$@" 2>"$work/chromium.log"
}
for scheme in light dark; do
  # In the words of Blink: 0 is dark, 1 is light.
  settings=--blink-settings=preferredColorScheme=$([ $scheme = dark ] && echo 0 || echo 1)
  for width in 390 1280; do
    open_page "$settings" --dump-dom "file://$work/try-$width.html" >"$work/dom"
    python3 .ci/page/check.py read "$work/dom" "$pages" "$work/kubernetes.yaml" "$work/compose.yaml"
    open_page "$settings" --screenshot="$pages/$scheme-$width.png" "file://$work/page-$width.html"
  done
done
echo "page: compiled in Chromium; screenshots are in $pages"
