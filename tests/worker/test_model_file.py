"""What a model file says of itself is told, and a file that is no model is named for what it is."""

import gzip
import importlib.util
import json
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlgate.worker import model_file

FRAME = pd.DataFrame({"age": [20.0, 30, 40, 50, 60, 70], "income": [1.0, 3, 2, 5, 4, 6]})
LABELS = np.array(["no", "no", "no", "yes", "yes", "yes"])


def fitted() -> LogisticRegression:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME, LABELS)


def test_versions_columns_and_classes_are_read_without_loading(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(fitted(), path, compress=3)
    found = model_file.inspect(str(path))
    assert json.loads(json.dumps(found)) == found
    assert found["format"] == "joblib"
    assert found["bytes"] == path.stat().st_size
    assert (found["features"], found["classes"]) == (["age", "income"], ["no", "yes"])
    assert found["written_with"] == {"scikit-learn": found["installed"]["scikit-learn"]}
    assert (found["refused"], found["error"], found["trusted_lines"]) == ([], None, [])


def test_each_model_in_a_folder_is_looked_at_and_other_files_are_data(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    joblib.dump(fitted(), tmp_path / "inner/model.joblib")
    (tmp_path / "config.json").write_text("{}")
    found = model_file.inspect(str(tmp_path))
    assert json.loads(json.dumps(found)) == found
    assert (found["format"], found["files"], found["features"]) == ("joblib", 2, ["age", "income"])
    assert found["bytes"] == sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert (found["refused"], found["error"]) == ([], None)


def test_code_in_any_file_of_a_folder_is_refused_and_does_not_run(tmp_path: Path) -> None:
    joblib.dump(fitted(), tmp_path / "model.joblib")
    (tmp_path / "tokens.bin").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    found = model_file.inspect(str(tmp_path))
    assert [refusal["name"] for refusal in found["refused"]] == ["os.system"], found
    assert not (tmp_path / "ran").exists()


def test_a_folder_is_not_loaded_by_itself(tmp_path: Path) -> None:
    joblib.dump(fitted(), tmp_path / "model.joblib")
    with pytest.raises(model_file.Unreadable, match="a folder: name a `predict` function"):
        model_file.load(str(tmp_path))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_pickle_protocol_is_read(protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(fitted(), protocol=protocol))
    assert model_file.inspect(str(path))["classes"] == ["no", "yes"]
    assert set(model_file.load(str(path)).predict(FRAME)) == {"score_no", "score_yes"}


def test_inspecting_imports_nothing_that_the_file_names(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(fitted(), path)
    code = (
        "import importlib.util as u, sys\n"
        f"s = u.spec_from_file_location('by_path', {model_file.__file__!r}); m = u.module_from_spec(s)\n"
        f"s.loader.exec_module(m); found = m.inspect({str(path)!r})\n"
        "assert not found['refused'] and not found['error'], found\n"
        "print([n for n in ('mlgate', 'numpy', 'sklearn', 'joblib') if n in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "git lfs pull"),
        (b"outs:\n- md5: 0\n  path: model.joblib\n", "dvc pull"),
        (b"<!DOCTYPE html>\n<html><body>Not found</body></html>", "web page"),
        (b'<?xml version="1.0"?><PMML/>', "PMML"),
        (b"\x89HDF\r\n\x1a\n", "Keras"),
        (b"", "empty"),
        (b"just some text", "none of"),
        (pickle.dumps(fitted())[:-40], "truncated"),
        (gzip.compress(pickle.dumps(fitted()), mtime=0)[:-40], "truncated"),
        (gzip.compress(b"just some text", mtime=0), "no pickle"),
        (b"PK\x03\x04 not really a zip", "damaged zip"),
        (b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x0f", "truncated"),
        (b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x0f", "truncated"),
        (b"\x80\x04" + b")" + b"\x85" * 200 + b".", "deep"),
    ],
)
def test_a_file_that_is_no_model_is_named_for_what_it_is(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    path.write_bytes(content)
    found = model_file.inspect(str(path))
    assert said in found["error"]
    with pytest.raises(model_file.Unreadable, match=said):
        model_file.load(str(path))


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    assert "No such file" in model_file.inspect(str(tmp_path / "model.joblib"))["error"]
    assert "a folder without files" in model_file.inspect(str(tmp_path))["error"]


def test_a_joblib_file_cut_anywhere_is_truncated_or_refused_but_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(fitted(), path)
    whole = path.read_bytes()
    for cut in range(1, len(whole), 37):
        path.write_bytes(whole[:cut])
        found = model_file.inspect(str(path))
        assert found["error"] or found["refused"], cut


def test_a_class_of_the_users_own_is_refused_with_the_line_to_paste(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop_features.py").write_text("class Ratio:\n    def predict(self, X):\n        return [7] * len(X)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "model.pkl"
    spec = importlib.util.spec_from_file_location("shop_features", tmp_path / "shop_features.py")
    assert spec
    assert spec.loader
    path.write_bytes(b"\x80\x02cshop_features\nRatio\n)\x81.")
    with pytest.raises(model_file.Refused) as raised:
        model_file.load(str(path))
    assert "shop_features" not in sys.modules
    assert str(raised.value) == (
        f"{path}: refused, and nothing of it was run\n"
        "  shop_features.Ratio: not on the list of names known to be safe\n"
        "  mend: if this code is yours or you have read it, add under `model:` in mlgate.yml\n"
        "    trusted: [shop_features.Ratio]"
    )
    assert model_file.load(str(path), ["shop_features.Ratio"]).predict(FRAME)["y_pred"] == [7] * 6


def test_a_class_of_the_training_script_asks_for_a_module(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x02c__main__\nRatio\n)\x81.")
    found = model_file.inspect(str(path))
    assert "move it to a module" in found["refused"][0]["why"]
    assert found["trusted_lines"] == []


def test_a_missing_library_is_named_with_its_pip_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    path = tmp_path / "model.txt"
    path.write_text(
        "tree\nversion=v4\nnum_class=1\nobjective=binary sigmoid:1\nfeature_names=age income\n\nTree=0\nend of trees\n"
    )
    found = model_file.inspect(str(path))
    assert (found["format"], found["features"], found["classes"]) == ("lightgbm", ["age", "income"], [0, 1])
    with pytest.raises(model_file.MissingLibrary, match="pip install lightgbm"):
        model_file.load(str(path))


def test_another_version_is_named_when_the_model_cannot_be_rebuilt(tmp_path: Path) -> None:
    model = LogisticRegression().fit(FRAME, LABELS)
    state = pickle.dumps(model, protocol=2)
    path = tmp_path / "model.pkl"
    gone = state.replace(
        b"csklearn.linear_model._logistic\nLogisticRegression", b"csklearn.ensemble._gb_losses\nLossFunction"
    )
    gone = gone.replace(model_file.model_facts.installed()["scikit-learn"].encode(), b"1.3.2")  # type: ignore[attr-defined]
    path.write_bytes(gone)
    with pytest.raises(model_file.Unreadable, match=r"scikit-learn==1\.3\.2"):
        model_file.load(str(path))


def test_columns_are_taken_by_name_in_the_models_order(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(fitted(), path)
    shuffled = FRAME[["income", "age"]].assign(id=range(6))
    expected = fitted().predict_proba(FRAME)[:, 1]
    assert np.allclose(model_file.load(str(path)).predict(shuffled)["score_yes"], expected)
    with pytest.raises(model_file.WrongTable, match="income"):
        model_file.load(str(path)).predict(FRAME[["age"]])


def test_decision_values_come_with_the_models_own_labels(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(RidgeClassifier().fit(FRAME, LABELS), path)
    found = model_file.load(str(path)).predict(FRAME)
    assert set(found) == {"score", "y_pred"}
    assert list(found["y_pred"]) == ["no", "no", "no", "yes", "yes", "yes"]


def test_regressors_give_y_pred_and_number_classes_are_spelled_plainly(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(LinearRegression().fit(FRAME, FRAME.age), path)
    assert np.allclose(model_file.load(str(path)).predict(FRAME)["y_pred"], FRAME.age)
    joblib.dump(LogisticRegression().fit(FRAME, (LABELS == "yes").astype(float)), path)
    assert set(model_file.load(str(path)).predict(FRAME)) == {"score_0", "score_1"}


WHOLE = pickle.dumps(fitted(), protocol=4)
HEADS = [
    b"",
    b"\x80\x04",
    b"PK\x03\x04",
    b"\x1f\x8b\x08\x00",
    b"x\x9c",
    b"CBM1",
    b"tree\n",
    b"{L\x00\x00\x00",
    b"\x08\x08\x12",
]


def look_and_load(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    found = model_file.inspect(str(path))
    json.dumps(found)
    if found["refused"] or found["error"]:
        with pytest.raises((model_file.Refused, model_file.Unreadable, model_file.MissingLibrary)):
            model_file.load(str(path))


@settings(max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from(HEADS), body=st.binary(max_size=200), suffix=st.sampled_from(["pkl", "onnx", "skops", "ubj"])
)
@example(head=b"\x80\x04", body=b"]\x94h\x00a.", suffix="pkl")
def test_no_bytes_at_all_raise_anything_undocumented(head: bytes, body: bytes, suffix: str, tmp_path: Path) -> None:
    look_and_load(tmp_path / f"model.{suffix}", head + body)


@settings(max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(WHOLE) - 1), bits=st.binary(min_size=1, max_size=9))
def test_no_damage_to_a_model_raises_anything_undocumented(at: int, bits: bytes, tmp_path: Path) -> None:
    look_and_load(tmp_path / "model.pkl", WHOLE[:at] + bits + WHOLE[at + len(bits) :])


def test_losses_under_the_name_that_older_scikit_learn_gave_them_are_read_as_its_own(tmp_path: Path) -> None:
    (tmp_path / "_loss.py").write_text("raise SystemExit('a file of the user is not meant')\n")
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04c_loss\nCyHalfBinomialLoss\n)R.")
    with pytest.raises(model_file.Unreadable, match="CyHalfBinomialLoss, which cannot predict"):
        model_file.load(str(path))
