"""What was measured on, and what a process has taken."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from xiaoshi.system import System

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Taken:
    """`processor`: seconds in all so far. `memory`: the most it ever had, in megabytes."""

    processor: float
    memory: float


def taken(pid: int) -> Taken:
    """Of a running process (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Taken((int(fields[11]) + int(fields[12])) / TICKS, peak_memory(pid))


def peak_memory(pid: int) -> float:
    return _status(pid, "VmHWM")


def memory(pid: int) -> float:
    """What it has now, in megabytes."""
    return _status(pid, "VmRSS")


def _status(pid: int, what: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith(f"{what}:"))
    return int(kibibytes) / 1024


def describe() -> str:
    """A line on the machine and what runs on it; no names of either."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"aiokafka {version('aiokafka')}, Faust {version('faust-streaming')}; load now {load}"
    )


def taken_by(system: System) -> dict[str, Taken]:
    """Of each of its services."""
    return {name: taken(child.pid) for name, child in system.children.items()}


def memory_of(services: Mapping[str, Taken]) -> str:
    return ", ".join(f"{name} {each.memory:.0f} MB" for name, each in services.items())
