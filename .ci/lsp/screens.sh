#!/bin/bash
# Prints the screens of spec/editors.md, from Neovim with the lines of that page in a terminal of 80 columns.
#
#   SCORE_RS=target/release/score-rs .ci/lsp/screens.sh      needs nvim and tmux
set -euo pipefail
page=$PWD/spec/editors.md
work=$(mktemp -d)
tmux() { command tmux -L "score-rs-$$" "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/shop"
ln -s "$(realpath "$SCORE_RS")" "$work/bin/score-rs"
sed -n '/^In `init.lua`, for Neovim 0.7/,/^```$/p' "$page" | sed '1,/^```lua$/d; /^```$/d' >"$work/init.lua"
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
export PATH=$work/bin:$PATH XDG_CACHE_HOME=$work/cache XDG_DATA_HOME=$work/data HOME=$work TERM=screen-256color

# screen NAME ROWS KEY..: types keys, and prints what is then seen.
screen() {
  local name=$1 rows=$2
  shift 2
  tmux kill-server 2>/dev/null || true
  tmux new-session -d -x 80 -y "$rows" "nvim -u '$work/init.lua' --cmd 'set noruler noshowcmd laststatus=0 number noswapfile completeopt=menuone' score.yaml"
  sleep 3
  for key in "$@"; do
    tmux send-keys -t 0 "$key"
    sleep 1
  done
  echo "== $name"
  tmux capture-pane -p -t 0 | sed -e 's/[[:space:]]*$//' -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

screen diagnostics 14 7G ':lua vim.diagnostic.open_float()' Enter
screen actions 14 7G 24\| ':lua vim.lsp.buf.code_action()' Enter
screen completion 14 7G '0f{C' '{resources.db.' C-x C-o
screen hover 20 9G '3|' ':lua vim.lsp.buf.hover()' Enter
