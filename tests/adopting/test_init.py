"""`mlgate init`: it looks, shows and asks; it writes only what is not there."""

import json
from pathlib import Path

import pytest

from tests.adopting.throwaway import PREDICT, Interrupted, Place, Terminal, as_csv, customers

FILES = {"mlgate.yml", ".github/workflows/mlgate.yml", ".github/workflows/mlgate-report.yml"}


def test_a_dry_run_shows_everything_and_writes_nothing(churn: Place) -> None:
    before = churn.files()
    seen = churn.init("--dry-run")
    assert seen.code == 0
    assert "+++ b/mlgate.yml" in seen.out
    assert "+      - age" not in seen.out
    assert "Nothing was written" in seen.out
    assert churn.files() == before


def test_it_asks_and_writes_after_a_yes(churn: Place) -> None:
    before = set(churn.files())
    seen = churn.init(stdin=Terminal("y\n"))
    assert (seen.code, "Write these 3 files?" in seen.out) == (0, True)
    assert set(churn.files()) - before == FILES


@pytest.mark.parametrize("answer", [Terminal("n\n"), Interrupted(), Terminal("")], ids=["no", "Ctrl-C", "end of input"])
def test_anything_but_a_yes_writes_nothing(answer: Terminal, churn: Place) -> None:
    before = churn.files()
    assert churn.init(stdin=answer).code == 130
    assert churn.files() == before


def test_without_a_terminal_it_says_to_add_yes(churn: Place) -> None:
    before = churn.files()
    seen = churn.init()
    assert seen.code == 2
    assert "+++ b/mlgate.yml" in seen.out  # it is shown all the same
    assert "mend: add --yes" in seen.out
    assert churn.files() == before


def test_a_file_that_is_there_is_kept_and_the_proposal_shown(churn: Place) -> None:
    mine = "name: mine\non: push\njobs: {}\n"
    churn.write(".github/workflows/mlgate.yml", mine)
    seen = churn.init("--yes")
    assert ".github/workflows/mlgate.yml: is there already and is kept; init would have written" in seen.out
    assert "-name: mine" in seen.out
    assert (churn.folder / ".github/workflows/mlgate.yml").read_text() == mine
    assert (churn.folder / "mlgate.yml").exists()


def test_a_configuration_that_was_edited_stays_as_it_is(churn: Place) -> None:
    churn.init("--yes")
    config = churn.folder / "mlgate.yml"
    config.write_text(config.read_text().replace("tolerance: 0.1", "tolerance: 0.2"))
    before = churn.files()
    seen = churn.init("--yes")
    assert "Nothing to write" in seen.out
    assert "-    tolerance: 0.2" in seen.out
    assert churn.files() == before


def test_a_file_that_appears_while_somebody_thinks_is_not_replaced(churn: Place) -> None:
    class Slow(Terminal):
        def readline(self, *_: object) -> str:  # type: ignore[override]
            churn.write("mlgate.yml", "mine")
            return "y\n"

    seen = churn.init(stdin=Slow())
    assert seen.code == 2
    assert "mlgate.yml is there now; it was not replaced" in seen.out
    assert (churn.folder / "mlgate.yml").read_text() == "mine"


def test_nothing_is_written_through_a_link_out_of_the_repository(churn: Place, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (churn.folder / ".github").symlink_to(outside)
    seen = churn.init("--yes")
    assert seen.code == 2
    assert "lies outside of the repository, behind a link" in seen.out
    assert not [p for p in outside.rglob("*") if p.is_file()]


def test_an_empty_repository_gets_a_message_that_says_what_to_add(empty: Place) -> None:
    seen = empty.init("--yes")
    assert seen.code == 2
    assert "there is nothing here yet that could be checked" in seen.out
    assert "add a table such as data/test.csv" in seen.out
    assert empty.files() == {}


def test_outside_of_git_it_works_and_says_what_is_missing(tmp_path: Path, bare: Path) -> None:
    place = Place(tmp_path, bare)
    place.write("test.csv", as_csv(customers()))
    seen = place.init("--yes")
    assert seen.code == 0
    assert "this is no git repository" in seen.out


def test_data_that_was_not_pulled_is_named_with_its_mend(empty: Place) -> None:
    empty.write("data/test.csv.dvc", f"outs:\n- md5: {'a' * 32}\n  path: test.csv\n")
    empty.write("app.py", PREDICT)
    seen = empty.init("--yes")
    assert seen.code == 2
    assert "data/test.csv is a DVC file that was not pulled" in seen.out
    assert "mend: dvc pull data/test.csv, then mlgate init again" in seen.out


def test_data_that_git_ignores_is_said_not_to_be_in_ci(churn: Place) -> None:
    churn.git("rm", "-q", "--cached", "data/test.csv")
    churn.write(".gitignore", "data/\n")
    assert "data/test.csv is ignored by git" in churn.init("--dry-run").out


def test_one_configuration_can_be_named(empty: Place) -> None:
    empty.write("ml/credit/app.py", PREDICT)
    empty.write("ml/credit/test.csv", as_csv(customers()))
    empty.write("ml/churn/app.py", PREDICT)
    empty.write("ml/churn/test.csv", as_csv(customers()))
    seen = empty.init("--yes", "--config", "ml/credit/mlgate.yml")
    assert seen.code == 0, seen.out
    assert (empty.folder / "ml/credit/mlgate.yml").exists()
    assert not (empty.folder / "ml/churn/mlgate.yml").exists()


def test_a_model_whose_configuration_lies_beside_it_gets_no_second_one(empty: Place) -> None:
    empty.write("ml/app.py", PREDICT)
    empty.write("ml/test.csv", as_csv(customers()))
    empty.init("--yes", "--config", "ml/mlgate.yml")
    assert "Nothing to write" in empty.init("--yes").out


def test_a_workflow_that_runs_the_gate_already_is_not_doubled(churn: Place) -> None:
    churn.write(".github/workflows/ci.yml", "jobs:\n  gate:\n    uses: mlgate/mlgate/.github/workflows/gate.yml@v1\n")
    seen = churn.init("--yes")
    assert ".github/workflows/ci.yml runs the gate already" in seen.out
    assert not (churn.folder / ".github/workflows/mlgate.yml").exists()


def test_a_label_of_three_classes_leaves_the_data_checks(empty: Place) -> None:
    rows = [{**row, "target": n % 3} for n, row in enumerate(customers())]
    empty.write("test.csv", as_csv([{k: v for k, v in row.items() if k != "churned"} for row in rows]))
    empty.write("app.py", PREDICT)
    seen = empty.init("--yes")
    assert seen.code == 0
    assert "'target' was not taken as label (it has 3 values)" in seen.out
    assert "regression" not in empty.parsed().config.checks


def test_a_table_of_predictions_is_enough(empty: Place) -> None:
    rows = [{"id": n, "y_true": n % 2, "score": n % 7 / 7} for n in range(80)]
    empty.write("predictions.csv", as_csv(rows))
    seen = empty.init("--yes")
    assert seen.code == 0, seen.out
    model = empty.parsed().config.model
    assert model is not None
    assert (model.predictions, model.positive) == ("predictions.csv", 1)


def test_a_web_handler_is_no_predict_function(empty: Place) -> None:
    empty.write("app.py", "import flask\napp = flask.Flask('a')\n@app.post('/')\ndef predict():\n    return ''\n")
    empty.write("predict.py", "import boom\nraise SystemExit\ndef predict(table, threshold=0.5):\n    return table\n")
    empty.write("test.csv", as_csv(customers()))
    seen = empty.init("--dry-run")  # neither file was imported
    assert 'predict: "predict:predict"' in seen.out


def test_a_data_file_that_is_no_table_is_named(empty: Place) -> None:
    empty.write("data/test.parquet", "<html>login</html>")
    seen = empty.init("--yes")
    assert seen.code == 2
    assert "data/test.parquet cannot be read as a table" in seen.out


def test_protection_comes_as_code_and_again_changes_nothing(churn: Place) -> None:
    churn.git("remote", "add", "origin", "git@github.com:octo-org/churn.git")
    assert churn.init("--yes", "--protect").code == 0
    data = json.loads((churn.folder / ".github/mlgate/ruleset.json").read_text())
    assert "/mlgate.yml @octo-org" in data["codeowners"]
    assert "/mlgate.yml @octo-org\n" in (churn.folder / ".github/CODEOWNERS").read_text()
    assert "Nothing to write" in churn.init("--yes", "--protect").out


def test_codeowners_that_are_there_are_kept_wherever_they_lie(churn: Place) -> None:
    churn.write("CODEOWNERS", "* @me\n")
    seen = churn.init("--yes", "--protect")
    assert "CODEOWNERS: is there already and is kept" in seen.out
    assert not (churn.folder / ".github/CODEOWNERS").exists()
