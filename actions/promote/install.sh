#!/usr/bin/env bash
# The first step of the action: the kit and its pinned packages, without any credential. It runs with bash 3.2 (macOS).
set -uo pipefail

kit=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv=${MLGATE_VENV:-${RUNNER_TEMP:?this script is a step of GitHub Actions}/mlgate-kit}

bash "$kit/requirements/install.sh" "$venv" build core
code=$?
if [[ $code -eq 0 ]]; then exit 0; fi
echo '::error title=mlgate could not be installed::See the log of this step; nothing was released.'
if [[ $code -eq 2 ]]; then exit 2; fi
exit 3
