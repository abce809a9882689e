#!/bin/bash
# Runs the jobs of the GitLab component with gitlab-ci-local, on this machine and not in containers, with the wheel that
# `.ci/validate-release.sh` has built. Node.js 22 and gitlab-ci-local are installed with npm, rsync with apt.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
node=22
gitlab_ci_local=4.75.1
wheels=(target/dist/score_rs_cli-*.whl)
[ -e "${wheels[0]}" ] || bash .ci/validate-release.sh
command -v rsync >/dev/null || apt_install rsync
programs=$validators/gitlab/node_modules
[ -x "$programs/.bin/gitlab-ci-local" ] || npm install --prefix "$validators/gitlab" --silent --no-audit --no-fund --no-package-lock \
  --no-save "node@$node" "gitlab-ci-local@$gitlab_ci_local"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
export PATH="$work/venv/bin:$programs/.bin:$PATH" HOME="$work" PIP_FIND_LINKS="$root/target/dist ${PIP_FIND_LINKS:-}"
version=$(cargo_version)

mkdir -p "$work/shop/api/environments/local"
cd "$work/shop"
cp "$root/integrations/gitlab/templates/score-rs.yml" component.yml
cat >.gitlab-ci.yml <<YAML
include:
  - local: /component.yml
    inputs:
      version: $version
      directory: api
      check: true
YAML
echo 'target: compose' >api/environments/local/environment.yaml
workload() { printf 'apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  main:\n    %s: nginx:1\n' "$1" >api/score.yaml; }
git init --quiet --initial-branch main
git config user.name validator
git config user.email validator@example.com
git remote add origin git@gitlab.example.com:group/shop.git

# expect_job RESULT JOB TEXT: the job `passes` or `fails`, and prints the text.
expect_job() {
  git add --all && git commit --quiet --allow-empty --message try
  local result=passes
  gitlab-ci-local --shell-executor-no-image --force-shell-executor "$2" >"$work/output" 2>&1 || result=fails
  [ "$result" = "$1" ] && grep --quiet --fixed-strings -e "$3" "$work/output" || {
    cat "$work/output"
    die "$2 $result, or does not print: $3"
  }
}

workload imgae
expect_job fails score-rs-validate 'did you mean `image`?'
python3 - .gitlab-ci-local/artifacts/score-rs-validate <<'PYTHON'
import json, sys, xml.etree.ElementTree

directory = sys.argv[1]
(issue,) = json.load(open(f"{directory}/gl-code-quality-report.json"))
assert issue["location"] == {"path": "api/score.yaml", "lines": {"begin": 6}}, issue
suites = xml.etree.ElementTree.parse(f"{directory}/score-rs-junit.xml").getroot()
assert suites.get("failures") == "1", suites.attrib
PYTHON
workload image
expect_job passes score-rs-validate '1 file is valid'
expect_job fails score-rs-check 'compose.yaml'
(cd api && score-rs generate --all-environments)
expect_job passes score-rs-check 'compose.yaml is up to date'
echo "gitlab: passed with gitlab-ci-local $gitlab_ci_local"
