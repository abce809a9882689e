#!/bin/sh
# Installs the released binary of score-rs for Linux or macOS with its man pages and completions, after a comparison of the
# checksum.
#
#   install.sh [VERSION] [PREFIX]     by default the newest release, into ~/.local
set -eu

releases=${SCORE_RS_RELEASES:-https://github.com/score-rs/score-rs/releases}

die() {
  echo "install.sh: $*" >&2
  exit 1
}

fetch() { # URL FILE
  curl --proto '=https,file' --fail --silent --show-error --location --output "$2" "$1" || die "cannot fetch $1"
}

# The name of the release's target for this machine.
target() {
  case "$(uname -m)" in
  x86_64 | amd64) machine=x86_64 ;;
  aarch64 | arm64) machine=aarch64 ;;
  *) die "there is no release for $(uname -m); build it with cargo" ;;
  esac
  case "$(uname -s)" in
  Linux) echo "$machine-unknown-linux-musl" ;;
  Darwin) echo "$machine-apple-darwin" ;;
  *) die "there is no release for $(uname -s); build it with cargo" ;;
  esac
}

# put FILE MODE PATH: renames it into place, so that a program that runs is not overwritten.
put() {
  mkdir -p "${3%/*}"
  cp "$1" "$3.new"
  chmod "$2" "$3.new"
  mv "$3.new" "$3"
}

# A download that stops in the middle runs nothing, since this is called at the end.
main() {
  version=${1:-}
  prefix=${2:-$HOME/.local}
  target=$(target)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  if [ -z "$version" ]; then
    fetch "$releases/latest/download/VERSION" "$work/VERSION"
    version=$(cat "$work/VERSION")
  fi
  version=${version#v}
  name=score-rs-$version-$target
  fetch "$releases/download/v$version/$name.tar.gz" "$work/$name.tar.gz"
  fetch "$releases/download/v$version/SHA256SUMS" "$work/SHA256SUMS"
  expected=$(sed -n "s/^\([0-9a-f]*\)  $name.tar.gz\$/\1/p" "$work/SHA256SUMS")
  [ -n "$expected" ] || die "SHA256SUMS does not list $name.tar.gz"
  if command -v sha256sum >/dev/null; then sum=$(sha256sum "$work/$name.tar.gz"); else sum=$(shasum -a 256 "$work/$name.tar.gz"); fi
  [ "${sum%% *}" = "$expected" ] || die "the checksum of $name.tar.gz differs from that in SHA256SUMS"

  tar -xzf "$work/$name.tar.gz" -C "$work"
  share=$prefix/share
  for page in "$work/$name"/man/*; do put "$page" 644 "$share/man/man1/${page##*/}"; done
  put "$work/$name/completions/score-rs.bash" 644 "$share/bash-completion/completions/score-rs"
  put "$work/$name/completions/score-rs.zsh" 644 "$share/zsh/site-functions/_score-rs"
  put "$work/$name/completions/score-rs.fish" 644 "$share/fish/vendor_completions.d/score-rs.fish"
  put "$work/$name/score-rs" 755 "$prefix/bin/score-rs"
  echo "installed score-rs $version in $prefix/bin"
  case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) echo "add $prefix/bin to PATH to run it" ;;
  esac
}

main "$@"
