"""What residents do of their own: each by a report of theirs, and without asking a desk."""

from collections.abc import Iterator
from datetime import timedelta

from shared import events as e
from shared.divisions import Tier
from shared.matter import ENDED, Action, ActionKind, State
from xiaoshi.simulator import beside, habits
from xiaoshi.simulator.scene import Scene

_LONGEST = timedelta(days=2)


def wishes(scene: Scene) -> Iterator[Action]:
    """At most one thing after an event."""
    shares = habits.RESIDENTS.get(type(scene.event))
    reports, event = scene.known.reports, scene.event
    is_merged = isinstance(event, e.MatterJoined) and event.merged_from is not None
    if shares is None or not reports or is_merged:
        return
    chance = scene.chance("resident")
    kind = habits.pick(shares, chance)
    if kind is None or (event.position.state in ENDED and kind is not ActionKind.REOPEN):
        return
    # who has just told of it speaks for that
    has_told = isinstance(event, e.MatterOpened | e.MatterJoined)
    report = reports[-1] if has_told else chance.choice(reports)
    at = habits.soon(event.at, min(scene.room, _LONGEST) if event.position.due else _LONGEST, chance)
    match kind:
        case ActionKind.BOOK:
            yield beside.booking(scene, None, at, report_id=report)
        case ActionKind.RATE:
            # not before everyone was asked
            if event.position.state is State.VISITED and report not in scene.known.rated:
                yield scene.act(kind, None, at, report_id=report, rating=habits.rating(chance))
        case ActionKind.COMMENT:
            yield scene.act(kind, None, at, report_id=report, outcome="请问办到哪一步了？")
        case ActionKind.ESCALATE:
            if scene.position.tier is not Tier.CITY:
                yield scene.act(kind, None, at, report_id=report)
        case ActionKind.REOPEN:
            if not scene.known.reopened:
                yield scene.act(kind, None, at, report_id=report)
        case _:
            yield scene.act(kind, None, at, report_id=report)
