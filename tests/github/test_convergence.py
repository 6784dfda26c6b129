"""However writers meet, one comment is left and it says the newest; what tools do instead fails the same schedules."""

from random import Random

import pytest

from mlgate.github.upsert import SETTLING, upsert
from tests.github import schedules
from tests.github.simulation import LATENCY, World, Writer, play

SCHEDULES = 2_000
FEW = 300


def failing(write: schedules.Write, seeds: range) -> list[tuple[int, list[str]]]:
    """The schedules after which something is wrong even when one more report has run undisturbed."""
    wrong = []
    for seed in seeds:
        schedule = schedules.draw(seed)
        world = schedules.run(schedule, write)
        if schedules.faults_of(world, schedule):
            schedules.report_once_more(world, schedule, write)
            if left := schedules.faults_of(world, schedule):
                wrong.append((seed, left))
    return wrong


@pytest.mark.parametrize("start", range(0, SCHEDULES, 500))
def test_one_comment_that_says_the_newest_is_left_of_every_schedule(start: int) -> None:
    assert failing(upsert, range(start, start + 500)) == []


@pytest.mark.parametrize("write", [schedules.naive_merge, schedules.naive_replace])
def test_naive_writers_fail_the_same_schedules(write: schedules.Write) -> None:
    assert len(failing(write, range(FEW))) > FEW / 3


def test_naive_writers_double_lose_and_leave_stale() -> None:
    kinds = set()
    for seed in range(FEW):
        schedule = schedules.draw(seed)
        world = schedules.run(schedule, schedules.naive_merge, is_calm=True)
        kinds |= {fault.split()[-1] for fault in schedules.faults_of(world, schedule)}
    assert kinds == {"comments", "lost", "stale"}


def test_schedules_hold_what_they_claim() -> None:
    drawn = [schedules.draw(seed) for seed in range(FEW)]
    finals = [sum(w.may_create for _, w in s.reports) for s in drawn]
    assert min(finals) >= 2
    assert max(finals) >= 8
    assert any(len(s.heads) > 2 for s in drawn)
    assert any(s.reports != sorted(s.reports, key=lambda r: r[0]) for s in drawn)


def test_eight_legs_within_one_second_lose_nothing() -> None:
    for seed in range(200):
        random = Random(seed)
        head = "1" * 40
        reports = [(random.random(), schedules.wanted(f"{n}.yml", head, 1, 1)) for n in range(8)]
        newest = {name: s.result for _, w in reports for name, s in w.sections.items() if s.result}
        schedule = schedules.Schedule(seed, [(0.0, head)], reports, newest)
        assert schedules.faults_of(schedules.run(schedule, is_calm=True), schedule) == []


def quiet(world: World, model: str, number: int) -> int:
    """How many requests an undisturbed report needs."""
    before = world.calls
    report = schedules.wanted(model, "1" * 40, number, 1)
    play(world, [Writer(upsert(report, Random(1)), 0.0)])
    world.now += 60
    return world.calls - before


def test_quiet_report_needs_five_requests_and_an_unchanged_one_needs_one() -> None:
    world = World(Random(1), schedules.LAG, [(0.0, "1" * 40)])
    assert quiet(world, "a.yml", 1) == 5
    assert quiet(world, "a.yml", 1) == 1
    assert quiet(world, "a.yml", 2) == 5


def test_looks_are_so_far_apart_that_no_write_based_on_an_older_look_is_missed() -> None:
    assert SETTLING[0] >= 2 * schedules.LAG + 3 * LATENCY[1]
