"""Threads that share one encoder."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import numpy as np
import pytest

from agent.retrieval.encoder import Request
from agent.retrieval.transformer import Floats
from agent.retrieval.turns import AT_ONCE, Turns


class Slow:
    """Encodes a text as its length, when it is let; fails at one turn where it is told to."""

    def __init__(self) -> None:
        self.turns: list[list[int]] = []
        self.fails_at = 0
        self.began, self.may_end = Event(), Event()

    def encode_each(self, requests: Sequence[Request]) -> list[Floats]:
        self.turns.append([len(request.texts) for request in requests])
        self.began.set()
        assert self.may_end.wait(5)
        if len(self.turns) == self.fails_at:
            raise ValueError("out of memory")
        return [np.array([[len(text)] for text in request.texts], dtype=np.float32) for request in requests]


def encoded_while_another_is(turns: Turns, slow: Slow, requests: Sequence[list[str]]) -> list[list[float] | str]:
    """Return what each request gets that comes while a first one is being encoded."""

    def outcome(texts: list[str]) -> list[float] | str:
        try:
            return [float(length) for length in turns.encode(Request(texts))[:, 0]]
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(len(requests) + 1) as pool:
        pool.submit(outcome, ["first"])
        assert slow.began.wait(5)
        outcomes = [pool.submit(outcome, texts) for texts in requests]
        while turns.waiting < len(requests):
            sleep(0.001)
        slow.may_end.set()
        return [each.result() for each in outcomes]


@pytest.fixture
def slow() -> Slow:
    return Slow()


def test_who_waits_together_is_encoded_together(slow: Slow) -> None:
    """Whoever comes while another's text is encoded shares the next turn, and gets vectors of their own."""
    outcomes = encoded_while_another_is(Turns(slow.encode_each), slow, [["a"], ["bb", "c"], ["dddd"]])
    assert outcomes == [[1], [2, 1], [4]]
    assert slow.turns[0] == [1]
    assert sorted(slow.turns[1]) == [1, 1, 2]


def test_a_turn_takes_no_more_texts_than_may_keep_others_waiting(slow: Slow) -> None:
    """Long texts are not all encoded before a short question's answer."""
    requests = [["x"] * (AT_ONCE - 1), ["x"] * (AT_ONCE - 1), ["x"]]
    assert encoded_while_another_is(Turns(slow.encode_each), slow, requests) == [[1] * len(r) for r in requests]
    assert max(map(sum, slow.turns)) <= AT_ONCE


def test_a_turn_that_fails_leaves_nobody_waiting(slow: Slow) -> None:
    """Whose turn it was gets the error; those who shared it are encoded after all, and so is who comes later."""
    slow.fails_at, turns = 2, Turns(slow.encode_each)
    outcomes = encoded_while_another_is(turns, slow, [["a"], ["a"], ["a"]])
    assert sorted(map(str, outcomes)) == ["[1.0]", "[1.0]", "out of memory"]
    assert turns.encode(Request(["ddd"]))[0, 0] == 3


def test_who_is_at_work_is_waited_for(slow: Slow) -> None:
    """A text waits to be encoded until whoever computes joins it or is done, so that both are encoded together."""
    turns = Turns(slow.encode_each)
    slow.may_end.set()
    with ThreadPoolExecutor(1) as pool, turns.at_work():
        other = pool.submit(turns.encode, Request(["aa"]))
        while not turns.waiting:
            sleep(0.001)
        assert not slow.turns
        assert turns.encode(Request(["b"]))[0, 0] == 1
        assert slow.turns == [[1, 1]]
    assert other.result()[0, 0] == 2


def test_one_computes_at_a_time(slow: Slow) -> None:
    """Threads at work do not mix, each comes to its turn, and work may lie in work."""
    turns = Turns(slow.encode_each)
    present: list[int] = []

    def work(number: int) -> None:
        with turns.at_work(), turns.at_work():
            present.append(number)
            sleep(0.001)
            assert present == [number]
            present.remove(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(12)))


def test_nobody_is_waited_for_for_long(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others go on beside a thread that works and works."""
    monkeypatch.setattr("agent.retrieval.turns.PATIENCE", 0.01)
    turns = Turns(slow.encode_each)
    slow.may_end.set()
    with ThreadPoolExecutor(1) as pool, turns.at_work():
        assert pool.submit(turns.encode, Request(["aa"])).result(5)[0, 0] == 2
    assert turns.encode(Request(["b"]))[0, 0] == 1
