#!/usr/bin/env bash
# Pastes the README's cluster of five minutes into a shell, kills one of its silos in the middle of a second run, and compares both models with
# the demo's. Its ports (6380, 8080, 8081, 11111, 11112, 21111, 21112, 30000, 30001) must be free. It needs redis-server and curl. Exit code
# 77: one of them is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for tool in redis-server curl; do
    command -v "$tool" > /dev/null || { echo "skipped: it needs $tool; on Debian: apt-get install redis-server curl"; exit 77; }
done

set -m # for kill %2
lab=
end() {
    kill $(jobs -p) && wait || true
    [ -z "$lab" ] || rm -rf "$lab"
} 2> /dev/null
trap end EXIT

hash() { sed -nE 's/.*"modelSha256": ?"([0-9a-f]{64})".*/\1/p' "$1"; }

. <(sed -n '/^```bash$/,/^```$/p' README.md | grep -v '^```')
demo=$(hash "$lab/run/receipt.json")
[ -n "$demo" ] && [ "$(hash "$lab/runs/first/receipt.json")" = "$demo" ] || { echo "FAILED: first has not the demo's hash" >&2; exit 1; }
cmp "$lab/model/model.safetensors" "$lab/runs/first/model.safetensors"

# The same run under another name, with nothing kept, so that it lasts.
submit=$(grep -m 1 '^dfreeze submit' README.md)
eval "${submit//first/second} --cache-disk 0 --cache off" > "$lab/second.log" 2>&1 &
watching=$!
until grep -q 'epoch 2/40' "$lab/second.log"; do
    kill -0 "$watching" 2> /dev/null || { cat "$lab/second.log" >&2; echo "FAILED: second ended before its silo was killed" >&2; exit 1; }
    sleep 0.2
done
kill -9 %2
wait "$watching" || { cat "$lab/second.log" >&2; echo "FAILED: second did not survive its silo" >&2; exit 1; }
[ "$(hash "$lab/runs/second/receipt.json")" = "$demo" ] || { echo "FAILED: second has not the demo's hash" >&2; exit 1; }
grep -E 'lost|goes on' "$lab/second.log" || true
echo "the demo, a run of two silos, and one that lost a silo: $demo"
