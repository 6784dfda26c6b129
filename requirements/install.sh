#!/usr/bin/env bash
# install.sh VENV [--editable | --bare] NAME...
# Afterwards VENV has exactly the versions in requirements/NAME.txt, checked by hash, and the kit itself (not with --bare).
# Of packages that have no wheel, requirements/NAME_source.txt has the sources; they are built with what NAME.txt holds.
# An environment that was made from the same files by the same Python is left as it is. Runs with bash 3.2 (macOS).
set -euo pipefail

kit=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case $1 in /*) venv=$1 ;; *) venv=$PWD/$1 ;; esac
shift
mode=--installed
case $1 in --editable | --bare) mode=$1 && shift ;; esac

# The package tools read configuration from the folder they run in: that must be the kit's, never a pull request's checkout.
cd "$kit"

find_python() { # prints the first Python that can run the kit; a project's own Python may be older
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python python3.14 python3.13 python3.12 python3.11 /usr/bin/python3 \
    "${RUNNER_TOOL_CACHE:-/nowhere}"/Python/3.1[1-9].*/*/bin/python3; do
    if "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
      "$candidate" -I -c 'import sys; print(sys.executable)'
      return
    fi
  done
  echo 'mlgate: no Python 3.11 or newer was found' >&2
  echo '  mend: install one, name it with PYTHON=…, or use actions/setup-python before this step' >&2
  return 2
}

digest() {
  if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

identity() { # of an interpreter, the same for those of its environments
  "$1" -I -c 'import sys; print(sys.version, sys.base_prefix)'
}

fingerprint() { # of the interpreter, the requirements, and (where it is copied) the kit
  {
    echo "$mode"
    identity "$python"
    for name in "$@"; do cat "requirements/$name.txt" "requirements/${name}_source.txt" 2> /dev/null || true; done
    cat pyproject.toml
    if [[ $mode == --installed ]]; then
      find src checks reports -type f -not -name '*.pyc' | LC_ALL=C sort | while IFS= read -r file; do
        echo "$file" && cat "$file"
      done
    fi
  } | digest
}

install() { # pip's arguments; uv when there is one, because it takes a tenth of the time
  if command -v uv > /dev/null; then
    # uv remembers the wheel of a folder for as long as its pyproject.toml is the same, whatever its sources are.
    uv pip install --quiet --python "$venv/bin/python" --refresh-package mlgate "$@"
  else
    "$venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "$@"
  fi
}

python=$(find_python)
wanted=$(fingerprint "$@")
if [[ -x $venv/bin/python && $(cat "$venv/.fingerprint" 2> /dev/null) == "$wanted" ]]; then
  exit 0
fi

echo "mlgate: installing $* into ${venv#"$PWD"/}" >&2
# A developer's environment keeps what was added to it by hand, unless another Python is asked for.
if [[ $mode != --editable || ! -x $venv/bin/python || $(identity "$venv/bin/python") != "$(identity "$python")" ]]; then
  rm -rf "$venv"
  if command -v uv > /dev/null; then
    uv venv --quiet --no-project --python "$python" "$venv"
  else
    "$python" -I -m venv "$venv"
  fi
fi
rm -f "$venv/.fingerprint"
for name in "$@"; do
  install --require-hashes --only-binary :all: --no-deps -r "requirements/$name.txt"
  if [[ -e requirements/${name}_source.txt ]]; then
    install --require-hashes --no-build-isolation --no-deps -r "requirements/${name}_source.txt"
  fi
done
case $mode in
  --editable) install --no-build-isolation --no-deps -e . ;;
  --installed) install --no-build-isolation --no-deps . ;;
esac
echo "$wanted" > "$venv/.fingerprint"
