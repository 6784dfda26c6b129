import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.statistics.decision import absolute_limit, non_inferiority, pass_point, unblock_point
from mlgate.statistics.interval import Interval


def decide(low: float, high: float, **changes: object) -> tuple[str, str | None]:
    known: dict[str, object] = {"holm_rejected": None, "identical": False, "enough_rows": True}
    return non_inferiority(Interval(low, high), 0.01, **(known | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.009, 0.02, "pass"),
        (-0.009, -0.001, "pass"),
        (-0.01, 0.02, "inconclusive"),
        (-0.03, 0.0, "inconclusive"),
        (-0.03, -0.001, "fail"),
        (-0.01, -0.001, "fail"),
    ],
)
def test_the_interval_alone_decides(low: float, high: float, verdict: str) -> None:
    assert decide(low, high) == (verdict, None)


def test_a_failing_slice_that_holm_does_not_reject_is_suspect() -> None:
    assert decide(-0.03, -0.001, holm_rejected=False) == ("inconclusive", "suspect")


def test_a_failing_slice_that_holm_rejects_fails() -> None:
    assert decide(-0.03, -0.001, holm_rejected=True) == ("fail", None)


def test_holm_does_not_touch_a_pass() -> None:
    assert decide(-0.005, 0.01, holm_rejected=False) == ("pass", None)


def test_identical_predictions_pass_whatever_the_width() -> None:
    assert decide(-0.2, 0.2, identical=True) == ("pass", None)


def test_identical_predictions_pass_without_an_interval() -> None:
    assert non_inferiority(None, 0.01, holm_rejected=None, identical=True, enough_rows=True) == ("pass", None)


def test_identical_predictions_on_too_few_rows_are_underpowered() -> None:
    assert decide(-0.001, 0.001, identical=True, enough_rows=False) == ("inconclusive", "underpowered")


@pytest.mark.parametrize(("low", "high"), [(-0.001, 0.001), (-0.5, -0.3)])
def test_too_few_rows_neither_pass_nor_fail(low: float, high: float) -> None:
    assert decide(low, high, enough_rows=False) == ("inconclusive", "underpowered")


def test_no_interval_is_underpowered() -> None:
    decision = non_inferiority(None, 0.01, holm_rejected=None, identical=False, enough_rows=True)
    assert decision == ("inconclusive", "underpowered")


def test_a_slice_that_cannot_see_its_margin_never_passes() -> None:
    assert decide(-0.005, 0.06, mde=0.03) == ("inconclusive", "underpowered")


def test_a_slice_that_cannot_see_its_margin_still_fails_on_a_large_drop() -> None:
    assert decide(-0.15, -0.05, mde=0.07) == ("fail", None)


def test_a_slice_that_sees_its_margin_passes() -> None:
    assert decide(-0.005, 0.006, mde=0.009) == ("pass", None)


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_better_interval_never_turns_a_pass_into_less(low: float, width: float, shift: float) -> None:
    order = ["fail", "inconclusive", "pass"]
    before, after = decide(low, low + width)[0], decide(low + shift, low + width + shift)[0]
    assert order.index(after) >= order.index(before)


@pytest.mark.parametrize("margin", [0.0, -0.01, float("nan")])
def test_a_margin_that_is_none_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        non_inferiority(Interval(0, 1), margin, holm_rejected=None, identical=False, enough_rows=True)


@pytest.mark.parametrize(
    ("low", "high", "direction", "verdict"),
    [
        (0.80, 0.9, "min", "pass"),
        (0.79, 0.9, "min", "inconclusive"),
        (0.70, 0.80, "min", "inconclusive"),
        (0.70, 0.79, "min", "fail"),
        (0.70, 0.80, "max", "pass"),
        (0.70, 0.81, "max", "inconclusive"),
        (0.80, 0.9, "max", "inconclusive"),
        (0.81, 0.9, "max", "fail"),
    ],
)
def test_a_limit_is_kept_broken_or_open(low: float, high: float, direction: str, verdict: str) -> None:
    assert absolute_limit(Interval(low, high), 0.80, direction) == (verdict, None)  # type: ignore[arg-type]


def test_a_broken_limit_that_holm_does_not_reject_is_suspect() -> None:
    assert absolute_limit(Interval(0.1, 0.2), 0.5, "min", holm_rejected=False) == ("inconclusive", "suspect")


def test_a_limit_on_too_few_rows_is_underpowered() -> None:
    assert absolute_limit(Interval(0.9, 0.95), 0.5, "min", enough_rows=False) == ("inconclusive", "underpowered")


@given(st.floats(0, 1), st.floats(0.001, 0.1), st.floats(0.001, 0.2))
def test_above_the_pass_point_a_candidate_passes(baseline: float, margin: float, half: float) -> None:
    change = pass_point(baseline, margin, half) + 1e-9 - baseline
    interval = Interval(change - half, change + half)
    assert non_inferiority(interval, margin, holm_rejected=None, identical=False, enough_rows=True)[0] == "pass"


@given(st.floats(0, 1), st.floats(0.001, 0.2))
def test_above_the_unblocking_point_a_candidate_does_not_fail(baseline: float, half: float) -> None:
    change = unblock_point(baseline, half) + 1e-9 - baseline
    interval = Interval(change - half, change + half)
    assert non_inferiority(interval, 1e-6, holm_rejected=None, identical=False, enough_rows=True)[0] != "fail"
