#!/bin/bash
# Builds the page to try score-rs: one file without any request, which works offline.
#
#   page/build.sh [FILE]     FILE, or else target/page/index.html
#
# Needs the target wasm32-unknown-unknown (`rustup target add wasm32-unknown-unknown`) and python3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${CARGO_TARGET_DIR:-target}
file=${1:-$target/page/index.html}

# Small rather than fast, and a stack for input that is nested as deep as the reader allows.
RUSTFLAGS='-C link-arg=-zstack-size=16777216' cargo build --quiet --locked --release --package page \
  --target wasm32-unknown-unknown --config 'profile.release.opt-level="s"'
mkdir -p "$(dirname "$file")"
python3 page/build.py "$target/wasm32-unknown-unknown/release/page.wasm" "$file"
