"""Predictions from a table, a function, a model file or a command: paired with the rows, or refused with a reason."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mlgate.errors import UserError
from tests.user_code.gated import HONEST, READ_CSV, Gated, as_csv, findings, labelled, only, said

Row = dict[str, Any]
ENOUGH = 71  # rows: 35 and 36 of the two classes, so that a change of the area is judged


def scored(rows: Sequence[Row]) -> list[Row]:
    """Predictions of these rows: the feature is the score."""
    return [{"id": row["id"], "score": row["x"]} for row in rows]


def by_table(gated: Gated, text: str | bytes, *, path: str = "predictions.csv", **model: Any) -> None:
    """A gate on stored predictions of the labelled rows."""
    gated.write(path, text)
    gated.configure(
        model={"id": "m", "predictions": path} | model,
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"metrics": {"limits": {"auc": {"min": 0.5}}}},
        baseline={"ref": "none"},
    )


def auc_of(gated: Gated) -> float | None:
    return only(gated.check(own_policy=True)).candidate_value


def as_parquet(text: str, folder: Path) -> bytes:
    """The CSV text as a Parquet file."""
    (folder / "in.csv").write_text(text)
    duckdb.sql(f"COPY (FROM read_csv('{folder / 'in.csv'}')) TO '{folder / 'out.parquet'}' (FORMAT parquet)")
    return (folder / "out.parquet").read_bytes()


# --- by table -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, -1])
def test_a_table_of_predictions_is_paired_by_key_whatever_its_order(gated: Gated, tmp_path: Path, order: int) -> None:
    text = as_csv(scored(labelled())[::order])
    by_table(gated, text)
    expected = 0.846
    assert auc_of(gated) == pytest.approx(expected, abs=0.001)
    by_table(gated, as_parquet(text, tmp_path), path="predictions.parquet")
    assert auc_of(gated) == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda rows: [*rows, rows[0]], "rows 1 and 61 of the predictions have the same 'id'"),
        (lambda rows: rows[1:], "row 1 of data/test.csv has no prediction"),
        (lambda rows: [*rows, {"id": 999, "score": 0.1}], "predictions for 1 row that data/test.csv does not have"),
        (lambda rows: [{**rows[0], "score": "NaN"}, *rows[1:]], "row 1 with a prediction in 'score' that is NaN"),
        (lambda rows: [{**rows[0], "score": "inf"}, *rows[1:]], "row 1 with a prediction in 'score' that is NaN, inf"),
        (lambda rows: [{**rows[0], "score": ""}, *rows[1:]], "row 1 with a prediction in 'score' that is NaN"),
        (lambda rows: [{**rows[0], "score": "high"}, *rows[1:]], "predictions in 'score' are no numbers"),
        (lambda rows: [{"id": r["id"], "y_pred": "maybe"} for r in rows], "of classes that no label has: 'maybe'"),
        (lambda rows: [{"id": r["id"], "y_pred": ""} for r in rows], "without a prediction in 'y_pred'"),
        (lambda rows: [{"id": r["id"], "guess": 1} for r in rows], "need a column y_pred, score or score_1"),
        (lambda rows: [{"guess": 1} for r in rows], "predictions.csv has no column 'id'"),
        (
            lambda rows: [{**r, "y_true": int(r["id"] in (3, 4))} for r in rows],
            "with another label in 'y_true' than data/test.csv has",
        ),
    ],
)
def test_predictions_that_do_not_fit_the_rows_are_refused_with_the_rows(
    gated: Gated, change: Any, expected: str
) -> None:
    by_table(gated, as_csv(change(scored(labelled()))))
    finding = only(gated.check(own_policy=True))
    assert finding.status == "error"
    assert expected in finding.message


def test_without_a_key_predictions_are_paired_by_order_and_counted(gated: Gated) -> None:
    by_table(gated, as_csv([{"score": row["x"]} for row in labelled()]))
    config = json.loads((gated.folder / "mlgate.yml").read_text())
    del config["tables"]["test"]["key"]
    gated.write("mlgate.yml", json.dumps(config))
    assert auc_of(gated) == pytest.approx(0.846, abs=0.001)
    gated.write("predictions.csv", as_csv([{"score": row["x"]} for row in labelled()][1:]))
    assert "there are 59 predictions for 60 rows" in only(gated.check(own_policy=True)).message
    gated.write("predictions.csv", as_csv([{"guess": row["x"]} for row in labelled()]))
    assert "need a column y_pred, score or score_1" in only(gated.check(own_policy=True)).message


@pytest.mark.parametrize("names", [("score_0", "score_1"), ("score_0.0", "score_1.0")])
def test_scores_by_class_are_found_however_the_class_is_spelled(gated: Gated, names: tuple[str, str]) -> None:
    rows = [{"id": r["id"], names[0]: 1 - float(str(r["x"])), names[1]: r["x"]} for r in labelled()]
    by_table(gated, as_csv(rows))
    assert auc_of(gated) == pytest.approx(0.846, abs=0.001)


def test_a_file_that_is_no_table_is_an_error_of_the_predictions(gated: Gated, tmp_path: Path) -> None:
    whole = as_parquet(as_csv(scored(labelled())), tmp_path)
    by_table(gated, whole[:20] + b"\0" * 40 + whole[60:], path="predictions.parquet")
    damaged = gated.check(own_policy=True)
    assert damaged.verdict.exit_code == 1
    assert "predictions.parquet" in said(damaged.verdict.findings)


# --- labels -------------------------------------------------------------------------------------------------


def with_labels(gated: Gated, labels: tuple[object, object], predicted: tuple[object, object], **model: Any) -> None:
    """The gate with these two labels in the table, and a predict function that gives these two."""
    gated.write("data/test.csv", as_csv([{**r, "y": labels[int(str(r["y"]))]} for r in labelled()]))
    gated.write(
        "app.py",
        READ_CSV + "\n\ndef predict(path):\n"
        f"    return [{predicted!r}[float(row['x']) >= 0.5] for row in rows(path)]\n",
    )
    gated.configure(
        model={"id": "m", "predict": "app:predict"} | model,
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"metrics": {"limits": {"recall": {"min": 0.5}}}},
        baseline={"ref": "none"},
    )


@pytest.mark.parametrize(
    ("labels", "predicted", "model"),
    [
        ((0, 1), (0, 1), {}),
        ((0, 1), (False, True), {}),
        ((0, 1), ("0", "1"), {"positive": 1}),
        (("False", "True"), (False, True), {}),
        (("false", "true"), (0, 1), {}),
        ((0.0, 1.0), (0, 1), {"positive": 1}),
        (("no", "yes"), ("no", "yes"), {"positive": "yes"}),
        (("t", "f"), ("t", "f"), {"positive": "f"}),
        ((1, 2), (1, 2), {"positive": 2}),
        ((-1, 1), (-1, 1), {"positive": 1}),
    ],
)
def test_labels_are_understood_as_people_write_them(
    gated: Gated, labels: Any, predicted: Any, model: dict[str, Any]
) -> None:
    with_labels(gated, labels, predicted, **model)
    assert only(gated.check(own_policy=True)).candidate_value == pytest.approx(26 / 31, abs=0.05)


def test_the_positive_class_is_the_one_that_is_named(gated: Gated) -> None:
    with_labels(gated, ("no", "yes"), ("no", "yes"), positive="yes")
    of_yes = only(gated.check(own_policy=True)).candidate_value
    with_labels(gated, ("no", "yes"), ("no", "yes"), positive="no")
    of_no = only(gated.check(own_policy=True)).candidate_value
    rows = labelled()
    right = [r for r in rows if (float(str(r["x"])) >= 0.5) == bool(r["y"])]
    assert of_yes == pytest.approx(sum(bool(r["y"]) for r in right) / sum(bool(r["y"]) for r in rows))
    assert of_no == pytest.approx(sum(not r["y"] for r in right) / sum(not r["y"] for r in rows))


@pytest.mark.parametrize(
    ("labels", "model", "expected"),
    [
        (("no", "yes"), {}, "which of them is positive?\n  mend: add to 'model' in mlgate.yml: positive:"),
        (("no", "yes"), {"positive": "yess"}, "never has the positive label 'yess'\n  mend: did you mean 'yes'?"),
    ],
)
def test_labels_whose_positive_one_is_not_clear_are_an_error_with_its_mend(
    gated: Gated, labels: Any, model: dict[str, Any], expected: str
) -> None:
    with_labels(gated, labels, labels, **model)
    with pytest.raises(UserError) as error:
        gated.check(own_policy=True)
    assert expected in str(error.value)


def test_an_unquoted_yes_in_the_configuration_is_the_label_yes(gated: Gated) -> None:
    with_labels(gated, ("no", "yes"), ("no", "yes"), positive="POSITIVE")
    text = (gated.folder / "mlgate.yml").read_text().replace('"POSITIVE"', "yes")
    gated.write("mlgate.yml", text)
    assert only(gated.check(own_policy=True)).candidate_value == pytest.approx(26 / 31, abs=0.05)


def test_three_labels_are_refused_because_a_binary_task_has_two(gated: Gated) -> None:
    gated.write("data/test.csv", as_csv([{**r, "y": at % 3} for at, r in enumerate(labelled())]))
    with pytest.raises(UserError, match="has 3 different labels"):
        gated.check(own_policy=True)


def test_rows_without_a_label_are_predicted_and_left_out_and_the_report_says_how_many(gated: Gated) -> None:
    rows = labelled()
    gated.write("data/test.csv", as_csv([{**r, "y": "" if at in (3, 8) else r["y"]} for at, r in enumerate(rows)]))
    result = gated.check(own_policy=True)
    assert {f.n for f in result.verdict.findings if f.source == "test"} == {len(rows) - 2}
    (note,) = [note for note in result.evidence.predicate.notes if note.kind == "unlabelled"]
    assert note.detail == f"{len(rows) - 2} of {len(rows)} rows have a label; the others were left out"


def test_rows_none_of_which_has_a_label_cannot_be_judged(gated: Gated) -> None:
    gated.write("data/test.csv", as_csv([{**r, "y": ""} for r in labelled()]))
    assert "no row of data/test.csv has a label in 'y'" in only(gated.check(own_policy=True)).message


# --- scores and thresholds ----------------------------------------------------------------------------------


def test_scores_outside_of_0_to_1_rank_but_are_no_probabilities(gated: Gated) -> None:
    by_table(gated, as_csv([{"id": r["id"], "score": float(str(r["x"])) * 10 - 5} for r in labelled()]))
    config = json.loads((gated.folder / "mlgate.yml").read_text())
    config["checks"] = {"metrics": {"limits": {m: {"min": 0} for m in ("auc", "accuracy", "log-loss", "brier")}}}
    gated.write("mlgate.yml", json.dumps(config))
    found = findings(gated.check(own_policy=True))
    assert found["auc"].status == "pass"
    for metric, needs in (
        ("accuracy", "predicted classes (y_pred), or scores in [0, 1]"),
        ("log-loss", "scores in [0, 1]"),
        ("brier", "scores in [0, 1]"),
    ):
        assert found[metric].status == "not-measured"
        assert needs in said(found[metric])


def test_the_threshold_says_which_scores_are_positive(gated: Gated) -> None:
    rows = labelled()
    for threshold in (0.25, 0.75):
        by_table(gated, as_csv(scored(rows)), threshold=threshold)
        config = json.loads((gated.folder / "mlgate.yml").read_text())
        config["checks"] = {"metrics": {"limits": {"accuracy": {"min": 0}}}}
        gated.write("mlgate.yml", json.dumps(config))
        expected = sum((float(str(r["x"])) >= threshold) == bool(r["y"]) for r in rows) / len(rows)
        assert auc_of(gated) == pytest.approx(expected)


# --- by command ---------------------------------------------------------------------------------------------


def by_command(gated: Gated, command: str) -> None:
    gated.configure(
        model={"id": "m", "command": command},
        environment={"timeout": 120},
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"metrics": {"limits": {"auc": {"min": 0.5}}}},
        baseline={"ref": "none"},
    )


def test_a_command_of_any_language_predicts_from_input_to_output(gated: Gated) -> None:
    gated.write("predict.sh", 'set -eu\n{ echo id,score; tail -n +2 "$1" | sort -r; } > "$2"\n')
    by_command(gated, "bash predict.sh {input} {output}")
    assert auc_of(gated) == pytest.approx(0.846, abs=0.001)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("bash -c 'echo no luck; exit 3'", "ended with exit code 3; its last lines:\n  no luck"),
        ("true", "wrote no predictions to {output}"),
        ("no-such-program {input}", "no-such-program"),
        ("bash -c 'ln -s /etc/passwd {output}'", "wrote no predictions to {output}"),
        ("bash -c 'echo id,score > {output}'", "have no prediction"),
        ("bash -c ': > {output}'", "predictions of the command"),
    ],
)
def test_a_command_that_gives_no_predictions_is_told_so(gated: Gated, command: str, expected: str) -> None:
    by_command(gated, command)
    finding = only(gated.check(own_policy=True))
    assert finding.status in ("fail", "error")
    assert expected in finding.message


# --- by pandas, numpy and model files -----------------------------------------------------------------------

SHAPES = """
import numpy as np, pandas as pd

def x(frame):
    assert isinstance(frame, pd.DataFrame) and "y" not in frame
    return frame["x"].to_numpy()

class Tensor:
    def __init__(self, values): self.values, self.shape, self.dtype = values, values.shape, "float32"
    def __len__(self): return len(self.values)
    def __array__(self, dtype=None, copy=None): return self.values

def frame_of_all(frame):
    return pd.DataFrame({"y_pred": (x(frame) >= .5).astype(int), "score": x(frame), "score_1": 1 - x(frame)})

def series(frame): return pd.Series(x(frame), index=frame.index[::-1], name="p")
def nullable(frame): return pd.Series(x(frame)).astype("Float64")
def column(frame): return x(frame)[:, None]
def pair(frame): return np.c_[1 - x(frame), x(frame)]
def tensor(frame): return Tensor(x(frame))
def float16(frame): return list(x(frame).astype(np.float16))
def by_class(frame): return pd.DataFrame({"score_0": 1 - x(frame), "score_1": x(frame)})
def three(frame): return np.c_[x(frame), x(frame), x(frame)]
def cube(frame): return np.zeros((len(frame), 2, 2))
def missing(frame): return pd.Series(x(frame)).astype("Float64").where(pd.Series(x(frame)) > .1)
"""


def with_pandas(gated: Gated, **model: Any) -> None:
    """The gate with a Python that has pandas, whose functions or files are the model."""
    gated.configure(
        model={"id": "m"} | model,
        environment={"python": sys.executable, "timeout": 120},
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"metrics": {"limits": {"auc": {"min": 0.5}}}},
        baseline={"ref": "none"},
    )


@pytest.mark.parametrize(
    "function", ["frame_of_all", "series", "nullable", "column", "pair", "tensor", "float16", "by_class"]
)
def test_pandas_and_numpy_predictions_are_taken_in_every_usual_shape(gated: Gated, function: str) -> None:
    gated.write("app.py", SHAPES)
    with_pandas(gated, predict=f"app:{function}")
    assert auc_of(gated) == pytest.approx(0.846, abs=0.003)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("three", "predict returned 3 columns; return scores of the positive class, or named columns"),
        ("cube", "predict returned an array of shape (60, 2, 2); return one prediction for each row"),
        ("missing", "with a prediction in 'score' that is NaN, infinite or missing"),
    ],
)
def test_arrays_that_are_no_predictions_are_named(gated: Gated, function: str, expected: str) -> None:
    gated.write("app.py", SHAPES)
    with_pandas(gated, predict=f"app:{function}")
    assert expected in only(gated.check(own_policy=True)).message


def test_two_nameless_columns_are_refused_where_the_positive_class_is_the_first(gated: Gated) -> None:
    gated.write("app.py", SHAPES)
    gated.write("data/test.csv", as_csv([{**r, "y": ("a", "b")[int(str(r["y"]))]} for r in labelled()]))
    with_pandas(gated, predict="app:pair", positive="b")
    assert auc_of(gated) == pytest.approx(0.846, abs=0.003)
    with_pandas(gated, predict="app:pair", positive="a")
    assert "'a' is not the last of the classes in order; name them score_<class>" in said(
        only(gated.check(own_policy=True))
    )


TRAIN = """
import sys, joblib, pandas as pd, skops.io
from sklearn.linear_model import LogisticRegression
table = pd.read_csv("data/test.csv")
model = LogisticRegression().fit(table[["x"]], table["y"])
joblib.dump(model, "model.joblib")
skops.io.dump(model, "model.skops")
"""


def test_model_files_predict_by_themselves_and_the_same_in_each_format(gated: Gated) -> None:
    subprocess.run([sys.executable, "-c", TRAIN], cwd=gated.folder, check=True)
    for artifact in ("model.joblib", "model.skops"):
        compared(
            gated,
            model={"id": "m", "artifact": artifact},
            environment={"python": sys.executable},
        )
        gated.commit(artifact)
        gated.git("checkout", "-q", "-B", "change")
    finding = only(gated.check())
    assert (finding.status, finding.value) == ("pass", 0.0)
    assert finding.candidate_value == pytest.approx(0.846, abs=0.003)
    assert finding.baseline_value == finding.candidate_value


# --- a file of metrics --------------------------------------------------------------------------------------


def by_metrics(gated: Gated, values: object) -> None:
    gated.write("metrics.json", json.dumps(values))
    gated.configure(
        model={"id": "m", "metrics": "metrics.json"},
        checks={"regression": {"primary": "auc", "margins": {"auc": 0.01}}},
    )


def test_a_metrics_file_gives_differences_that_never_block(empty: Gated) -> None:
    by_metrics(empty, {"test": 1, "auc": 0.9})
    empty.commit("base")
    by_metrics(empty, {"test": 1, "auc": 0.6})
    result = empty.check()
    finding = only(result)
    assert (finding.status, finding.severity, result.verdict.exit_code) == ("inconclusive", "info", 0)
    assert finding.value == pytest.approx(-0.3)
    assert "auc went from 0.9 to 0.6; without predictions nobody can tell whether that is noise" in finding.message
    assert "deltas-only" in [note.kind for note in result.evidence.predicate.notes]


@pytest.mark.parametrize("text", ["nothing", "[]", "{}", '{"auc": "high"}', '{"auc": NaN}', "[" * 100_000])
def test_a_metrics_file_without_metrics_is_an_error(empty: Gated, text: str) -> None:
    by_metrics(empty, {})
    empty.write("metrics.json", text)
    finding = only(empty.check(own_policy=True))
    assert finding.status == "error"
    assert "metrics.json" in finding.message


# --- the baseline -------------------------------------------------------------------------------------------


def compared(gated: Gated, **sections: Any) -> None:
    """The gate on a comparison of AUC."""
    gated.configure(
        **{
            "model": {"id": "m", "predict": "app:predict"},
            "environment": {"timeout": 120},
            "tables": {"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
            "checks": {"regression": {"primary": "auc", "margins": {"auc": 0.01}}},
        }
        | sections
    )


def test_the_first_change_that_adopts_the_gate_has_no_baseline_and_passes(empty: Gated) -> None:
    empty.write("README.md", "a repository without a gate")
    empty.commit("base")
    empty.git("checkout", "-q", "-b", "adopt")
    empty.write("app.py", HONEST)
    empty.write("data/test.csv", as_csv(labelled()))
    compared(empty)
    empty.commit("adopt")
    done = empty.cli("--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no baseline yet" in done.stdout.splitlines()[0]
    assert (only(empty.check()).status, only(empty.check()).reason) == ("skipped", "no-baseline")


def test_a_baseline_is_another_commit_a_stored_file_or_none(gated: Gated) -> None:
    compared(gated)
    rows = labelled(ENOUGH)
    gated.write("data/test.csv", as_csv(rows))
    gated.commit("base")
    gated.write("app.py", HONEST.replace("float(row['x'])", "1 - float(row['x'])"))
    assert only(gated.check()).status == "fail"
    gated.write("old.csv", as_csv(scored(rows)))
    compared(gated, baseline={"predictions": "old.csv"})
    assert only(gated.check(own_policy=True)).status == "fail"
    gated.write("old.csv", as_csv([{"id": r["id"], "score": 1 - float(str(r["x"]))} for r in rows]))
    assert only(gated.check(own_policy=True)).status == "pass"
    gated.write("old.csv", as_csv(scored(rows)[1:]))
    assert (only(gated.check(own_policy=True)).status, only(gated.check(own_policy=True)).reason) == (
        "inconclusive",
        "baseline-crashed",
    )
    (gated.folder / "old.csv").unlink()
    assert only(gated.check(own_policy=True)).reason == "no-baseline"
    compared(gated, baseline={"ref": "none"})
    assert only(gated.check(own_policy=True)).reason == "no-baseline"


# --- test data that the change changes ----------------------------------------------------------------------


def by_source(gated: Gated, **request: Any) -> dict[str | None, str]:
    """Each set of rows with the status of its comparison."""
    return {f.source: f.status for f in gated.check(**request).verdict.findings}


def dropping_the_hard_rows(gated: Gated) -> None:
    """The change's model is worse, and the rows that would show it are gone."""
    rows = [r for r in labelled(ENOUGH) if not 0.5 <= float(str(r["x"])) < 0.75]
    gated.write("data/test.csv", as_csv(rows))


def test_dropping_the_rows_that_show_a_regression_gains_nothing(gated: Gated) -> None:
    compared(gated)
    gated.write("data/test.csv", as_csv(labelled(ENOUGH)))
    gated.commit("base")
    gated.write(
        "app.py", HONEST.replace("float(row['x'])", "float(row['x']) if not .5 <= float(row['x']) < .75 else 0.0")
    )
    dropping_the_hard_rows(gated)
    result = gated.check()
    assert by_source(gated) == {"test": "pass", "test@base": "fail"}
    assert result.verdict.exit_code == 1
    assert "test-data-changed" in [note.kind for note in result.evidence.predicate.notes]
    assert "both models were judged on the base's rows and on these" in gated.cli("--quiet").stdout


def test_rows_that_the_change_adds_judge_both_models_too(gated: Gated) -> None:
    compared(gated)
    gated.commit("base")
    more = labelled(120)
    gated.write("data/test.csv", as_csv(more))
    assert set(by_source(gated)) == {"test", "test@base"}
    gated.write("app.py", HONEST.replace("float(row['x'])", "float(row['x']) if int(row['id']) <= 60 else 0.0"))
    assert by_source(gated)["test"] == "fail"


def test_rows_of_the_base_that_nobody_could_judge_do_not_stop_the_change_that_mends_them(gated: Gated) -> None:
    compared(gated)
    gated.write("data/test.csv", as_csv([{**r, "y": ""} for r in labelled()]))
    gated.commit("the labels are missing")
    gated.git("checkout", "-q", "-b", "mend")
    gated.write("data/test.csv", as_csv(labelled()))
    assert by_source(gated) == {"test": "pass"}


def test_stored_predictions_cover_the_rows_of_the_change_and_of_the_base(gated: Gated) -> None:
    """A change of test data keeps the stored predictions of the base's rows, or has no predictions to judge."""
    by_table(gated, as_csv(scored(labelled())))
    compared(gated, model={"id": "m", "predictions": "predictions.csv"})
    gated.commit("base")
    gated.git("checkout", "-q", "-b", "change")
    gated.write("data/test.csv", as_csv([{**r, "id": r["id"] if r["id"] != 60 else 61} for r in labelled()]))
    gated.write("predictions.csv", as_csv([*scored(labelled()), {"id": 61, "score": 0.5}]))
    assert by_source(gated) == {"test": "inconclusive", "test@base": "pass"}
    gated.write("predictions.csv", as_csv([*scored(labelled())[:-1], {"id": 61, "score": 0.5}]))
    finding = only(gated.check())
    assert finding.status == "error"
    assert "row 60 of data/test.csv at the base has no prediction" in finding.message
