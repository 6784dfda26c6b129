#!/usr/bin/env bash
# The second step of the action: a release command, by the one process that has credentials. Inputs come as MLGATE_* variables.
# Of the workspace git's objects are read, and no code: the kit runs with -I. Credentials are variables of this process, never
# arguments or files of the checkout. It runs with bash 3.2 (macOS).
set -euo pipefail

scratch=${RUNNER_TEMP:?this script is a step of GitHub Actions}
venv=${MLGATE_VENV:-$scratch/mlgate-kit}
log=$scratch/mlgate-release.txt
fetched=$scratch/mlgate-fetched # what the job without credentials gets

mlgate() {
  local code
  set +e
  { "$venv/bin/python" -I "$venv/bin/mlgate" "$@" 2>&1 >&3 3>&- | tee "$log" >&2 3>&-; code=${PIPESTATUS[0]}; } 3>&1
  set -e
  if [[ $code -ge 2 ]]; then
    echo "::error title=mlgate $1::$(grep -v '^[[:space:]]*$' "$log" | tail -n 8 | sed 's/%/%25/g' | tr '\r' ' ' | awk '{ printf "%s%%0A", $0 }')"
  fi
  return "$code"
}

use_credentials() { # for git, for the registry and the deployment, and to sign with
  local address line
  address=$(git remote get-url origin)
  if [[ $address == http* && -n ${GITHUB_TOKEN:-} ]]; then
    GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 | tr -d '\n')"
    echo "::add-mask::${GIT_CONFIG_VALUE_0##* }"
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$address.extraheader" GIT_CONFIG_VALUE_0
  fi
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.+)$ ]]; then
      echo "::add-mask::${BASH_REMATCH[2]}"
      export "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"
    fi
  done <<< "${MLGATE_ENVIRONMENT:-}"
  if [[ -n ${MLGATE_SIGNING_KEY_TEXT:-} ]]; then
    MLGATE_SIGNING_KEY=$(mktemp "$scratch/mlgate-key.XXXXXX") # for its owner alone
    trap 'rm -f "$MLGATE_SIGNING_KEY"' EXIT
    printf '%s\n' "$MLGATE_SIGNING_KEY_TEXT" > "$MLGATE_SIGNING_KEY"
    export MLGATE_SIGNING_KEY
  fi
  unset MLGATE_ENVIRONMENT MLGATE_SIGNING_KEY_TEXT
}

output() { # the value that the kit gave the step
  sed -n "s/^$1=//p" "$GITHUB_OUTPUT" | tail -n 1
}

fetch() { # VERSION AS: its verified files in a folder, for a job that has no credentials; git has them too, mostly
  local folder=mlgate-models/$2
  mkdir -p "$fetched/mlgate-models"
  if mlgate pull "$(output model)@$1" --into "$fetched/$folder"; then
    echo "models=$fetched" >> "$GITHUB_OUTPUT"
    echo "$2-model=$folder" >> "$GITHUB_OUTPUT"
  else
    echo "::warning title=mlgate::The registry does not give $1 to this job, so its file at its commit is taken; its digest decides."
  fi
}

configs=()
while IFS= read -r line || [[ -n $line ]]; do
  line=${line#"${line%%[![:space:]]*}"}
  line=${line%"${line##*[![:space:]]}"}
  if [[ -n $line ]]; then configs+=(--config "$line"); fi
done <<< "${MLGATE_CONFIGS:-}"

set -- --stage "$MLGATE_STAGE"
if [[ -n ${MLGATE_TO:-} ]]; then set -- "$@" --to "$MLGATE_TO"; fi
use_credentials
case $MLGATE_COMMAND in
  plan)
    mlgate promote "$MLGATE_VERSION" --plan --stage "$MLGATE_STAGE" ${configs[@]+"${configs[@]}"}
    if [[ $(output registered) == true ]]; then fetch "$(output version)" candidate; fi
    if [[ -n $(output champion) ]]; then fetch "$(output champion)" baseline; fi
    ;;
  promote)
    if [[ -n ${MLGATE_COMMIT:-} ]]; then
      mlgate register --commit "$MLGATE_COMMIT" --version "${MLGATE_VERSION##*@}" ${configs[@]+"${configs[@]}"}
    fi
    mlgate promote "$MLGATE_VERSION" --stage "$MLGATE_STAGE" --run "$GITHUB_RUN_ID"
    ;;
  rollback) mlgate rollback "$MLGATE_MODEL" "$@" --reason "$MLGATE_REASON" ;;
  standby)
    mlgate rollback "$MLGATE_MODEL" "$@" --drill --dry-run
    fetch "$(output version)" candidate
    ;;
  drill) mlgate rollback "$MLGATE_MODEL" "$@" --drill --run "$GITHUB_RUN_ID" ;;
  *)
    echo "::error title=mlgate::There is no command '$MLGATE_COMMAND'; it is plan, promote, rollback, standby or drill."
    exit 2
    ;;
esac
