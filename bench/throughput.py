"""Reports per second on one lane: routing with its rules beside the limit, bare aiokafka and a per-event agent."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from aiokafka import TopicPartition
from rich.console import Console
from rich.table import Table

from bench import alerts, elsewhere, machine, prepared
from bench.bus import Watch, produce, wait_until
from bench.figures import Bar, Run, ratio, spread
from bench.peer import COPY, beside, group, output, source
from shared import backing, catalogue, topics
from shared.backing.guard import guarded
from shared.backing.processes import spawn, stop
from shared.errors import BackingUnavailableError
from shared.topic_admin import ensure_topics
from shared.topics import Topic
from shared.wire import Out

PLAIN = Topic("bench", (), "county", "written by one peer in one round", partitions=1)
RULES = "decode, known before? tier, desk, deadline, similar matters, 1 state change, 1 to 3 outputs"
DOES = {
    "routing": ("routing, with rules", RULES, "exactly once"),
    "limit": ("lane, no rules (the limit)", "passes the bytes on: 1 output", "exactly once"),
    "bare": ("bare aiokafka, no rules", "json.loads, passes the bytes on: 1 output", "exactly once"),
    "librdkafka": ("bare librdkafka, no rules", "json.loads, passes the bytes on: 1 output", "exactly once"),
    "agent": (
        "per-event Faust agent, no rules",
        "decodes and encodes JSON, topic.send: 1 output",
        "at least once",
    ),
    "first": ("per-event Faust agent, the same rules", f"{RULES}; the state in a table", "at least once"),
    "quix": ("quixstreams, the same rules", f"{RULES}; the state in RocksDB", "exactly once"),
    "alerts": (
        "Alertmanager, an alert for each report",
        "groups by desk, tells a webhook of each matter; no rules",
        "at least once",
    ),
}
ENGINES = ("librdkafka", "quix")
"""On librdkafka, in an environment of their own."""
LANES = ("routing", "limit")
BARS = (
    ("agent", 2.0),
    ("first", 5.0),
    ("quix", 1.2),
    ("alerts", 10.0),
    ("limit", 0.5),
)
"""How many times as fast routing with its rules must be."""


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    policy = catalogue.load()
    outs = prepared.received(prepared.submissions(reports, policy), policy)
    runs: dict[str, list[Run]] = {name: [] for name in DOES}
    told = alerts.matters(outs)
    engine = elsewhere.python()
    if alerts.command() is None:
        console.print("  no Alertmanager here (Debian: prometheus-alertmanager): not measured")
        del runs["alerts"]
    with backing.broker(run_dir=run_dir) as broker:
        console.print(f"  {broker.describe}")
        _make_topics(broker.bootstrap, outs, rounds)
        for lane in range(rounds):
            asyncio.run(produce(broker.bootstrap, [out._replace(partition=lane) for out in outs], rounds))
        copies = [out._replace(topic=COPY, partition=0) for out in outs]
        asyncio.run(produce(broker.bootstrap, copies, rounds))
        with guarded(run_dir):
            watch = Watch(broker.bootstrap)
            for nth in range(rounds):
                for name, of in runs.items():
                    if name == "alerts":
                        of.append(alerts.measure(told, run_dir / f"alerts-{nth}"))
                    else:
                        module = (
                            [engine, "-m", "bench.engines"]
                            if name in ENGINES
                            else [sys.executable, "-m", "bench.peers"]
                        )
                        command = [*module, name, broker.bootstrap, str(nth)]
                        of.append(_measure(command, name, nth, watch, len(outs), run_dir))
            watch.close()
    return _report(console, runs, len(outs))


def _make_topics(kafka: str, outs: Sequence[Out], rounds: int) -> None:
    """All of them before: the first county's own topic is not what is measured."""
    counties = {(out.key or b"").decode() for out in outs}
    keys = counties | {county[:4] + "00" for county in counties}
    declared = topics.declared(()) | {topics.routed(key): topics.ROUTED for key in keys} | {COPY: PLAIN}
    own = [name for name in DOES if name not in LANES]
    declared |= {of(name, nth): PLAIN for nth in range(rounds) for name in own for of in (output, beside)}
    ensure_topics(kafka, declared, rounds, 1, recorded_time=True)


def _measure(command: Sequence[str], name: str, nth: int, watch: Watch, count: int, run_dir: Path) -> Run:
    child = spawn(command, folder=run_dir / f"{name}-{nth}")

    def alive() -> None:
        if not child.is_running():
            raise BackingUnavailableError(f"{name} ended; last words:\n{child.log_tail()}")

    def is_done() -> bool:
        if name in ("agent", "first"):  # their offsets follow seconds later, and are no promise
            return watch.ends([TopicPartition(output(name, nth), 0)]) >= count
        return watch.handled(group(name, nth), [source(name, nth)]) >= count

    try:
        done = wait_until(is_done, alive, name)
        taken = machine.taken(child.pid)
    finally:
        stop([child])
    lines = (child.folder / "process.log").read_text().splitlines()
    first = json.loads(next(line for line in lines if line.startswith('{"first"')))
    processor = (taken.processor - first["processor"]) / count * 1e6
    return Run(count / (done - first["first"]), processor, taken.memory)


def _report(console: Console, runs: dict[str, list[Run]], count: int) -> list[Bar]:
    rounds = len(runs["routing"])
    table = Table(
        title=f"One lane, {count:,} reports of one county, {rounds} rounds in turn: median (lowest to highest)"
    )
    for heading in (
        "",
        "reports/s",
        "processor µs/report",
        "peak MB",
        "what it does with a report",
        "effects",
    ):
        table.add_column(
            heading, justify="left" if heading in ("", "effects") or "does" in heading else "right"
        )
    for name, of in runs.items():
        title, work, effects = DOES[name]
        rate = spread([each.rate for each in of])
        processor = spread([each.processor for each in of])
        memory = max(each.memory for each in of)
        table.add_row(title, str(rate), str(processor), f"{memory:.0f}", work, effects)
    console.print(table)
    rates = {name: [each.rate for each in of] for name, of in runs.items()}
    for one, other in (("limit", "agent"), ("limit", "bare"), ("limit", "librdkafka"), ("routing", "bare")):
        console.print(f"  {DOES[one][0]} / {DOES[other][0]}: {ratio(rates[one], rates[other]):.2f}")
    return [
        Bar(f"{DOES['routing'][0]} / {DOES[other][0]}", ratio(rates["routing"], rates[other]), at_least)
        for other, at_least in BARS
        if other in rates
    ]
