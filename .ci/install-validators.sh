#!/bin/bash
# Installs the judges that are not ours: Docker Compose and the Kubernetes API schemas.
#
# Runs as root on a clean Debian 12, changes nothing of the system but python3-venv where that is missing, and does
# nothing when the judges are there. Everything lands in ${SCORE_RS_JUDGES:-target/judges}; remove it to start again:
#   bin/docker-compose   Docker Compose 2 from Debian unstable (Debian 12 has 1.29 only)
#   venv/bin/python      a virtual environment with kubernetes-validate and pyyaml
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

judges=${SCORE_RS_JUDGES:-target/judges}
python_packages=(kubernetes-validate==1.37.0 pyyaml==6.0.3)
mkdir -p "$judges/bin"
judges=$(cd "$judges" && pwd)

# The system's own Debian mirror and key, with the suite replaced. Security and updates archives have no unstable.
write_source() {
  local file=/etc/apt/sources.list.d/debian.sources uri='' key=''
  if [ -f "$file" ]; then
    uri=$(awk '/^URIs:/ && $2 !~ /security/ { print $2; exit }' "$file")
    key=$(awk '/^Signed-By:/ { print $2; exit }' "$file")
  elif [ -f /etc/apt/sources.list ]; then
    uri=$(awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^https?:/ && $i !~ /security/) { print $i; exit } }' /etc/apt/sources.list)
  fi
  [ -n "$key" ] || key=/usr/share/keyrings/debian-archive-keyring.gpg
  printf 'Types: deb\nURIs: %s\nSuites: sid\nComponents: main\nSigned-By: %s\n' "${uri:-http://deb.debian.org/debian}" "$key"
}

install_compose() {
  local work
  work=$(mktemp -d "$judges/apt.XXXXXX")
  mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" "$work/root"
  write_source >"$work/parts/sid.sources"
  local options=(
    -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/parts" -o "Dir::State::Lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::Retries=3
  )
  apt-get "${options[@]}" update
  (cd "$work" && apt-get "${options[@]}" download docker-compose)
  dpkg -x "$work"/docker-compose_*.deb "$work/root"
  "$work/root/usr/libexec/docker/cli-plugins/docker-compose" version
  mv "$work/root/usr/libexec/docker/cli-plugins/docker-compose" "$judges/bin/docker-compose"
  rm -rf "$work"
}

install_python() {
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    apt-get -q update
    DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends python3 python3-venv ca-certificates
  fi
  rm -rf "$judges/venv"
  python3 -m venv "$judges/venv"
  "$judges/venv/bin/pip" install --quiet --disable-pip-version-check "${python_packages[@]}"
  printf '%s\n' "${python_packages[@]}" >"$judges/venv/installed"
}

"$judges/bin/docker-compose" version >/dev/null 2>&1 || install_compose
[ "$(cat "$judges/venv/installed" 2>/dev/null)" = "$(printf '%s\n' "${python_packages[@]}")" ] || install_python

"$judges/bin/docker-compose" version
"$judges/venv/bin/python" -c 'import kubernetes_validate as k; print("kubernetes-validate", k.__version__)'
