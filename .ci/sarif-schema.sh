#!/bin/bash
# Puts the schema of SARIF 2.1.0 at the path that is given, unless it is there.
#
# It is not ours to keep. The crate serde-sarif is made from it and carries it, so cargo fetches that crate and nothing is built.
set -euo pipefail

path=${1:?the path to write}
[ -s "$path" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src" "$(dirname "$path")"
touch "$work/src/lib.rs"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "sarif-schema"
version = "0.0.0"
edition = "2021"
[workspace]
[dependencies]
serde-sarif = { version = "=0.8.0", default-features = false }
TOML
metadata=$(cargo metadata --quiet --format-version 1 --manifest-path "$work/Cargo.toml")
manifest=$(printf %s "$metadata" | grep -o '"manifest_path":"[^"]*/serde-sarif-0.8.0/Cargo.toml"' | cut -d'"' -f4)
cp "$(dirname "$manifest")/src/schema.json" "$path"
