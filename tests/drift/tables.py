"""Tables of independent columns, some of them shifted."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def normal(
    rows: int, seed: int, shifted: Mapping[str, float] | None = None, columns: int = 3
) -> dict[str, NDArray[Any]]:
    """Standard normal columns `x0` … by name, shifted by so many standard deviations, and a column of categories."""
    generator = np.random.default_rng(seed)
    found: dict[str, NDArray[Any]] = {
        f"x{i}": generator.normal(size=rows) + (shifted or {}).get(f"x{i}", 0.0) for i in range(columns)
    }
    return found | {"kind": generator.choice(["a", "b", "c"], size=rows)}


def as_csv(columns: Mapping[str, NDArray[Any]]) -> str:
    """The columns as a CSV file with a key."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join([str(at), *map(str, row)]) for at, row in enumerate(rows)]
    return "\n".join([",".join(["id", *columns]), *lines]) + "\n"
