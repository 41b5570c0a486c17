#!/usr/bin/env bash
# Packs the libraries into a feed and builds and runs the samples from it, as somebody would who has the packages and not the repository.
# The solution must have been built. Usage: samples/build.sh [CONFIGURATION [FEED]]; the defaults are Release and a folder that is removed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
configuration=${1:-Release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
feed=${2:-$work/feed}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

dotnet pack DistributedFreeze.sln -c "$configuration" --no-build -o "$feed" -v quiet -nodeReuse:false
version=$(basename "$feed"/DistributedFreeze.Client.*.nupkg .nupkg)
version=${version#DistributedFreeze.Client.}

# Ours come from the feed and go into folders of this script alone; those of others lie in this host's cache already.
cache=$(dotnet nuget locals global-packages --list)
cat > "$work/nuget.config" << EOF
<configuration>
  <packageSources><add key="distributed-freeze" value="$feed" /></packageSources>
  <fallbackPackageFolders><add key="host" value="${cache#global-packages: }" /></fallbackPackageFolders>
</configuration>
EOF
export NUGET_PACKAGES=$work/packages
cp -r samples/Submit samples/Classify samples/Check "$work"
rm -rf "$work"/*/bin "$work"/*/obj

run() {
    dotnet build "$work/$1" -c Release -p:DistributedFreezeVersion="$version" -v quiet -nodeReuse:false -o "$work/out/$1"
    (cd "$work" && "out/$1/$1" "${@:2}" 2>&1 | cat) || true # none finds what it asks for here; how it says so shows how far it came
}

dotnet tool install --tool-path "$work/tool" --configfile "$work/nuget.config" --version "$version" DistributedFreeze.Cli > /dev/null
said=$(dotnet_root=$(dirname "$(readlink -f "$(command -v dotnet)")") && DOTNET_ROOT=${DOTNET_ROOT:-$dotnet_root} "$work/tool/dfreeze" --version)
[ "${said%%+*}" = "$version" ] || { echo "$said" >&2; echo "FAILED: the tool dfreeze does not say its version" >&2; exit 1; }
said=$(run Submit)
grep -o 'No cluster answers at 127.0.0.1:30000' <<< "$said" || { echo "$said" >&2; echo "FAILED: Submit did not get as far as the cluster" >&2; exit 1; }
echo 'epochs: many' > "$work/run.yaml"
said=$(run Check run.yaml)
grep -o 'run.yaml: epochs: .*' <<< "$said" || { echo "$said" >&2; echo "FAILED: Check did not find what is wrong with a run file" >&2; exit 1; }
said=$(run Classify) # loads ONNX Runtime before it looks for the model
grep -o 'run1/model.onnx: does not exist' <<< "$said" || { echo "$said" >&2; echo "FAILED: Classify did not get as far as the model" >&2; exit 1; }
echo "built and ran from $(cd "$feed" && echo DistributedFreeze.*.nupkg)"
