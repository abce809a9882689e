#!/bin/bash
# Checks all objects of Argo CD and Flux in pages and in what `init preview` writes with the validators of @kubernetes-models, calls
# the plugin for Argo CD as its server does, follows the page on GitOps word for word with git, and pushes an artifact for Flux to a
# real registry, from which a real client pulls it. Pushes a bundle there, too, and reads one that the client has pushed.
#
#   .ci/validate-gitops.sh [BINARY]     BINARY, or else target/release/score-rs
#
# Needs the Python packages of .ci/install-validators.sh, Node.js and npm. The registry and its client are Debian's docker-registry
# and oras, from unstable; elsewhere that part is skipped.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
binary=$(score_rs_binary "$@")
require_validators gitops || exit 0

if command -v npm >/dev/null; then
  npm_install "$validators/gitops" @kubernetes-models/{argo-cd,flux-cd}@4.0.0
  "$validators/venv/bin/python" .ci/gitops/manifests.py spec/gitops.md integrations/argocd/README.md \
    src/cli/commands/init/preview/applicationset.yaml | node .ci/gitops/manifests.mjs "$validators/gitops"
else
  skip gitops-manifests "there is no npm"
fi

work=$(mktemp -d)
registry=''
trap '[ -z "$registry" ] || kill "$registry"; rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$binary" "$work/bin/score-rs"
"$validators/venv/bin/python" .ci/gitops/argocd.py "$work/bin/score-rs" "$work"

# The person who follows the page has a clone of an empty repository.
unset SCORE_RS_SEED
isolate_git "$work"
git init --quiet --bare "$work/page/origin.git"
git clone --quiet "$work/page/origin.git" "$work/page/shop" 2>/dev/null
PATH="$work/bin:$PATH" python3 .ci/gitops/follow.py spec/gitops.md "Rendered manifests" "$work/page/shop"

is_debian || { skip gitops-registry "docker-registry and oras are installed on Debian only"; exit 0; }
tools=$validators/registry
[ -d "$tools" ] || unpack_unstable "$tools" '[do][or][ca]*' docker-registry oras
export PATH="$work/bin:$tools/usr/bin:$PATH" DOCKER_CONFIG="$work/docker"

equal() { [ "$1" = "$2" ] || die "$3: \`$1\` is not \`$2\`"; }

# A registry that wants a login.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
host=127.0.0.1:$port
python3 -W ignore -c 'import crypt; print("me:" + crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH)))' >"$work/htpasswd"
cat >"$work/registry.yaml" <<END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $work/storage}}
http: {addr: "$host"}
auth: {htpasswd: {realm: test, path: $work/htpasswd}}
END
docker-registry serve "$work/registry.yaml" >"$work/registry.log" 2>&1 &
registry=$!
for _ in $(seq 50); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done

# Two clones of a project.
mkdir -p "$work/project/environments/prod"
cd "$work/project"
printf 'target: kubernetes\nproject: shop\nnamespace: shop\n' >environments/prod/environment.yaml
cat >score.yaml <<END
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web:
    image: example.com/shop:1
    variables: {HOST: "\${resources.dns.host}"}
service: {ports: {web: {port: 80, targetPort: 8080}}}
resources:
  dns: {type: dns}
END
git init --quiet
git add --all
git commit --quiet --message first
git clone --quiet "$work/project" "$work/one"
git clone --quiet "$work/project" "$work/another-name"
push=(push "oci://$host/shop/prod:v1" -e prod --source https://example.com/shop.git --revision "main@sha1:$(git rev-parse HEAD)")

cd "$work/one"
score-rs "${push[@]}" -q 2>"$work/refused" && die "it pushed without a login"
grep -q "oras login\|docker login" "$work/refused" || die "it does not say how to log in: $(cat "$work/refused")"
mkdir -p "$DOCKER_CONFIG"
oras login --plain-http --username me --password-stdin "$host" <<<secret >"$work/login" 2>&1 || die "$(cat "$work/login")"
pushed=$(score-rs "${push[@]}" -q)
cd "$work/another-name"
sleep 1
equal "$(score-rs "${push[@]}" -q --dry-run)" "$pushed" "another clone has another digest"
equal "$(score-rs "${push[@]}" -q)" "$pushed" "pushed again"
equal "$host/shop/prod@$(oras resolve --plain-http "$host/shop/prod:v1")" "$pushed" "the registry has another digest"

# Everything is verified on the way into a layout.
oras copy --from-plain-http "$host/shop/prod:v1" --to-oci-layout "$work/layout:v1" >"$work/copy" 2>&1 || die "$(cat "$work/copy")"
manifest=$(oras manifest fetch --plain-http "$pushed")
read -r config layer digest <<<"$(python3 -c '
import json, sys
manifest = json.load(sys.stdin)
assert "created" not in json.dumps(manifest), manifest
(layer,) = manifest["layers"]
print(manifest["config"]["mediaType"], layer["mediaType"], layer["digest"])' <<<"$manifest")"
equal "$config" application/vnd.cncf.flux.config.v1+json "the media type of the config"
equal "$layer" application/vnd.cncf.flux.content.v1.tar+gzip "the media type of the layer"
oras blob fetch --plain-http "$host/shop/prod@$digest" --output "$work/layer.tgz"
gzip --test "$work/layer.tgz"
equal "$(TZ=UTC tar --numeric-owner --full-time -tvzf "$work/layer.tgz" | tr -s ' ' | cut -d ' ' -f 1,2,4-)" \
  "-rw-r--r-- 0/0 1970-01-01 00:00:00 manifests.yaml" "the files in the layer"
tar -xzf "$work/layer.tgz" -C "$work"
score-rs generate -e prod -o - -q | cmp - "$work/manifests.yaml" || die "other manifests were pushed"
echo "oras pulled $pushed from docker-registry, equal from two clones"

# A platform as a bundle: equal from two clones, the client pulls the files, and reads as what the client pushes.
git clone --quiet "$root" "$work/platform-one"
git clone --quiet "$root" "$work/platform-two"
bundle=(bundle push "oci://$host/platform:v1")
cd "$work/platform-one/examples/platform/company"
pushed=$(score-rs "${bundle[@]}" -q)
equal "$(score-rs "${bundle[@]}" "$work/platform-two/examples/platform/company" -q --dry-run)" "$pushed" "another clone has another digest"
equal "$host/platform@$(oras resolve --plain-http "$host/platform:v1")" "$pushed" "the registry has another digest"
oras pull --plain-http "$host/platform:v1" --output "$work/pulled" >"$work/pull" 2>&1 || die "$(cat "$work/pull")"
diff -r . "$work/pulled" || die "other files were pulled"
oras push --plain-http "$host/platform:oras" environments definitions policies schemas >"$work/push" 2>&1 || die "$(cat "$work/push")"
for tag in v1 oras; do
  cp -r "$work/platform-one/examples/platform/team" "$work/team-$tag"
  cd "$work/team-$tag"
  for name in local staging prod; do
    sed -i "s|^extends: .*|extends: oci://$host/platform:$tag#environments/$name|" "environments/$name/environment.yaml"
  done
  score-rs lock -q
  for name in staging prod; do score-rs generate -e "$name" --locked --offline -q; done
  diff -r "$work/platform-one/examples/platform/team/deploy" deploy || die "the output is another one with $tag"
done
echo "oras pulled $pushed, equal from two clones; what oras pushed is read too"
