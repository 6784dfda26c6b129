#!/usr/bin/env bash
# The step before the report where CML publishes: CML at one version, without the token. It runs with bash 3.2 (macOS).
# No script of any package runs while it is installed. A failure is no failure of this step: the report then says that there is no `cml`.
set -uo pipefail

version=0.20.6
folder=${MLGATE_CML:-${RUNNER_TEMP:?this script is a step of GitHub Actions}/mlgate-cml}

if [[ -x $folder/node_modules/.bin/cml ]]; then exit 0; fi
mkdir -p "$folder" && cd "$folder" || exit 0 # npm reads .npmrc of the folder it runs in, which must be no checkout
npm install --ignore-scripts --no-audit --no-fund --no-save --no-package-lock --prefix "$folder" "@dvcorg/cml@$version" ||
  echo '::warning title=mlgate::CML could not be installed, so there will be no comment; see the log of this step.'
exit 0
