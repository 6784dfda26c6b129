"""`mlgate profile`: a file of counts that `drift` compares with, which holds no row and is never half there."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlgate.drift.profile import from_json
from mlgate.whole_file import write_whole
from tests.cli.console import mlgate, start
from tests.drift.tables import as_csv, normal

CONFIG = """version: 1
tables:
  test: {path: test.csv, key: id}
checks:
  drift: {profile: train.profile.json}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two tables of one distribution."""
    for seed, name in enumerate(("train", "test")):
        (tmp_path / f"{name}.csv").write_text(as_csv(normal(2_000, seed=seed)))
    return tmp_path


def test_drift_compares_with_a_profile_that_the_command_wrote(folder: Path) -> None:
    (folder / "mlgate.yml").write_text(CONFIG)
    assert mlgate("profile", "train.csv", cwd=folder).code == 0
    assert mlgate("check", "--no-history", cwd=folder).code == 0
    (folder / "test.csv").write_text(as_csv(normal(2_000, seed=2, shifted={"x1": 0.5})))
    seen = mlgate("check", "--no-history", cwd=folder)
    assert (seen.code, "KS distance of 'x1'" in seen.out) == (1, True)


def test_a_table_that_the_configuration_names_is_read_as_it_says(folder: Path) -> None:
    (folder / "mlgate.yml").write_text(CONFIG.replace("key: id", "key: x0, csv: {delimiter: ';'}"))
    (folder / "test.csv").write_text((folder / "test.csv").read_text().replace(",", ";"))
    assert mlgate("profile", "test", cwd=folder).code == 0
    columns = from_json((folder / "test.profile.json").read_bytes(), "").columns
    assert "x1" in columns
    assert "x0" not in columns


def test_several_files_are_profiled_as_one(folder: Path) -> None:
    mlgate("profile", "train.csv", "test.csv", "--output", "both.profile.json", cwd=folder)
    mlgate("profile", "train.csv", cwd=folder)
    mlgate("profile", "test.csv", "--like", "train.profile.json", cwd=folder)
    mlgate("profile", "test.profile.json", "train.profile.json", "--output", "merged.profile.json", cwd=folder)
    both, merged = ((folder / f"{n}.profile.json").read_bytes() for n in ("both", "merged"))
    assert both == merged
    assert from_json(both, "").rows == 4_000


def test_a_profile_grows_by_the_rows_of_another_day(folder: Path) -> None:
    for _ in range(2):
        assert mlgate("profile", "train.csv", cwd=folder).code == 0
        seen = mlgate("profile", "train.profile.json", "test.csv", "--output", "train.profile.json", cwd=folder)
        assert seen.code == 0
        assert "2,000 of test.csv" in seen.out
    assert from_json((folder / "train.profile.json").read_bytes(), "").rows == 4_000


def test_nothing_personal_is_in_a_profile(tmp_path: Path) -> None:
    planted = ("ada.lovelace@example.org", "Ada Lovelace", "+41 44 668 18 00", "4111111111111111", "1815-12-10")
    rows = [
        f'{i},{planted[0]},{planted[1]},{planted[2]},{planted[3]},"call {planted[2]}",{planted[4]},b' for i in range(50)
    ]
    head = "id,contact,customer_name,reach,card_number,remark,birth_date,kind"
    (tmp_path / "people.csv").write_text("\n".join([head, *rows]) + "\n")
    seen = mlgate("profile", "people.csv", cwd=tmp_path)
    assert seen.code == 0
    written = (tmp_path / "people.profile.json").read_text() + seen.out + seen.err
    assert [text for text in (*planted, "lovelace", "668") if text in written] == []
    assert from_json((tmp_path / "people.profile.json").read_bytes(), "").columns["kind"].categories == {"b": 50}
    assert "left out    birth_date: personal by its name" in seen.out
    assert "left out    id: a key" in seen.out


def test_columns_are_chosen_by_name_and_pattern(folder: Path) -> None:
    assert mlgate("profile", "train.csv", "--column", "x*", "--column", "id", cwd=folder).code == 0
    assert sorted(from_json((folder / "train.profile.json").read_bytes(), "").columns) == ["id", "x0", "x1", "x2"]
    seen = mlgate("profile", "train.csv", "--column", "knd", cwd=folder)
    assert (seen.code, "did you mean 'kind'?" in seen.err) == (2, True)


def test_a_dry_run_writes_nothing_and_json_says_what_would_be(folder: Path) -> None:
    seen = mlgate("profile", "train.csv", "--dry-run", "--json", cwd=folder)
    said = json.loads(seen.out)
    assert (said["written"], said["rows"], said["columns"]["kind"]) == (False, 2_000, "category")
    assert not (folder / "train.profile.json").exists()


def test_a_database_has_a_profile_too(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE orders (total REAL, state TEXT)")
        database.executemany("INSERT INTO orders VALUES (?, ?)", [(i / 7, "paid") for i in range(60)])
    assert mlgate("profile", "shop.db", "--relation", "orders", cwd=tmp_path).code == 0
    assert from_json((tmp_path / "shop.profile.json").read_bytes(), "").rows == 60


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["none.csv"], "there is no table none.csv"), (["broken.profile.json"], "is no profile"),
     (["train.csv", "other.csv"], "it has no 'kind' of that kind"), (["train.csv", "--like", "no"], "no profile no"),
     (["train.csv", "--output", "no/where.json"], "cannot be written")],
)  # fmt: skip
def test_what_cannot_be_done_is_told_with_its_mend(arguments: list[str], said: str, folder: Path) -> None:
    (folder / "other.csv").write_text("id,x0\n1,2\n")
    (folder / "broken.profile.json").write_text('{"version": 1, "rows": 2')
    before = sorted(folder.iterdir())
    seen = mlgate("profile", *arguments, cwd=folder)
    assert (seen.code, said in seen.err, "Traceback" in seen.err) == (2, True, False)
    assert [file for file in sorted(folder.iterdir()) if file not in before and ".mlgate" not in file.name] == []


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("after", [0.15, 0.5])
def test_a_stopped_run_leaves_the_profile_as_it_was(signal_number: int, after: float, tmp_path: Path) -> None:
    names = ",".join(f"c{i}" for i in range(300))
    line = ",".join(str(i * 37 % 1000) for i in range(300))
    (tmp_path / "wide.csv").write_text(f"{names}\n" + f"{line}\n" * 3_000)
    (tmp_path / "wide.profile.json").write_bytes(b"as it was")
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    running = start("profile", "wide.csv", cwd=tmp_path, environ={"TMPDIR": str(scratch)})
    deadline = time.monotonic() + 20
    while running.poll() is None and not list(scratch.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(after)
    running.send_signal(signal_number)
    running.communicate(timeout=30)
    content = (tmp_path / "wide.profile.json").read_bytes()
    assert content == b"as it was" or from_json(content, "").rows == 3_000
    assert {p.name for p in tmp_path.iterdir()} <= {"wide.csv", "wide.profile.json", "tmp", ".mlgate-cache"}
    if signal_number != signal.SIGKILL:  # whose scratch folder the next run removes
        assert list(scratch.iterdir()) == []


def test_a_writing_that_is_killed_leaves_one_whole_content(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    write_whole(file, b"0" * 4_000_000)
    code = "import sys; from pathlib import Path; from mlgate.whole_file import write_whole\nwhile True:\n"
    code += "    [write_whole(Path(sys.argv[1]), c * 4_000_000) for c in (b'1', b'2')]"
    for attempt in range(8):
        writing = subprocess.Popen([sys.executable, "-c", code, str(file)])
        before, deadline = file.stat().st_ino, time.monotonic() + 20
        while file.stat().st_ino == before and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(attempt * 0.003)
        writing.kill()
        writing.wait()
        content = file.read_bytes()
        assert len(content) == 4_000_000
        assert len(set(content)) == 1
    write_whole(file, b"last")
    assert list(tmp_path.iterdir()) == [file]
