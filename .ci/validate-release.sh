#!/bin/bash
# Builds what a release has, as far as Debian 12 on x86-64 can, and uses it as people do.
#
#   .ci/validate-release.sh            the release for glibc: the wheel in a new virtual environment, the installer, the man pages
#   .ci/validate-release.sh static     the release for musl: the binary in an empty root and as a container image; needs root on
#                                      Debian
#   .ci/validate-release.sh reproducible   the same release, built again in another directory with equal bytes
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -x "$validators/venv/bin/maturin" ] || die "there is no maturin: run .ci/install-validators.sh"
PATH=$validators/venv/bin:$PATH
kind=${1:-wheel}
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
version=$(cargo_version)
commit=$(git rev-parse --short=10 HEAD)
mkdir "$work/shop"
printf 'apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  main:\n    image: nginx:1\n' >"$work/shop/score.yaml"

# expect_version COMMAND..: it is this version, from this commit.
expect_version() { [ "$("$@" --version)" = "score-rs $version ($commit)" ] || die "another version: $("$@" --version)"; }
# expect_compiled COMMAND..: it compiles the workload in the shop.
expect_compiled() {
  rm -f "$work/shop/compose.yaml"
  "$@" generate
  grep --quiet 'image: nginx:1' "$work/shop/compose.yaml" || die "$1 has not compiled the workload"
}
# expect_files PREFIX: the man pages and completions are there.
expect_files() {
  for file in man/man1/score-rs-generate.1 bash-completion/completions/score-rs zsh/site-functions/_score-rs \
    fish/vendor_completions.d/score-rs.fish; do
    [ -s "$1/share/$file" ] || die "there is no $1/share/$file"
  done
}

# The installer takes the archive for musl from a directory in place of the host of releases.
check_installer() {
  local files=$work/releases/download/v$version latest=$work/releases/latest/download
  mkdir -p "$files" "$latest"
  cp "$1/score-rs-$version-x86_64-unknown-linux-musl.tar.gz" "$files"
  (cd "$files" && sha256sum -- *.tar.gz >SHA256SUMS)
  echo "$version" >"$latest/VERSION"
  SCORE_RS_RELEASES=file://$work/releases sh integrations/install.sh '' "$work/prefix"
  (cd "$work/shop" && expect_version "$work/prefix/bin/score-rs" && expect_compiled "$work/prefix/bin/score-rs")
  expect_files "$work/prefix"
  sed -i 's/^./x/' "$files/SHA256SUMS"
  ! SCORE_RS_RELEASES=file://$work/releases sh integrations/install.sh "v$version" "$work/other" 2>"$work/error" ||
    die "the installer accepts another checksum"
  [ ! -e "$work/other" ] || die "the installer has written after another checksum"
}

check_man_pages() {
  command -v groff >/dev/null || {
    if is_debian && is_root; then apt_install groff-base; else
      skip man-pages "there is no groff"
      return 0
    fi
  }
  for page in "$1"/*.1; do
    groff -man -Tutf8 -wall -z "$page" 2>>"$work/warnings"
  done
  [ ! -s "$work/warnings" ] || die "groff warns: $(cat "$work/warnings")"
}

check_wheel() {
  local target=x86_64-unknown-linux-gnu newest
  SCORE_RS_DIST=$work/dist bash .ci/release.sh $target
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$work"/dist/score_rs_cli-"$version"-*manylinux2014*.whl
  (cd "$work/shop" && expect_version "$work/venv/bin/score-rs" && expect_compiled "$work/venv/bin/score-rs")
  expect_files "$work/venv"
  check_man_pages "$work/venv/share/man/man1"
  newest=$(grep --text --only-matching 'GLIBC_2\.[0-9]*' "$work/venv/bin/score-rs" | sort --version-sort --unique | tail -1)
  [ "$(printf '%s\n' "$newest" GLIBC_2.17 | sort --version-sort | tail -1)" = GLIBC_2.17 ] || die "it needs $newest"
  # The same binary in an archive for musl is enough for the installer.
  SCORE_RS_DIST=$work/musl SCORE_RS_BINARY=$work/venv/bin/score-rs bash .ci/release.sh x86_64-unknown-linux-musl >/dev/null
  check_installer "$work/musl"
  # For .ci/validate-hooks.sh.
  mkdir -p target/dist
  cp "$work"/dist/*.whl target/dist/
}

check_image() {
  command -v podman >/dev/null && command -v runc >/dev/null || apt_install podman runc
  local podman=(podman --root "$work/storage" --runroot "$work/run" --storage-driver vfs --runtime runc --cgroup-manager cgroupfs)
  printf '[containers]\ndefault_ulimits = []\n' >"$work/containers.conf"
  export CONTAINERS_CONF=$work/containers.conf
  "${podman[@]}" build --quiet --isolation chroot --tag score-rs-release "$1/image"
  chmod 777 "$work" "$work/shop"
  (cd "$work/shop" && expect_compiled "${podman[@]}" run --rm --network none --volume "$work/shop:/work" score-rs-release)
  [ "$(stat --format %u "$work/shop/compose.yaml")" = 65532 ] || die "the image does not run as the user 65532"
}

# build_static CHECKOUT OUT: everything of the release for musl.
build_static() { SCORE_RS_DIST=$2 bash "$1/.ci/release.sh" x86_64-unknown-linux-musl; }

check_static() {
  is_debian && is_root || {
    skip static "it needs root on Debian"
    return 0
  }
  # Without the standard library for musl nothing can be tried here; the release workflow has it.
  rustup target add x86_64-unknown-linux-musl || {
    CI='' skip static "rustup cannot add the target"
    return 0
  }
  command -v musl-gcc >/dev/null || apt_install musl-tools
  build_static "$root" "$work/dist"
  if [ "$kind" = reproducible ]; then
    git clone --quiet "$root" "$work/other"
    (unset CARGO_TARGET_DIR && build_static "$work/other" "$work/again")
    # Not the wheel, whose bytes differ.
    for file in "score-rs-$version-x86_64-unknown-linux-musl.tar.gz" image/score-rs; do
      cmp "$work/dist/$file" "$work/again/$file"
    done
    return 0
  fi
  check_installer "$work/dist"
  # An empty root: the binary needs no file of the system.
  cp "$work/dist/image/score-rs" "$work/shop/score-rs"
  (cd "$work/shop" && expect_version chroot . /score-rs && expect_compiled chroot . /score-rs && rm score-rs)
  check_image "$work/dist"
}

case $kind in
  wheel) check_wheel ;;
  static | reproducible) check_static ;;
  *) die "there is no release $kind" ;;
esac
echo "release, $kind: passed"
