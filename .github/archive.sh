#!/usr/bin/env bash
# Packs a release. archive.sh TARGET PROGRAM writes skylint-TARGET-vVERSION.tar.gz and its .sha256 into the working
# directory. action/install.sh and cargo-binstall know both names, and where the program is in the archive.
set -euo pipefail

target="$1"
program="$2"
root="$(cd "$(dirname "$0")/.." && pwd)"
version="$("$program" --version | cut -d ' ' -f 2)"
name="skylint-$target-v$version"
exe=""
case "$target" in *windows*) exe=.exe ;; esac

mkdir -p "$name/completions"
cp "$program" "$name/skylint$exe"
cp "$root/README.md" "$root/LICENSE-APACHE" "$root/LICENSE-MIT" "$name"
for shell in bash elvish fish powershell zsh; do
  "$program" completions "$shell" > "$name/completions/skylint.$shell"
done
"$program" man "$name/man"
tar -czf "$name.tar.gz" "$name"
if command -v sha256sum > /dev/null; then sha256sum "$name.tar.gz"; else shasum -a 256 "$name.tar.gz"; fi > "$name.tar.gz.sha256"
# Elsewhere it would say that the file was read as binary.
sed -i.bak 's/ \*/  /' "$name.tar.gz.sha256"
rm "$name.tar.gz.sha256.bak"
