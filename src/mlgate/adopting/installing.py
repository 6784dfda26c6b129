"""How CI gets what a model needs: packages, and files that git holds only by pointer."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlgate.adopting.listing import File
from mlgate.adopting.pins import KIT, RELEASE
from mlgate.adopting.requirements import declared, is_package, lacking, named
from mlgate.worker.client import ModelFileReport

_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!]{0,30}")
REQUIREMENTS = ("requirements.txt", "requirements/base.txt", "requirements/requirements.txt", "requirements-prod.txt")
CONDA = ("environment.yml", "environment.yaml", "conda.yml")
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "joblib": ("scikit-learn",), "pickle": ("scikit-learn",), "skops": ("skops",), "onnx": ("onnxruntime",),
    "xgboost": ("xgboost",), "lightgbm": ("lightgbm",), "catboost": ("catboost",),
}  # fmt: skip


CREDENTIALS = (
    "`{command}` runs on GitHub without credentials, which is enough for what everybody may read; "
    f"github.com/{KIT}/blob/{RELEASE.major}/docs/init.md says how to give it some, and why the pull request that adds "
    "mlgate.yml gets none"
)


@dataclass(frozen=True)
class Chosen:
    """A command or value for a file, and why it is proposed."""

    value: str
    why: str


@dataclass(frozen=True)
class Environment:
    """What the configuration and the workflow say about the model's environment."""

    requirements: Chosen | None = None  # environment.requirements, from the configuration's folder
    install: Chosen | None = None  # the workflow's `install`
    setup: Chosen | None = None  # the workflow's `setup`
    fetch: Chosen | None = None  # environment.fetch
    python: Chosen | None = None  # the workflow's `python-version`
    remarks: tuple[str, ...] = ()


def needed_packages(report: ModelFileReport | None, *, loads_file: bool, tests: bool, notebooks: bool) -> list[str]:
    """The packages that the checks use in the model's environment, with the version that the file was written with."""
    found = []
    if loads_file and report:
        for name in (*LIBRARIES.get(report.format, ()), "scikit-learn" if report.format == "skops" else ""):
            version = str(report.written_with.get(name, ""))
            found += [f"{name}=={version}" if _VERSION.fullmatch(version) else name] if name else []
    found += ["pandas"] if loads_file else []
    found += ["pytest"] if tests or notebooks else []
    return found + (["nbval", "ipykernel"] if notebooks else [])


def find_environment(top: Path, folder: str, needed: Iterable[str], pointers: Iterable[File]) -> Environment:
    """The environment of the project in `folder`, looked for there and then at the top."""
    requirements, install = _packages(top, folder, list(needed))
    setup, fetch = _pulls(top, folder, list(pointers))
    remarks = (CREDENTIALS.format(command=fetch.value),) if fetch else ()
    return Environment(requirements, install, setup, fetch, _python(top, folder), remarks)


def _packages(top: Path, folder: str, needed: list[str]) -> tuple[Chosen | None, Chosen | None]:
    places = list(dict.fromkeys([folder, "."]))
    for place in places:
        if name := _first(top / place, REQUIREMENTS):
            path = name if place == "." else f"{place}/{name}"
            further = lacking(needed, named(top / path))
            up = "" if place == folder else "../" * len(Path(folder).parts)
            chosen = Chosen(f"{up}{name}", "the packages that your code runs with")
            if not further:
                return chosen, None
            why = f"{path} does not name {', '.join(further)}, which the checks need; add it there and remove this line"
            return chosen, Chosen(_pip(["-r", path, *further]), why)
    for place in places:
        if found := _by_other_tools(top, place, needed):
            return None, found
    if not needed:
        return None, None
    versions = ", versions as in the model file" if any("==" in n for n in needed) else ""
    return None, Chosen(_pip(needed), f"no list of packages was found; a requirements.txt would be better{versions}")


def _by_other_tools(top: Path, place: str, needed: list[str]) -> Chosen | None:
    here, extra = top / place, shlex.join(n.partition("==")[0] for n in lacking(needed, declared(top / place)))
    inside = "" if place == "." else f"cd {shlex.quote(place)} && "
    on_path = 'echo "$PWD/.venv/bin" >> "$GITHUB_PATH"'
    if (here / "uv.lock").is_file():
        more = f" && uv pip install {extra}" if extra else ""
        return Chosen(f"{inside}pip install uv && uv sync --frozen{more} && {on_path}", "from uv.lock")
    if (here / "poetry.lock").is_file():
        more = f" && pip install {extra}" if extra else ""
        install = "pip install poetry && poetry config virtualenvs.create false && poetry install"
        return Chosen(f"{inside}{install}{more}", "from poetry.lock")
    if name := _first(here, CONDA):
        more = f" && conda run --name base pip install {extra}" if extra else ""
        update = f'"$CONDA/bin/conda" env update --name base --file {name}'
        return Chosen(f'{inside}{update}{more} && echo "$CONDA/bin" >> "$GITHUB_PATH"', f"from {name}")
    if is_package(here):
        where = "." if place == "." else f"./{place}"
        return Chosen(_pip([where, *extra.split()]), "from pyproject.toml or setup.py")
    return None


def _pulls(top: Path, folder: str, pointers: list[File]) -> tuple[Chosen | None, Chosen | None]:
    """What brings files that git holds by pointer: before everything, and again for the base's own versions."""
    kinds = {f.pointer.kind for f in pointers if f.pointer}
    up = "../" * (0 if folder == "." else len(Path(folder).parts))
    if "dvc" in kinds:
        names = sorted(f.path for f in pointers if f.pointer and f.pointer.kind == "dvc")
        command = shlex.join(["dvc", "pull", *(f"{up}{n}" if up else n for n in names)])
        remote = _dvc_remote(top)
        extra = next((e for scheme, e in DVC_EXTRAS.items() if remote and remote.startswith(scheme)), "")
        tool = f"pip install {shlex.quote(f'dvc[{extra}]') if extra else 'dvc'}"
        is_open = bool(remote and remote.startswith(("http://", "https://")))
        setup = Chosen(f"{tool} && dvc pull" if is_open else tool, "DVC brings the data that git holds by pointer")
        why = "for files that are not there, also the base's; needs credentials unless the remote is public"
        return setup, Chosen(command, why)
    if "lfs" in kinds:
        return (
            Chosen("git lfs pull", "Git LFS holds files that the checks read; a private repository needs credentials"),
            Chosen("git lfs pull", "for files that are still pointers, also the base's"),
        )
    return None, None


DVC_EXTRAS = {"s3://": "s3", "gs://": "gs", "azure://": "azure", "ssh://": "ssh", "gdrive://": "gdrive"}


def _dvc_remote(top: Path) -> str | None:
    file = top / ".dvc" / "config"
    if not file.is_file() or file.stat().st_size > 2**16:
        return None
    found = re.search(r"(?m)^\s*url\s*=\s*(\S+)\s*$", file.read_text("utf-8", "replace"))
    return found[1] if found else None


def _python(top: Path, folder: str) -> Chosen | None:
    for place in dict.fromkeys([folder, "."]):
        file = top / place / ".python-version"
        found = re.match(r"3\.\d+", file.read_text("utf-8", "replace")) if file.is_file() else None
        if found:
            return Chosen(found[0], "from .python-version")
    return None


def _pip(arguments: Iterable[str]) -> str:
    return f"pip install {shlex.join(arguments)}"


def _first(folder: Path, names: Iterable[str]) -> str | None:
    return next((name for name in names if (folder / name).is_file()), None)
