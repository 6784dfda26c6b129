"""What every check and every report format must be, and that no list anywhere has to name them."""

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlgate.config import CheckParams, TableParams
from mlgate.configuring.faults import strip
from mlgate.configuring.schema import config_schema
from mlgate.drift.profile import ColumnProfile, Profile
from mlgate.evidence import Finding
from mlgate.features.states import FeatureState, FeatureStates
from mlgate.measuring.joint import MetricValues
from mlgate.plugins import Answers, CheckFile, Facts, find_checks, find_reports, load_report
from mlgate.questions import (
    Aggregate,
    Compared,
    Crossed,
    Deepchecks,
    DeepchecksCondition,
    Examples,
    Features,
    Labels,
    ModelFile,
    Pass,
    Predictions,
    Pytest,
    Question,
)
from mlgate.worker.client import ModelFileReport
from tests.checks.asked import NO_BASELINE, params_of, table
from tests.checks.joints import column, joint, side, two_models

ROOT = Path(__file__).parent.parent
CHECKS = find_checks()
MINIMAL = {  # the least that a check can be asked; every other check needs nothing
    "schema": "{columns: {a: float}}",
    "missing": "{columns: {a: {}}}",
    "ranges": "{columns: {a: {min: 0}}}",
    "allowed-values": "{columns: {a: [1]}}",
    "unique": "{columns: [a]}",
    "types": "{columns: {b: integer}}",
    "patterns": "{columns: {b: {matches: x}}}",
    "lengths": "{columns: {b: {max: 9}}}",
    "freshness": "{columns: {a: {max-age: 2 days}}}",
    "monotonic": "{columns: {a: {}}}",
    "quantiles": "{columns: {a: [{q: 0.5, min: 0}]}}",
    "mean-std": "{columns: {a: {mean: {min: 0}}}}",
    "cross-column": "{rules: {positive: a > 0}}",
    "referential": "{references: [{columns: [b], to: train}]}",
    "new-categories": "{columns: {b: {}}}",
    "outliers": "{columns: {a: {}}}",
    "signature": "{columns: {a: float}}",
    "metrics": "{limits: {auc: {min: 0.5}}}",
    "notebooks": "{paths: [a.ipynb]}",
}
KEBAB, SNAKE = re.compile(r"[a-z]+(-[a-z]+)*"), re.compile(r"[a-z]+(_[a-z]+)*")
EVERY_CHECK = pytest.mark.parametrize("file", CHECKS.values(), ids=list(CHECKS))
EVERY_REPORT = pytest.mark.parametrize("format_id", find_reports())


class Asked(dict[Question, Any]):
    """Answers that remember what was looked up."""

    def __init__(self, values: dict[Question, Any]) -> None:
        super().__init__(values)
        self.seen: set[Question] = set()

    def __getitem__(self, question: Question) -> Any:
        self.seen.add(question)
        return super().__getitem__(question)


def asked(file: CheckFile) -> tuple[Any, Facts, list[Question]]:
    """The check's least parameters, what it may know, and what it asks."""
    params, config = params_of(file.id, MINIMAL.get(file.id, "{}"))
    tables = {name: table(name, id="integer", a="float", b="string") for name in ("test", "train")}
    facts = Facts(config, tables)
    return params, facts, list(file.load().plan(params, facts))


def an_answer(question: Question) -> Any:
    """A plausible answer to any question."""
    if isinstance(question, Predictions):
        truth, candidate, baseline = two_models(200)
        rows = joint(truth, side(candidate), side(baseline))
        return replace(rows, columns={name: column(["a", "b"] * 100) for name in question.columns})
    if isinstance(question, ModelFile):
        return ModelFileReport("skops", 9)
    if isinstance(question, Compared):
        counted = ColumnProfile(kind="category", categories={"x": 200})
        return (Profile(rows=200, columns={"a": counted}),) * 2
    if isinstance(question, Features):
        return FeatureStates((FeatureState("sums", 1, {"a": "float"}, "0" * 64),))
    if isinstance(question, Labels):
        return {"a": 60, "b": 40}
    if isinstance(question, Deepchecks):
        return (DeepchecksCondition("data-integrity", "IsSingleValue", "Does not contain only a single value", "PASS"),)
    return () if isinstance(question, Pytest | Crossed | Examples) else 10


@EVERY_CHECK
def test_the_files_name_is_the_checks_id(file: CheckFile) -> None:
    assert file.path.stem.replace("_", "-") == file.id
    assert SNAKE.fullmatch(file.path.stem)
    assert KEBAB.fullmatch(file.id)
    assert SNAKE.fullmatch(file.group)


def test_every_python_file_in_a_folder_of_checks_is_a_check() -> None:
    assert {f.path for f in CHECKS.values()} == set((ROOT / "checks").rglob("*.py"))


@EVERY_CHECK
def test_its_first_line_says_in_one_sentence_what_holds_when_it_passes(file: CheckFile) -> None:
    first = (file.load().__doc__ or "").splitlines()[0]
    assert 20 < len(first) <= 120
    assert first.endswith(".")
    assert ": " in first, "a title, a colon, and what holds"
    assert first[0].isupper()


@EVERY_CHECK
def test_its_params_are_a_frozen_struct_of_described_kebab_case_keys(file: CheckFile) -> None:
    params = file.load().Params
    assert issubclass(params, CheckParams)
    assert params.__struct_config__.frozen
    assert params.__struct_config__.forbid_unknown_fields
    inherited = {f.name for base in (CheckParams, TableParams) for f in msgspec.structs.fields(base)}
    for field in msgspec.structs.fields(params):
        assert KEBAB.fullmatch(field.encode_name)
        if field.name not in inherited:
            notes = [note for member in [field.type, *getattr(field.type, "__args__", ())] for note in strip(member)[1]]
            assert any(note.description for note in notes), f"{field.name} has no description"


@EVERY_CHECK
def test_it_plans_typed_questions_and_reads_nothing(file: CheckFile) -> None:
    params, facts, questions = asked(file)
    assert questions
    elsewhere = Labels | Predictions | ModelFile | Pytest | Features | Deepchecks
    assert all(isinstance(q, Aggregate | Pass | elsewhere) for q in questions)
    assert questions == list(file.load().plan(params, facts))


@EVERY_CHECK
def test_it_judges_only_what_it_asked(file: CheckFile) -> None:
    params, facts, questions = asked(file)
    values = Asked({question: an_answer(question) for question in questions})
    found = list(file.load().judge(params, Answers(facts, values)))
    assert values.seen <= set(questions)
    assert found, "a check that says nothing is taken for one that passes"
    assert all(isinstance(f, Finding) and f.subject and f.location is not None for f in found)
    assert found == list(file.load().judge(params, Answers(facts, values)))


@EVERY_CHECK
def test_it_does_no_input_or_output_and_needs_no_heavy_library(file: CheckFile) -> None:
    tree = ast.parse(file.path.read_text(encoding="utf-8"))
    modules = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    modules |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    outside = {m.partition(".")[0] for m in modules} - {"mlgate", "numpy", "msgspec"}
    assert outside <= {"collections", "dataclasses", "datetime", "itertools", "math", "re", "typing"}
    calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not calls & {"open", "eval", "exec", "print", "input", "__import__"}


@EVERY_CHECK
def test_the_schema_has_it_with_all_its_keys(file: CheckFile) -> None:
    schema = config_schema()
    block = schema["properties"]["checks"]["properties"][file.id]
    name = next(part["$ref"] for part in block["oneOf"] if "$ref" in part).rpartition("/")[2]
    keys = {field.encode_name for field in msgspec.structs.fields(file.load().Params)}
    assert set(schema["$defs"][name]["properties"]) == keys


@EVERY_CHECK
def test_it_has_a_test_file_of_its_own(file: CheckFile) -> None:
    path = ROOT / "tests" / "checks" / file.group / f"test_{file.path.stem}.py"
    assert path.is_file()
    assert file.id in path.read_text(encoding="utf-8")


def test_the_readme_lists_every_check_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Checks\n")[2].partition("\n## ")[0]
    section = section.partition("\n| task |")[0]
    listed = re.findall(r"^\| `([a-z-]+)` \|", section, flags=re.MULTILINE)
    assert sorted(listed) == sorted(CHECKS)


def test_no_list_in_the_source_names_all_checks() -> None:
    files = [path for folder in ("src", "reports", "checks", "tools") for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 50
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
                texts = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
                assert not texts >= set(CHECKS), f"{path}:{node.lineno} names all checks, so new ones must be added"


@EVERY_REPORT
def test_a_report_format_has_a_file_or_none_and_renders(format_id: str) -> None:
    report = load_report(format_id)
    assert report.FILE is None or re.fullmatch(r"[a-z]+\.[a-z]+", report.FILE)
    assert callable(report.render)
    assert SNAKE.fullmatch(find_reports()[format_id].stem)
    assert (report.__doc__ or "").splitlines()[0].endswith(".")


def test_no_two_report_formats_write_the_same_file() -> None:
    written = [file for format_id in find_reports() if (file := load_report(format_id).FILE)]
    assert len(written) == len(set(written))


@pytest.mark.parametrize("id_", ["fairness", "metrics", "regression", "slices"])
def test_a_check_of_predictions_takes_a_metrics_file_too(id_: str) -> None:
    params, facts, questions = asked(CHECKS[id_])
    values = dict.fromkeys(questions, MetricValues("metrics", {"auc": 0.5}, NO_BASELINE))
    assert list(CHECKS[id_].load().judge(params, Answers(facts, values, NO_BASELINE)))
