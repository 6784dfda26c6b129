"""A classifier finds what no single column shows, and does not find what is not there."""

import numpy as np

from mlgate.drift.domain import held_out_auc

NONE = np.zeros((4_000, 0), np.uint64)
IS_CURRENT = np.repeat([True, False], 2_000)


def related(share: float, seed: int) -> np.ndarray:
    """Two standard normal columns with this correlation."""
    generator = np.random.default_rng(seed)
    one, two = generator.normal(size=(2, 2_000))
    return np.column_stack([one, share * one + np.sqrt(1 - share**2) * two])


def test_a_changed_relation_between_two_columns_is_told_apart() -> None:
    value, interval = held_out_auc(np.vstack([related(0.8, 1), related(0.0, 2)]), NONE, IS_CURRENT)
    assert value > 0.65
    assert interval.low > 0.6


def test_rows_of_one_distribution_are_not() -> None:
    inside = 0
    for seed in range(20):
        _, interval = held_out_auc(np.vstack([related(0.5, seed), related(0.5, seed + 100)]), NONE, IS_CURRENT)
        inside += interval.low <= 0.5 <= interval.high
    assert inside >= 17


def test_categories_are_told_apart_by_their_shares() -> None:
    generator = np.random.default_rng(5)
    digests = np.concatenate([generator.integers(0, 2, 2_000), generator.integers(1, 3, 2_000)]).astype(np.uint64)
    value, _ = held_out_auc(np.zeros((4_000, 0)), digests[:, None], IS_CURRENT)
    assert value > 0.7
