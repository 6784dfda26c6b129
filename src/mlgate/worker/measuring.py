"""Asking a user's own metric in the worker; every answer is untrusted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mlgate.scratch import scratch_folder
from mlgate.worker.client import Crash, Workplace, crash_of, last_lines, read_answer, read_column, run

DRAWS = 400
_SCRIPT = Path(__file__).parent / "own_metric.py"


@dataclass(frozen=True)
class Told:
    """What a metric is told of one model, arrays of shape (n,): labels, predictions, weights."""

    label: NDArray[Any]
    prediction: NDArray[Any]
    weight: NDArray[np.float64]


class _Answer(Struct):
    sides: list[str] | None = None
    error: str | None = None


def ask_metric(
    place: Workplace, file: Path, sides: Sequence[Told], cluster: NDArray[np.int64] | None
) -> list[NDArray[np.float64] | tuple[float, NDArray[np.float64]]]:
    """For each side a number of each row, (n,), or one for all rows and the same again with resampled weights.

    Raises `Crash` when there is no answer, or one that is not finite.
    """
    with scratch_folder() as folder:
        (folder / "job.json").write_text(json.dumps(_job(file, sides, cluster, folder)))
        outcome = run(place, [place.python, str(_SCRIPT), str(folder / "job.json")], folder)
        if outcome.ended != "exit" or outcome.code != 0:
            raise crash_of(outcome, place.limits)
        answer = read_answer(folder / "answer.json", _Answer)
        if answer is None or len(answer.sides or ()) != len(sides):
            raise Crash((answer and answer.error) or f"the metric gave no numbers{last_lines(outcome)}")
        found = []
        for at, (kind, side) in enumerate(zip(answer.sides or (), sides, strict=True)):
            rows = len(side.weight) if kind == "rows" else DRAWS + 1
            values = np.asarray(read_column(folder / f"side-{at}", "npy", rows), np.float64)
            if not np.isfinite(values).all():
                raise Crash("the metric gave numbers that are NaN or infinite")
            found.append(values if kind == "rows" else (float(values[0]), values[1:]))
        return found


def _job(file: Path, sides: Sequence[Told], cluster: NDArray[np.int64] | None, folder: Path) -> dict[str, Any]:
    arrays = [
        {name: _written(folder / f"{name}-{at}", getattr(side, name)) for name in ("label", "prediction", "weight")}
        for at, side in enumerate(sides)
    ]
    return {
        "file": str(file),
        "sides": arrays,
        "cluster": None if cluster is None else _written(folder / "cluster", cluster),
        "draws": DRAWS,
        "folder_out": str(folder),
        "answer": str(folder / "answer.json"),
    }


def _written(stem: Path, values: NDArray[Any]) -> str:
    if values.dtype.kind in "biuf":
        np.save(stem.with_suffix(".npy"), values, allow_pickle=False)
        return str(stem.with_suffix(".npy"))
    stem.with_suffix(".json").write_text(json.dumps(values.tolist()), encoding="utf-8")
    return str(stem.with_suffix(".json"))
