"""The predictions of a run: candidate and baseline on the same rows, side by side in two workers."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import duckdb

from mlgate.config import Model, Table
from mlgate.configuring.setting import Setting
from mlgate.errors import UserError
from mlgate.inputs import predictions
from mlgate.inputs.pointers import pointer_for, resolve
from mlgate.inputs.rows import Rows, Wanted, read_rows
from mlgate.inputs.spelling import Unusable
from mlgate.measuring.joint import Absent, MetricValues, Side
from mlgate.running.opening import AT_BASE, Inputs
from mlgate.running.own_metrics import with_own_metrics
from mlgate.running.predicted import Fault, Predicted
from mlgate.running.trees import Tree
from mlgate.scan.formats import digest_files
from mlgate.scan.tables import Viewed, view_table
from mlgate.transfer.files import model_digest, records_of
from mlgate.worker.client import Crash, Handed, Job, ModelFileReport
from mlgate.worker.parallel import in_parallel

S = TypeVar("S", covariant=True)
NO_BASELINE = "there is no baseline to compare with yet"


@dataclass(frozen=True)
class Sided(Generic[S]):
    """One model's answer: for each set of rows a side, or why there is none."""

    sides: Sequence[S]
    isolation: tuple[str, ...] = ()
    report: ModelFileReport | None = None
    left_behind: int = 0


def predict_all(
    connection: duckdb.DuckDBPyConnection, setting: Setting, inputs: Inputs, here: Tree, there: Tree | None,
    wanted: Wanted, scratch: Path,
) -> Predicted:  # fmt: skip
    """Both models' predictions of the test rows; where the test rows changed, of the base's own rows too.

    The model files are looked at by the processes that predict, since the libraries that both need take a second to
    load.
    """
    model = setting.config.model
    assert model is not None
    if model.metrics is not None:
        return _bare_metrics(setting, here, there)
    try:
        sets = _row_sets(connection, setting, inputs, model, wanted, there)
        rows = [of for of, _ in sets]
        asked = Asked(connection, setting, rows, _hand_out(connection, setting, sets, there, scratch), scratch)
    except Unusable as error:
        return Predicted(fault=Fault("none", str(error)))
    except duckdb.Error as error:  # a table may be damaged beyond its first rows
        return Predicted(fault=Fault("none", f"the test table cannot be read: {str(error).splitlines()[0][:300]}"))
    mine, baseline = in_parallel([partial(_sides, asked, here, model), partial(_baseline, asked, there)])
    facts = Predicted(
        model_sha256=_artifact_digest(here.folder, model), baseline_sha256=_baseline_digest(setting, there),
        isolation=mine.isolation, left_behind=mine.left_behind, report=mine.report, baseline_report=baseline.report,
    )  # fmt: skip
    joints = []
    for of, ours, theirs in zip(rows, mine.sides, baseline.sides, strict=True):
        if isinstance(ours, Fault):
            return replace(facts, fault=ours)
        joints.append(with_own_metrics(of.joint(ours, theirs), model, setting, here, scratch))
    return replace(facts, joints=tuple(joints), unlabelled=tuple(_unlabelled(rows)))


def _unlabelled(sets: Iterable[Rows]) -> Iterator[tuple[str, int, int]]:
    """The sets of which not every row has a label: the file, how many have one, and how many there are."""
    for rows in sets:
        if not rows.is_labelled.all():
            yield rows.path, int(rows.is_labelled.sum()), rows.n


@dataclass(frozen=True)
class Asked:
    """What both models are asked: the sets of rows, and the same rows as files without the target column."""

    connection: duckdb.DuckDBPyConnection
    setting: Setting
    rows: Sequence[Rows]
    handed: Sequence[Handed]
    scratch: Path

    @property
    def key(self) -> str:
        """The column by which predictions are paired."""
        model = self.setting.config.model
        table = self.setting.config.tables.get(model.table) if model else None
        return (table.key if table else None) or "id"


def _row_sets(
    connection: duckdb.DuckDBPyConnection, setting: Setting, inputs: Inputs, model: Model, wanted: Wanted,
    there: Tree | None,
) -> list[tuple[Rows, Viewed]]:  # fmt: skip
    """The rows to judge on: the test table's, and the base's own where the change brings others."""
    if model.table in inputs.unavailable:
        raise Unusable(inputs.unavailable[model.table])
    meaning = setting.config.tables.get(model.table)
    if model.table not in inputs.tables or meaning is None:
        return _rows_of_predictions(connection, setting, model, wanted, there)
    table = inputs.tables[model.table]
    found: list[tuple[Rows, Viewed]] = [
        (read_rows(connection, table.facts, meaning, model, wanted, model.table), table)
    ]
    base = inputs.base.get(model.table)
    if base and base.sha256 != table.sha256:
        facts = replace(base.facts, path=f"{base.facts.path} at the base")
        with suppress(Unusable, UserError):  # the base's rows are not the author's to mend
            found.append((read_rows(connection, facts, meaning, model, wanted, facts.name), base))
    return found


def _rows_of_predictions(
    connection: duckdb.DuckDBPyConnection, setting: Setting, model: Model, wanted: Wanted, there: Tree | None
) -> list[tuple[Rows, Viewed]]:
    """Without a test table predictions bring their rows: `id`, `y_true` and other columns.

    The baseline's rows are judged too where they are not the candidate's, so that no row can be left out or relabelled.
    """
    if model.predictions is None:
        raise Unusable(f"there is no table '{model.table}' with the rows to predict")
    meaning = Table(path=model.predictions, key="id", target=None if model.task == "score" else "y_true")
    table = view_table(connection, "predictions", model.predictions, (setting.folder / model.predictions,))
    rows = read_rows(connection, table.facts, meaning, model, wanted, "predictions")
    found = [(rows, table)]
    path = _baseline_path(setting, there)
    if path is not None and path.is_file():
        with suppress(Unusable, UserError):  # the baseline's rows are not the author's to mend
            base = view_table(connection, "predictions" + AT_BASE, f"{path.name} of the baseline", (path,))
            theirs = read_rows(connection, base.facts, meaning, model, Wanted(), base.facts.name)
            if not predictions.have_same_rows(rows, theirs):
                found.append((read_rows(connection, base.facts, meaning, model, wanted, base.facts.name), base))
    return found


def _baseline_path(setting: Setting, there: Tree | None) -> Path | None:
    """The file of the baseline's predictions: the base's own where there is a base, else the one beside the change."""
    stored = setting.config.baseline.predictions
    if stored is None:
        model = there.config.model if there else None
        return there.folder / model.predictions if there and model and model.predictions else None
    if setting.base is not None and there is not None:
        file = there.folder / stored
        pointer = pointer_for(file)
        if file.is_file() and (pointer is None or resolve(file, pointer, there.folder)):
            return file
    return setting.folder / stored


def _hand_out(
    connection: duckdb.DuckDBPyConnection, setting: Setting, sets: Sequence[tuple[Rows, Viewed]],
    there: Tree | None, scratch: Path,
) -> list[Handed]:  # fmt: skip
    """The rows as files, if either model predicts them in a worker."""
    config, model = setting.config, setting.config.model
    in_worker = [m for m in (model, there.config.model if there else None) if m and m.predictions is None]
    if model is None or not in_worker or model.table not in config.tables:
        return []
    target = config.tables[model.table].target
    return [predictions.hand_out(connection, t.facts, t.files, target, scratch) for _, t in sets]


def _baseline(asked: Asked, there: Tree | None) -> Sided[Side | Absent]:
    """The baseline's predictions of each set of rows, or why there are none."""
    stored, model = asked.setting.config.baseline.predictions, asked.setting.config.model
    if stored is not None and model is not None:
        return Sided(_stored(asked, model, stored, there))
    if there is None or there.config.model is None:
        return Sided([Absent("no-baseline", NO_BASELINE)] * len(asked.rows))
    if there.fault is not None:
        return Sided([_absent(there, Fault("candidate-crashed", there.fault))] * len(asked.rows))
    found = _sides(asked, there, there.config.model)
    sides = [_absent(there, side) if isinstance(side, Fault) else side for side in found.sides]
    return Sided(sides, found.isolation, found.report)


def _absent(there: Tree, fault: Fault) -> Absent:
    if not there.is_own_config:  # it never promised to run: the configuration comes with this change
        return Absent("no-baseline", f"{NO_BASELINE}: the base does not predict: {fault.message}")
    return Absent("baseline-crashed", f"the baseline gave no predictions: {fault.message}")


def _stored(asked: Asked, model: Model, stored: str, there: Tree | None) -> list[Side | Absent]:
    file = _baseline_path(asked.setting, there)
    if file is None or not file.is_file():
        return [Absent("no-baseline", f"{NO_BASELINE}: there is no file {stored}")] * len(asked.rows)
    return [
        Absent("baseline-crashed", f"the baseline's predictions cannot be used: {side.message}")
        if isinstance(side, Fault)
        else side
        for side in _by_table(asked, file, model, stored).sides
    ]


def _sides(asked: Asked, tree: Tree, model: Model) -> Sided[Side | Fault]:
    """One tree's predictions of every set of rows."""
    try:
        if model.predictions is not None:
            return _by_table(asked, tree.folder / model.predictions, model, model.predictions)
        if len(asked.handed) != len(asked.rows):
            raise Unusable(f"there is no table '{model.table}' with the rows to predict")
        if model.command is not None:
            return _by_command(asked, tree, model)
        artifact = tree.folder / model.artifact if model.artifact else None
        job = Job(model.predict, artifact, model.trusted, asked.handed, artifact)
        sides, answer = predictions.from_worker(tree.place, model, job, asked.rows, asked.key)
        return Sided(sides, answer.outcome.isolation, answer.report, answer.outcome.left_behind)
    except Crash as error:
        return Sided([Fault("candidate-crashed", str(error))] * len(asked.rows), report=error.report)
    except (Unusable, UserError) as error:
        return Sided([Fault("none", str(error))] * len(asked.rows))


def _by_table(asked: Asked, file: Path, model: Model, path: str) -> Sided[Side | Fault]:
    """Stored predictions, each set of rows by itself: what lacks rows of a change's test data still has the base's."""
    if not file.is_file():
        raise Unusable(f"there is no file {path}")
    keys = frozenset[str]()
    if len(asked.rows) > 1:
        keys = keys.union(*map(predictions.spelled_keys, asked.rows))
    sides: list[Side | Fault] = []
    for rows in asked.rows:
        connection = asked.connection.cursor()
        try:
            sides.append(predictions.from_table(connection, file, path, model, rows, asked.key, keys))
        except (Unusable, UserError) as error:
            sides.append(Fault("none", str(error)))
    return Sided(sides)


def _by_command(asked: Asked, tree: Tree, model: Model) -> Sided[Side | Fault]:
    sides: list[Side | Fault] = []
    isolation: tuple[str, ...] = ()
    for rows, handed in zip(asked.rows, asked.handed, strict=True):
        folder = Path(tempfile.mkdtemp(dir=asked.scratch))
        connection = asked.connection.cursor()
        side, outcome = predictions.from_command(connection, tree.place, model, handed, rows, asked.key, folder)
        sides.append(side)
        isolation = outcome.isolation
    return Sided(sides, isolation)


def _bare_metrics(setting: Setting, here: Tree, there: Tree | None) -> Predicted:
    model = setting.config.model
    assert model is not None
    assert model.metrics is not None
    try:
        candidate = predictions.read_metrics(here.folder / model.metrics, model.metrics)
    except Unusable as error:
        return Predicted(fault=Fault("none", str(error)))
    promised = setting.base.config.model if setting.base else None
    if promised and promised.metrics is None:
        message = "the base's model predicts rows; metric values alone cannot be compared with it"
        return Predicted(fault=Fault("none", message))
    stored, baseline = setting.config.baseline.metrics, Absent("no-baseline", NO_BASELINE)
    place = (setting.folder, stored) if stored else (there.folder, model.metrics) if there else None
    if stored and setting.base is not None and there is not None and (there.folder / stored).is_file():
        place = (there.folder, stored)
    values: Mapping[str, float] | Absent = baseline
    if place:
        try:
            values = predictions.read_metrics(place[0] / place[1], place[1])
        except Unusable as error:
            values = Absent("no-baseline", f"{NO_BASELINE}: {error}")
    digest = digest_files([here.folder / model.metrics])
    return Predicted((MetricValues("metrics", candidate, values),), model_sha256=digest)


def _artifact_digest(folder: Path, model: Model) -> str | None:
    """The model's identity: its file or folder, or its predictions file where there is no model file."""
    if model.artifact and (folder / model.artifact).is_dir():
        return model_digest(records_of(folder / model.artifact))
    path = model.artifact or model.predictions
    return digest_files([folder / path]) if path and (folder / path).is_file() else None


def _baseline_digest(setting: Setting, there: Tree | None) -> str | None:
    if setting.config.baseline.predictions:
        file = _baseline_path(setting, there)
        return digest_files([file]) if file and file.is_file() else None
    return _artifact_digest(there.folder, there.config.model) if there and there.config.model else None
