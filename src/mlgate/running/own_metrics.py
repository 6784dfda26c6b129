"""A user's own metrics: measured in the worker by the base's file, on the rows that are judged."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlgate.config import Model
from mlgate.configuring.setting import Setting
from mlgate.evidence import sha256
from mlgate.measuring.joint import Joint, Side, Whole
from mlgate.running.trees import Tree
from mlgate.worker.client import Crash
from mlgate.worker.measuring import Told, ask_metric


def with_own_metrics(joint: Joint, model: Model, setting: Setting, here: Tree, scratch: Path) -> Joint:
    """The joint, both sides with the numbers of each own metric, or why there are none."""
    baseline = joint.paired()
    sides = [side for side in (joint.candidate, baseline) if side is not None]
    found: list[dict[str, Any]] = [{} for _ in sides]
    for name, own in model.own_metrics.items():
        told = [_told(joint, side) for side in sides]
        try:
            file = _file(own.file, setting, here, scratch)
            numbers = ask_metric(here.place, file, told, joint.cluster) if joint.n else []
        except (Crash, FileNotFoundError) as error:
            numbers = []
            found = [{**of, name: f"{name} cannot be measured: {error}"} for of in found]
        for of, number in zip(found, numbers, strict=False):
            of[name] = Whole(*number) if isinstance(number, tuple) else number
    own_sides = [_with(side, of) for side, of in zip(sides, found, strict=True)]
    joint = replace(joint, candidate=own_sides[0])
    return joint if baseline is None else replace(joint, baseline=own_sides[1])


def _file(path: str, setting: Setting, here: Tree, scratch: Path) -> Path:
    """The base's file, since what a metric means is the base's to say; the change's own where the base has none."""
    if setting.base is not None and setting.repository is not None and setting.base_sha is not None:
        data = setting.repository.show(setting.base_sha, (Path(setting.inside) / path).as_posix())
        if data is not None:
            file = scratch / f"metric-{sha256(data)[:16]}.py"
            file.write_bytes(data)
            return file
    if not (here.folder / path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return here.folder / path


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
