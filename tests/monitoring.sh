#!/usr/bin/env bash
# The whole check of metrics, dashboards and alerts, with the real tools: promtool on the rules, Grafana's types on the dashboards, and a
# Prometheus that watches a silo train and is asked for every panel. It needs prometheus, promtool, node and npm, and takes some minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for tool in prometheus promtool node npm; do
    command -v "$tool" > /dev/null || { echo "error: there is no $tool here; on Debian: apt-get install -y --no-install-recommends prometheus nodejs npm" >&2; exit 1; }
done

dotnet build tests/DistributedFreeze.Deployment.Tests -c Release
dotnet build tests/DistributedFreeze.Client.Tests -c Release
dotnet test --project tests/DistributedFreeze.Deployment.Tests -c Release --no-build --filter-namespace "DistributedFreeze.Deployment.Monitoring"
dotnet test --project tests/DistributedFreeze.Client.Tests -c Release --no-build --filter-namespace "DistributedFreeze.Client.Tests.Monitoring"
tests/DistributedFreeze.Deployment.Tests/Monitoring/check-dashboard-types.sh
