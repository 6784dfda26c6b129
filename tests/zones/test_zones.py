"""No command that holds a credential runs code of the repository or loads a model: zones 2 and 3, seen from inside."""

import datetime
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import mlgate
from mlgate.cli import GROUPS
from mlgate.commands.audit import audit
from mlgate.commands.features import features
from tests.features.test_serving import FEATURES, candidate, rows_of
from tests.github.stage import CONFIG as GATED
from tests.github.stage import PERMISSIONS, Stage
from tests.github_fake import webhooks
from tests.github_fake.server import FakeGitHub
from tests.policy.repository import ALONE
from tests.promotion.shop import Shop, make_shop
from tests.zones.trace import Ended, Trace, started, trace

ZONE_2 = ("report",)
ZONE_3 = (*GROUPS["Release"], "diff")  # of versions; of tables it is for a laptop
NO_MODEL = ("status", "log", "diff", "features", "sign", "verify", "report")  # need no model's file
LIBRARIES = {
    "skops", "sklearn", "joblib", "cloudpickle", "dill", "torch", "tensorflow", "keras", "onnx", "onnxruntime",
    "xgboost", "lightgbm", "catboost", "pandas", "mlflow", "mlgate.worker.model_load", "mlgate.worker.model_predict",
    "mlgate.worker.child", "mlgate.worker.client", "mlgate.worker.supervisor",
}  # fmt: skip
TRAPS = ("app", "train", "conftest", "sitecustomize", "usercustomize", "yaml", "msgspec", "requests", "checks/own")
ROOT = Path(__file__).parents[2]
OURS = (Path(mlgate.__file__).parent, ROOT / "checks", ROOT / "reports")


def pickled(marker: Path, text: str) -> str:
    """A pickle that leaves a marker when somebody loads it, and is another one for each text."""
    return f"cbuiltins\nopen\n(S'{marker}'\nS'w'\ntR.{text}\n"


@pytest.fixture(scope="module")
def marker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Is there as soon as code of the repository, or a model, has run."""
    return tmp_path_factory.mktemp("marker") / "ran"


@pytest.fixture(scope="module")
def shop(marker: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A version is at prod, a second one is registered, and wherever Python could look lies a trap."""
    shop = make_shop(tmp_path_factory.mktemp("shop"))
    trap = f"open({str(marker)!r}, 'w')\nraise SystemExit('code of the repository ran')\n"
    for name in TRAPS:
        shop.clone.write(f"{name}.py", trap)
    shop.clone.write("features.yml", FEATURES)
    for number in (1, 2):
        shop.clone.write(f"sums_v{number}.py", trap)
    shop.clone.write("sums_v1.csv", rows_of(datetime.timedelta(hours=1)))
    shop.merge("features")
    assert shop.run("features", "serve", "sums@1").code == 0
    one, two = pickled(marker, "one"), pickled(marker, "two")
    candidate(shop, one, "v1.0.0", 1, None)
    assert shop.run("promote", "churn@v1.0.0", "--stage", "prod").code == 0
    candidate(shop, two, "v1.1.0", 1, one)
    deploy = {"copy": {"to": str(shop.place.bare.parent / "served")}, "command": {"run": ["true"]}}
    shop.ask("v1.1.0", deploy=deploy)
    (lost,) = (path for path in shop.stored() if path.read_text() == one)
    lost.unlink()
    return shop


@pytest.fixture(scope="module")
def released(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """Every command that releases, in one process."""
    folder = tmp_path_factory.mktemp("here")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    (folder / "signers").write_text(f"ann {(folder / 'key.pub').read_text()}")
    evidence, stage = str(shop.place.bare.parent / "evidence.json"), ("--stage", "prod")
    commands = [
        ["reconcile"], ["audit", "verify", "--offline"], ["register", "--evidence", evidence],
        ["promote", "churn@v1.1.0", *stage], ["deploy", "churn#prod"], ["status"], ["log"],
        ["diff", "churn@v1.0.0", "churn#prod"],
        ["pull", "churn#prod", "--into", str(folder / "pulled")], ["rollback", "churn", *stage, "--drill"],
        ["rollback", "churn", *stage, "--reason", "x"], ["revoke", "churn@v1.1.0", "--reason", "x"],
        ["features", "serve", "sums@2"], ["features", "retire", "sums@2", "--reason", "x"], ["features", "status"],
        ["audit", "verify"], ["audit", "log"],
        ["audit", "export", "--output", str(folder / "audit.json")],
        ["sign", evidence, "--key", str(folder / "key")],
        ["verify", evidence, "--signers", str(folder / "signers")],
    ]  # fmt: skip
    shop.clone.git("fetch", "-q", "--tags", "origin")
    return trace(commands, shop.clone.path, {**ALONE, **shop.named, "PATH": os.environ["PATH"]})


@pytest.fixture(scope="module")
def reported(marker: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trace]:
    """The command that comments, in a checkout full of traps."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in TRAPS:
        path = folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"open({str(marker)!r}, 'w')\n")
    files = {"mlgate.yml": GATED, ".github/workflows/mlgate.yml": "on: pull_request\n", "checks/own.py": "1\n"}
    with FakeGitHub() as fake:
        repository = fake.repository("acme/credit", files)
        stage = Stage(fake, repository)
        pull = stage.pull()
        run = stage.gated(pull, stage.evidence(pull))
        event = folder / "event.json"
        event.write_bytes(msgspec.json.encode(webhooks.workflow_run(repository, run)))
        environ = {
            "GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(event), "GITHUB_API_URL": fake.url,
            "GITHUB_REPOSITORY": "acme/credit", "GITHUB_SERVER_URL": "https://github.test", "GITHUB_RUN_ID": "9",
            "GITHUB_RUN_NUMBER": "4", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_TOKEN": fake.token(repository, PERMISSIONS),
            "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        yield trace([["report"]], folder, environ)


@pytest.fixture(params=["released", "reported"])
def seen(request: pytest.FixtureRequest) -> Trace:
    """What the commands of a zone did."""
    found: Trace = request.getfixturevalue(request.param)
    return found


def test_every_command_of_both_zones_was_seen_and_ended_well(released: Trace, reported: Trace) -> None:
    assert [(c.words, c.output) for c in (*released.commands, *reported.commands) if c.code] == []
    typed = {c.words[0] for c in (*released.commands, *reported.commands)}
    assert typed == {*ZONE_2, *ZONE_3}
    for group, name in ((audit, "audit"), (features, "features")):
        assert {c.words[1] for c in released.commands if c.words[0] == name} == {*group.commands}


def test_no_code_ran_that_is_not_pythons_a_librarys_or_mlgates(seen: Trace) -> None:
    paths = sysconfig.get_paths()
    own = tuple(str(Path(path).resolve()) for path in (*paths.values(), sys.base_prefix, *map(str, OURS)))
    files = {file for file in seen.of("exec") if not file.startswith("<")}
    assert len(files) > 50, "the hook sees what runs"
    assert {file for file in files if not str(Path(file).resolve()).startswith(own)} == set()


def test_no_model_library_and_nothing_of_the_worker_is_asked_for(seen: Trace) -> None:
    asked = {*seen.of("import")}
    assert "mlgate.errors" in asked, "the hook sees what is imported"
    assert {name for name in asked if name in LIBRARIES or name.partition(".")[0] in LIBRARIES} == set()


def test_nothing_is_unpickled(seen: Trace, marker: Path) -> None:
    assert seen.of("pickle.find_class") == []
    assert not marker.exists()


def test_git_and_ssh_keygen_are_all_that_is_started_besides_the_stages_own_hook(
    released: Trace, reported: Trace
) -> None:
    assert {words[0] for command in released.commands for words in started(command)} == {"git", "ssh-keygen", "true"}
    hooked = [command.words[0] for command in released.commands if ["true"] in started(command)]
    assert hooked == ["reconcile", "promote", "deploy", "rollback"]
    assert [words for command in reported.commands for words in started(command)] == []
    for trace_ in (released, reported):
        assert trace_.of("os.system", "os.exec", "os.spawn", "os.posix_spawn") == []


def models(command: Ended) -> list[str]:
    """The model's files that a command opened."""
    return [path for path in command.of("open") if isinstance(path, str) and "model.bin" in path]


def test_a_command_that_needs_no_model_opens_none(released: Trace, reported: Trace) -> None:
    for command in (*released.commands, *reported.commands):
        if command.words[0] in NO_MODEL:
            assert models(command) == [], command.words
