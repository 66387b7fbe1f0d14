"""What sorting a report by its words costs: the policy's lexicon and a trained model, on the same texts, one core."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench import prepared
from bench.figures import Bar, ratio, spread
from services.routing.classify.features import Message
from services.routing.classify.lexicon import Lexicon
from services.routing.classify.model import Model
from services.routing.classify.training import Row, trained
from shared import catalogue, wire
from shared.catalogue import Policy
from shared.events import ReportReceived

A_SECOND = 5_000
LEARNT_FROM = 3_000
LONG = 400  # characters, about the mean of the benchmark's messages with their titles


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    policy = catalogue.load()
    rows = told(policy, reports)
    messages: list[Message] = [(row.title, row.text) for row in rows]
    lexicon, model = Lexicon(policy.file.categories), learnt(rows)
    longer: list[Message] = [(title, (text * (LONG // len(text) + 1))[:LONG]) for title, text in messages]
    kinds: dict[str, Callable[[Sequence[Message]], object]] = {
        "the lexicon, one by one": lambda some: [lexicon.guess(*each) for each in some],
        "the model, one by one, with reasons": lambda some: [model.guess(*each) for each in some],
        "the model, in batches": model.shares,
    }
    chars = sum(len(title) + len(text) for title, text in messages) / len(messages)
    table = Table(title=f"{len(messages):,} texts of {chars:.0f} characters, processor time of one core")
    for heading in ("", "texts/s", f"texts/s of {LONG} characters"):
        table.add_column(heading, justify="right" if heading else "left")
    rates = {name: rates_of(kind, messages, rounds) for name, kind in kinds.items()}
    for name, kind in kinds.items():
        table.add_row(name, str(spread(rates[name])), str(spread(rates_of(kind, longer, rounds))))
    console.print(table)
    by_words, _, by_model = rates.values()
    console.print(
        f"  the model of {len(model.labels)} labels in batches / the lexicon: {ratio(by_model, by_words):.2f}"
    )
    return [
        Bar(f"the lexicon / {A_SECOND:,} texts a second", median(by_words) / A_SECOND, 1.0),
        Bar(f"the model in batches / {A_SECOND:,} texts a second", median(by_model) / A_SECOND, 1.0),
    ]


def told(policy: Policy, reports: int) -> list[Row]:
    """What the simulator makes up, as intake passes it on."""
    rows = []
    for out in prepared.received(prepared.submissions(reports, policy), policy):
        event = wire.decode(out.value)
        if isinstance(event, ReportReceived):
            rows.append(Row(event.report.title, event.report.text, event.report.category or ""))
    return rows


def learnt(rows: Sequence[Row]) -> Model:
    """Of those whose category is known."""
    return trained([row for row in rows if row.label][:LEARNT_FROM])


def rates_of(
    kind: Callable[[Sequence[Message]], object], messages: Sequence[Message], rounds: int
) -> list[float]:
    """Texts a second of processor time, round by round; the first texts warm up."""
    kind(messages[:100])
    rates = []
    for _ in range(rounds):
        started = time.process_time()
        kind(messages)
        rates.append(len(messages) / (time.process_time() - started))
    return rates
