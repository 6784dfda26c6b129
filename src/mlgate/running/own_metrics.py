"""A user's own metrics: measured in the worker by the base's file, on the rows that are judged."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlgate.config import Model
from mlgate.measuring.joint import Joint, Side, Whole
from mlgate.running.trees import Tree
from mlgate.worker.client import Crash
from mlgate.worker.measuring import Told, ask_metric


def with_own_metrics(joint: Joint, model: Model, here: Tree, there: Tree | None) -> Joint:
    """The joint, both sides with the numbers of each own metric, or why there are none."""
    baseline = joint.paired()
    sides = [side for side in (joint.candidate, baseline) if side is not None]
    found: list[dict[str, Any]] = [{} for _ in sides]
    for name, own in model.own_metrics.items():
        told = [_told(joint, side) for side in sides]
        try:
            file = _file(own.file, here, there)
            numbers = ask_metric(here.place, file, told, joint.cluster) if joint.n else []
        except (Crash, FileNotFoundError) as error:
            numbers = []
            found = [{**of, name: f"{name} cannot be measured: {error}"} for of in found]
        for of, number in zip(found, numbers, strict=False):
            of[name] = Whole(*number) if isinstance(number, tuple) else number
    own_sides = [_with(side, of) for side, of in zip(sides, found, strict=True)]
    joint = replace(joint, candidate=own_sides[0])
    return joint if baseline is None else replace(joint, baseline=own_sides[1])


def _file(path: str, here: Tree, there: Tree | None) -> Path:
    """The base's file, since what a metric means is the base's to say; the change's own where the base has none."""
    for tree in (there, here):
        if tree is not None and (tree.folder / path).is_file():
            return tree.folder / path
    raise FileNotFoundError(f"there is no file {path}")


def _told(joint: Joint, side: Side) -> Told:
    """Labels and predictions as a metric expects them: names of classes, scores of the positive class, or numbers."""
    weight = np.ones(joint.n) if joint.weight is None else joint.weight
    if joint.task == "multiclass":
        names = np.array(joint.classes, dtype=object)
        assert side.predicted is not None
        return Told(names[joint.truth], names[side.predicted], weight)
    prediction: NDArray[Any] | None = side.predicted if joint.task == "regression" else side.score
    if prediction is None:
        prediction = side.predicted
    assert prediction is not None
    return Told(joint.truth, prediction, weight)


def _with(side: Side, own: Mapping[str, Any]) -> Side:
    return replace(side, own=own)
