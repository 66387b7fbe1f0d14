"""The past in files: reports and actions as `xiaoshi replay` reads them, and the journal it writes."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from shared import timeline, topics, wire
from shared.catalogue import Policy
from shared.errors import InputInvalidError
from shared.matter import Action
from shared.wire import Out, Record
from xiaoshi.inputs import action_out, report_out
from xiaoshi.road import makers
from xiaoshi.trial.past import Input, Journal


class _Line(msgspec.Struct):
    """As much of a line as tells what it is."""

    action_id: Any = None
    topic: Any = None
    source: str = ""
    id: str = ""
    causationid: str = ""
    data: msgspec.Raw = msgspec.Raw()


class Files:
    """One lane. With a line of a journal among them, order, actions and ticks are the journal's; else the order is
    that of `xiaoshi replay`, with a tick every so often.
    """

    lanes = 1

    def __init__(self, paths: Sequence[Path], policy: Policy, every: timedelta) -> None:
        self._intake = makers(policy, self.lanes)["intake"](0)
        self._every = every
        self._reports: list[Out] = []
        self._actions: list[Out] = []
        self._journal: list[_Line] = []
        for path in paths:
            self._take(path)
        if self._journal and self._actions:
            raise InputInvalidError("a journal holds the actions already: give it, or a file of actions")
        # without causes nobody can say which event answers an action
        self.tells = bool(self._journal) and all(line.causationid for line in self._journal)

    def read(self, lane: int) -> Iterator[Input | Record]:
        return Journal(_Log(self._received(), self._journal)).read(lane) if self._journal else self._steps()

    def _take(self, path: Path) -> None:
        decoder = msgspec.json.Decoder(_Line)
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        self._sort(line, number, decoder)
        except (OSError, InputInvalidError) as error:
            raise InputInvalidError(f"{path} cannot be read: {error}") from error

    def _sort(self, line: bytes, number: int, decoder: msgspec.json.Decoder[_Line]) -> None:
        try:
            told = decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise InputInvalidError(f"line {number}: not a JSON object: {error}") from error
        if told.topic is not None:
            if told.topic == topics.EVENTS.name:
                self._journal.append(told)
        elif told.action_id is not None:
            self._actions.append(action_out(line, number))
        else:
            self._reports.append(report_out(line, number))

    def _steps(self) -> Iterator[Input]:
        reports, actions = map(_timed, self._reports), map(_timed, self._actions)
        for step in timeline.steps(reports, actions, self._every):
            for out in chain.from_iterable(timeline.by_topic(step.reports)):
                for record in self._pass(out):
                    yield Input(record, wire.instant(record.timestamp))
            for out in step.actions:
                yield Input(_record(out), action=_action(out))
            yield Input(_record(timeline.tick(step.ends, 0)), step.ends)

    def _received(self) -> Iterator[Record]:
        for out in self._reports:
            yield from self._pass(out)

    def _pass(self, out: Out) -> Iterator[Record]:
        """What intake makes of a report, if it takes it."""
        for passed in self._intake.feed(_record(out)).outs:
            if passed.topic == topics.RECEIVED.name:
                yield _record(passed)


class _Log:
    """What a journal is read from."""

    lanes = 1

    def __init__(self, received: Iterator[Record], journal: Sequence[_Line]) -> None:
        self._received = received
        self._journal = journal

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        if topic == topics.RECEIVED.name:
            return self._received
        return (
            Record(topic, partition, nth, 0, None, bytes(line.data), _headers(line))
            for nth, line in enumerate(self._journal)
        )


def _headers(line: _Line) -> tuple[tuple[str, bytes], ...]:
    given = {"ce_id": line.id, "ce_source": line.source, "ce_causationid": line.causationid}
    return tuple((name, value.encode()) for name, value in given.items())


def _action(out: Out) -> Action | None:
    """None for what is no action: routing buries it."""
    try:
        return msgspec.json.decode(out.value or b"", type=Action)
    except msgspec.MsgspecError:
        return None


def _record(out: Out) -> Record:
    return Record(out.topic, 0, 0, out.timestamp, out.key, out.value, out.headers)


def _timed(out: Out) -> tuple[datetime, Out]:
    return wire.instant(out.timestamp), out
