"""The tour of the architecture names what is there, and its worked example is a check that works."""

from pathlib import Path
from typing import get_args

import pytest

from mlgate import questions
from mlgate.config import Config, Table
from mlgate.judging import Tolerance
from mlgate.plugins import Answers, CheckFile, Facts
from mlgate.questions import CountIf, IsNull, NotIn, Rows
from mlgate.running.runner import STEPS
from tests.docs.conftest import Run
from tests.docs.prose import ARCHITECTURE, ROOT, blocks, commands, names, section, tables

EXAMPLE = blocks(ARCHITECTURE, "python")[0]
CONFIGURATION = blocks(ARCHITECTURE, "yaml")[0]


@pytest.fixture
def adopter(repository: Path) -> Path:
    """The repository of somebody who followed the worked example."""
    (repository / "checks").mkdir()
    (repository / "checks" / "zeros.py").write_text(EXAMPLE, encoding="utf-8")
    (repository / "mlgate.yml").write_text(CONFIGURATION, encoding="utf-8")
    return repository


def test_the_steps_are_the_runners() -> None:
    listed = [names(row[0])[0] for row in tables(section(ARCHITECTURE, "The way of a run"))[0]]
    assert listed == [step.__name__ for step in STEPS]


def test_the_questions_are_all_there_are() -> None:
    listed = [name for row in tables(section(ARCHITECTURE, "A check asks, then judges"))[0] for name in names(row[0])]
    assert sorted(listed) == sorted(kind.__name__ for kind in get_args(questions.Question))


def test_every_path_of_the_layout_exists() -> None:
    listed = [name for row in tables(section(ARCHITECTURE, "Where things are"))[0] for name in names(row[0])]
    assert len(listed) > 20
    for name in listed:
        path = name.replace("GROUP/ID.py", "").replace("FORMAT.py", "")
        assert any((folder / path).exists() for folder in (ROOT, ROOT / "src" / "mlgate")), name


def test_the_worked_example_passes(adopter: Path, run: Run) -> None:
    (command,) = commands(ARCHITECTURE)[-1:]
    assert command == "mlgate check --only zeros"
    done = run(command, adopter)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass: zeros" in done.stdout


def test_the_worked_example_fails_where_it_should(adopter: Path, run: Run) -> None:
    rows = "".join(f"{i},40,{0 if i % 10 == 0 else 500},1\n" for i in range(200))
    (adopter / "data" / "test.csv").write_text(f"id,age,income,label\n{rows}", encoding="utf-8")
    done = run("mlgate check --only zeros --own-policy", adopter)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "20 of 200 values of" in done.stdout


def test_the_worked_example_can_be_tested_with_plain_values(tmp_path: Path) -> None:
    file = tmp_path / "zeros.py"
    file.write_text(EXAMPLE, encoding="utf-8")
    check = CheckFile("zeros", "own", file).load()
    params = check.Params(columns={"income": Tolerance(max=0.05)})
    facts = Facts(Config(version=1, tables={"test": Table(path="t.csv")}), {})
    rows, missing, others = Rows("test"), CountIf("test", IsNull("income")), CountIf("test", NotIn("income", (0,)))
    assert set(check.plan(params, facts)) == {rows, missing, others}

    (finding,) = check.judge(params, Answers(facts, {rows: 100, missing: 3, others: 90}))
    assert finding.value == pytest.approx(0.07)
    assert finding.limit == 0.05
