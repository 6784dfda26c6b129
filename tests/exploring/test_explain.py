"""Every method that a check uses is explained, and its interval can be computed again from the evidence alone."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from mlgate.evidence import Evidence, Finding, Predicate, canonical, parse_evidence
from mlgate.exploring.explaining import explain, reproduction
from mlgate.exploring.explanations import EXPLANATIONS
from mlgate.measuring.joint import Joint, Side
from mlgate.measuring.metrics import metrics_of
from tests.checks.asked import BASE, judged_rows
from tests.checks.joints import column, joint, side, two_models
from tests.cli.console import mlgate

ROOT = Path(__file__).parents[2]
NOT_COMPUTED = {name for name, known in EXPLANATIONS.items() if not known.lines}
TRUTH, CANDIDATE, BASELINE = two_models(400, seed=4)
BINARY = joint(TRUTH, side(CANDIDATE), side(BASELINE), group=column(["a", "b", "c", "a"] * 100))
RNG = np.random.default_rng(2)
NUMBERS = RNG.normal(3, 1, 400)


def of_classes() -> Joint:
    """Rows of three classes with scores for each."""
    truth = RNG.integers(0, 3, 400)
    sides = []
    for scale in (1.5, 1.6):
        score = np.exp(np.eye(3)[truth] + scale * RNG.random((400, 3)))
        score /= score.sum(axis=1, keepdims=True)
        sides.append(Side(score.argmax(axis=1), score, True, ("x", "y", "z")))
    return Joint("test", truth, sides[0], sides[1], {}, task="multiclass", classes=("x", "y", "z"))


def of_numbers() -> Joint:
    """Rows of a regression."""
    sides = [Side(NUMBERS + RNG.normal(0, s, 400), None, False) for s in (0.5, 0.51)]
    return Joint("test", NUMBERS, sides[0], sides[1], {}, task="regression")


def of_scores() -> Joint:
    """Rows that come with their score."""
    sides = [Side(None, NUMBERS + RNG.normal(0, s, 400), False) for s in (0.5, 0.51)]
    return Joint("test", np.zeros(400), sides[0], sides[1], {}, task="score")


JOINTS = [BINARY, of_classes(), of_numbers(), of_scores()]
WEIGHT, CLUSTER = np.tile([1.0, 2.0], 200), np.arange(400) // 4
WEIGHED: list[dict[str, Any]] = [{"weight": WEIGHT}, {"cluster": CLUSTER}, {"weight": WEIGHT, "cluster": CLUSTER}]


def findings() -> Iterator[Finding]:
    """What the checks say of rows of every kind, in every way."""
    weighed = [replace(rows, **how) for rows in JOINTS[:2] for how in WEIGHED]
    for rows in (*JOINTS, *weighed):
        task = f"task: {rows.task}" + (", positive: 1" if rows.task == "binary" else "")
        base = BASE.replace("task: binary, positive: 1", task)
        metrics = metrics_of(rows.task)
        limits = ", ".join(f"{metric}: {{}}" for metric in metrics)
        yield from judged_rows("metrics", f"{{limits: {{{limits}}}}}", rows, base=base)
        for margin in ("0.01", "2%"):
            margins = ", ".join(f"{metric}: {margin}" for metric in metrics)
            yield from judged_rows("regression", f"{{margins: {{{margins}}}}}", rows, base=base)
    for block in ("{}", "{reference: {group: a}}", "{ratio: 0.8}", "{metrics: [mean-score, accuracy]}"):
        yield from judged_rows("fairness", block, BINARY)
        yield from judged_rows("fairness", block, replace(BINARY, weight=WEIGHT))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of these findings in a file, each with a subject of its own."""
    found = [msgspec.structs.replace(f, id="check", subject=f"{at}") for at, f in enumerate(findings())]
    predicate = Predicate(kit="0", policy_sha256="0" * 64, findings=tuple(found))
    file = tmp_path_factory.mktemp("evidence") / "evidence.json"
    file.write_bytes(canonical(Evidence(predicate=predicate)))
    return file


def test_the_lines_compute_every_interval_to_the_digits_of_the_evidence(evidence: Path) -> None:
    judged = [f for f in parse_evidence(evidence.read_bytes()).predicate.findings if f.interval is not None]
    assert len(judged) > 150
    for finding in judged:
        code = reproduction(finding, str(evidence))
        assert code is not None, (finding.method, finding.metric)
        names: dict[str, Any] = {"print": lambda *_: None}
        exec(code, names)
        found = float(names["low"]), float(names["high"])
        assert found == pytest.approx(finding.interval, abs=1e-9), (finding.method, finding.metric, code)


def test_all_methods_were_among_them(evidence: Path) -> None:
    seen = {f.method for f in parse_evidence(evidence.read_bytes()).predicate.findings if f.method}
    assert seen - NOT_COMPUTED == EXPLANATIONS.keys() - NOT_COMPUTED


def test_every_method_that_the_code_names_is_explained() -> None:
    source = ROOT / "src" / "mlgate"
    for file in [*(ROOT / "checks").rglob("*.py"), *source.glob("measuring/*.py"), *source.glob("judging*.py")]:
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                by_name = [k.value for k in call.keywords if k.arg == "method"]
                placed = call.args if call.func.id in ("Measured", "Compared") else []
                for value in [v for v in (*by_name, *placed) if not isinstance(v, ast.Dict | ast.DictComp)]:
                    for text in [n.value for n in ast.walk(value) if isinstance(n, ast.Constant)]:
                        if isinstance(text, str):
                            assert text in EXPLANATIONS, f"{file.name}: {text}"


def test_evidence_stays_small(evidence: Path) -> None:
    found = parse_evidence(evidence.read_bytes()).predicate.findings
    assert max(len(canonical(f.basis)) for f in found) < 2_500


def test_paired_accuracy_is_explained_with_mcnemars_tests(churn: Path) -> None:
    seen = mlgate("explain", "regression", "accuracy", cwd=churn)
    assert seen.code == 0, seen.err  # on a slow machine it also says what takes long
    for said in ("Method: Tango score, paired", "Source: Tango 1998", "mid-p = ", "exact p = ", "Holm"):
        assert said in seen.out


def test_a_check_alone_lists_what_there_is_to_explain(churn: Path) -> None:
    seen = mlgate("explain", "regression", cwd=churn)
    assert [line for line in seen.out.splitlines() if not line.startswith(" ")] == ["auc", "accuracy", "log-loss", "f1"]


@pytest.mark.parametrize(
    ("typed", "mend"),
    [
        (("regresion", "auc"), "did you mean 'regression'?"),
        (("regression", "acc"), "did you mean"),
        (("regression", "auc", "--evidence", "no.json"), "mlgate check --output out"),
    ],
)
def test_what_there_is_not_is_told_with_its_mend(churn: Path, typed: tuple[str, ...], mend: str) -> None:
    seen = mlgate("explain", *typed, cwd=churn)
    assert (seen.code, mend in seen.err) == (2, True)


def test_a_finding_of_facts_says_that_nothing_is_estimated() -> None:
    finding = Finding(id="missing", subject="income", value=3.0, limit=0.0, message="3 values are missing")
    assert "nothing is estimated" in explain(finding, "e.json")


def test_names_from_a_change_cannot_break_out_of_the_lines() -> None:
    hostile, basis = "x'), __import__('os').system('id') #\n", (("successes", 5.0), ("n", 10.0))
    finding = Finding(id="regression", subject=hostile, method="Wilson", value=0.5, interval=(0.4, 0.6), basis=basis)
    code = reproduction(finding, "a'b.json")
    assert "__import__" not in {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
    assert "\x1b" not in explain(msgspec.structs.replace(finding, method="\x1b[31m"), "e")
