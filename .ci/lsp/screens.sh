#!/bin/bash
# Prints the screens of spec/editors.md, from Neovim with the lines of that page in a terminal of 80 columns.
#
#   SCORE_RS=target/release/score-rs .ci/lsp/screens.sh      needs nvim and tmux
set -euo pipefail
source .ci/lsp/shop.sh
tmux() { command tmux -L "score-rs-$$" "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
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
