"""Tag, comparison, promotion, rollback, drill: releases come about, and a model's code never holds a credential."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from mlgate.ledger.events import Promote, Refused, Rollback
from tests.end_to_end.consumer import curious, git
from tests.end_to_end.harness import Runner
from tests.end_to_end.releases import (
    DRILL,
    FILES,
    PROMOTE,
    PROMOTED,
    REQUEST,
    ROLLBACK,
    SHOWN,
    STAGES,
    Hub,
    Released,
    Releases,
    authorization,
)
from tests.github_fake import webhooks
from tests.github_fake.clock import SystemClock

WAITING = """    with:
      version: ${{ inputs.version }}
      stage: ${{ inputs.stage || 'prod' }}
      setup: touch FLAG; while [[ ! -e GO ]]; do sleep 0.05; done
"""


@pytest.fixture
def chain(runner: Runner, tmp_path: Path) -> Iterator[Releases]:
    """A repository `octo/consumer` with a model that was never released; its environment has a secret."""
    folder = tmp_path / "chain"
    inherit = SHOWN[PROMOTE].rstrip("\n") + "\n    secrets: inherit\n"
    files = {**FILES, PROMOTE: inherit, "stages.yml": STAGES.replace("TARGET", str(folder / "service"))}
    with Hub(SystemClock()) as fake:
        yield Releases(runner, fake, fake.repository("octo/consumer", files), folder)


def model(threshold: int) -> dict[str, str]:
    """The file of a model."""
    return {"model.json": f'{{"at": {threshold}}}\n'}


def assert_without_rights(chain: Releases, released: Released, job: str) -> None:
    """No shell of the job had a token or a secret, though other jobs of the run had both."""
    seen = released.environments[job]
    assert any("GITHUB_STEP_SUMMARY" in environment for environment in seen), "no step was seen"
    for environment in seen:
        assert not [value for value in chain.credentials if value in environment]
        assert not re.findall(r"\w*(?:TOKEN|SECRET|PASSWORD)\w*=\S", environment)
    others = "".join(text for name, texts in released.environments.items() if name != job for text in texts)
    assert chain.credentials[-2] in others, "the spy sees no token where there is one"


def test_a_tag_becomes_a_release_that_is_deployed_and_the_models_code_sees_no_credential(
    chain: Releases, tmp_path: Path
) -> None:
    loot = tmp_path / "loot"
    before = chain.repository.tip("main") or ""
    chain.repository.set_ref("tags/1.0", before)
    commit = chain.merge({"prepare.py": curious(loot)})
    gated = chain.gate(before)
    assert gated.seen.jobs == {"gate / gate": "success"}, gated.seen.log
    described = git(chain.clone("before"), "describe", "--tags", "main")

    request, asked = chain.request("release/churn/v1.0.0", commit)
    assert asked.jobs == {"request": "success"}, asked.log
    loot.unlink()
    released = chain.after(request)

    assert released.seen.jobs == PROMOTED, released.seen.log
    assert_without_rights(chain, released, "compare")
    assert "PATH=" in loot.read_text(encoding="utf-8"), "the model's code saw nothing at all"
    assert not [value for value in chain.credentials if value in loot.read_text(encoding="utf-8")]

    kinds = [record.event.__struct_config__.tag for record in chain.ledger.events]
    assert kinds == ["register", "promote", "projected", "deployed"]
    decided = next(r.event for r in chain.ledger.events if isinstance(r.event, Promote))
    assert (decided.version, decided.bootstrap, decided.origin.run) == ("v1.0.0", True, released.run.id)
    assert decided.approval is not None
    assert (decided.approval.kind, decided.approval.by) == ("environment", "ada")

    [release] = chain.repository.releases.current()
    assert (release.tag, release.draft, "At: **prod**" in (release.body or "")) == ("churn@v1.0.0", False, True)
    assert {asset.name for asset in chain.repository.assets.current()} == {"model.json", "release.json"}
    [deployment] = chain.repository.deployments.current()
    assert (deployment.ref, deployment.environment) == ("churn@v1.0.0", "production")
    states = [each.state for each in chain.repository.deployment_statuses.current()]
    assert states == ["in_progress", "success"]
    assert json.loads((chain.target / "current" / "model.json").read_text()) == {"at": 50}
    assert "churn@v1.0.0 is at prod (event 2, approved by ada)" in released.seen.summary

    after = chain.clone("after")
    git(after, "tag", "--delete", "release/churn/v1.0.0")  # a person's, on source; ours are on commits without
    assert git(after, "describe", "--tags", "main") == described
    assert {"churn@v1.0.0", "churn#prod#1"} <= set(git(after, "tag").split())


def test_a_champion_that_moves_during_the_comparison_is_noticed_and_the_next_run_promotes(
    chain: Releases, tmp_path: Path
) -> None:
    chain.bring("v1.0.0", model(49))
    chain.bring("v1.1.0", model(50))
    flag, go = tmp_path / "flag", tmp_path / "go"
    waiting = WAITING.replace("FLAG", str(flag)).replace("GO", str(go))
    shown = re.sub(r"    with: .*\n", lambda _: waiting, SHOWN[PROMOTE])
    before = chain.repository.tip("main") or ""
    chain.merge({**model(51), PROMOTE: shown})
    chain.gate(before)
    chain.repository.set_ref("tags/release/churn/v1.2.0", chain.repository.tip("main") or "")

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(chain.dispatch, PROMOTE, version="release/churn/v1.2.0", stage="prod")
        while not flag.exists() and not running.done():
            sleep(0.05)
        back = chain.typed(chain.clone("back"), "rollback", "churn", "--stage", "prod", "--reason", "recall fell")
        go.touch()
        refused = running.result()

    assert back.code == 0, back.out + back.err
    assert refused.seen.jobs == {**PROMOTED, "promote / promote": "failure"}, refused.seen.log
    last = chain.ledger.events[-1].event
    assert isinstance(last, Refused)
    [reason] = last.reasons
    assert (reason.code, reason.mend) == ("champion-changed", "run this workflow again, from its first job")
    assert [a.message for a in refused.seen.annotations if a.title.startswith("refused to promote")] == [
        f"{reason.message}\nmend: {reason.mend}"
    ]
    assert chain.champion == "v1.0.0"

    again = chain.dispatch(PROMOTE, version="churn@v1.2.0", stage="prod")
    assert again.seen.jobs == PROMOTED, again.seen.log
    assert chain.champion == "v1.2.0"


def test_a_version_whose_workflow_files_no_branch_has_any_more_is_drilled_and_comes_back(chain: Releases) -> None:
    old = chain.bring("v1.0.0", model(50))
    chain.merge({".github/workflows/retrain.yml": "on: workflow_dispatch\njobs: {}\n"})
    chain.bring("v1.1.0", model(49))
    token = chain.fake.token(chain.repository, {"contents": "write"})
    clone = chain.clone("control")
    header = ("-c", f"http.extraheader={authorization(token)}")
    with pytest.raises(Exception, match="push"):
        git(clone, *header, "push", "origin", f"{old}:refs/tags/back")

    drilled = chain.start(DRILL, "schedule", webhooks.schedule(chain.repository, "17 4 * * 1", DRILL))
    jobs = ("standby", "score", "drill")
    assert drilled.seen.jobs == {f"drill / {job}": "success" for job in jobs}, drilled.seen.log
    assert_without_rights(chain, drilled, "score")
    told = drilled.seen.summary
    assert "churn@v1.0.0 could be at prod again" in told
    assert re.search(r"fetched and verified 11 bytes in \d+\.\d s; nothing was changed", told)
    assert re.search(r"scored 1,000 rows in \d+\.\d s; all 1 measured values are as registered", told)
    assert chain.champion == "v1.1.0"

    back = chain.dispatch(ROLLBACK, approved=False, model="churn", stage="prod", to="", reason="recall fell")
    assert back.seen.jobs == {"rollback / rollback": "success"}, back.seen.log
    assert chain.champion == "v1.0.0"
    last = next(r.event for r in reversed(chain.ledger.events) if isinstance(r.event, Rollback))
    assert (last.version, last.previous, last.reason) == ("v1.0.0", "v1.1.0", "recall fell")
    assert json.loads((chain.target / "current" / "model.json").read_text()) == {"at": 50}


def test_a_model_that_is_worse_than_the_champion_never_reaches_the_job_with_credentials(chain: Releases) -> None:
    chain.bring("v1.0.0", model(50))
    before, events = chain.repository.tip("main") or "", len(chain.ledger.events)
    worse = chain.merge(model(80))
    chain.repository.set_ref("tags/release/churn/v1.1.0", worse)
    released = chain.dispatch(PROMOTE, version="churn@v1.1.0", stage="prod")
    assert released.seen.jobs == {"promote / plan": "success", "promote / compare": "failure"}, released.seen.log
    assert "do not merge" in released.seen.summary
    assert (len(chain.ledger.events), before != worse) == (events, True)


@pytest.mark.parametrize(
    "more", [{"event": "pull_request"}, {"head_branch": "main"}, {"conclusion": "failure"}, {"fork": "mallory"}]
)
def test_what_is_no_finished_request_by_a_tag_starts_nothing(chain: Releases, more: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"workflow": REQUEST, "event": "push", "head_branch": "release/churn/v1.0.0"}
    if "fork" in more:
        more = {"head_repository": chain.repository.fork(more["fork"])}
    run = chain.repository.run(**{**facts, "head_sha": chain.repository.tip("main"), **more})
    released = chain.after(run)
    assert released.seen.jobs == {}, released.seen.log
