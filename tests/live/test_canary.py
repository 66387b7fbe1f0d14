"""The canary on a real system: it comes through and back, no figure has it, and the services stay ready."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import backing, divisions
from shared.backing import Store
from tests.live.conftest import LANES
from xiaoshi.__main__ import main
from xiaoshi.system import SERVICES, System


@pytest.fixture
def on_the_wall_clock(tmp_path: Path, store: Store) -> Iterator[System]:
    """All four services on a broker of their own."""
    with backing.broker(run_dir=tmp_path) as found:
        database = f"{store.url.rstrip('/')}/{tmp_path.name.replace('-', '_')}"
        running = System(tmp_path / "services", found.bootstrap, database, time="wall", lanes=LANES)
        running.start()
        yield running
        running.stop()


@pytest.mark.live
def test_a_synthetic_report_travels_the_whole_road_and_is_in_no_figure(
    on_the_wall_clock: System, capsys: pytest.CaptureFixture[str]
) -> None:
    at = on_the_wall_clock.addresses
    asked = ["canary", "--kafka", at.kafka, "--url", at.url("intake"), "--api-key", at.key]
    for _ in range(2):
        assert main(asked) == 0, capsys.readouterr()
    metrics = read(at.url("metrics", "/metrics"))
    assert divisions.NOWHERE not in metrics
    for name in SERVICES:
        ready = json.loads(read(at.url(name, "/readyz")))
        assert set(ready.values()) == {"ok"}, name
    readers = {
        line.partition("{")[2].partition("}")[0] for line in inputs(read(at.url("escalation", "/metrics")))
    }
    told = {(part.split('reader="')[1].split('"')[0]) for part in readers}
    assert told == {"escalation", "ledger-matters", "ledger-receipts"}
    verified = [
        "verify",
        "--kafka",
        at.kafka,
        "--mongo",
        at.mongo,
        "--metrics",
        at.url("metrics", "/metrics"),
    ]
    assert main([*verified, "--wait", "60"]) == 0, capsys.readouterr().out


def inputs(page: str) -> list[str]:
    """Each partition's seconds without progress, all of them few."""
    lines = [line for line in page.splitlines() if line.startswith("xiaoshi_input_still_seconds{")]
    assert lines
    assert all(float(line.rpartition(" ")[2]) < 10 for line in lines), lines
    return lines


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
        return text
