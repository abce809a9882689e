#!/bin/bash
# Runs score-rs where writing fails: a full disk, a read-only file system, another user, a file that cannot be replaced. Each run
# must end with a message and exit code 3, and leave every file as it was. Then the power is lost while it writes: each file must be
# the old or the new one, and with a journal the next run must complete the change.
#
#   .ci/validate-disk.sh [BINARY]     BINARY is target/release/score-rs unless given; POWER_LOSSES is 12 unless set
#
# Needs root, to mount file systems.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
binary=$(score_rs_binary "$@")
losses=${POWER_LOSSES:-12}
top=$(mktemp -d)
mounted=()
clean_up() {
  for path in "${mounted[@]}"; do umount "$path" || umount -l "$path"; done
  rm -rf "$top"
}
trap clean_up EXIT
disk=$top/disk
mkdir "$disk"
if ! is_root || ! mount -t tmpfs -o size=256k none "$disk" 2>/dev/null; then
  skip disk "only root can mount file systems, and not everywhere"
  exit 0
fi
mounted=("$disk")
# Another user must be able to run the binary.
chmod 755 "$top"
cp "$binary" "$top/score-rs"
binary=$top/score-rs
# In a CI job, a missing seed is an error of its own.
unset SCORE_RS_SEED CI
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
  # With this change nearly every file gets another content.
  sed -e 's/shop:1/shop:2/; s/OPTIONS/OTHERS/; s/^resources:/&\n  cache: {type: redis}/' ../new.yaml >score.yaml
}

checksums() { find . -path ./fill -prune -o \( -type f -o -type l \) -print0 | sort -z | xargs -0 sha256sum; }

# expect_error TEXT COMMAND..: the command ends with exit code 3 and a message with this text, and changes no file.
expect_error() {
  local text=$1 code=0 before messages
  shift
  before=$(checksums)
  messages=$("$@" 2>&1 >/dev/null) || code=$?
  [ "$code" = 3 ] || fail "exit code $code, not 3: $*: $messages"
  case $messages in *"os error"*) fail "an error number of the system is shown: $*: $messages" ;; esac
  case $messages in *"$text"*) ;; *) fail "'$text' is not in the messages: $*: $messages" ;; esac
  [ "$before" = "$(checksums)" ] || fail "files have changed: $*"
}

# expect_errors TEXT PREFIX..: every command that writes ends so.
expect_errors() {
  local text=$1
  shift
  expect_error "$text" "$@" "$binary" generate --env local
  expect_error "$text" "$@" "$binary" generate --env cluster
  expect_error "$text" "$@" "$binary" generate --all-environments
  expect_error "$text" "$@" "$binary" generate --env local -o other/place.yaml
  expect_error "$text" "$@" "$binary" resources get-outputs --env local 'redis.default#shop.cache'
  expect_error "$text" "$@" "$binary" init --environments
}

echo "a full disk"
(
  project "$disk/full"
  dd if=/dev/zero of="$disk/fill" bs=1k 2>/dev/null || true
  expect_errors "no space is left" env
  # Space for some of the files, and not for all.
  for kilobytes in 4 12 20 28 36; do
    dd if=/dev/zero of="$disk/fill" bs=1k 2>/dev/null || true
    truncate -s "-${kilobytes}k" "$disk/fill"
    expect_error "no space is left" "$binary" generate --all-environments
  done
  rm "$disk/fill"
  "$binary" generate -q --all-environments 2>/dev/null || fail "generate with free space again"
  "$binary" generate -q --all-environments --check >/dev/null || fail "not up to date with free space again"
  exit $failed
) || failed=1
rm -rf "${disk:?}"/*

echo "a file system that is read-only"
(
  project "$disk/read-only"
  mount -o remount,ro "$disk"
  expect_errors "the file system is read-only" env
  "$binary" generate --env cluster -o - --stateless >/dev/null 2>&1 || fail "standard output needs no disk"
  "$binary" validate --env local >/dev/null 2>&1 || fail "validate needs no disk"
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
  expect_errors "permission denied" $nobody
  # An output elsewhere writes nothing here.
  mkdir -m 777 "$top/writable"
  $nobody "$binary" generate -q --env cluster --stateless -o "$top/writable/" || fail "several files to elsewhere"
  chmod 600 .score-rs/seed
  # shellcheck disable=SC2086
  expect_error "cannot read \`.score-rs/seed\`: permission denied" $nobody "$binary" generate -o -
  chmod 600 .score-rs/*/state.yaml
  # shellcheck disable=SC2086
  expect_error "state.yaml\`: permission denied" $nobody "$binary" generate --env local -o -
  exit $failed
) || failed=1
rm -rf "${disk:?}"/*

echo "a file that cannot be replaced, after others were replaced"
(
  project "$disk/mounted"
  last=cluster/deployment-shop.yaml
  mount --bind "$last" "$last"
  # The states and the Compose file are replaced before it, and restored.
  expect_error "nothing was written" "$binary" generate --all-environments
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
  [ -L linked.yaml ] && [ -f "$disk/linked.yaml" ] || fail "the link was replaced"
  exit $failed
) || failed=1

echo "a loss of power"
# ext4 can be told to drop what is not on its disk yet, which is what a loss of power does. The moments are spread over the whole
# run, over the time in which new files are written, and over that in which they replace the old ones. Prints whether the run had
# succeeded by then.
cat >"$top/lose-power.py" <<'END'
import fcntl, glob, os, struct, subprocess, sys, time

SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2  # EXT4_IOC_SHUTDOWN
disk, round, binary = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def new_files():
    return any(
        glob.glob(pattern, recursive=True, include_hidden=True)
        for pattern in (".score-rs/**/.score-rs.*.tmp", ".score-rs.*.tmp", "cluster/.score-rs.*.tmp")
    )


directory = os.open(disk, os.O_RDONLY)
run = subprocess.Popen([binary, "generate", "-q", "--all-environments"], stderr=subprocess.DEVNULL)
started, delay = [
    (lambda: True, round * 7 % 40 / 1e3),
    (new_files, round * 13 % 30 / 1e4),
    (lambda: os.path.exists(".score-rs/journal"), round * 11 % 20 / 1e4),
][round % 3]
while run.poll() is None and not started():
    pass
until = time.monotonic() + delay
while time.monotonic() < until:
    pass
code = run.poll()
fcntl.ioctl(directory, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
run.kill()
run.wait()
print("succeeded" if code == 0 else "-")
END
# Mounted files are generated by each run, and may be lost with the power.
durable() { find . -type f ! -name journal ! -path '*/mounts/*' ! -name '.score-rs.*.tmp' -print0 | sort -z | xargs -0 sha256sum; }
(
  image=$top/image lost=$top/lost with_journal=0 complete=0
  truncate -s 32M "$image"
  if ! { command -v python3 && mkfs.ext4 -q "$image" && mkdir "$lost" && mount -o loop "$image" "$lost"; } >/dev/null 2>&1; then
    skip power-loss "it needs Python, mkfs.ext4 and a loop device"
    exit $failed
  fi
  busy=
  trap 'kill $busy 2>/dev/null || true; wait; cd /; umount "$lost"' EXIT
  project "$lost/project"
  old=$(durable)
  cp -a . "$top/before"
  "$binary" generate -q --all-environments
  new=$(durable)
  for round in $(seq "$losses"); do
    cd "$top"
    rm -rf "$lost/project"
    cp -a "$top/before" "$lost/project"
    sync -f "$lost"
    # Another process makes the file system commit all the time, so that any two steps may be in different commits.
    (while dd if=/dev/zero of="$lost/busy" bs=1 count=1 conv=fsync 2>/dev/null; do :; done) &
    busy=$!
    cd "$lost/project"
    outcome=$(python3 "$top/lose-power.py" "$lost" "$round" "$binary")
    wait "$busy" || true
    cd "$top"
    umount "$lost" && mount -o loop "$image" "$lost"
    cd "$lost/project"
    found=$(durable)
    while read -r line; do
      case $'\n'$old$'\n'$new$'\n' in *$'\n'"$line"$'\n'*) ;; *) fail "$round: neither old nor new: $line" ;; esac
    done <<<"$found"
    if [ -e .score-rs/journal ]; then
      with_journal=$((with_journal + 1))
      "$binary" generate -q --all-environments --check >/dev/null 2>&1 || true
      [ "$new" = "$(durable)" ] || fail "$round: the next run does not complete the journal"
    elif [ "$found" = "$new" ]; then
      complete=$((complete + 1))
    elif [ "$found" != "$old" ]; then
      fail "$round: old and new files, and no journal"
    fi
    [ "$outcome" != succeeded ] || [ "$found" = "$new" ] || fail "$round: a run had succeeded, and its files are lost"
    "$binary" generate -q --all-environments >/dev/null 2>&1 || fail "$round: the next run"
    [ "$new" = "$(durable)" ] || fail "$round: the next run writes other files"
  done
  echo "  power was lost $losses times: $with_journal with a journal, $complete with all files replaced"
  exit $failed
) || failed=1

[ "$failed" = 0 ] && echo "disk: passed"
exit "$failed"
