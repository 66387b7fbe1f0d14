"""What the data of the board cost, over HTTP in this process: a county with a year of full days, commits between."""

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from rich.console import Console
from rich.table import Table

from bench import prepared
from bench.figures import Bar, percentile
from services.metrics.board import live
from services.metrics.figures import CLOCK, Clock, Day, all_series, day_key
from services.metrics.handlers import MetricsLogic
from shared import divisions, pages
from shared.calendar import ZONE
from shared.core import Core

REQUESTS = 200
DAYS = 365
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=ZONE)
BAR_MS = 50.0
FIRST, AFTER = "the first, which adds the year up", "after a commit"


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    logic = a_full_year()
    took = asyncio.run(_asked(logic))
    lines = len(_full(1).added)
    table = Table(
        title=f"{REQUESTS} times the board's data, {len(_towns())} towns, {DAYS} days of {lines} lines each"
    )
    for heading in ("", "p50 ms", "p95 ms", "slowest ms"):
        table.add_column(heading, justify="right" if heading else "left")
    for what, times in took.items():
        told = (median(times), percentile(times, 0.95), max(times))
        table.add_row(what, *(f"{each * 1000:.1f}" for each in told))
    console.print(table)
    worst = percentile(took[AFTER], 0.95) * 1000
    return [Bar(f"{BAR_MS:.0f} ms / p95 of the board's data after a commit", BAR_MS / worst, 1.0)]


def a_full_year() -> MetricsLogic:
    """Restored, as a lane is: every town has every line that can be known beforehand on every day."""
    logic = MetricsLogic({})
    core = Core(logic, logic.state)
    _put(core, CLOCK, Clock(at=NOW))
    for nth in range(DAYS):
        for town in _towns():
            _put(core, day_key(NOW.date() - timedelta(days=nth), town), _full(nth % 7 + 1))
    logic.committed()
    return logic


def _towns() -> tuple[str, ...]:
    return divisions.children(prepared.COUNTY)


def _full(n: int) -> Day:
    counters = [series for series in all_series() if series.kind == "counter"]
    return Day(added={"|".join((each.metric, *known)): n for each in counters for known in each.known})


def _put(core: Core, key: str, value: Clock | Day) -> None:
    old = core.state.get(key)
    core.state[key] = value
    core.logic.index(key, old, value)


async def _asked(logic: MetricsLogic) -> dict[str, list[float]]:
    """Seconds of each request."""
    core, boards = Core(logic, logic.state), live.Boards({0: logic})
    site = pages.Pages("127.0.0.1", 0, {}, boards.answers())
    took: dict[str, list[float]] = {FIRST: [], AFTER: [], "nothing new": []}
    async with TestClient(TestServer(site.application())) as client:
        took[FIRST].append(await _seconds(client))
        for nth in range(REQUESTS):
            _put(core, day_key(NOW.date(), _towns()[nth % len(_towns())]), _full(nth + 10))
            logic.committed()
            took[AFTER].append(await _seconds(client))
            took["nothing new"].append(await _seconds(client))
    return took


async def _seconds(client: TestClient[web.Request, web.Application]) -> float:
    started = time.perf_counter()
    answer = await client.get(live.DATA, params={"division": prepared.COUNTY})
    await answer.read()
    assert answer.status == 200
    return time.perf_counter() - started
