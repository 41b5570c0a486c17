#!/usr/bin/env bash
# Writes the table of values in the chart's README anew, from the comments in values.yaml; --print shows the README instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/distributed-freeze"

table() {
    awk '
        /^ *# -- / { sub(/^ *# -- /, ""); comment = $0; next }
        /^ *#/ || /^ *$/ { next }
        {
            indent = match($0, /[^ ]/) - 1
            colon = index($0, ":")
            key[indent] = substr($0, indent + 1, colon - indent - 1)
            value = substr($0, colon + 1)
            sub(/^ */, "", value)
            if (value == "") { next }
            path = ""
            for (i = 0; i <= indent; i += 2) { path = path (i ? "." : "") key[i] }
            if (comment == "") { print "values.yaml:" NR ": " path " has no comment that begins with \"# --\"" > "/dev/stderr"; exit 1 }
            gsub(/\|/, "\\|", comment)
            print "| `" path "` | `" value "` | " comment " |"
            comment = ""
        }' values.yaml
}

rows=$(table)
readme=$(awk -v from='<!-- values -->' -v to='<!-- end of values -->' '
    NR == FNR { rows = rows $0 "\n"; next }
    $0 == to { inside = 0 }
    !inside { print }
    $0 == from { inside = 1; printf "\n| value | default | |\n|---|---|---|\n%s\n", rows }' <(echo "$rows") README.md)

if [ "${1:-}" = --print ]; then
    echo "$readme"
else
    echo "$readme" > README.md
fi
