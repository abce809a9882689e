#!/bin/bash
# Drives the language server with clients that are not ours.
#
#   .ci/validate-lsp.sh [BINARY]            pytest-lsp: every feature on real files, and how fast a project of 1,000 files is
#   .ci/validate-lsp.sh neovim [BINARY]     Neovim of Debian, with the lines of spec/editors.md
#   .ci/validate-lsp.sh vscode [BINARY]     builds the extension, and runs its code against the server
#
# BINARY, or else target/release/score-rs. Needs Python 3 with venv; Neovim is Debian's, and the extension needs npm.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mode=features
case ${1:-} in neovim | vscode) mode=$1 && shift ;; esac
binary=$(score_rs_binary "$@")

features() {
  local venv=$validators/lsp/venv
  [ -x "$venv/bin/pytest" ] || {
    python3 -m venv "$venv"
    "$venv/bin/pip" -q install --disable-pip-version-check -r .ci/lsp/requirements.txt
  }
  SCORE_RS=$binary "$venv/bin/pytest" -q --no-header -p no:cacheprovider -rP --show-capture=stdout .ci/lsp
}

neovim() {
  is_debian && is_root || { skip neovim "Neovim is installed on Debian only"; return 0; }
  command -v nvim >/dev/null || apt_install neovim
  SCORE_RS=$binary bash .ci/lsp/neovim.sh
}

vscode() {
  command -v npm >/dev/null || { skip vscode "there is no npm"; return 0; }
  SCORE_RS=$binary bash editors/vscode/test.sh "$validators/lsp/vscode"
}

$mode
