"""Each way to be refused stands in the ledger with its reason and mend; `make promotions` records them all."""

import os
from pathlib import Path

import pytest

from mlgate.ledger.events import Refused
from mlgate.promotion.accepting import PROMOTE, refusals
from mlgate.promotion.place import find_place
from mlgate.promotion.refusing import refuse
from tests.policy.repository import ALONE
from tests.promotion.shop import make_shop
from tests.promotion.test_accepting import REFUSED

EVERY = "MLGATE_ROUNDS" in os.environ
NAMES = list(REFUSED) if EVERY else ["a fork's run", "old evidence", "a waiver that ended"]


def test_refusals_are_recorded_with_every_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
    shop = make_shop(tmp_path)
    place = find_place(shop.clone.path, "origin", None, {})
    for name in NAMES:
        code, case = REFUSED[name]
        reasons = refusals(case, PROMOTE)
        outcome = refuse(place, "promote", case.model, reasons, version=case.version, stage=case.stage)
        event = shop.ledger.events[-1].event
        assert isinstance(event, Refused)
        assert (event.seq, event.reasons) == (outcome.event, reasons)
        assert code in {reason.code for reason in event.reasons}
        assert all(reason.mend for reason in event.reasons)
    assert shop.run("audit", "verify").code == 0
    assert len(shop.run("log").out.splitlines()) == len(NAMES)
