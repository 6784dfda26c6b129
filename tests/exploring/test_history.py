"""The history of a test set: one line a run, counted by what was shown, and never a surprise."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from mlgate.evidence import Finding
from mlgate.exploring.history import Line, append, evaluation, notes, read
from tests.cli.console import mlgate

LINE = Line(date="2026-11-28", rows="a" * 64, shown="b" * 64, model="churn", outcome="pass")
BETTER = Finding(id="regression", subject="auc", metric="auc", value=0.02, margin=0.005, p=0.999)


def shown(digit: str, rows: str = "a") -> Line:
    """A line with other numbers."""
    return msgspec.structs.replace(LINE, shown=digit * 64, rows=rows * 64)


@pytest.fixture
def folder(churn: Path, tmp_path: Path) -> Path:
    """A folder with predictions and a configuration, and no history yet."""
    for name in ("new.csv", "old.csv", "mlgate.yml"):
        (tmp_path / name).write_bytes((churn / name).read_bytes())
    return tmp_path


def test_a_run_that_compares_leaves_one_line_in_a_folder_that_git_ignores(folder: Path) -> None:
    subprocess.run(["git", "init", "-q", "--template="], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    mlgate("check", cwd=folder)
    (line,) = read(folder)
    assert (line.model, line.commit) == ("churn", "")
    status = subprocess.run(["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True)
    assert ".mlgate/" not in status.stdout


def test_the_same_numbers_shown_again_are_the_same_evaluation(folder: Path) -> None:
    for _ in range(3):
        mlgate("check", cwd=folder)
    assert len(read(folder)) == 3
    seen = mlgate("history", cwd=folder)
    assert "at least 1 evaluation\n" in seen.out


def test_other_numbers_on_the_same_rows_are_the_next_evaluation_and_the_report_says_so(folder: Path) -> None:
    mlgate("check", cwd=folder)
    (folder / "new.csv").write_bytes((folder / "old.csv").read_bytes())
    seen = mlgate("check", cwd=folder)
    assert "Evaluation ≥ 2 on this test set" in seen.out
    assert evaluation([shown("1"), shown("2"), shown("3", rows="c")], shown("3")) == 3


@pytest.mark.parametrize("how", [("--no-history",), ("--plan",), ("--only", "metrics")])
def test_what_compares_nothing_or_is_asked_not_to_leaves_no_trace(folder: Path, how: tuple[str, ...]) -> None:
    mlgate("check", *how, cwd=folder)
    assert not (folder / ".mlgate").exists()


def test_ci_leaves_no_trace(folder: Path) -> None:
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "workflow_dispatch"}
    mlgate("check", cwd=folder, environ=environ)
    assert not (folder / ".mlgate").exists()


@pytest.mark.parametrize("link", [".mlgate", ".mlgate/history.jsonl"])
def test_a_link_in_the_place_of_the_history_is_not_followed(folder: Path, link: str) -> None:
    elsewhere = folder.parent / f"{folder.name}-elsewhere"
    elsewhere.mkdir()
    (elsewhere / "history.jsonl").write_text("mine\n")
    (folder / link).parent.mkdir(exist_ok=True)
    (folder / link).symlink_to(elsewhere if link == ".mlgate" else elsewhere / "history.jsonl")
    assert mlgate("check", cwd=folder).code == 0
    assert (elsewhere / "history.jsonl").read_text() == "mine\n"
    assert sorted(p.name for p in elsewhere.iterdir()) == ["history.jsonl"]


def test_a_pipe_in_the_place_of_the_history_does_not_hang(folder: Path) -> None:
    (folder / ".mlgate").mkdir()
    os.mkfifo(folder / ".mlgate" / "history.jsonl")
    assert (read(folder), append(folder, LINE)) == ((), False)


def test_lines_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    append(tmp_path, LINE)
    with (tmp_path / ".mlgate" / "history.jsonl").open("ab") as stream:
        stream.write(b'{"rows": 1}\n\xff\xfe\nnull\n{"date":')
    assert read(tmp_path) == (LINE,)


def test_runs_side_by_side_lose_no_line(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: append(tmp_path, LINE), range(100)))
    assert read(tmp_path) == (LINE,) * 100


@pytest.mark.parametrize(("before", "claims"), [(0, True), (1, True), (10, False)])
def test_an_improvement_must_hold_for_as_many_looks_as_there_were(before: int, claims: bool) -> None:
    history = [msgspec.structs.replace(LINE, shown=f"{i:064x}") for i in range(before)]
    found = notes(history, LINE, [BETTER], None)
    assert ("improvement" in [note.kind for note in found]) == claims


def test_a_secondary_metric_is_never_claimed_to_be_better() -> None:
    secondary = msgspec.structs.replace(BETTER, family="secondary", p=1.0)
    assert notes([], LINE, [secondary], None) == ()


def test_a_spent_budget_claims_nothing_and_asks_for_new_rows() -> None:
    (note,) = notes([shown("1"), shown("2")], LINE, [msgspec.structs.replace(BETTER, p=1.0)], 2)
    assert (note.kind, note.detail) == ("reuse-spent", "≥ 3 of 2")


def test_the_declared_budget_is_in_the_report_and_in_the_history(folder: Path) -> None:
    with (folder / "mlgate.yml").open("a") as stream:
        stream.write("policy: {evaluations: 32}\n")
    assert "Evaluation ≥ 1 of 32 on this test set" in mlgate("check", cwd=folder).out
    seen = mlgate("history", cwd=folder)
    assert "at least 1 evaluation of 32" in seen.out
    assert "must show p ≤ 0.00078" in seen.out


def test_there_may_be_no_history_yet(tmp_path: Path) -> None:
    seen = mlgate("history", cwd=tmp_path)
    assert (seen.code, "No run was recorded here yet" in seen.out) == (0, True)
