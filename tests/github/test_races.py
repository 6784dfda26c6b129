"""Whole reports race on the fake of GitHub: requests, runs that end out of order, re-runs, faults, lag."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from mlgate.github.report import Reported
from mlgate.github.sections import Section
from mlgate.github.state import read_sections
from tests.github.stage import FILES, Stage, failing
from tests.github_fake import faults
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.scheduler import Scheduler

SEEDS = 60
WRITES = ("issues/create-comment", "issues/update-comment", "issues/list-comments", "pulls/get")


def late(stage: Stage, scheduler: Scheduler, seconds: float, run: Any, action: str) -> Callable[[], Reported]:
    """A report that starts after a while."""

    def act() -> Reported:
        scheduler.sleep(seconds)
        return stage.report(run, action)

    return act


@pytest.mark.parametrize("seed", range(SEEDS))
def test_racing_reports_leave_one_comment_and_the_newest_status(seed: int) -> None:
    random = Random(seed)
    with InProcessGitHub() as fake:
        stage = Stage(fake, fake.repository("acme/credit", FILES))
        pull = stage.pull(fork=random.choice([None, "octocat"]))
        runs = [stage.gated(pull, stage.evidence(pull, findings=failing()))]
        for push in range(random.randint(1, 2)):
            pull = stage.repository.push(pull, {"new.csv": f"{push}\n"})
            runs.append(stage.gated(pull, stage.evidence(pull, findings=failing())))
        last = replace(runs[-1], run_attempt=2)
        stage.keep(last, {"evidence.json": stage.evidence(pull)})
        scheduler = Scheduler.random(fake.clock, seed, (0.05, 0.5))
        stage.scheduler = scheduler
        fake.lag(lambda: random.uniform(0, 2))
        for operation in WRITES:
            if random.random() < 0.4:
                fake.inject(operation, faults.server_error(after=random.random() < 0.5), skip=random.randint(0, 3))
        reports = [(run, action) for run in [*runs, last] for action in ("requested", "completed")]
        scheduler.run({f"{n}": late(stage, scheduler, random.uniform(0, 8), *each) for n, each in enumerate(reports)})
        fake.lag(0)
        fake.clock.sleep(60)
        stage.scheduler = None
        stage.report(last)
        said = read_sections(stage.body(pull.number)).get("mlgate.yml", Section())
        assert said.pending is None
        assert said.result is not None
        assert (said.result.head_sha, said.result.key[:2]) == (pull.head_sha, (last.id, 2))
        assert stage.status(pull.head_sha)[0] == "success"
