"""Child processes that leave a note of themselves, so that another process can find and end them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.errors import BackingUnavailableError

_NOTE = "process.pid"
_LOG = "process.log"
_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Child:
    """A process that was started in its own session, with its note and its log in `folder`."""

    folder: Path
    pid: int
    command: tuple[str, ...]
    popen: subprocess.Popen[bytes] | None = None

    def is_running(self) -> bool:
        """Whether it still runs; a process that merely got the same number does not count."""
        if self.popen is not None:  # ours until we collect it; its command line may still be empty at first
            return self.popen.poll() is None
        # The first word may change: some systems' launchers start themselves again under another name.
        return _command_line(self.pid).endswith(" ".join(self.command[1:] or self.command))

    def signal(self, number: signal.Signals) -> None:
        """Signal it and what it started; a process that is gone or not ours hears nothing."""
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines that it wrote."""
        log = self.folder / _LOG
        written = log.read_text(errors="replace").splitlines() if log.exists() else []
        return "\n".join(written[-lines:])


def spawn(command: Sequence[str], *, folder: Path, environ: Mapping[str, str] | None = None) -> Child:
    """Start `command`; its output goes to a log in `folder`, its number and command line to a note there.

    `environ` is added to ours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOG).open("ab") as log:
        popen = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environ or {})},
            start_new_session=True,  # Ctrl-C at the terminal is for us, we end the children in order
        )
    child = Child(folder, popen.pid, tuple(command), popen)
    (folder / _NOTE).write_text(json.dumps({"pid": child.pid, "command": child.command}))
    return child


def wait_until(answers: Callable[[], bool], *, children: Iterable[Child], seconds: float, what: str) -> None:
    """Return when `answers()`; raise when a child ends first or the time is up."""
    watched = list(children)
    until = time.monotonic() + seconds
    while not answers():
        for child in watched:
            if not child.is_running():
                raise BackingUnavailableError(f"{what} ended while starting; last words:\n{child.log_tail()}")
        if time.monotonic() > until:
            tails = "\n".join(child.log_tail() for child in watched)
            raise BackingUnavailableError(f"{what} did not answer in {seconds:.0f} s; last words:\n{tails}")
        time.sleep(_POLL_SECONDS)


def wait_for_end(children: Iterable[Child], *, seconds: float, what: str) -> None:
    """Return when all have ended well; raise when one has not, with what it said."""
    asked = list(children)
    until = time.monotonic() + seconds
    try:
        while any(child.is_running() for child in asked) and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
    finally:
        stop(asked, grace_seconds=0)
    for child in asked:
        if child.popen is None or child.popen.returncode != 0:
            raise BackingUnavailableError(f"{what} failed; last words:\n{child.log_tail()}")


def stop(children: Iterable[Child], *, grace_seconds: float = _GRACE_SECONDS) -> None:
    """Ask all to end, then force those that have not, and take their notes away."""
    asked = list(children)
    for child in asked:
        child.signal(signal.SIGTERM)
    until = time.monotonic() + grace_seconds
    while any(child.is_running() for child in asked) and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
    for child in asked:
        child.signal(signal.SIGKILL)
        if child.popen is not None:
            child.popen.wait()
        (child.folder / _NOTE).unlink(missing_ok=True)


def stop_leftovers(run_dir: Path) -> int:
    """End every process with a note below `run_dir` that is still the one noted; how many there were."""
    left = [child for note in sorted(run_dir.glob(f"**/{_NOTE}")) if (child := noted(note.parent))]
    running = [child for child in left if child.is_running()]
    stop(left)
    return len(running)


def noted(folder: Path) -> Child | None:
    """The child whose note lies there; None for a note that its writer did not finish."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        content = json.loads((folder / _NOTE).read_text())
        return Child(folder, int(content["pid"]), tuple(content["command"]))
    return None


def _command_line(pid: int) -> str:
    """The command line of a running process, empty for a dead or undead one."""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    asked = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()
