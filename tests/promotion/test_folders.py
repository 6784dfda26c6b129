"""A model that is a folder of files: one digest for all, from the gate to the registry and back."""

import json
from pathlib import Path

import pytest

from mlgate.errors import UserError
from mlgate.evidence import parse_evidence
from mlgate.transfer.files import model_digest, records_of
from tests.promotion.shop import Shop
from tests.promotion.test_for_real import check, shop
from tests.promotion.test_releasing import codes
from tests.promotion.threshold import APP

__all__ = ["shop"]
LOADER = APP.replace('Path("model.json")', 'Path("model/parts/threshold.json")')


@pytest.fixture
def released(shop: Shop) -> Shop:
    """The first version of a model of three files is at prod, by the gate's own evidence."""
    config = (shop.clone.path / "mlgate.yml").read_text()
    shop.clone.write("mlgate.yml", config.replace("artifact: model.json", "artifact: model"))
    shop.clone.write("app.py", LOADER)
    shop.clone.write("model/parts/threshold.json", json.dumps({"at": 50}))
    shop.clone.write("model/weights.bin", bytes(range(256)))
    shop.clone.write("model/ünï code", "x")
    shop.clone.git("rm", "-q", "model.json")
    shop.merge("a folder")
    seen = shop.run("register", "--evidence", check(shop))
    assert seen.code == 0, seen.out + seen.err
    shop.ask("v0.1.0")
    seen = shop.run("promote", "churn@v0.1.0", "--stage", "prod")
    assert seen.code == 0, seen.out + seen.err
    return shop


def test_a_folder_goes_the_whole_way_and_comes_back_when_a_file_is_lost(released: Shop, tmp_path: Path) -> None:
    shop, event = released, released.first
    assert [file.name for file in event.files] == ["parts/threshold.json", "weights.bin", "ünï code"]
    evidence = parse_evidence((shop.clone.path / "out/evidence.json").read_bytes())
    named = {subject.name: subject.digest["sha256"] for subject in evidence.subject}
    assert named["model:churn"] == event.sha256 == model_digest(records_of(shop.clone.path / "model"))
    (lost,) = (path for path in shop.store.rglob("*") if path.name == "weights.bin")
    lost.unlink()
    assert shop.run("reconcile").code == 0
    assert shop.run("pull", "churn#prod", "--into", str(tmp_path / "pulled")).code == 0
    assert records_of(tmp_path / "pulled") == event.files
    assert shop.run("audit", "verify").code == 0
    (tmp_path / "pulled/parts/threshold.json").write_text("{}")
    again = (str(shop.clone.path / "out/evidence.json"), "--model", str(tmp_path / "pulled"))
    seen = shop.run("register", "--evidence", *again, "--json")
    assert (seen.code, codes(json.loads(seen.out))) == (1, ["other-bytes"])


def test_a_folders_files_are_the_same_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("one", "two"):
        for file in ("b", "a/c", ".DS_Store", "__pycache__/x.pyc", ".git/config"):
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file if not file.startswith((".", "_")) else name)
    assert [file.name for file in records_of(tmp_path / "one")] == ["a/c", "b"]
    assert records_of(tmp_path / "one") == records_of(tmp_path / "two")


def test_a_link_in_a_models_folder_is_refused_since_it_leads_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/weights").symlink_to("/etc/hostname")
    with pytest.raises(UserError, match="'weights' in the model's folder model is a link"):
        records_of(tmp_path / "model")


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(UserError, match="has 0 files"):
        records_of(tmp_path / "model")
