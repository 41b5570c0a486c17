#!/usr/bin/env bash
# Builds the image with buildah. Usage: tests/containers/build.sh [NAME:TAG] [more options of buildah bud, such as --no-cache]
# TORCH_BACKEND=cuda builds the one for GPUs. It needs buildah (root, or a user with subordinate ids) and the base images, pulled where they are not there yet. Packages come from
# where this host's NuGet takes them. Exit code 77: a tool is missing.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
. tests/containers/tools.sh
need buildah "apt-get install buildah"

backend=${TORCH_BACKEND:-cpu}
image=${1:-distributed-freeze:0.1.0$([ "$backend" = cpu ] || echo "-$backend")}
shift || true
nuget=${NUGET_CONFIG_FOLDER:-$HOME/.nuget/NuGet}
[ ! -d "$nuget" ] || set -- --volume "$nuget:/root/.nuget/NuGet:ro" "$@"

# The backend is named even where it is the default: buildah before 1.29 finds the stage no other way.
started=$SECONDS
buildah bud --format docker --layers --network host --isolation chroot --tag "$image" \
    --build-arg TORCH_BACKEND="$backend" --build-arg REVISION="$(git rev-parse HEAD 2> /dev/null || true)" --build-arg CREATED="$(date -u +%FT%TZ)" "$@" .
echo "$image took $((SECONDS - started)) s"
