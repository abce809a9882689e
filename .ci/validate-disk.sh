#!/bin/bash
# What a full disk, a read-only file system, another user and a mounted file make of `score-rs`: each run must end in words
# and exit code 3, and leave every file as it was. And what a loss of power makes of it: each file must be old or new, and the
# journal must lead to the end. Mounts need root; without them the script says so and does nothing.
#   .ci/judge-disk.sh [BINARY]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
binary=$(realpath "${1:-target/release/score-rs}")
top=$(mktemp -d)
mounted=()
clean() {
  for path in "${mounted[@]}"; do umount "$path" || umount -l "$path"; done
  rm -rf "$top"
}
trap clean EXIT
disk=$top/disk
mkdir "$disk"
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=256k none "$disk" 2>/dev/null; then
  echo "skipped: no file system can be mounted here"
  exit 0
fi
mounted=("$disk")
# Another user must be able to run it.
chmod 755 "$top"
cp "$binary" "$top/score-rs"
binary=$top/score-rs
unset SCORE_RS_SEED
failed=0

fail() { echo "FAILED: $*"; failed=1; }

project() {
  mkdir -p "$1/environments/local" "$1/environments/cluster"
  cd "$1"
  printf 'target: compose\noutput: local.yaml\n' >environments/local/environment.yaml
  printf 'target: kubernetes\noutput: cluster/\n' >environments/cluster/environment.yaml
  cat >score.yaml <<'END'
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {PASSWORD: '${resources.db.password}'}
    files: {/etc/shop: {content: OPTIONS}}
resources:
  db: {type: postgres}
END
  cp score.yaml ../new.yaml
  "$binary" generate -q --all-environments 2>/dev/null
  # Nearly every file has something to say that it did not say before.
  sed -e 's/shop:1/shop:2/; s/OPTIONS/OTHERS/; s/^resources:/&\n  cache: {type: redis}/' ../new.yaml >score.yaml
}

sums() { find . -path ./fill -prune -o \( -type f -o -type l \) -print0 | sort -z | xargs -0 sha256sum; }

# refused WORDS COMMAND..: the command ends with exit code 3 and these words.
refused() {
  local words=$1 code=0 before said
  shift
  before=$(sums)
  said=$("$@" 2>&1 >/dev/null) || code=$?
  [ "$code" = 3 ] || fail "exit code $code, not 3: $*: $said"
  case $said in *"os error"*) fail "a number of the system: $*: $said" ;; esac
  case $said in *"$words"*) ;; *) fail "no word of '$words': $*: $said" ;; esac
  [ "$before" = "$(sums)" ] || fail "files are not as they were: $*"
}

# every WORDS PREFIX..: every command that writes is refused.
every() {
  local words=$1
  shift
  refused "$words" "$@" "$binary" generate --env local
  refused "$words" "$@" "$binary" generate --env cluster
  refused "$words" "$@" "$binary" generate --all-environments
  refused "$words" "$@" "$binary" generate --env local -o other/place.yaml
  refused "$words" "$@" "$binary" resources get-outputs --env local 'redis.default#shop.cache'
  refused "$words" "$@" "$binary" init --environments
}

echo "a full disk"
(
  project "$disk/full"
  dd if=/dev/zero of="$disk/fill" bs=1k 2>/dev/null || true
  every "no space is left" env
  # Room for some of the files, and not for all.
  for kilobytes in 4 12 20 28 36; do
    dd if=/dev/zero of="$disk/fill" bs=1k 2>/dev/null || true
    truncate -s "-${kilobytes}k" "$disk/fill"
    refused "no space is left" "$binary" generate --all-environments
  done
  rm "$disk/fill"
  "$binary" generate -q --all-environments 2>/dev/null || fail "with room again"
  "$binary" generate -q --all-environments --check >/dev/null || fail "not up to date with room again"
  exit $failed
) || failed=1
rm -rf "${disk:?}"/*

echo "a file system that is read-only"
(
  project "$disk/read-only"
  mount -o remount,ro "$disk"
  every "the file system is read-only" env
  "$binary" generate --env cluster -o - --stateless >/dev/null 2>&1 || fail "standard output needs no place"
  "$binary" validate --env local >/dev/null 2>&1 || fail "validate needs no place"
  mount -o remount,rw "$disk"
  exit $failed
) || failed=1
rm -rf "${disk:?}"/*

echo "another user"
(
  project "$disk/another"
  nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
  find "$disk" -type f -exec chmod a+r {} + -o -type d -exec chmod a+rx {} +
  # shellcheck disable=SC2086
  every "permission denied" $nobody
  # An output elsewhere needs nothing here.
  mkdir -m 777 "$top/theirs"
  $nobody "$binary" generate -q --env cluster --stateless -o "$top/theirs/" || fail "several files to elsewhere"
  chmod 600 .score-rs/seed
  # shellcheck disable=SC2086
  refused "cannot read \`.score-rs/seed\`: permission denied" $nobody "$binary" generate -o -
  chmod 600 .score-rs/*/state.yaml
  # shellcheck disable=SC2086
  refused "state.yaml\`: permission denied" $nobody "$binary" generate --env local -o -
  exit $failed
) || failed=1
rm -rf "${disk:?}"/*

echo "a file that cannot be replaced, after others were"
(
  project "$disk/mounted"
  last=cluster/deployment-shop.yaml
  mount --bind "$last" "$last"
  # The states and the Compose file have taken their places by then, and are taken back.
  refused "nothing was written" "$binary" generate --all-environments
  umount "$last"
  exit $failed
) || failed=1
rm -rf "${disk:?}"/*

echo "an output on another file system"
(
  project "$top/elsewhere"
  "$binary" generate -q --env local -o "$disk/out.yaml" 2>/dev/null || fail "an output elsewhere"
  ln -s "$disk/linked.yaml" linked.yaml
  "$binary" generate -q --env local -o linked.yaml 2>/dev/null || fail "a link to elsewhere"
  [ -L linked.yaml ] && [ -f "$disk/linked.yaml" ] || fail "the link is none any more"
  exit $failed
) || failed=1

echo "a loss of power"
# ext4 can be told to forget what is not on its disk yet, which is what a loss of power does to it. The moments are spread
# over the whole run, over the time in which new files are made, and over that in which they take their places. Tells
# whether the run had ended well by then.
cat >"$top/lose-power.py" <<'END'
import fcntl, glob, os, struct, subprocess, sys, time
disk, round, binary = sys.argv[1], int(sys.argv[2]), sys.argv[3]
directory = os.open(disk, os.O_RDONLY)
run = subprocess.Popen([binary, "generate", "-q", "--all-environments"], stderr=subprocess.DEVNULL)
begun = [None, lambda: glob.glob(".score-rs/**/.score-rs.*.tmp", recursive=True, include_hidden=True) or glob.glob(".score-rs.*.tmp") or
         glob.glob("cluster/.score-rs.*.tmp"), lambda: os.path.exists(".score-rs/journal")][round % 3]
while begun and run.poll() is None and not begun():
    pass
until = time.monotonic() + [round * 7 % 40 / 1e3, round * 13 % 30 / 1e4, round * 11 % 20 / 1e4][round % 3]
while time.monotonic() < until:
    pass
ended = run.poll()
fcntl.ioctl(directory, 0x8004587D, struct.pack("I", 2))
run.kill()
run.wait()
print("ended" if ended == 0 else "-")
END
# What mounts need is made anew by each run, and may be lost with the power.
kept() { find . -type f ! -name journal ! -path '*/mounts/*' ! -name '.score-rs.*.tmp' -print0 | sort -z | xargs -0 sha256sum; }
(
  image=$top/image lost=$top/lost with=0 after=0
  truncate -s 32M "$image"
  if ! { command -v python3 && mkfs.ext4 -q "$image" && mkdir "$lost" && mount -o loop "$image" "$lost"; } >/dev/null 2>&1; then
    echo "  skipped: no ext4 can be made here"
    exit 0
  fi
  busy=
  trap 'kill $busy 2>/dev/null || true; wait; cd /; umount "$lost"' EXIT
  project "$lost/project"
  old=$(kept)
  cp -a . "$top/before"
  "$binary" generate -q --all-environments
  new=$(kept)
  for round in $(seq "${POWER_LOSSES:-30}"); do
    cd "$top"
    rm -rf "$lost/project"
    cp -a "$top/before" "$lost/project"
    sync -f "$lost"
    # Somebody else has the file system commit all the time, so that no two steps need to be in one commit.
    (while dd if=/dev/zero of="$lost/busy" bs=1 count=1 conv=fsync 2>/dev/null; do :; done) &
    busy=$!
    cd "$lost/project"
    ended=$(python3 "$top/lose-power.py" "$lost" "$round" "$binary")
    wait "$busy" || true
    cd "$top"
    umount "$lost" && mount -o loop "$image" "$lost"
    cd "$lost/project"
    found=$(kept)
    while read -r line; do
      case $'\n'$old$'\n'$new$'\n' in *$'\n'"$line"$'\n'*) ;; *) fail "$round: neither old nor new: $line" ;; esac
    done <<<"$found"
    if [ -e .score-rs/journal ]; then
      with=$((with + 1))
      "$binary" generate -q --all-environments --check >/dev/null 2>&1 || true
      [ "$new" = "$(kept)" ] || fail "$round: the journal does not lead to the end"
    elif [ "$found" = "$new" ]; then
      after=$((after + 1))
    elif [ "$found" != "$old" ]; then
      fail "$round: a mix, and no journal"
    fi
    [ "$ended" != ended ] || [ "$found" = "$new" ] || fail "$round: a run had ended well, and is lost"
    "$binary" generate -q --all-environments >/dev/null 2>&1 || fail "$round: the next run"
    [ "$new" = "$(kept)" ] || fail "$round: the next run gives something else"
  done
  echo "  power was lost ${POWER_LOSSES:-30} times: $with with a journal, $after when all was in its place"
  exit $failed
) || failed=1

[ "$failed" = 0 ] && echo "all as it should be"
exit "$failed"
