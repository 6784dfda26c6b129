"""A whole run, as steps that each take what the last one gave: from configuration to evidence and verdict."""

import datetime
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

import mlgate
from mlgate.config import Policy, policy_digest
from mlgate.configuring.setting import Request, Setting, find_setting
from mlgate.errors import Problem, UserError
from mlgate.evidence import Baseline, CheckRun, Evidence, Finding, Note, Predicate, Run, Subject, digest_of, sha256
from mlgate.features.reading import feature_subjects, read_features
from mlgate.features.states import FeatureStates
from mlgate.plugins import Facts
from mlgate.questions import Deepchecks, Features, Labels, ModelFile, Predictions, Pytest, Question
from mlgate.running.asking import Asked, ask, judge, stamp
from mlgate.running.condensing import condense
from mlgate.running.data_changes import data_notes, table_infos
from mlgate.running.deepchecks import run_deepchecks
from mlgate.running.engines import engine_of
from mlgate.running.opening import WITHHELD, Inputs, absent_file, open_tables
from mlgate.running.predicted import Predicted, model_facts
from mlgate.running.trees import Say, Tree, baseline_tree, candidate_tree, place_model, prepare
from mlgate.scan.answering import answer, answer_labels
from mlgate.scan.duckdb_engine import DuckDB
from mlgate.scan.engine import Engine
from mlgate.scan.planning import Plan, plan
from mlgate.scan.tables import bound, connect
from mlgate.scratch import scratch_folder
from mlgate.verdict import Verdict, decide
from mlgate.worker import client
from mlgate.worker.client import Crash
from mlgate.worker.parallel import in_parallel

if TYPE_CHECKING:
    from mlgate.inputs.rows import Wanted

SEED = 17
NOTHING = Predicted()


@dataclass(frozen=True)
class State:
    """What is known so far; each step returns it with more."""

    request: Request
    stack: ExitStack
    say: Say
    began: float
    connection: duckdb.DuckDBPyConnection
    engine: Engine
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
    plan: Plan  # what is settled without reading, and the queries for the rest
    policy: Policy  # that governed


def check(request: Request, say: Say, *, only_plan: bool = False) -> Result:
    """The whole run; a `UserError` if the configuration or its inputs cannot be used."""
    began = time.monotonic()
    with ExitStack() as stack:
        state = started(request, stack, say, began)
        for step in PLAN_STEPS if only_plan else STEPS:
            state = step(state)
        evidence = gather_evidence(state)
        setting = state.known
        policy = setting.governing.policy
        if request.only:
            policy = msgspec.structs.replace(policy, required=tuple(c for c in policy.required if c in request.only))
        verdict = decide(evidence, policy, today(), expected=tuple(setting.params))
        settled = msgspec.structs.replace(evidence.predicate, findings=condense(verdict.findings))
        return Result(msgspec.structs.replace(evidence, predicate=settled), verdict, _plan(state), policy)


def started(request: Request, stack: ExitStack, say: Say, began: float) -> State:
    """Where every run begins: a connection, and nothing known."""
    connection = stack.enter_context(connect())
    return State(request, stack, say, began, connection, DuckDB(connection))


# --- the steps ----------------------------------------------------------------------------------------------


def load_config(state: State) -> State:
    """The configuration is read, the base found, and what governs decided."""
    return replace(state, setting=find_setting(state.request, state.stack))


def prepare_trees(state: State) -> State:
    """Candidate and baseline have a tree and an interpreter each, and `prepare` has run in both."""
    here = candidate_tree(state.known, state.say)
    there = baseline_tree(state.known, state.stack, state.say)
    try:
        prepare(here, "the candidate", state.say)
    except Crash as error:
        return replace(state, here=here, there=there, crash=str(error))
    place_model(here, state.request.model, "--model")
    if there:
        try:
            prepare(there, "the baseline", state.say)
        except Crash as error:
            there = replace(there, fault=str(error))
        place_model(there, state.request.baseline_model, "--baseline-model")
    return replace(state, here=here, there=there)


def open_inputs(state: State) -> State:
    """The tables are open, here and at the base; every missing file and column is told at once."""
    if state.crash:
        return state
    setting = state.known
    bound(state.connection, setting.config.scan.memory)
    problems = _missing_files(setting)
    engine = engine_of(state.stack, state.connection, setting)
    try:
        inputs = open_tables(state.connection, engine, setting, state.there)
    except UserError as error:
        raise UserError(*error.problems, *problems) from None
    if problems:
        raise UserError(*problems)
    inputs = replace(inputs, unavailable={**inputs.unavailable, **_withheld_files(setting)})
    return replace(state, engine=engine, inputs=inputs, facts=inputs.facts(setting.config))


def plan_checks(state: State) -> State:
    """Every check has said what it asks; one that cannot be asked has its finding already."""
    if state.facts is None:
        return state
    asked = [
        Asked(id_, state.known.checks[id_].load(), params, path)
        for id_, blocks in state.known.params.items()
        for params, path in blocks
    ]
    asked = [ask(each, state.facts, state.inputs) for each in asked]
    if state.known.config.model is None and (lacking := [each for each in asked if each.needs_model]):
        where = state.known.head.source.where
        mend = "add 'model:' with an id and how its predictions are made, or leave the check out"
        raise UserError(*(Problem(f"check '{each.id}' needs a model", where(each.path), mend) for each in lacking))
    return replace(state, asked=tuple(asked))


def scan(state: State) -> State:
    """The table questions are answered: one query a table, and the extra passes."""
    planned = _plan(state)
    answers: dict[Question, Any] = dict(planned.settled)
    limit = state.known.config.environment.timeout
    facts = state.facts.tables if state.facts else {}
    for query in planned.queries:
        state.say(f"reading {query.name}")
        answers.update(answer(state.engine, query, facts, limit, state.known.folder))
    asked = (q for each in state.asked if not each.fault for q in each.questions)
    answers.update({q: read_features(state.known, q.file) for q in asked if isinstance(q, Features)})
    for question in dict.fromkeys(q for asked in state.asked if not asked.fault for q in asked.questions):
        if isinstance(question, Labels):
            answers[question] = answer_labels(state.engine, question, facts[question.table])
    return replace(state, answers=answers)


def ask_user_code(state: State) -> State:
    """The model has predicted, its file was looked at, the tests and notebooks have run: all in workers, at once."""
    questions = dict.fromkeys(q for asked in state.asked if not asked.fault for q in asked.questions)
    predictions = [q for q in questions if isinstance(q, Predictions)]
    elsewhere = [
        q for q in questions
        if isinstance(q, Pytest | Deepchecks) or (isinstance(q, ModelFile) and not predictions)
    ]  # fmt: skip
    jobs: list[Callable[[], Any]] = [partial(_answer_in_worker, q, state) for q in elsewhere]
    if predictions:
        from mlgate.inputs.rows import Wanted

        columns = dict.fromkeys(c for q in predictions for c in q.columns)
        numbers = dict.fromkeys(c for q in predictions for c in q.numbers)
        rules = dict.fromkeys(rule for q in predictions for rule in q.rules)
        jobs.append(partial(_predict, state, Wanted(tuple(columns), tuple(numbers), tuple(rules))))
    state.say("running the model, tests and notebooks" if jobs else "judging")
    replies = in_parallel(jobs)
    predicted = replies.pop() if predictions else NOTHING
    answers: dict[Question, Any] = dict(state.answers)
    answers.update(zip(elsewhere, replies, strict=True))
    if predictions and ModelFile() in questions:
        answers[ModelFile()] = predicted.report or _answer_in_worker(ModelFile(), state)
    return replace(state, answers=answers, predicted=predicted, isolation=predicted.isolation)


def judge_all(state: State) -> State:
    """Every check has judged its answers; one that crashed or took too long has an error instead."""
    setting = state.known
    if state.crash or state.facts is None:
        return replace(state, findings=tuple(_never_ran(id_, state.crash or "") for id_ in setting.params))
    findings: list[Finding] = []
    ran = []
    for asked in state.asked:
        began = time.monotonic()
        found = judge(asked, state.facts, state.answers, state.predicted or NOTHING, state.inputs)
        findings += [stamp(finding, asked, setting.head, setting.inside) for finding in found]
        seconds = round(time.monotonic() - began, 4)
        ran.append(CheckRun(asked.id, digest_of(msgspec.to_builtins(asked.params)), seconds))
    return replace(state, findings=tuple(findings), ran=tuple(ran))


STEPS = (load_config, prepare_trees, open_inputs, plan_checks, scan, ask_user_code, judge_all)
PLAN_STEPS = STEPS[:4]


def gather_evidence(state: State) -> Evidence:
    """What was found, as evidence; statuses are still to be settled."""
    setting = state.known
    model = setting.config.model
    infos = tuple(table_infos(state.connection, state.engine, state.inputs, setting.config))
    predicted = state.predicted or NOTHING
    subjects = [Subject(f"table:{info.name}", {"sha256": info.sha256}) for info in infos]
    if model and predicted.model_sha256:
        subjects.insert(0, Subject(f"model:{model.id}", {"sha256": predicted.model_sha256}))
    states = next((value for value in state.answers.values() if isinstance(value, FeatureStates)), None)
    subjects += feature_subjects(setting, states)
    base_environment = state.there.environment_sha256 if state.there else None
    predicate = Predicate(
        kit=mlgate.__version__, policy_sha256=policy_digest(setting.governing), model=model.id if model else None,
        requires=dict(model.requires) if model else {},
        config=setting.name, event=setting.event.kind, date=today().isoformat(), head_sha=setting.head_sha,
        base_sha=setting.base_sha, tested_sha=setting.tested_sha,
        rows_sha256=_rows_digest(predicted),
        environment_sha256=state.here.environment_sha256 if state.here else None,
        model_facts=model_facts(predicted.report),
        baseline=Baseline(
            _baseline_name(setting), predicted.baseline_sha256, base_environment, model_facts(predicted.baseline_report)
        ),
        tables=infos, checks=state.ran, findings=state.findings, notes=tuple(_all_notes(state)),
        run=Run(
            round(time.monotonic() - state.began, 3), SEED, state.isolation, round(state.inputs.digest_seconds, 3)
        ),
    )  # fmt: skip
    return Evidence(subject=tuple(subjects), predicate=predicate)


# --- parts of the steps -------------------------------------------------------------------------------------


def _never_ran(check: str, crash: str) -> Finding:
    return Finding(id=check, subject="prepare", status="fail", reason="candidate-crashed", message=crash[:1_900])


def _missing_files(setting: Setting) -> list[Problem]:
    """The model's own files that are not there, though they could be."""
    withheld = _withheld_files(setting)
    return [problem for path, problem in _absent_files(setting).items() if path not in withheld]


def _withheld_files(setting: Setting) -> dict[str, str]:
    """The model's own files that only `fetch` brings, where the event may not use it: path → why."""
    if not (setting.event.is_fork and setting.config.environment.fetch):
        return {}
    return {path: WITHHELD.format(path=path) for path in _absent_files(setting)}


def _absent_files(setting: Setting) -> dict[str, Problem]:
    model, found = setting.config.model, {}
    for key in ("artifact", "predictions", "metrics"):
        path = getattr(model, key, None)
        if path and (problem := absent_file(setting, path, ("model", key))):
            found[path] = problem
    return found


def _plan(state: State) -> Plan:
    questions = [q for asked in state.asked if not asked.fault for q in asked.questions]
    tables = state.inputs.tables
    footers = {name: table.footer for name, table in tables.items() if table.footer}
    return plan(questions, {name: table.facts for name, table in tables.items()}, footers, state.engine.dialect)


def _predict(state: State, wanted: "Wanted") -> Predicted:
    from mlgate.running.predicting import predict_all

    assert state.here is not None
    scratch = state.stack.enter_context(scratch_folder())
    connection = state.connection.cursor()
    return predict_all(connection, state.known, state.inputs, state.here, state.there, wanted, scratch)


def _answer_in_worker(question: ModelFile | Pytest | Deepchecks, state: State) -> Any:
    assert state.here is not None
    try:
        if isinstance(question, Deepchecks):
            assert state.facts is not None
            return run_deepchecks(
                state.connection.cursor(), question, state.facts.tables, state.known.config.environment, state.say,
                may_install=state.request.install,
            )  # fmt: skip
        if isinstance(question, Pytest):
            return client.run_pytest(state.here.place, [*question.arguments, *question.paths])[0]
        model = state.known.config.model
        if model is None or model.artifact is None:
            return None
        return client.inspect_model(state.here.place, state.here.folder / model.artifact, model.trusted)
    except Crash as error:
        return error


def _all_notes(state: State) -> Iterator[Note]:
    setting = state.known
    yield from setting.notes
    yield from data_notes(state.inputs, setting)
    here, there = state.here, state.there
    if here and there and not state.request.install and here.environment_sha256 != there.environment_sha256:
        yield Note("shared-environment")
    if _has_values_only(state.predicted or NOTHING):
        yield Note("deltas-only")
    for path, labelled, rows in state.predicted.unlabelled if state.predicted else ():
        yield Note("unlabelled", path[:400], f"{labelled:,} of {rows:,} rows have a label; the others were left out")
    if state.predicted and state.predicted.left_behind:
        yield Note("left-behind", detail=f"{state.predicted.left_behind:,}")


def _rows_digest(predicted: Predicted) -> str | None:
    """The digest of the judged rows' labels; None where no rows were judged."""
    if not predicted.joints:
        return None
    from mlgate.measuring.joint import Joint

    joint = next((joint for joint in predicted.joints if isinstance(joint, Joint)), None)
    return None if joint is None else sha256(joint.truth.tobytes())


def _has_values_only(predicted: Predicted) -> bool:
    """Whether there are bare metric values instead of rows."""
    if not predicted.joints:
        return False
    from mlgate.measuring.joint import MetricValues

    return any(isinstance(joint, MetricValues) for joint in predicted.joints)


def _baseline_name(setting: Setting) -> str | None:
    baseline = setting.config.baseline
    return baseline.predictions or baseline.metrics or (setting.base_name if baseline.ref != "none" else None)


def today() -> datetime.date:
    """The date in UTC, by which waivers are judged."""
    return datetime.datetime.now(datetime.UTC).date()
