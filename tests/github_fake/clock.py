"""Time that a test moves, and shelves whose changes lists show only after a while."""

import functools
import time
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
START = 1_735_689_600.0  # 2025-01-01T00:00:00Z


class Clock:
    """Seconds since 1970 that pass only when told, or when someone sleeps."""

    def __init__(self, now: float = START) -> None:
        self._now = now

    def now(self) -> float:
        """The time."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """`seconds` have passed."""
        self._now += max(0.0, seconds)

    def advance_to(self, time: float) -> None:
        """It is `time`, or later if it was already."""
        self._now = max(self._now, time)


class SystemClock(Clock):
    """The computer's time, for clients that look at it themselves."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


def stamp(seconds: float) -> str:
    """GitHub's way to write a time: whole seconds, UTC."""
    return _stamp(int(seconds))


@functools.lru_cache(4096)
def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Horizon:
    """When a change that is made now becomes visible to lists."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lag: Callable[[], float] = float  # no lag
        self.through_api = False  # what a test builds is visible at once

    def visible_from(self) -> float:
        """The time from which lists show a change made now."""
        return self.clock.now() + (self.lag() if self.through_api else 0.0)


class Shelf(Generic[Key, Item]):
    """Things by key: `get` sees the newest version, `listed` what a lagging replica shows."""

    def __init__(self, horizon: Horizon) -> None:
        self._horizon = horizon
        self._versions: dict[Key, list[tuple[float, Item | None]]] = {}

    def put(self, key: Key, item: Item) -> Item:
        """`item` is what the key holds."""
        self._add(key, item)
        return item

    def remove(self, key: Key) -> None:
        """The key holds nothing."""
        self._add(key, None)

    def get(self, key: Key) -> Item | None:
        """The newest version."""
        versions = self._versions.get(key)
        return versions[-1][1] if versions else None

    def current(self) -> list[Item]:
        """The newest versions, in the order in which the keys came."""
        return [item for versions in self._versions.values() if (item := versions[-1][1]) is not None]

    def listed(self) -> list[Item]:
        """What a list shows now."""
        now = self._horizon.clock.now()
        shown = (self._shown(versions, now) for versions in self._versions.values())
        return [item for item in shown if item is not None]

    def keys(self) -> list[Key]:
        """The keys that hold something."""
        return [key for key, versions in self._versions.items() if versions[-1][1] is not None]

    def _add(self, key: Key, item: Item | None) -> None:
        self._versions.setdefault(key, []).append((self._horizon.visible_from(), item))

    @staticmethod
    def _shown(versions: list[tuple[float, Item | None]], now: float) -> Item | None:
        for visible, item in reversed(versions):
            if visible <= now:
                return item
        return None
