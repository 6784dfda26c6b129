#!/usr/bin/env bash
# The second step of the action: the report, by the one process that has the token. Inputs come as MLGATE_* variables.
# Nothing of the workspace is read: the kit runs with -I, so no module of a checkout and no PYTHONPATH gets into it. It runs with bash 3.2 (macOS).
set -euo pipefail

venv=${MLGATE_VENV:-${RUNNER_TEMP:?this script is a step of GitHub Actions}/mlgate-kit}

set -- report --workflow "$MLGATE_WORKFLOW" --comment "$MLGATE_COMMENT" --name "$MLGATE_NAME" --author "$MLGATE_AUTHOR" --publisher "$MLGATE_PUBLISHER"
if [[ $MLGATE_PUBLISHER == cml ]]; then PATH="${MLGATE_CML:-${RUNNER_TEMP:?}/mlgate-cml}/node_modules/.bin:$PATH"; fi
while IFS= read -r line || [[ -n $line ]]; do
  line=${line#"${line%%[![:space:]]*}"}
  line=${line%"${line##*[![:space:]]}"}
  if [[ -n $line ]]; then set -- "$@" --config "$line"; fi
done <<< "$MLGATE_CONFIGS"

exec "$venv/bin/python" -I "$venv/bin/mlgate" "$@"
