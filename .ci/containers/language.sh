# shellcheck shell=bash disable=SC2154,SC2016
# The second project of .ci/validate-containers.sh, which sources this: the variables, arguments and files that a process sees, the
# order that `before` gives, and how containers and workloads reach each other.

write_language_project() {
  mkdir "$work/language"
  cd "$work/language" || exit
  python3 "$root/.ci/containers/language.py" write .
  cat >team.score.yaml <<'SCORE'
apiVersion: score.dev/v1b1
metadata:
  name: team
containers:
  # Each adds its name to a list, so that the list has their order.
  first:
    image: docker.io/library/busybox:1.37-musl
    command: [sh, -c, "sleep 2; echo first >>/team/order"]
    volumes: {/team: {source: "${resources.list}"}}
    before: {second: {ready: complete}}
  second:
    image: docker.io/library/busybox:1.37-musl
    command: [sh, -c, "echo second >>/team/order; mkdir /www; echo the second page >/www/index.html; sleep 2; touch /team/up; exec httpd -f -p 8091 -h /www"]
    volumes: {/team: {source: "${resources.list}"}}
    readinessProbe:
      exec: {command: [test, -e, /team/up]}
    before: {third: {ready: healthy}}
  third:
    image: docker.io/library/busybox:1.37-musl
    command: [sh, -c, "echo third >>/team/order; mkdir /www; echo the third page >/www/index.html; exec httpd -f -p 8092 -h /www"]
    volumes: {/team: {source: "${resources.list}"}}
service:
  ports:
    second: {port: 8091}
    third: {port: 8092}
resources:
  list: {type: volume}
SCORE
  cat >visitor.score.yaml <<'SCORE'
apiVersion: score.dev/v1b1
metadata:
  name: visitor
containers:
  main:
    image: localhost/score-rs-run/client:1
    command: [sleep, infinity]
    variables:
      TEAM: ${resources.team.name}
      PORT_HOST: ${resources.port.hostname}
      PORT: ${resources.port.port}
      ROUTED: ${resources.dns.host}
resources:
  team: {type: service}
  port: {type: service-port, params: {workload: team, port: second}}
  dns: {type: dns, id: team-host}
SCORE
  cat >routed.score.yaml <<'SCORE'
apiVersion: score.dev/v1b1
metadata:
  name: routed
containers:
  main:
    image: docker.io/library/busybox:1.37-musl
    command: [httpd, -f, -p, "8093", -h, /www]
    files: {/www/index.html: {content: the routed page}}
service:
  ports:
    www: {port: 8093}
resources:
  dns: {type: dns, id: team-host}
  route: {type: route, params: {host: "${resources.dns.host}", path: /, port: www}}
SCORE
}

# What the speaker saw, in the files that containers/language.py reads.
collect() {
  run_in speaker-main 'cat /out/environment' >environment
  run_in speaker-main 'cat /out/arguments' >arguments
  local path
  for path in $(python3 -c 'import json; print(" ".join(json.load(open("expected.json"))["files"]))'); do
    run_in speaker-main "echo \$(stat -c %a $path) \$(sha256sum <$path | cut -d' ' -f1) $path"
  done >files
}
seen_as_written() { collect && python3 "$root/.ci/containers/language.py" compare .; }
order_starts_with() { [[ "$(run_in team-third 'cat /team/order' | tr '\n' ',')" == "$1"* ]]; }
# exit_status SERVICE
exit_status() { podman inspect --format '{{.State.ExitCode}}' "$(container "$1")"; }
reads() { [ "$(run_in "$1" "wget -qO- $2")" = "$3" ]; }

check_language() {
  write_language_project
  check 'language: generate' env SCORE_RS_SEED=containers "$binary" generate --env compose -o compose.yaml \
    --publish 127.0.0.1:18091:team:second
  keep_name_server score-rs-language
  check 'language: all services start' up score-rs-language
  check 'language: names resolve' settle_names visitor-main team
  check 'language: variables, arguments and files arrive unchanged' within 20 seen_as_written
  check 'language: a file hides nothing else of its directory' run_in speaker-main '[ -e /usr/local/bin ] && [ -e /usr/local/large ]'
  check 'language: a script with its mode runs' run_in speaker-main '/opt/run.sh | grep -q "^ran "'
  check 'language: a mounted file cannot be written' fails run_in speaker-main 'echo changed >/opt/every-byte'
  check 'language: before: a container that must complete has succeeded' [ "$(exit_status team-first)" = 0 ]
  check 'language: before: and it did so before the next one started' within 20 order_starts_with 'first,second,'
  # Podman 4.3 does not wait for health checks, so it cannot show the order of the third; it can show that the check succeeds.
  check 'language: before: a container that must be healthy is' within 30 healthy team-second
  check 'language: containers of a workload share its network' reads team-third http://127.0.0.1:8091/ 'the second page'
  check 'language: and the other way' reads team-second http://127.0.0.1:8092/ 'the third page'
  check 'language: a workload reaches another by service' reads visitor-main 'http://$TEAM:8092/' 'the third page'
  check 'language: and by service-port' reads visitor-main 'http://$PORT_HOST:$PORT/' 'the second page'
  check 'language: a published port answers on the host' [ "$(curl --silent --max-time 5 http://127.0.0.1:18091/)" = 'the second page' ]
  routing=$(service_like routing || true)
  check 'language: and by its route' within 20 reads visitor-main "--header \"Host: \$ROUTED\" http://${routing:-routing}/" 'the routed page'
  down score-rs-language
}
