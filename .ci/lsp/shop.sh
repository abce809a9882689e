# shellcheck shell=bash
# Sourced by neovim.sh and screens.sh: `work`, a directory with the program, the lines of spec/editors.md for Neovim, and a project with
# a mistake, which is then the working directory.

work=$(mktemp -d)
mkdir "$work/bin" "$work/shop"
ln -s "$(realpath "$SCORE_RS")" "$work/bin/score-rs"
sed -n '/^In `init.lua`, for Neovim 0.7/,/^```$/p' spec/editors.md | sed '1,/^```lua$/d; /^```$/d' >"$work/init.lua"
cat >"$work/shop/score.yaml" <<'END'
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: nginx:1
    variables:
      HOST: ${resources.db.hots}
resources:
  db: {type: postgres}
END
cd "$work/shop" || exit
