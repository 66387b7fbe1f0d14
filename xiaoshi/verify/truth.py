"""A simulated day on the log: what was to be accepted, done or refused was, and how well joining found the matters."""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from shared import topics
from shared.events import (
    ActionRefused,
    FastRaised,
    MatterEvent,
    MatterJoined,
    MatterSplit,
    MatterWithdrawn,
    NoticeAnnounced,
)
from shared.matter import ENDED, ActionKind, Position
from shared.reasons import Reason
from shared.receipts import report_id_of
from xiaoshi.simulator.files import read_acted, read_day
from xiaoshi.simulator.score import score_joins
from xiaoshi.simulator.sent import Acted, Sent
from xiaoshi.verify.findings import Finding, Tally, not_compared
from xiaoshi.verify.letters import buried
from xiaoshi.verify.log import Log, digest, entry
from xiaoshi.verify.matters import Matters

CHECK = "truth of the day"
# The matter is where it was, and yet it is not as whoever acts has known it.
MOVES = (FastRaised, MatterJoined, MatterSplit, MatterWithdrawn, NoticeAnnounced)


# What an action is refused for by what it says, wherever the matter stands.
BY_ITSELF = frozenset(
    {
        Reason.MATTER_UNKNOWN,
        Reason.RESIDENT_ONLY,
        Reason.FIELD_MISSING,
        Reason.WAY_MISSING,
        Reason.VISIT_MISSING,
        Reason.GROUND_WRONG,
        Reason.INSTANT_WRONG,
    }
)


WHO_IS_ASKED = {ActionKind.VISIT: Reason.FIELD_MISSING, ActionKind.CLOSE: Reason.VISIT_MISSING}
"""Refused for these where one more has reported it meanwhile."""


class Answer(NamedTuple):
    """What an action led to. `is_late`: the matter had moved on since the event that it answers.

    `has_passed`: the session that it proposes was past by then.
    """

    reason: Reason
    is_late: bool
    has_passed: bool


def compare(folder: Path | None, log: Log, matters: Matters) -> Finding:
    """`folder` None: nobody asked for it. How well joining did and what came late is told, and never a difference."""
    if folder is None:
        return not_compared(CHECK, "no --truth")
    day = read_day(folder)
    acted = {each.action.action_id: each for each in read_acted(folder)}
    tally = Tally(CHECK, compared=len(day.sent) + len(acted))
    refused = _refused(log)
    for sent in day.sent:
        if wrong := _wrong(sent, matters, refused):
            tally.differ(f"submission {sent.truth.n}: {wrong}")
    late = compare_actions(acted, log, tally)
    score = score_joins(day.groups(report_id_of), matters.placed)
    joins = f"joins: precision {score.precision:.4f}, recall {score.recall:.4f}, {score.true} true pairs"
    return tally.finding(f"{joins}; {late} of {len(acted)} actions came late" if acted else joins)


def compare_actions(acted: Mapping[str, Acted], log: Log, tally: Tally) -> int:
    """How many of the actions, by id, came late, and so led to something else than they must if in time."""
    answers = dict(_answers(acted, log))
    late = 0
    for action_id, each in acted.items():
        answer = answers.get(action_id)
        told = (
            f"action {action_id}, {each.action.kind} of {each.action.matter_id}, must lead to {each.expect}"
        )
        if answer is None:
            if log.at_rest:
                tally.differ(f"{told}, and led to nothing")
        elif answer.reason is not each.expect:
            if _may_be_late(each, answer):
                late += 1
            else:
                tally.differ(f"{told}, and led to {answer.reason}")
    return late


def _may_be_late(acted: Acted, answer: Answer) -> bool:
    """Time makes no action complete and none incomplete; but whom to ask, and whether, depends on who has reported."""
    came = answer.reason
    if came is Reason.INSTANT_WRONG and acted.expect is Reason.BY_ACTION:
        return answer.has_passed
    if not answer.is_late:
        return False
    if came is WHO_IS_ASKED.get(acted.action.kind):
        return True
    return came not in BY_ITSELF and not (acted.expect in BY_ITSELF and came is Reason.BY_ACTION)


def _answers(acted: Mapping[str, Acted], log: Log) -> Iterator[tuple[str, Answer]]:
    """By id of the action; of one that says several events the first."""
    answered: set[str] = set()
    for lane in range(log.lanes):
        positions: dict[str, Position] = {}
        moved: dict[str, int] = {}
        for record in log.read(topics.EVENTS.name, lane):
            event = entry(record).event
            if not isinstance(event, MatterEvent | ActionRefused):
                continue
            each = acted.get(getattr(event, "action_id", None) or "")
            if each is not None and each.action.action_id not in answered:
                answered.add(each.action.action_id)
                other = positions.get(each.action.into or "")
                has_ended = other is not None and other.state in ENDED
                is_late = has_ended or moved.get(event.matter_id, 0) > each.after
                reason = event.reason if isinstance(event, ActionRefused) else Reason.BY_ACTION
                session = each.action.session
                has_passed = session is not None and session.at <= event.at
                yield each.action.action_id, Answer(reason, is_late, has_passed)
            if isinstance(event, MatterEvent):
                before = positions.get(event.matter_id)
                if before is None or _place(before) != _place(event.position) or isinstance(event, MOVES):
                    moved[event.matter_id] = event.number
                positions[event.matter_id] = event.position


def _place(position: Position) -> tuple[object, ...]:
    return position.state, position.tier, position.desk, position.offered


def _refused(log: Log) -> Counter[tuple[bytes, Reason]]:
    """By the bytes as they were sent: what is broken may have no id."""
    refused: Counter[tuple[bytes, Reason]] = Counter()
    for partition in log.partitions(topics.REJECTED.name):
        for record in log.read(topics.REJECTED.name, partition):
            event = buried(record)
            if event is not None:
                refused[digest(b64decode(event.original)), event.reason] += 1
    return refused


def _wrong(sent: Sent, matters: Matters, refused: Counter[tuple[bytes, Reason]]) -> str:
    truth = sent.truth
    times = matters.received[report_id_of(truth.source, truth.source_id)]
    if truth.expect != "refused":
        return "" if times == 1 else f"{truth.expect}, and its report was received {times} times"
    if times:
        return f"must be refused as {truth.reason}, and was received"
    if sent.road == "http":
        return ""  # the door said no, and nothing went onto the bus
    assert truth.reason is not None
    key = digest(sent.payload), truth.reason
    if not refused[key]:
        return f"was not refused as {truth.reason}"
    refused[key] -= 1
    return ""
