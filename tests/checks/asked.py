"""A check asked and judged with plain values, and the same through the engine on a few files."""

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from mlgate.config import Config, Policy
from mlgate.configuring.loading import parse_config
from mlgate.configuring.setting import Request
from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError
from mlgate.evidence import Evidence, Finding, Predicate
from mlgate.measuring.joint import Absent, Joint, MetricValues
from mlgate.plugins import Answers, Facts, find_checks
from mlgate.questions import Predictions, Question, TableFacts
from mlgate.running.runner import Result, check
from mlgate.verdict import settle

CHECKS = find_checks()
BASE = """
version: 1
model: {id: m, task: binary, positive: 1, predictions: new.csv}
tables:
  test: {path: data/test.csv, key: id, target: y, sensitive: [group], slices: [part]}
  train: {path: data/train.csv, key: id, target: y}
"""
NO_BASELINE = Absent("no-baseline", "there is no baseline to compare with yet")


def params_of(id_: str, yaml: str, base: str = BASE) -> tuple[Any, Config]:
    """The check's parameters as the engine parses them; a `UserError` for what it refuses."""
    parsed = parse_config(read_yaml(f"{base}\nchecks:\n  {id_}: {yaml}\n".encode(), "mlgate.yml"), CHECKS)
    if parsed.problems:
        raise UserError(*parsed.problems)
    ((params, _),) = parsed.params[id_]
    return params, parsed.config


def table(name: str = "test", **columns: str) -> TableFacts:
    """A table with columns of these type families."""
    return TableFacts(name, f"data/{name}.csv", columns, columns)


def judged(
    id_: str, yaml: str, answer: Callable[[Question], Any], *tables: TableFacts, base: str = BASE
) -> tuple[Finding, ...]:
    """What the check says, settled, when `answer` answers what it asks; it can see nothing else."""
    params, config = params_of(id_, yaml, base)
    loaded = CHECKS[id_].load()
    facts = Facts(config, {t.name: t for t in tables or (table(),)})
    values = {question: answer(question) for question in loaded.plan(params, facts)}
    rows = next((v for q, v in values.items() if isinstance(q, Predictions)), None)
    absent = rows.baseline if rows is not None and isinstance(rows.baseline, Absent) else None
    return settled(*loaded.judge(params, Answers(facts, values, absent)))


def judged_rows(id_: str, yaml: str, rows: Joint | MetricValues, *, base: str = BASE) -> tuple[Finding, ...]:
    """What a check of predictions says of these rows, settled."""
    return judged(id_, yaml, lambda _: rows, base=base)


def settled(*findings: Finding) -> tuple[Finding, ...]:
    """The findings with the statuses that the verdict gives them; each can be written as evidence and read again."""
    assert msgspec.json.decode(msgspec.json.encode(findings), type=tuple[Finding, ...], strict=True) == findings
    return with_statuses(findings)


def with_statuses(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings with the statuses that the verdict gives them."""
    evidence = Evidence(predicate=Predicate(kit="0", policy_sha256="0" * 64, findings=findings))
    return settle(evidence, Policy(), datetime.date(2026, 1, 1))


def statuses(findings: tuple[Finding, ...]) -> dict[str, str]:
    """Each subject with its status."""
    found: dict[str, str] = {f.subject: f.status for f in findings}
    assert len(found) == len(findings), "two findings have the same subject"
    return found


def only(findings: tuple[Finding, ...]) -> Finding:
    """The one finding."""
    (finding,) = findings
    return finding


def counting(*, rows: int, count: int) -> Callable[[Question], int]:
    """Answers for a check that counts: `rows` in the table, `count` of whatever else is asked."""
    return lambda question: rows if type(question).__name__ == "Rows" else count


def gate(folder: Path, checks: str, files: Mapping[str, str], base: str = "version: 1") -> Result:
    """The whole run in a folder with these files; `checks` is the YAML below `checks:`."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    indented = "\n".join(f"  {line}" for line in checks.strip().splitlines())
    (folder / "mlgate.yml").write_text(f"{base}\nchecks:\n{indented}\n", encoding="utf-8")
    return check(Request(config=folder / "mlgate.yml"), lambda _: None)


def gate_table(folder: Path, checks: str, csv: str, **others: str) -> Result:
    """The whole run on data/test.csv, and on tables of other names."""
    texts = {"test": csv} | others
    tables = "\n".join(f"  {name}: {{path: data/{name}.csv, key: id}}" for name in texts)
    files = {f"data/{name}.csv": text for name, text in texts.items()}
    return gate(folder, checks, files, f"version: 1\ntables:\n{tables}")


def values(folder: Path, checks: str, csv: str, **others: str) -> dict[str, float | None]:
    """What each subject's finding judged, in a whole run on these tables."""
    return {f.subject: f.value for f in gate_table(folder, checks, csv, **others).verdict.findings}
