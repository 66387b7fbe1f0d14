"""Receptions, appointments and joint mediations (接访、约访、联调)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import SessionBooked, SessionHeld, SessionMissed
from shared.matter import SessionKind

STEPS: dict[type, str] = {SessionBooked: "booked", SessionHeld: "held", SessionMissed: "missed"}


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, SessionBooked | SessionHeld | SessionMissed):
        yield Part(COUNT, labels=(event.session.kind, STEPS[type(event)]))


INDICATOR = Indicator(
    name="sessions",
    zh="接访约访联调",
    unit="sessions",
    definition="Receptions, appointments and joint mediations, by kind: booked, held, missed.",
    definition_zh="接访、约访和联合调解，按种类：已预约、已举行、未举行。",
    fold=fold,
    labels={"kind": tuple(kind.value for kind in SessionKind), "step": tuple(STEPS.values())},
)
