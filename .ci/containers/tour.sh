# shellcheck shell=bash disable=SC2154
# What a new user runs, for .ci/validate-containers.sh, which sources this: the Score file of the tour in README.md, and the one that
# `score-rs init` writes. Both use the image traefik/whoami, which answers with the name of its host.

# The real image has one program and no shell. This one runs a script with BusyBox, which is not on its PATH.
make_whoami() {
  local name=$1 whoami=$work/whoami
  mkdir -p "$whoami"/{lib,tmp,www/health}
  cp "$work/busybox-static" "$whoami/lib/busybox"
  cat >"$whoami/whoami" <<'SCRIPT'
/lib/busybox echo "Hostname: $(/lib/busybox hostname)" >/www/index.html
exec /lib/busybox httpd -f -p "${WHOAMI_PORT_NUMBER:-80}" -h /www
SCRIPT
  echo fine >"$whoami/www/health/index.html"
  tar -C "$whoami" -c . |
    podman import --quiet --change 'ENTRYPOINT ["/lib/busybox", "sh", "/whoami"]' - "$name" >"$work/log"
  rm -rf "$whoami"
}

page_has() { page "$1" "$2" | grep -q "$3"; }

# check_first_run NAME: compiles and starts what lies in $work/NAME, with no flags.
check_first_run() {
  cd "$work/$1" || exit
  local image host
  image=$(sed -n 's/^ *image: *//p' score.yaml)
  check "$1: the image is traefik/whoami" grep -qE '^docker\.io/traefik/whoami:v[0-9.]+$' <<<"$image"
  make_whoami "$image"
  check "$1: generate" "$binary" generate
  keep_name_server "score-rs-$1"
  check "$1: all services start" up "score-rs-$1"
  host=$(routed_host)
  check "$1: the URL of the route answers" within 60 page_has "$host" / '^Hostname: '
  down "score-rs-$1"
}

check_tour() {
  mkdir "$work/tour" "$work/init"
  # The first YAML block of the tour is the Score file.
  awk '/^```yaml$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$root/README.md" >"$work/tour/score.yaml"
  check_first_run tour
  check 'init: init' "$binary" -C "$work/init" init
  check_first_run init
}
