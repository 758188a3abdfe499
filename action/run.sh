#!/usr/bin/env bash
# Runs skylint as the inputs of action.yml say. Nothing that an input holds is ever read as shell.
# Exit code: that of skylint, 0 for a pass, 1 if the gate failed, 2 for an error.

# shellcheck source=action/common.sh
. "$GITHUB_ACTION_PATH/action/common.sh"

# The lines of $1, without blanks around them and without empty ones, as the array `lines`.
split() {
  lines=()
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    line="${line#"${line%%[![:space:]]*}"}"
    line="${line%"${line##*[![:space:]]}"}"
    if [ -n "$line" ]; then lines+=("$line"); fi
  done <<< "$1"
}

# Adds option $1 with value $2, unless that is empty. Has `=`, so that no value is taken for an option.
option() {
  case "$2" in
    "") ;;
    *$'\n'*) fail "The input ${1#--} is one line." ;;
    *) arguments+=("$1=$2") ;;
  esac
}

# What is empty says nothing, and is not a credential.
for name in AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN; do
  if [ -z "${!name:-}" ]; then unset "$name"; fi
done

folder="$(mktemp -d "$RUNNER_TEMP/skylint.XXXXXX")"
sarif="$folder/skylint.sarif"
findings="$folder/findings.jsonl"

is_true upload-sarif "${INPUT_UPLOAD_SARIF:-}" || true
split "${INPUT_PATHS:-}"
paths=(${lines[@]+"${lines[@]}"})
if is_true scan "${INPUT_SCAN:-}"; then
  if [ "${#paths[@]}" != 0 ]; then fail "The input scan lints the live account, and paths files: use a step for each."; fi
  if [ -n "${INPUT_SCOPE:-}" ]; then fail "The input scope is about paths: a scan knows what it has read."; fi
  arguments=(scan)
  option --regions "${INPUT_REGIONS:-}"
else
  if [ -n "${INPUT_ROLE_TO_ASSUME:-}" ]; then fail "The input role-to-assume is for a scan: say scan: true."; fi
  arguments=(check)
  option --scope "${INPUT_SCOPE:-}"
fi
arguments+=(--format=github "--format=sarif-github=$sarif" "--format=jsonl=$findings")
option --config "${INPUT_CONFIG:-}"
option --fail-on "${INPUT_FAIL_ON:-}"
option --fail-on-unknown "${INPUT_FAIL_ON_UNKNOWN:-}"
option --baseline "${INPUT_BASELINE:-}"
split "${INPUT_FORMATS:-}"
for format in ${lines[@]+"${lines[@]}"}; do
  case "$format" in
    *=*) arguments+=("--format=$format") ;;
    *) fail "The input formats has FORMAT=PATH on each line, not $(printf %q "$format"): the log has annotations already." ;;
  esac
done
split "${INPUT_ARGS:-}"
arguments+=(${lines[@]+"${lines[@]}"})
if [ "${#paths[@]}" != 0 ]; then arguments+=(-- "${paths[@]}"); fi

code=0
"$SKYLINT" "${arguments[@]}" < /dev/null || code=$?
if [ ! -f "$findings" ]; then echo "::error title=skylint::skylint did not run: the log of this step says why."; fi

# A count of the first record, which is the run.
count() {
  if [ -f "$findings" ]; then head -n 1 "$findings" | sed -n "s/.*\"$1\":\([0-9][0-9]*\).*/\1/p"; fi
}
# Without a verdict, action.yml says error.
case "$code" in
  0) verdict=pass ;;
  1) verdict=fail ;;
  *) verdict="" ;;
esac
{
  printf 'verdict=%s\n' "$verdict"
  printf 'failed=%s\n' "$(count fail)"
  printf 'unknown=%s\n' "$(count unknown)"
  if [ -f "$sarif" ]; then printf 'sarif-file=%s\n' "$sarif"; fi
} >> "$GITHUB_OUTPUT"
exit "$code"
