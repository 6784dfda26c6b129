"""Data behind credentials: brought by the base's word before user code runs, and the credentials are gone by then."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.user_code.gated import HONEST, Gated, as_csv, findings, labelled

TOKEN = "planted-data-token-0001"
DATA = as_csv(labelled())
FETCH = """
[ "$DATA_TOKEN" = "planted-data-token-0001" ] || { echo no token >&2; exit 9; }
for pointer in data/*.dvc; do
  object=$(sed -n 's/^- md5: //p' "$pointer")
  cp "$REMOTE/$object" "${pointer%.dvc}"
done
"""
SPY = """
import glob, os, sys

def look(name):
    seen = [repr(dict(os.environ)).encode()]
    for path in glob.glob("/proc/*/environ"):
        try:
            seen.append(open(path, "rb").read())
        except OSError:
            pass
    with open(os.path.join(os.path.dirname(__file__), name), "wb") as file:
        file.write(b"".join(seen))

if __name__ == "__main__":
    look(sys.argv[1])
"""


def pointer(content: str) -> str:
    return f"outs:\n- md5: {hashlib.md5(content.encode()).hexdigest()}\n  size: {len(content)}\n  path: test.csv\n"


def change_of(folder: Path, head: str, base: str, *, repository: int) -> None:
    """GitHub's payload of a pull request into repository 1."""
    pull_request = {
        "head": {"sha": head, "repo": {"id": repository}},
        "base": {"sha": base, "ref": "main", "repo": {"id": 1}},
    }
    (folder / "event.json").write_text(json.dumps({"pull_request": pull_request}))


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A folder of objects by their MD5, which stands for storage that needs a token."""
    folder = tmp_path / "remote"
    folder.mkdir()
    store(folder, DATA)
    return folder


def store(remote: Path, content: str) -> None:
    (remote / hashlib.md5(content.encode()).hexdigest()).write_text(content)


@pytest.fixture
def fetched(empty: Gated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gated:
    """A gate whose test table is brought by a script that needs a token; a branch is checked out."""
    monkeypatch.setenv("MLGATE_CACHE", str(tmp_path / "kit"))
    empty.write("app.py", HONEST)
    empty.write("spy.py", SPY)
    empty.write("fetch.sh", FETCH)
    empty.write("data/test.csv.dvc", pointer(DATA))
    empty.write(".gitignore", "/data/*.csv\nseen-*\n")
    empty.write("tests/test_it.py", "import spy\n\ndef test_it():\n    spy.look('seen-by-tests')\n")
    configure(empty)
    empty.commit("base")
    empty.git("checkout", "-q", "-b", "change")
    return empty


def configure(gated: Gated, **environment: Any) -> None:
    gated.configure(
        model={"id": "m", "predict": "app:predict"},
        environment={"timeout": 120, "fetch": "bash fetch.sh", "prepare": "python3 spy.py seen-by-prepare"}
        | environment,
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"regression": {"primary": "auc", "margins": {"auc": 0.01}}},
    )


def run(gated: Gated, remote: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return gated.cli("--quiet", *arguments, REMOTE=str(remote), **({"DATA_TOKEN": TOKEN} | environ))


def statuses(output: Path) -> dict[str, str]:
    """The statuses of the evidence by subject."""
    found = json.loads((output / "evidence.json").read_text())["predicate"]["findings"]
    return {f["subject"]: f.get("status", "pass") for f in found}


def test_fetch_has_the_token_and_nothing_after_it_has(fetched: Gated, remote: Path, tmp_path: Path) -> None:
    fetched.write(
        "app.py", HONEST.replace("    return [", "    import spy\n    spy.look('seen-by-predict')\n    return [")
    )
    done = run(fetched, remote, "--output", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(tmp_path / "out") == {"auc": "pass"}
    for name in ("seen-by-prepare", "seen-by-predict"):
        seen = (fetched.folder / name).read_bytes()
        assert b"PATH" in seen
        assert TOKEN.encode() not in seen


def test_what_was_fetched_once_is_taken_from_the_cache_for_the_base_too(fetched: Gated, remote: Path) -> None:
    assert run(fetched, remote).returncode == 0
    (fetched.folder / "data/test.csv").unlink()
    done = run(fetched, remote, DATA_TOKEN="expired")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_fetch_that_fails_is_an_error_with_its_command(fetched: Gated, remote: Path) -> None:
    done = run(fetched, remote, DATA_TOKEN="wrong")
    assert done.returncode == 2
    assert "no token" in done.stderr
    assert "'fetch' ended with exit code 9: bash fetch.sh" in done.stderr


@pytest.mark.parametrize("file", ["fetch.sh", "mlgate.yml"])
def test_a_change_of_what_fetches_is_not_what_runs(fetched: Gated, remote: Path, file: str) -> None:
    steal = f'echo "$DATA_TOKEN" > {fetched.folder}/seen-stolen\n'
    if file == "fetch.sh":
        fetched.write("fetch.sh", steal + FETCH)
    else:
        configure(fetched, fetch=steal + "bash fetch.sh")
    assert run(fetched, remote).returncode == 0
    assert not (fetched.folder / "seen-stolen").exists()


def test_new_data_of_a_change_is_fetched_by_its_pointer_and_the_bases_too(
    fetched: Gated, remote: Path, tmp_path: Path
) -> None:
    more = as_csv(labelled(120))
    store(remote, more)
    fetched.write("data/test.csv.dvc", pointer(more))
    done = run(fetched, remote, "--output", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr
    tables = json.loads((tmp_path / "out/evidence.json").read_text())["predicate"]["tables"]
    assert [(t["rows"], t["baseline_rows"]) for t in tables] == [(120, 60)]


@pytest.mark.parametrize(
    "text",
    [
        pointer(DATA + "\n") + "deps:\n- path: data.csv\n  repo:\n    url: https://attacker.example.org/repository\n",
        pointer(DATA + "\n").replace("path: test.csv", "path: ../fetch.sh"),
        "wdir: ..\n" + pointer(DATA + "\n"),
        pointer(DATA + "\n") + "  remote: another\n",
    ],
)
def test_a_pointer_of_a_change_that_gives_instructions_is_refused(fetched: Gated, remote: Path, text: str) -> None:
    fetched.write("data/test.csv.dvc", text)
    done = run(fetched, remote)
    assert done.returncode == 2
    assert "says more than which object it stands for" in done.stderr


def test_a_link_of_a_change_is_not_followed_out_of_the_repository(fetched: Gated, remote: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(fetched.folder / "data/test.csv.dvc", outside)
    shutil.rmtree(fetched.folder / "data")
    (fetched.folder / "data").symlink_to(outside)
    assert run(fetched, remote).returncode == 2
    assert not (outside / "test.csv").exists()


def test_a_forks_pull_request_gets_no_credential_and_is_not_measured(
    fetched: Gated, remote: Path, tmp_path: Path
) -> None:
    base = fetched.git("rev-parse", "main")
    fetched.write("README.md", "a change")
    head = fetched.commit()
    change_of(tmp_path, head, base, repository=2)
    event = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }
    done = run(fetched, remote, "--output", str(tmp_path / "out"), **event)
    assert statuses(tmp_path / "out") == {"predictions": "not-measured"}
    assert done.returncode == 1
    assert "fetched with credentials, which a fork's pull request does not get" in done.stdout
    assert not (fetched.folder / "data/test.csv").exists()
    change_of(tmp_path, head, base, repository=1)
    assert run(fetched, remote, **event).returncode == 0


def test_a_model_file_that_a_forks_pull_request_does_not_get_is_not_measured(
    gated: Gated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gated.write("model.skops.dvc", pointer("a model").replace("test.csv", "model.skops"))
    gated.configure(
        model={"id": "m", "artifact": "model.skops"},
        environment={"fetch": "dvc pull"},
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"metrics": {"limits": {"auc": {}}}, "model-file": {}, "row-count": {"min": 1}},
    )
    base = gated.commit("base")
    gated.git("checkout", "-q", "-b", "change")
    gated.write("README.md", "a change")
    change_of(tmp_path, gated.commit(), base, repository=2)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    result = gated.check()
    assert {f.id: f.status for f in result.verdict.findings} == {
        "metrics": "not-measured",
        "model-file": "not-measured",
        "row-count": "pass",
    }
    assert result.verdict.exit_code == 1
    assert "model.skops is fetched with credentials" in findings(result)["model"].message


def test_a_pull_request_that_brings_the_first_configuration_gets_no_credential(
    empty: Gated, remote: Path, tmp_path: Path
) -> None:
    empty.write("README.md", "no gate yet")
    base = empty.commit("base")
    empty.git("checkout", "-q", "-b", "change")
    empty.write("app.py", HONEST)
    empty.write("data/test.csv.dvc", pointer(DATA))
    configure(empty, fetch=f"touch {tmp_path}/ran", prepare="true")
    head = empty.commit("change")
    change_of(tmp_path, head, base, repository=1)
    done = run(
        empty, remote, GITHUB_ACTIONS="true", GITHUB_EVENT_NAME="pull_request",
        GITHUB_EVENT_PATH=str(tmp_path / "event.json"),
    )  # fmt: skip
    assert done.returncode == 2
    assert not (tmp_path / "ran").exists()


def test_tables_in_a_fetched_folder_arrive(fetched: Gated, remote: Path, tmp_path: Path) -> None:
    """The command brings many files; a pattern of them is one table."""
    fetched.git("checkout", "-q", "main")
    fetched.write("fetch.sh", 'mkdir -p data/parts; cp "$REMOTE"/part-*.csv data/parts/\n')
    rows = labelled()
    (remote / "part-1.csv").write_text(as_csv(rows[:30]))
    (remote / "part-2.csv").write_text(as_csv(rows[30:]))
    config = json.loads((fetched.folder / "mlgate.yml").read_text())
    config["tables"]["test"]["path"] = "data/parts/*.csv"
    fetched.write("mlgate.yml", json.dumps(config))
    fetched.commit("folder")
    fetched.git("checkout", "-q", "-B", "change")
    done = run(fetched, remote, "--output", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "out/evidence.json").read_text())["predicate"]["tables"][0]["rows"] == 60


def test_real_dvc_brings_a_tracked_folder_and_the_bases_own_version_of_it(
    fetched: Gated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("dvc"):
        pytest.skip("dvc is not installed")
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")

    def dvc(*arguments: str) -> None:
        subprocess.run(["dvc", *arguments, "-q"], cwd=fetched.folder, check=True, stdout=subprocess.DEVNULL)

    fetched.git("checkout", "-q", "main")
    fetched.git("rm", "-q", "-r", "--cached", "data")
    shutil.rmtree(fetched.folder / "data")
    (fetched.folder / ".gitignore").unlink()
    dvc("init")
    dvc("remote", "add", "-d", "store", str(tmp_path / "store"))
    fetched.write("data/test.csv", DATA)
    dvc("add", "data")
    configure(fetched, fetch='[ -n "$DATA_TOKEN" ] && dvc pull -q', prepare="true")
    dvc("push")
    fetched.commit("base")
    fetched.git("checkout", "-q", "-B", "change")
    fetched.write("data/test.csv", as_csv(labelled(120)))
    dvc("add", "data")
    dvc("push")
    fetched.commit("more rows")
    shutil.rmtree(fetched.folder / "data")
    shutil.rmtree(fetched.folder / ".dvc/cache")
    done = run(fetched, tmp_path, "--output", str(tmp_path / "out"), PATH=os.environ["PATH"])
    assert done.returncode == 0, done.stdout + done.stderr
    tables = json.loads((tmp_path / "out/evidence.json").read_text())["predicate"]["tables"]
    assert [(t["rows"], t["baseline_rows"]) for t in tables] == [(120, 60)]


# --- prepare ------------------------------------------------------------------------------------------------


def prepared(gated: Gated, command: str) -> None:
    """A gate whose test table and model are made by `prepare`."""
    gated.configure(
        model={"id": "m", "predict": "app:predict"},
        environment={"timeout": 120, "prepare": command},
        tables={"test": {"path": "made.csv", "key": "id", "target": "y"}},
        checks={"regression": {"primary": "auc", "margins": {"auc": 0.01}}},
    )


def test_prepare_runs_once_in_each_tree_before_the_tables_are_opened(empty: Gated, tmp_path: Path) -> None:
    empty.write("rows.csv", DATA)
    empty.write("app.py", HONEST)
    prepared(empty, f"cp rows.csv made.csv; pwd >> {tmp_path}/ran")
    empty.commit("base")
    empty.git("checkout", "-q", "-b", "change")
    result = empty.check()
    assert findings(result)["auc"].status == "pass"
    ran = (tmp_path / "ran").read_text().split()
    assert len(ran) == 2
    assert len(set(ran)) == 2


def test_a_prepare_that_fails_fails_the_change_with_its_last_lines(empty: Gated) -> None:
    empty.write("rows.csv", DATA)
    empty.write("app.py", HONEST)
    prepared(empty, "cp rows.csv made.csv")
    empty.commit("base")
    empty.git("checkout", "-q", "-b", "change")
    prepared(empty, "echo out of cheese; exit 4")
    done = empty.cli("--quiet")
    assert done.returncode == 1
    assert "'prepare' of the candidate ended with exit code 4" in done.stdout
    assert "out of cheese" in done.stdout


def test_a_prepare_of_the_base_that_fails_cannot_tell_and_says_why(empty: Gated) -> None:
    empty.write("rows.csv", DATA)
    empty.write("app.py", "from model import predict\n")
    prepared(empty, "echo out of cheese; exit 4")
    empty.commit("base")
    empty.git("checkout", "-q", "-b", "change")
    empty.write("app.py", HONEST)
    prepared(empty, "cp rows.csv made.csv")
    result = empty.check()
    assert result.verdict.exit_code == 0
    finding = result.verdict.findings[0]
    assert (finding.status, finding.reason) == ("inconclusive", "baseline-crashed")
    assert "out of cheese" in finding.message
