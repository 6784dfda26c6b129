"""`mlgate init --yes` on seven kinds of repositories: what it writes runs, and a second run changes nothing."""

import hashlib
import importlib.util
import json
from pathlib import Path

import duckdb
import pytest

from mlgate.configuring.setting import Request
from mlgate.running.runner import check
from tests.adopting.throwaway import PREDICT, Place, Seen, as_csv, customers, lfs_pointer, onnx_classifier

DVC = "outs:\n- md5: {md5}\n  size: {size}\n  hash: md5\n  path: test.csv\n"
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "a",
            "metadata": {},
            "outputs": [],
            "source": "assert 1 + 1 == 2",
        }
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def adopted(place: Place, *configs: str) -> Seen:
    """`init --yes` wrote configurations without a fault, the gate ran, and `init --yes` again changes nothing."""
    seen = place.init("--yes")
    assert seen.code == 0, seen.out
    for config in configs or ("mlgate.yml",):
        assert place.parsed(config).problems == ()
    assert seen.out.count("\nmlgate: ") == len(configs or ("",)), seen.out  # a verdict for each
    before = place.files()
    again = place.init("--yes")
    assert again.code == 0
    assert "Nothing to write" in again.out
    assert "and is kept" not in again.out, again.out  # what is there is what would be proposed
    assert place.files() == before
    return seen


def test_a_csv_file_and_a_joblib_model(full: Place) -> None:
    joblib, linear = pytest.importorskip("joblib"), pytest.importorskip("sklearn.linear_model")
    pandas = pytest.importorskip("pandas")
    train, test = customers(300, 2, 1_000), customers(120, 3)
    frame = pandas.DataFrame(train)
    model = linear.LogisticRegression(max_iter=1_000).fit(frame[["age", "balance"]], frame["churned"])
    joblib.dump(model, full.write("models/model.joblib", ""))
    full.write("data/train.csv", as_csv(train))
    full.write("data/test.csv", as_csv(test))
    full.write("requirements.txt", "scikit-learn\npandas\n")
    seen = adopted(full.commit())
    config = full.parsed().config
    assert config.model is not None
    assert (config.model.artifact, config.model.positive) == ("models/model.joblib", "yes")
    assert config.tables["test"].target == "churned"
    assert config.tables["train"].key == config.tables["test"].key == "customer_id"
    assert config.tables["test"].sensitive == ("gender",)
    assert config.environment.requirements == "requirements.txt"
    assert "safe to merge" in seen.out
    assert "'gender' is sensitive" in seen.out  # said, never silently
    assert "joblib, written with scikit-learn" in (full.folder / "mlgate.yml").read_text()


def test_a_parquet_file_and_an_onnx_model(full: Place) -> None:
    rows = ", ".join(f"({r['balance']}::FLOAT, {r['age']}::FLOAT, {r['churned'] == 'yes'}::INT)" for r in customers())
    full.folder.joinpath("data").mkdir()
    path = full.folder / "data" / "holdout.parquet"
    duckdb.execute(f"COPY (SELECT * FROM (VALUES {rows}) AS t(balance, age, label)) TO '{path}' (FORMAT parquet)")
    full.write("model.onnx", onnx_classifier())
    full.commit()
    config = full.init("--yes")
    parsed = full.parsed()
    assert parsed.problems == ()
    assert parsed.config.tables["test"].path == "data/holdout.parquet"
    assert parsed.config.tables["test"].target == "label"
    assert "install: pip install onnxruntime pandas" in (full.folder / ".github/workflows/mlgate.yml").read_text()
    if importlib.util.find_spec("onnxruntime"):
        assert "safe to merge" in config.out
    else:
        assert "pip install onnxruntime" in config.out  # what the model needs and lacks here, with the mend


def test_data_that_dvc_holds(empty: Place) -> None:
    data = as_csv(customers()).encode()
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    empty.write(f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}", data)
    empty.write(".dvc/config", "[core]\n    remote = store\n['remote \"store\"']\n    url = s3://bucket/store\n")
    empty.write(".dvc/.gitignore", "/cache\n")
    empty.write("data/test.csv.dvc", DVC.format(md5=md5, size=len(data)))
    empty.write("data/.gitignore", "/test.csv\n")
    empty.write("app.py", PREDICT)
    seen = adopted(empty.commit())
    assert "safe to merge" in seen.out
    assert empty.parsed().config.environment.fetch == "dvc pull data/test.csv"
    assert "setup: \"pip install 'dvc[s3]'\"" in (empty.folder / ".github/workflows/mlgate.yml").read_text()


def test_data_that_git_lfs_holds(empty: Place) -> None:
    data = as_csv(customers()).encode()
    pointer = lfs_pointer(data)
    digest = pointer.split("sha256:")[1][:64]
    empty.write("data/test.csv", pointer)
    empty.write(".gitattributes", "*.csv filter=lfs diff=lfs merge=lfs -text\n")
    empty.write("app.py", PREDICT)
    empty.commit()
    empty.write(f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}", data)
    seen = adopted(empty)
    assert "safe to merge" in seen.out
    assert empty.parsed().config.environment.fetch == "git lfs pull"
    assert "setup: git lfs pull" in (empty.folder / ".github/workflows/mlgate.yml").read_text()


def test_notebooks_only(full: Place) -> None:
    pytest.importorskip("nbval")
    full.write("notebooks/explore.ipynb", json.dumps(NOTEBOOK))
    full.write("requirements.txt", "pandas\n")
    seen = adopted(full.commit())
    assert "safe to merge" in seen.out
    assert list(full.parsed().config.checks) == ["notebooks"]
    workflow = (full.folder / ".github/workflows/mlgate.yml").read_text()
    assert "pip install -r requirements.txt pytest nbval ipykernel" in workflow


def test_metrics_only(empty: Place) -> None:
    empty.write("metrics.json", '{"accuracy": 0.914, "auc": 0.881, "log_loss": 0.31, "epochs": 12}')
    seen = adopted(empty.commit())
    assert "❌" not in seen.out
    limits = empty.parsed().config.checks["metrics"]["limits"]
    assert limits == {"accuracy": {"min": 0.86}, "auc": {"min": 0.83}, "log-loss": {"max": 0.39}}
    assert "observed 0.914; proposed at least 0.86" in (empty.folder / "mlgate.yml").read_text()


def test_a_monorepo_has_a_configuration_in_each_models_folder_and_one_workflow(empty: Place) -> None:
    for name in ("churn", "credit"):
        empty.write(f"models/{name}/app.py", PREDICT)
        empty.write(f"models/{name}/data/test.csv", as_csv(customers()))
    adopted(empty.commit(), "models/churn/mlgate.yml", "models/credit/mlgate.yml")
    model = empty.parsed("models/credit/mlgate.yml").config.model
    assert model is not None
    assert model.id == "credit"
    workflow = (empty.folder / ".github/workflows/mlgate.yml").read_text()
    assert workflow.count("- config: models/") == 2
    assert "name: gate / gate" in workflow  # one check to require, whatever the legs are called


def test_the_gate_finds_a_worse_model_with_the_configuration_as_it_was_proposed(churn: Place, tmp_path: Path) -> None:
    churn.init("--yes")
    churn.commit()
    churn.write("app.py", PREDICT.replace("/ 1000", "/ -1000 + 1"))
    verdict = check(Request(churn.folder / "mlgate.yml", baseline="HEAD"), lambda _: None).verdict
    assert verdict.outcome == "fail"
