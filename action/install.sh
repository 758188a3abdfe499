#!/usr/bin/env bash
# Installs skylint in the version that this action is of: the release for the runner's platform, whose checksum has to be
# right. Where there is none, and where the action is used in its own repository, it is built from the sources beside it.
# What the step gives out is the path of the program, `skylint`.

# shellcheck source=action/common.sh
. "$GITHUB_ACTION_PATH/action/common.sh"

version="$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)"
if ! [[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
  fail "Cargo.toml beside action.yml has no version."
fi

exe=""
case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64) target=x86_64-pc-windows-msvc exe=.exe ;;
  *) target="" ;;
esac

case "${INPUT_RELEASE_URL:-}" in
  https://*) protocol=https ;;
  # A mirror on this machine.
  http://127.0.0.1:* | http://localhost:*) protocol=http ;;
  *) fail "The input release-url has to begin with https://." ;;
esac

# Prints the HTTP status; fails if there is no answer. $1: the URL, $2: the file for what is there.
fetch() {
  curl --silent --show-error --location --proto "=$protocol" --proto-redir "=$protocol" --retry 3 \
    --connect-timeout 20 --max-time 300 --output "$2" --write-out '%{http_code}' "$1"
}

# The SHA-256 of a file.
sha256() {
  if command -v sha256sum > /dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# Sets `skylint`; 1 if there is no such release.
from_release() {
  local name="skylint-$target-v$version"
  local folder="$RUNNER_TEMP/$name"
  skylint="$folder/$name/skylint$exe"
  # By an earlier step of this job.
  if [ -x "$skylint" ]; then return 0; fi
  mkdir -p "$folder"
  local url="${INPUT_RELEASE_URL%/}/v$version/$name.tar.gz" status
  status="$(fetch "$url.sha256" "$folder/sha256")" || fail "$url.sha256 cannot be fetched."
  case "$status" in
    200) ;;
    404) return 1 ;;
    *) fail "$url.sha256 cannot be fetched: the answer is HTTP $status." ;;
  esac
  status="$(fetch "$url" "$folder/archive")" || fail "$url cannot be fetched."
  if [ "$status" != 200 ]; then fail "$url cannot be fetched: the answer is HTTP $status."; fi
  local wanted found
  wanted="$(cut -d ' ' -f 1 < "$folder/sha256" | head -n 1)"
  found="$(sha256 "$folder/archive")"
  if ! [[ "$wanted" =~ ^[0-9a-f]{64}$ ]] || [ "$wanted" != "$found" ]; then
    fail "$url is not what its checksum says, and was not run. The checksum is ${wanted:0:64}, that of the file $found."
  fi
  # Seen from there: some tar takes a drive for a host.
  (cd "$folder" && tar -xzf archive "$name/skylint$exe") || fail "$url holds no $name/skylint$exe."
  rm -f "$folder/archive"
}

# Sets `skylint`.
from_source() {
  if ! command -v cargo > /dev/null; then
    fail "There is no release of skylint $version for ${target:-this platform}, and no cargo to build it. Install Rust before this step."
  fi
  # The AWS SDKs take minutes, and are for a scan alone.
  local features=--no-default-features
  if is_true scan "${INPUT_SCAN:-}"; then features=--features=live; fi
  cargo build --release --locked "$features" --bin skylint --manifest-path "$GITHUB_ACTION_PATH/Cargo.toml" ||
    fail "skylint cannot be built from its sources: the log says why."
  skylint="${CARGO_TARGET_DIR:-$GITHUB_ACTION_PATH/target}/release/skylint$exe"
}

# Whether this is the repository that is checked out, and not an action that was fetched.
is_local() {
  local here there
  here="$(cd "$GITHUB_ACTION_PATH" && pwd -P)"
  there="$(cd "${GITHUB_WORKSPACE:-/nowhere}" 2> /dev/null && pwd -P)" || return 1
  case "$here/" in "$there"/*) return 0 ;; *) return 1 ;; esac
}

is_true scan "${INPUT_SCAN:-}" || true
if is_local; then
  from_source
elif [ -z "$target" ] || ! from_release; then
  echo "There is no release of skylint $version for ${target:-this platform}: building it from source."
  from_source
fi

said="$("$skylint" --version)" || fail "$skylint cannot be run."
if [ "$said" != "skylint $version" ]; then fail "This should be skylint $version, and says $(printf %q "$said")."; fi
echo "$said from $skylint"
printf 'skylint=%s\n' "$skylint" >> "$GITHUB_OUTPUT"
