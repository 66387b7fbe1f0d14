"""How a matter stands at an instant, from its position alone: three colours, three sorts of overdue. Pure."""

import enum
from datetime import datetime

from shared.matter import Awaits, Deadline, Position


class Colour(enum.StrEnum):
    """How near the limit is."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


class Overdue(enum.StrEnum):
    """Past what the tier first promised: on whose account."""

    DESK = "desk"
    RESIDENT = "resident"
    EXTENSION = "extension"


def colour(due: Deadline, now: datetime) -> Colour:
    """The instant itself has the new colour, as it is late at the limit."""
    if now >= due.at or (due.red is not None and now >= due.red):
        return Colour.RED
    return Colour.YELLOW if due.yellow is not None and now >= due.yellow else Colour.BLUE


def overdue(position: Position, now: datetime) -> Overdue | None:
    """None while the tier's first promise holds.

    A clock that waits for the resident, an expert or a court counts as theirs (`resident`): the desk cannot go on;
    so does what such a stop has moved. A limit moved by an approved extension is its own sort. Each until it passes.
    """
    due = position.due
    if due is None or position.promised is None or now < position.promised:
        return None
    if due.awaits in (Awaits.RESIDENT, Awaits.EXPERT, Awaits.COURT):
        return Overdue.RESIDENT
    limit = position.limit or due
    if now >= limit.at or limit.what == "notice":
        return Overdue.DESK
    if limit.extended:
        return Overdue.EXTENSION
    return Overdue.DESK if limit.left is None else Overdue.RESIDENT
