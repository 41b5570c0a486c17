# What chart.sh does to pods, as the kubelet and kubectl would; it reads this, nobody runs it. It goes with tools.sh and needs $name, the
# namespace and the network; $subnet, the first three bytes of its addresses; $folder, for files.

# What pods.js says of each pod, by its name.
declare -A role container network at seconds pause grace

# apply NUMBER: makes pods of the manifests on the input, the first with that number in its address; secrets and claims are there at once.
apply() {
    local pod made file
    rm -f "$folder"/*.secret
    node tests/containers/pods.js "$folder" "$name" "$subnet.$1" > "$folder/pods"
    for file in "$folder"/*.secret; do [ ! -e "$file" ] || podman secret create "$(basename "$file" .secret)" "$file" > /dev/null; done
    [ ! -s "$folder/claims.yaml" ] || podman play kube --network "$name" "$folder/claims.yaml" > /dev/null
    while IFS=$'\t' read -r pod made; do
        IFS=$'\t' read -r role["$pod"] container["$pod"] network["$pod"] at["$pod"] seconds["$pod"] pause["$pod"] grace["$pod"] <<< "$made"
    done < "$folder/pods"
}

# names ROLE: the pods that have it.
names() {
    local pod
    for pod in "${!role[@]}"; do [ "${role[$pod]}" != "$1" ] || echo "$pod"; done | sort
}

play() {
    podman play kube --network "$name:${network[$1]}" "$folder/$1.yaml" > "$folder/play.log" 2>&1 || { cat "$folder/play.log" >&2; fail "$1 cannot be played"; }
}

# asked POD: whether its readiness probe, sent from the node as the kubelet does, says yes.
asked() {
    case ${at[$1]} in
        tcp://*) (exec 3<> "/dev/tcp/$(sed 's/tcp:..//; s/:/\//' <<< "${at[$1]}")") 2> /dev/null ;;
        *) curl --silent --fail --max-time 6 --output /dev/null "${at[$1]}" ;;
    esac
}

# up POD: waits for the readiness probe as long as the startup probe would, and checks what the process may do.
up() {
    local started=$SECONDS may should
    until asked "$1"; do
        [ $((SECONDS - started)) -lt "${seconds[$1]}" ] || { podman logs "${container[$1]}" >&2; fail "$1 is not ready after ${seconds[$1]} s"; }
        sleep 1
    done
    may=$(awk '/^(Uid|Gid|CapEff|NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' "/proc/$(podman inspect --format '{{.State.Pid}}' "${container[$1]}")/status")
    should="$(sed -nE 's/^    runAs(User|Group): //p' "$folder/$1.yaml" | tr '\n' ' ')0000000000000000 1 2 "
    echo "$1 is ready at ${at[$1]} after $((SECONDS - started)) s; user, group, capabilities, no new privileges, seccomp: $may"
    [ "$may" = "$should" ] || fail "$1 should have $should"
}

# ended POD: waits for the end of one that ends by itself, as long as it may take, and demands success.
ended() {
    local code
    code=$(timeout "${seconds[$1]}" podman wait "${container[$1]}") || code="none after ${seconds[$1]} s"
    podman logs "${container[$1]}" 2>&1 | tail -n 4
    [ "$code" = 0 ] || fail "$1: exit code $code"
}

# delete POD: the pause of preStop, SIGTERM, and SIGKILL at the end of the grace period, which must not be needed.
delete() {
    local started=$SECONDS code
    sleep "${pause[$1]}"
    podman stop --time $((grace[$1] - pause[$1])) "${container[$1]}" > /dev/null
    code=$(podman inspect --format '{{.State.ExitCode}}' "${container[$1]}")
    echo "$1 ended with $code after $((SECONDS - started)) s; it had ${grace[$1]} s"
    [ "$code" = 0 ] || { podman logs "${container[$1]}" >&2; fail "$1 ended with $code"; }
    podman pod rm --force --time 0 "$name-$1" > /dev/null
}

# forward POD: from now on dfreeze talks to that pod's own loopback, as through kubectl port-forward.
forward() {
    client=("${hardened[@]}" --network "ns:/proc/$(podman inspect --format '{{.State.Pid}}' "${container[$1]}")/ns/net"
        --env DFREEZE_CLUSTER=127.0.0.1:30000 --volume "$folder/files-$name-distributed-freeze-client-tls:/tls:ro"
        --env DFREEZE_TLS_CA=/tls/ca.crt --env DFREEZE_TLS_CERT=/tls/tls.crt --env DFREEZE_TLS_KEY=/tls/tls.key --entrypoint dfreeze "$image")
}

# down: removes what was applied, as deleting the namespace would.
down() {
    local pod
    for pod in "${!role[@]}"; do
        [ -z "${LOGS:-}" ] || { mkdir -p "$LOGS" && podman logs "${container[$pod]}" > "$LOGS/${container[$pod]}.log" 2>&1; } || true
        podman pod rm --force --ignore --time 0 "$name-$pod"
    done
    podman volume ls --quiet | grep "^$name-" | xargs --no-run-if-empty podman volume rm --force || true
    podman secret ls --format '{{.Name}}' | grep "^$name-" | xargs --no-run-if-empty podman secret rm || true
    role=()
} > /dev/null 2>&1
