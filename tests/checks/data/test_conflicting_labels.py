from pathlib import Path

from tests.checks.asked import judged, only, table, values

CSV = "id,a,b,y\n1,x,1,0\n2,x,1,1\n3,x,2,1\n4,,1,0\n5,,1,1\n6,z,1,0\n7,z,1,\n"


def test_rows_alike_in_all_features_with_different_labels_are_counted(tmp_path: Path) -> None:
    assert values(tmp_path, "conflicting-labels: {target: y, rows: 9}", CSV) == {"y": 4}


def test_columns_to_ignore_do_not_tell_rows_apart(tmp_path: Path) -> None:
    assert values(tmp_path, "conflicting-labels: {target: y, ignore: [b], rows: 9}", CSV) == {"y": 5}


def test_without_a_target_nothing_is_measured() -> None:
    finding = only(judged("conflicting-labels", "{}", lambda _: 3, table(id="integer", y="integer")))
    assert finding.status == "not-measured"
