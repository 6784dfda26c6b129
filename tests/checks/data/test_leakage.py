from collections.abc import Callable
from pathlib import Path

import pytest

from mlgate.errors import UserError
from mlgate.plugins import Facts
from mlgate.questions import Overlap, Question, Rows
from tests.checks.asked import BASE, CHECKS, gate_table, judged, only, params_of, statuses, table

TEST = table("test", id="integer", a="float", b="string", only_here="string")
TRAIN = table("train", id="integer", a="float", b="string")


def shared(ids: int, rows: int, train_rows: int = 50) -> Callable[[Question], int]:
    def answer(question: Question) -> int:
        if isinstance(question, Overlap):
            return ids if question.columns == ("id",) else rows
        assert isinstance(question, Rows)
        return {"test": 10, "train": train_rows}[question.table]

    return answer


@pytest.mark.parametrize(
    ("yaml", "ids", "rows", "expected"),
    [
        ("{}", 0, 0, {"shared ids": "pass", "shared rows": "pass"}),
        ("{}", 1, 0, {"shared ids": "fail", "shared rows": "pass"}),
        ("{}", 0, 1, {"shared ids": "pass", "shared rows": "fail"}),
        ("{rows: 2}", 0, 2, {"shared ids": "pass", "shared rows": "pass"}),
        ("{rows: 2}", 1, 3, {"shared ids": "fail", "shared rows": "fail"}),
    ],
)
def test_no_id_is_shared_and_so_many_rows_as_allowed(yaml: str, ids: int, rows: int, expected: dict[str, str]) -> None:
    assert statuses(judged("leakage", yaml, shared(ids, rows), TEST, TRAIN)) == expected


def test_the_messages_name_both_tables() -> None:
    found = judged("leakage", "{rows: 1}", shared(2, 3), TEST, TRAIN)
    assert [f.message for f in found] == [
        "2 of 10 rows of data/test.csv have an id that is in data/train.csv (20 %); none allowed",
        "3 of 10 rows of data/test.csv equal a row of data/train.csv (30 %); at most 1 allowed",
    ]
    assert [f.source for f in found] == ["train+test", "train+test"]
    assert [f.location.key for f in found if f.location] == ["", "rows"]


def test_rows_are_compared_by_the_columns_that_both_tables_have_but_for_the_key() -> None:
    asked: list[Question] = []

    def answer(question: Question) -> int:
        asked.append(question)
        return 10 if isinstance(question, Rows) else 0

    judged("leakage", "{}", answer, TEST, TRAIN)
    overlaps = [q for q in asked if isinstance(q, Overlap)]
    assert overlaps == [Overlap("test", "train", ("id",)), Overlap("test", "train", ("a", "b"))]


def test_neither_tables_key_is_a_value_to_compare() -> None:
    base = BASE.replace("data/train.csv, key: id", "data/train.csv, key: number")
    both = {"id": "integer", "number": "integer", "a": "float"}
    params, config = params_of("leakage", "{}", base)
    facts = Facts(config, {name: table(name, **both) for name in ("test", "train")})
    asked = [q for q in CHECKS["leakage"].load().plan(params, facts) if isinstance(q, Overlap)]
    assert asked == [Overlap("test", "train", ("a",))]


def test_keys_of_different_names_are_not_compared() -> None:
    base = BASE.replace("data/train.csv, key: id", "data/train.csv, key: number")
    train = table("train", number="integer", a="float")
    assert statuses(judged("leakage", "{}", shared(9, 0), TEST, train, base=base)) == {"shared rows": "pass"}


def test_a_key_that_one_table_does_not_have_is_not_compared() -> None:
    for test, train in ((TEST, table("train", a="float")), (table("test", a="float"), TRAIN)):
        assert statuses(judged("leakage", "{}", shared(9, 0), test, train)) == {"shared rows": "pass"}


def test_tables_that_share_no_column_never_pass() -> None:
    base = BASE.replace(", key: id", "")
    tables = table("test", a="float"), table("train", b="float")
    finding = only(judged("leakage", "{}", shared(0, 0), *tables, base=base))
    assert finding.status == "not-measured"
    assert finding.message == "test and train have no column in common by which rows could be compared"


def test_an_empty_training_table_never_passes() -> None:
    finding = only(judged("leakage", "{}", shared(0, 0, train_rows=0), TEST, TRAIN))
    assert (finding.status, finding.message) == ("not-measured", "train has no rows to compare with")


def test_in_files_ids_and_whole_rows_are_found_and_nulls_are_equal(tmp_path: Path) -> None:
    test = "id,a,b\n1,1,x\n2,2,\n3,3,z\n"
    train = "id,a,b\n7,2,\n8,9,x\n3,4,z\n"
    result = gate_table(tmp_path, "leakage: {}", test, train=train)
    found = {f.subject: (f.value, f.status) for f in result.verdict.findings}
    assert found == {"shared ids": (1, "fail"), "shared rows": (1, "fail")}


def test_a_training_table_that_is_not_configured_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="missing"):
        gate_table(tmp_path, "leakage: {train: missing}", "id,a\n1,1\n")


def test_a_table_that_cannot_be_read_is_left_to_the_engine() -> None:
    params, config = params_of("leakage", "{}")
    asked = CHECKS["leakage"].load().plan(params, Facts(config, {"test": TEST}))
    assert list(asked) == [Rows("test"), Rows("train")]
