"""What is guessed of columns, and the bounds that are proposed from what was observed."""

from pathlib import Path

import pytest

from mlgate.adopting.bounds import bounds, margin, outlier
from mlgate.adopting.meaning import Meaning, find_meaning
from mlgate.adopting.profiling import Column, Profile, profile
from mlgate.scan.tables import connect
from mlgate.worker.client import ModelFileReport


def read(tmp_path: Path, text: str) -> Profile:
    """The profile of a CSV file."""
    file = tmp_path / "test.csv"
    file.write_text(text)
    with connect() as connection:
        return profile(connection, "test.csv", (file,))


def meaning(tmp_path: Path, header: str, rows: list[str], report: ModelFileReport | None = None) -> Meaning:
    """What the columns of a CSV file are taken for."""
    return find_meaning(read(tmp_path, "\n".join([header, *rows]) + "\n"), report)


def test_a_profile_says_what_a_column_holds(tmp_path: Path) -> None:
    found = read(tmp_path, "id,age,sex\n1,18,f\n2,NA,m\n3,91,f\n")
    assert found.rows == 3
    assert found.columns["id"].is_unique
    assert (found.columns["age"].missing, found.columns["age"].low, found.columns["age"].high) == (1, 18, 91)
    assert found.columns["sex"].values == {"f": 2, "m": 1}


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("a,target,b", "target"),  # by its name
        ("a,is_churned,b", "is_churned"),  # by a word in its name
        ("a,b,zz", "zz"),  # the last of two-valued columns
        ("a,y,label", "label"),  # the list's order decides between names
    ],
)
def test_the_label_is_guessed_by_name_then_by_place(header: str, target: str, tmp_path: Path) -> None:
    found = meaning(tmp_path, header, ["0,1,0", "1,0,1", "0,0,0"])
    assert found.target is not None
    assert found.target.column == target


def test_the_models_classes_decide_before_names(tmp_path: Path) -> None:
    report = ModelFileReport("joblib", 1, features=("a",), classes=("bad", "good"))
    found = meaning(tmp_path, "a,label,risk", ["0,1,good", "1,0,bad", "0,0,good"], report)
    assert found.target is not None
    assert found.target.column == "risk"
    assert found.positive is not None
    assert found.positive.column == "bad"


def test_a_column_that_the_model_takes_is_not_its_label(tmp_path: Path) -> None:
    report = ModelFileReport("onnx", 1, features=("a", "target"))
    found = meaning(tmp_path, "a,target,z", ["0,1,0", "1,0,1", "0,0,0"], report)
    assert found.target is not None
    assert found.target.column == "z"


@pytest.mark.parametrize("values", [("yes", "no"), ("1", "0"), ("1.0", "0.0"), ("True", "False"), ("bad", "good")])
def test_the_positive_class_is_guessed_by_its_spelling(values: tuple[str, str], tmp_path: Path) -> None:
    positive, negative = values
    found = meaning(tmp_path, "a,target", [f"1,{positive}", f"2,{positive}", f"3,{negative}"])
    assert found.positive is not None
    assert found.positive.column.lower() == positive.lower().replace("1.0", "1")


def test_of_two_unknown_classes_the_rarer_is_positive(tmp_path: Path) -> None:
    found = meaning(tmp_path, "a,class", ["1,setosa", "2,setosa", "3,virginica"])
    assert found.positive is not None
    assert found.positive.column == "virginica"
    assert "rarer" in found.positive.why


def test_a_label_with_gaps_or_three_values_is_named_but_not_taken(tmp_path: Path) -> None:
    three = meaning(tmp_path, "a,target", ["1,0", "2,1", "3,2"])
    gaps = meaning(tmp_path, "a,target", ["1,0", "2,1", "3,"])
    assert three.target is gaps.target is None
    assert three.several is not None
    assert three.several.why == "it has 3 values"
    assert gaps.several is not None
    assert gaps.several.why == "1 of its rows have no label"


def test_sensitive_columns_are_found_by_whole_words(tmp_path: Path) -> None:
    found = meaning(tmp_path, "sex,Age_Group,essex,race,target", ["f,a,1,x,0", "m,b,2,y,1", "f,a,1,x,0"])
    assert [g.column for g in found.sensitive] == ["sex", "Age_Group", "race"]


def test_an_id_that_repeats_is_a_cluster_and_no_key(tmp_path: Path) -> None:
    rows = [f"{n},{n // 3},{n % 2}" for n in range(60)]
    found = meaning(tmp_path, "row_id,patient_id,target", rows)
    assert found.key is not None
    assert found.key.column == "row_id"
    assert found.cluster is not None
    assert found.cluster.column == "patient_id"


def column(name: str, low: float, high: float, quantiles: tuple[float, float, float], family: str = "float") -> Column:
    """A numeric column."""
    return Column(name, family, 0, 100, False, low, high, quantiles)


@pytest.mark.parametrize(
    ("observed", "proposed"),
    [
        (column("age", 18, 91, (19, 40, 85)), (0, 120)),
        (column("anything", 18, 91, (19, 40, 85)), (0, 110)),
        (column("rate", 0.04, 0.93, (0.1, 0.4, 0.8)), (0, 1)),
        (column("year", 1999, 2024, (2000, 2012, 2024)), (1900, 2100)),
        (column("kelvin", 285, 310, (286, 295, 309)), (278, 317)),
        (column("change", -3, 5, (-2, 1, 4)), (-5, 7)),
        (column("debt", -90, 0, (-80, -20, 0)), (-120, 0)),
        (column("same", 7, 7, (7, 7, 7)), (5.2, 8.8)),
    ],
    ids=lambda value: value.name if isinstance(value, Column) else "",
)
def test_bounds_are_generous_and_round(observed: Column, proposed: tuple[float, float]) -> None:
    found = bounds(observed)
    assert found is not None
    assert observed.low is not None
    assert observed.high is not None
    assert found[0] <= observed.low <= observed.high <= found[1]
    assert found == pytest.approx(proposed)


def test_a_stand_in_for_missing_is_pointed_at() -> None:
    assert outlier(column("age", 18, 9999, (18, 40, 85))) == 9999
    assert outlier(column("age", 18, 91, (18, 40, 85))) is None


def test_fewer_rows_give_wider_margins() -> None:
    assert margin("accuracy", 700, 80) == 0.03
    assert margin("accuracy", 100_000, 80) == 0.005
    assert margin("auc", 700, 84) == 0.02
    assert margin("auc", 10, 1) == 0.1
