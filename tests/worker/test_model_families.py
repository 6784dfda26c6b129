"""Models of the families that people use pass, or are refused with the very line that lets them pass.

scikit-learn's families run everywhere; those of other libraries are skipped where the library is not installed.
"""

import functools
import importlib
import pickle
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import (
    base,
    calibration,
    compose,
    ensemble,
    gaussian_process,
    impute,
    linear_model,
    model_selection,
    naive_bayes,
    neighbors,
    neural_network,
    preprocessing,
    svm,
)
from sklearn.feature_extraction import text
from sklearn.pipeline import make_pipeline

from mlgate.worker import model_file

RNG = np.random.default_rng(0)
ROWS = 90
FRAME = pd.DataFrame(
    {"age": RNG.normal(size=ROWS), "income": RNG.normal(size=ROWS), "city": RNG.choice(list("xyz"), ROWS)}
)
NUMBERS = FRAME[["age", "income"]]
CLASSES = np.where(FRAME.age + FRAME.income > 0, "yes", "no")
CODES = (CLASSES == "yes").astype(int)
VALUES = (2 * FRAME.age + FRAME.income).to_numpy()
TEXTS = pd.DataFrame({"review": RNG.choice(["good and nice", "bad and awful", "fine and good", "bad and sad"], ROWS)})

Fitted = tuple[Any, pd.DataFrame]


def columns(last: Any) -> Any:
    numbers = make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler())
    towns = preprocessing.OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(compose.ColumnTransformer([("n", numbers, NUMBERS.columns), ("t", towns, ["city"])]), last)


def numeric(model: Any, target: Any = CLASSES) -> Callable[[], Fitted]:
    return lambda: (base.clone(model).fit(NUMBERS, target), NUMBERS)  # two families may share a part


def of(library: str, name: str, target: Any, **settings: Any) -> Callable[[], Fitted]:
    def build() -> Fitted:
        estimator = getattr(importlib.import_module(library), name)
        return estimator(**settings).fit(NUMBERS, target), NUMBERS

    return build


def resampled() -> Fitted:
    pipeline, smote = importlib.import_module("imblearn.pipeline"), importlib.import_module("imblearn.over_sampling")
    return pipeline.make_pipeline(smote.SMOTE(), linear_model.LogisticRegression()).fit(NUMBERS, CLASSES), NUMBERS


LOGISTIC = linear_model.LogisticRegression()
FAMILIES: dict[str, Callable[[], Fitted]] = {
    "logistic regression": numeric(LOGISTIC),
    "ridge": numeric(linear_model.Ridge(), VALUES),
    "SGD hinge": numeric(linear_model.SGDClassifier(random_state=0)),
    "random forest": numeric(ensemble.RandomForestClassifier(3, random_state=np.random.RandomState(0))),
    "gradient boosting": numeric(ensemble.GradientBoostingRegressor(n_estimators=3), VALUES),
    "hist gradient boosting": numeric(ensemble.HistGradientBoostingClassifier(max_iter=3)),
    "hist gradient boosting with categories": lambda: (
        ensemble.HistGradientBoostingClassifier(max_iter=3, categorical_features=["city"]).fit(
            FRAME.astype({"city": "category"}), CLASSES
        ),
        FRAME.astype({"city": "category"}),
    ),
    "k-NN in a k-d tree": numeric(neighbors.KNeighborsClassifier(algorithm="kd_tree")),
    "k-NN in a ball tree": numeric(neighbors.KNeighborsRegressor(algorithm="ball_tree", metric="manhattan"), VALUES),
    "SVM": numeric(svm.SVC()),
    "naive Bayes": numeric(naive_bayes.GaussianNB()),
    "gaussian process": numeric(gaussian_process.GaussianProcessRegressor(gaussian_process.kernels.RBF()), VALUES),
    "neural network": numeric(neural_network.MLPClassifier(max_iter=5, random_state=0)),
    "column transformer": lambda: (columns(linear_model.LogisticRegression()).fit(FRAME, CLASSES), FRAME),
    "TF-IDF pipeline": lambda: (
        make_pipeline(text.TfidfVectorizer(), base.clone(LOGISTIC)).fit(TEXTS.review, CLASSES),
        TEXTS,
    ),
    "hashing pipeline": lambda: (
        make_pipeline(text.HashingVectorizer(n_features=64), base.clone(LOGISTIC)).fit(TEXTS.review, CLASSES),
        TEXTS,
    ),
    "function transformer": numeric(make_pipeline(preprocessing.FunctionTransformer(np.tanh), LOGISTIC)),
    "splines": numeric(make_pipeline(preprocessing.SplineTransformer(), linear_model.Ridge()), VALUES),
    "calibrated SVM": numeric(calibration.CalibratedClassifierCV(svm.LinearSVC(), method="isotonic", cv=3)),
    "grid search": numeric(model_selection.GridSearchCV(LOGISTIC, {"C": [0.1, 1]}, scoring="roc_auc", cv=3)),
    "stacking": numeric(ensemble.StackingClassifier([("a", naive_bayes.GaussianNB()), ("b", LOGISTIC)], cv=3)),
    "isolation forest": numeric(ensemble.IsolationForest(n_estimators=3, random_state=0), None),
    "XGBoost": of("xgboost", "XGBClassifier", CODES, n_estimators=3),
    "LightGBM": of("lightgbm", "LGBMClassifier", CLASSES, n_estimators=3, verbose=-1),
    "CatBoost": of("catboost", "CatBoostClassifier", CLASSES, iterations=3, verbose=0, allow_writing_files=False),
    "imbalanced-learn": resampled,
}


def save_skops(model: Any, path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    try:
        skops.dump(model, path)
    except TypeError as error:
        pytest.skip(f"skops itself cannot save it: {error}")


SAVERS: dict[str, Callable[[Any, Path], Any]] = {
    "joblib": lambda model, path: joblib.dump(model, path, compress=3),
    "pickle": lambda model, path: path.write_bytes(pickle.dumps(model)),
    "skops": save_skops,
}


def expected(model: Any, frame: pd.DataFrame) -> dict[str, Any]:
    rows = frame.review if "review" in frame else frame
    if hasattr(model, "predict_proba"):
        return dict(zip((f"score_{c}" for c in model.classes_), model.predict_proba(rows).T, strict=True))
    found = {"y_pred": model.predict(rows)}
    return {**found, "score": model.decision_function(rows)} if hasattr(model, "decision_function") else found


def assert_same(found: Any, wanted: dict[str, Any], tolerance: float = 1e-9) -> None:
    assert set(found) == set(wanted)
    for column, values in wanted.items():
        if np.asarray(values).dtype.kind == "f":
            assert np.allclose(np.asarray(found[column], dtype=float), values, atol=tolerance), column
        else:
            assert list(found[column]) == list(values)


@functools.cache
def build(family: str) -> Fitted:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return FAMILIES[family]()
        except ModuleNotFoundError as error:
            pytest.skip(f"{error.name} is not installed")


@pytest.mark.parametrize("saver", SAVERS)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_passes_or_is_refused_with_the_line_that_lets_it_pass(family: str, saver: str, tmp_path: Path) -> None:
    model, frame = build(family)
    path = tmp_path / f"model.{saver}"
    SAVERS[saver](model, path)
    trusted = model_file.inspect(str(path))["trusted_lines"]
    if trusted:
        with pytest.raises(model_file.Refused) as refused:
            model_file.load(str(path))
        assert f"    trusted: [{', '.join(trusted)}]" in str(refused.value)
    if saver != "skops":
        assert bool(trusted) == (family == "imbalanced-learn")
    assert_same(model_file.load(str(path), trusted).predict(frame), expected(model, frame))


def test_a_search_over_distributions_is_refused_and_told_what_to_save_instead(tmp_path: Path) -> None:
    stats = importlib.import_module("scipy.stats")
    search = model_selection.RandomizedSearchCV(LOGISTIC, {"C": stats.loguniform(0.1, 1)}, n_iter=2, cv=3)
    path = tmp_path / "model.joblib"
    joblib.dump(search.fit(NUMBERS, CLASSES), path)
    with pytest.raises(model_file.Refused, match="best_estimator_") as raised:
        model_file.load(str(path))
    assert raised.value.trusted_line is None


@pytest.mark.parametrize("suffix", ["ubj", "json"])
def test_xgboost_files_load(suffix: str, tmp_path: Path) -> None:
    model, frame = build("XGBoost")
    path = tmp_path / f"model.{suffix}"
    model.save_model(path)
    found = model_file.inspect(str(path))
    assert (found["format"], found["features"]) == ("xgboost", ["age", "income"])
    assert found["written_with"]["xgboost"] == found["installed"]["xgboost"]
    assert_same(model_file.load(str(path)).predict(frame), expected(model, frame), 1e-6)


def test_lightgbm_files_load(tmp_path: Path) -> None:
    model, frame = build("LightGBM")
    path = tmp_path / "model.txt"
    model.booster_.save_model(path)
    found = model_file.inspect(str(path))
    assert (found["format"], found["features"], found["classes"]) == ("lightgbm", ["age", "income"], [0, 1])
    wanted = dict(zip(["score_0", "score_1"], model.predict_proba(frame).T, strict=True))
    assert_same(model_file.load(str(path)).predict(frame.assign(id=1)), wanted)


def test_catboost_files_load(tmp_path: Path) -> None:
    model, frame = build("CatBoost")
    path = tmp_path / "model.cbm"
    model.save_model(path)
    found = model_file.inspect(str(path))
    assert (found["format"], found["classes"]) == ("catboost", ["no", "yes"])
    assert found["written_with"]["catboost"] == found["installed"]["catboost"]
    assert_same(model_file.load(str(path)).predict(frame.assign(id=1)), expected(model, frame))


@pytest.mark.parametrize("zipmap", [True, False])
def test_an_onnx_classifier_of_one_tensor_loads(zipmap: bool, tmp_path: Path) -> None:
    skl2onnx = pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    model, frame = build("logistic regression")
    path = tmp_path / "model.onnx"
    exported = skl2onnx.to_onnx(model, frame.to_numpy(dtype="float32"), options={"zipmap": zipmap})
    path.write_bytes(exported.SerializeToString())
    found = model_file.inspect(str(path))
    assert (found["format"], found["features"], found["classes"]) == ("onnx", None, ["no", "yes"])
    assert "skl2onnx" in found["written_with"]
    assert_same(model_file.load(str(path)).predict(frame), expected(model, frame), 1e-5)


def test_an_onnx_pipeline_of_named_columns_loads(tmp_path: Path) -> None:
    skl2onnx = pytest.importorskip("skl2onnx")
    types = importlib.import_module("skl2onnx.common.data_types")
    pytest.importorskip("onnxruntime")
    model, frame = build("column transformer")
    one = [None, 1]
    inputs = [
        ("age", types.FloatTensorType(one)),
        ("income", types.FloatTensorType(one)),
        ("city", types.StringTensorType(one)),
    ]
    path = tmp_path / "model.onnx"
    path.write_bytes(skl2onnx.to_onnx(model, initial_types=inputs).SerializeToString())
    assert model_file.inspect(str(path))["features"] == ["age", "income", "city"]
    assert_same(model_file.load(str(path)).predict(frame[["city", "income", "age"]]), expected(model, frame), 1e-5)


@pytest.mark.parametrize("location", ["/etc/passwd", "../weights.bin"])
def test_onnx_weights_from_outside_the_models_folder_are_refused(location: str, tmp_path: Path) -> None:
    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    entry = field(1, b"location") + field(2, location.encode())
    graph = field(5, field(8, b"weights") + field(13, entry))
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\x08\x08" + field(7, graph) + field(8, b"\x10\x0d"))
    with pytest.raises(model_file.Refused, match="outside the folder"):
        model_file.load(str(path))


@pytest.mark.parametrize("family", ["XGBoost", "LightGBM", "CatBoost", "random forest"])
def test_a_native_or_skops_file_cut_anywhere_is_called_truncated_or_damaged(family: str, tmp_path: Path) -> None:
    model, _ = build(family)
    path = tmp_path / "model"
    if family == "random forest":
        save_skops(model, path)
    else:
        (model.booster_ if family == "LightGBM" else model).save_model(str(path))
    whole = path.read_bytes().split(b"end of parameters")[0]  # what follows in a LightGBM file, it can do without
    for at in range(5, len(whole), len(whole) // 7):
        path.write_bytes(whole[:at])
        assert re.search("truncated|damaged", model_file.inspect(str(path))["error"])
        with pytest.raises(model_file.Unreadable):
            model_file.load(str(path))
