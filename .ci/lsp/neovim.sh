#!/bin/bash
# Called by .ci/validate-lsp.sh: Neovim without a screen, with exactly the lines of spec/editors.md, gets diagnostics, completion and a
# code action.
set -euo pipefail
source .ci/lsp/shop.sh
trap 'rm -rf "$work"' EXIT
[ "$(wc -l <"$work/init.lua")" -le 10 ] || { echo "FAILED: the page has more than ten lines"; exit 1; }
PATH=$work/bin:$PATH XDG_CACHE_HOME=$work/cache timeout 60 nvim --headless -u "$work/init.lua" -c 'filetype on' score.yaml \
  -c "luafile $OLDPWD/.ci/lsp/neovim.lua"
