"""Looking: the predictions of a run and its checks of them, for commands that judge the rows in their own way."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import msgspec

from mlgate.config import Policy, policy_digest
from mlgate.configuring.setting import Request, Setting
from mlgate.errors import user_error
from mlgate.evidence import Evidence, Finding, Predicate
from mlgate.measuring.joint import Joint
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions
from mlgate.running.asking import Asked
from mlgate.running.runner import PLAN_STEPS, State, ask_user_code, scan, started, today
from mlgate.running.trees import Say, Tree
from mlgate.verdict import settle

LOOKING = (scan, ask_user_code)


@dataclass(frozen=True)
class Looked:
    """The test rows with both models' predictions, and the checks that judge them."""

    setting: Setting
    joint: Joint
    facts: Facts
    asked: tuple[Asked, ...]
    state: State

    @property
    def base(self) -> Tree | None:
        """The tree of the baseline, while the look lasts."""
        return self.state.there

    def judge(self, joint: Joint) -> tuple[Finding, ...]:
        """What the configured checks say of these rows, settled under the policy, as a run does it."""
        found: list[Finding] = []
        for asked in self.asked:
            values = {q: joint if isinstance(q, Predictions) else self.state.answers.get(q) for q in asked.questions}
            for finding in asked.check.judge(asked.params, Answers(self.facts, values)):
                severity = min(finding.severity, asked.params.severity, key=("info", "warn", "block").index)
                found.append(msgspec.structs.replace(finding, id=asked.id, severity=severity, source=joint.source))
        predicate = Predicate(kit="", policy_sha256=policy_digest(self.setting.governing), findings=tuple(found))
        return settle(Evidence(predicate=predicate), self.policy, today())

    @property
    def policy(self) -> Policy:
        """The policy that governs, without waivers: they are for findings, not for trials."""
        return msgspec.structs.replace(self.setting.governing.policy, waivers=())


@contextmanager
def look(request: Request, say: Say) -> Iterator[Looked]:
    """The candidate's and the baseline's predictions of the test rows; trees and files are there while it lasts.

    Only checks of predictions are asked. Raises a `UserError` where there are no rows with both models' predictions.
    """
    with ExitStack() as stack:
        state = started(request, stack, say, time.monotonic())
        for step in PLAN_STEPS:
            state = step(state)
        if state.crash:
            raise user_error(state.crash)
        asked = tuple(each for each in state.asked if each.is_about_predictions and not each.fault)
        if not asked:
            raise user_error(
                f"{state.known.name} has no check that compares predictions",
                mend="add `regression` to its checks, see `mlgate checks regression`",
            )
        state = replace(state, asked=asked)
        for step in LOOKING:
            state = step(state)
        assert state.facts is not None
        yield Looked(state.known, _joint(state), state.facts, asked, state)


def _joint(state: State) -> Joint:
    """The first set of rows: the test table's own."""
    predicted = state.predicted
    if predicted is None or predicted.fault:
        raise user_error(predicted.fault.message if predicted and predicted.fault else "there are no predictions")
    joint = next((j for j in predicted.joints if isinstance(j, Joint)), None)
    if joint is None:
        raise user_error("a metrics file has no rows to look at", mend="gate predictions instead, see docs/adopting.md")
    return joint
