from pathlib import Path

from tests.checks.asked import gate_table, judged, only, table, values

CSV = "id,a,b\n1,x,1\n2,x,1\n3,x,1\n4,,1\n5,,1\n6,y,2\n"


def test_rows_that_repeat_an_earlier_one_but_for_the_key_are_counted(tmp_path: Path) -> None:
    assert values(tmp_path, "duplicates: {rows: 9}", CSV) == {"rows": 3}


def test_columns_to_ignore_are_not_compared(tmp_path: Path) -> None:
    assert values(tmp_path, "duplicates: {ignore: [a], rows: 9}", CSV) == {"rows": 4}


def test_a_share_may_repeat(tmp_path: Path) -> None:
    assert only(gate_table(tmp_path, "duplicates: {share: 0.5}", CSV).verdict.findings).status == "pass"


def test_a_table_with_nothing_to_compare_never_passes() -> None:
    assert only(judged("duplicates", "{}", lambda _: 3, table(id="integer"))).status == "not-measured"
