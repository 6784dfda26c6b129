"""Checks and reports are files: found by name, loaded by path, held to a protocol."""

import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec
from msgspec import Struct

from mlgate.config import Config
from mlgate.errors import did_you_mean, user_error
from mlgate.evidence import Finding, canonical, sha256
from mlgate.questions import Question, TableFacts

if TYPE_CHECKING:  # metrics are computed by numpy, which checks of data do not need
    from mlgate.measuring.joint import Absent
    from mlgate.measuring.metric import Metric
    from mlgate.reporting.view import View

_PACKAGE = Path(__file__).parent
SHIPPED = _PACKAGE if (_PACKAGE / "checks").is_dir() else _PACKAGE.parent.parent  # the wheel, or the source tree
_NAMES = ("subject", "metric", "slice", "group", "family", "method", "source")
_FILE_NAME = re.compile(r"[a-z][a-z0-9_]*\.py")


@dataclass(frozen=True)
class Facts:
    """What a check may know before anything is read: the configuration in force and the tables' columns."""

    config: Config
    tables: Mapping[str, TableFacts]

    def metric(self, name: str) -> "Metric":
        """The metric of that name: the kit's, or one of the repository's own."""
        from mlgate.measuring.own_named import metric_of

        return metric_of(self.config.model, name)


@dataclass(frozen=True)
class Answers:
    """What a check judges: the answer to each question it asked, and what it knew before.

    `baseline` says why there is nothing to compare with, where that is so.
    """

    facts: Facts
    values: Mapping[Question, Any]
    baseline: "Absent | None" = None

    def __getitem__(self, question: Question) -> Any:
        return self.values[question]


class Check(Protocol):
    """A check is a module: its docstring is its page, `Params` its keys in mlgate.yml; it asks, then it judges.

    `plan` reads nothing and `judge` asks nothing, so both can be tested with plain values.
    A finding's status is left to the engine, which derives it from the finding's numbers.
    """

    Params: type[Struct]

    def plan(self, params: Any, facts: Facts) -> Iterable[Question]:
        """The questions whose answers `judge` needs."""
        ...

    def judge(self, params: Any, answers: Answers) -> Iterable[Finding]:
        """What the answers mean."""
        ...


class Report(Protocol):
    """A report format is a module: the file that `--output` writes (or None), and the text."""

    FILE: str | None

    def render(self, view: "View") -> str:
        """The whole report as text."""
        ...


@dataclass(frozen=True)
class OwnCheck:
    """A check of the repository's own, held to what evidence may be: whatever else it does is an exception."""

    module: Check

    @property
    def Params(self) -> type[Struct]:
        """The check's keys in mlgate.yml."""
        return self.module.Params

    def plan(self, params: Any, facts: Facts) -> Iterable[Question]:
        """The check's questions."""
        return _finished(lambda: self.module.plan(params, facts))

    def judge(self, params: Any, answers: Answers) -> Iterable[Finding]:
        """The check's findings, their texts cut to what evidence may hold."""
        return [_as_evidence(found) for found in _finished(lambda: self.module.judge(params, answers))]


def _finished(ask: Callable[[], Iterable[Any]]) -> list[Any]:
    """All that a check gives; its `sys.exit` is a crash like any other, not the end of the gate."""
    try:
        return list(ask())
    except SystemExit as error:
        raise RuntimeError(f"it called sys.exit({error.code!r})") from None


def _as_evidence(found: Any) -> Finding:
    if not isinstance(found, Finding):
        raise TypeError(f"'judge' gave a {type(found).__name__}, not a Finding")
    texts = {name: text[:400] for name in _NAMES if isinstance(text := getattr(found, name), str)}
    short = msgspec.structs.replace(found, message=str(found.message)[:2_000], **texts)
    canonical(short)  # raises for what is not finite
    return msgspec.convert(msgspec.to_builtins(short), Finding)


@dataclass(frozen=True)
class CheckFile:
    """A check by its id: the file and the folder (group) it stands in."""

    id: str
    group: str
    path: Path
    is_shipped: bool = True
    is_trusted: bool = True  # else it is code of a change that runs where the verdict is made, and is not loaded

    def load(self) -> Check:
        """The check's module; a `UserError` if the file does not hold a check."""
        module = load_module(self.path)
        missing = [name for name in ("Params", "plan", "judge") if not hasattr(module, name)]
        if missing or not (isinstance(module.Params, type) and issubclass(module.Params, Struct)):
            raise user_error(f"{self.path.name} is not a check: it has no {', '.join(missing) or 'Params struct'}",
                             mend="see 'mlgate checks' and docs/checks.md for what a check file holds")  # fmt: skip
        return cast(Check, module if self.is_shipped else OwnCheck(cast(Check, module)))


def find_checks(folder: Path | None = None) -> dict[str, CheckFile]:
    """All checks by id: the shipped ones, and the user's own in `folder`/checks; an id may stand for one file only."""
    found: dict[str, CheckFile] = {}
    for path in sorted((SHIPPED / "checks").glob("*/*.py")):
        found[_id(path)] = CheckFile(_id(path), path.parent.name, path)
    for path in sorted((folder / "checks").glob("*.py")) if folder and (folder / "checks").is_dir() else ():
        if path.samefile(SHIPPED / "checks") or not _FILE_NAME.fullmatch(path.name):
            continue
        if _id(path) in found:
            raise user_error(f"checks/{path.name} has the id of a shipped check", mend="give the file another name")
        found[_id(path)] = CheckFile(_id(path), "own", path, is_shipped=False)
    return found


def find_reports() -> dict[str, Path]:
    """All report formats by id."""
    return {_id(path): path for path in sorted((SHIPPED / "reports").glob("*.py"))}


def load_report(format_id: str) -> Report:
    """The report of that format; a `UserError` with the nearest name if there is none."""
    reports = find_reports()
    if format_id not in reports:
        raise user_error(f"there is no report format '{format_id}'", mend=did_you_mean(format_id, reports))
    return cast(Report, load_module(reports[format_id]))


def load_module(path: Path) -> ModuleType:
    """The module at `path`, loaded once, under a name that is unique to the path.

    It is registered before it runs, since dataclasses look their module up while they are made.
    """
    name = f"mlgate_plugin_{path.stem}_{sha256(str(path.resolve()).encode())[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise user_error(f"{path} cannot be loaded as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise user_error(f"{path.name} does not load: {type(error).__name__}: {error}") from error
    return module


def _id(path: Path) -> str:
    return path.stem.replace("_", "-")
