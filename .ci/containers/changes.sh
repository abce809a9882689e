# shellcheck shell=bash disable=SC2154,SC2016
# What happens after the first `up`, for .ci/validate-containers.sh, which sources this: files and routes change, the project is cloned,
# and a process dies.

write_changes_project() {
  mkdir "$work/changes"
  cd "$work/changes" || exit
  cat >score.yaml <<'SCORE'
apiVersion: score.dev/v1b1
metadata: {name: news}
containers:
  main:
    image: docker.io/library/busybox:1.37-musl
    command: [httpd, -f, -p, "8095", -h, /www]
    files:
      /www/news/index.html: {source: page.html}
      /www/mounted.html: {source: mounted.html}
    readinessProbe: {httpGet: {path: /news/index.html, port: 8095}}
service:
  ports: {www: {port: 8095}}
resources:
  dns: {type: dns}
  route: {type: route, params: {host: "${resources.dns.host}", path: /, port: www}}
SCORE
  echo 'the first page' >page.html
  # Carriage returns, so that the file is mounted.
  printf 'the first page\r\n' >mounted.html
}

mounted_page_is() { [ "$(page "$host" "$1" | tr -d '\r')" = "$2" ]; }
# kill_process SERVICE: as a crash does, and not as `podman kill`, after which nothing is restarted.
kill_process() { kill -KILL "$(podman inspect --format '{{.State.Pid}}' "$(container "$1")")"; }

check_changes() {
  write_changes_project
  local project=score-rs-changes
  check 'changes: generate' "$binary" generate --env compose -o compose.yaml
  keep_name_server $project
  host=$(routed_host)
  check 'changes: all services start' up $project
  check 'changes: the page is there' within 20 page_is "$host" /news/index.html 'the first page'

  echo 'the second page' >page.html
  check 'changes: generate with a changed file' "$binary" generate --env compose -o compose.yaml
  check 'changes: up again' up $project
  check 'changes: the changed file is there' within 20 page_is "$host" /news/index.html 'the second page'
  printf 'the second page\r\n' >mounted.html
  check 'changes: generate with a changed mounted file' "$binary" generate --env compose -o compose.yaml
  check 'changes: up again' up $project
  check 'changes: the changed mounted file is there' within 20 mounted_page_is /mounted.html 'the second page'
  sed -i 's|path: /, port: www|path: /mounted.html, port: www|' score.yaml
  check 'changes: generate with a changed route' "$binary" generate --env compose -o compose.yaml
  check 'changes: up again' up $project
  check 'changes: the new route is there' within 20 mounted_page_is /mounted.html 'the second page'
  check 'changes: and the old one is not' within 20 status_is "$host" /news/index.html 404

  check 'changes: the process is killed' kill_process news-main
  check 'changes: and comes back' within 30 mounted_page_is /mounted.html 'the second page'
  down $project

  sed -i '/mounted.html: {source/d; s|path: /mounted.html, port|path: /, port|' score.yaml
  check 'clone: generate' "$binary" generate --env compose -o compose.yaml
  git init --quiet && git add score.yaml page.html compose.yaml
  git -c user.name=a -c user.email=a@example.com commit --quiet --message a
  git clone --quiet . "$work/clone"
  cd "$work/clone" || exit
  check 'clone: there are no files beside the output' [ ! -e .score-rs ]
  check 'clone: all services start' up $project
  check 'clone: the page is there' within 20 page_is "$host" /news/index.html 'the second page'
  check 'clone: the output is up to date' "$binary" generate --env compose -o compose.yaml --check
  down $project
}
