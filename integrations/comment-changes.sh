#!/bin/bash
# Comments on a pull request of GitHub what it changes, or replaces the comment of an earlier run. The action runs it.
# BASE is the revision, DIRECTORY that of the project, PULL_REQUEST the number; gh needs GH_TOKEN.
set -euo pipefail

comment=$(mktemp)
trap 'rm -f "$comment"' EXIT
code=0
score-rs changes -C "$DIRECTORY" --against "$BASE" --all-environments --format markdown >"$comment" || code=$?
# 4: there are changes. 1: an environment has errors, which the comment names.
case $code in
  0 | 1 | 4) ;;
  *) exit "$code" ;;
esac
[ -s "$comment" ] || exit "$code"

# Each project of a repository has its own comment.
marker="<!-- score-rs changes in $DIRECTORY -->"
sed -i "1s|.*|$marker|" "$comment"
cat "$comment" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"

comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
export marker
# shellcheck disable=SC2016
earlier=$(gh api --paginate "$comments" --jq '.[] | select(.body | startswith(env.marker)) | .id' | head -n 1) || earlier=
if [ -n "$earlier" ]; then
  posted=(gh api --silent -X PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$earlier")
else
  posted=(gh api --silent -X POST "$comments")
fi
# A pull request from a fork has no permission to comment.
"${posted[@]}" -F "body=@$comment" ||
  echo "::warning::the changes are only in the summary of this job: give it the permission 'pull-requests: write'"

[ "$code" = 4 ] || exit "$code"
