"""One encoder for several threads: they take turns, and those who wait together are encoded together.

Owns the queue. Two encodings at once wait for the interpreter's lock after each of their two hundred steps; eight
questions in one pass take half as long as one after another. What a request gets does not depend on its company.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition

from agent.retrieval.encoder import Floats

AT_ONCE = 16
"""Texts encoded in one turn: a long case must not keep short questions waiting."""

EncodeEach = Callable[[Sequence[Sequence[str]]], list[Floats]]


class _Request:
    """Texts that one thread waits for, and in the end their vectors."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.vectors: Floats | None = None


class Turns:
    """Encodes for whoever asks; whose turn it is takes along who has waited longest."""

    def __init__(self, encode_each: EncodeEach) -> None:
        """Take what encodes the texts of several requests, each as if it were alone."""
        self._encode_each = encode_each
        self._waiting: list[_Request] = []
        self._is_taken = False
        self._changed = Condition()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of at most AT_ONCE texts, made in this thread's turn or in another's before it."""
        request = _Request(texts)
        with self._changed:
            self._waiting.append(request)
            self._changed.wait_for(lambda: request.vectors is not None or not self._is_taken)
            if request.vectors is not None:
                return request.vectors
            self._is_taken = True
            company = self._company(request)
        return self._served(company)[0]

    @property
    def waiting(self) -> int:
        """How many requests nobody has begun to encode."""
        return len(self._waiting)

    def _company(self, first: _Request) -> list[_Request]:
        """Take a request out of the queue, with as many others as go into one turn."""
        self._waiting.remove(first)
        company, room = [first], AT_ONCE - len(first.texts)
        while self._waiting and len(self._waiting[0].texts) <= room:
            company.append(self._waiting.pop(0))
            room -= len(company[-1].texts)
        return company

    def _served(self, company: Sequence[_Request]) -> list[Floats]:
        """Encode for all of a turn, and end it; where it fails, the others wait again."""
        vectors: list[Floats] = []
        try:
            vectors = self._encode_each([request.texts for request in company])
        finally:
            with self._changed:
                for request, own in zip(company, vectors, strict=False):
                    request.vectors = own
                self._waiting[:0] = [request for request in company[1:] if request.vectors is None]
                self._is_taken = False
                self._changed.notify_all()
        return vectors
