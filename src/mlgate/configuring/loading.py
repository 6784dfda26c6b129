"""The configuration in force: what the change says, governed by what its base says."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET

from mlgate.config import MODEL_MEANING, TABLE_MEANING, CheckParams, Config, policy_part
from mlgate.configuring.faults import describe
from mlgate.configuring.parsing import Parser, Reference, default_references
from mlgate.configuring.yaml_source import Path, Source
from mlgate.errors import Problem, did_you_mean
from mlgate.evidence import Note
from mlgate.plugins import CheckFile
from mlgate.sources.addresses import fault_of, is_address

_FUNCTION = re.compile(r"(?!\d)\w+(\.(?!\d)\w+)*:(?!\d)\w+(\.(?!\d)\w+)*")
_MAKERS = ("predict", "artifact", "command", "predictions", "metrics")


@dataclass(frozen=True)
class Parsed:
    """A configuration file as types: the whole, each check's parameters with the path they stand at, and its faults."""

    source: Source
    config: Config
    params: Mapping[str, tuple[tuple[CheckParams, Path], ...]]
    references: tuple[Reference, ...]
    problems: tuple[Problem, ...] = field(default=())


def parse_config(source: Source, checks: Mapping[str, CheckFile], *, load_own: bool = True) -> Parsed:
    """`source` as a configuration; every fault is in `problems`, and what is sound is parsed all the same.

    Without `load_own` no code of the repository runs, and the parameters of its own checks are not looked at.
    """
    parser = Parser(source)
    config = parser.struct(source.data, Config)
    if config is UNSET and isinstance(source.data, Mapping):  # the version is wrong; what the rest is, is told too
        config = Parser(source).struct({**source.data, "version": 1}, Config)
    if config is UNSET:
        return Parsed(source, Config(version=1), {}, (), tuple(parser.problems))
    assert isinstance(config, Config)
    params = {
        id_: tuple(_check_params(parser, id_, raw, checks))
        for id_, raw in config.checks.items()
        if id_ not in checks or checks[id_].is_shipped or (load_own and checks[id_].is_trusted)
    }
    parser.problems.extend(_contradictions(config, source))
    parser.problems.extend(_addresses(config, source))
    parser.problems.extend(_unknown_checks(parser.references, config, source, checks))
    parser.problems.extend(_unknown_metrics(parser.references, config, source))
    order = {p: i for i, p in enumerate(parser.problems)}
    problems = sorted(order, key=lambda p: (_line(p), order[p]))
    return Parsed(source, config, params, tuple(parser.references), tuple(problems))


def govern(base: Parsed, head: Parsed) -> Config:
    """The configuration in force for a change: head's paths and environment, base's policy and meanings.

    Checks that only the head has run too, as information: `mlgate.configuring.loading.params_in_force`.
    """
    model = head.config.model or base.config.model
    if base.config.model and model:
        meaning = {name: getattr(base.config.model, name) for name in MODEL_MEANING}
        model = msgspec.structs.replace(model, **meaning)
    tables = dict(base.config.tables)
    for name, table in head.config.tables.items():
        if name in tables:
            meaning = {key: getattr(tables[name], key) for key in TABLE_MEANING}
            table = msgspec.structs.replace(table, **meaning)
        tables[name] = table
    environment = msgspec.structs.replace(head.config.environment, fetch=base.config.environment.fetch)
    added = {id_: raw for id_, raw in head.config.checks.items() if id_ not in base.config.checks}
    return msgspec.structs.replace(
        base.config, model=model, tables=tables, environment=environment, checks={**base.config.checks, **added}
    )


def params_in_force(base: Parsed | None, head: Parsed) -> dict[str, tuple[tuple[CheckParams, Path], ...]]:
    """Each check's parameters: the base's where there is a base; what only the head has is information, not a gate."""
    if base is None:
        return dict(head.params)
    added = {
        id_: tuple((msgspec.structs.replace(params, severity="info"), path) for params, path in blocks)
        for id_, blocks in head.params.items()
        if id_ not in base.params
    }
    return {**base.params, **added}


def policy_changes(base: Config, head: Config) -> Iterator[Note]:
    """A note for each value of the policy that the change would set otherwise, and one for each check it adds."""
    ours, theirs = dict(_leaves(policy_part(base), ())), dict(_leaves(policy_part(head), ()))
    added = {("checks", check) for check in head.checks if check not in base.checks}
    for path in sorted({*ours, *theirs}, key=lambda p: [str(part) for part in p]):
        before, after = ours.get(path), theirs.get(path)
        if path[:2] in added or (path in ours and path in theirs and before == after):
            continue
        yield Note(
            "policy-changed", ".".join(map(str, path))[:400], f"{_said(before)} at the base, {_said(after)} here"
        )
    for _, check in sorted(added):
        yield Note("check-added", check[:400], "runs as information until it is merged")


def _check_params(
    parser: Parser, id_: str, raw: Any, checks: Mapping[str, CheckFile]
) -> Iterator[tuple[CheckParams, Path]]:
    path: Path = ("checks", id_)
    if id_ not in checks:
        problem = Problem(f"unknown check '{id_}'", parser.source.where(path), did_you_mean(id_, checks))
        parser.problems.append(problem)
        return
    kind = checks[id_].load().Params
    blocks = list(enumerate(raw)) if isinstance(raw, list) else [(None, raw)]
    if not blocks:
        parser.problems.append(Problem(f"'checks.{id_}' is an empty list", parser.source.where(path), "write its keys"))
    for index, block in blocks:
        at = path if index is None else (*path, index)
        data = {} if block is None else block
        params = parser.struct(data, kind, at)
        if isinstance(params, CheckParams):
            parser.references.extend(default_references(kind, data, at))
            yield params, at


def _contradictions(config: Config, source: Source) -> Iterator[Problem]:
    """What each key may say but two together may not."""
    if not config.checks and source.data.get("checks", {}) == {}:
        yield Problem("there are no checks", source.where(("checks",)), "add one; 'mlgate checks' lists them")
    model = config.model
    if model:
        makers = [m for m in _MAKERS if getattr(model, m) is not None]
        if not makers:
            yield Problem("'model' does not say how its predictions are made", source.where(("model",)),
                          f"give one of {', '.join(_MAKERS)}")  # fmt: skip
        elif len(makers) > 1 and set(makers) != {"predict", "artifact"}:
            yield Problem(f"'model' has {' and '.join(makers)}", source.where(("model",)),
                          "keep one of them (only 'predict' and 'artifact' go together)")  # fmt: skip
        if model.predict and not _FUNCTION.fullmatch(model.predict):
            yield Problem(f"'model.predict' must be package.module:function, not {describe(model.predict)}",
                          source.where(("model", "predict")), _function_mend(model.predict))  # fmt: skip
    given = [k for k in ("ref", "predictions", "metrics") if getattr(config.baseline, k) is not None]
    if len(given) > 1:
        yield Problem(f"'baseline' has {' and '.join(given)}", source.where(("baseline",)), "keep one of them")


def _addresses(config: Config, source: Source) -> Iterator[Problem]:
    """The tables whose address cannot be read, or must not be written down."""
    for name, table in config.tables.items():
        fault = fault_of(table.path, table.relation, insecure=table.insecure) if is_address(table.path) else None
        if fault:
            yield Problem(f"table '{name}': {fault}", source.where(("tables", name, "path")), "see docs/data.md")


def _function_mend(text: str) -> str:
    """The function as it was probably meant: of a path its module, of a dotted name its last part."""
    module, colon, function = text.replace(".py:", ":").replace("/", ".").strip(".").rpartition(":")
    if not colon:
        module, _, function = text.rpartition(".")
    meant = f"{module}:{function}"
    return f"write {meant}" if _FUNCTION.fullmatch(meant) else "write package.module:function"


def _unknown_checks(references: Iterable[Reference], config: Config, source: Source,
                    checks: Mapping[str, CheckFile]) -> Iterator[Problem]:  # fmt: skip
    """The checks that the policy names and that are not there."""
    for kind, name, path in references:
        where = source.where(path)
        if kind == "check" and name not in checks:
            yield Problem(f"a waiver names the unknown check '{name}'", where, did_you_mean(name, checks))
        if kind == "configured-check" and name not in config.checks:
            mend = did_you_mean(name, config.checks)
            if name in checks:
                mend = "add it there, or take it out here"
            yield Problem(f"'policy.required' names '{name}', which is not under 'checks'", where, mend)


def _unknown_metrics(references: Iterable[Reference], config: Config, source: Source) -> Iterator[Problem]:
    """The metrics that the checks name and that are not there, or are another task's."""
    model = config.model
    named = [(name, path) for kind, name, path in references if kind == "metric"]
    if not named and model is None:
        return  # nothing that needs the metrics, and with them numpy
    from mlgate.measuring.metrics import METRICS, UnknownMetric, fits, metrics_of
    from mlgate.measuring.own_named import metric_of

    for name, path in named:
        try:
            metric = metric_of(model, name)
        except UnknownMetric as error:
            yield Problem(str(error), source.where(path), error.mend)
            continue
        if model and model.metrics is None and not fits(metric, model.task):
            known = metrics_of(model.task)
            mend = f"write one of {', '.join(known)}" if len(known) <= 8 else did_you_mean(name, known)
            yield Problem(f"metric '{name}' is not of the task {model.task}", source.where(path), mend)
    for name in model.own_metrics if model else ():
        if name in METRICS:
            where = source.where(("model", "own-metrics", name))
            yield Problem(f"'{name}' is a metric of mlgate's", where, "give your own metric another name")
    if model and model.task != "binary" and model.positive is not None:
        yield Problem(f"a {model.task} task has no positive label", source.where(("model", "positive")), "leave it out")


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    else:
        yield path, value


def _said(value: Any) -> str:
    return "nothing" if value is None else msgspec.json.encode(value).decode()[:200]


def _line(problem: Problem) -> int:
    tail = (problem.where or "").rpartition(":")[2]
    return int(tail) if tail.isdigit() else 0
