#!/usr/bin/env bash
# Pods on one machine: three silos and a Redis, each in a container with an address of its own on a private network. Runs are submitted
# from a further container; one loses the silo of a worker in the middle, another the silo of its coordinator. Each must end with the
# hash of the same run in a single process. Usage: tests/containers/cluster.sh [disconnect|kill] [IMAGE]
# It needs podman as root, the image of build.sh, and Redis: this host's redis-server, or the image that REDIS_IMAGE names.
# Exit code 77: one of them is missing. LOGS=FOLDER keeps the silos' logs.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
how=${1:-disconnect}
image=${2:-distributed-freeze:0.1.0}
case $how in disconnect | kill) ;; *) echo "the first argument must be disconnect or kill, got '$how'" >&2; exit 2 ;; esac
. tests/containers/tools.sh
need_podman
[ -n "${REDIS_IMAGE:-}" ] || need redis-server "apt-get install redis-server, or name an image by REDIS_IMAGE"

name=dfreeze-cluster-$$
volumes=(--volume "$name-data:/data" --volume "$name-outputs:/outputs")
containers=()
end() {
    local container
    podman rm --force --ignore --time 0 "$name-watch"
    for container in "${containers[@]}"; do
        [ -z "${LOGS:-}" ] || { mkdir -p "$LOGS" && podman logs "$container" > "$LOGS/$container.log" 2>&1; }
        podman rm --force --time 0 "$container"
    done
    podman volume rm --force "$name-data" "$name-outputs"
    podman network rm --force "$name"
} > /dev/null 2>&1
log=$(mktemp)
trap 'rm -f "$log"; end' EXIT

podman network create --internal "$name" > /dev/null
subnet=$(podman network inspect "$name" | sed -nE 's/.*"subnet": "([0-9.]+)\.[0-9]+\/[0-9]+".*/\1/p')

# silo NUMBER: starts one and waits for it. A slot each: a run of three replicas is on all three.
silo() {
    containers+=("$name-silo-$1")
    podman run --detach --name "$name-silo-$1" "${hardened[@]}" --tmpfs /cache:mode=1777 --network "$name" --ip "$subnet.$((10 + $1))" "${volumes[@]}" \
        "${api_key[@]}" --env DistributedFreeze__AdvertisedAddress="$subnet.$((10 + $1))" --env DistributedFreeze__CpuSlots=1 \
        --env DistributedFreeze__Clustering=redis --env DistributedFreeze__Redis="$subnet.10:6379" "$image" > /dev/null
    ready "$name-silo-$1"
    echo "silo $1 at $subnet.$((10 + $1))"
}

# members NUMBERS: the silos that are there. Clients are told of these, as a cluster's DNS would tell them.
members() {
    local number gateways=""
    alive=$*
    for number; do gateways+="${gateways:+,}$subnet.$((10 + number)):30000"; done
    client=("${hardened[@]}" --network "$name" "${volumes[@]}" --volume "$PWD/tests/containers/run.yaml:/run.yaml:ro"
        --env "DFREEZE_CLUSTER=$gateways" --entrypoint dfreeze "$image")
}
members 1 2 3

say "a single process"
dfreeze demo --output /data --json > "$log" 2>&1 || { cat "$log" >&2; fail "the demo, whose images it takes"; }
single=$(dfreeze train -f /run.yaml --output /outputs/single --replicas 1 --cache-disk 0 --json 2> "$log" | hash)
[ -n "$single" ] || { cat "$log" >&2; fail "the single process has no hash"; }
echo "single process $single"

say "Redis and three silos"
containers+=("$name-redis")
redis=(--detach --name "$name-redis" --network "$name" --ip "$subnet.10" --tmpfs /tmp)
if [ -n "${REDIS_IMAGE:-}" ]; then
    podman run "${redis[@]}" "$REDIS_IMAGE" > /dev/null
else
    # With this host's libraries, which its program was linked to.
    podman run "${redis[@]}" --volume /usr:/usr:ro --entrypoint /usr/bin/redis-server "$image" \
        --bind 0.0.0.0 --protected-mode no --save "" --dir /tmp > /dev/null
fi
for number in 1 2 3; do silo $number; done

# lose WHOSE RUN: submits a run, cuts off one of its silos in the second phase, and compares what it comes to.
lose() {
    local coordinator number attempt code
    say "the silo of $1 is lost: $how"
    dfreeze submit -f /run.yaml --output "/outputs/$2" --id "$2" --replicas 3 --cache-disk 0 > /dev/null 2> "$log" || { cat "$log" >&2; fail "$2 was not taken"; }
    [ -n "$(event "$2" '"event":"epoch-done".*"phase":1')" ] || { dfreeze show "$2"; fail "$2 did not reach its second phase"; }
    coordinator=$(dfreeze show "$2" --json | sed -nE 's/.*"coordinator": ?"([0-9.]+):.*/\1/p')
    [ -n "$coordinator" ] || fail "$2 does not say which silo coordinates it"
    # Of the silos that are there, the coordinator's, or the first other one.
    for number in $alive; do
        if [ "$1" = coordinator ] && [ "$subnet.$((10 + number))" = "$coordinator" ]; then break; fi
        if [ "$1" = worker ] && [ "$subnet.$((10 + number))" != "$coordinator" ]; then break; fi
    done
    echo "coordinator at $coordinator; cut off: silo $number"
    if [ "$how" = kill ]; then
        podman kill --signal KILL "$name-silo-$number" > /dev/null
    else
        podman network disconnect "$name" "$name-silo-$number"
    fi
    members ${alive/$number/}
    # Until the members have noticed the loss, a client may be told that nobody answers.
    for attempt in 1 2 3; do
        code=0
        dfreeze watch "$2" --json > "$log" || code=$?
        [ "$code" != 0 ] && ! grep -q '"event":"ended"' "$log" || break
        echo "watching ended with exit code $code before the run did; attempt $attempt of 3"
    done
    grep -E '"event":"(replica-lost|regrouped|picked-up|ended)"' "$log" || true
    [ "$code" = 0 ] || fail "$2 ended with exit code $code"
    grep -qE '"event":"(replica-lost|picked-up)"' "$log" || fail "$2 lost nothing: it ended before the cut"
    hashes[$2]=$(dfreeze show "$2" --json | hash)
    echo "$2 ${hashes[$2]}"
    [ "${hashes[$2]}" = "$single" ] || fail "the single process has $single"
}

declare -A hashes
lose worker loses-a-worker
silo 4
members $alive 4
lose coordinator loses-its-coordinator

say "passed"
printf '%-22s %s\n' single-process "$single" loses-a-worker "${hashes[loses-a-worker]}" \
    loses-its-coordinator "${hashes[loses-its-coordinator]}"
