import pytest

from mlgate.questions import Pytest
from mlgate.worker.client import TestResult
from tests.checks.asked import judged, only

RAN = (TestResult("a.ipynb::Cell 0", "passed"), TestResult("a.ipynb::Cell 1", "passed"))
OTHER = TestResult("b.ipynb::Cell 0", "passed")


@pytest.mark.parametrize(
    ("results", "said"),
    [(RAN, "2 cells of 1 notebook ran as saved"), ((*RAN, OTHER), "3 cells of 2 notebooks ran as saved")],
)
def test_notebooks_whose_cells_all_run_as_saved_pass(results: tuple[TestResult, ...], said: str) -> None:
    finding = only(judged("notebooks", "{paths: [a.ipynb]}", lambda _: results))
    assert (finding.status, finding.message) == ("pass", said)
    assert (finding.value, finding.limit, finding.n) == (0, 0, len(results))


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_a_cell_that_differs_is_counted_from_one_as_people_do(outcome: str) -> None:
    bad = TestResult("a.ipynb::Cell 2", outcome, "a.ipynb", None, "-1\n+2")
    finding = only(judged("notebooks", "{paths: [a.ipynb]}", lambda _: (*RAN, bad)))
    assert (finding.status, finding.subject) == ("fail", "a.ipynb: cell 3")
    assert (finding.value, finding.limit, finding.n) == (1, 0, 1)
    assert finding.message == f"cell 3 of a.ipynb {outcome}\n-1\n+2"
    assert finding.location is not None
    assert finding.location.file == "a.ipynb"


def test_a_notebook_that_cannot_be_collected_is_named_as_a_whole() -> None:
    broken = TestResult("a.ipynb", "error", "a.ipynb", None, "not JSON")
    assert only(judged("notebooks", "{paths: [a.ipynb]}", lambda _: (broken,))).subject == "a.ipynb: notebook"


def test_no_notebook_at_all_is_a_fail() -> None:
    finding = only(judged("notebooks", "{paths: [a.ipynb]}", lambda _: ()))
    assert (finding.subject, finding.status, finding.value, finding.limit) == ("notebooks", "fail", 1, 0)


@pytest.mark.parametrize(
    ("yaml", "arguments"),
    [
        ("{paths: [a]}", ("--nbval-lax", "--nbval-current-env")),
        ("{paths: [a], mode: strict}", ("--nbval", "--nbval-current-env")),
        ("{paths: [a], sanitize: s.cfg}", ("--nbval-lax", "--nbval-current-env", "--sanitize-with=s.cfg")),
    ],
)
def test_the_mode_says_which_outputs_are_compared(yaml: str, arguments: tuple[str, ...]) -> None:
    asked = []
    judged("notebooks", yaml, lambda question: asked.append(question) or RAN)  # type: ignore[func-returns-value]
    assert asked == [Pytest(("a",), arguments, "notebooks")]
