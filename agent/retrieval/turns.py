"""Several threads in one interpreter: one computes at a time, and texts that wait are encoded together.

Owns the two queues. Work in Python gains nothing from a second thread, and an encoding waits for the interpreter's lock
after each of its two hundred steps, so that all are slowed where they mix. Here whoever works has the floor, in the
order of coming, and leaves it while its texts wait to be encoded; a turn of the encoder begins when nobody else wants
the floor, and takes along all texts that wait: eight questions in one pass take half as long as one after another.
What a request gets does not depend on its company.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Condition, local

from agent.retrieval.encoder import Request
from agent.retrieval.transformer import Floats

AT_ONCE = 24
"""Texts encoded in one turn: a long case must not keep short questions waiting."""
PATIENCE = 0.1
"""Seconds after which a thread goes on although others are at work: nobody waits for a text that takes long."""

EncodeEach = Callable[[Sequence[Request]], list[Floats]]


class _Waiting:
    """What one thread waits for, and in the end its vectors."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.vectors: Floats | None = None


class Turns:
    """Gives the floor, and encodes for whoever asks; whose turn it is takes along who has waited longest."""

    def __init__(self, encode_each: EncodeEach) -> None:
        """Take what encodes the texts of several requests, each as if it were alone."""
        self._encode_each = encode_each
        self._waiting: list[_Waiting] = []
        self._is_encoding = False
        self._queue: deque[object] = deque()
        self._is_held = False
        self._mine = local()
        self._changed = Condition()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have the floor, but for waiting here, for as long as this thread computes; one may lie in another."""
        if getattr(self._mine, "is_at_work", False):
            yield
            return
        self._enter()
        self._mine.is_at_work = True
        try:
            yield
        finally:
            self._mine.is_at_work = False
            self._leave()

    def _enter(self) -> None:
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                is_free = self._changed.wait_for(lambda: not self._is_held and self._queue[0] is ticket, PATIENCE)
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()
            self._mine.has_floor = is_free
            self._is_held = self._is_held or is_free

    def _leave(self) -> None:
        with self._changed:
            if self._mine.has_floor:
                self._mine.has_floor = self._is_held = False
            self._changed.notify_all()

    def encode(self, request: Request) -> Floats:
        """Return the vectors of at most AT_ONCE texts, made in this thread's turn or in another's before it."""
        with self.at_work():
            return self._encoded(_Waiting(request))

    def _encoded(self, request: _Waiting) -> Floats:
        self._leave()
        with self._changed:
            self._waiting.append(request)
            self._wait(request)
            if request.vectors is None:
                self._is_encoding = True
                self._mine.has_floor, self._is_held = not self._is_held, True
                company = self._company(request)
        if request.vectors is None:
            return self._served(company)[0]
        self._enter()
        return request.vectors

    def _wait(self, request: _Waiting) -> None:
        """Wait until the request is served in another's turn, or its own may begin."""
        is_free = False
        while request.vectors is None and not is_free:
            self._changed.wait_for(lambda: request.vectors is not None or not self._is_encoding)
            self._changed.wait_for(lambda: request.vectors is not None or self._is_encoding or self._is_quiet, PATIENCE)
            is_free = not self._is_encoding

    @property
    def _is_quiet(self) -> bool:
        return not self._is_held and not self._queue

    @property
    def waiting(self) -> int:
        """How many threads wait for the floor, or for vectors that nobody has begun to make."""
        return len(self._queue) + len(self._waiting)

    def _company(self, first: _Waiting) -> list[_Waiting]:
        """Take a request out of the queue, with as many others as go into one turn."""
        self._waiting.remove(first)
        company, room = [first], AT_ONCE - len(first.request.texts)
        while self._waiting and len(self._waiting[0].request.texts) <= room:
            company.append(self._waiting.pop(0))
            room -= len(company[-1].request.texts)
        return company

    def _served(self, company: Sequence[_Waiting]) -> list[Floats]:
        """Encode for all of a turn, and end it; where it fails, the others wait again."""
        vectors: list[Floats] = []
        try:
            vectors = self._encode_each([waiting.request for waiting in company])
        finally:
            with self._changed:
                for request, own in zip(company, vectors, strict=False):
                    request.vectors = own
                self._waiting[:0] = [request for request in company[1:] if request.vectors is None]
                self._is_encoding = False
                self._changed.notify_all()
        return vectors
