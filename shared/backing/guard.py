"""Ends the children of a process that was killed before it could end them itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.backing.processes import stop_leftovers


@contextmanager
def guarded(run_dir: Path) -> Iterator[None]:
    """While this lasts, our death by any cause ends what has a note below `run_dir`.

    A process at the other end of a pipe sees the pipe close however we die; unlike a death signal this does
    not depend on the thread that started the child, nor on Linux.
    """
    guard = subprocess.Popen(
        [sys.executable, "-m", "shared.backing", "guard", str(run_dir)],
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.communicate()


def stand_guard(run_dir: Path) -> None:
    """The guard's own life: wait for the pipe to close, then end what is left."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop_leftovers(run_dir)
