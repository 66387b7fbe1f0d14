"""Whom the return visits of a matter have reached since it was last resolved."""

from shared.events import MatterEvent, MatterResolved, MatterSplit, MatterVisited

Reached = tuple[str, ...] | None
"""By the reports of theirs. None: not known, for the matter is older than this figure."""


def reached_after(reached: Reached, event: MatterEvent, leaving: tuple[str, ...]) -> Reached:
    """`leaving`: the reports a split takes out of the matter, and with them whoever was asked about them."""
    match event:
        case MatterResolved():
            return ()
        case MatterVisited() if event.visit.reached:
            return (*(reached or ()), event.report_id)
        case MatterSplit() if reached is not None:
            return tuple(each for each in reached if each not in leaving)
        case _:
            return reached
