"""promtool where it can be had; its absence is loud, and in CI a failure."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
PROMETHEUS = REPOSITORY / "deploy" / "prometheus"

Promtool = Callable[..., str]


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Runs promtool in deploy/prometheus; what it complains about fails the test. Returns what it said."""
    found = shutil.which("promtool")
    if found is None:
        missing = "promtool is not installed (Debian: apt-get install prometheus): rules are not checked"
        if os.environ.get("REQUIRE_LIVE") == "1":
            pytest.fail(missing)
        pytest.skip(missing)

    def run(*arguments: str, text: str = "") -> str:
        done = subprocess.run(
            [found, *arguments], input=text, capture_output=True, text=True, cwd=PROMETHEUS, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run
