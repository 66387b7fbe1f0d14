"""What the ledger's projection stores in a second on the store that was found, from a journal made in memory."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from bench import prepared
from bench.figures import Bar
from services.escalation.ledger import BATCH
from shared import backing, catalogue, store, timeline, topics, wire
from shared.catalogue import Policy
from shared.store.fold import matter_of
from shared.wire import Out, Record
from xiaoshi.player import raw
from xiaoshi.road import Road

REPORTS = prepared.A_DAY
EVERY = timedelta(hours=3)
AFTER = timedelta(days=12)  # nobody acts, so every matter is ordered, escalated and noticed


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    count = min(reports, REPORTS)
    events = list(_journal(count, catalogue.load()))
    batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
    documents = sum(len({matter_of(wire.decode(each.value)) for each in batch} - {None}) for batch in batches)
    with backing.store(run_dir=run_dir) as found:
        console.print(f"  {found.describe}")
        store.connect(found.url, "bench")
        store.prepare()
        recent = store.Recent()
        started = time.monotonic()
        for batch in batches:
            store.project_events(batch, recent=recent)
        took = time.monotonic() - started
        store.disconnect()
    console.print(
        f"  {count:,} submissions and {AFTER.days} days of ticks: {len(events):,} events in batches of {BATCH:,}, "
        f"{documents:,} documents written in {took:.1f} s:\n"
        f"  [bold]{len(events) / took:,.0f} events/s[/bold], {documents / took:,.0f} documents/s"
    )
    return []


def _journal(reports: int, policy: Policy) -> Iterator[Record]:
    """What the services make of them, in the journal's order."""
    road = Road(policy, 1)
    sent = [(each.at, raw(each)) for each in prepared.submissions(reports, policy)]
    offset = 0
    nobody: tuple[tuple[datetime, Out], ...] = ()
    for step in timeline.steps(sent, nobody, EVERY, sent[-1][0] + AFTER):
        for out in (*step.reports, timeline.tick(step.ends, 0)):
            for each in road.take(out):
                if each.topic == topics.EVENTS.name:
                    yield Record(each.topic, 0, offset, each.timestamp, each.key, each.value, each.headers)
                    offset += 1
