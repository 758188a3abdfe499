# shellcheck shell=bash
# What the steps of action.yml share. Runs with bash 3.2, which macOS has.

set -euo pipefail

# An error as people see it: in the log, and as an annotation. $1: what is wrong, and what to do.
fail() {
  local text="${1//%/%25}"
  text="${text//$'\r'/%0D}"
  text="${text//$'\n'/%0A}"
  printf '::error title=skylint::%s\n' "$text"
  exit 2
}

# Whether an input is true. $1: its name, $2: its value.
is_true() {
  case "$2" in
    true) return 0 ;;
    false | "") return 1 ;;
    *) fail "The input $1 is true or false, not $(printf %q "$2")." ;;
  esac
}
