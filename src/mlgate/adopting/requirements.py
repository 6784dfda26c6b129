"""Which packages a project names: in its requirements files and in pyproject.toml."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
BROUGHT_BY = {"ipykernel": ("jupyter", "notebook", "jupyterlab", "ipykernel"), "pandas": ("pandas", "geopandas")}


def lacking(needed: Iterable[str], names: set[str]) -> list[str]:
    """The needed packages that are not among the names, nor come with one of them."""

    def is_there(package: str) -> bool:
        name = package.partition("==")[0]
        return any(other in names for other in (name, f"{name}-cpu", f"{name}-gpu", *BROUGHT_BY.get(name, ())))

    return [package for package in needed if not is_there(package)]


def named(file: Path, depth: int = 0) -> set[str]:
    """The packages that a requirements file names, and those that it includes."""
    names: set[str] = set()
    if not file.is_file() or file.stat().st_size > 2**20 or depth > 3:
        return names
    for line in file.read_text("utf-8", "replace").splitlines():
        text = line.strip()
        if included := re.match(r"(?:-r|--requirement)[ =]?\s*(\S+)", text):
            names |= named(file.parent / included[1], depth + 1)
        elif found := _NAME.match(text):
            names.add(found[0].lower().replace("_", "-"))
    return names


def declared(folder: Path) -> set[str]:
    """The packages that pyproject.toml names as dependencies, main ones and those of groups."""
    file = folder / "pyproject.toml"
    try:
        data = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return set()
    lists = [_at(data, "project", "dependencies"), *_mapping(_at(data, "dependency-groups")).values()]
    texts = [d for group in lists if isinstance(group, list) for d in group if isinstance(d, str)]
    texts += list(_mapping(_at(data, "tool", "poetry", "dependencies")))
    return {found[0].lower().replace("_", "-") for text in texts if (found := _NAME.match(text))}


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = _mapping(data).get(key)
    return data


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def is_package(folder: Path) -> bool:
    """Whether pip can install the folder."""
    if (folder / "setup.py").is_file():
        return True
    file = folder / "pyproject.toml"
    return file.is_file() and bool(re.search(r"(?m)^\[project\]", file.read_text("utf-8", "replace")))
