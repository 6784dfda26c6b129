"""Planted names, addresses and numbers of people are in no byte of what any command prints or writes."""

from pathlib import Path

import pytest

from mlgate.plugins import find_reports
from tests.cli.console import Seen, mlgate

PEOPLE = (
    ("Ada Lovelace", "ada.lovelace@example.org", "+44 20 7946 0018", "4111111111111111"),
    ("Grace Hopper", "grace@navy.example", "+1 202 555 0143", "5500005555555559"),
    ("Alan Turing", "alan@bletchley.example", "+44 1908 640404", "340000000000009"),
)
PLANTED = tuple(text for person in PEOPLE for text in (*person, *person[0].split()))
CHECKS = """version: 1
tables:
  test: {path: people.csv, key: id, source: {url: "https://example.org/people", licence: CC0-1.0}}
  train: {path: others.csv, key: id}
checks:
  schema: {columns: {id: integer, customer_name: integer, contact: float}}
  missing: {columns: {gaps: {examples: true}}}
  allowed-values: {columns: {customer_name: {values: [nobody], examples: true}, contact: {values: [x], examples: true}}}
  patterns: {columns: {contact: {matches: "^x$", examples: true}, reach: {matches: "^y$", examples: true}}}
  lengths: {columns: {customer_name: {max: 1, examples: true}, reach: {max: 1, examples: true}}}
  ranges: {columns: {card_number: {max: 5, examples: true}}}
  types: {columns: {contact: {type: integer, examples: true}}}
  cross-column: {rules: {short: {holds: "length(contact) < 2 AND length(customer_name) < 2", examples: true}}}
  unique: {columns: [customer_name, contact]}
  duplicates: {ignore: [id]}
  new-categories: {columns: {customer_name: {}, contact: {}}}
  referential: {references: [{columns: [contact], to: train}]}
  special-values: {columns: {"*": {examples: true}}}
  mixed-types: {columns: {remark: {examples: true}}}
  constant: {columns: {"*": {}}}
  drift: {}
  leakage: {}
  pii: {columns: {"*": {examples: true}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """People three times over, so that each of them could be taken for a category; and others."""
    head = "id,customer_name,contact,reach,card_number,remark,gaps,kind"
    for file, people in (("people", PEOPLE), ("others", (("N", "n", "0", "1"),))):
        rows = [
            f'{at},{name},{mail},{phone},{card},"{name} called from {phone}",{at if at % 3 else ""},{"ab"[at % 2]}'
            for at, (name, mail, phone, card) in enumerate(people * 60)
        ]
        (tmp_path / f"{file}.csv").write_text("\n".join([head, *rows]) + "\n")
    (tmp_path / "mlgate.yml").write_text(CHECKS)
    return tmp_path


def leaked(folder: Path, *seen: Seen) -> list[str]:
    """What of the planted stands in outputs, or in files that were written."""
    written = [file for file in folder.rglob("*") if file.is_file() and file.name not in ("people.csv", "broken.csv")]
    texts = [each.out + each.err for each in seen] + [file.read_bytes().decode(errors="replace") for file in written]
    assert all(len(each.out + each.err) > 100 for each in seen), "an output that says nothing proves nothing"
    return [text for text in PLANTED if any(text in shown for shown in texts)]


def test_a_run_with_every_check_and_every_report_tells_nobody(folder: Path) -> None:
    run = mlgate("check", "--output", "out", cwd=folder)
    assert run.code == 1
    formats = sorted({*find_reports()} - {"card"})
    rendered = [mlgate("render", "out/evidence.json", "--format", name, cwd=folder) for name in formats]
    assert leaked(folder, run, *rendered, mlgate("check", "--plan", cwd=folder)) == []


def test_profiles_and_differences_tell_nobody(folder: Path) -> None:
    commands = (
        ("profile", "people.csv"), ("profile", "people.csv", "--dry-run", "--json"),
        ("diff", "others.csv", "people.csv"), ("diff", "people.csv", "others.csv", "--key", "contact", "--json"),
    )  # fmt: skip
    assert leaked(folder, *(mlgate(*command, cwd=folder) for command in commands)) == []


def test_proposed_expectations_tell_nobody(folder: Path) -> None:
    assert leaked(folder, mlgate("suggest", "people.csv", cwd=folder)) == []


@pytest.mark.parametrize("line", ['1,"Ada Lovelace\n', "1,Ada Lovelace,ada.lovelace@example.org\n", "Ada Lovelace\n"])
def test_a_line_that_cannot_be_read_is_told_without_its_words(folder: Path, line: str) -> None:
    (folder / "broken.csv").write_text("id,customer_name\n1,x\n" + line)
    (folder / "mlgate.yml").write_text(
        "version: 1\ntables:\n  test: {path: broken.csv}\nchecks:\n  row-count: {min: 1}\n"
    )
    commands = (("check",), ("suggest", "broken.csv"), ("profile", "broken.csv"))
    seen = [mlgate(*command, cwd=folder) for command in commands]
    assert [each.code for each in seen] == [2, 2, 2]
    assert leaked(folder, *seen) == []
