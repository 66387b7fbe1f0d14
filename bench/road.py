"""The whole road: from the raw topics through intake and routing to the journal, four services at work."""

import asyncio
import time
from pathlib import Path

from rich.console import Console

from bench import machine, prepared
from bench.bus import count_in_journal, listening, produce, until_at_end
from bench.figures import Bar
from shared import catalogue, topics
from shared.wire import Out
from xiaoshi.player import raw
from xiaoshi.system import System, running

LANES = 8


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    policy = catalogue.load()
    sent = prepared.submissions(reports, policy)
    wanted = len(prepared.received(sent, policy))
    with running(run_dir, time="driven", lanes=LANES) as (system, taken):
        for line in taken:
            console.print(f"  {line}")
        before = machine.taken_by(system)
        took, rest = asyncio.run(_drive(system, [raw(each) for each in sent], wanted))
        after = machine.taken_by(system)
    spent = {name: (each.processor - before[name].processor) / wanted * 1e6 for name, each in after.items()}
    console.print(
        f"  {reports:,} submissions of one county on the raw topics at once, so on one lane of {LANES}; "
        f"{wanted:,} of them reports:\n"
        f"  in the journal, opened or matched, after {took:.1f} s: [bold]{wanted / took:,.0f} reports/s[/bold]\n"
        f"  and followed by escalation to the end {rest:.1f} s later\n"
        f"  processor µs per report: {', '.join(f'{name} {each:.0f}' for name, each in spent.items())}"
        " (escalation writes the ledger too)\n"
        f"  peak memory: {machine.memory_of(after)}"
    )
    return []


async def _drive(system: System, outs: list[Out], wanted: int) -> tuple[float, float]:
    kafka = system.addresses.kafka
    async with listening(kafka, topics.EVENTS.name) as journal:
        started = time.monotonic()
        async with asyncio.TaskGroup() as both:
            both.create_task(produce(kafka, outs, LANES))
            both.create_task(count_in_journal(journal, wanted, kafka, LANES))
        done = time.monotonic()
    await asyncio.to_thread(until_at_end, kafka, "escalation", topics.EVENTS.name, LANES)
    return done - started, time.monotonic() - done
