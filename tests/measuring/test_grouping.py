"""Groups of several columns together."""

import numpy as np
import pytest

from mlgate.measuring import grouping
from mlgate.measuring.grouping import crossed
from mlgate.measuring.joint import Column


@pytest.mark.parametrize("counted", [True, False])
def test_crossed_groups_are_the_pairs_that_have_rows_in_their_order(
    counted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "COUNTED", 1_000_000 if counted else 0)
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 3, 500), np.where(rng.random(500) < 0.5, 1, 3)  # codes 0 and 2 have no rows
    found = crossed(Column(codes[0], ("a", "b", "c")), Column(codes[1], tuple("wxyz")))
    assert found.labels == ("a & x", "a & z", "b & x", "b & z", "c & x", "c & z")
    assert [found.labels[at] for at in found.codes] == [
        f"{'abc'[a]} & {'wxyz'[b]}" for a, b in zip(*codes, strict=True)
    ]
