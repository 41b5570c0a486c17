#!/usr/bin/env bash
# Makes an authority for one cluster, and a certificate each for its silos and for its clients, in a folder that is not there yet:
# FOLDER/authority, FOLDER/silo and FOLDER/client. It needs openssl 3. Usage: k8s/certificates.sh FOLDER [DAYS]
set -euo pipefail
[ $# -ge 1 ] && [ $# -le 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
folder=$1 days=${2:-3650}
[[ $days =~ ^[1-9][0-9]{0,4}$ ]] || { echo "DAYS must be a whole number from 1 to 99999; it is '$days'" >&2; exit 2; }
[ ! -e "$folder" ] || { echo "$folder is there already; name a folder that is not" >&2; exit 2; }
umask 077
made=$folder.$$
trap 'rm -rf "$made"' EXIT
mkdir -p "$made/authority" "$made/silo" "$made/client"

# issue PART NAME OPTION...: a key and a certificate.
issue() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$days" -subj "/CN=$2" \
        -keyout "$made/$1/tls.key" -out "$made/$1/tls.crt" "${@:3}" 2> "$made/log" || { cat "$made/log" >&2; exit 1; }
    rm "$made/log"
}
by_the_authority=(-CA "$made/authority/tls.crt" -CAkey "$made/authority/tls.key" -addext basicConstraints=critical,CA:FALSE)
issue authority "distributed-freeze authority" -addext keyUsage=critical,keyCertSign
issue silo "distributed-freeze silo" "${by_the_authority[@]}" -addext extendedKeyUsage=serverAuth,clientAuth
issue client "distributed-freeze client" "${by_the_authority[@]}" -addext extendedKeyUsage=clientAuth
cp "$made/authority/tls.crt" "$made/silo/ca.crt"
cp "$made/authority/tls.crt" "$made/client/ca.crt"
mv "$made" "$folder"
trap - EXIT
echo "$folder/silo and $folder/client are for the secrets; keep $folder/authority to yourself"
