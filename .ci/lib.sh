# shellcheck shell=bash
# Sourced by the scripts of this directory. Changes to the root of the repository and sets:
#
#   calling_directory   where the script was started: relative paths in its arguments begin there
#   root                the root of the repository
#   validators          what .ci/install-validators.sh fills: ${SCORE_RS_VALIDATORS:-target/validators}
set -euo pipefail

calling_directory=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
validators=${SCORE_RS_VALIDATORS:-target/validators}
mkdir -p "$validators"
validators=$(cd "$validators" && pwd)

# rust-toolchain.toml names an exact version. A machine that has it as `stable` only, and may not download another, uses that.
if ! cargo --version >/dev/null 2>&1 &&
  [[ "$(RUSTUP_TOOLCHAIN=stable cargo --version 2>/dev/null)" == "cargo $(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml) "* ]]; then
  export RUSTUP_TOOLCHAIN=stable
fi

die() {
  echo "$(basename "$0"): $*" >&2
  exit 2
}

# skip NAME REASON: reports a check that cannot run here, also to .ci/run, which lists all of them at its end. In CI this is a
# failure, unless SCORE_RS_MAY_SKIP lists the name.
skip() {
  if [ "${CI:-}" = true ] && [[ " ${SCORE_RS_MAY_SKIP:-} " != *" $1 "* ]]; then
    echo "FAILED: $1 was skipped, which is an error in CI: $2" >&2
    exit 1
  fi
  echo "skipped: $1: $2"
  [ -z "${SCORE_RS_SKIP_LOG:-}" ] || echo "$1: $2" >>"$SCORE_RS_SKIP_LOG"
}

# score_rs_binary [PATH]: the absolute path of the binary to validate.
score_rs_binary() {
  local path=$root/target/release/score-rs
  [ $# -eq 0 ] || path=$(cd "$calling_directory" && realpath -m -- "$1")
  [ -x "$path" ] || die "there is no binary at $path"
  echo "$path"
}

is_root() { [ "$(id -u)" = 0 ]; }
is_debian() { [ -f /etc/os-release ] && [ "$(. /etc/os-release && echo "${ID:-}")" = debian ]; }

# apt_install PACKAGE..
apt_install() {
  is_debian && is_root || die "install $*: only root on Debian has this done by the script"
  # What is there stays at its version, so that a check does not change the machine more than it must.
  [ -e /etc/ssl/certs/ca-certificates.crt ] || set -- "$@" ca-certificates
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

# require_validators NAME: Docker Compose and the Python packages. Returns 1 where they cannot be installed.
require_validators() {
  [ ! -x "$validators/bin/docker-compose" ] || [ ! -x "$validators/venv/bin/python" ] || return 0
  is_debian || {
    skip "$1" "Docker Compose is installed on Debian only"
    return 1
  }
  die "there are no validators in $validators: run .ci/install-validators.sh"
}

# debian_archive: the URI of the Debian archive in apt's own configuration. No address is written down here, as each machine
# has its mirror. The archive is the one that serves this release itself, not its updates.
debian_archive() {
  local release uri
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$release" '$2 == release && $3 == "main" { if (!uri) uri = $1 } END { print uri }')
  [ -n "$uri" ] || die "apt has no archive for $release main: add one to /etc/apt/sources.list.d"
  echo "$uri"
}

# unstable_apt DIRECTORY ARGUMENT..: apt-get with the packages of Debian unstable. It is the machine's own archive with another suite,
# and lists of its own in DIRECTORY: the system's apt does not see unstable.
unstable_apt() {
  local work=$1 archive
  shift
  archive=$(debian_archive)
  mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial"
  printf 'Types: deb\nURIs: %s\nSuites: sid\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$archive" >"$work/parts/sid.sources"
  local options=(
    -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/parts" -o "Dir::State::Lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::Retries=3
  )
  apt-get "${options[@]}" update
  apt-get "${options[@]}" "$@"
}

# npm_install DIRECTORY PACKAGE@VERSION..: installs the packages of npm into the directory, once for each list of versions.
npm_install() {
  local directory=$1 installed
  shift
  installed=$directory/installed-${*//\//-}
  [ ! -e "$installed" ] || return 0
  mkdir -p "$directory"
  npm install --prefix "$directory" --silent --no-audit --no-fund --no-package-lock --no-save --ignore-scripts "$@"
  touch "$installed"
}

# unpack_unstable DIRECTORY PATTERN PACKAGE..: unpacks the packages of Debian unstable, and what they need, whose files fit the pattern.
unpack_unstable() (
  directory=$1 pattern=$2
  shift 2
  work=$(mktemp -d "$directory.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # With an empty status, apt downloads also what the machine has already.
  unstable_apt "$work" -o Dir::State::status=/dev/null install --download-only --no-install-recommends -y "$@"
  for package in "$work"/cache/archives/$pattern.deb; do dpkg -x "$package" "$work/root"; done
  mv "$work/root" "$directory"
)

# build_go DIRECTORY SOURCE BINARY: builds a program with the Go in the directory. No module is looked up, and nothing lands in the home
# directory.
build_go() {
  local go environment
  go=$(echo "$1"/usr/lib/go-*/bin/go)
  environment=(
    GOROOT="${go%/bin/go}" GOPATH="$1/usr/share/gocode" GOCACHE="$1/cache" GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0
  )
  env "${environment[@]}" "$go" version
  (cd "$2" && env "${environment[@]}" "$go" build -o "$3" .)
}

# isolate_git HOME: a home directory with a git of its own, which uses nothing of the caller's.
isolate_git() {
  export HOME=$1 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$1/gitconfig GIT_CONFIG_COUNT=0
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
  git config --global user.name validator
  git config --global user.email validator@example.com
  git config --global init.defaultBranch main
}

# The version in Cargo.toml.
cargo_version() { sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -1; }
