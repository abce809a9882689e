#!/bin/bash
# Builds the musl binary of the current commit as /work/out/first, and once more in another directory as /work/out/second.
# `.ci/validate-chroot.sh musl` runs it in Debian unstable: its Rust has no standard library for musl, but the source of it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
target=x86_64-unknown-linux-musl
SCORE_RS_COMMIT=$(git rev-parse --short=10 HEAD)
# The C code of the allocator has the time of its build in it.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH SCORE_RS_COMMIT RUSTC_BOOTSTRAP=1 CC_x86_64_unknown_linux_musl=musl-gcc CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=musl-gcc
# The standard library asks for libunwind. gcc's library has the same functions, but is built for glibc: what it asks glibc finds
# nothing here, which only shortens backtraces.
mkdir -p /work/lib
echo 'int _dl_find_object(void *address, void *result) { return -1; }' | musl-gcc -x c -c -o /work/lib/find.o -
echo 'INPUT(/work/lib/find.o -lgcc_eh -lgcc)' >/work/lib/libunwind.a

# build DIRECTORY NAME
build() {
  cd "$1"
  RUSTFLAGS="-C link-self-contained=no -L native=/work/lib --remap-path-prefix=$HOME/.cargo=/cargo --remap-path-prefix=$1=/score-rs" \
    cargo build --release --locked -Zbuild-std=std,panic_abort --target $target
  cp "target/$target/release/score-rs" "/work/out/$2"
}

git clone --quiet "$root" /work/other/score-rs
build "$root" first
build /work/other/score-rs second
