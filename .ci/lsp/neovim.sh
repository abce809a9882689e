#!/bin/bash
# Called by .ci/validate-lsp.sh: Neovim without a screen, with exactly the lines of spec/editors.md, gets diagnostics, completion and a
# code action.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/shop"
ln -s "$SCORE_RS" "$work/bin/score-rs"
sed -n '/^In `init.lua`, for Neovim 0.7/,/^```$/p' spec/editors.md | sed '1,/^```lua$/d; /^```$/d' >"$work/init.lua"
[ "$(wc -l <"$work/init.lua")" -le 10 ] || { echo "FAILED: the page has more than ten lines"; exit 1; }
cat >"$work/shop/score.yaml" <<'END'
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: nginx:1
    variables:
      HOST: ${resources.db.hots}
resources:
  db: {type: postgres}
END
cd "$work/shop"
PATH=$work/bin:$PATH XDG_CACHE_HOME=$work/cache timeout 60 nvim --headless -u "$work/init.lua" -c 'filetype on' score.yaml \
  -c "luafile $OLDPWD/.ci/lsp/neovim.lua"
