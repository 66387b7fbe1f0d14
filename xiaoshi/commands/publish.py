"""`xiaoshi publish`: the reports of a file onto the bus, in the file's order; or the observed figures of a CSV file.

`xiaoshi.observed` says what the columns are.
"""

import argparse
import os
import sys
import urllib.error
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from io import TextIOWrapper
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from shared import timeline, topics, wire
from shared.errors import BrokerUnavailableError, InputInvalidError, TopicMissingError, XiaoshiError
from shared.settings import span
from shared.topic_admin import existing_topics, sender_stamps
from shared.wire import Out
from xiaoshi.drive import Drive
from xiaoshi.inputs import report_out
from xiaoshi.observed import observation_out, rows_of

HELP = "publish the reports of a JSON-lines file, over Kafka or over HTTP, or observed figures of a CSV file"

IN_FLIGHT = 5_000
REQUEST_LINES = 500
CONFIRM_SECONDS = 60


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.jsonl|FILE.csv")
    parser.add_argument("--road", choices=("kafka", "http"), default="kafka")
    parser.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA", "127.0.0.1:9092"), metavar="ADDR")
    parser.add_argument("--url", default="http://127.0.0.1:8001", help="of intake, for --road http")
    parser.add_argument("--api-key", default=os.environ.get("XIAOSHI_API_KEY"), help="for --road http")
    parser.add_argument(
        "--at", choices=("reported", "now"), default="now", help="the time of receipt: stamp of the records"
    )
    parser.add_argument(
        "--tick",
        type=span,
        metavar="SPAN",
        help="let time pass with the reports in steps of 1h, 1d, ...: for a system that was started with driven time",
    )


def run(args: argparse.Namespace) -> int:
    """0 all confirmed, 1 a line or report was not taken."""
    lines = Rows() if args.file.suffix == ".csv" else Lines()
    if isinstance(lines, Rows) and (args.road != "kafka" or args.at != "now" or args.tick is not None):
        raise XiaoshiError("observed figures go over Kafka as they are: without --at, --tick or --road http")
    try:
        opened = args.file.open("rb")
    except OSError as error:
        raise InputInvalidError(str(error)) from error
    with opened as file:
        outs = lines.read(file)
        if args.tick is not None:
            taken = _driven(outs, args)
        else:
            taken = _by_http(outs, args) if args.road == "http" else _by_kafka(outs, args)
    for source in sorted(lines.read_of):
        print(f"{source}: {lines.read_of[source]} read, {taken[source]} confirmed")
    if lines.unreadable:
        print(f"{lines.unreadable} lines could not be read")
    return 0 if taken == lines.read_of and not lines.unreadable else 1


class Lines:
    """The reports of a file, counted by source; a line that is none is told and passed over."""

    def __init__(self) -> None:
        self.read_of: Counter[str] = Counter()
        self.unreadable = 0

    def read(self, file: Any) -> Iterator[Out]:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            yield from self._taken(report_out, line, number)

    def _taken(self, make: Callable[[Any, int], Out], line: Any, number: int) -> Iterator[Out]:
        try:
            out = make(line, number)
        except InputInvalidError as error:
            self.unreadable += 1
            print(error, file=sys.stderr)
            return
        self.read_of[source_of(out)] += 1
        yield out


class Rows(Lines):
    """The same of observed figures."""

    def read(self, file: Any) -> Iterator[Out]:
        with TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            for number, row in rows_of(text):
                yield from self._taken(observation_out, row, number)


def source_of(out: Out) -> str:
    """Of a report, or the topic of observed figures."""
    before, after = topics.RAW.name.split("{source}")
    return out.topic.removeprefix(before).removesuffix(after)


def _by_kafka(outs: Iterator[Out], args: argparse.Namespace) -> Counter[str]:
    there = existing_topics(args.kafka)
    recorded = args.at == "reported"
    try:
        producer = KafkaProducer(
            bootstrap_servers=args.kafka.split(","),
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            allow_auto_create_topics=False,
        )
        with closing(producer):
            return send(producer, _checked(outs, there, args.kafka, recorded=recorded), recorded=recorded)
    except KafkaError as error:
        raise BrokerUnavailableError(f"{args.kafka}: {error}") from error


def _driven(outs: Iterator[Out], args: argparse.Namespace) -> Counter[str]:
    """The reports and the time they were reported at, as `xiaoshi replay` takes them with the same --tick."""
    if args.road != "kafka" or args.at != "reported":
        raise XiaoshiError("--tick goes with --road kafka and --at reported")
    taken: Counter[str] = Counter()
    there = existing_topics(args.kafka)
    drive = Drive(args.kafka, there.get(topics.EVENTS.name, 1))
    nobody: tuple[tuple[datetime, Out], ...] = ()
    with closing(drive):
        checked = _checked(outs, there, args.kafka, recorded=True)
        timed = ((wire.instant(out.timestamp), out) for out in checked)
        for step in timeline.steps(timed, nobody, args.tick):
            for of_source in timeline.by_topic(step.reports):
                drive.settle()  # what was sent before, a tick or another source, is through first
                drive.send(of_source)
                taken.update(map(source_of, of_source))
            if step.reports:
                drive.settle()
            drive.tick(step)
        drive.settle()
    return taken


def _checked(outs: Iterator[Out], there: dict[str, int], bootstrap: str, *, recorded: bool) -> Iterator[Out]:
    """Ends with a clear word before a topic that is missing, or that would overwrite the time of the report."""
    checked: set[str] = set()
    for out in outs:
        if out.topic not in checked:
            if out.topic not in there:
                raise TopicMissingError(
                    f"no topic {out.topic}: `xiaoshi topics apply` makes those of every source"
                )
            if recorded and not sender_stamps(bootstrap, out.topic):
                raise XiaoshiError(
                    f"the broker stamps {out.topic} itself, so --at reported would be lost: "
                    "use a broker whose topics were made with `xiaoshi topics apply --recorded-time`"
                )
            checked.add(out.topic)
        yield out


def send(producer: Any, outs: Iterator[Out], *, recorded: bool) -> Counter[str]:
    """Publish in order; how many of each source the broker confirmed. An unconfirmed one raises."""
    confirmed: Counter[str] = Counter()
    waiting: deque[tuple[str, Any]] = deque()
    for out in outs:
        stamp = out.timestamp if recorded else None
        told = producer.send(out.topic, key=out.key, value=out.value, timestamp_ms=stamp)
        waiting.append((source_of(out), told))
        if len(waiting) >= IN_FLIGHT:
            _confirm(waiting, confirmed, IN_FLIGHT // 2)
    producer.flush()
    _confirm(waiting, confirmed, 0)
    return confirmed


def _confirm(waiting: deque[tuple[str, Any]], confirmed: Counter[str], leave: int) -> None:
    while len(waiting) > leave:
        source, told = waiting.popleft()
        told.get(CONFIRM_SECONDS)
        confirmed[source] += 1


def _by_http(outs: Iterator[Out], args: argparse.Namespace) -> Counter[str]:
    if args.at == "reported":
        raise XiaoshiError(
            "--at reported needs --road kafka: over HTTP, intake says when a report was received"
        )
    taken: Counter[str] = Counter()
    for source, of_source in groupby(outs, key=source_of):
        while batch := list(islice(of_source, REQUEST_LINES)):
            answer = post(f"{args.url.rstrip('/')}/reports/{source}", batch, args.api_key)
            taken[source] += sum(item["status"] != "refused" for item in answer)
            for item in answer:
                if item["status"] == "refused":
                    print(f"{source}: refused: {refusal(item, batch)}")
    return taken


def refusal(item: dict[str, Any], batch: list[Out]) -> str:
    """Which report, by the source's own id, and why."""
    report = msgspec.json.decode(batch[item["index"]].value or b"{}")
    problem = item.get("problem", {})
    fields = ", ".join(str(each.get("pointer")) for each in problem.get("errors", ()))
    where = f" ({fields})" if fields else ""
    return f"{report.get('source_id')}: {problem.get('reason')}: {problem.get('detail')}{where}"


def post(url: str, batch: list[Out], api_key: str | None) -> list[dict[str, Any]]:
    """What became of each report of the batch. A batch refused as a whole has its items in the answer too."""
    if not url.startswith(("http://", "https://")):
        raise XiaoshiError(f"not an address for HTTP: {url}")
    headers = {"Content-Type": "application/x-ndjson"} | ({"X-API-Key": api_key} if api_key else {})
    body = b"\n".join(out.value or b"" for out in batch)
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310  checked above
    try:
        with urllib.request.urlopen(request, timeout=CONFIRM_SECONDS) as response:  # noqa: S310
            said = msgspec.json.decode(response.read())
    except urllib.error.HTTPError as error:
        with error:
            said = _problem(error)
        if "items" not in said:
            raise XiaoshiError(f"{url} answered {error.code}: {said.get('detail', error.reason)}") from error
    except OSError as error:
        raise XiaoshiError(f"{url} does not answer: {error}") from error
    items: list[dict[str, Any]] = said["items"]
    return items


def _problem(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(error.read())
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}
