#!/bin/bash
# Runs checks on another machine than this one: a new Debian in a directory, with a clone of the current commit.
#
#   .ci/validate-chroot.sh clean-machine [COMMAND..]   Debian 12 with nothing but git, a C compiler and the Rust of this machine;
#                                                      COMMAND is `bash .ci/run` unless given
#   .ci/validate-chroot.sh newer-rust [COMMAND..]      Debian unstable with its own Rust, which is newer than rust-toolchain.toml;
#                                                      COMMAND is `cargo test` unless given
#
# Needs root on Debian.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
kind=${1:-clean-machine}
[ $# -eq 0 ] || shift
is_debian && is_root || {
  skip "$kind" "it needs root on Debian"
  exit 0
}
packages=git,gcc,libc6-dev,ca-certificates
case $kind in
  clean-machine)
    suite=bookworm
    [ $# -gt 0 ] || set -- bash .ci/run
    ;;
  newer-rust)
    suite=sid packages+=,cargo,rustc,python3
    [ $# -gt 0 ] || set -- cargo test --workspace --locked
    ;;
  *) die "there is no machine $kind" ;;
esac
command -v debootstrap >/dev/null || apt_install debootstrap

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
machine=$work/machine
archive=$(debian_archive)
debootstrap --variant=minbase --include=$packages "$suite" "$machine" "$archive" >"$work/log" || {
  tail "$work/log" >&2
  exit 1
}
# The network is that of this machine, with its names, certificates and settings of apt.
apt-config dump | grep -E '^Acquire::(Check-Valid-Until|https?::)' >"$machine/etc/apt/apt.conf.d/90machine" || true
cp -L /etc/resolv.conf /etc/hosts "$machine/etc/"
cp -L /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/"
mkdir -p "$machine/work/shared"
git clone --quiet "$root" "$machine/work/score-rs"

# A clean environment, except for proxies and the certificates of the clients.
environment=(HOME=/root LANG=C.UTF-8 CI="${CI:-}" SCORE_RS_MAY_SKIP="${SCORE_RS_MAY_SKIP:-}" RUSTUP_AUTO_INSTALL=0)
while read -r variable; do
  environment+=("$variable=${!variable}")
done < <(compgen -e | grep -iE '_proxy$|_CERT|CA_BUNDLE|CAINFO|CA_CERTS')
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mounts=("${CARGO_HOME:-$HOME/.cargo}/registry" root/.cargo/registry)
[ ! -d "$root/../shared" ] || mounts+=("$(realpath "$root/../shared")" work/shared)
if [ "$kind" = clean-machine ]; then
  # Rust is there, without the programs that were installed with cargo.
  mkdir -p "$machine/root/.cargo/bin"
  cp -a "${CARGO_HOME:-$HOME/.cargo}"/bin/{cargo,cargo-clippy,cargo-fmt,clippy-driver,rustc,rustdoc,rustfmt,rustup} "$machine/root/.cargo/bin/"
  mounts+=("${RUSTUP_HOME:-$HOME/.rustup}" root/.rustup)
  path=/root/.cargo/bin:$path
fi
for ((index = 1; index < ${#mounts[@]}; index += 2)); do mkdir -p "$machine/${mounts[index]}"; done

# A root of its own in mount and process namespaces, so that containers can be started in it, and nothing is left of it afterwards.
unshare --mount --propagation private --pid --fork --kill-child bash -euc '
  machine=$1 count=$2
  shift 2
  mount --bind "$machine" "$machine"
  while [ "$count" -gt 0 ]; do
    mount --bind "$1" "$machine/$2"
    # Only the crates that cargo downloads are written.
    [ "$2" = root/.cargo/registry ] || mount -o remount,bind,ro "$machine/$2"
    shift 2
    count=$((count - 2))
  done
  mount --rbind /dev "$machine/dev"
  mount --rbind /sys "$machine/sys"
  mount -t proc proc "$machine/proc"
  mount -t tmpfs tmpfs "$machine/run"
  mkdir "$machine/run/lock" "$machine/host"
  cd "$machine"
  pivot_root . host
  umount --lazy /host
  cd /work/score-rs
  exec "$@"
' - "$machine" "${#mounts[@]}" "${mounts[@]}" env -i "${environment[@]}" PATH="$path" "$@"
echo "$kind: passed"
