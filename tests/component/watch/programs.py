"""Prometheus and Alertmanager as the machine has them; their absence is loud, and in CI a failure."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[3]
DEPLOY = REPOSITORY / "deploy"
READY_SECONDS = 60.0
# The week is sampled every hour and what was before it once a day; a sample stands for a day.
LOOKBACK = "25h"
BLOCK = "2000h"  # the longest a block may be: few blocks, for each costs a reading of the whole input


def program(name: str, package: str) -> str:
    """Its path. Skips the test where it is missing; with REQUIRE_LIVE=1 that fails."""
    found = shutil.which(name)
    if found is None:
        missing = f"{name} is not installed (Debian: apt-get install {package})"
        if os.environ.get("REQUIRE_LIVE") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def said(*command: str) -> str:
    """What a command says; what it complains about fails the test."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Prometheus:
    """A server's answers, as its HTTP API gives them."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expr: str, at: float) -> list[dict[str, Any]]:
        return self._ask("query", query=expr, time=at)

    def query_range(self, expr: str, start: float, end: float, step: int) -> list[dict[str, Any]]:
        return self._ask("query_range", query=expr, start=start, end=end, step=step)

    def _ask(self, verb: str, **asked: object) -> list[dict[str, Any]]:
        data = urllib.parse.urlencode(asked).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/{verb}", data, timeout=60) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found


@contextmanager
def serving(data: Path, log: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes nothing, over blocks that are there already."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = log.with_name("empty.yml")
    config.touch()
    command = [
        program("prometheus", "prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=100y",
        f"--query.lookback-delta={LOOKBACK}",
        f"--web.listen-address={address}",
    ]
    with log.open("a") as file, subprocess.Popen(command, stdout=file, stderr=file) as server:
        try:
            _wait(f"http://{address}/-/ready", server, log)
            yield Prometheus(f"http://{address}")
        finally:
            server.terminate()


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"Prometheus is not ready: {log.read_text()[-2000:]}")
