#!/bin/bash
# Builds what a release has for one target: the archive with the binary, man pages and completions, and the wheel with the same.
# For a target with musl also the directory of the container image. Equal input gives an archive of equal bytes.
#
#   .ci/release.sh TARGET     such as x86_64-unknown-linux-musl; programs for it must run here
#
# The result is in ${SCORE_RS_DIST:-target/dist}.
# A target with glibc is linked against glibc 2.17 by zig. SCORE_RS_BINARY names a binary that is built already; then there is
# no wheel. Needs maturin and ziglang of .ci/requirements.txt.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
target=${1:?name a target}
version=$(cargo_version)
dist=${SCORE_RS_DIST:-$root/target/dist}
data=$root/integrations/wheel/data/share
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
SCORE_RS_COMMIT=$(git rev-parse --short=10 HEAD)
# Paths of this machine are no part of the binary.
RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$root=/score-rs"
export SOURCE_DATE_EPOCH SCORE_RS_COMMIT RUSTFLAGS

# wheel DIRECTORY: builds the binary and the wheel. The second time only files are added.
wheel() {
  case $target in
    *-linux-gnu) maturin build --release --locked --target "$target" --zig --compatibility manylinux2014 --out "$1" ;;
    *) maturin build --release --locked --target "$target" --out "$1" ;;
  esac
}

binary=${SCORE_RS_BINARY:-${CARGO_TARGET_DIR:-$root/target}/$target/release/score-rs}
[ -n "${SCORE_RS_BINARY:-}" ] || wheel "$stage/first"

name=score-rs-$version-$target
mkdir -p "$dist" "$stage/$name/completions"
install -m 755 "$binary" "$stage/$name/score-rs"
install -m 644 README.md CHANGELOG.md LICENSE "$stage/$name/"
"$binary" man "$stage/$name/man"
for shell in bash elvish fish powershell zsh; do "$binary" completions "$shell" >"$stage/$name/completions/score-rs.$shell"; done
# Not tar, whose flags for equal bytes macOS does not have.
python3 - "$stage/$name" "$dist/$name.tar.gz" <<'PYTHON'
import gzip, os, sys, tarfile

directory, archive = sys.argv[1:]


def plain(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = int(os.environ["SOURCE_DATE_EPOCH"])
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


with open(archive, "wb") as out, gzip.GzipFile("", "wb", 9, out, 0) as packed:
    with tarfile.open(fileobj=packed, mode="w") as entries:
        entries.add(directory, os.path.basename(directory), filter=plain)
PYTHON

if [[ $target == *-linux-musl ]]; then
  mkdir -p "$dist/image"
  install -m 755 "$binary" "$dist/image/score-rs"
  install -m 644 integrations/container/Dockerfile /etc/ssl/certs/ca-certificates.crt "$dist/image/"
fi

if [ -z "${SCORE_RS_BINARY:-}" ]; then
  mkdir -p "$data"/{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
  cp "$stage/$name"/man/* "$data/man/man1/"
  cp "$stage/$name/completions/score-rs.bash" "$data/bash-completion/completions/score-rs"
  cp "$stage/$name/completions/score-rs.zsh" "$data/zsh/site-functions/_score-rs"
  cp "$stage/$name/completions/score-rs.fish" "$data/fish/vendor_completions.d/score-rs.fish"
  wheel "$dist"
fi
ls -l "$dist"
