#!/usr/bin/env bash
# Checks the dashboards against Grafana's own types. It needs node and npm, and the npm registry.
set -euo pipefail
dashboards="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../helm/distributed-freeze/files/dashboards" && pwd)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-save --no-audit --no-fund --ignore-scripts @grafana/schema@13.2.3 typescript@5.9.3

# JSON has the values of enumerations and not their names.
cat > json.ts <<'TYPES'
export type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
TYPES

checked=0
for dashboard in "$dashboards"/*.json; do
    name=$(basename "$dashboard" .json)
    {
        echo "import type { Dashboard } from '@grafana/schema';"
        echo "import type { Json } from './json';"
        printf 'export const dashboard: Json<Dashboard> = '
        cat "$dashboard"
    } > "$name.ts"
    checked=$((checked + 1))
done
node_modules/.bin/tsc --noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler ./*.ts
echo "$checked dashboards have Grafana's types"
