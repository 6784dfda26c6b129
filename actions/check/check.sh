#!/usr/bin/env bash
# The step of both action.yml: install the kit, check, and hand evidence and report to GitHub. Inputs come as MLGATE_* variables.
#
# It runs in two processes, and the second replaces the first. The first has the step's whole environment, perhaps with credentials for the
# configuration's `fetch` command, and runs nothing but pinned packages. The second has none of it, because a pull request's code can read the
# environment of every process of its user; only the kit gets the whole of it back, runs `fetch`, and then lets go of it by itself.
# It runs with bash 3.2 (macOS).
set -euo pipefail

kit=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=${RUNNER_TEMP:?this script is a step of GitHub Actions}
config=${MLGATE_CONFIG:-mlgate.yml}
venv=${MLGATE_VENV:-$scratch/mlgate-kit}
log=$scratch/mlgate-stderr.txt

first_process() {
  local name kept=()
  bash "$kit/requirements/install.sh" "$venv" build core || stop_without_kit $?
  for name in PATH HOME LANG LC_ALL TMPDIR CI RUNNER_TEMP GITHUB_ACTIONS GITHUB_SERVER_URL GITHUB_REPOSITORY GITHUB_RUN_ID \
    GITHUB_WORKSPACE GITHUB_OUTPUT GITHUB_STEP_SUMMARY MLGATE_CONFIG MLGATE_OUTPUT MLGATE_INSTALL MLGATE_VENV \
    MLGATE_REF MLGATE_BASELINE MLGATE_MODEL MLGATE_BASELINE_MODEL; do
    if [[ -n ${!name+set} ]]; then kept+=("$name=${!name}"); fi
  done
  exec 3< <(export -p)
  exec env -i "${kept[@]}" bash "${BASH_SOURCE[0]}" without-credentials
}

stop_without_kit() {
  echo '::error title=mlgate could not be installed::See the log of this step; nothing was checked.'
  if [[ $1 -eq 2 ]]; then exit 2; fi
  exit 3
}

second_process() {
  local name output code artifact='' verdict=error
  name=$(slug)
  output=${MLGATE_OUTPUT:-$scratch/mlgate/${name:-mlgate.yml}}
  mkdir -p "$output"
  rm -f "$output/evidence.json" "$output/report.md"
  set +e
  { check "$output" 2>&1 >&4 4>&- | tee "$log" >&2 3<&- 4>&-; code=${PIPESTATUS[0]}; } 4>&1
  set -e
  exec 3<&-

  if [[ -s $output/evidence.json ]]; then
    # The verdict is check's exit code; a report that cannot be rendered does not change it.
    mlgate render "$output/evidence.json" --format annotations || true
    verdict=$(verdict "$output/report.md") || verdict=error
    cat "$output/report.md" >> "$GITHUB_STEP_SUMMARY" || true
    artifact=mlgate-evidence${name:+-$name}
  else
    if [[ $code -lt 2 ]]; then code=3; fi # nothing was proved, neither for the change nor against it
    describe_failure "$code" >> "$GITHUB_STEP_SUMMARY"
  fi
  cat >> "$GITHUB_OUTPUT" << END
verdict=$verdict
exit-code=$code
output=$output
evidence=$output/evidence.json
report=$output/report.md
artifact=$artifact
END
  exit "$code"
}

slug() { # mlgate.yml → nothing; models/credit/mlgate.yml → models--credit; credit.yml → credit.yml
  local path=${config#./}
  path=${path%mlgate.yml}
  printf %s "${path%/}" | sed 's|/|--|g' | LC_ALL=C tr -c 'A-Za-z0-9._-' _
}

mlgate() { # -I: no module of the checkout and no PYTHONPATH gets into the kit
  "$venv/bin/python" -I "$venv/bin/mlgate" "$@"
}

check() ( # the one process that gets the whole environment back
  output=$1
  set -- check --config "$config" --output "$output"
  if [[ ${MLGATE_INSTALL:-true} == true ]]; then set -- "$@" --install; fi
  if [[ -n ${MLGATE_REF:-} ]]; then set -- "$@" --ref "$MLGATE_REF"; fi
  if [[ -n ${MLGATE_BASELINE:-} ]]; then set -- "$@" --baseline "$MLGATE_BASELINE"; fi
  if [[ -n ${MLGATE_MODEL:-} ]]; then set -- "$@" --model "$MLGATE_MODEL"; fi
  if [[ -n ${MLGATE_BASELINE_MODEL:-} ]]; then set -- "$@" --baseline-model "$MLGATE_BASELINE_MODEL"; fi
  restored=$(cat <&3)
  eval "$restored"
  unset MLGATE_CONFIG MLGATE_OUTPUT MLGATE_INSTALL MLGATE_REF MLGATE_BASELINE MLGATE_MODEL MLGATE_BASELINE_MODEL
  exec "$venv/bin/python" -I "$venv/bin/mlgate" "$@" 3<&-
)

verdict() { # of a report: the sign in its heading
  case $(grep -m 1 '^#' "$1") in
    *✅*) echo pass ;;
    *❌*) echo fail ;;
    *❔*) echo inconclusive ;;
    *⚠*) echo not-measured ;;
    *) echo error ;;
  esac
}

describe_failure() { # without evidence: annotations on standard error, and text for the summary on standard output
  local title='mlgate failed' problems line
  if [[ $1 -eq 2 ]]; then title='mlgate cannot use the configuration'; fi
  problems=$(grep -m 8 -E '^[^ :]+:[0-9]+: ' "$log" || grep -v '^[[:space:]]*$' "$log" | tail -n 1 || true)
  while IFS= read -r line; do
    if [[ $line =~ ^([^\ :]+):([0-9]+):\ (.*)$ ]]; then
      echo "::error title=$title,file=$(escape "${BASH_REMATCH[1]}" | sed 's/,/%2C/g'),line=${BASH_REMATCH[2]}::$(escape "${BASH_REMATCH[3]}")"
    else
      echo "::error title=$title::$(escape "${line:-see the log of this step}")"
    fi
  done <<< "$problems" >&2
  printf '### ❌ %s\n\n' "$title"
  LC_ALL=C tr -d '\000-\010\013-\037\177' < "$log" | tail -n 40 | sed 's/^/    /' # an indented block cannot be left by its text
}

escape() {
  printf %s "$1" | sed 's/%/%25/g' | tr '\r\n' '  '
}

if [[ ${1:-} == without-credentials ]]; then second_process; else first_process; fi
