#!/usr/bin/env bash
# Draws docs/report-light.webp and docs/report-dark.webp anew: the report of a run of `dfreeze demo` at 128 x 128 pixels, in two columns. Needs Chromium.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build src/DistributedFreeze.Cli -c Release --verbosity quiet

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dfreeze=$PWD/src/DistributedFreeze.Cli/bin/Release/net10.0/linux-x64/dfreeze
(
    cd "$folder"
    "$dfreeze" demo --output demo
    rm -r demo/run
    "$dfreeze" train --data demo/images --image-size 128 --preprocess torch --random-weights --epochs 40 --lr 3e-3 --cache-dir cache --output demo/run
    "$dfreeze" evaluate demo/run --output report
) > "$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }

columns='<style>main { max-width: none; columns: 2; column-gap: 40px; } section { break-inside: avoid; } h2 { margin-top: 16px; } section:has(table:not(#confusion)), section:has(dl) { display: none; }</style></head>'
for look in light dark; do
    media=$([ "$look" = dark ] && echo all || echo none)
    sed -e "s|(prefers-color-scheme: dark)|$([ "$media" = all ] && echo all || echo 'not all')|" -e "s|</head>|$columns|" -e "s|/[^<>\" ]*/demo/|demo/|g" "$folder/report/report.html" > "$folder/$look.html"
    "${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$folder/profile" --window-size=1280,850 \
        --screenshot="docs/report-$look.webp" "file://$folder/$look.html" > /dev/null 2>&1
done
ls -l docs/report-*.webp
