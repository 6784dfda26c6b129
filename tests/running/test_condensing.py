"""Evidence of very many findings stays within its bounds and loses nothing that did not pass."""

from mlgate.evidence import Finding
from mlgate.running.condensing import condense

PASSES = [Finding(id="missing", subject=f"c{i}") for i in range(50)]
FAILS = [Finding(id="ranges", subject=f"f{i}", status="fail") for i in range(30)]


def test_few_findings_stay_as_they_are() -> None:
    assert condense(PASSES, kept=50) == tuple(PASSES)


def test_passes_make_room_and_are_counted() -> None:
    kept = condense([*PASSES, *FAILS], kept=40)
    assert [f for f in kept if f.status == "fail"] == FAILS
    assert sum(f.subject.startswith("c") for f in kept) == 10
    assert kept[-1].message == "40 more findings passed"


def test_members_of_a_family_stay_since_holm_counts_them() -> None:
    family = [Finding(id="slices", subject=f"s{i}", family="secondary") for i in range(30)]
    kept = condense([*PASSES, *family], kept=35)
    assert sum(f.id == "slices" for f in kept) == 30


def test_too_many_failures_are_an_error_and_never_vanish() -> None:
    kept = condense([*PASSES, *FAILS], kept=20)
    assert sum(f.status == "fail" for f in kept) == 20
    assert any(f.id == "ranges" and f.status == "error" and f.message.startswith("10 more") for f in kept)
