"""Asking the user's environment: predictions, a look at the model file, test results; every answer is untrusted."""

import json
import os
import shlex
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from mlgate.scratch import scratch_folder
from mlgate.worker import sandbox
from mlgate.worker.child import INSPECTION
from mlgate.worker.environment import scrubbed
from mlgate.worker.sandbox import Limits, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T", bound=Struct)
_HERE = Path(__file__).parent
MAX_ANSWER = 16 * 2**20
MAX_TEXT_COLUMN = 2 * 2**30
NO_TESTS = 5  # pytest's exit code where it found none
NOT_INSTALLED = {"pytest": "No module named pytest\n", "nbval": "unrecognized arguments: --nbval"}


@dataclass(frozen=True)
class Workplace:
    """Where user code runs: a tree of the repository, an interpreter, and the limits of each process."""

    folder: Path  # the configuration's folder in that tree
    python: str
    limits: Limits
    network: bool = False
    path: str | None = None  # PATH with the interpreter's folder first


@dataclass(frozen=True)
class Handed:
    """A table as the worker gets it: files without the target column, and how many rows they have."""

    csv: Path
    parquet: Path | None
    rows: int


def path_with(python: str) -> str:
    """PATH with the interpreter's folder first, so that commands such as pytest come from its environment."""
    return os.pathsep.join([os.path.dirname(python), os.environ.get("PATH", os.defpath)])


class Crash(Exception):
    """User code did not give an answer; the text says what happened, with its last lines."""

    def __init__(self, message: str, *, timeout: bool = False) -> None:
        super().__init__(message)
        self.timeout = timeout
        self.report: ModelFileReport | None = None  # of the model file, if that was looked at before


class Refusal(Struct, frozen=True):
    """A name in a model file that may not be loaded, and why."""

    name: str
    why: str


class ModelFileReport(Struct, frozen=True):
    """What a model file holds, found without running it."""

    format: str
    bytes: int
    refused: tuple[Refusal, ...] = ()
    written_with: Mapping[str, str] = {}
    installed: Mapping[str, str | None] = {}
    features: tuple[str, ...] | None = None
    classes: tuple[Any, ...] | None = None
    error: str | None = None
    trusted_lines: tuple[str, ...] = ()
    files: int | None = None  # of a folder


class TestResult(Struct, frozen=True):
    """One test of the user's: how it ended and where it stands."""

    __test__ = False  # not a test of ours

    id: str
    outcome: str  # passed, failed, error, skipped
    file: str | None = None
    line: int | None = None
    message: str = ""
    seconds: float = 0.0


class _Column(Struct):
    name: str
    kind: str


class _Answer(Struct):
    tables: list[list[_Column]] | None = None
    error: str | None = None


@dataclass(frozen=True)
class Job:
    """What a model is asked: to predict tables, by its function or its file, and to be looked at."""

    function: str | None = None
    artifact: Path | None = None  # loaded where there is no function
    trusted: Sequence[str] = ()
    tables: Sequence[Handed] = ()
    inspect: Path | None = None  # the model file to look at, before anything of the user's has run


@dataclass(frozen=True)
class Answer:
    """Each table's prediction columns by name (arrays of shape (rows,)), and what the model file holds."""

    tables: "list[dict[str, NDArray[Any]]]"
    outcome: Outcome
    report: ModelFileReport | None


def ask_model(place: Workplace, job: Job) -> Answer:
    """The model's answer; raises `Crash` when there is none, with the look at the file if that came first."""
    with scratch_folder() as folder:
        (folder / "job.json").write_text(json.dumps(_as_json(job, place, folder)))
        heard = _Inspection()
        argv = [place.python, str(_HERE / "child.py"), str(folder / "job.json")]
        outcome = run(place, argv, folder, echo=heard.feed)
        report = heard.report()
        try:
            return Answer(_columns(folder, job.tables, outcome, place.limits), outcome, report)
        except Crash as error:
            error.report = report
            raise


class _Inspection:
    """What the worker says of the model file before anything of the user's runs; nothing said later counts."""

    def __init__(self) -> None:
        self._text = ""
        self._is_over = False

    def feed(self, text: str) -> None:
        """The next piece of the worker's output."""
        if not self._is_over:
            self._text += text
            self._is_over = f"{INSPECTION}\n" in self._text or len(self._text) > MAX_ANSWER

    def report(self) -> ModelFileReport | None:
        """What was found; between its lines may be the warnings of libraries."""
        said, end, _ = self._text.partition(f"{INSPECTION}\n")
        if not end:
            return None
        try:
            text = "".join(line.removeprefix(INSPECTION) for line in said.split("\n") if line.startswith(INSPECTION))
            return msgspec.json.decode(text, type=ModelFileReport)
        except msgspec.MsgspecError:
            return None


def _as_json(job: Job, place: Workplace, folder: Path) -> dict[str, Any]:
    tables = [{"csv": str(t.csv), "parquet": t.parquet and str(t.parquet), "rows": t.rows} for t in job.tables]
    return {
        "folder": str(place.folder),
        "predict": job.function,
        "artifact": job.artifact and str(job.artifact),
        "trusted": list(job.trusted),
        "tables": tables,
        "inspect": job.inspect and str(job.inspect),
        "folder_out": str(folder),
        "answer": str(folder / "answer.json"),
    }


def _columns(
    folder: Path, tables: Sequence[Handed], outcome: Outcome, limits: Limits
) -> "list[dict[str, NDArray[Any]]]":
    if outcome.ended != "exit" or outcome.code != 0:
        raise crash_of(outcome, limits)
    answer = read_answer(folder / "answer.json", _Answer)
    if answer is None:
        raise Crash(f"the process ended with exit code 0 before predict returned{last_lines(outcome)}")
    if len(answer.tables or ()) != len(tables):
        raise Crash(answer.error or "predict gave no predictions")
    return [
        {c.name: read_column(folder / f"{number}-{at}", c.kind, table.rows) for at, c in enumerate(columns)}
        for number, (columns, table) in enumerate(zip(answer.tables or (), tables, strict=True))
    ]


def predict_by_command(place: Workplace, command: str, table: Handed, output: Path) -> Outcome:
    """The command has written predictions to `output`; `{input}` and `{output}` in it stand for the paths."""
    with scratch_folder() as folder:
        argv = [
            part.replace("{input}", str(table.csv)).replace("{output}", str(output)) for part in shlex.split(command)
        ]
        outcome = run(place, argv, folder)
    if outcome.ended != "exit" or outcome.code != 0:
        raise crash_of(outcome, place.limits)
    if not _is_plain_file(output):
        raise Crash(f"the command ended well but wrote no predictions to {{output}}{last_lines(outcome)}")
    return outcome


def inspect_model(place: Workplace, artifact: Path, trusted: Sequence[str]) -> ModelFileReport:
    """What the model file holds, by a static walk in the user's environment; raises `Crash` when there is no answer."""
    report = ask_model(place, Job(trusted=trusted, inspect=artifact)).report
    if report is None:
        raise Crash("the model file could not be looked at")
    return report


def run_pytest(place: Workplace, arguments: Sequence[str]) -> tuple[tuple[TestResult, ...], Outcome]:
    """The results of pytest in the user's environment; raises `Crash` if it did not report any."""
    with scratch_folder() as folder:
        results = folder / "results.jsonl"
        argv = [place.python, "-m", "pytest", "-p", "mlgate_results", "-p", "no:cacheprovider", "-q", *arguments]
        extra = {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_HERE / "pytest_plugin"), os.environ.get("PYTHONPATH")])),
            "MLGATE_RESULTS": str(results),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        outcome = run(place, argv, folder, network=True, extra=extra)
        if outcome.ended != "exit":
            raise crash_of(outcome, place.limits)
        return _tests_that_ran(_read_results(results, outcome), outcome), outcome


def run_step(place: Workplace, command: str, what: str) -> Outcome:
    """A shell command of the configuration has ended well; raises `Crash` otherwise."""
    with scratch_folder() as folder:
        outcome = run(place, ["bash", "-euo", "pipefail", "-c", command], folder, network=True)
    if outcome.ended != "exit" or outcome.code != 0:
        raise Crash(
            f"{what} {sandbox.explain(outcome, place.limits)}{last_lines(outcome)}", timeout=outcome.ended == "timeout"
        )
    return outcome


def run(
    place: Workplace,
    argv: Sequence[str],
    home: Path,
    *,
    network: bool | None = None,
    extra: Mapping[str, str] | None = None,
    echo: Callable[[str], None] | None = None,
) -> Outcome:
    """The command has run in the sandbox, with a scrubbed environment and `home` as its home folder."""
    environment = scrubbed(
        os.environ, home=home, extra={**({"PATH": place.path} if place.path else {}), **(extra or {})}
    )
    allowed = place.network if network is None else network
    return sandbox.run(argv, cwd=place.folder, env=environment, limits=place.limits, network=allowed, echo=echo)


def crash_of(outcome: Outcome, limits: Limits) -> Crash:
    """The crash that an outcome is."""
    message = f"the process {sandbox.explain(outcome, limits)}{last_lines(outcome)}"
    return Crash(message, timeout=outcome.ended == "timeout")


def read_answer(path: Path, kind: type[T]) -> T | None:
    """The file as a `kind`; None if it is not one, for whatever reason: user code could have written it."""
    if not _is_plain_file(path, MAX_ANSWER):
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.MsgspecError, RecursionError):
        return None


def read_column(stem: Path, kind: str, rows: int) -> "NDArray[Any]":
    """A column that user code wrote, `.npy` or JSON, of so many rows; raises `Crash` for anything else."""
    path = stem.with_name(stem.name + (".npy" if kind == "npy" else ".json"))
    if not _is_plain_file(path, rows * 16 + 4096 if kind == "npy" else MAX_TEXT_COLUMN):
        raise Crash("the process announced predictions that it did not write")
    import numpy as np

    try:
        if kind == "npy":
            with path.open("rb") as stream:
                values: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        else:
            values = np.array(
                msgspec.json.decode(path.read_bytes(), type=list[str | int | float | bool | None]), dtype=object
            )
    except (ValueError, OSError, MemoryError, OverflowError, RecursionError, msgspec.MsgspecError):
        raise Crash("the process wrote predictions that cannot be read") from None
    if values.shape != (rows,) or values.dtype.kind not in "biufO":
        raise Crash(f"the process wrote {values.shape} predictions for {rows:,} rows")
    return values


def _read_results(path: Path, outcome: Outcome) -> tuple[TestResult, ...]:
    for module, sign in NOT_INSTALLED.items():
        if sign in outcome.output:
            raise Crash(f"{module} is not in the environment that runs tests\n  mend: pip install {module}")
    if not _is_plain_file(path, MAX_ANSWER):
        raise Crash(f"pytest ended with exit code {outcome.code} and no results{last_lines(outcome)}")
    try:
        lines = path.read_bytes().splitlines()
        return tuple(msgspec.json.decode(line, type=TestResult) for line in lines if line.strip())
    except msgspec.MsgspecError:
        raise Crash("pytest wrote results that cannot be read") from None


def _tests_that_ran(results: tuple[TestResult, ...], outcome: Outcome) -> tuple[TestResult, ...]:
    """The results without the mark that pytest came to its end; raises `Crash` where no failure stands for what it hid:
    without the mark, or with an exit code that says something was wrong.
    """
    tests = tuple(result for result in results if result.outcome != "finished")
    if any(t.outcome in ("failed", "error") for t in tests):
        return tests
    if len(tests) == len(results):
        raise Crash(f"pytest ended with exit code {outcome.code} before all tests had run{last_lines(outcome)}")
    if outcome.code not in (0, NO_TESTS):
        raise Crash(f"pytest ended with exit code {outcome.code}, though no test failed{last_lines(outcome)}")
    return tests


def _is_plain_file(path: Path, at_most: int = 2**40) -> bool:
    """Whether it is a file and no link, pipe or device, of at most that many bytes."""
    try:
        facts = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(facts.st_mode) and facts.st_size <= at_most


def last_lines(outcome: Outcome, count: int = 8) -> str:
    """What a process printed last, for the end of a message."""
    printed = outcome.output.strip().splitlines()
    lines = [line for line in printed if line.strip() and not line.startswith(INSPECTION)][-count:]
    return "; its last lines:\n" + "\n".join(f"  {line[:300]}" for line in lines) if lines else ""
