"""One event as those see it who may act on it, and how an action of theirs is written down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shared import events as e
from shared.catalogue import Policy
from shared.matter import Action, ActionKind, Desk, Position, key_of
from shared.reasons import Reason
from shared.wire import event_id
from xiaoshi.simulator import habits
from xiaoshi.simulator.dice import dice
from xiaoshi.simulator.heard import Heard

PLANTED = "planted-"
_UNLIMITED = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Scene:
    """`known`: what is remembered of the matter, this event included. `like`: another open matter of the same kind.

    `is_back`: it had been merged into another and is one again.
    """

    event: e.MatterEvent
    known: Heard
    policy: Policy
    seed: int
    like: str | None = None
    is_back: bool = False

    @property
    def position(self) -> Position:
        return self.event.position

    @property
    def holder(self) -> str:
        return key_of(self.position.desk)

    @property
    def taker(self) -> str:
        """Whoever may accept it."""
        return key_of(self.position.offered or self.position.desk)

    @property
    def room(self) -> timedelta:
        """The time until the next deadline."""
        due = self.position.due
        return _UNLIMITED if due is None else max(due.at - self.event.at, timedelta())

    def chance(self, *what: object) -> Random:
        """Dice of this event's own."""
        event = self.event
        return dice("desks", self.seed, event.matter_id, event.position.tier, event.number, *what)

    def soon(self, longest: timedelta, chance: Random) -> datetime:
        """An instant within that span, and well before the next deadline."""
        return habits.soon(self.event.at, min(longest, self.room), chance)

    def act(
        self,
        kind: ActionKind,
        by: Desk | str | None,
        at: datetime,
        *,
        planted: Reason | None = None,
        **facts: Any,
    ) -> Action:
        """`by` None: a resident. `planted`: the reason for which it must be refused."""
        desk = key_of(by) if isinstance(by, Desk) else by
        told = event_id(f"{self.event.matter_id}/{self.event.number}", f"{kind}/{self.position.tier}/{desk}")
        given: dict[str, Any] = {"matter_id": self.event.matter_id, "county": self.event.county} | facts
        return Action(
            action_id=told if planted is None else f"{PLANTED}{planted}-{told}",
            kind=kind,
            desk=desk,
            at=at,
            **given,
        )
