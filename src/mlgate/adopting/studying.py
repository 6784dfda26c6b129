"""A project as it was read: its tables profiled, its model file looked at without running it, its columns guessed."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import duckdb

from mlgate.adopting.functions import Function
from mlgate.adopting.installing import Environment, find_environment, needed_packages
from mlgate.adopting.kinds import is_python_notebook, known_metrics
from mlgate.adopting.listing import File, Listing
from mlgate.adopting.meaning import Guess, Meaning, find_meaning, telling
from mlgate.adopting.profiling import Column, Profile, profile
from mlgate.adopting.projects import Project, table_path
from mlgate.config import Environment as ConfiguredEnvironment
from mlgate.errors import UserError, user_error
from mlgate.inputs.interpreter import find_python
from mlgate.inputs.pointers import Pointer, resolve
from mlgate.scan.dialect import quote
from mlgate.scan.formats import find_files
from mlgate.scratch import scratch_folder
from mlgate.worker.client import Crash, ModelFileReport, Workplace, inspect_model
from mlgate.worker.sandbox import Limits

LOOK_SECONDS, LOOK_BYTES = 60.0, 2 * 2**30
MOST_NOTEBOOKS = 20


@dataclass(frozen=True)
class Seen:
    """What is known of a project, for its configuration; paths in it are from the configuration's folder."""

    project: Project
    id: str
    tables: Mapping[str, Profile] = field(default_factory=dict)
    meaning: Meaning = field(default_factory=Meaning)
    labels: Column | None = None  # the label column, for its type and how many rows each class has
    train_key: Guess | None = None
    predictions: str | None = None  # a table of predictions, where there is no model
    artifact: str | None = None
    report: ModelFileReport | None = None
    function: Function | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    notebooks: tuple[str, ...] = ()
    environment: Environment = field(default_factory=Environment)
    remarks: tuple[str, ...] = ()  # for the person, beyond the files


def study(listing: Listing, project: Project) -> Seen:
    """What can be known of a project without running anything of it; a `UserError` if its table is not here."""
    from mlgate.scan.tables import connect

    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder())
        connection = stack.enter_context(connect())
        artifact = project.models[0] if project.models else None
        report = _look(listing, artifact, scratch) if artifact else None
        tables = _profiles(listing, project, connection, scratch)
        test = tables.get("test")
        meaning = find_meaning(test, report) if test else Meaning()
        predictions = _predictions(project, test)
        train_key = _train_key(connection, tables, meaning)
    labels = test.columns[meaning.target.column] if test and meaning.target else None
    notebooks = [f.path for f in project.notebooks if is_python_notebook(listing.top, f)][:MOST_NOTEBOOKS]
    function = project.functions[0] if project.functions else None
    loads = artifact is not None and function is None
    needed = needed_packages(report, loads_file=loads, tests=project.has_tests, notebooks=bool(notebooks))
    pointers = [f for f in (project.test, project.train, artifact) if f and f.pointer]
    environment = find_environment(listing.top, project.folder, needed, pointers)
    return Seen(
        project=project, id=_id(listing, project), tables={} if predictions else tables,
        meaning=meaning, labels=labels, train_key=train_key, predictions=predictions,
        artifact=project.path_of(artifact.path) if artifact else None, report=report, function=function,
        metrics=known_metrics(listing.top, project.metrics) if project.metrics else {},
        notebooks=tuple(map(project.path_of, notebooks)),
        environment=environment, remarks=(*_remarks(listing, project, report), *environment.remarks),
    )  # fmt: skip


def _profiles(
    listing: Listing, project: Project, connection: duckdb.DuckDBPyConnection, scratch: Path
) -> dict[str, Profile]:
    """The tables by role. What is only a pointer is taken from git's or DVC's cache, into a folder of our own."""
    found = {}
    for role, file in (("test", project.test), ("train", project.train)):
        if file is None:
            continue
        path = table_path(project, file)
        files = find_files(listing.top / project.folder, path)
        if not file.is_here:
            copy = scratch / role / file.name
            copy.parent.mkdir()
            if not (file.pointer and resolve(copy, file.pointer, _git_top(listing))):
                if role == "train":
                    continue
                raise _not_here(file)
            files = (copy,)
        try:
            found[role] = profile(connection, path, files, telling)
        except UserError as error:
            if role == "test" and not project.metrics:
                places = [problem.message.replace(f"{listing.top}/", "") for problem in error.problems]
                raise user_error("; ".join(places), mend=error.problems[0].mend) from None
    return found


def _not_here(file: File) -> UserError:
    pointer = file.pointer or Pointer("dvc", "")
    return user_error(
        f"{file.path} is {pointer.words}, so its columns cannot be looked at",
        mend=f"{'git lfs pull' if pointer.kind == 'lfs' else f'dvc pull {file.path}'}, then mlgate init again",
    )


def _look(listing: Listing, file: File, scratch: Path) -> ModelFileReport | None:
    """What the file says of itself, by the static look alone; None if it cannot be had."""
    path = listing.top / file.path
    if not file.is_here:
        path = scratch / file.name
        if not (file.pointer and resolve(path, file.pointer, _git_top(listing))):
            return None
    try:
        python = find_python(ConfiguredEnvironment(), listing.top)
        return inspect_model(Workplace(scratch, python, Limits(LOOK_SECONDS, LOOK_BYTES)), path, ())
    except (Crash, UserError):
        return None


def _predictions(project: Project, test: Profile | None) -> str | None:
    """The table's path if it is one of predictions: an id, true labels, and what a model made of them."""
    if test is None or project.models or project.functions or not {"id", "y_true"} <= set(test.names):
        return None
    is_predicted = any(n in ("y_pred", "score") or n.startswith("score_") for n in test.names)
    labels = test.columns.get("y_true")
    return test.path if is_predicted and labels and labels.is_binary else None


def _train_key(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Profile], meaning: Meaning) -> Guess | None:
    """The key of the training table, if it has the same one and its values are others than the test table's."""
    if meaning.key is None or "train" not in tables or meaning.key.column not in tables["train"].columns:
        return None
    key = quote(meaning.key.column)
    test, train = (quote(f"profile of {tables[role].path}") for role in ("test", "train"))
    sql = f"SELECT count(*) FROM {test} WHERE {key}::VARCHAR IN (SELECT {key}::VARCHAR FROM {train})"
    shared = connection.execute(sql).fetchone()
    rows = tables["test"].rows
    if shared and shared[0] > rows / 2:
        return None  # the ids begin anew in each file, so they say nothing about shared rows
    return Guess(meaning.key.column, "no row of the test table may have one of these ids")


def _remarks(listing: Listing, project: Project, report: ModelFileReport | None) -> list[str]:
    unread = report.error.splitlines() if report and report.error else []
    remarks = [f"{project.models[0].path}: {'; '.join(line.strip() for line in unread)}"] if unread else []
    remarks += [
        f"{f.path} is ignored by git and not tracked by DVC, so CI will not have it: bring it with environment.fetch"
        for f in (project.test, project.train, *project.models[:1])
        if f and not f.in_git and not f.pointer
    ]
    remarks += [f"also a model: {f.path}; it would need a configuration of its own" for f in project.models[1:4]]
    remarks += [f"also a table: {f.path}" for f in project.spare[:4]]
    return remarks


def _id(listing: Listing, project: Project) -> str:
    name = PurePosixPath(project.folder).name if project.folder != "." else listing.top.resolve().name
    if project.folder == "." and listing.repository:
        url = listing.repository.text("config", "--get", "remote.origin.url") or ""
        name = re.split(r"[/:]", url.rstrip("/").removesuffix(".git"))[-1] or name
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64]
    return slug or "model"


def _git_top(listing: Listing) -> Path:
    return listing.repository.top if listing.repository else listing.top
