"""A function in a process of its own, which says things in order before it returns."""

import gc
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from queue import Empty, Queue
from threading import Thread
from typing import Generic, TypeVar

from shared.errors import XiaoshiError

T = TypeVar("T")

AHEAD = 64
"""Chunks."""

# what it reads is shared with the other process as it is, and never sent
_FORK = multiprocessing.get_context("fork")


class Beside(Generic[T]):
    """What the other process says, and what it returned. It may be `AHEAD` of whoever listens."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._said: Queue[bytes] = Queue(AHEAD)
        self._has_ended = False
        self._returned: T | XiaoshiError | None = None
        # begun when somebody listens: a process with threads must not be forked
        self._reading: Thread | None = None

    def said(self) -> Iterator[bytes]:
        """Until it returns, or is stopped by an error."""
        if self._reading is None:
            self._reading = Thread(target=self._read, daemon=True)
            self._reading.start()
        while not self._has_ended and (chunk := self._said.get()):
            yield chunk
        self._has_ended = True

    def returned(self) -> T:
        """What it still says is passed over. Raises the XiaoshiError that stopped it."""
        for _ in self.said():
            pass
        if isinstance(self._returned, XiaoshiError):
            raise self._returned
        if self._returned is None:
            raise XiaoshiError("a process of the trial has ended without a word")
        return self._returned

    def close(self) -> None:
        """After the other process has ended: nobody listens any more."""
        while self._reading is not None and self._reading.is_alive():
            with suppress(Empty):
                self._said.get_nowait()
            self._reading.join(0.001)

    def _read(self) -> None:
        """A pipe holds but some tens of chunks of the shortest, and the two are not evenly quick."""
        with suppress(EOFError, OSError):
            while chunk := self._pipe.recv_bytes():
                self._said.put(chunk)
            self._returned = self._pipe.recv()
        self._said.put(b"")


@contextmanager
def beside(function: Callable[[Connection], T]) -> Iterator[Beside[T]]:
    """It is given the pipe to say bytes on, never none at once, and is stopped at the end."""
    ours, theirs = _FORK.Pipe(duplex=False)
    child = _FORK.Process(target=_run, args=(function, theirs), daemon=True)
    child.start()
    theirs.close()
    found: Beside[T] = Beside(ours)
    try:
        yield found
    finally:
        child.terminate()
        child.join()
        found.close()


def _run(function: Callable[[Connection], T], pipe: Connection) -> None:
    gc.disable()  # this process ends with the function
    try:
        found: T | XiaoshiError = function(pipe)
    except XiaoshiError as error:
        found = error
    pipe.send_bytes(b"")
    pipe.send(found)
