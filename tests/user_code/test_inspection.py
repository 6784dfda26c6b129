"""The look at the model file is out of reach of the code that predicts in the same process."""

import json
from pathlib import Path

import pytest

from mlgate.worker.child import INSPECTION
from mlgate.worker.client import _Inspection

CLEAN = {"format": "skops", "bytes": 7}


def said(found: object) -> str:
    return f"{INSPECTION}{json.dumps(found)}\n{INSPECTION}\n"


def test_a_look_is_read_from_the_output() -> None:
    heard = _Inspection()
    heard.feed(said(CLEAN))
    assert heard.report() is not None
    assert heard.report().bytes == 7


def test_what_is_said_later_does_not_count() -> None:
    heard = _Inspection()
    heard.feed(said({"format": "pickle", "bytes": 1, "refused": [{"name": "os.system", "why": "it runs"}]}))
    heard.feed(said(CLEAN))
    found = heard.report()
    assert found is not None
    assert [r.name for r in found.refused] == ["os.system"]


def test_warnings_of_libraries_may_stand_between() -> None:
    heard = _Inspection()
    text = said(CLEAN)
    heard.feed("UserWarning: old\n" + text[:20])
    heard.feed(text[20:])
    assert heard.report() is not None


@pytest.mark.parametrize("text", ["", "nothing of ours\n", f"{INSPECTION}{{\n", f"{INSPECTION}[]\n{INSPECTION}\n"])
def test_output_without_a_whole_look_is_none(text: str) -> None:
    heard = _Inspection()
    heard.feed(text)
    assert heard.report() is None


def test_predict_cannot_replace_the_look(tmp_path: Path) -> None:
    from mlgate.worker.client import Crash, Handed, Job, Workplace, ask_model
    from mlgate.worker.sandbox import Limits

    (tmp_path / "app.py").write_text(f"print({said(CLEAN)!r}, flush=True)\ndef predict(table): raise SystemExit(3)\n")
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (tmp_path / "rows.csv").write_text("id\n1\n")
    import sys

    place = Workplace(tmp_path, sys.executable, Limits(60))
    job = Job("app:predict", None, (), [Handed(tmp_path / "rows.csv", None, 1)], tmp_path / "model.pkl")
    with pytest.raises(Crash) as caught:
        ask_model(place, job)
    assert caught.value.report is not None
    assert caught.value.report.refused
    assert INSPECTION not in str(caught.value)
