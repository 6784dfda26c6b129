"""A user's own metric measures each side it is handed; started by path with the user's interpreter.

`python own_metric.py JOB.json`: the job names the metric's file, the arrays, and where the answer goes.
The file has one function, `metric(label, prediction, weight)`, of arrays of the same length; it gives a number of each
row, or one number for all, which is then asked for again with resampled weights.
The folder is not on the path, so that no module of a change stands in for one that the metric imports.
Python 3.9 or newer, with numpy.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


class Unfit(Exception):
    """What the metric returned or lacks; the text is for the finding."""


def main(job_path: str) -> None:
    """The answer says what kind of number each side has, or why there is none."""
    with open(job_path, encoding="utf-8") as file:
        job = json.load(file)
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != HERE]
    sys.argv = ["metric"]
    try:
        answer: dict[str, Any] = {"sides": run(job)}
    except Unfit as error:
        answer = {"error": str(error)}
    with open(job["answer"] + ".part", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(job["answer"] + ".part", job["answer"])


def run(job: Mapping[str, Any]) -> list[str]:
    """For each side `rows` or `whole`; its numbers are in a file."""
    try:
        import numpy
    except ModuleNotFoundError:
        raise Unfit("own metrics need numpy in the environment of the model") from None
    metric = function_in(job["file"])
    cluster = numpy.load(job["cluster"], allow_pickle=False) if job["cluster"] else None
    kinds = []
    for at, side in enumerate(job["sides"]):
        label, prediction, weight = (read(numpy, side[name]) for name in ("label", "prediction", "weight"))
        found = numbers(numpy, metric(label, prediction, weight), len(weight))
        if found.ndim == 0:
            draws = [found.item(), *resampled(numpy, metric, (label, prediction, weight), cluster, job["draws"])]
            found = numpy.asarray(draws, dtype=float)
            kinds.append("whole")
        else:
            kinds.append("rows")
        numpy.save(os.path.join(job["folder_out"], f"side-{at}.npy"), found, allow_pickle=False)
    return kinds


def resampled(numpy: Any, metric: Callable[..., Any], arrays: Any, cluster: Any, draws: int) -> list[float]:
    """The number for all rows, each row or cluster counted Poisson(1) times; the same draws for every side."""
    label, prediction, weight = arrays
    random = numpy.random.default_rng(17)
    groups = len(weight) if cluster is None else int(cluster.max()) + 1
    found = []
    for _ in range(draws):
        counts = random.poisson(1.0, groups).astype(float)
        times = counts if cluster is None else counts[cluster]
        value = numbers(numpy, metric(label, prediction, weight * times), len(weight))
        if value.ndim:
            raise Unfit("metric gave one number for all rows, and then a number of each")
        found.append(value.item())
    return found


def function_in(path: str) -> Callable[..., Any]:
    """The function `metric` of the file."""
    spec = importlib.util.spec_from_file_location("mlgate_own_metric", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found = getattr(module, "metric", None)
    if not callable(found):
        raise Unfit(f"{os.path.basename(path)} has no function 'metric(label, prediction, weight)'")
    return found  # type: ignore[no-any-return]


def read(numpy: Any, path: str) -> Any:
    """An array: numbers as `.npy`, texts as JSON."""
    if path.endswith(".npy"):
        return numpy.load(path, allow_pickle=False)
    with open(path, encoding="utf-8") as file:
        return numpy.asarray(json.load(file))


def numbers(numpy: Any, value: Any, rows: int) -> Any:
    """What the metric returned, as one number or one for each row."""
    try:
        found = numpy.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise Unfit(f"metric returned {type(value).__name__}, not a number") from None
    if found.shape not in ((), (rows,)):
        raise Unfit(f"metric returned an array of shape {found.shape} for {rows:,} rows")
    return found


if __name__ == "__main__":
    main(sys.argv[1])
