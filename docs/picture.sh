#!/usr/bin/env bash
# Draws docs/demo.svg anew: records `dfreeze demo` in a terminal of 104 columns and writes its screen as SVG. Needs script (util-linux) and node.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build src/DistributedFreeze.Cli -c Release --verbosity quiet

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dfreeze=$PWD/src/DistributedFreeze.Cli/bin/Release/net10.0/linux-x64/dfreeze
(cd "$folder" && TERM=xterm-256color LANG=C.UTF-8 script --quiet --return --command "stty cols 104 && '$dfreeze' demo" recording > /dev/null)
node docs/picture.mjs 'dfreeze demo' < "$folder/recording" > docs/demo.svg
