"""When a matter turns yellow, red or overdue: all of it is known as soon as its position is, so no clock is asked."""

from datetime import UTC, datetime

from shared import standing
from shared.matter import Position, Value
from shared.standing import Colour, Overdue

BEFORE_ANY_TICK = datetime.min.replace(tzinfo=UTC)


class Turn(Value, frozen=True):
    """From `at` on, the instant included, a matter stands so."""

    at: datetime
    colour: Colour
    overdue: Overdue | None = None


BLUE = Turn(at=BEFORE_ANY_TICK, colour=Colour.BLUE)


def turns_of(position: Position) -> tuple[Turn, ...]:
    """The instants at which `shared.standing` says another thing of it than before, in order; first it is blue."""
    due, limit = position.due, position.limit
    if due is None:
        return ()
    instants = {due.yellow, due.red, due.at, position.promised, limit.at if limit else None}
    found = [BLUE]
    for at in sorted(each for each in instants if each is not None):
        turn = Turn(at=at, colour=standing.colour(due, at), overdue=standing.overdue(position, at))
        if (turn.colour, turn.overdue) != (found[-1].colour, found[-1].overdue):
            found.append(turn)
    return tuple(found[1:])


def turn_at(turns: tuple[Turn, ...], now: datetime) -> Turn:
    """How it stands now."""
    return next((turn for turn in reversed(turns) if turn.at <= now), BLUE)


def next_turn(turns: tuple[Turn, ...], now: datetime) -> datetime | None:
    """When it will next stand otherwise if nothing happens."""
    return next((turn.at for turn in turns if turn.at > now), None)
