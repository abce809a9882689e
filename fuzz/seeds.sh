#!/bin/bash
# Copies the texts that fuzzing starts from to fuzz/seeds: those of this repository, and of the public corpus where it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p fuzz/seeds/{template,section,front,cel}

corpus=${CORPUS:-../shared/corpus}
# files PATTERN: the files of that name, in this repository as git lists them and in the corpus.
files() {
  git ls-files --cached --others --exclude-standard -- "$1"
  [ ! -d "$corpus" ] || find "$corpus" -name "$1"
}
# seed TARGET FILE: the seed has the path as its name. Long texts are slow, and short ones reach the same code.
seed() { [ "$(stat --format %s "$2")" -gt 16384 ] || cp "$2" "fuzz/seeds/$1/$(echo "$2" | tr -c 'a-zA-Z0-9.\n' _)"; }

files '*provisioners.yaml' | while read -r file; do
  seed section "$file"
  seed template "$file"
done
files '*score.yaml' | while read -r file; do seed front "$file"; done

# Each mistake of the UI tests is close to many others, and its override, where there is one, stands behind it.
git ls-files -- 'tests/ui/*.yaml' | while read -r file; do seed front "$file"; done
files '*overrides.yaml' | while read -r override; do
  score=$(dirname "$override")/score.yaml
  [ ! -f "$score" ] || { cat "$score"; echo; echo '%%% override'; cat "$override"; } >"fuzz/seeds/front/merged_$(echo "$override" | tr / _)"
done

# The definitions of `section` are for resources of the type that its workload asks for.
sed -i -E 's/^( *type: *).*$/\1thing/' fuzz/seeds/section/*

# One seed for each template that is a string in the sources and tests.
git grep -hoE '"\{\{([^"\\]|\\.)*"' -- '*.rs' ':!fuzz' |
  sed -E 's/^"//; s/"$//; s/\\n/\n/g; s/\\(.)/\1/g' | sort -u |
  awk '{ file = sprintf("fuzz/seeds/template/test%04d", NR); printf "%s", $0 > file; close(file) }'

# One seed for each expression that was compared with the API server.
cut -f2 crates/cel/src/tests/verdicts/recorded.txt | sort -u |
  awk '{ file = sprintf("fuzz/seeds/cel/verdict%04d", NR); printf "%s", $0 > file; close(file) }'
