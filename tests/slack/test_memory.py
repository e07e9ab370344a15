"""What is remembered for a while only: bounded, expiring, one for each."""

from __future__ import annotations

from agent.entrypoints.slack.memory import Locks, RateLimit, Seen


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_delivery_is_new_once_until_it_is_forgotten() -> None:
    """The second time is told from the first, until the time is over."""
    clock = Clock()
    seen = Seen(seconds=60, now=clock)
    assert [seen.is_new("a"), seen.is_new("a"), seen.is_new("b")] == [True, False, True]
    clock.now = 61
    assert seen.is_new("a")


def test_the_memory_is_bounded() -> None:
    """A flood pushes out the oldest, and nothing grows."""
    seen = Seen(most=3, now=Clock())
    assert all(seen.is_new(str(number)) for number in range(10))
    assert len(seen) == 3
    assert not seen.is_new("9")
    assert seen.is_new("0")


def test_a_person_is_let_through_so_often_a_minute() -> None:
    """Over the limit one is told how long to wait; others, and a minute later, are let through."""
    clock = Clock()
    limit = RateLimit(2, now=clock)
    assert [limit.wait("a"), limit.wait("a")] == [0, 0]
    clock.now = 20
    assert limit.wait("a") == 40
    assert limit.wait("b") == 0
    clock.now = 60
    assert limit.wait("a") == 0


def test_a_lock_in_use_is_never_forgotten() -> None:
    """The same name has the same lock as long as somebody holds it."""
    locks = Locks(most=2)
    held = locks.of("a")
    with held:
        for number in range(5):
            locks.of(str(number))
        assert locks.of("a") is held
