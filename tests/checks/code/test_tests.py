import pytest

from mlgate.errors import UserError
from mlgate.questions import Pytest
from mlgate.worker.client import TestResult
from tests.checks.asked import judged, only, params_of

PASSED = TestResult("tests/test_a.py::test_one", "passed", "tests/test_a.py", 3)
SKIPPED = TestResult("tests/test_a.py::test_two", "skipped", "tests/test_a.py", 5)
FAILED = TestResult("tests/test_a.py::test_three", "failed", "tests/test_a.py", 9, "assert 1 == 2", 0.25)


def test_a_suite_in_which_no_test_fails_passes() -> None:
    finding = only(judged("tests", "{}", lambda _: (PASSED, PASSED, SKIPPED)))
    assert finding.status == "pass"
    assert finding.message == "2 of 3 tests passed, 1 skipped"
    assert (finding.value, finding.limit, finding.n) == (0, 0, 3)


def test_a_suite_without_skipped_tests_does_not_speak_of_them() -> None:
    assert only(judged("tests", "{}", lambda _: (PASSED, PASSED))).message == "2 of 2 tests passed"


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_each_test_that_does_not_pass_is_a_finding_at_its_line(outcome: str) -> None:
    bad = TestResult(FAILED.id, outcome, FAILED.file, FAILED.line, FAILED.message, FAILED.seconds)
    finding = only(judged("tests", "{}", lambda _: (PASSED, bad)))
    assert (finding.status, finding.subject, finding.seconds) == ("fail", "tests/test_a.py::test_three", 0.25)
    assert (finding.value, finding.limit, finding.n) == (1, 0, 1)
    assert finding.message == f"{outcome} at tests/test_a.py:9\nassert 1 == 2"
    assert finding.location is not None
    assert (finding.location.file, finding.location.line) == ("tests/test_a.py", 9)


def test_a_failure_without_a_line_is_at_its_file() -> None:
    nowhere = TestResult("tests/test_a.py", "error", "tests/test_a.py", None, "SyntaxError")
    assert only(judged("tests", "{}", lambda _: (nowhere,))).message == "error at tests/test_a.py\nSyntaxError"


def test_no_test_at_all_is_a_fail() -> None:
    finding = only(judged("tests", "{}", lambda _: ()))
    assert (finding.subject, finding.status, finding.value, finding.limit) == ("tests", "fail", 1, 0)


def test_a_long_failure_keeps_its_end() -> None:
    long = TestResult("t::a", "failed", "t.py", 1, "x" * 10_000 + "the end")
    message = only(judged("tests", "{}", lambda _: (long,))).message
    assert message.endswith("the end")
    assert len(message) < 2_000


def test_paths_and_arguments_reach_pytest() -> None:
    asked = []
    judged("tests", "{paths: [a, b], arguments: [-x]}", lambda question: asked.append(question) or (PASSED,))  # type: ignore[func-returns-value]
    assert asked == [Pytest(("a", "b"), ("-x",))]


def test_an_empty_list_of_paths_is_refused() -> None:
    with pytest.raises(UserError):
        params_of("tests", "{paths: []}")
