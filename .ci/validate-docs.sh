#!/bin/bash
# Builds the pages of `score-rs docs` for the examples with MkDocs, which refuses a link that leads nowhere.
#
#   .ci/validate-docs.sh [BINARY]     BINARY, or else target/release/score-rs
#
# Needs Python 3 and PyPI.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
binary=$(score_rs_binary "$@")

programs=$validators/mkdocs-$(sha256sum .ci/docs/requirements.txt | cut -c1-12)
[ -x "$programs/bin/mkdocs" ] || {
  rm -rf "$programs"
  python3 -m venv "$programs"
  "$programs/bin/pip" -q install -r .ci/docs/requirements.txt
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r examples "$work"
for project in examples/platform/team examples/shop examples/production; do
  site=$work/$(basename "$project")-site
  mkdir -p "$site/docs"
  "$binary" -C "$work/$project" docs --output "$site/docs" --quiet
  "$binary" -C "$work/$project" docs --output "$site/docs" --quiet --check
  printf 'site_name: Platform\nuse_directory_urls: false\n' >"$site/mkdocs.yml"
  "$programs/bin/mkdocs" build --quiet --strict --config-file "$site/mkdocs.yml"
  pages=$(find "$site/docs/types" -name '*.md' | wc -l)
  [ "$pages" = "$(find "$site/site/types" -name '*.html' | wc -l)" ] && [ "$pages" -gt 15 ]
  echo "$project: $pages pages"
done
