from pathlib import Path

from tests.checks.asked import gate_table, only, values

TRAIN = "id,a,b\n1,x,1\n2,y,2\n"


def test_rows_with_a_value_that_the_reference_lacks_are_counted(tmp_path: Path) -> None:
    found = values(
        tmp_path, "new-categories: {columns: {a: {rows: 9}}}", "id,a,b\n1,x,1\n2,z,9\n3,,9\n4,z,1\n", train=TRAIN
    )
    assert found == {"a": 2}


def test_a_set_means_the_columns_of_text(tmp_path: Path) -> None:
    assert values(tmp_path, 'new-categories: {columns: {"*": {}}}', "id,a,b\n9,x,9\n", train=TRAIN) == {"a": 0}


def test_a_change_of_the_reference_is_a_change_of_what_was_measured(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "new-categories: {columns: {a: {}}}", "id,a,b\n9,x,9\n", train=TRAIN)
    assert only(result.verdict.findings).source == "test+train"
