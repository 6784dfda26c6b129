"""Evidence says how the change's tables and model file differ from the base's."""

import pickle

import pandas as pd
from sklearn.linear_model import LogisticRegression

from mlgate.evidence import RowsChange, SchemaChange
from tests.user_code.gated import Gated, as_csv, labelled


def model_of(*columns: str) -> bytes:
    """A fitted model of these columns, pickled."""
    rows = pd.DataFrame([{**row, "z": 1.0} for row in labelled()])
    return pickle.dumps(LogisticRegression().fit(rows[list(columns)], rows["y"]))


def test_what_a_change_does_to_table_and_model_is_in_the_evidence(gated: Gated) -> None:
    rows = labelled()
    gated.configure(
        model={"id": "m", "artifact": "model.pkl"},
        tables={"test": {"path": "test.csv", "key": "id", "target": "y"}},
        checks={"regression": {"primary": "accuracy", "margins": {"accuracy": 0.1}}},
    )
    gated.write("test.csv", as_csv([{**row, "old": 1} for row in rows]))
    gated.write("model.pkl", model_of("x"))
    gated.commit("base")
    gated.git("checkout", "-q", "-b", "change")
    gated.write("test.csv", as_csv([{"id": f"r{row['id']}", "x": row["x"], "y": row["y"], "z": 1.0} for row in rows]))
    gated.write("model.pkl", model_of("x", "z"))
    gated.commit("change")

    said = gated.check().evidence.predicate

    assert said.tables[0].schema_change == SchemaChange(("z",), ("old",), {"id": ("integer", "string")})
    assert said.model_facts is not None
    assert said.baseline.model_facts is not None
    assert (said.baseline.model_facts.inputs, said.model_facts.inputs) == (("x",), ("x", "z"))
    assert said.model_facts.bytes == (gated.folder / "model.pkl").stat().st_size
    assert list(said.model_facts.libraries) == ["scikit-learn"]


def test_rows_of_a_table_with_a_key_are_added_removed_and_changed(gated: Gated) -> None:
    gated.configure(
        tables={"train": {"path": "train.csv", "key": "id"}}, checks={"row-count": {"table": "train", "min": 1}}
    )
    gated.write("train.csv", "id,x,y\n" + "".join(f"{i},{i},0\n" for i in range(50)))
    gated.commit("base")
    gated.git("checkout", "-q", "-b", "change")
    gated.write("train.csv", "id,x,y\n" + "".join(f"{i},{i + (i == 7)},{i % 2}\n" for i in range(5, 53)))
    gated.commit("change")

    said = gated.check().evidence.predicate

    assert said.tables[0].rows_change == RowsChange("id", 3, 5, 23, 0, {"y": 23, "x": 1})


def test_a_table_whose_bytes_are_the_bases_has_no_change(gated: Gated) -> None:
    gated.configure(
        tables={"train": {"path": "train.csv", "key": "id"}}, checks={"row-count": {"table": "train", "min": 1}}
    )
    gated.write("train.csv", "id,x\n1,2\n")
    gated.commit("base")
    gated.git("checkout", "-q", "-b", "change")
    gated.write("other.txt", "x")
    gated.commit("change")
    assert gated.check().evidence.predicate.tables[0].rows_change is None
