"""What is remembered for a while only: deliveries already answered, and how often a person asked.

Bounded and expiring; in memory, because Slack repeats a delivery within minutes or not at all.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock
from time import monotonic

REMEMBERED = 10_000
REMEMBERED_SECONDS = 3_600.0
"""Slack repeats a delivery after 1 and 5 minutes at the latest; an hour also covers what was held up."""
TURNS_A_MINUTE = 12
PEOPLE = 10_000


class Seen:
    """Tells the first time of something from all later ones."""

    def __init__(
        self,
        *,
        most: int = REMEMBERED,
        seconds: float = REMEMBERED_SECONDS,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._times: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def is_new(self, key: str) -> bool:
        """Tell whether the key was not seen before, and remember it."""
        with self._lock:
            now = self._now()
            self._expire(now)
            if key in self._times:
                return False
            self._times[key] = now
            return True

    def __len__(self) -> int:
        return len(self._times)

    def _expire(self, now: float) -> None:
        while self._times:
            _, first = next(iter(self._times.items()))
            if len(self._times) < self._most and now - first < self._seconds:
                return
            self._times.popitem(last=False)


class RateLimit:
    """Lets each person through so many times a minute."""

    def __init__(self, most: int = TURNS_A_MINUTE, *, now: Callable[[], float] = monotonic) -> None:
        self.most = most
        self._now = now
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, person: str) -> float:
        """Count one request; return 0, or the seconds until the next one is let through."""
        with self._lock:
            now = self._now()
            times = self._times.setdefault(person, deque())
            self._times.move_to_end(person)
            while len(self._times) > PEOPLE:
                self._times.popitem(last=False)
            while times and now - times[0] >= 60:
                times.popleft()
            if len(times) >= self.most:
                return 60 - (now - times[0]) if times else 60.0
            times.append(now)
            return 0.0


class Locks:
    """One lock for each name, so that the turns of one thread follow one another."""

    def __init__(self, most: int = PEOPLE) -> None:
        self._most = most
        self._locks: OrderedDict[str, Lock] = OrderedDict()
        self._lock = Lock()

    def of(self, name: str) -> Lock:
        """Return the lock of a name; one that is held is never forgotten."""
        with self._lock:
            lock = self._locks.setdefault(name, Lock())
            self._locks.move_to_end(name)
            for old in list(self._locks)[: max(len(self._locks) - self._most, 0)]:
                if not self._locks[old].locked():
                    del self._locks[old]
            return lock
