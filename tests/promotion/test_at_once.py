"""Promotions that are killed at any moment, and promotions that race: nothing is torn or lost, and one wins.

`make promotions` runs many rounds of them, `make test` a few.
"""

import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from mlgate.evidence import Run, canonical
from mlgate.ledger.events import Promote, Refused
from tests.promotion.shop import Shop, make_shop

ROUNDS = int(os.environ.get("MLGATE_ROUNDS", "2"))
RACES = max(1, ROUNDS // 8)
RACERS = (2, 4, 8) if ROUNDS > 3 else (3,)
VERSIONS = max(RACERS)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Versions of which the first is at prod, where further ones need no approval."""
    shop = make_shop(tmp_path_factory.mktemp("many"))
    for number in range(VERSIONS + 1):
        path = shop.evidence(shop.train(f"text {number}"), "text 0" if number else None)
        assert shop.run("register", "--evidence", str(path), "--version", f"v1.{number}.0").code == 0
    shop.ask("v1.0.0")
    assert shop.run("promote", "churn@v1.0.0", "--stage", "prod").code == 0
    shop.stages({"prod": {"approval": []}})
    return shop


def evidence(shop: Shop, version: str, nonce: float) -> Path:
    """New evidence for a version, compared with today's champion."""
    state = shop.ledger.state
    champion = state.current("churn", "prod")
    made = shop.made(
        state.version("churn", version).source_sha, f"text {champion.version.split('.')[1]}", run=Run(nonce, 17, ())
    )
    path = shop.place.bare.parent / f"evidence-{version}.json"
    path.write_bytes(canonical(made) + b"\n")
    return path


def start(shop: Shop, version: str, path: Path) -> "subprocess.Popen[str]":
    process: Any = shop.start("promote", f"churn@{version}", "--stage", "prod", "--evidence", str(path))
    return process


def test_a_promotion_that_is_killed_at_any_moment_happened_or_did_not(many: Shop) -> None:
    """Only the client is killed, or git with it; whatever it said is so, and the next attempt ends well."""
    chance, done = random.Random(17), many.kinds.count("promote")
    longest = 1.0
    for number in range(ROUNDS):
        version = f"v1.{1 + number % VERSIONS}.0"
        path = evidence(many, version, number)
        process, began = start(many, version, path), time.monotonic()
        time.sleep(chance.uniform(0.1, longest))
        said_so = process.poll() == 0
        if process.poll() is None and chance.random() < 0.5:
            subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)  # its git
        process.send_signal(signal.SIGKILL)
        process.communicate()
        seen = many.run("audit", "verify")
        assert seen.code == 0, seen.out
        is_there = many.ledger.state.current("churn", "prod").version == version
        assert is_there or not said_so, "what was acknowledged is lost"
        again = many.run("promote", f"churn@{version}", "--stage", "prod", "--evidence", str(path))
        assert again.code == 0, again.out + again.err
        longest = max(longest, min(3.0, time.monotonic() - began))
        assert many.ledger.state.current("churn", "prod").version == version
    assert many.kinds.count("promote") == done + ROUNDS, "each is there once"
    assert many.run("reconcile").code == 0
    assert (many.store / "churn" / "stages" / "prod").read_text().strip() == version


@pytest.mark.parametrize("racers", RACERS)
def test_of_racing_promotions_one_wins_and_each_loser_is_told_why(racers: int, many: Shop) -> None:
    for round_ in range(RACES):
        race(many, racers, round_)
    seen = many.run("audit", "verify")
    assert seen.code == 0, seen.out


def race(shop: Shop, racers: int, round_: int) -> None:
    before = len(shop.ledger.events)
    champion = shop.ledger.state.current("churn", "prod").version
    versions = [f"v1.{n}.0" for n in range(VERSIONS + 1) if f"v1.{n}.0" != champion][:racers]
    paths = {version: evidence(shop, version, 1_000 * racers + round_) for version in versions}
    running = {version: start(shop, version, path) for version, path in paths.items()}
    ended = {version: (*process.communicate(), process.returncode) for version, process in running.items()}
    winners = [version for version, (_, _, code) in ended.items() if code == 0]
    assert len(winners) == 1, ended
    assert shop.ledger.state.current("churn", "prod").version == winners[0]
    events = [record.event for record in shop.ledger.events[before:]]
    assert [event.version for event in events if isinstance(event, Promote)] == winners
    for version, (out, err, code) in ended.items():
        if version != winners[0]:
            assert code == 1, out + err
            assert re.search(r"the evidence compares with the model \w+, and now", out)
    refused = {event.version: event.reasons[0].code for event in events if isinstance(event, Refused)}
    assert refused == {version: "champion-changed" for version in versions if version != winners[0]}
    shown = (shop.store / "churn" / "stages" / "prod").read_text().strip()
    assert shown == winners[0]
