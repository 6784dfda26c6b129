"""A loaded object predicts a DataFrame into columns: `score_<class>`, `score` or `y_pred`."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Columns = Mapping[str, Any]
POSITIONAL = ("Column_", "f", "")  # how LightGBM, XGBoost and CatBoost name columns that had no name


class WrongTable(ValueError):
    """The table lacks a column that the model needs."""


class Model:
    """A model that predicts; `classes` are those of its `score_<class>` columns."""

    def __init__(
        self, predict: Callable[[Any], Columns], classes: Sequence[Any] | None, features: Sequence[str] | None
    ) -> None:
        self.predict = predict
        self.classes = None if classes is None else list(classes)
        self.features = None if features is None else list(features)


def label(value: Any) -> str:
    """A class as it is spelled in a column name: 1.0 is `1`, numpy's types are plain."""
    value = value.item() if hasattr(value, "item") else value
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def scores(classes: Sequence[Any], probabilities: Any) -> Columns:
    return {f"score_{label(cls)}": probabilities[:, at] for at, cls in enumerate(classes)}


def columns_for(frame: Any, features: Sequence[str] | None) -> Any:
    """The model's columns in its order, further ones dropped; by position where the model knows no names."""
    names = [str(name) for name in frame.columns]
    if not features:
        return frame.to_numpy()
    missing = [name for name in features if name not in names]
    if not missing:
        return frame[list(features)]
    if len(features) == len(names) and any(
        list(features) == [f"{p}{i}" for i in range(len(names))] for p in POSITIONAL
    ):
        return frame.to_numpy()
    raise WrongTable(f"the model needs column {missing[0]!r}, which the table lacks; it has {', '.join(names[:20])}")


def adapt(model: Any) -> Model:
    """Any loaded object as a Model; raises TypeError for one that cannot predict."""
    module = type(model).__module__
    if module.startswith("xgboost.core"):
        return xgboost_booster(model)
    if module.startswith("lightgbm.basic"):
        return lightgbm_booster(model)
    if module.startswith("catboost."):
        return catboost_model(model)
    if not hasattr(model, "predict"):
        raise TypeError(f"the file holds a {module}.{type(model).__name__}, which cannot predict")
    return estimator(model)


def estimator(model: Any) -> Model:
    """scikit-learn's interface; decision values come with `y_pred`, because their threshold is the model's own."""
    features = getattr(model, "feature_names_in_", None)
    features = None if features is None else [str(name) for name in features]
    classes = getattr(model, "classes_", None)
    flat = classes is not None and getattr(classes, "ndim", 1) == 1
    has_probabilities = flat and hasattr(model, "predict_proba")

    def predict(frame: Any) -> Columns:
        rows = _input(model, frame, features)
        if has_probabilities:
            return scores(classes, model.predict_proba(rows))  # type: ignore[arg-type]
        predicted = model.predict(rows)
        if getattr(predicted, "ndim", 1) > 1:
            return {f"y_pred_{at}": predicted[:, at] for at in range(predicted.shape[1])}
        if not hasattr(model, "decision_function"):
            return {"y_pred": predicted}
        decision = model.decision_function(rows)
        return {"y_pred": predicted, **({"score": decision} if decision.ndim == 1 else {})}

    return Model(predict, classes if flat else None, features)


def _input(model: Any, frame: Any, features: Sequence[str] | None) -> Any:
    """Text models take one column of text, dictionary models take records, all others a table."""
    first = model
    while hasattr(first, "steps") or hasattr(first, "best_estimator_"):
        first = first.steps[0][1] if hasattr(first, "steps") else first.best_estimator_
    if hasattr(first, "build_analyzer"):
        text = [name for name in frame.columns if frame[name].dtype.kind not in "biufcmM"]
        if len(text) != 1:
            raise WrongTable(f"the model needs exactly one column of text; the table has {len(text)}")
        return frame[text[0]]
    if type(first).__name__ == "DictVectorizer":
        return frame.to_dict("records")
    if type(first).__name__ == "IsotonicRegression" and len(frame.columns) == 1:
        return frame.iloc[:, 0].to_numpy()
    return columns_for(frame, features)


def xgboost_booster(model: Any) -> Model:
    xgboost = importlib.import_module("xgboost")

    learner = json.loads(model.save_config())["learner"]
    objective, count = learner["objective"]["name"], int(learner["learner_model_param"].get("num_class", 0))
    names = model.feature_names
    classes = list(range(max(2, count))) if objective in ("binary:logistic", "multi:softprob") else None

    def predict(frame: Any) -> Columns:
        rows = columns_for(frame, names)
        data = xgboost.DMatrix(rows, feature_names=names, enable_categorical=True)
        return _native(model.predict(data), classes, ranked=objective.startswith(("rank:", "binary:")))

    return Model(predict, classes, names)


def lightgbm_booster(model: Any) -> Model:
    header = model.model_to_string(num_iteration=1).split("\nTree=0", 1)[0]
    lines = dict(line.partition("=")[::2] for line in header.split("\n"))
    objective = (lines.get("objective", "").split() or [""])[0]
    count = {"binary": 2, "multiclass": int(lines.get("num_class", 1)), "multiclassova": int(lines.get("num_class", 1))}
    classes = list(range(count[objective])) if objective in count else None
    names = model.feature_name()

    def predict(frame: Any) -> Columns:
        return _native(
            model.predict(columns_for(frame, names)), classes, ranked=objective in ("lambdarank", "rank_xendcg")
        )

    return Model(predict, classes, names)


def catboost_model(model: Any) -> Model:
    classes = list(model.classes_) or None
    names = list(model.feature_names_) or None

    def predict(frame: Any) -> Columns:
        kind = "Probability" if classes else "RawFormulaVal"
        return _native(model.predict(columns_for(frame, names), prediction_type=kind), classes, ranked=False)

    return Model(predict, classes, names)


def _native(predicted: Any, classes: Sequence[Any] | None, ranked: bool) -> Columns:
    if classes is None:
        return {"score" if ranked else "y_pred": predicted}
    if predicted.ndim == 1:
        return {f"score_{label(classes[0])}": 1 - predicted, f"score_{label(classes[1])}": predicted}
    return scores(classes, predicted)


ONNX_TYPES = {
    "float": "float32",
    "double": "float64",
    "int64": "int64",
    "int32": "int32",
    "bool": "bool",
    "string": "object",
}


def onnx_session(session: Any, labels: Sequence[Any] | None) -> Model:
    """One tensor of all columns, or one input per column; outputs are labels with probabilities, or values."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    features = [item.name for item in inputs] if len(inputs) > 1 else None

    def predict(frame: Any) -> Columns:
        feed = {item.name: _tensor(frame, item, len(inputs) == 1) for item in inputs}
        found = session.run([item.name for item in outputs], feed)
        return _onnx_columns(found, labels)

    return Model(predict, labels, features)


def _tensor(frame: Any, item: Any, whole: bool) -> Any:
    kind = ONNX_TYPES.get(item.type[7:-1])
    if kind is None:
        raise WrongTable(f"the model's input {item.name!r} is a {item.type}, which no column can fill")
    if not whole:
        column = columns_for(frame, [item.name]).to_numpy().astype(kind)
        return column if len(item.shape) == 2 else column[:, 0]
    rows = frame.to_numpy().astype(kind)
    if len(item.shape) == 2 and isinstance(item.shape[1], int) and item.shape[1] != rows.shape[1]:
        raise WrongTable(f"the model takes {item.shape[1]} columns, the table has {rows.shape[1]}")
    return rows


def _onnx_columns(found: Sequence[Any], labels: Sequence[Any] | None) -> Columns:
    for value in found:  # ZipMap: one dictionary of class and probability for each row
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return {f"score_{label(cls)}": [row[cls] for row in value] for cls in value[0]}
    tables = [
        value for value in found if getattr(value, "ndim", 0) == 2 and value.dtype.kind == "f" and value.shape[1] > 1
    ]
    if tables and len(found) > 1:
        count = tables[0].shape[1]
        return scores(labels if labels and len(labels) == count else list(range(count)), tables[0])
    return {"y_pred": found[0].reshape(len(found[0]), -1)[:, 0]}
