"""`mlgate check`: what it prints, writes and ends with."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from mlgate.evidence import parse_evidence
from mlgate.running import asking, runner
from tests.cli.console import mlgate, start
from tests.configuring.sound import make_folder

CONFIG = """version: 1
model: {id: churn, predictions: new.csv, positive: "yes"}
baseline: {predictions: old.csv}
checks:
  regression: {primary: auc, margins: {auc: 0.05}}
"""
ONLY_DATA = """version: 1
tables:
  test: {path: data/test.csv}
checks:
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_folder(tmp_path / "repository")
    (made / "mlgate.yml").write_text(CONFIG)
    return made


def names(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*")}


def test_a_run_writes_its_line_of_history_and_nothing_else_unless_it_is_told_where(folder: Path) -> None:
    before = names(folder)
    seen = mlgate("check", cwd=folder)
    assert (seen.code, seen.err) == (0, "")
    assert "safe to merge" in seen.out
    assert names(folder) - before == {".mlgate", ".mlgate/.gitignore", ".mlgate/history.jsonl"}


def test_output_holds_evidence_and_report_and_nothing_else(folder: Path) -> None:
    seen = mlgate("check", "--output", "deep/out", cwd=folder)
    assert seen.out.endswith("Evidence and report: deep/out\n")
    assert names(folder / "deep" / "out") == {"evidence.json", "report.md"}
    evidence = parse_evidence((folder / "deep" / "out" / "evidence.json").read_bytes())
    assert evidence.predicate.model == "churn"


def test_two_runs_write_the_same_evidence_but_for_its_times(folder: Path) -> None:
    texts = []
    for name in ("one", "two"):
        mlgate("check", "--output", name, cwd=folder)
        texts.append(re.sub(r'"seconds":[0-9.e-]+', "", (folder / name / "evidence.json").read_text()))
    assert texts[0] == texts[1]


# --- exit codes --------------------------------------------------------------------------------------------------


def test_exit_code_1_says_what_blocks(folder: Path) -> None:
    (folder / "mlgate.yml").write_text(f"{ONLY_DATA}  row-count: {{min: 100}}\n")
    seen = mlgate("check", cwd=folder)
    assert (seen.code, seen.err) == (1, "")
    assert "Blocks merge:\n  row-count: " in seen.out


def test_exit_code_2_is_the_users_to_mend(folder: Path) -> None:
    (folder / "mlgate.yml").write_text("version: 1\n")
    seen = mlgate("check", cwd=folder)
    assert (seen.code, seen.out) == (2, "")
    assert "mend: " in seen.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chek",), "No such command 'chek'"),
        (("check", "--confg", "x"), "No such option '--confg'"),
        (("check", "--config"), "requires an argument"),
        (("render", "nothing.json"), "does not exist"),
        (("schema", "nothing"), "is not one of"),
    ],
)
def test_a_command_that_is_mistyped_is_the_users_to_mend(arguments: tuple[str, ...], said: str, folder: Path) -> None:
    seen = mlgate(*arguments, cwd=folder)
    assert (seen.code, seen.out) == (2, "")
    assert said in seen.err


def test_exit_code_3_is_ours_to_mend(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(runner, "gather_evidence", broken)
    seen = mlgate("check", "--output", "out", cwd=folder)
    assert seen.code == 3
    assert "KeyError: 'planted'" in seen.err
    assert "This is a bug of mlgate's, not of your repository." in seen.err
    assert not (folder / "out").exists()


# --- checks of the repository's own -------------------------------------------------------------------------------

OWN = '''"""Mine: a check of our own.

It is here to be tested.
"""
from mlgate.config import CheckParams
from mlgate.evidence import Finding

class Params(CheckParams, frozen=True, kw_only=True):
    limit: float = 0.0

def plan(params, facts):
    return ()

def judge(params, answers):
    JUDGE
'''


def write_own(folder: Path, judge: str, name: str = "my_check.py") -> None:
    (folder / "checks").mkdir(exist_ok=True)
    (folder / "checks" / name).write_text(OWN.replace("JUDGE", judge))
    check = name.removesuffix(".py").replace("_", "-")
    (folder / "mlgate.yml").write_text(f"{ONLY_DATA}  row-count: {{min: 1}}\n  {check}: {{limit: 0.5}}\n")


def test_a_check_of_ones_own_is_a_file_in_checks(folder: Path) -> None:
    write_own(folder, 'yield Finding(subject="x", value=1.0, limit=params.limit, message="one is above the limit")')
    seen = mlgate("check", cwd=folder)
    assert seen.code == 1
    assert "my-check: x: one is above the limit" in seen.out


def test_parameters_of_ones_own_check_are_held_to_its_types(folder: Path) -> None:
    write_own(folder, "return ()")
    (folder / "mlgate.yml").write_text(f"{ONLY_DATA}  my-check: {{limt: 0.5}}\n")
    seen = mlgate("check", cwd=folder)
    assert (seen.code, "mlgate.yml:5: unknown key 'limt' in 'checks.my-check'" in seen.err) == (2, True)
    assert "did you mean 'limit'?" in seen.err


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        ('raise RuntimeError("planted")', "the check crashed: RuntimeError: planted"),
        ("return 5", "the check crashed: TypeError"),
        ('yield "green"', "the check crashed: TypeError: 'judge' gave a str, not a Finding"),
        ("import sys; sys.exit(0)", "the check crashed: RuntimeError: it called sys.exit(0)"),
        ('yield Finding(subject="x", value=float("nan"), limit=1.0)', "the check crashed: FloatDomainError"),
        ('yield Finding(subject="x", value=1.0, margin=0.0)', "my-check"),
        ('yield Finding(subject="x" * 900, value=0.0, limit=1.0, message="y" * 9_000)', None),
        ('yield Finding(id="row-count", subject="x", status="perfect")', "the check crashed: ValidationError"),
    ],
)
def test_a_check_that_misbehaves_is_an_error_and_blocks(judge: str, said: str | None, folder: Path) -> None:
    write_own(folder, judge)
    seen = mlgate("check", "--output", "out", cwd=folder)
    assert seen.code == (1 if said else 0), seen.err
    parse_evidence((folder / "out" / "evidence.json").read_bytes())
    assert said is None or said in seen.out


def test_a_check_that_loops_for_ever_is_stopped_and_blocks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "CHECK_SECONDS", 0.3)
    write_own(folder, "\n    ".join(["while True:", "    pass"]))
    began = time.monotonic()
    seen = mlgate("check", "--output", "out", cwd=folder)
    assert time.monotonic() - began < 20
    assert seen.code == 1
    findings = json.loads((folder / "out" / "evidence.json").read_bytes())["predicate"]["findings"]
    assert [(f["status"], f["reason"]) for f in findings if f["id"] == "my-check"] == [("error", "timeout")]
    assert "ran longer than 0.3 s" in seen.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def plan(:\n", "my_check.py does not load: SyntaxError"),
        ("import nothing_such\n", "my_check.py does not load: ModuleNotFoundError: No module named 'nothing_such'"),
        ("Params = 3\nplan = judge = print\n", "my_check.py is not a check: it has no Params struct"),
        ("x = 1\n", "my_check.py is not a check: it has no Params, plan, judge"),
        ("import sys; sys.exit(0)\n", "my_check.py does not load: SystemExit"),
    ],
)
def test_a_file_that_is_no_check_is_told_so(text: str, said: str, folder: Path) -> None:
    write_own(folder, "return ()")
    (folder / "checks" / "my_check.py").write_text(text)
    seen = mlgate("check", cwd=folder)
    assert (seen.code, said in seen.err) == (2, True), seen.err


def test_a_file_that_nobody_asks_for_is_not_loaded(folder: Path) -> None:
    write_own(folder, "return ()")
    (folder / "checks" / "other.py").write_text("raise SystemError('loaded')\n")
    (folder / "checks" / "__init__.py").write_text("raise SystemError('loaded')\n")
    assert mlgate("check", cwd=folder).code == 0


def test_a_file_with_the_id_of_a_shipped_check_is_refused(folder: Path) -> None:
    write_own(folder, "return ()", "row_count.py")
    seen = mlgate("check", cwd=folder)
    assert (seen.code, seen.err.splitlines()[:2]) == (
        2, ["checks/row_count.py has the id of a shipped check", "  mend: give the file another name"],
    )  # fmt: skip


# --- an end from outside ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_behind(number: signal.Signals, folder: Path, tmp_path: Path) -> None:
    process, temporary = _preparing(folder, tmp_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.splitlines()[-1]) == (130, "", "interrupted")
    assert list(temporary.iterdir()) == []
    assert not (folder / "out").exists()
    assert _worktrees(folder) == 1


def test_what_a_killed_run_left_behind_is_gone_after_the_next(folder: Path, tmp_path: Path) -> None:
    process, temporary = _preparing(folder, tmp_path)
    process.kill()
    process.communicate(timeout=30)
    left = list(temporary.glob("mlgate-scratch-*"))
    assert left
    for each in left:
        os.utime(each, (0, 0))  # the run was an hour ago
    again = start("check", "--ref", "main", cwd=folder, environ={"TMPDIR": str(temporary)})
    again.communicate(timeout=30)
    assert again.returncode == 0
    assert list(temporary.iterdir()) == []
    assert _worktrees(folder) == 1


def _preparing(folder: Path, tmp_path: Path) -> tuple[subprocess.Popen[str], Path]:
    """A run in the middle of its `prepare`, and the folder for its temporary files."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    command = f"test -e {tmp_path}/started || {{ touch {tmp_path}/started; sleep 60; }}"  # slow the first time
    (folder / "mlgate.yml").write_text(f'{CONFIG}environment: {{prepare: "{command}"}}\n')
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a"}
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "gate"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True, env={**os.environ, **identity})
    process = start("check", "--ref", "main", "--output", "out", cwd=folder, environ={"TMPDIR": str(temporary)})
    while not (tmp_path / "started").exists() and process.poll() is None:
        time.sleep(0.02)
    assert list(temporary.glob("mlgate-scratch-*"))
    return process, temporary


def _worktrees(folder: Path) -> int:
    listed = subprocess.run(["git", "worktree", "list"], cwd=folder, check=True, capture_output=True, text=True)
    return len(listed.stdout.splitlines())


def test_progress_is_told_on_standard_error_and_not_when_quiet(folder: Path) -> None:
    (folder / "mlgate.yml").write_text(f"{CONFIG}environment: {{prepare: sleep 2.4}}\n")
    assert "preparing the candidate: sleep 2.4 …" in mlgate("check", cwd=folder).err


def test_what_the_digests_of_the_tables_took_is_said_apart(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("id,text\n" + "".join(f"{i},{'x' * 500}\n" for i in range(20_000)))
    (tmp_path / "mlgate.yml").write_text(
        "version: 1\ntables:\n  test: {path: wide.csv}\nchecks:\n  row-count: {min: 1}\n"
    )
    seen = mlgate("check", "--no-history", cwd=tmp_path)
    assert re.search(r"\n\d+\.\d\d s, of them \d+\.\d\d s for the digests of the tables\n$", seen.out)
