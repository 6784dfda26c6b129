"""Comparing two models: arrays in a notebook, files of predictions, commits."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

import mlgate as package
from mlgate.evidence import parse_evidence
from tests.checks.joints import two_models
from tests.cli.console import mlgate

TRUTH, CANDIDATE, BASELINE = two_models(1_500, seed=5)


def test_arrays_files_and_the_gate_say_the_same(churn: Path) -> None:
    found = parse_evidence((churn / "out" / "evidence.json").read_bytes()).predicate.findings
    gate = {f.metric: f for f in found if f.id == "regression"}
    result = package.compare(TRUTH, BASELINE, CANDIDATE, margins={"auc": 0.01, "accuracy": 0.01})
    for metric in ("auc", "accuracy"):
        ours, theirs = result[metric], gate[metric]
        assert (ours.value, ours.interval, ours.status) == (theirs.value, theirs.interval, theirs.status)
    seen = mlgate("compare", "old.csv", "new.csv", "--metric", "auc", cwd=churn)
    assert seen.code == 0, seen.err  # on a slow machine it also says what takes long
    assert f"{result['auc'].candidate_value:.4f}" in seen.out


def test_b_minus_a_is_shown_in_the_metrics_own_sign() -> None:
    result = package.compare(TRUTH, BASELINE, 0.5 * CANDIDATE + 0.25, metrics=["log-loss"], names=("old", "new"))
    assert result["log-loss"].value < 0  # worse
    assert re.search(r"^log loss ↓ .* \+0\.\d+ \[\+0\.\d+, \+0\.\d+\] .* worse$", str(result), re.MULTILINE)
    assert "new − old" in str(result)


@pytest.mark.parametrize(
    "convert",
    [
        list,
        lambda x: x.reshape(-1, 1),
        lambda x: np.column_stack([1 - x, x]),
        lambda x: np.ma.masked_array(x),
        lambda x: x.astype(np.float64).astype(object),
    ],
    ids=["list", "column", "two columns", "masked", "objects"],
)
def test_scores_may_have_any_form_that_numpy_takes(convert: Callable[[Any], Any]) -> None:
    plain = package.compare(TRUTH, BASELINE, CANDIDATE, metrics=["brier"])
    assert package.compare(TRUTH, convert(BASELINE), convert(CANDIDATE), metrics=["brier"]) == plain


def test_labels_may_be_words() -> None:
    words = np.where(TRUTH, "yes", "no")
    said = [np.where(score > 0.5, "yes", "no") for score in (BASELINE, CANDIDATE)]
    by_word = package.compare(words, *said, positive="yes", metrics=["accuracy"])
    assert by_word["accuracy"].value == package.compare(TRUTH, BASELINE, CANDIDATE)["accuracy"].value


def test_without_metrics_those_are_compared_that_the_predictions_allow() -> None:
    by_class = package.compare(TRUTH, BASELINE > 0.5, CANDIDATE > 0.5)
    assert [f.metric for f in by_class.findings] == [
        "accuracy", "precision", "recall", "f1", "balanced-accuracy", "kappa", "mcc",
    ]  # fmt: skip
    assert package.compare(TRUTH, BASELINE, CANDIDATE).findings[0].metric == "auc"


def test_several_classes_numbers_and_bare_scores_are_compared_too() -> None:
    rng = np.random.default_rng(1)
    truth, noise = rng.integers(0, 3, 600), rng.random((600, 3))
    a, b = ((2 * np.eye(3)[truth] + noise * scale) for scale in (2.0, 1.0))
    of_classes = package.compare(truth, a / a.sum(1, keepdims=True), b / b.sum(1, keepdims=True), task="multiclass")
    assert of_classes.findings[0].metric == "log-loss"
    assert of_classes["log-loss"].status == "pass"
    of_numbers = package.compare(truth, truth + noise[:, 0], truth + 2 * noise[:, 0], task="regression")
    assert of_numbers["rmse"].status == "fail"
    assert package.compare(None, noise[:, 0], noise[:, 0] + 1, task="score")["score"].value == pytest.approx(1)


def test_weights_are_rows_that_count_twice() -> None:
    twice = np.where(np.arange(1_500) < 700, 2, 1)
    weighted = package.compare(TRUTH, BASELINE, CANDIDATE, metrics=["brier"], weight=twice)["brier"]
    repeated = package.compare(*(np.repeat(x, twice) for x in (TRUTH, BASELINE, CANDIDATE)), metrics=["brier"])["brier"]
    assert weighted.value == pytest.approx(repeated.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [0.1], [0.2, 0.3]), "a has 1 rows and y_true 2"),
        (([0, 1, 2], [0.1, 0.2, 0.3], [0.2, 0.3, 0.4]), "3 different labels"),
        (([0, 1], [0.1, float("nan")], [0.2, 0.3]), "a: 1 of 2 values are missing"),
        (
            ([0, 1], [0.1, float("inf")], [0.2, 0.3]),
            "row 2 with a prediction in 'score' that is NaN, infinite",
        ),
        (([], [], []), "y_true: one value for each row"),
        ((["a", "b"], [0.1, 0.2], [0.2, 0.3]), "which of them is positive"),
        ((["a", "b"], ["a", "c"], ["a", "b"]), "which of them is positive"),
        (([0, 1], ["0", "c"], [0.2, 0.3]), "classes that no label has: 'c'"),
    ],
)
def test_what_cannot_be_compared_is_a_value_error_that_says_why(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        package.compare(*arguments)


def test_an_unknown_metric_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="there is no metric 'aucc'"):
        package.compare([0, 1], [0.1, 0.9], [0.2, 0.8], metrics=["aucc"])


def test_html_is_well_formed_and_a_name_cannot_become_markup() -> None:
    result = package.compare(TRUTH, BASELINE, CANDIDATE, names=("<script>alert(1)</script>", 'b" onload="x&'))
    text = result._repr_html_()
    ElementTree.fromstring(text)  # nothing is left open
    assert "<script" not in text
    assert "onload=" not in re.sub(r">[^<]*<", "><", text)


def test_nothing_heavy_is_imported_for_the_version_or_the_comparison() -> None:
    code = "import sys, mlgate; assert 'numpy' not in sys.modules; mlgate.compare([0, 1], [.1, .9], [.2, .8]); "
    code += "assert not {'pandas', 'scipy', 'sklearn', 'rich'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_notebook_shows_the_comparison() -> None:
    manager, client = start_new_kernel()
    shown: list[Any] = []
    try:
        source = "import mlgate\nmlgate.compare([0, 1] * 50, [.2, .8] * 50, [.3, .9] * 50)"
        client.execute_interactive(source, timeout=60, output_hook=lambda message: shown.append(message["content"]))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    (data,) = [content["data"] for content in shown if "data" in content]
    assert '<div class="mlgate"' in data["text/html"]


def test_files_whose_rows_do_not_match_are_told(churn: Path, tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("id,y_true,score\n0,1,0.5\n1,0,0.4\n")
    seen = mlgate("compare", str(churn / "old.csv"), str(tmp_path / "short.csv"), cwd=tmp_path)
    assert seen.code == 2
    assert "1,498 rows (3, 4, 5, 6, 7 …) of old.csv of the baseline have no prediction" in seen.err
