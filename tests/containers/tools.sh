# What the scripts in this folder share; they read it, nobody runs it.

# need TOOL ADVICE: ends with 77, which test runners count as skipped, where the tool is missing.
need() {
    command -v "$1" > /dev/null && return
    echo "skipped: it needs $1; $2"
    exit 77
}

need_podman() {
    need podman "apt-get install --no-install-recommends podman runc netavark aardvark-dns catatonit"
    # Others than this host's could reach the HTTP API, so a silo asks for a key.
    api_key=(--env "DistributedFreeze__Api__Keys__0=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')")
    grep -qs 'ApiOptions Api ' src/DistributedFreeze.Silo/Hosting/SiloOptions.cs || api_key=()
    [ -d /run/systemd/system ] || export CONTAINERS_CONF=${CONTAINERS_CONF:-$PWD/tests/containers/containers.conf}
    podman image exists "$image" && return
    echo "skipped: it needs the image $image; tests/containers/build.sh builds it"
    exit 77
}

say() { echo "--- $*"; }

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# What a pod of the chart may do: its user is the image's, and nothing but volumes can be written.
hardened=(--read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp)

# status CONTAINER PATH: the HTTP status of a path, asked from inside by the shell alone, as the chart's test does.
status() {
    podman exec "$1" bash -euc "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET $2 HTTP/1.0\r\nHost: silo\r\n\r\n' >&3
        read -r -t 10 version status rest <&3; echo \"\$status\"" 2> /dev/null || true
}

# ready CONTAINER: waits until the silo says that it is, for two minutes at most.
ready() {
    local tries
    for tries in {1..120}; do
        [ "$(status "$1" /readyz)" != 200 ] || return 0
        [ "$(podman inspect --format '{{.State.Running}}' "$1")" = true ] || break
        sleep 1
    done
    podman logs "$1" >&2
    fail "$1 did not get ready"
}

# hash: the model's, from the JSON on the input.
hash() { sed -nE 's/.*"modelSha256": ?"([0-9a-f]{64})".*/\1/p' | tail -n 1; }

# dfreeze ARGUMENTS: in a container of its own; the array client says how and with which image.
dfreeze() { podman run --rm "${client[@]}" "$@"; }

# event RUN PATTERN: the first event of a run that matches, once it happens; nothing where the run ends without.
event() {
    podman run --rm --name "$name-watch" "${client[@]}" watch "$1" --json 2> /dev/null | grep --max-count 1 --extended-regexp "$2" || true
    podman rm --force --ignore --time 0 "$name-watch" > /dev/null
}
