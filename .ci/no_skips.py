"""A pytest plug-in: where everything was installed on purpose, a test that is skipped has failed."""

from collections.abc import Generator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The reasons that do not count, such as what another library cannot do."""
    parser.addoption("--may-skip", action="append", default=[], help="part of a reason for which a test may be skipped")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The report, with "skipped" turned into "failed" (an expected failure is reported as a skip too, and stays)."""
    report = yield
    allowed = any(reason in str(report.longrepr) for reason in item.config.getoption("--may-skip"))
    if report.skipped and not hasattr(report, "wasxfail") and not allowed:
        report.outcome = "failed"
        report.longrepr = f"skipped, which is not allowed here: {report.longrepr}"
    return report
