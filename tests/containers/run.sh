#!/usr/bin/env bash
# Runs the image as the chart would: the image's own user, a read-only root, no capability, and here no network but loopback. It must
# train the demo, get ready, train the same again as a submitted run with the same hash, and leave a checkpoint when it is asked to end.
# Usage: tests/containers/run.sh [IMAGE]. It needs podman and the image of build.sh. Exit code 77: one of them is missing.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
image=${1:-distributed-freeze:0.1.0}
. tests/containers/tools.sh
need_podman

name=dfreeze-run-$$
volumes=(--volume "$name-data:/data:ro" --volume "$name-outputs:/outputs" --volume "$name-cache:/cache")
end() {
    podman rm --force --ignore --time 0 "$name-watch" "$name"
    podman volume rm --force "$name-data" "$name-outputs" "$name-cache"
} > /dev/null 2>&1
trap end EXIT

client=("${hardened[@]}" --network "container:$name" --env DFREEZE_CLUSTER=127.0.0.1:30000 --entrypoint dfreeze "$image")

say "the demo, with no silo"
demo=$(podman run --rm "${hardened[@]}" --network none --volume "$name-data:/data" --entrypoint dfreeze "$image" demo --output /data --json 2> /dev/null | hash)
[ -n "$demo" ] || fail "the demo has no hash"
echo "demo $demo"

say "a silo"
podman run --detach --name "$name" "${hardened[@]}" --network none "${volumes[@]}" "${api_key[@]}" "$image" > /dev/null
ready "$name"
for path in /healthz /readyz /metrics; do
    code=$(status "$name" "$path")
    echo "$path $code"
    [ "$code" = 200 ] || fail "$path answers '$code'"
done

say "what it holds"
stray=$(podman exec "$name" bash -c 'for path in *.pdb *.xml *.dylib onnxruntime.dll libtorch_python.so runtimes /source; do
    [ ! -e "$path" ] || echo "$path"; done')
[ -z "$stray" ] || fail "nothing needs $stray"

say "what it may do"
who=$(podman exec "$name" bash -c 'echo $UID:$(grep -h ^CapEff /proc/self/status | tr -d "[:space:]")')
echo "$who"
[ "$who" = 10001:CapEff:0000000000000000 ] || fail "it runs as $who"
! podman exec "$name" bash -c 'touch /app/written' 2> /dev/null || fail "/app can be written"
left=$(podman exec "$name" bash -c 'shopt -s nullglob dotglob; echo /tmp/*')
[ -z "$left" ] || fail "it left $left: a base that fits leaves no patched library and no socket"

say "the demo's run, submitted"
dfreeze submit --id submitted --data images --output submitted --random-weights --image-size 64 --preprocess torch \
    --epochs 40 --lr 0.003 --batch 32 --shards 8 --seed 0 --replicas 2 --cache-disk 0 2> /dev/null
dfreeze watch submitted 2>&1 | tail -n 6
submitted=$(dfreeze show submitted --json | hash)
echo "submitted $submitted"
[ "$submitted" = "$demo" ] || fail "the demo's hash is $demo"

say "SIGTERM in the middle of a run"
dfreeze submit --id long --data images --output long --random-weights --image-size 64 --preprocess torch --epochs 10000 --shards 8 --cache-disk 0 2> /dev/null
[ -n "$(event long '"event":"epoch-done"')" ] || fail "the run has no epoch"
started=$SECONDS
podman stop --time 150 "$name" > /dev/null
code=$(podman inspect --format '{{.State.ExitCode}}' "$name")
echo "exit code $code after $((SECONDS - started)) s"
[ "$code" = 0 ] || { podman logs "$name" >&2; fail "the silo's exit code is $code"; }
podman run --rm "${hardened[@]}" --network none "${volumes[@]}" --entrypoint bash "$image" -c 'ls -l /outputs/long/checkpoint.safetensors'
say "passed"
