#!/usr/bin/env bash
# Writes software bills of material (CycloneDX, JSON) into a folder: NAME.cdx.json for each package that "dotnet pack" makes, and image.cdx.json for what the
# image has of packages. It needs the tool of .config/dotnet-tools.json, which "dotnet tool restore" brings, and packages that are restored.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -eq 1 ] || { echo "usage: build/sbom.sh FOLDER" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet tool restore > /dev/null
version=$(dotnet msbuild src/DistributedFreeze.Cli -getProperty:Version)

# of PROJECT FILE NAME TYPE
of() {
    dotnet restore "src/$1" --locked-mode > /dev/null
    dotnet dotnet-CycloneDX "src/$1/$1.csproj" -o "$out" -fn "$2.cdx.json" -F Json -dpr -sn "$3" -sv "$version" -st "$4" > /dev/null
    echo "$out/$2.cdx.json"
}

for project in src/*; do
    name=$(basename "$project")
    if grep -qE "<(IsPackable|PackAsTool)>true<" "$project/$name.csproj"; then
        of "$name" "$name" "$name" Library
    fi
done
of DistributedFreeze.Cli image distributed-freeze Container
