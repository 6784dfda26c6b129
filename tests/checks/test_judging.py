import math

import pytest

from mlgate.judging import MOST_ROWS, Tolerance, at_most, finite, flaw, more_than, percent, some, without_baseline
from mlgate.measuring.joint import Absent
from tests.checks.asked import judged_rows, only
from tests.checks.joints import joint, side


@pytest.mark.parametrize(
    ("needed", "said"), [(99, None), (100, None), (101, 101), (MOST_ROWS, MOST_ROWS), (MOST_ROWS + 1, None)]
)
def test_rows_needed_are_named_if_they_are_more_than_there_are_and_anybody_could_have_them(
    needed: int, said: int | None
) -> None:
    assert more_than(100, needed) == said


@pytest.mark.parametrize("unusable", [None, (math.nan, 1.0), (0.0, math.nan), (-math.inf, math.inf), (0.0, math.inf)])
def test_an_interval_without_two_finite_ends_is_none(unusable: tuple[float, float] | None) -> None:
    assert finite(unusable) is None


def test_a_finite_interval_is_kept() -> None:
    assert finite((0, 1)) == (0.0, 1.0)


def test_at_most_eight_names_are_said() -> None:
    assert some("abcdefgh") == "a, b, c, d, e, f, g, h"
    assert some("abcdefghij") == "a, b, c, d, e, f, g, h and 2 more"


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (1, "100 %"), (0.02, "2 %"), (0.0476, "4.8 %"), (1e-7, "0.00001 %"), (1e-9, "1.0e-07 %")],
)
def test_a_share_above_none_is_never_said_to_be_none(share: float, said: str) -> None:
    assert percent(share) == said


def test_a_number_of_rows_is_the_limit_where_a_share_is_given_too() -> None:
    finding = at_most(3, 100, Tolerance(max=0.5, rows=2), "values are missing")
    assert (finding.value, finding.limit) == (3, 2)
    assert finding.message == "3 of 100 values are missing (3 %); at most 2 allowed"


@pytest.mark.parametrize(("is_wrong", "value"), [(True, 1), (False, 0)])
def test_a_flaw_is_there_or_not(is_wrong: bool, value: float) -> None:
    finding = flaw(is_wrong, "said")
    assert (finding.value, finding.limit, finding.direction) == (value, 0, "down")


@pytest.mark.parametrize("reason", ["no-access", "baseline-crashed", "timeout"])
def test_a_baseline_that_is_absent_for_a_bad_reason_is_undecided(reason: str) -> None:
    finding = without_baseline(Absent(reason, "why"))  # type: ignore[arg-type]
    assert (finding.status, finding.reason, finding.message) == ("inconclusive", reason, "why")


@pytest.mark.parametrize("absent", [None, Absent("no-baseline", "there is no baseline to compare with")])
def test_a_baseline_that_is_not_there_yet_is_skipped(absent: Absent | None) -> None:
    finding = without_baseline(absent)
    assert (finding.status, finding.reason) == ("skipped", "no-baseline")
    assert finding.message == "there is no baseline to compare with"


def test_a_comparison_without_variance_has_no_interval_and_is_undecided() -> None:
    truth = [1] + [0] * 49
    rows = joint(truth, side([i / 50 for i in range(50)]), side([1 - i / 50 for i in range(50)]))
    finding = only(judged_rows("regression", "{primary: auc}", rows))
    assert (finding.status, finding.reason) == ("inconclusive", "underpowered")
    assert (finding.interval, finding.p) == (None, None)
