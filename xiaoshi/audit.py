"""The auditor (巡查): reads the journal and nothing else, and says whether every deadline was kept or acted on.

It shares no state and no rule with the services: what they forgot, it has read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import topics
from shared.log_reader import read_topic
from shared.progress import PATIENCE, Now, Pulse
from shared.wire import Record
from xiaoshi.verify.auditor import Auditor, told
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.log import entry

GRACE = timedelta(minutes=2)

Read = Callable[[dict[int, int]], Iterable[Record]]
"""The journal, each partition from the offset given or its beginning, to its end as of the call."""


def journal_of(kafka: str) -> Read:
    """Raises, when read, TopicMissingError and BrokerUnavailableError."""

    def read(starts: dict[int, int]) -> Iterable[Record]:
        return read_topic(kafka, topics.EVENTS.name, starts=starts)

    return read


def pulse_of(every: timedelta, now: Now) -> Pulse:
    """Of an auditor that makes a pass every so often."""
    return Pulse("nothing was read to its end", max(3 * every.total_seconds(), PATIENCE), now)


def felt(read: Read, pulse: Pulse) -> Read:
    """The same, and each record is a beat: the first pass of an old journal takes long."""

    def reading(starts: dict[int, int]) -> Iterable[Record]:
        for record in read(starts):
            pulse.beat()
            yield record

    return reading


@dataclass(frozen=True)
class Pass:
    """What one pass found. `lines`: what is wrong now, besides what the finding has of the past."""

    finding: Finding
    open_matters: int
    lines: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return self.finding.ok and not self.lines


class Audit:
    """Follows the journal from its beginning; each pass reads what has come since the one before.

    `grace`: how long a deadline may have passed, or a lane have been without a tick, before it is wrong.
    `known_until`: differences before that instant have been looked at, and are told no more.
    """

    def __init__(self, read: Read, grace: timedelta = GRACE, known_until: datetime | None = None) -> None:
        self._read = read
        self._grace = grace
        self._tally = Tally("deadlines")
        self._lanes: dict[int, Auditor] = defaultdict(lambda: Auditor(self._tally, known_until))
        self._next: dict[int, int] = {}

    def audit(self, now: datetime | None) -> Pass:
        """One pass. `now`: the wall clock, to see a lane whose time stands still; None where time is driven.

        Raises what reading raises.
        """
        for record in self._read(dict(self._next)):
            self._lanes[record.partition].take(entry(record))
            self._next[record.partition] = record.offset + 1
        lines = [line for lane in sorted(self._lanes) for line in self._wrong(lane, now)]
        fired = sum(auditor.fired for auditor in self._lanes.values())
        return Pass(
            self._tally.finding(f"{fired} passed"),
            sum(auditor.open_matters for auditor in self._lanes.values()),
            tuple(lines),
        )

    def _wrong(self, lane: int, now: datetime | None) -> list[str]:
        auditor = self._lanes[lane]
        clock = auditor.clock
        lines = [f"{matter_id} was ordered and has not risen" for matter_id in auditor.ordered()]
        if auditor.open_matters and now is not None and (clock is None or clock + self._grace < now):
            lines.append(f"lane {lane}: no tick since {'ever' if clock is None else clock.isoformat()}")
        if clock is None or auditor.is_at_work:
            return lines
        since = clock - self._grace
        lines += [
            f"{each.matter_id}: {told(each.due)} passed, and nothing happened"
            for each in auditor.passed(since)
        ]
        return [*lines, *auditor.late_beside(since)]
