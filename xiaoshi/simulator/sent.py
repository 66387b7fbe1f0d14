"""The nouns of a simulated day."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from msgspec import Struct

from shared.matter import Action
from shared.reasons import Reason

BEIJING = timezone(timedelta(hours=8))

Road = Literal["http", "kafka", "kafka-binary", "kafka-structured"]
ROADS: tuple[Road, ...] = ("http", "kafka", "kafka-binary", "kafka-structured")
Expect = Literal["accepted", "duplicate", "refused"]


class Truth(Struct, frozen=True, kw_only=True):
    """What is true of one submission, whatever the system makes of it.

    `n`: its place in the day, from 1. `group`: the true matter's number; None when refused. `look_alike_of`: the
    group it resembles and is not.
    """

    n: int
    source: str
    source_id: str
    road: Road
    expect: Expect
    reason: Reason | None = None
    group: int | None = None
    look_alike_of: int | None = None


class Sent(Struct, frozen=True, kw_only=True):
    """One submission, byte for byte as an upstream system sends it.

    `at` is when it goes out and when it is received. `source` is the door or raw topic it takes, `county` its key
    there. `headers` are those of the request, or of the Kafka record.
    """

    at: datetime
    source: str
    road: Road
    county: str
    headers: tuple[tuple[str, str], ...]
    payload: bytes
    truth: Truth


class Acted(Struct, frozen=True, kw_only=True):
    """An action that was sent, and what it must lead to: `by_action`, or the reason of its refusal.

    `after`: the number of the event it answers. If the matter has moved on since, it is late and may be refused.
    """

    action: Action
    expect: Reason
    after: int


class Day(Struct, frozen=True, kw_only=True):
    """All submissions of one day, in the order of time."""

    county: str
    day: date
    seed: int
    policy: str
    sent: tuple[Sent, ...]

    def groups(self, report_id: Callable[[str, str], str]) -> dict[str, int]:
        """The true matter's number by report id, as `report_id(source, source_id)` names the accepted reports."""
        truths = (each.truth for each in self.sent)
        return {report_id(t.source, t.source_id): t.group for t in truths if t.group is not None}

    def counts(self) -> dict[str, int]:
        """Submissions by what must be answered, and the true matters among them."""
        answers = Counter(each.truth.expect for each in self.sent)
        sizes = Counter(t.truth.group for t in self.sent if t.truth.expect == "accepted")
        return {
            "submissions": len(self.sent),
            "accepted": answers["accepted"],
            "duplicate": answers["duplicate"],
            "refused": answers["refused"],
            "matters": len(sizes),
            "matters_reported_more_than_once": sum(1 for size in sizes.values() if size > 1),
            "look_alikes": sum(1 for each in self.sent if each.truth.look_alike_of is not None),
        }
