"""Self-test: how often the gate as configured blocks what did no harm, and finds what did, on its own test rows."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mlgate.errors import user_error
from mlgate.evidence import Finding
from mlgate.exploring.layout import columns
from mlgate.exploring.planting import Pair, pair_of, share_for, unchanged, worse
from mlgate.exploring.power import Sight, figure, of_findings
from mlgate.measuring.joint import Joint
from mlgate.measuring.metrics import metric_named
from mlgate.reporting.figures import roughly
from mlgate.reporting.phrases import subject
from mlgate.running.looking import Looked
from mlgate.verdict import conclude

DROPS = (0.5, 1.0, 2.0)  # margins
ALLOWED_BLOCKS, WANTED_POWER = 0.05, 0.80


@dataclass(frozen=True)
class Rates:
    """How often, of so many trials, the gate blocked, and the primary comparison failed or passed."""

    trials: int
    blocked: int
    failed: int
    passed: int
    blocking: Counter[str]  # trials that each check blocked

    def share(self, count: int) -> float:
        """The count as a share of the trials."""
        return count / self.trials


@dataclass(frozen=True)
class SelfTest:
    """What was found: the rates without a change and with planted drops, and what the rows can see."""

    pair: Pair
    primary: Finding
    sight: Sight
    nothing: Rates
    drops: tuple[tuple[float, Rates], ...]

    @property
    def blocks_too_often(self) -> bool:
        """Whether an unchanged model is blocked more often than 5 % and chance."""
        return _exceeds(self.nothing.blocked, self.nothing.trials, ALLOWED_BLOCKS)

    @property
    def can_see(self) -> bool:
        """Whether a drop of one margin is found, and an unchanged model passes, 4 times in 5, but for chance."""
        found = dict(self.drops)[1.0]
        missed = max(found.trials - found.failed, self.nothing.trials - self.nothing.passed)
        return not _exceeds(missed, found.trials, 1 - WANTED_POWER)


def run(looked: Looked, trials: int, seed: int, say: Callable[[str], None]) -> SelfTest:
    """The trials on the looked-at rows; a `UserError` where `regression` has no comparison to test."""
    rng = np.random.default_rng(seed)
    pair = pair_of(looked.joint, rng)
    primary = _primary(looked.judge(pair.joint))
    assert primary.metric is not None
    assert primary.margin is not None
    say(f"{trials:,} trials without a change")
    found = [looked.judge(unchanged(pair.joint, rng)) for _ in range(trials)]
    drops = []
    for times in DROPS:
        say(f"{trials:,} trials with a drop of {times:g} margins")
        share = share_for(pair.joint, primary.metric, times * primary.margin, seed)
        rows = (worse(unchanged(pair.joint, rng), share, rng) for _ in range(trials))
        drops.append((times, _rates(looked, [looked.judge(joint) for joint in rows])))
    return SelfTest(pair, primary, _sight(found), _rates(looked, found), tuple(drops))


def render(found: SelfTest) -> str:
    """A table of rates and, in sentences, whether the gate can do its job."""
    name, margin, n = subject(found.primary), found.primary.margin or 0.0, found.pair.joint.n
    how = "the candidate and the same with noise on its scores" if found.pair.is_noise else "candidate and baseline"
    table: list[tuple[str, ...]] = [("true change of " + name, "gate blocks", "found worse", "passes", "cannot tell")]
    table.append(("none", *_cells(found.nothing)))
    for times, rates in found.drops:
        margins = f"{times:g} margin{'s' * (times > 1)}"
        table.append((f"worse by {figure(times * margin)} ({margins})", *_cells(rates)))
    return "\n".join(
        [
            f"{n:,} rows, {found.nothing.trials:,} trials a line; {how} exchanged row by row, "
            f"differing on {100 * found.pair.discordant:.1f} % of the rows.",
            "",
            *columns(table, right=(1, 2, 3, 4)),
            "",
            *_said(found, name, margin, n),
        ]
    )


def _said(found: SelfTest, name: str, margin: float, n: int) -> Iterator[str]:
    blocked = found.nothing.share(found.nothing.blocked)
    if found.blocks_too_often:
        by = ", ".join(f"{check} {c:,}" for check, c in found.nothing.blocking.most_common(3))
        yield f"It blocks too often: an unchanged model {100 * blocked:.1f} % of the time (by {by})."
    else:
        yield f"It does not cry wolf: an unchanged model is blocked {100 * blocked:.1f} % of the time."
    usual = metric_named(found.primary.metric or "").margin
    asked = [margin, *([usual] if isinstance(usual, float) and usual < margin else [])]
    for each in asked:
        sight = Sight(name, each, found.sight.n, found.sight.se)
        sees = found.can_see if each == margin else sight.affordable <= each
        if sees:
            yield f"{n:,} rows can see a drop of {figure(each)} in {name}."
        else:
            yield (
                f"{n:,} rows cannot see a drop of {figure(each)} in {name}: that needs ≈ {roughly(sight.needed)} rows; "
                f"they can see {figure(sight.affordable, up=True)}."
            )
    yield (
        "The gate as configured can do its job."
        if found.can_see and not found.blocks_too_often
        else "The gate as configured cannot do its job: widen the margin to what the rows can see, or judge more rows."
    )


def _rates(looked: Looked, trials: Sequence[tuple[Finding, ...]]) -> Rates:
    verdicts = [conclude(findings, looked.policy) for findings in trials]
    statuses = Counter(_primary(findings).status for findings in trials)
    blocking = Counter(check for v in verdicts for check in {f.id for f in v.blocking})
    return Rates(
        len(trials), sum(bool(v.blocking) for v in verdicts), statuses["fail"], statuses["pass"], blocking
    )  # fmt: skip


def _primary(findings: Sequence[Finding]) -> Finding:
    """The comparison that `regression` tests alone."""
    for finding in findings:
        if finding.id == "regression" and finding.margin and finding.family is None and finding.metric:
            return finding
    why = next((f.message for f in findings if f.id == "regression"), "the configuration has no check `regression`")
    raise user_error(f"there is nothing to test: {why}", mend="see `mlgate checks regression`")


def _sight(trials: Sequence[tuple[Finding, ...]]) -> Sight:
    """What the rows see of the primary comparison, by the mean variance over the trials without a change."""
    sights = [sight for findings in trials for sight in of_findings([_primary(findings)])]
    if not sights:
        raise user_error("no trial had a standard error, so nothing can be said of what these rows see")
    first = sights[0]
    return Sight(first.name, first.margin, first.n, float(np.sqrt(np.mean([s.se**2 for s in sights]))))


def _cells(rates: Rates) -> tuple[str, ...]:
    open_ones = rates.trials - rates.failed - rates.passed
    return tuple(f"{100 * rates.share(c):.1f} %" for c in (rates.blocked, rates.failed, rates.passed, open_ones))


def _exceeds(count: int, trials: int, rate: float) -> bool:
    """Whether the count is more than the rate and two standard errors of chance explain."""
    return bool(count / trials > rate + 2 * np.sqrt(rate * (1 - rate) / trials))


def of_joint(joint: Joint) -> int:
    """How many trials are enough for a table and end within minutes."""
    return 200 if joint.n <= 20_000 else 40
