"""How long routing and escalation take to be ready again after kill -9, with 100,000 matters open."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import machine, prepared
from bench.bus import count_in_journal, listening, produce, skip_to_end, until_at_end
from bench.figures import Bar
from services.intake.sources import sources
from shared import backing, catalogue, divisions, topics
from shared.backing.guard import guarded
from shared.backing.processes import Child, spawn, stop, wait_until
from shared.topic_admin import ensure_topics
from shared.wire import Out
from xiaoshi.system import READY_SECONDS, System, is_ready

OPEN_MATTERS = 100_000
BASE = 20_000
LANES = 8
KILLED = ("routing", "escalation")


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    policy = catalogue.load()
    base = prepared.received(prepared.submissions(min(reports, BASE), policy), policy)
    with backing.broker(run_dir=run_dir) as broker, backing.store(run_dir=run_dir) as store, guarded(run_dir):
        console.print(f"  {broker.describe}\n  {store.describe}")
        started = time.monotonic()
        count, opened = asyncio.run(_fill(broker.bootstrap, run_dir, base))
        took = time.monotonic() - started
        console.print(
            f"  filled by both services' lanes alone: {count:,} reports, {opened:,} matters open, in {took:.0f} s; "
            "ledger taken as written"
        )
        system = System(run_dir / "services", broker.bootstrap, store.url, time="driven", lanes=LANES)
        try:
            system.start()
            # metrics catches up first, so that it takes nothing from those who start again
            until_at_end(broker.bootstrap, "metrics", topics.EVENTS.name, LANES)
            _report(console, system, _restart(system))
        finally:
            system.stop()
    return []


async def _fill(kafka: str, run_dir: Path, base: Sequence[Out]) -> tuple[int, int]:
    """Copies in county after county until enough matters are open; no time passes, so none falls due."""
    count, opened = 0, 0
    ensure_topics(kafka, topics.declared(tuple(sources())), LANES, 1, recorded_time=True)
    lanes = [_lanes_of(name, kafka, run_dir) for name in KILLED]
    try:
        async with listening(kafka, topics.EVENTS.name) as journal:
            for outs in _copies(base):
                await produce(kafka, outs, LANES)
                opened += await count_in_journal(journal, len(outs), kafka, LANES)
                count += len(outs)
                if opened >= OPEN_MATTERS:
                    break
        await asyncio.to_thread(until_at_end, kafka, "escalation", topics.EVENTS.name, LANES)
    finally:
        stop(lanes)
    await skip_to_end(kafka, "escalation-host", (topics.EVENTS.name, topics.RECEIVED.name), LANES)
    return count, opened


def _lanes_of(name: str, kafka: str, run_dir: Path) -> Child:
    return spawn(
        [sys.executable, "-m", "bench.lanes", name, kafka, str(LANES)], folder=run_dir / f"fill-{name}"
    )


def _copies(base: Sequence[Out]) -> Iterator[Sequence[Out]]:
    yield base
    for city in divisions.children(prepared.COUNTY[:2]):
        for county in divisions.children(city):
            if county != prepared.COUNTY:
                yield list(prepared.elsewhere(base, county))


def _restart(system: System) -> dict[str, float]:
    """Kill both, start both again at once, as their supervisor would; seconds from the kill to ready."""
    killed = time.monotonic()
    for name in KILLED:
        system.children[name].signal(signal.SIGKILL)
    dead = [system.children[name] for name in KILLED]
    while any(child.is_running() for child in dead):
        time.sleep(0.001)
    system.revive()
    ready: dict[str, float] = {}

    def all_ready() -> bool:
        for name in KILLED:
            if name not in ready and is_ready(system.addresses.url(name, "/readyz")):
                ready[name] = time.monotonic() - killed
        return len(ready) == len(KILLED)

    children = [system.children[name] for name in KILLED]
    wait_until(all_ready, children=children, seconds=READY_SECONDS, what=" and ".join(KILLED))
    return ready


def _report(console: Console, system: System, ready: dict[str, float]) -> None:
    table = Table(title="After kill -9 of both, started again side by side")
    for heading in ("", "ready after s", "of it restoring s", "keys restored", "peak MB"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, seconds in ready.items():
        child = system.children[name]
        restored = _restored((child.folder / "process.log").read_text())
        table.add_row(
            name,
            f"{seconds:.1f}",
            f"{max(each['seconds'] for each in restored):.1f}",
            f"{sum(each['keys'] for each in restored):,}",
            f"{machine.peak_memory(child.pid):.0f}",
        )
    console.print(table)


def _restored(log: str) -> list[dict[str, float]]:
    """What the lanes of the last process said of themselves."""
    lines = [line for line in log.splitlines() if '"lane restored"' in line]
    return [json.loads(line) for line in lines[-LANES:]]
