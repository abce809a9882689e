#!/bin/bash
# Starts generated Compose files with Docker Compose, which drives Podman through its socket: workloads, databases and routes as real
# containers, and checks that they work.
#
#   .ci/validate-containers.sh [BINARY]     BINARY is target/release/score-rs unless given
#
# Needs root on Debian, and Debian's archive as apt is configured for it. No registry of images is asked: the images are built here
# from Debian packages and have the names that the output uses, with an entry point that treats variables and arguments as the
# official images do. What is slow to build is kept in ${SCORE_RS_VALIDATORS:-target/validators}. Everything else is removed at the
# end, containers and networks included, except packages and the firewall chains that netavark leaves.
#
# Prints a line for each check and at the end `N passed, N failed`. Exits 1 when any failed.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
binary=$(score_rs_binary "$@")
is_debian && is_root || {
  skip containers "they need root on Debian"
  exit 0
}
# Two runs at once would share ports and Podman's name server, so a second one waits for the first. The processes of Podman that stay
# behind do not inherit the lock.
[ -n "${SCORE_RS_CONTAINERS_LOCKED:-}" ] || SCORE_RS_CONTAINERS_LOCKED=yes \
  exec flock --close /run/lock/score-rs-validate-containers bash "$root/.ci/validate-containers.sh" "$binary"

work=$(mktemp -d)
passed=0
failed=0
background=()
# compose PROJECT ARGUMENT..
compose() { timeout 240 "$validators/bin/docker-compose" --progress quiet --project-name "$1" -f compose.yaml "${@:2}"; }
# up PROJECT: starts all services; down PROJECT: removes them and their volumes.
up() { compose "$1" up --detach; }
down() { compose "$1" down --volumes --timeout 1 >"$work/log" 2>&1 || true; }

clean_up() {
  cd /
  kill "${background[@]}" || true
  podman rm --all --force --time 0 >"$work/log" 2>&1 || true
  podman volume rm --all --force >"$work/log" 2>&1 || true
  podman network prune --force >"$work/log" 2>&1 || true
  # The storage is this script's own, and its mounts would keep the directory busy.
  umount "$work"/storage/overlay 2>"$work/log" || true
  rm -rf "$work"
}

# check NAME COMMAND..: runs the command and counts; the output of one that failed is shown.
check() {
  local name=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    tail -n 10 "$work/output" | sed 's/^/          /'
  fi
}
fails() { ! "$@"; }
# within SECONDS COMMAND..: tries until the command succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 1
  done
}

# settle_names SERVICE NAME: waits until a container of that service resolves the name. On a busy machine Podman's name server has
# sometimes ended when the last container starts, which is no fault of the file; reloading starts it again.
settle_names() {
  for _ in 1 2 3; do
    within 10 run_in "$1" "getent hosts $2" && return
    podman network reload --all
  done
  return 1
}

# keep_name_server PROJECT: Podman 4's name server ends with the last container of a network. That may be an init container that ends
# while the next one starts and takes the server for running. A container that is there from the start keeps it alive.
keep_name_server() {
  podman network create --label com.docker.compose.network=default --label "com.docker.compose.project=$1" "$1_default" >"$work/log"
  podman run --detach --network "$1_default" --name "$1-anchor" localhost/score-rs-run/client:1 >"$work/log" 2>&1
}

install_tools() {
  local packages=() tool
  for tool in podman runc iptables debootstrap curl; do command -v "$tool" >/dev/null || packages+=("$tool"); done
  [ -x /usr/lib/podman/netavark ] || packages+=(netavark)
  [ -x /usr/lib/podman/aardvark-dns ] || packages+=(aardvark-dns)
  [ ${#packages[@]} -eq 0 ] || apt_install "${packages[@]}"
  [ -x "$validators/bin/docker-compose" ] || die "there is no docker-compose: run .ci/install-validators.sh"
}

# Settings of this run only: no systemd, no limits that a container may not raise, storage and networks of its own.
configure_podman() {
  local driver=overlay
  [ "$(stat --file-system --format %T "$work")" != overlayfs ] || driver=vfs
  cat >"$work/containers.conf" <<CONF
[containers]
default_ulimits = []
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "$work/networks"
CONF
  cat >"$work/storage.conf" <<CONF
[storage]
driver = "$driver"
graphroot = "$work/storage"
runroot = "$work/run"
CONF
  export CONTAINERS_CONF=$work/containers.conf CONTAINERS_STORAGE_CONF=$work/storage.conf TMPDIR=$work
}

# Podman has health checks run by systemd, which is not there.
check_health_always() {
  local id
  while sleep 1; do
    for id in $(podman ps --quiet); do podman healthcheck run "$id" >/dev/null 2>&1 || true; done
  done
}

start_podman() {
  export DOCKER_HOST=unix://$work/podman.sock
  podman system service --time 0 "$DOCKER_HOST" >"$work/service.log" 2>&1 &
  background+=($!)
  within 10 [ -S "$work/podman.sock" ]
  check_health_always &
  background+=($!)
}

# A root file system with the servers and clients, as a tar file.
make_root() {
  local contents=redis-server,postgresql,mariadb-server,nginx-light,busybox-static
  # The list is part of the name, so that another list has another file.
  root_file=$validators/containers-root-$(printf %s "$contents" | sha256sum | cut -c 1-10).tar
  [ ! -f "$root_file" ] || return 0
  local archive
  archive=$(debian_archive)
  debootstrap --variant=minbase --include=$contents bookworm "$work/root" "$archive" >"$work/debootstrap.log" ||
    { tail "$work/debootstrap.log" >&2; exit 1; }
  rm -rf "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/* "$work"/root/usr/share/{doc,locale,man} "$work"/root/dev
  mkdir "$work/root/dev"
  # The package creates a database, which a new volume would start with.
  find "$work/root/var/lib/mysql" -mindepth 1 -delete
  # The official images are based on Alpine Linux, whose commands are those of BusyBox.
  ln -s busybox "$work/root/bin/wget"
  mkdir "$work/root/data"
  tar -C "$work/root" -cf "$work/root.tar" .
  mv "$work/root.tar" "$root_file"
  rm -rf "$work/root"
}

make_images() {
  podman import --quiet "$root_file" localhost/score-rs-run/root >"$work/log"
  mkdir "$work/context"
  install -m 755 /dev/stdin "$work/context/entrypoint.sh" <<'ENTRYPOINT'
#!/bin/bash
# Starts a server as the official image of that name does.
set -euo pipefail
case ${1:-} in
  redis-server)
    # The official image works in /data and gives it to its user before it gives up being root.
    cd /data
    chown redis: /data
    exec setpriv --reuid redis --regid redis --clear-groups "$@"
    ;;
  postgres)
    : "${POSTGRES_PASSWORD:?the official image refuses to start without a password}"
    user=${POSTGRES_USER:-postgres}
    database=${POSTGRES_DB:-$user}
    PGDATA=${PGDATA:-/var/lib/postgresql/data}
    export PGDATA PATH="$PATH:$(echo /usr/lib/postgresql/*/bin)"
    mkdir -p "$PGDATA" /var/run/postgresql
    chown postgres: "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    as() { setpriv --reuid postgres --regid postgres --clear-groups "$@"; }
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
      install -m 600 -o postgres <(printf '%s\n' "$POSTGRES_PASSWORD") /tmp/password
      as initdb --username "$user" --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256
      rm /tmp/password
      echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
      # As there, the database is created before the server listens on anything but its socket.
      as pg_ctl --wait --options "-c listen_addresses=''" start
      [ "$database" = postgres ] || as createdb --username "$user" --maintenance-db postgres "$database"
      as pg_ctl --wait --mode fast stop
    fi
    exec setpriv --reuid postgres --regid postgres --clear-groups "$@" -c listen_addresses='*'
    ;;
  mysqld)
    # MariaDB stands in for MySQL, which Debian does not have; the variables mean the same.
    : "${MYSQL_ROOT_PASSWORD:?the official image refuses to start without a password}"
    chown mysql: /var/lib/mysql
    install -d -o mysql /run/mysqld
    if [ ! -d /var/lib/mysql/mysql ]; then
      mariadb-install-db --user=mysql --auth-root-authentication-method=normal --skip-test-db >/dev/null
      # As there, the server is set up before it listens on anything but its socket.
      mariadbd --user=mysql --skip-networking &
      until mariadb-admin --silent ping; do sleep 0.2; done
      mariadb <<SQL
CREATE DATABASE \`${MYSQL_DATABASE}\`;
CREATE USER '${MYSQL_USER}'@'%' IDENTIFIED BY '${MYSQL_PASSWORD}';
GRANT ALL ON \`${MYSQL_DATABASE}\`.* TO '${MYSQL_USER}'@'%';
DELETE FROM mysql.global_priv WHERE User = '';
ALTER USER root@localhost IDENTIFIED BY '${MYSQL_ROOT_PASSWORD}';
FLUSH PRIVILEGES;
SQL
      mariadb-admin --password="$MYSQL_ROOT_PASSWORD" shutdown
      wait
    fi
    shift
    exec mariadbd --user=mysql --bind-address=0.0.0.0 --skip-name-resolve "$@"
    ;;
esac
exec "$@"
ENTRYPOINT
  image docker.io/library/redis:7.4-alpine localhost/score-rs-run/root 'COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh' \
    'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["redis-server"]' 'VOLUME /data'
  image docker.io/library/postgres:17.10-alpine localhost/score-rs-run/root 'COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh' \
    'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]' 'VOLUME /var/lib/postgresql/data'
  image docker.io/library/mysql:8.4 localhost/score-rs-run/root 'COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh' \
    'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["mysqld"]' 'VOLUME /var/lib/mysql'
  image docker.io/library/nginx:1.30-alpine localhost/score-rs-run/root 'CMD ["nginx", "-g", "daemon off;"]'
  image localhost/score-rs-run/client:1 localhost/score-rs-run/root 'CMD ["sleep", "infinity"]'
  # Busybox and nothing else: once with all its names, once as a web server that has no shell beside it.
  mkdir -p "$work/busybox/bin" "$work/httpd"
  tar -C "$work/busybox/bin" --strip-components=2 -xf "$root_file" ./bin/busybox 2>"$work/log" ||
    tar -C "$work/busybox/bin" --strip-components=3 -xf "$root_file" ./usr/bin/busybox
  cp "$work/busybox/bin/busybox" "$work/busybox-static"
  cp "$work/busybox-static" "$work/httpd/httpd"
  local name
  for name in $("$work/busybox/bin/busybox" --list); do
    [ "$name" = busybox ] || ln -s busybox "$work/busybox/bin/$name"
  done
  mkdir "$work"/{busybox,httpd}/tmp
  tar -C "$work/busybox" -c . | podman import --quiet --change 'CMD ["sh"]' - docker.io/library/busybox:1.37-musl >"$work/log"
  tar -C "$work/httpd" -c . | podman import --quiet --change 'ENTRYPOINT ["/httpd"]' - localhost/score-rs-run/httpd:1 >"$work/log"
  rm -rf "$work/busybox" "$work/httpd"
}

# image NAME BASE INSTRUCTION..
image() {
  local name=$1 base=$2
  shift 2
  { echo "FROM $base"; printf '%s\n' "$@"; } | podman build --quiet --tag "$name" --file - "$work/context" >"$work/log"
}

# The project: a workload that uses databases, one that is routed to, and one without a shell.
write_project() {
  mkdir "$work/project"
  cd "$work/project"
  cat >client.score.yaml <<'SCORE'
apiVersion: score.dev/v1b1
metadata:
  name: client
containers:
  main:
    image: localhost/score-rs-run/client:1
    variables:
      REDIS_HOST: ${resources.cache.host}
      REDIS_PORT: ${resources.cache.port}
      REDIS_USERNAME: ${resources.cache.username}
      REDIS_PASSWORD: ${resources.cache.password}
      REDIS_URL: ${resources.cache.url}
      DATABASE_URL: ${resources.database.url}
      PGHOST: ${resources.database.host}
      PGPORT: ${resources.database.port}
      PGDATABASE: ${resources.database.name}
      PGUSER: ${resources.database.username}
      PGPASSWORD: ${resources.database.password}
      SECOND_DATABASE_URL: ${resources.second-database.url}
      INSTANCE_URL: ${resources.server.url}
      MYSQL_URL: ${resources.orders.url}
      MYSQL_HOST: ${resources.orders.host}
      MYSQL_TCP_PORT: ${resources.orders.port}
      MYSQL_DATABASE: ${resources.orders.database}
      MYSQL_USER: ${resources.orders.username}
      MYSQL_PWD: ${resources.orders.password}
      SECOND_MYSQL_HOST: ${resources.stock.host}
      SECOND_MYSQL_DATABASE: ${resources.stock.name}
      SECOND_MYSQL_USER: ${resources.stock.username}
      SECOND_MYSQL_PWD: ${resources.stock.password}
      WEB_URL: ${resources.web.url}
      PLAIN: costs $$5 ${metadata.name}
    files:
      /etc/greeting:
        content: hello from ${metadata.name}, $$PATH stays
    volumes:
      /shared:
        source: ${resources.shared}
resources:
  cache:
    type: redis
  database:
    type: postgres
  second-database:
    type: postgres
  orders:
    type: mysql
  stock:
    type: mysql
  server:
    type: postgres-instance
  shared:
    type: volume
    id: shared
  web:
    type: endpoint
SCORE
  cat >web.score.yaml <<'SCORE'
apiVersion: score.dev/v1b1
metadata:
  name: web
containers:
  prepare:
    image: docker.io/library/busybox:1.37-musl
    command: [sh, -c]
    args: ["echo prepared >/shared/prepared"]
    volumes:
      /shared:
        source: ${resources.shared}
    before:
      main:
        ready: complete
  main:
    image: docker.io/library/busybox:1.37-musl
    command: [httpd, -f, -p, "8081", -h, /www]
    files:
      /www/index.html:
        content: the root page
      /www/api/items/index.html:
        content: the items page
      /www/apiary/index.html:
        content: the apiary page
    volumes:
      /www/shared:
        source: ${resources.shared}
        readOnly: true
    readinessProbe:
      httpGet:
        path: /
        port: 8081
service:
  ports:
    www:
      port: 80
      targetPort: 8081
resources:
  name:
    type: dns
  shared:
    type: volume
    id: shared
  all:
    type: route
    params:
      host: ${resources.name.host}
      path: /
      port: 80
  other-host:
    type: route
    params:
      host: other.example.com
      path: /api
      port: www
SCORE
  cat >tiny.score.yaml <<'SCORE'
apiVersion: score.dev/v1b1
metadata:
  name: tiny
containers:
  main:
    image: localhost/score-rs-run/httpd:1
    args: [-f, -p, "8082", -h, /www]
    files:
      /www/health:
        content: fine
    livenessProbe:
      httpGet:
        path: /health
        port: 8082
  # A probe of a missing page has to fail, or the one above shows nothing.
  sick:
    image: localhost/score-rs-run/httpd:1
    args: [-f, -p, "8083", -h, /www]
    livenessProbe:
      httpGet:
        path: /nothing-here
        port: 8083
service:
  ports:
    www:
      port: 8082
resources: {}
SCORE
  # An image that Compose builds, from a directory beside the Score file.
  cat >built.score.yaml <<'SCORE'
apiVersion: score.dev/v1b1
metadata:
  name: built
containers:
  main:
    image: .
service:
  ports:
    www:
      port: 80
      targetPort: 8084
SCORE
  mkdir built
  echo 'the built page' >built/index.html
  cat >built/Dockerfile <<'DOCKERFILE'
FROM docker.io/library/busybox:1.37-musl
COPY index.html /www/index.html
CMD ["httpd", "-f", "-p", "8084", "-h", "/www"]
DOCKERFILE
}

# container SERVICE: the container of a Compose service.
container() { podman ps --all --filter "label=com.docker.compose.service=$1" --format '{{.Names}}' | head -n 1; }
# run_in SERVICE SCRIPT: runs the script in the container of that service.
run_in() { podman exec "$(container "$1")" sh -c "$2"; }
no_anonymous_volume() { ! podman volume ls --quiet | grep -E '^[0-9a-f]{64}$'; }
healthy() { podman healthcheck run "$(container "$1")"; }
# service_like PREFIX: the service whose name starts so.
service_like() { grep -oE "^  $1-[a-z0-9-]+:" compose.yaml | tr -d ' :' | head -n 1; }
# routed_host: the first host name of the routes.
routed_host() { sed -n 's/^ *server_name \(.*localhost\);/\1/p' compose.yaml | head -n 1; }
page() { curl --silent --show-error --fail --max-time 5 --header "Host: $1" "http://127.0.0.1:8080$2"; }
page_is() { [ "$(page "$1" "$2")" = "$3" ]; }
# published PORT: the page at a published port of this machine.
published() { curl --silent --show-error --fail --max-time 5 "http://127.0.0.1:$1/index.html"; }
published_is() { [ "$(published "$1")" = "$2" ]; }
# answers PORT LINE PATTERN: the server at that port answers a line with the pattern.
answers() { timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "%s\r\n" "$2" >&3 && head -n 1 <&3 | grep -q "$3"' - "$@"; }
status_is() { [ "$(curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' --header "Host: $1" "http://127.0.0.1:8080$2")" = "$3" ]; }

install_tools
configure_podman
trap clean_up EXIT
start_podman
make_root
make_images
write_project
echo "containers: images are built after $SECONDS seconds"

options=(--env compose -o compose.yaml --build built.main=./built --publish 127.0.0.1:18084:built:www --publish 18081:web:80
  --publish 127.0.0.1:16379:redis.default#client.cache.host:6379)
check 'generate' env SCORE_RS_SEED=containers "$binary" generate "${options[@]}"
cp compose.yaml first.yaml
check 'generate again gives the same file' env SCORE_RS_SEED=containers "$binary" generate "${options[@]}"
check 'the same file' cmp first.yaml compose.yaml
keep_name_server score-rs-run
# Docker Compose builds with BuildKit, which Podman does not have.
podman build --quiet --tag docker.io/library/score-rs-run-built-main built >"$work/log"
check 'all services start' up score-rs-run
check 'names resolve' settle_names client-main web

cache=$(service_like redis)
database=$(service_like pg-client-database)
second_database=$(service_like pg-client-second-database)
orders=$(service_like mysql-client-orders)
stock=$(service_like mysql-client-stock)
server=$(service_like pg-instance)
host=$(routed_host)

check 'redis: the health check succeeds' within 30 healthy "$cache"
check 'redis: the generated credentials are accepted' run_in client-main \
  'redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" --user "$REDIS_USERNAME" --pass "$REDIS_PASSWORD" --no-auth-warning set greeting hello | grep -qx OK'
check 'redis: the url is accepted' run_in client-main '[ "$(redis-cli -u "$REDIS_URL" --no-auth-warning get greeting)" = hello ]'
check 'redis: another password is rejected' run_in client-main \
  'redis-cli -h "$REDIS_HOST" --pass wrong --no-auth-warning ping 2>&1 | grep -qE "NOAUTH|WRONGPASS"'
check 'redis: no password is rejected' run_in client-main 'redis-cli -h "$REDIS_HOST" ping | grep -q NOAUTH'

check 'postgres: the health check succeeds' within 60 healthy "$database"
check 'postgres: the generated credentials are accepted' run_in client-main \
  'psql --no-psqlrc -qc "create table greeting as select 1 as number" && [ "$(psql -Atc "select number from greeting")" = 1 ]'
check 'postgres: the url is accepted' run_in client-main \
  '[ "$(psql -Atc "select current_database() || current_user" "$DATABASE_URL")" = "$PGDATABASE$PGUSER" ]'
check 'postgres: another password is rejected' run_in client-main \
  'PGPASSWORD=wrong psql -Atc "select 1" 2>&1 | grep -q "password authentication failed"'
check 'postgres: the health check of a second one succeeds' within 60 healthy "$second_database"
check 'postgres: a second one is another database' run_in client-main \
  'psql -qc "create table greeting as select 2 as number" "$SECOND_DATABASE_URL" &&
    [ "$(psql -Atc "select number from greeting" "$DATABASE_URL")$(psql -Atc "select number from greeting" "$SECOND_DATABASE_URL")" = 12 ]'
check 'postgres: a second one has another password' run_in client-main \
  'password=${SECOND_DATABASE_URL#*:*:} && PGPASSWORD=${password%@*} psql -Atc "select 1" 2>&1 | grep -q "password authentication failed"'
check 'postgres-instance: the health check succeeds' within 60 healthy "$server"
check 'postgres-instance: its user may create databases' run_in client-main 'psql -qc "create database another" "$INSTANCE_URL"'

check 'mysql: the health check succeeds' within 90 healthy "$orders"
check 'mysql: the generated credentials are accepted' run_in client-main \
  'mysql -u "$MYSQL_USER" "$MYSQL_DATABASE" -e "create table greeting as select 1 as number" &&
    [ "$(mysql -u "$MYSQL_USER" "$MYSQL_DATABASE" -Ne "select number from greeting")" = 1 ]'
check 'mysql: the url has the same values' run_in client-main \
  '[ "$MYSQL_URL" = "mysql://$MYSQL_USER:$MYSQL_PWD@$MYSQL_HOST:$MYSQL_TCP_PORT/$MYSQL_DATABASE" ]'
check 'mysql: another password is rejected' run_in client-main \
  'MYSQL_PWD=wrong mysql -u "$MYSQL_USER" -e "select 1" 2>&1 | grep -q "Access denied"'
check 'mysql: the health check of a second one succeeds' within 90 healthy "$stock"
check 'mysql: a second one is another database' run_in client-main \
  'second() { MYSQL_PWD=$SECOND_MYSQL_PWD mysql -h "$SECOND_MYSQL_HOST" -u "$SECOND_MYSQL_USER" "$SECOND_MYSQL_DATABASE" -Ne "$1"; }
    second "create table greeting as select 2 as number" &&
    [ "$(mysql -u "$MYSQL_USER" "$MYSQL_DATABASE" -Ne "select number from greeting")$(second "select number from greeting")" = 12 ]'
check 'mysql: a second one has another password' run_in client-main \
  'mysql -h "$SECOND_MYSQL_HOST" -u "$SECOND_MYSQL_USER" -e "select 1" 2>&1 | grep -q "Access denied"'

check 'an escaped dollar sign arrives as one' run_in client-main '[ "$PLAIN" = "costs \$5 client" ]'
check 'a file arrives unchanged' run_in client-main '[ "$(cat /etc/greeting)" = "hello from client, \$PATH stays" ]'
check 'an init container ran first, on a shared volume' run_in client-main 'grep -qx prepared /shared/prepared'
check 'a volume that is read-only cannot be written' fails run_in web-main 'touch /www/shared/new'
check 'endpoint: the url answers' run_in client-main \
  'busybox wget -q -O - "$WEB_URL" | grep -qx "the root page"'

check 'route: the health check succeeds' within 30 healthy routing
check 'route: a workload answers by its host name' within 20 page_is "$host" / 'the root page'
check 'route: a path below it' page_is "$host" /api/items/index.html 'the items page'
check 'route: a second host, below its path' page_is other.example.com /api/items/index.html 'the items page'
check 'route: a path with the same start is not routed' status_is other.example.com /apiary/index.html 404
check 'route: an unknown host is not routed' status_is unknown.example.com / 404

check 'publish: a workload answers at the port of this machine' within 20 published_is 18081 'the root page'
check 'publish: so does a service of a provisioner' within 20 answers 16379 PING NOAUTH
check 'build: the image is built and runs' within 20 published_is 18084 'the built page'

check 'httpGet: the probe succeeds' within 20 healthy web-main
check 'httpGet: the probe succeeds where there is no shell' within 20 healthy tiny-main
check 'httpGet: there is no shell' fails podman exec "$(container tiny-main)" sh -c true
check 'httpGet: the probe of a sick container fails' fails healthy tiny-sick

compose score-rs-run down --timeout 1 >"$work/log" 2>&1 || true
check 'no anonymous volume is left behind' no_anonymous_volume
check 'all services start again' up score-rs-run
check 'names resolve again' settle_names client-main web
check 'redis: the data is still there' within 30 run_in client-main '[ "$(redis-cli -u "$REDIS_URL" --no-auth-warning get greeting)" = hello ]'
check 'postgres: the data is still there' within 60 run_in client-main '[ "$(psql -Atc "select number from greeting")" = 1 ]'
check 'mysql: the data is still there' within 90 run_in client-main \
  '[ "$(mysql -u "$MYSQL_USER" "$MYSQL_DATABASE" -Ne "select number from greeting")" = 1 ]'
down score-rs-run

source "$root/.ci/containers/changes.sh"
check_changes
source "$root/.ci/containers/language.sh"
check_language
source "$root/.ci/containers/tour.sh"
check_tour

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
