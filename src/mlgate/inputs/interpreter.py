"""The user's Python: the active one, the configured one, or an environment built from `requirements`."""

import fcntl
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from mlgate.config import Environment
from mlgate.errors import user_error
from mlgate.evidence import digest_of, sha256
from mlgate.inputs.pointers import cache_folder
from mlgate.worker import sandbox
from mlgate.worker.environment import installer
from mlgate.worker.sandbox import Limits

INSTALL_SECONDS = 3_600.0
INCLUDED = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]*([^\s#]+)")
LOCAL = re.compile(r"\s*(?:(?:-e|--editable)[\s=]*)?(?:\.|/|file:|[\w.-]+\s*@\s*file:)")  # a package of the tree itself
SOURCES = (".py", ".toml", ".cfg", ".pyx", ".pyi", ".c", ".cpp", ".h", ".rs")
UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}


def environment_digest(environment: Environment, folder: Path) -> str:
    """What the environment is made from: the requirements' bytes and the Python version that is asked for."""
    return digest_of({"requirements": _requirements_digest(environment, folder), "python": environment.python})


def limits_of(environment: Environment) -> Limits:
    """The configured limits of each process."""
    return Limits(environment.timeout, memory_bytes(environment.memory))


def memory_bytes(text: str) -> int:
    """
    >>> memory_bytes("4GiB"), memory_bytes("500 MB")
    (4294967296, 500000000)
    """
    number = float(text.rstrip("KMGTiB "))
    unit = text[len(text.rstrip("KMGTiB ")) :].strip()
    return int(number * (1024 if "i" in unit else 1000) ** UNITS[unit[0]])


def find_python(environment: Environment, folder: Path) -> str:
    """The interpreter that runs user code when nothing is installed; a `UserError` if there is none such."""
    wanted = environment.python
    if wanted and "/" in wanted:
        path = folder / wanted
        if not path.is_file():
            raise user_error(f"environment.python: there is no file {wanted}", mend="give a version such as '3.12'")
        return str(path.absolute())
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    names = [f"python{wanted}", "python3", "python"] if wanted else ["python3", "python"]
    places = [f"{active}/bin", None] if active else [None]
    found = [p for place in places for name in names if (p := shutil.which(name, path=place))]
    for python in found:
        if not wanted or _is_version(python, wanted):
            return python
    raise user_error(
        f"environment.python: there is no Python {wanted or ''} on PATH".replace("  ", " "),
        mend="install it, or give its path",
    )


def built_python(environment: Environment, folder: Path, say: Callable[[str], None]) -> str:
    """The interpreter of an environment with the configuration's requirements, built once for each digest of them."""
    python = python_of(environment, folder, say, may_build=True)
    assert python is not None
    return python


def python_of(environment: Environment, folder: Path, say: Callable[[str], None], *, may_build: bool) -> str | None:
    """The same; None where it is not built yet and may not be."""
    base = find_python(environment, folder)
    if not environment.requirements:
        return base
    requirements = folder / environment.requirements
    if not requirements.is_file():
        raise user_error(
            f"environment.requirements: there is no file {environment.requirements}",
            mend="check the path in mlgate.yml",
        )
    made_from = {"requirements": _requirements_digest(environment, folder), "python": str(Path(base).resolve())}
    digest = digest_of(made_from | _code_installed_from(folder, requirements))
    place = cache_folder() / "environments" / digest[:32]
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once build it once
        if not (place / "complete").is_file():
            if not may_build:
                return None
            say(f"installing {environment.requirements}")
            _build(place, base, requirements, folder)
            (place / "complete").touch()
    return str(place / "bin" / "python")


def _build(place: Path, base: str, requirements: Path, folder: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    python = str(place / "bin" / "python")
    if uv := shutil.which("uv"):
        steps = [
            [uv, "venv", "--quiet", "--python", base, str(place)],
            [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "-r", str(requirements)],
        ]
    else:
        steps = [[base, "-m", "venv", str(place)], [python, "-m", "pip", "install", "--quiet", "-r", str(requirements)]]
    for argv in steps:
        environment = installer(os.environ, home=Path.home())
        outcome = sandbox.run(argv, cwd=folder, env=environment, limits=Limits(INSTALL_SECONDS, 2**40))
        if outcome.ended != "exit" or outcome.code != 0:
            shutil.rmtree(place, ignore_errors=True)
            last = "\n".join(outcome.output.strip().splitlines()[-8:])
            raise user_error(
                f"{requirements.name} could not be installed: {Path(argv[0]).name} {sandbox.explain(outcome)}\n{last}",
                mend="mend the requirements, or install them in a step of your own and leave --install out",
            )


def _requirements_digest(environment: Environment, folder: Path) -> str | None:
    """The SHA-256 of the requirements, with the files that they include by `-r` and `-c`."""
    file = folder / environment.requirements if environment.requirements else None
    if not file or not file.is_file():
        return None
    texts = _with_included(file)
    return sha256(texts[0]) if len(texts) == 1 else digest_of([sha256(text) for text in texts])


def _with_included(file: Path, seen: frozenset[Path] = frozenset()) -> list[bytes]:
    """The bytes of a requirements file and of those that it includes, in order."""
    if file in seen or not file.is_file():
        return []
    texts = [file.read_bytes()]
    for line in texts[0].decode(errors="replace").splitlines():
        if included := INCLUDED.match(line):
            texts += _with_included(Path(os.path.normpath(file.parent / included[1])), seen | {file})
    return texts


def _code_installed_from(folder: Path, requirements: Path) -> dict[str, str]:
    """What an environment is made from besides the index: the tree's own code, where the requirements install it.

    An editable install also leads back to the very folder.
    """
    lines = [line for text in _with_included(requirements) for line in text.decode(errors="replace").splitlines()]
    local = [line for line in lines if LOCAL.match(line)]
    if not local:
        return {}
    files = sorted(p for p in folder.rglob("*") if p.suffix in SOURCES and p.is_file() and not _is_hidden(p, folder))
    code = digest_of([[p.relative_to(folder).as_posix(), sha256(p.read_bytes())] for p in files])
    return {"code": code} | ({"folder": str(folder)} if any(line.lstrip().startswith("-") for line in local) else {})


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _is_version(python: str, wanted: str) -> bool:
    if Path(python).resolve() == Path(sys.executable).resolve():
        found = ".".join(map(str, sys.version_info[:3]))
    else:
        code = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
        found = sandbox.run([python, "-I", "-S", "-c", code], cwd=Path("/"), env={}, limits=Limits(20)).output.strip()
    return (found + ".").startswith(wanted + ".")
