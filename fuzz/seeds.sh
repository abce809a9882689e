#!/bin/bash
# Lays the texts that fuzzing starts from into fuzz/seeds: what this repository has, and the public corpus where it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p fuzz/seeds/{template,section,front}

# A file is called after its path.
take() { cp "$2" "fuzz/seeds/$1/$(echo "$2" | tr -c 'a-zA-Z0-9.\n' _)"; }

corpus=${CORPUS:-../shared/corpus}
[ -d "$corpus" ] || corpus=

find src/back fixtures $corpus -name '*provisioners.yaml' -size -16k | while read -r file; do
  take section "$file"
  take template "$file"
done
find fixtures $corpus -name '*score.yaml' -size -16k | while read -r file; do take front "$file"; done

# Each fault of the tests is near many others, and its override, where there is one, stands behind it.
find tests/ui -name '*.yaml' -size -16k | while read -r file; do take front "$file"; done
for override in $(find fixtures tests/ui $corpus -name '*overrides.yaml' -size -16k); do
  score=$(dirname "$override")/score.yaml
  [ ! -f "$score" ] || { cat "$score"; echo; echo '%%% override'; cat "$override"; } >"fuzz/seeds/front/merged_$(echo "$override" | tr / _)"
done

# The definitions of `section` are for resources of the type that its workload asks for.
sed -i -E 's/^( *type: *).*$/\1thing/' fuzz/seeds/section/*

# One seed for each template that stands as a string in the tests of the template language.
cat src/base/go_template/tests/{actions,functions,printing,errors,soup}.rs |
  grep -oE '"\{\{([^"\\]|\\.)*"' | sed -E 's/^"//; s/"$//; s/\\n/\n/g; s/\\(.)/\1/g' | sort -u |
  awk '{ file = sprintf("fuzz/seeds/template/test%04d", NR); printf "%s", $0 > file; close(file) }'
