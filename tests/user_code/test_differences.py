"""Evidence says how the change's tables and model file differ from the base's."""

import pickle

import pandas as pd
from sklearn.linear_model import LogisticRegression

from mlgate.evidence import SchemaChange
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
