"""Random schedules: pushes, gates of several models that end out of order, re-runs, faults, killed processes."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from mlgate.github.comment import compose, is_ours, said
from mlgate.github.models import Comment
from mlgate.github.sections import Asked, Key, Result, Section, Sections, merge
from mlgate.github.upsert import Create, Edit, ListComments, Steps, Wanted, upsert
from tests.github.simulation import BOT, World, Writer, play

LAG = 2.0
Write = Callable[[Wanted, Random], Steps[Any]]


@dataclass(frozen=True)
class Schedule:
    """What will happen, and what must be in the comment after it."""

    seed: int
    heads: list[tuple[float, str]]
    reports: list[tuple[float, Wanted]]
    newest: dict[str, Result]  # of each model, for the last head


def wanted(model: str, head: str, number: int, attempt: int, *, is_request: bool = False) -> Wanted:
    """The report of one run on one model."""
    asked = Asked(number, attempt, head)
    text = f"### ✅ mlgate: safe to merge — {model} at {head[:7]}, run {number}.{attempt}\n\n| a |\n|---|\n| {model} |"
    result = Result(key=Key(number, attempt, 2), head_sha=head, sign="✅", text=text)
    section = Section(None, asked) if is_request else Section(result, asked)
    return Wanted(sections={model: section}, head_sha=head, may_create=not is_request)


def draw(seed: int) -> Schedule:
    """A schedule of two to eight reports (and the requests before some of them)."""
    random = Random(seed)
    models = [f"{name}.yml" for name in "abcdefgh"[: random.randint(1, 8)]]
    most = max(1, 8 // len(models))
    pushes = random.randint(1 if len(models) > 1 else 2, most)
    heads = [(0.0 if n == 0 else random.uniform(0, 40), f"{n + 1:x}" * 40) for n in range(pushes)]
    heads = [(at, sha) for at, (_, sha) in zip(sorted(at for at, _ in heads), heads, strict=True)]
    reports: list[tuple[float, Wanted]] = []
    newest: dict[str, Result] = {}
    spread = random.choice((1.0, 10.0, 40.0))
    for number, (pushed, head) in enumerate(heads, start=1):
        for model in models:
            if random.random() < 0.5:
                reports.append((pushed + random.uniform(0, 3), wanted(model, head, number, 1, is_request=True)))
            last = 2 if len(reports) < 7 and random.random() < 0.15 else 1
            for attempt in range(1, last + 1):
                report = wanted(model, head, number, attempt)
                reports.append((pushed + random.uniform(0, spread), report))
                if head == heads[-1][1] and (result := report.sections[model].result):
                    newest[model] = result
    return Schedule(seed, heads, reports, newest)


def run(schedule: Schedule, write: Write = upsert, *, is_calm: bool = False) -> World:
    """The schedule has been played; a killed report has been started once more, as CI does."""
    random = Random(f"{schedule.seed} luck")
    world = World(random, LAG, schedule.heads)
    writers, again = [], []
    for starts, report in schedule.reports:
        dies = None if is_calm or random.random() > 0.08 else random.randint(1, 6)
        luck = (0.0, 0) if is_calm or random.random() > 0.3 else (random.uniform(0.1, 0.6), 3)
        writers.append(Writer(write(report, Random(random.random())), starts, *luck, dies_after=dies))
        if dies is not None:
            again.append(Writer(write(report, Random(random.random())), starts + random.uniform(5, 60)))
    play(world, writers + again)
    return world


def faults_of(world: World, schedule: Schedule) -> list[str]:
    """What is wrong with the comments: how many there are, what is lost, what is stale."""
    world.now += 10 * LAG
    ours = [c for c in world.comments() if is_ours(c, "default", BOT.login)]
    if len(ours) != 1:
        return [f"{len(ours)} comments"]
    sections = merge(*said(ours))
    wrong = []
    for model, result in schedule.newest.items():
        shown = sections.get(model, Section())
        if shown.result is None:
            wrong.append(f"{model} lost")
        elif shown.result.key != result.key or shown.result.text != result.text or shown.pending:
            wrong.append(f"{model} stale")
    return wrong


def report_once_more(world: World, schedule: Schedule, write: Write = upsert) -> None:
    """One more report of the newest results of one model, undisturbed."""
    model = world.random.choice(sorted(schedule.newest))
    section = Section(schedule.newest[model])
    last = Wanted(sections={model: section}, head_sha=schedule.heads[-1][1])
    play(world, [Writer(write(last, Random(0)), 0.0)])


def naive_merge(report: Wanted, random: Random) -> Steps[str]:
    """What tools do: look for the comment, then create or edit it."""
    listed: tuple[Comment, ...] = yield ListComments()
    ours = [c for c in listed if is_ours(c, report.name, report.author)]
    sections: Sections = merge(*said(ours), report.sections)
    body = compose(sections, report.name)
    if ours:
        yield Edit(ours[0].id, body)
    elif report.may_create:
        yield Create(body)
    return "written"


def naive_replace(report: Wanted, random: Random) -> Steps[str]:
    """What simpler tools do: the comment says what the last writer found out."""
    listed: tuple[Comment, ...] = yield ListComments()
    ours = [c for c in listed if is_ours(c, report.name, report.author)]
    latest: Sections = {**merge(*said(ours)), **report.sections}
    if ours:
        yield Edit(ours[0].id, compose(latest, report.name))
    elif report.may_create:
        yield Create(compose(latest, report.name))
    return "written"
