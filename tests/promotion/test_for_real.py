"""Evidence of real runs of the gate: what `mlgate check` writes opens a stage, or says how many rows are missing."""

import json
import sys
from pathlib import Path

import pytest

from mlgate.config import Config, Model
from mlgate.evidence import parse_evidence, sha256
from mlgate.running.trees import Tree, place_model
from mlgate.worker.client import Workplace
from mlgate.worker.sandbox import Limits
from tests.ledger.place import make_place
from tests.promotion.shop import Shop
from tests.promotion.test_releasing import codes
from tests.promotion.threshold import APP

CONFIG = """version: 1
model: {id: churn, artifact: model.json, predict: "app:predict", positive: 1}
tables: {test: {path: data/test.csv, key: id, target: left}}
checks:
  metrics: {limits: {accuracy: {min: 0.6}}}
  regression: {primary: accuracy, margins: {accuracy: 0.05}}
policy: {required: [regression]}
"""


def table(rows: int) -> str:
    """Rows whose label is 1 from 50 on, and one in ten wrong."""
    lines = [f"{i},{int((i * 37 % 100 >= 50) != (i % 10 == 0))},{i * 37 % 100}\n" for i in range(rows)]
    return "id,left,x\n" + "".join(lines)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A repository whose model really predicts."""
    made = Shop(make_place(tmp_path), tmp_path / "store")
    made.clone.write("mlgate.yml", CONFIG)
    made.clone.write("app.py", APP)
    made.clone.write(".gitignore", "__pycache__\n.mlgate-cache\nout\n")
    made.clone.write("data/test.csv", table(1_000))
    made.clone.write("model.json", json.dumps({"at": 50}))
    made.stages({"prod": {"evidence-age": "2d"}})
    return made


def check(shop: Shop, *more: str) -> str:
    """The path of the evidence that the gate writes."""
    seen = shop.run("check", "--quiet", "--output", "out", *more)
    assert seen.code == 0, seen.out + seen.err
    return str(shop.clone.path / "out" / "evidence.json")


def test_a_first_model_and_its_successor_go_the_whole_way(shop: Shop) -> None:
    assert shop.run("register", "--evidence", check(shop)).code == 0
    shop.ask("v0.1.0")
    seen = shop.run("promote", "churn@v0.1.0", "--stage", "prod")
    assert seen.code == 0, seen.out + seen.err
    champion = shop.first.source_sha
    shop.clone.write("model.json", json.dumps({"at": 49}))
    shop.merge("a successor")
    shop.clone.write("README.md", "x")
    shop.merge("something else")
    assert shop.run("register", "--evidence", check(shop)).code == 0
    shop.ask("v0.2.0")
    seen = shop.run("promote", "churn@v0.2.0", "--stage", "prod", "--json")
    assert codes(json.loads(seen.out)) == ["champion-changed"], "it was compared with itself, one commit before"
    mend = json.loads(seen.out)["reasons"][0]["mend"].removeprefix("compare again: mlgate check ")
    assert champion[:12] in mend
    seen = shop.run("promote", "churn@v0.2.0", "--stage", "prod", "--evidence", check(shop, *mend.split()))
    assert seen.code == 0, seen.out + seen.err
    assert shop.run("audit", "verify").code == 0


def test_a_model_on_too_few_rows_is_merged_but_not_promoted_and_told_how_many_it_needs(shop: Shop) -> None:
    assert shop.run("register", "--evidence", check(shop)).code == 0
    shop.ask("v0.1.0")
    assert shop.run("promote", "churn@v0.1.0", "--stage", "prod").code == 0
    shop.clone.write("data/test.csv", table(60))
    shop.clone.write("model.json", json.dumps({"at": 53}))
    shop.merge("fewer rows")
    path = check(shop, "--baseline", shop.first.source_sha)
    assert shop.run("register", "--evidence", path).code == 0
    shop.ask("v0.2.0")
    seen = shop.run("promote", "churn@v0.2.0", "--stage", "prod")
    assert (seen.code, "needs" in seen.out, "rows" in seen.out) == (1, True, True), seen.out


def test_a_registrys_files_stand_for_models_that_the_commits_do_not_have(shop: Shop, tmp_path: Path) -> None:
    shop.clone.git("rm", "-q", "model.json")
    shop.merge("keep models elsewhere")
    files = {name: tmp_path / f"{name}.json" for name in ("model", "baseline-model")}
    for at, file in zip((49, 50), files.values(), strict=True):
        file.write_text(json.dumps({"at": at}))
    given = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    path = check(shop, "--ref", "main", "--baseline", "main~1", *given)
    evidence = parse_evidence(Path(path).read_bytes())
    digests = {name: sha256(file.read_bytes()) for name, file in files.items()}
    assert evidence.predicate.baseline.model_sha256 == digests["baseline-model"]
    assert {s.digest["sha256"] for s in evidence.subject if s.name == "model:churn"} == {digests["model"]}
    assert [f.status for f in evidence.predicate.findings if f.id == "regression"] == ["pass"]
    seen = shop.run("check", "--model", str(files["model"]))
    assert (seen.code, "--model needs --ref" in seen.err) == (2, True), seen.err


@pytest.mark.parametrize(("artifact", "given"), [("model.json", "pulled"), ("model", "pulled"), ("model.json", "file")])
def test_a_pulled_folder_stands_for_a_model_of_one_file_or_of_several(
    artifact: str, given: str, tmp_path: Path
) -> None:
    names = ("model.json",) if artifact == "model.json" else ("weights.json", "notes.txt")
    for name in names:
        (tmp_path / "pulled").mkdir(exist_ok=True)
        (tmp_path / "pulled" / name).write_text(f"new {name}")
    (tmp_path / "file").write_text("new model.json")
    place = Workplace(tmp_path / "tree", sys.executable, Limits())
    config = Config(version=1, checks={}, model=Model(id="churn", artifact=artifact))
    old = tmp_path / "tree" / artifact
    old.parent.mkdir()
    old.write_text("old") if artifact == "model.json" else old.mkdir()
    place_model(Tree(tmp_path / "tree", config, place), tmp_path / given, "--model")
    found = {path.name: path.read_text() for path in (tmp_path / "tree").rglob("*") if path.is_file()}
    assert found == {name: f"new {name}" for name in names}


def test_neither_code_nor_model_of_the_repository_is_loaded_by_a_release_command(shop: Shop) -> None:
    path = check(shop)
    trap = "raise SystemExit('code of the repository ran')\n"
    for name in ("app", "yaml", "msgspec", "sitecustomize"):
        shop.clone.write(f"{name}.py", trap)
    shop.clone.write("checks/own.py", trap)
    for command in (("register", "--evidence", path), ("status",), ("audit", "verify")):
        process = shop.start(*command)
        out, err = process.communicate()
        assert (process.returncode, "code of the repository ran" in out + err) == (0, False), out + err
