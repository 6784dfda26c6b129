"""Hostile names and data: what `init` writes is YAML that reads back, runs, and holds no command of theirs."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate.adopting.annotated import Line, flow, key_value, scalar, written
from mlgate.configuring.loading import parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.plugins import find_checks
from tests.adopting.throwaway import PREDICT, Place, as_csv, customers

NAMES = [
    "te'st.csv",
    'test "q".csv', "test: a.csv", "test #1.csv", "test {a}.csv", "& test *.csv", "- test.csv", "test!.csv",
    "..test.csv", "test $(touch pwned).csv", "test;touch pwned.csv", "%test.csv", "@test`.csv", "tést ✓.csv",
]  # fmt: skip
COLUMNS = [
    "a: b",
    "c # d",
    "{e}",
    "[f]",
    "- g",
    "'h'",
    '"i"',
    "yes",
    "1.5",
    "~",
    "%j",
    "@k",
    "`l`",
    "m,n",
    "é ✓",
    "o\\p",
]
text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Cf", "Zl", "Zp"]), max_size=30)
printable = text.filter(str.isprintable)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_quoted_and_found_again(name: str, empty: Place) -> None:
    empty.write(f"data/{name}", as_csv(customers()))
    empty.write("app.py", PREDICT)
    parsed = parse_config(read_yaml(empty.proposed()["mlgate.yml"].encode(), "mlgate.yml"), find_checks())
    assert parsed.problems == ()
    assert parsed.config.tables["test"].path == f"data/{name}"


def test_a_configuration_with_hostile_names_runs(empty: Place) -> None:
    empty.write('data/te\'st "$(touch pwned)" #*.csv', as_csv(customers()))
    empty.write("app.py", PREDICT)
    seen = empty.commit().init("--yes")
    assert (seen.code, "safe to merge" in seen.out) == (0, True), seen.out
    assert not list(empty.folder.rglob("pwned"))


@pytest.mark.parametrize("name", ["test\n.csv", "test\x1b[31m.csv", "test\u202e.csv", "${{ github.token }} test.csv"])
def test_a_name_that_no_file_can_hold_is_passed_over_and_counted(name: str, empty: Place) -> None:
    empty.write(f"data/{name}", as_csv(customers()))
    seen = empty.init("--yes")
    assert seen.code == 2
    assert "(1 more have names that no configuration can hold)" in seen.out
    assert name not in seen.out


def test_a_folder_of_a_hostile_name_reaches_the_workflow_only_quoted(empty: Place) -> None:
    folder = "it's; $(touch pwned) #x"
    empty.write(f"{folder}/app.py", PREDICT)
    empty.write(f"{folder}/test.csv", as_csv(customers()))
    empty.write(f"{folder}/requirements.txt", "pandas\n")
    empty.write(f"{folder}/tests/test_a.py", "def test_a(): pass\n")
    seen = empty.init("--yes")
    assert seen.code in (0, 2), seen.out
    job = workflow(empty)["jobs"]["gate"]
    assert job["with"]["config"] == f"{folder}/mlgate.yml"
    assert job["with"]["install"].startswith("pip install -r 'it'\"'\"'s; $(touch pwned) #x/requirements.txt'")


def test_a_link_out_of_the_repository_is_not_followed(empty: Place, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(as_csv(customers()))
    (empty.folder / "test.csv").symlink_to(tmp_path / "test.csv")
    (empty.folder / "data").symlink_to(tmp_path)
    assert "there is nothing here yet" in empty.init("--yes").out


def test_columns_with_signs_of_yaml_are_quoted(empty: Place) -> None:
    rows = [{**dict.fromkeys(COLUMNS, number), "target": number % 2} for number in range(60)]
    empty.write("test.csv", as_csv(rows))
    seen = empty.init("--yes")
    assert seen.code == 0, seen.out
    assert set(empty.parsed().config.checks["schema"]["columns"]) == {*COLUMNS, "target"}


def test_columns_and_values_that_cannot_be_seen_are_left_out(empty: Place) -> None:
    rows = [{"a\nb": n, "c\x07": n, "d": "x\ny" if n % 2 else "\x1b[31m", "ok": n} for n in range(60)]
    empty.write("test.csv", as_csv(rows))
    seen = empty.init("--yes")
    assert seen.code == 0, seen.out
    assert "\x1b" not in seen.out
    assert set(empty.parsed().config.checks["schema"]["columns"]) == {"d", "ok"}
    assert "allowed-values" not in empty.parsed().config.checks


def test_two_thousand_columns_give_a_configuration_that_a_person_can_read(empty: Place) -> None:
    names = [f"x{n}" for n in range(1_998)]
    lines = [",".join(["id", *names, "label"])]
    lines += [",".join([str(row), *[str(row % 7)] * len(names), str(row % 2)]) for row in range(60)]
    empty.write("test.csv", "\n".join(lines) + "\n")
    seen = empty.init("--yes")
    assert seen.code == 0, seen.out
    text = (empty.folder / "mlgate.yml").read_text()
    assert text.count("\n") < 250
    assert "1,960 further columns are not listed" in text
    table = empty.parsed().config.tables["test"]
    assert (table.key, table.target) == ("id", "label")


@pytest.mark.parametrize("content", ["", "a\n", "a,b\n", "\x00\x01\x02", "a,b\n1,2\n3\n"], ids=repr)
def test_a_strange_table_is_a_message_or_a_configuration_but_no_crash(content: str, empty: Place) -> None:
    empty.write("test.csv", content)
    seen = empty.init("--yes")
    assert seen.code in (0, 2)
    assert "Traceback" not in seen.out


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "project = 3\n[tool]\npoetry = 1\n"},
        {"pyproject.toml": "[project"},
        {"notebooks/a.ipynb": "[]"},
        {"notebooks/a.ipynb": "{" * 500},
        {"metrics.json": '{"accuracy": NaN}'},
        {"app.py": "def predict(:"},
        {"model.pkl": "not a pickle"},
        {"model.joblib": ""},
        {".github/workflows/x.yml": "a: &a [*a]\n"},
        {"requirements.txt": "-r requirements.txt\n-r ../../../etc/passwd\n"},
        {".dvc/config": "\x00"},
    ],
    ids=lambda files: str(files)[:40],
)
def test_broken_files_are_passed_over(files: dict[str, str], empty: Place) -> None:
    empty.write("test.csv", as_csv(customers()))
    for path, content in files.items():
        empty.write(path, content)
    seen = empty.init("--yes")
    assert seen.code in (0, 2), seen.out
    assert empty.parsed().problems == ()
    assert empty.doctor().code in (0, 1)


def test_a_pickle_that_would_run_code_is_only_looked_at(full: Place) -> None:
    full.write("model.pkl", b"cos\nsystem\n(S'touch pwned'\ntR.")
    full.write("test.csv", as_csv(customers()))
    seen = full.init("--yes")
    assert not (full.folder / "pwned").exists()
    assert "refused" in seen.out
    assert "❌" in seen.out or "do not merge" in seen.out


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(printable, printable, printable)
def test_any_text_is_read_back_and_no_comment_becomes_yaml(key: str, value: str, comment: str) -> None:
    lines = [
        Line(0, key_value(key, value), comment),
        Line(0, "list: " + flow([value, key]), comment),
        Line(0, "", comment),
    ]
    data = read_yaml(written(lines).encode(), "x").data
    assert data == {key: value, "list": [value, key]} if key != "list" else data["list"]


@given(printable)
def test_what_is_written_is_the_same_for_other_readers_of_yaml(value: str) -> None:
    assert yaml.safe_load(scalar(value)) == value


def workflow(place: Place) -> Any:
    """The gate's workflow as data."""
    loaded = yaml.safe_load((place.folder / ".github/workflows/mlgate.yml").read_text())
    return json.loads(json.dumps({str(key): value for key, value in loaded.items()}))
