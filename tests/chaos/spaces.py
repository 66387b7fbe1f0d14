"""Mounts and network interfaces of our own (Linux namespaces): all of them are gone with the last process in them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.backing.processes import Child, spawn, stop

WAYS = (("unshare", "-m", "-n"), ("unshare", "-r", "-m", "-n"))
TRIAL = "ip link set lo up; ip link add near type veth peer name far; mount -t tmpfs tmpfs /tmp"
BROKERS = "10.77.0.1"
NEAR, FAR = "10.77.1.1", "10.77.1.2"


def prefix() -> tuple[str, ...] | None:
    """What to put before a command to run it in namespaces of its own; None where that is not permitted."""
    for way in WAYS:
        try:
            tried = subprocess.run([*way, "sh", "-ec", TRIAL], capture_output=True, check=False)
        except OSError:
            continue
        if tried.returncode == 0:
            return way
    return None


def prepare() -> None:
    """Inside: the loopback, and an address on it by which another namespace can reach the brokers."""
    _ip("link", "set", "lo", "up")
    _ip("addr", "add", f"{BROKERS}/32", "dev", "lo")


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[None]:
    """A disk of that size for one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield
    finally:
        _run("umount", str(folder))


class Cable:
    """What ties a namespace to ours; `cut` and `mend`. Packets are lost in silence, as behind a dead switch."""

    def __init__(self, holder: Child) -> None:
        self._holder = holder

    @property
    def prefix(self) -> tuple[str, ...]:
        """What to put before a command to run it at the far end."""
        return ("nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "--")

    def lay(self) -> None:
        far = str(self._holder.pid)
        _ip("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", far)
        _ip("addr", "add", f"{NEAR}/30", "dev", "near")
        _ip("link", "set", "near", "up")
        for command in (
            ("link", "set", "lo", "up"),
            ("addr", "add", f"{FAR}/30", "dev", "far"),
            ("link", "set", "far", "up"),
            ("route", "add", "default", "via", NEAR),
        ):
            _run(*self.prefix, "ip", *command)

    def cut(self) -> None:
        _ip("link", "set", "near", "down")

    def mend(self) -> None:
        _ip("link", "set", "near", "up")


@contextmanager
def cable(folder: Path) -> Iterator[Cable]:
    """A namespace with nothing in it but a process that holds it open."""
    waits = "import signal; print('in', flush=True); signal.pause()"
    held = ["unshare", "-n", sys.executable, "-c", waits]
    holder = spawn(held, folder=folder)
    try:
        while not holder.log_tail():
            if not holder.is_running():
                raise OSError("no namespace could be made")
        laid = Cable(holder)
        laid.lay()
        yield laid
    finally:
        stop([holder])


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
