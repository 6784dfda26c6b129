"""The user's own tests and notebooks: what failed is named with its place, and what did not run is no pass."""

import json
import sys

import pytest

from tests.user_code.gated import Gated, findings, only, said


def with_tests(gated: Gated, text: str | None, *, python: str = sys.executable, **checks: object) -> None:
    """A data-free gate that runs pytest on `tests/test_it.py`."""
    if text is not None:
        gated.write("tests/test_it.py", text)
    gated.configure(environment={"python": python, "timeout": 120}, checks=checks or {"tests": {}})
    gated.commit()


def test_passing_tests_are_counted_skipped_ones_apart(empty: Gated) -> None:
    with_tests(empty, "import pytest\ndef test_a(): ...\ndef test_b(): ...\n@pytest.mark.skip\ndef test_c(): ...\n")
    finding = only(empty.check())
    assert (finding.status, finding.message) == ("pass", "2 of 3 tests passed, 1 skipped")


def test_a_failing_test_is_named_with_file_and_line(empty: Gated) -> None:
    with_tests(
        empty, "def test_a(): ...\n\n\ndef test_sum():\n    total = 1 + 1\n    assert total == 3, 'sums matter'\n"
    )
    finding = only(empty.check())
    assert (finding.subject, finding.status) == ("tests/test_it.py::test_sum", "fail")
    assert "sums matter" in finding.message
    assert finding.location is not None
    assert (finding.location.file, finding.location.line) == ("tests/test_it.py", 6)


def test_a_file_that_cannot_be_collected_fails_with_its_error(empty: Gated) -> None:
    with_tests(empty, "import a_module_that_is_not_there\n\ndef test_a(): ...\n")
    finding = only(empty.check())
    assert finding.status == "fail"
    assert finding.location is not None
    assert finding.location.file == "tests/test_it.py"
    assert "a_module_that_is_not_there" in finding.message


def test_a_fixture_that_fails_fails(empty: Gated) -> None:
    with_tests(
        empty, "import pytest\n@pytest.fixture\ndef data():\n    raise OSError('no data')\ndef test_a(data): ...\n"
    )
    finding = only(empty.check())
    assert finding.status == "fail"
    assert "no data" in said(finding)


def test_no_test_at_all_fails(empty: Gated) -> None:
    with_tests(empty, "x = 1\n")
    finding = only(empty.check())
    assert (finding.status, finding.message) == ("fail", "pytest found no tests")


def test_a_folder_of_tests_that_is_not_there_is_an_error_that_names_it(empty: Gated) -> None:
    with_tests(empty, None)
    finding = only(empty.check())
    assert finding.status == "error"
    assert "file or directory not found: tests" in finding.message


def test_a_python_without_pytest_is_told_what_to_install(empty: Gated, bare_python: str) -> None:
    with_tests(empty, "def test_a(): ...\n", python=bare_python)
    finding = only(empty.check())
    assert finding.status == "error"
    assert "pytest is not in the environment that runs tests\n  mend: pip install pytest" in finding.message


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("import os; os._exit(0)", "ended with exit code 0 before all tests had run"),
        ("import pytest; pytest.exit('enough', returncode=0)", "ended with exit code 0 before all tests had run"),
        ("raise KeyboardInterrupt", "ended with exit code 2 before all tests had run"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9"),
        ("import time; time.sleep(1000)", "ran longer than 5 s and was stopped"),
        ("import os; open(os.environ['MLGATE_RESULTS'], 'w').write('{garbage')", "results that cannot be read"),
        ("import os; open(os.environ['MLGATE_RESULTS'], 'wb').truncate(17 * 2**20)", "no results"),
        ("import os; p = os.environ['MLGATE_RESULTS']; os.unlink(p); os.mkfifo(p)", None),
    ],
)
def test_tests_that_do_not_come_to_their_end_are_no_pass(empty: Gated, body: str, expected: str | None) -> None:
    with_tests(empty, f"def test_a(): ...\n\ndef test_b():\n    {body}\n\ndef test_c():\n    assert False\n")
    config = json.loads((empty.folder / "mlgate.yml").read_text())
    config["environment"]["timeout"] = 5 if "sleep" in body or "fifo" in body else 120
    empty.write("mlgate.yml", json.dumps(config))
    finding = only(empty.check(own_policy=True))
    assert finding.status == "error"
    assert expected is None or expected in finding.message


def test_pytest_that_is_not_content_although_no_test_failed_is_no_pass(empty: Gated) -> None:
    empty.write("conftest.py", "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n")
    with_tests(empty, "def test_a(): ...\n")
    finding = only(empty.check())
    assert finding.status == "error"
    assert "ended with exit code 1, though no test failed" in finding.message


def test_tests_see_no_credential(empty: Gated) -> None:
    with_tests(
        empty,
        "import glob\n\ndef test_a():\n    seen = b''\n    for name in glob.glob('/proc/*/environ'):\n"
        "        try:\n            seen += open(name, 'rb').read()\n        except OSError:\n            pass\n"
        "    assert b'planted' not in seen\n",
    )
    assert empty.cli(HF_TOKEN="planted-in-the-environment").returncode == 0


def test_tests_may_import_by_the_pythonpath_of_the_step(empty: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.write("lib/helper_of_theirs.py", "x = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(empty.folder / "lib"))
    with_tests(empty, "import helper_of_theirs\n\ndef test_a(): ...\n")
    assert only(empty.check()).status == "pass"


def test_workers_of_xdist_do_not_count_a_test_twice(empty: Gated) -> None:
    pytest.importorskip("xdist")
    with_tests(empty, "def test_a(): ...\ndef test_b(): ...\n", tests={"arguments": ["-n", "1"]})
    assert only(empty.check()).message == "2 of 2 tests passed"


# --- notebooks ----------------------------------------------------------------------------------------------


def notebook(*cells: tuple[str, str]) -> str:
    """A notebook of code cells, each with its source and the text saved as its output."""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": at + 1,
                    "metadata": {},
                    "source": source,
                    "outputs": [{"name": "stdout", "output_type": "stream", "text": text}] if text else [],
                }
                for at, (source, text) in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
    )


def with_notebook(gated: Gated, text: str, **params: object) -> None:
    gated.write("notebooks/report.ipynb", text)
    gated.configure(
        environment={"python": sys.executable, "timeout": 120},
        checks={"notebooks": {"paths": ["notebooks"], **params}},
    )
    gated.commit()


def test_a_notebook_is_compared_where_it_says_so_and_every_fault_names_its_cell(empty: Gated) -> None:
    with_notebook(
        empty,
        notebook(
            ("x = 20", ""),
            ("print(x)  # not compared", "19\n"),
            ("# NBVAL_CHECK_OUTPUT\nprint(x + 1)", "7\n"),
            ("undefined_name", ""),
        ),
    )
    found = findings(empty.check())
    assert set(found) == {"notebooks/report.ipynb: cell 3", "notebooks/report.ipynb: cell 4"}
    third = found["notebooks/report.ipynb: cell 3"]
    assert third.location is not None
    assert third.location.file == "notebooks/report.ipynb"
    assert "7" in third.message
    assert "21" in third.message
    assert "undefined_name" in found["notebooks/report.ipynb: cell 4"].message
    assert all(f.status == "fail" for f in found.values())


def test_in_strict_mode_every_saved_output_is_compared(empty: Gated) -> None:
    with_notebook(empty, notebook(("print(20)", "20\n"), ("print(21)", "19\n")), mode="strict")
    assert list(findings(empty.check())) == ["notebooks/report.ipynb: cell 2"]


def test_a_notebook_whose_kernel_dies_is_no_pass(empty: Gated) -> None:
    with_notebook(empty, notebook(("x = 1", ""), ("import os; os._exit(1)", ""), ("print(x)", "")))
    result = empty.check()
    assert result.verdict.exit_code == 1
    assert "the notebook's kernel died" in findings(result)["notebooks/report.ipynb: cell 2"].message


def test_a_python_without_nbval_is_told_what_to_install(empty: Gated) -> None:
    with_notebook(empty, notebook(("x = 1", "")))
    empty.configure(
        environment={"python": sys.executable},
        checks={"tests": {"paths": ["notebooks"], "arguments": ["-p", "no:nbval", "--nbval-lax"]}},
    )
    finding = only(empty.check(own_policy=True))
    assert "nbval is not in the environment that runs tests\n  mend: pip install nbval" in finding.message


def test_a_notebook_that_is_not_one_fails(empty: Gated) -> None:
    with_notebook(empty, "not a notebook")
    result = empty.check()
    assert result.verdict.exit_code == 1
    assert "report.ipynb" in said(result.verdict.findings)
