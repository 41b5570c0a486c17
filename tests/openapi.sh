#!/usr/bin/env bash
# The API's document, judged by those who read it: Redocly and Spectral lint it, openapi-typescript, Kiota and NSwag make clients of it, and the two
# in C# submit, watch, list, cancel and download against a silo that asks for a key. It needs the .NET SDK, node, npm, python3 and their registries.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for tool in dotnet npm python3 curl; do
    command -v "$tool" > /dev/null || { echo "error: there is no $tool here; on Debian: apt-get install -y --no-install-recommends nodejs npm python3 curl" >&2; exit 1; }
done

repository=$PWD
work=$(mktemp -d)
silo=
trap '[ -z "$silo" ] || kill "$silo"; rm -rf "$work"' EXIT
dotnet build src/DistributedFreeze.Silo -c Release
cd "$work"
echo "== tools"
npm install --no-audit --no-fund --silent @redocly/cli @stoplight/spectral-cli openapi-typescript typescript
dotnet tool install --tool-path tools Microsoft.OpenApi.Kiota
dotnet tool install --tool-path tools NSwag.ConsoleCore

echo "== silo"
python3 "$repository/tests/openapi/images.py" images
mkdir outputs
key=openapi-check-0123456789abcdef
DistributedFreeze__SiloPort=0 DistributedFreeze__GatewayPort=0 DistributedFreeze__ExchangePort=0 \
    dotnet "$(find "$repository/src/DistributedFreeze.Silo/bin/Release" -name DistributedFreeze.Silo.dll | head -n 1)" --urls=http://127.0.0.1:0 \
    "--DistributedFreeze:DataRoots:0=$work/images" "--DistributedFreeze:OutputRoots:0=$work/outputs" --DistributedFreeze:CpuSlots=1 \
    "--DistributedFreeze:Api:Keys:0=$key" > silo.log 2>&1 &
silo=$!
until address=$(grep -om1 'http://127.0.0.1:[0-9]*' silo.log); do
    kill -0 "$silo" || { cat silo.log >&2; exit 1; }
    sleep 0.2
done

curl -sSf --retry 30 --retry-all-errors "$address/api/v1/openapi.json" -o openapi.json # without the key: it is for everybody

echo "== linters"
npx redocly lint openapi.json
printf 'extends: ["spectral:oas"]\n' > .spectral.yaml
npx spectral lint openapi.json

echo "== openapi-typescript"
npx openapi-typescript openapi.json -o api.d.ts
npx tsc --noEmit --strict api.d.ts

echo "== clients in C#"
mkdir kiota nswag
KIOTA_OFFLINE_ENABLED=true tools/kiota generate -d openapi.json -l CSharp -o kiota/Api -n Generated -c ApiClient --log-level Warning
tools/nswag openapi2csclient /input:openapi.json /output:nswag/Api.cs /namespace:Generated /className:Api /JsonLibrary:NewtonsoftJson \
    /generateOptionalPropertiesAsNullable:true
cp "$repository/tests/openapi/Client.csproj" kiota/kiota.csproj
cp "$repository/tests/openapi/Client.csproj" nswag/nswag.csproj
cp "$repository/tests/openapi/Kiota.cs" kiota/
cp "$repository/tests/openapi/NSwag.cs" nswag/
for client in kiota nswag; do
    dotnet run --project "$client" -c Release -- "$address" "$key"
done
