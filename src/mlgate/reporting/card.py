"""The model card: metadata as the Hugging Face Hub reads it, and a page of what was measured and on what."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from mlgate.config import Card, Model, Source, Table
from mlgate.evidence import Finding, TableInfo
from mlgate.evidence_file import evidence_file
from mlgate.reporting.differences import size
from mlgate.reporting.escaping import code_span, prose
from mlgate.reporting.figures import bracketed, decimals, fixed, trimmed
from mlgate.reporting.phrases import is_row, metric_words, state
from mlgate.reporting.rows import IN_TABLE
from mlgate.reporting.view import View

MOST_ROWS = 400
TASKS = {  # the Hub's names of what a table's model does
    "binary": "tabular-classification", "multiclass": "tabular-classification", "regression": "tabular-regression",
}  # fmt: skip
HUB_METRICS = {  # the Hub's names of metrics, where it has one
    "auc": "roc_auc", "brier": "brier_score", "rmse": "rmse", "log-loss": "log_loss",
}  # fmt: skip


def card(view: View, model: Model, tables: Mapping[str, Table]) -> str:
    """The whole card as Markdown with its metadata in front."""
    said = model.card
    assert said is not None
    parts = [
        f"---\n{_metadata(view, model, said, tables)}---",
        f"# {code_span(model.id)}",
        f"## Intended use\n\n{_prose(said.intended_use)}",
        f"## Limits\n\n{_prose(said.limits)}",
        f"## Contact\n\n{_prose(said.contact)}",
        "## The model\n\n" + "\n".join(f"- {line}" for line in _model(view, model, said)),
        "## Data\n\n" + "\n".join(_tables(view, tables)),
        "## Measured\n\n" + "\n".join(_measured(view)),
        "## Evidence\n\n" + "\n".join(f"- {line}" for line in _evidence(view)),
    ]
    return "\n\n".join(parts) + "\n"


def _metadata(view: View, model: Model, said: Card, tables: Mapping[str, Table]) -> str:
    task = TASKS.get(model.task)
    data: dict[str, Any] = {
        "license": said.licence or "unknown",
        "tags": ["mlgate"],
        **({"pipeline_tag": task} if task else {}),
        **({"base_model": said.upstream.name} if said.upstream else {}),
    }
    results = [_result(finding, tables) for finding in _of_the_whole(view)]
    if results and task:
        test = tables.get(model.table)
        dataset = {"name": model.table, "type": (test.source.url if test else None) or model.table}
        whole = {"task": {"type": task}, "dataset": dataset, "metrics": results}
        data["model-index"] = [{"name": model.id, "results": [whole]}]
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000)
    return text


class _Dumper(yaml.SafeDumper):
    """YAML that gives back every string as it was: PyYAML folds these line ends where it does not escape them."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = '"' if set(data) & set("\x85\u2028\u2029") else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


def _result(finding: Finding, tables: Mapping[str, Table]) -> dict[str, Any]:
    metric = finding.metric or finding.subject
    value = finding.candidate_value if finding.candidate_value is not None else finding.value
    return {"type": HUB_METRICS.get(metric, metric.replace("-", "_")), "name": metric, "value": value,
            "verified": False}  # fmt: skip


def _of_the_whole(view: View) -> list[Finding]:
    """Of each metric of all rows one finding: the one that has its own interval, else the comparison."""
    found: dict[str, Finding] = {}
    for finding in sorted(view.verdict.findings, key=lambda f: f.margin is not None):
        is_whole = is_row(finding) and finding.metric and not (finding.slice or finding.group)
        if is_whole and not (finding.source or "").endswith("@base"):
            found.setdefault(finding.metric or "", finding)
    return list(found.values())


def _prose(text: str) -> str:
    """What people wrote, paragraph by paragraph, with nothing in it that acts."""
    paragraphs = [" ".join(each.split()) for each in text.strip().split("\n\n")]
    return "\n\n".join(_escape_start(prose(each, length=4_000)) for each in paragraphs if each)


def _escape_start(text: str) -> str:
    return f"\N{WORD JOINER}{text}" if text[:1] in "+-#>*0123456789=" else text


def _model(view: View, model: Model, said: Card) -> Iterator[str]:
    predicate = view.evidence.predicate
    yield f"task {code_span(model.task)}, licence {code_span(said.licence or 'not given')}"
    for subject in view.evidence.subject:
        if subject.name.startswith("model:"):
            file = model.artifact or model.predictions or model.id
            yield f"file {code_span(file)}, {_digest(subject.digest['sha256'])}"
    if facts := predicate.model_facts:
        libraries = ", ".join(code_span(f"{name} {version}") for name, version in sorted(facts.libraries.items()))
        yield f"{size(facts.bytes)}" + (f", written with {libraries}" if libraries else "")
        if facts.inputs:
            yield f"{len(facts.inputs):,} inputs: " + ", ".join(map(code_span, facts.inputs[:60]))
    if said.upstream:
        where = f" from {code_span(said.upstream.url)}" if said.upstream.url else ""
        licence = code_span(said.upstream.licence or "not given")
        yield f"made from {code_span(said.upstream.name)}{where}, licence {licence}"
    for name, version in predicate.requires.items():
        yield f"takes its input from the feature {code_span(f'{name}@{version}')}"
    if predicate.environment_sha256:
        yield f"environment {_digest(predicate.environment_sha256)}"


def _tables(view: View, tables: Mapping[str, Table]) -> Iterator[str]:
    yield "| Table | Rows | Digest | Source | Licence | Retrieved |\n|---|--:|---|---|---|---|"
    for info in view.evidence.predicate.tables:
        table = tables.get(info.name)
        name = code_span(info.name, in_table=True)
        yield f"| {name} | {info.rows:,} | {_digest(info.sha256)} | {_source(table, info)} |"


def _source(table: Table | None, info: TableInfo) -> str:
    source = table.source if table else Source()
    when = source.retrieved.isoformat() if source.retrieved else "–"
    licence = code_span(source.licence, in_table=True) if source.licence else "–"
    where = source.url or info.path or info.name
    return f"{code_span(where, in_table=True)} | {licence} | {when}"


def _measured(view: View) -> Iterator[str]:
    """A row for each finding that has a value, and a count of what has none."""
    rows = [f for f in view.verdict.findings if is_row(f)]
    yield "| | Metric | Rows | Value [95 % CI] | Asked for | n | Finding |\n|:-:|---|---|--:|---|--:|---|"
    yield from map(_row, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        yield f"\n{len(rows) - MOST_ROWS:,} more stand in the evidence."
    told = {name: sum(state(f) == name for f in view.verdict.findings) for name in ("inconclusive", "not measured")}
    said = [f"{count:,} {name}" for name, count in told.items() if count]
    if said:
        yield f"\nOf all findings {' and '.join(said)}."


def _row(finding: Finding) -> str:
    places = decimals(finding)
    value = finding.candidate_value if finding.candidate_value is not None else finding.value
    shown = fixed(value, places) if value is not None else "–"
    if finding.interval and finding.margin is None:
        shown += f" {bracketed(finding.interval, places)}"
    where = finding.slice or finding.group or "all"
    cells = [
        state(finding), metric_words((finding.metric or finding.subject).removesuffix(" growth"), IN_TABLE),
        code_span(where, in_table=True), shown, _asked(finding, places),
        f"{finding.n:,}" if finding.n is not None else "–",
        f"{code_span(finding.id, in_table=True)} {code_span(finding.subject, in_table=True)}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _asked(finding: Finding, places: int) -> str:
    if finding.margin is not None:
        return f"no worse than the baseline by {trimmed(finding.margin, places)}"
    if finding.limit is None:
        return "–"
    return f"{'≥' if finding.direction == 'up' else '≤'} {trimmed(finding.limit, places)}"


def _evidence(view: View) -> Iterator[str]:
    predicate = view.evidence.predicate
    digest = _digest(hashlib.sha256(evidence_file(view)).hexdigest())
    yield f"evidence {digest}, of which each number above names its finding"
    if sha := predicate.head_sha or predicate.tested_sha:
        yield f"commit {code_span(sha)}"
    when = predicate.date or "an unknown day"
    yield f"policy {_digest(predicate.policy_sha256)}, mlgate {code_span(predicate.kit)}, judged on {when}"


def _digest(digest: str) -> str:
    return code_span(f"sha256:{digest}")
