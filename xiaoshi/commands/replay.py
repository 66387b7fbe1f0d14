"""`xiaoshi replay`: the services' own rules over files, in virtual time."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import IO, Any

from services.routing.classify import model
from shared import catalogue, timeline, topics, wire
from shared.errors import InputInvalidError
from shared.settings import span
from shared.wire import Out
from xiaoshi.inputs import action_out, instant, report_out
from xiaoshi.road import Road

HELP = "decide about recorded reports and actions without a broker or a clock; the same input gives the same bytes"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reports", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--actions", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the shipped policy")
    parser.add_argument("--model", type=Path, metavar="MODEL", help="a trained classifier, as routing has it")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="EVENTS.jsonl", help="the journal; - prints it"
    )
    parser.add_argument("--tick", type=span, default=timedelta(minutes=5), help="how often time passes (5m)")
    parser.add_argument("--until", type=instant, help="let time pass until then: RFC 3339, with an offset")
    parser.add_argument("--lanes", type=int, default=8, help="partitions, as the services have them (8)")


def run(args: argparse.Namespace) -> int:
    trained = None if args.model is None else model.load(args.model)
    road = Road(catalogue.load(args.policy), args.lanes, trained)
    outs = replayed(road, args.reports, args.actions, args.tick, args.until)
    if str(args.out) == "-":
        counts = write_lines(outs, sys.stdout)
    else:
        with args.out.open("w", encoding="utf-8") as file:
            counts = write_lines(outs, file)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    print(f"replay: {told or 'nothing came in'}", file=sys.stderr)
    return 0


def write_lines(outs: Iterable[Out], file: IO[str]) -> Counter[str]:
    """EVENTS.jsonl; how many of each kind."""
    counts: Counter[str] = Counter()
    for out in outs:
        line = line_of(out)
        if line is not None:
            counts[line["type"]] += 1
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    return counts


def replayed(
    road: Road, reports: Path, actions: Path | None, every: timedelta, until: datetime | None
) -> Iterator[Out]:
    """Everything the services would write, in order."""
    sent = (report_out(line, number) for number, line in _lines(reports))
    acted = (action_out(line, number) for number, line in _lines(actions)) if actions else ()
    for step in timeline.steps(map(_timed, sent), map(_timed, acted), every, until):
        for out in [*chain.from_iterable(timeline.by_topic(step.reports)), *step.actions]:
            yield from road.take(out)
        for lane in range(road.lanes):
            yield from road.take(timeline.tick(step.ends, lane))


def line_of(out: Out) -> dict[str, Any] | None:
    """One line of EVENTS.jsonl: an event of the journal, or a refusal. None for anything else."""
    if out.topic not in (topics.EVENTS.name, topics.REJECTED.name) and not out.topic.endswith(".dead"):
        return None
    told = {
        name: (wire.header(out.headers, f"ce_{name}") or b"").decode()
        for name in ("id", "type", "source", "time", "causationid")
    }
    return told | {"topic": out.topic, "data": json.loads(out.value or b"null")}


def _timed(out: Out) -> tuple[datetime, Out]:
    return datetime.fromtimestamp(out.timestamp / 1000, UTC), out


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
    except OSError as error:
        raise InputInvalidError(f"{path} cannot be read: {error}") from error
