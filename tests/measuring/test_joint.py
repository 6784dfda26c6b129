import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.measuring.cells import effective_cells
from mlgate.measuring.joint import Column, Joint
from tests.checks.joints import NO_BASELINE, classes, column, joint, side, two_models


def some_rows(n: int = 60, seed: int = 1) -> Joint:
    truth, candidate, baseline = two_models(n, seed)
    rng = np.random.default_rng(seed)
    return joint(truth, side(candidate), side(baseline), part=column(rng.integers(0, 3, n)))


@given(st.integers(0, 80), st.integers(0, 1_000))
def test_cells_count_rows_by_label_baseline_and_candidate(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, ours, theirs = rng.integers(0, 2, (3, n))
    expected = np.zeros((2, 2, 2), int)
    for t, b, c in zip(truth, theirs, ours, strict=True):
        expected[t, b, c] += 1
    assert joint(truth, classes(ours), classes(theirs)).cells().tolist() == expected.tolist()


def test_cells_by_a_column_are_the_cells_of_each_of_its_groups() -> None:
    rows = some_rows()
    for group, cells in enumerate(rows.cells_by("part")):
        assert cells.tolist() == rows.where(rows.columns["part"].codes == group).cells().tolist()


def test_the_cells_of_no_column_are_those_of_one_group() -> None:
    rows = some_rows()
    assert rows.cells_by(None).tolist() == [rows.cells().tolist()]


def test_without_a_baseline_its_axis_repeats_the_candidate() -> None:
    cells = joint([1, 1, 0], classes([1, 0, 1])).cells()
    assert cells.tolist() == [[[0, 0], [0, 1]], [[1, 0], [0, 1]]]


def test_cells_need_classes() -> None:
    with pytest.raises(ValueError, match="classes"):
        joint([1, 0], side([-1.0, 3.0]), side([0.1, 0.2])).cells()
    with pytest.raises(ValueError, match="classes"):
        joint([1, 0], side([0.1, 0.2]), side([-1.0, 3.0])).cells()
    for ours, theirs in (([-1.0, 3.0], [0.1, 0.2]), ([0.1, 0.2], [-1.0, 3.0])):
        weighted = joint([1, 0], side(ours), side(theirs), weight=[1, 1], g=column("ab"))
        with pytest.raises(ValueError, match="classes"):
            effective_cells(weighted, "g", np.ones(2, bool))


def test_a_part_keeps_every_array_in_step() -> None:
    truth, candidate, baseline = two_models(30)
    rows = joint(truth, side(candidate), side(baseline), np.arange(30), np.arange(30) // 2, g=column(np.arange(30) % 2))
    mask = np.arange(30) % 3 == 0
    part = rows.where(mask)
    assert part.n == 10
    assert part.truth.tolist() == truth[mask].tolist()
    assert part.candidate.score is not None
    assert part.candidate.predicted is not None
    assert part.candidate.score.tolist() == candidate[mask].tolist()
    assert part.candidate.predicted.tolist() == (candidate[mask] >= 0.5).tolist()
    assert (theirs := part.paired()) is not None
    assert theirs.score is not None
    assert theirs.score.tolist() == baseline[mask].tolist()
    assert part.weight is not None
    assert part.weight.tolist() == np.arange(30)[mask].tolist()
    assert part.cluster is not None
    assert part.cluster.tolist() == (np.arange(30) // 2)[mask].tolist()
    assert part.columns["g"].codes.tolist() == (np.arange(30) % 2)[mask].tolist()


def test_the_parts_by_a_column_are_the_rows_of_each_label_in_their_order() -> None:
    rows = some_rows()
    codes = rows.columns["part"].codes
    parts = dict(rows.parts("part"))
    assert tuple(parts) == rows.columns["part"].labels == ("0", "1", "2")
    for code, part in enumerate(parts.values()):
        assert part.truth.tolist() == rows.truth[codes == code].tolist()
        assert part.candidate.score is not None
        assert rows.candidate.score is not None
        assert part.candidate.score.tolist() == rows.candidate.score[codes == code].tolist()


def test_a_label_without_rows_is_a_part_without_rows() -> None:
    rows = joint([1, 0], classes([1, 0]), g=Column(np.array([0, 2]), ("a", "b", "c")))
    assert [part.n for _, part in rows.parts("g")] == [1, 0, 1]


def test_a_part_of_rows_without_a_baseline_has_none() -> None:
    part = joint([1, 0, 1], classes([1, 0, 1])).where(np.array([True, False, True]))
    assert part.baseline == NO_BASELINE
    assert part.paired() is None


def test_models_are_identical_only_if_classes_and_scores_are() -> None:
    truth = [1, 0, 1]
    assert joint(truth, side([0.9, 0.1, 0.6]), side([0.9, 0.1, 0.6])).is_identical()
    assert not joint(truth, side([0.9, 0.1, 0.6]), side([0.9, 0.1, 0.7])).is_identical()
    assert not joint(truth, side([0.9, 0.1, 0.6], 0.5), side([0.9, 0.1, 0.6], 0.8)).is_identical()
    assert not joint(truth, side([0.9, 0.1, 0.6]), classes([1, 0, 1])).is_identical()
    assert not joint(truth, side([0.9, 0.1, 0.6])).is_identical()
    assert joint(truth, classes([1, 0, 1]), classes([1, 0, 1])).is_identical()


def test_rows_of_equal_weight_are_worth_their_number() -> None:
    assert joint([1, 0, 1], classes([1, 0, 1])).effective_n == 3
    assert joint([1, 0, 1], classes([1, 0, 1]), weight=[0.1, 0.1, 0.1]).effective_n == 3


def test_rows_of_unequal_weight_are_worth_fewer() -> None:
    assert joint([1, 0, 1], classes([1, 0, 1]), weight=[4, 1, 1]).effective_n == 2  # 36/18


def test_rows_of_a_cluster_are_worth_one() -> None:
    assert joint([1, 0, 1, 0], classes([1, 0, 1, 0]), cluster=[0, 0, 1, 1]).effective_n == 2


def test_rows_without_weight_are_worth_nothing() -> None:
    rows = joint([1, 0], classes([1, 0]), weight=[0, 0])
    assert (rows.effective_n, rows.counted().n) == (0, 0)
    assert joint([], classes([])).effective_n == 0
    assert joint([], classes([]), weight=[]).effective_n == 0


def test_effective_cells_of_plain_rows_are_their_counts() -> None:
    rows = some_rows()
    cells = effective_cells(rows, "part", rows.truth)
    assert cells.tolist() == rows.cells_by("part")[:, 1].tolist()


def test_effective_cells_of_weighted_rows_keep_their_rates_and_sum_to_what_they_are_worth() -> None:
    truth, candidate, baseline = two_models(90)
    rng = np.random.default_rng(3)
    weight, group = rng.random(90) + 0.1, rng.integers(0, 2, 90)
    rows = joint(truth, side(candidate), side(baseline), weight=weight, g=column(group))
    cells = effective_cells(rows, "g", np.ones(90, bool))
    for code in (0, 1):
        inside = group == code
        rate = weight[inside] @ (candidate[inside] >= 0.5) / weight[inside].sum()
        assert cells[code, :, 1].sum() / cells[code].sum() == pytest.approx(rate)
        assert cells[code].sum() == pytest.approx(weight[inside].sum() ** 2 / (weight[inside] @ weight[inside]))


def test_effective_cells_of_clusters_sum_to_the_number_of_clusters_in_the_group() -> None:
    rows = joint([1] * 6, classes([1, 0] * 3), classes([1] * 6), cluster=[0, 0, 1, 1, 2, 2], g=column("aaaabb"))
    assert effective_cells(rows, "g", np.ones(6, bool)).sum(axis=(1, 2)).tolist() == pytest.approx([2, 1])


def test_a_group_without_weight_has_no_rows() -> None:
    rows = joint([1, 1, 0], classes([1, 0, 1]), weight=[1, 0, 1], g=column("aba"))
    assert effective_cells(rows, "g", np.ones(3, bool)).sum(axis=(1, 2)).tolist() == pytest.approx([2, 0])
