"""A whole run, as steps that each take what the last one gave: from configuration to evidence and verdict."""

import datetime
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import msgspec

import mlgate
from mlgate.config import CheckParams, policy_digest
from mlgate.errors import Problem, UserError
from mlgate.evidence import Baseline, CheckRun, Evidence, Finding, Note, Predicate, Run, Subject, digest_of
from mlgate.inputs.interpreter import environment_digest
from mlgate.joint import Absent, Joint, MetricValues
from mlgate.loading import Parsed
from mlgate.opening import Inputs, absent_file, data_notes, open_tables, table_infos
from mlgate.placing import placed
from mlgate.plugins import Answers, Check, Facts
from mlgate.predicting import Predicted, Tree, predict_all, same_environment, workplace
from mlgate.questions import Aggregate, CountIf, ModelFile, Pass, Predictions, Pytest, Question
from mlgate.scan.tables import answer, connect, plan
from mlgate.setting import Request, Setting, find_setting, tree_paths
from mlgate.verdict import Verdict, decide
from mlgate.worker import client
from mlgate.worker.client import Crash
from mlgate.worker.parallel import in_parallel
from mlgate.yaml_source import Path as KeyPath

SEED = 17
CHECK_SECONDS = 120  # for a check's own `plan` or `judge`; what it asks has limits of its own
Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """One check with one block of parameters: what it asks, or why it cannot."""

    id: str
    check: Check
    params: CheckParams
    path: KeyPath
    questions: tuple[Question, ...] = ()
    fault: Finding | None = None


@dataclass(frozen=True)
class State:
    """What is known so far; each step returns it with more."""

    request: Request
    stack: ExitStack
    say: Say
    began: float
    connection: duckdb.DuckDBPyConnection = field(default_factory=connect)
    setting: Setting | None = None
    here: Tree | None = None
    there: Tree | None = None
    crash: str | None = None
    inputs: Inputs = field(default_factory=lambda: Inputs({}))
    facts: Facts | None = None
    asked: tuple[Asked, ...] = ()
    answers: Mapping[Question, Any] = field(default_factory=dict)
    predicted: Predicted | None = None
    findings: tuple[Finding, ...] = ()
    ran: tuple[CheckRun, ...] = ()
    isolation: tuple[str, ...] = ()

    @property
    def known(self) -> Setting:
        """The setting, once it is found."""
        assert self.setting is not None
        return self.setting


@dataclass(frozen=True)
class Result:
    """What a run ends with."""

    evidence: Evidence
    verdict: Verdict
    queries: Mapping[str, str]  # the planned passes: name → SQL


def check(request: Request, say: Say, *, only_plan: bool = False) -> Result:
    """The whole run; a `UserError` if the configuration or its inputs cannot be used."""
    began = time.monotonic()
    with ExitStack() as stack:
        state = State(request, stack, say, began)
        for step in PLAN_STEPS if only_plan else STEPS:
            state = step(state)
        evidence = gather_evidence(state)
        queries = {name: sql for name, (sql, _) in _plan(state).items()}
        setting = state.known
        policy = setting.governing.policy
        if request.only:
            policy = msgspec.structs.replace(policy, required=tuple(c for c in policy.required if c in request.only))
        verdict = decide(evidence, policy, _today(), expected=tuple(setting.params))
        settled = msgspec.structs.replace(evidence.predicate, findings=verdict.findings)
        return Result(msgspec.structs.replace(evidence, predicate=settled), verdict, queries)


# --- the steps ----------------------------------------------------------------------------------------------


def load_config(state: State) -> State:
    """The configuration is read, the base found, and what governs decided."""
    return replace(state, setting=find_setting(state.request, state.stack))


def prepare_trees(state: State) -> State:
    """Candidate and baseline have a tree and an interpreter each, and `prepare` has run in both."""
    setting = state.known
    here = Tree(
        setting.folder, setting.config, workplace(setting.config, setting.folder, state.request.install, state.say)
    )
    there = _baseline_tree(state)
    state = replace(state, here=here, there=there)
    try:
        _prepare(here, "the candidate", state.say)
    except Crash as error:
        return replace(state, crash=str(error))
    if there:
        try:
            _prepare(there, "the baseline", state.say)
        except Crash as error:
            state.say(str(error))
    return state


def open_inputs(state: State) -> State:
    """The tables are open, here and at the base; every missing file and column is told at once."""
    if state.crash:
        return state
    setting = state.known
    base_folder = state.there.folder if state.there else None
    problems = _missing_files(setting)
    try:
        inputs = open_tables(state.connection, setting, base_folder)
    except UserError as error:
        raise UserError(*error.problems, *problems) from None
    if problems:
        raise UserError(*problems)
    return replace(state, inputs=inputs, facts=inputs.facts(setting.config))


def plan_checks(state: State) -> State:
    """Every check has said what it asks; one that cannot be asked has its finding already."""
    if state.facts is None:
        return state
    asked = []
    for id_, blocks in state.known.params.items():
        loaded = state.known.checks[id_].load()
        asked += [_ask(Asked(id_, loaded, params, path), state) for params, path in blocks]
    return replace(state, asked=tuple(asked))


def scan(state: State) -> State:
    """The table questions are answered: one query a table, and the extra passes."""
    answers: dict[Question, Any] = {}
    limit = state.known.config.environment.timeout
    for name, (sql, questions) in _plan(state).items():
        state.say(f"reading {name}")
        answers.update(_scan_pass(state.connection, sql, questions, limit))
    return replace(state, answers=answers)


def ask_user_code(state: State) -> State:
    """The model has predicted, its file was looked at, the tests and notebooks have run: all in workers."""
    questions = dict.fromkeys(q for a in state.asked for q in a.questions)
    elsewhere = [q for q in questions if isinstance(q, ModelFile | Pytest)]
    columns = dict.fromkeys(c for q in questions if isinstance(q, Predictions) for c in q.columns)
    jobs: list[Callable[[], Any]] = [partial(_answer_in_worker, q, state) for q in elsewhere]
    if any(isinstance(q, Predictions) for q in questions):
        jobs.insert(0, partial(_predict, state, tuple(columns)))
    state.say("running the model, tests and notebooks" if jobs else "judging")
    replies = in_parallel(jobs)
    predicted = replies.pop(0) if len(jobs) > len(elsewhere) else state.predicted
    answers: dict[Question, Any] = dict(state.answers)
    answers.update(zip(elsewhere, replies, strict=True))
    isolation = predicted.isolation if predicted else ()
    return replace(state, answers=answers, predicted=predicted, isolation=isolation)


def judge_all(state: State) -> State:
    """Every check has judged its answers; one that crashed or took too long has an error instead."""
    findings: list[Finding] = []
    ran = []
    for asked in state.asked:
        began = time.monotonic()
        for finding in _judged(asked, state):
            findings.append(_stamped(finding, asked, state))
        seconds = round(time.monotonic() - began, 4)
        ran.append(CheckRun(asked.id, digest_of(msgspec.to_builtins(asked.params)), seconds))
    if state.crash:
        for id_ in state.known.params:
            crashed = Finding(
                id=id_, subject="prepare", status="fail", reason="candidate-crashed", message=state.crash[-1900:]
            )
            findings.append(crashed)
    return replace(state, findings=tuple(findings), ran=tuple(ran))


STEPS = (load_config, prepare_trees, open_inputs, plan_checks, scan, ask_user_code, judge_all)
PLAN_STEPS = STEPS[:4]


def gather_evidence(state: State) -> Evidence:
    """What was found, as evidence; statuses are still to be settled."""
    setting = state.known
    model = setting.config.model
    infos = tuple(table_infos(state.connection, state.inputs))
    predicted = state.predicted or Predicted()
    subjects = [Subject(f"table:{info.name}", {"sha256": info.sha256}) for info in infos]
    if model and predicted.model_sha256:
        subjects.insert(0, Subject(f"model:{model.id}", {"sha256": predicted.model_sha256}))
    base_environment = environment_digest(state.there.config.environment, state.there.folder) if state.there else None
    predicate = Predicate(
        kit=mlgate.__version__, policy_sha256=policy_digest(setting.governing), model=model.id if model else None,
        config=setting.name, event=setting.event.kind, date=_today().isoformat(), head_sha=setting.head_sha,
        base_sha=setting.base_sha, tested_sha=setting.tested_sha,
        environment_sha256=environment_digest(setting.config.environment, setting.folder),
        baseline=Baseline(_baseline_name(setting), predicted.baseline_sha256, base_environment),
        tables=infos, checks=state.ran, findings=state.findings, notes=tuple(_all_notes(state)),
        run=Run(round(time.monotonic() - state.began, 3), SEED, state.isolation),
    )  # fmt: skip
    return Evidence(subject=tuple(subjects), predicate=predicate)


# --- parts of the steps -------------------------------------------------------------------------------------


def _baseline_tree(state: State) -> Tree | None:
    """The baseline's work tree, where there is a commit to make one of."""
    setting = state.known
    wanted = setting.config.baseline.ref
    if setting.repository is None or wanted == "none":
        return None
    commit = setting.base_sha
    if wanted not in (None, "auto") and not state.request.baseline:
        commit = setting.repository.commit(str(wanted))
        if commit is None:
            where = (setting.base or setting.head).source.where(("baseline", "ref"))
            raise UserError(Problem(f"there is no commit '{wanted}'", where, "fetch it, or write 'ref: auto'"))
    if commit is None:
        return None
    config = (setting.base or setting.head).config
    name = setting.name
    paths = tree_paths(setting.repository, commit, name, setting.inside)
    folder = state.stack.enter_context(setting.repository.worktree(commit, paths)) / setting.inside
    if not folder.is_dir():
        return None
    place = workplace(config, folder, state.request.install, state.say)
    return Tree(folder, config, place)


def _prepare(tree: Tree, whose: str, say: Say) -> None:
    if command := tree.config.environment.prepare:
        say(f"preparing {whose}: {command}")
        client.run_step(tree.place, command, f"'prepare' of {whose}")


def _missing_files(setting: Setting) -> list[Problem]:
    """The model's own files that are not there."""
    model, found = setting.config.model, []
    for key in ("artifact", "predictions", "metrics"):
        path = getattr(model, key, None)
        if path and (problem := absent_file(setting, path, ("model", key))):
            found.append(problem)
    return found


def _ask(asked: Asked, state: State) -> Asked:
    assert state.facts is not None
    try:
        with _deadline(CHECK_SECONDS):
            questions = tuple(asked.check.plan(asked.params, state.facts))
    except Exception as error:  # noqa: BLE001 — a check is a plug-in: whatever it raises is its finding
        return replace(asked, fault=_crashed(error))
    if fault := _unanswerable(questions, state):
        return replace(asked, fault=fault)
    return replace(asked, questions=questions)


def _unanswerable(questions: tuple[Question, ...], state: State) -> Finding | None:
    """Why the questions cannot be answered: no model, no access to a table, a column that is gone."""
    for question in questions:
        if isinstance(question, Predictions | ModelFile) and state.known.config.model is None:
            return Finding(
                subject="model",
                status="error",
                message="the check needs a model, and there is no 'model' in mlgate.yml",
            )
        for table, columns in _tables_of(question):
            if table in state.inputs.unavailable:
                message = state.inputs.unavailable[table]
                return Finding(subject=table, status="not-measured", reason="no-access", message=message)
            known = state.inputs.tables.get(table)
            if known is None:
                return Finding(subject=table, status="error", message=f"there is no table '{table}'")
            for column in columns:
                if column not in known.facts.columns:
                    return Finding(
                        subject=column, status="error", message=f"{known.facts.path} has no column '{column}'"
                    )
    return None


def _tables_of(question: Question) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(question, Aggregate):
        yield question.table, (question.condition.column,) if isinstance(question, CountIf) else ()
    elif isinstance(question, Pass):
        yield question.table, question.columns
        if other := getattr(question, "other", None):
            yield other, question.columns


def _plan(state: State) -> dict[str, tuple[str, tuple[Question, ...]]]:
    questions = [q for asked in state.asked for q in asked.questions]
    return plan(questions, {name: table.facts for name, table in state.inputs.tables.items()})


def _scan_pass(
    connection: duckdb.DuckDBPyConnection, sql: str, questions: tuple[Question, ...], limit: float
) -> dict[Question, Any]:
    """The answers of one pass; a question that cannot be answered has the exception for an answer."""
    timer = threading.Timer(limit, connection.interrupt)
    timer.start()
    try:
        return dict(answer(connection, sql, questions))
    except duckdb.Error as error:
        return dict.fromkeys(questions, error)
    finally:
        timer.cancel()


def _predict(state: State, columns: tuple[str, ...]) -> Predicted:
    assert state.here is not None
    scratch = state.stack.enter_context(tempfile.TemporaryDirectory(prefix="mlgate-", ignore_cleanup_errors=True))
    connection = state.connection.cursor()
    return predict_all(connection, state.known, state.inputs, state.here, state.there, columns, Path(scratch))


def _answer_in_worker(question: ModelFile | Pytest, state: State) -> Any:
    assert state.here is not None
    try:
        if isinstance(question, Pytest):
            return client.run_pytest(state.here.place, [*question.arguments, *question.paths])[0]
        model = state.known.config.model
        if model is None or model.artifact is None:
            return None
        return client.inspect_model(state.here.place, state.here.folder / model.artifact, model.trusted)
    except Crash as error:
        return error


def _judged(asked: Asked, state: State) -> list[Finding]:
    """What a check says, once for each set of rows that it asked predictions of."""
    if asked.fault:
        return [asked.fault]
    for question in asked.questions:
        reply = state.answers.get(question)
        if isinstance(reply, Exception):
            return [_no_answer(reply)]
    assert state.facts is not None
    found: list[Finding] = []
    try:
        with _deadline(CHECK_SECONDS):
            for joint in _rows_for(asked, state):
                if isinstance(joint, Finding):
                    return [joint]
                values = dict(state.answers) | {q: joint for q in asked.questions if isinstance(q, Predictions)}
                baseline = joint.baseline if joint else None
                absent = baseline if isinstance(baseline, Absent) else None
                for finding in asked.check.judge(asked.params, Answers(state.facts, values, absent)):
                    is_about_rows = joint is not None and finding.source is None
                    found.append(
                        msgspec.structs.replace(finding, source=joint.source) if is_about_rows and joint else finding
                    )
    except Exception as error:  # noqa: BLE001 — a check is a plug-in: whatever it raises is its finding
        return [*found, _crashed(error)]
    return found


def _rows_for(asked: Asked, state: State) -> list[Joint | MetricValues | Finding | None]:
    if not any(isinstance(q, Predictions) for q in asked.questions):
        return [None]
    predicted = state.predicted or Predicted()
    if predicted.fault:
        status = "fail" if predicted.fault.reason == "candidate-crashed" else "error"
        message = f"the model gave no predictions to judge: {predicted.fault.message}"
        unavailable = predicted.fault.message in state.inputs.unavailable.values()
        if unavailable:
            return [Finding(subject="predictions", status="not-measured", reason="no-access", message=message[:1900])]
        return [Finding(subject="predictions", status=status, reason=predicted.fault.reason, message=message[:1900])]  # type: ignore[arg-type]
    return list(predicted.joints)


def _stamped(finding: Finding, asked: Asked, state: State) -> Finding:
    """The finding with its check, place, table and weight: the lesser of what the check and the user give it."""
    source = finding.source or getattr(asked.params, "table", None)
    weights = ("info", "warn", "block")
    severity = min(finding.severity, asked.params.severity, key=weights.index)
    place = placed(finding.location, asked.path, state.known.head, _base_source(state), state.known.inside)
    return msgspec.structs.replace(finding, id=asked.id, source=source, severity=severity, location=place)


def _base_source(state: State) -> Parsed | None:
    return state.known.base


def _crashed(error: Exception) -> Finding:
    if isinstance(error, TimeoutError):
        return Finding(
            subject="check", status="error", reason="timeout", message=f"the check ran longer than {CHECK_SECONDS} s"
        )
    return Finding(
        subject="check", status="error", message=f"the check crashed: {type(error).__name__}: {error}"[:1900]
    )


def _no_answer(error: Exception) -> Finding:
    if isinstance(error, duckdb.InterruptException):
        return Finding(subject="table", status="error", reason="timeout", message="reading the table took too long")
    timeout = isinstance(error, Crash) and error.timeout
    return Finding(subject="check", status="error", reason="timeout" if timeout else "none", message=str(error)[:1900])


def _all_notes(state: State) -> Iterator[Note]:
    setting = state.known
    yield from setting.notes
    yield from data_notes(state.inputs, setting.config)
    if state.here and state.there and not state.request.install and not same_environment(state.here, state.there):
        yield Note("shared-environment")
    if any(isinstance(joint, MetricValues) for joint in (state.predicted or Predicted()).joints):
        yield Note("deltas-only")


def _baseline_name(setting: Setting) -> str | None:
    baseline = setting.config.baseline
    return baseline.predictions or baseline.metrics or (setting.base_name if baseline.ref != "none" else None)


@contextmanager
def _deadline(seconds: int) -> Iterator[None]:
    """The block raises TimeoutError when it runs longer; only in the main thread, where signals arrive."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
