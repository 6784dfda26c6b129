"""Checks at work: each is asked for its questions, then for its judgement, and whatever goes wrong is a finding."""

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from mlgate.conditions import columns_in
from mlgate.config import CheckParams
from mlgate.configuring.loading import Parsed
from mlgate.configuring.yaml_source import Path as KeyPath
from mlgate.evidence import Finding, Status
from mlgate.expressions.grammar import parse
from mlgate.expressions.syntax import ExpressionFault, columns_of
from mlgate.plugins import Answers, Check, Facts
from mlgate.questions import Aggregate, CountIf, Deepchecks, Labels, ModelFile, Pass, Predictions, Question, Unmatched
from mlgate.running.opening import Inputs
from mlgate.running.placing import placed
from mlgate.running.predicted import Predicted
from mlgate.scan.engine import TookTooLong
from mlgate.worker.client import Crash

if TYPE_CHECKING:
    from mlgate.measuring.joint import Joint, MetricValues

CHECK_SECONDS = 120.0  # for a check's own `plan` or `judge`; what it asks has limits of its own
LONGEST = 1_900  # characters of a message
LONGEST_NAME = 400


@dataclass(frozen=True)
class Asked:
    """One check with one block of parameters: what it asks, or why it cannot."""

    id: str
    check: Check
    params: CheckParams
    path: KeyPath
    questions: tuple[Question, ...] = ()
    fault: Finding | None = None

    @property
    def is_about_predictions(self) -> bool:
        """Whether it judges rows with predictions."""
        return any(isinstance(q, Predictions) for q in self.questions)

    @property
    def needs_model(self) -> bool:
        """Whether it asks something of a model."""
        return any(isinstance(q, Predictions | ModelFile) for q in self.questions)


def ask(asked: Asked, facts: Facts, inputs: Inputs) -> Asked:
    """The check with its questions, or with the finding that they cannot be answered."""
    try:
        with deadline(CHECK_SECONDS):
            questions = tuple(asked.check.plan(asked.params, facts))
    except Exception as error:  # noqa: BLE001 — a check is a plug-in: whatever it raises is its finding
        return replace(asked, fault=_crashed(error))
    fault = next((f for q in questions if (f := _unanswerable(q, facts, inputs))), None)
    return replace(asked, questions=questions, fault=fault)


def judge(
    asked: Asked, facts: Facts, answers: Mapping[Question, Any], predicted: Predicted, inputs: Inputs
) -> list[Finding]:
    """What the check says, once for each set of rows that it asked predictions of."""
    if asked.fault:
        return [asked.fault]
    for question in asked.questions:
        if isinstance(reply := answers.get(question), Exception):
            return [_no_answer(reply)]
    if asked.is_about_predictions and predicted.fault:
        return [_no_predictions(predicted, inputs)]
    found: list[Finding] = []
    try:
        with deadline(CHECK_SECONDS):
            for rows in predicted.joints if asked.is_about_predictions else (None,):
                found.extend(_judge_rows(asked, facts, answers, rows))
    except Exception as error:  # noqa: BLE001 — a check is a plug-in: whatever it raises is its finding
        return [*found, _crashed(error)]
    return found


def stamp(finding: Finding, asked: Asked, head: Parsed, inside: str) -> Finding:
    """The finding with its check, table, place and weight: the lesser of what the check and the user give it."""
    weights = ("info", "warn", "block")
    return msgspec.structs.replace(
        finding,
        id=asked.id,
        subject=finding.subject[:LONGEST_NAME],
        slice=finding.slice and finding.slice[:LONGEST_NAME],
        group=finding.group and finding.group[:LONGEST_NAME],
        message=finding.message[:LONGEST],
        source=finding.source or getattr(asked.params, "table", None),
        severity=min(finding.severity, asked.params.severity, key=weights.index),
        location=placed(finding.location, asked.path, head, inside),
    )


def _judge_rows(
    asked: Asked, facts: Facts, answers: Mapping[Question, Any], rows: "Joint | MetricValues | None"
) -> Iterator[Finding]:
    if rows is None:
        yield from asked.check.judge(asked.params, Answers(facts, answers))
        return
    from mlgate.measuring.joint import Absent

    values = dict(answers) | {q: rows for q in asked.questions if isinstance(q, Predictions)}
    absent = rows.baseline if isinstance(rows.baseline, Absent) else None
    for finding in asked.check.judge(asked.params, Answers(facts, values, absent)):
        yield finding if finding.source else msgspec.structs.replace(finding, source=rows.source)


def _unanswerable(question: Question, facts: Facts, inputs: Inputs) -> Finding | None:
    """Why the question cannot be answered: no model, no access to a table, a column that is gone."""
    if isinstance(question, Predictions | ModelFile) and facts.config.model is None:
        return _error("model", "the check needs a model, and mlgate.yml has no 'model'")
    if isinstance(question, Predictions | ModelFile) and (model := facts.config.model):
        withheld = [inputs.unavailable.get(p or "") for p in (model.artifact, model.predictions, model.metrics)]
        for why in filter(None, withheld):
            return Finding(subject="model", status="not-measured", reason="no-access", message=why)
    for table, columns in _tables_of(question, facts):
        if table in inputs.unavailable:
            return Finding(subject=table, status="not-measured", reason="no-access", message=inputs.unavailable[table])
        known = facts.tables.get(table)
        if known is None:
            return _error(table, f"there is no table '{table}'")
        for column in columns:
            if column not in known.columns:
                return _error(column, f"{known.path} has no column '{column}'")
    return None


def _tables_of(question: Question, facts: Facts) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The tables that a question is about, each with the columns that it needs there."""
    if isinstance(question, Predictions) and facts.config.model and facts.config.model.table in facts.tables:
        yield facts.config.model.table, _of_rows(question)
    if isinstance(question, Labels):
        yield question.table, (question.column,)
    if isinstance(question, Deepchecks):
        yield from ((table, ()) for table in (question.table, question.other) if table)
    if isinstance(question, Aggregate | Pass):
        yield question.table, _columns_of(question)
        if other := getattr(question, "other", None):
            yield other, question.others if isinstance(question, Unmatched) else _columns_of(question)


def _columns_of(question: Aggregate | Pass) -> tuple[str, ...]:
    """The columns that a question reads of its table."""
    found = [*getattr(question, "columns", ())]
    found += filter(None, (getattr(question, name, None) for name in ("column", "by", "target")))
    if isinstance(question, CountIf):
        found += columns_in(question.condition)
    where = getattr(question, "where", None)
    return tuple(dict.fromkeys([*found, *(columns_of(where) if where else ())]))


def _of_rows(question: Predictions) -> tuple[str, ...]:
    ruled = (column for rule in question.rules for column in columns_of(parse(rule)))
    return (*question.columns, *question.numbers, *ruled)


def _no_predictions(predicted: Predicted, inputs: Inputs) -> Finding:
    assert predicted.fault is not None
    fault = predicted.fault
    message = f"the model gave no predictions to judge: {fault.message}"[:LONGEST]
    if fault.message in inputs.unavailable.values():
        return Finding(subject="predictions", status="not-measured", reason="no-access", message=message)
    status: Status = "fail" if fault.reason == "candidate-crashed" else "error"
    return Finding(subject="predictions", status=status, reason=fault.reason, message=message)


def _crashed(error: Exception) -> Finding:
    if isinstance(error, ExpressionFault):
        return _error("check", f"an expression does not fit the table: {error}; {error.mend}")
    if isinstance(error, TimeoutError):
        message = f"the check ran longer than {CHECK_SECONDS:g} s"
        return Finding(subject="check", status="error", reason="timeout", message=message)
    return _error("check", f"the check crashed: {type(error).__name__}: {error}")


def _no_answer(error: Exception) -> Finding:
    if isinstance(error, TookTooLong):
        return Finding(subject="table", status="error", reason="timeout", message="reading the table took too long")
    is_timeout = isinstance(error, Crash) and error.timeout
    return msgspec.structs.replace(_error("check", str(error)), reason="timeout" if is_timeout else "none")


def _error(subject: str, message: str) -> Finding:
    return Finding(subject=subject, status="error", message=message[:LONGEST])


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """The block raises TimeoutError when it runs longer; only in the main thread, where signals arrive."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again each second, for code that swallows the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
