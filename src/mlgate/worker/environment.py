"""Which environment variables user code, an installer and the kit itself may see."""

import os
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ALLOWED = re.compile(
    r"PATH|LANG|LANGUAGE|LC_\w+|TZ|TZDIR|TERM|COLUMNS|NO_COLOR|FORCE_COLOR|TMPDIR|CI|SOURCE_DATE_EPOCH"
    r"|VIRTUAL_ENV|CONDA_(PREFIX|DEFAULT_ENV)|LD_LIBRARY_PATH|DYLD_\w+"
    r"|PYTHON(PATH|UTF8|IOENCODING|WARNINGS|DONTWRITEBYTECODE|OPTIMIZE|USERBASE|NOUSERSITE)"
    r"|JAVA_HOME|R_HOME|R_LIBS\w*|JULIA_(DEPOT_PATH|NUM_THREADS)|SPARK_HOME|PYSPARK_(DRIVER_)?PYTHON"
    r"|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|(OMP|KMP|GOMP|MKL|OPENBLAS|BLIS|VECLIB|NUMEXPR|NUMBA|TF|XLA|JAX|PYTORCH|CUDA|CUBLAS|NCCL)_\w+"
    r"|(POLARS_MAX|RAYON_NUM)_THREADS|LOKY_MAX_CPU_COUNT|TOKENIZERS_PARALLELISM|(NVIDIA|HIP|ROCR)_VISIBLE_DEVICES"
    r"|HF_(HUB|DATASETS)_CACHE|HF_HUB_OFFLINE|TRANSFORMERS_OFFLINE|TORCH_HOME|NLTK_DATA|MPLBACKEND"
)
INSTALLER = re.compile(r"PIP_\w+|UV_(?!PUBLISH)\w+|(?i:(https?|all|no)_proxy)")

SECRET_NAME = re.compile(
    r"ACTIONS_\w*|AWS_\w*|(AZURE|ARM|GOOGLE|GCLOUD|CLOUDSDK)_\w*|SSH_AUTH_SOCK|NETRC|\w*DATABASE_URL|\w*CONNECTION_STRING"
    r"|\w*(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|APIKEY|SECRETS)\d*"
    r"|(\w+_)?(TOKEN|SECRET|PASSWORD|PASS|CREDENTIALS?|KEY|PAT|AUTH|COOKIE|DSN|JWT)\d*(_\w+)?|\w+_PWD",
    re.IGNORECASE,
)
SECRET_VALUE = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/\s@]+@"  # a URL with a user in it
    r"|\b(gh[a-z]_|github_pat_|glpat-|hf_|sk-|xox[a-z]-|npm_|pypi-|AKIA|ASIA)[A-Za-z0-9_-]{12,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.|-----BEGIN [A-Z ]*PRIVATE KEY"
)
SHORTEST_SECRET = 16  # characters from which on a value counts as one where it turns up in another variable

KIT = re.compile(  # what the kit needs and knows not to be secret
    r"CI|RUNNER_(OS|TEMP|TOOL_CACHE)"
    r"|GITHUB_(ACTIONS|ACTION_PATH|API_URL|BASE_REF|EVENT_NAME|EVENT_PATH|HEAD_REF|OUTPUT|REF|REF_NAME|REPOSITORY"
    r"|RUN_ATTEMPT|RUN_ID|SERVER_URL|SHA|STEP_SUMMARY|WORKSPACE)"
)
STARTED_CLEAN = "MLGATE_STARTED_CLEAN"


def is_secret(name: str) -> bool:
    """True if a variable of this name is likely to hold a credential.

    >>> [name for name in ("GITHUB_TOKEN", "DB_PWD", "PWD", "TOKENIZERS_PARALLELISM", "MONKEY") if is_secret(name)]
    ['GITHUB_TOKEN', 'DB_PWD']
    """
    return SECRET_NAME.fullmatch(name.replace("-", "_")) is not None  # an action's input is INPUT_GITHUB-TOKEN


def scrubbed(environ: Mapping[str, str], *, home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What user code sees: the allowed variables that hold no credential, a throw-away HOME, and `extra` as it is.

    Byte code is written as usual: a library that an installer left uncompiled starts several times faster afterwards.
    """
    kept = _without_secrets(environ, ALLOWED)
    user_base = kept.get("PYTHONUSERBASE") or _user_base(environ)
    fixed = {"HOME": os.fspath(home), "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"}
    return {**kept, **({"PYTHONUSERBASE": user_base} if user_base else {}), **fixed, **(extra or {})}


def installer(environ: Mapping[str, str], *, home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the step that installs requirements sees: the same, the settings of pip and uv, proxies and the real caches.

    An index's or a proxy's credentials pass, because private packages need them; the code of a package that is built
    from source runs with them.
    """
    settings = {name: value for name, value in environ.items() if INSTALLER.fullmatch(name)}
    return {**scrubbed(environ, home=home), **_caches(environ), **settings, **(extra or {})}


def kit_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the kit itself may hold while user code runs beside it: everything but credentials."""
    secrets = _secret_values(environ)
    return {
        name: value
        for name, value in environ.items()
        if KIT.fullmatch(name) or not (is_secret(name) or _holds_secret(value, secrets))
    }


def clean_start(
    argv: Sequence[str] | None = None,
    environ: Mapping[str, str] | None = None,
    execve: Callable[[str, list[str], dict[str, str]], object] = os.execve,
) -> None:
    """No credential is in this process's environment, nor in its /proc/PID/environ.

    Where one was, the process has started over, at most once, as `argv` (a whole command line; this very one unless
    given) without it.
    """
    environ = os.environ if environ is None else environ
    clean = kit_environment(environ)
    me = str(os.getpid())  # it stays the same over the exec, and a child that inherits the mark is another
    if len(clean) == len(environ) or environ.get(STARTED_CLEAN) == me:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    command = list(argv or [sys.executable, *sys.orig_argv[1:]])
    execve(command[0], command, {**clean, STARTED_CLEAN: me})


def _without_secrets(environ: Mapping[str, str], allowed: re.Pattern[str]) -> dict[str, str]:
    secrets = _secret_values(environ)
    return {
        name: value
        for name, value in environ.items()
        if allowed.fullmatch(name) and not is_secret(name) and not _holds_secret(value, secrets)
    }


def _secret_values(environ: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        value
        for name, value in environ.items()
        if is_secret(name) and len(value) >= SHORTEST_SECRET and not value.startswith(("/", "http"))
    )


def _holds_secret(value: str, secrets: Sequence[str]) -> bool:
    return SECRET_VALUE.search(value) is not None or any(secret in value for secret in secrets)


def _user_base(environ: Mapping[str, str]) -> str | None:
    """Where `pip install --user` puts packages, which Python would otherwise look for in the throw-away HOME."""
    if not environ.get("HOME"):
        return None
    home = Path(environ["HOME"])
    if sysconfig.get_config_var("PYTHONFRAMEWORK"):
        return os.fspath(home / "Library" / "Python" / sysconfig.get_python_version())
    return os.fspath(home / ".local")


def _caches(environ: Mapping[str, str]) -> dict[str, str]:
    """The caches of pip and uv and uv's Pythons where they are without a HOME of our own."""
    if not environ.get("HOME"):
        return {}
    home = Path(environ["HOME"])
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    pip = home / "Library" / "Caches" / "pip" if sys.platform == "darwin" else cache / "pip"
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return {
        "PIP_CACHE_DIR": os.fspath(pip),
        "UV_CACHE_DIR": os.fspath(cache / "uv"),
        "UV_PYTHON_INSTALL_DIR": os.fspath(data / "uv" / "python"),
    }
