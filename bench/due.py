"""What falling due costs: an idle tick, 100,000 alarms at half past five sharp, and escalation firing as many."""

import gc
import heapq
import time
import timeit
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle, islice, pairwise
from pathlib import Path
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table

from bench import prepared
from bench.figures import Bar, percentile, ratio, spread
from services.escalation.due_queue import DueQueue
from shared import catalogue, divisions, timeline, topics, wire
from shared.calendar import ZONE
from shared.catalogue import Policy
from shared.core import Core, Decision
from shared.events import MatterOpened
from shared.wire import Out, Record
from xiaoshi.road import makers

SIZES = (10_000, 100_000, 1_000_000)
DUE = 100_000
TOWNS = 50
SHARP = datetime(2026, 3, 2, 17, 30, tzinfo=ZONE)
LATER = SHARP + timedelta(days=1)
SECOND = timedelta(seconds=1)
IDLE_MS = 1.0
CALLS = 10_000
EXAMPLES = 200  # submissions of which matters are made
ORDERED = (wire.PREFIX + "matter.ordered").encode()

Alarms = Sequence[tuple[str, str]]
"""Key and town."""


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    towns = list(islice(towns_of(), TOWNS))
    bars = _idle(console, towns, rounds)
    _in_turns(console, towns, rounds)
    _escalated(console, towns, rounds)
    return bars


def towns_of() -> Iterator[str]:
    """Of the county of all benches first, then of its neighbours."""
    counties = sorted(divisions.children(prepared.COUNTY[:4]), key=lambda code: code != prepared.COUNTY)
    return (town for county in counties for town in divisions.children(county))


def _idle(console: Console, towns: Sequence[str], rounds: int) -> list[Bar]:
    table = Table(title=f"A tick while nothing is due, {len(towns)} towns, no two alarms at one instant")
    for heading in ("alarms", "µs a tick", "bytes an alarm", "MB in all"):
        table.add_column(heading, justify="right")
    for size in SIZES:
        keys = [_key(nth) for nth in range(size)]  # they are the state's, not the queue's
        queue, taken = _traced(keys, towns)
        tick = partial(queue.next, SHARP, "")
        assert tick() is None
        micros = median(timeit.timeit(tick, number=CALLS) / CALLS * 1e6 for _ in range(rounds))
        table.add_row(f"{size:,}", f"{micros:.2f}", f"{taken / size:.0f}", f"{taken / 1e6:.1f}")
    console.print(table)
    return [Bar(f"{IDLE_MS:.0f} ms / an idle tick, {SIZES[-1]:,} alarms", IDLE_MS * 1000 / micros, 1.0)]


def _traced(keys: Sequence[str], towns: Sequence[str]) -> tuple[DueQueue, int]:
    """The queue and the bytes it took."""
    gc.collect()
    tracemalloc.start()
    queue = DueQueue()
    for nth, (key, town) in enumerate(zip(keys, cycle(towns), strict=False), start=1):
        queue.set(key, town, SHARP + nth * SECOND)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return queue, taken


def _in_turns(console: Console, towns: Sequence[str], rounds: int) -> None:
    alarms = [(_key(nth), town) for nth, town in zip(range(DUE), cycle(towns), strict=False)]
    kinds: dict[str, Callable[[Alarms], Iterator[None]]] = {
        "the due queue, towns in turn": from_queue,
        "a plain heap, fair to nobody (the limit)": from_heap,
    }
    table = Table(title=f"{DUE:,} alarms of {len(towns)} towns due at once, each fired and set anew")
    for heading in ("", "s", "µs each", "p50 µs", "p99 µs"):
        table.add_column(heading, justify="right" if heading else "left")
    whole: dict[str, list[float]] = {title: [] for title in kinds}
    each: dict[str, list[list[float]]] = {title: [] for title in kinds}
    for _ in range(rounds):
        for title, make in kinds.items():
            whole[title].append(_whole(make(alarms)))
            each[title].append(_each(make(alarms)))
    for title in kinds:
        seconds = median(whole[title])
        p50, p99 = (median(percentile(took, share) for took in each[title]) * 1e6 for share in (0.5, 0.99))
        table.add_row(title, f"{seconds:.2f}", f"{seconds / DUE * 1e6:.2f}", f"{p50:.2f}", f"{p99:.2f}")
    console.print(table)
    console.print(f"  the due queue / a plain heap: {ratio(*whole.values()):.1f} times the time")


def _key(nth: int) -> str:
    return f"{prepared.COUNTY}-{nth:032x}"


def from_queue(alarms: Alarms) -> Iterator[None]:
    """First built; then one more is fired at each step, and set anew for a day later."""
    queue, after = DueQueue(), ""
    for key, town in alarms:
        queue.set(key, town, SHARP)
    yield
    while (found := queue.next(SHARP, after)) is not None:
        after, key = found
        queue.set(key, after, LATER)
        yield


def from_heap(alarms: Alarms) -> Iterator[None]:
    """The same of a heap, which can neither replace an alarm nor take one out."""
    heap = [(SHARP, key) for key, _ in alarms]
    heapq.heapify(heap)
    yield
    while heap[0][0] <= SHARP:
        heapq.heapreplace(heap, (LATER, heap[0][1]))
        yield


def _whole(steps: Iterator[None]) -> float:
    """Seconds from the built one to its last step."""
    next(steps)
    started = time.perf_counter()
    for _ in steps:
        pass
    return time.perf_counter() - started


def _each(steps: Iterator[None]) -> list[float]:
    """Seconds of every step, the reading of the clock with it."""
    marks = [time.perf_counter() for _ in steps]
    return [after - before for before, after in pairwise(marks)]


def _escalated(console: Console, towns: Sequence[str], rounds: int) -> None:
    policy = catalogue.load()
    examples = opened(policy)
    rates, lates = [], []
    for _ in range(rounds):
        core = makers(policy, 1)["escalation"](0)
        for nth, town in zip(range(DUE), cycle(towns), strict=False):
            core.feed(record(due_sharp(examples[nth % len(examples)], nth, town)))
        late = lateness(core, DUE)
        rates.append(DUE / late[-1])
        lates.append(percentile(late, 0.99))
    rate, p99 = spread(rates), spread(lates)
    console.print(
        f"  escalation, {DUE:,} matters open and all due at half past five sharp, {rounds} rounds:\n"
        f"  [bold]{rate} matters/s[/bold] fired, the p99 {p99.median:.1f} ({p99.low:.1f} to {p99.high:.1f}) s late; "
        "processor time alone, a tick a second"
    )


def opened(policy: Policy) -> list[MatterOpened]:
    """What routing opens at village desks."""
    core = makers(policy, 1)["routing"](0)
    found = []
    for out in prepared.received(prepared.submissions(EXAMPLES, policy), policy):
        for made in core.feed(_record_of(out, topics.RECEIVED.name)).outs:
            event = wire.decode(made.value) if made.topic == topics.EVENTS.name else None
            if isinstance(event, MatterOpened) and event.position.tier is divisions.Tier.VILLAGE:
                found.append(event)
    return found


def due_sharp(example: MatterOpened, nth: int, town: str) -> MatterOpened:
    """Another matter like it, in a village of that town, due at half past five sharp."""
    replace = msgspec.structs.replace
    village, position = divisions.children(town)[0], example.position
    assert position.due is not None
    due = replace(position.due, at=SHARP)
    return replace(
        example,
        matter_id=f"{town[:6]}-{nth:032x}",
        county=town[:6],
        at=SHARP - timedelta(days=1),
        position=replace(position, desk=replace(position.desk, division=village), due=due),
        sheet=replace(example.sheet, division=village),
        about_body=None,
    )


def record(event: MatterOpened) -> Record:
    out = wire.out(
        event,
        "/xiaoshi/routing",
        topics.EVENTS.name,
        0,
        cause=event.matter_id,
        subject=event.matter_id,
        county=event.county,
        at=event.at,
    )
    return _record_of(out, topics.EVENTS.name)


def _record_of(out: Out, topic: str) -> Record:
    return Record(topic, 0, 0, out.timestamp, out.key, out.value, out.headers)


def lateness(core: Core, matters: int) -> list[float]:
    """Seconds from half past five to each matter's order, if the lane had a processor to itself.

    A tick lies on the journal for every second; the lane reads the next one when it has done what the last let fall
    due, but not before its time.
    """
    late: list[float] = []
    clock, tick = 0.0, 0
    while len(late) < matters:
        clock, fired = max(clock, float(tick)), len(late)
        core.feed(_record_of(timeline.tick(SHARP + tick * SECOND, 0), topics.EVENTS.name))
        while True:
            started = time.process_time()
            decision = core.fall_due()
            clock += time.process_time() - started
            if decision is None:
                break
            late += [clock] * orders(decision)
        assert len(late) > fired, f"nothing fell due at a tick, {matters - fired:,} matters are left"
        tick += 1
    return late


def orders(decision: Decision) -> int:
    """How many supervision orders (督办) go onto the journal."""
    journal = [out.headers for out in decision.outs if out.topic == topics.EVENTS.name]
    return sum(wire.header(headers, "ce_type") == ORDERED for headers in journal)
