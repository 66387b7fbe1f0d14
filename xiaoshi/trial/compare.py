"""What is another under the new policy: pairs of figures, and matters that land elsewhere."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared import topics
from shared.catalogue import Policy
from shared.divisions import Tier
from shared.matter import Value, key_of
from xiaoshi.trial import ASSUMPTIONS
from xiaoshi.trial.figures import Entered, Figures, Stretch
from xiaoshi.trial.run import Trial

EXAMPLES = 20


class Pair(Value, frozen=True):
    """The same figure in both runs."""

    old: int
    new: int


class Load(Value, frozen=True):
    """A desk: matters it held at any time, limits it missed."""

    desk: str
    held: Pair
    missed: Pair


class Move(Value, frozen=True, rename={"from_": "from"}):
    """Matters that entered at another tier or body."""

    from_: str
    to: str
    matters: int


class Moved(Value, frozen=True, rename={"from_": "from"}):
    """One of them, with the desks."""

    matter_id: str
    from_: str
    to: str


class Asked(Value, frozen=True):
    """What was run. `again`: the past once more under its own policy, else it is what the log tells.

    `reproduced`: that came to what the log tells; None where one of them is not there.
    """

    old_policy: str
    new_policy: str
    since: datetime | None
    until: datetime | None
    reports: int
    actions: int
    ticks: int
    readdressed: int
    accepted_first: int
    again: bool
    reproduced: bool | None
    assumptions: tuple[str, ...]


class Comparison(Value, frozen=True):
    """Everything that is shown. `only_old`, `only_new`: matters that are part of another in the other run.

    `desks`: all, the most changed first. `moved`: the first few of those in `moves`.
    """

    totals: dict[str, Pair]
    settled: dict[str, Pair]
    refused: dict[str, Pair]
    desks: tuple[Load, ...]
    moves: tuple[Move, ...]
    moved: tuple[Moved, ...]
    only_old: int
    only_new: int

    @property
    def differs(self) -> bool:
        figures = (*self.totals.values(), *self.settled.values(), *self.refused.values())
        return bool(
            self.moves
            or self.only_old
            or self.only_new
            or any(each.old != each.new for each in figures)
            or any(map(change, self.desks))
        )


def asked_of(trial: Trial, old: Policy, new: Policy, stretch: Stretch) -> Asked:
    """What was run, and whether what was run again can be trusted."""
    return Asked(
        old_policy=old.version,
        new_policy=new.version,
        since=stretch.since,
        until=stretch.until,
        reports=trial.inputs[topics.RECEIVED.name],
        actions=trial.inputs[topics.ACTIONS.name] + trial.inputs[topics.RESIDENTS.name],
        ticks=trial.inputs[topics.TICKS.name],
        readdressed=trial.readdressed,
        accepted_first=trial.accepted_first,
        again=trial.again,
        reproduced=_is_reproduced(trial),
        assumptions=ASSUMPTIONS,
    )


def _is_reproduced(trial: Trial) -> bool | None:
    if trial.recorded is None or not trial.again:
        return None
    return not compared(trial.recorded, trial.old).differs


def compared(old: Figures, new: Figures) -> Comparison:
    """The old run's figures beside the new one's."""
    both = sorted(old.entered.keys() & new.entered.keys())
    elsewhere = [(m, old.entered[m], new.entered[m]) for m in both if _differ(old.entered[m], new.entered[m])]
    moves = Counter((_kind(before), _kind(after)) for _, before, after in elsewhere)
    return Comparison(
        totals={name: Pair(old=value, new=_totals(new)[name]) for name, value in _totals(old).items()},
        settled={tier.value: Pair(old=old.settled[tier], new=new.settled[tier]) for tier in Tier},
        refused=_pairs(old.refused, new.refused),
        desks=_loads(old, new),
        moves=tuple(Move(from_=a, to=b, matters=n) for (a, b), n in _most_first(moves)),
        moved=tuple(
            Moved(matter_id=m, from_=_place(before), to=_place(after))
            for m, before, after in elsewhere[:EXAMPLES]
        ),
        only_old=len(old.entered.keys() - new.entered.keys()),
        only_new=len(new.entered.keys() - old.entered.keys()),
    )


def _totals(figures: Figures) -> dict[str, int]:
    kinds = figures.kinds
    return {
        "matters_opened": kinds["matter.opened"],
        "reports_joined": kinds["matter.joined"],
        "matters_settled": figures.settled.total(),
        "matters_open": figures.open,
        "limits_missed": figures.missed.total(),
        "matters_overdue": len(figures.late),
        "risen": kinds["matter.escalated"],
        "notices": kinds["matter.noticed"],
        "reopened": kinds["matter.reopened"],
        "actions_refused": figures.refused.total(),
        "records_buried": figures.buried,
    }


def _pairs(old: Mapping[Any, int], new: Mapping[Any, int]) -> dict[str, Pair]:
    return {str(key): Pair(old=old.get(key, 0), new=new.get(key, 0)) for key in sorted({*old, *new})}


def _loads(old: Figures, new: Figures) -> tuple[Load, ...]:
    held, missed = _pairs(old.held, new.held), _pairs(old.missed, new.missed)
    none = Pair(old=0, new=0)
    loads = (
        Load(desk=desk, held=held.get(desk, none), missed=missed.get(desk, none))
        for desk in sorted({*held, *missed})
    )
    return tuple(sorted(loads, key=change, reverse=True))


def change(load: Load) -> int:
    """By how many matters and limits a desk's load is another."""
    return abs(load.held.new - load.held.old) + abs(load.missed.new - load.missed.old)


def _most_first(moves: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return sorted(moves.items(), key=lambda each: (-each[1], each[0]))


def _differ(one: Entered, other: Entered) -> bool:
    return (one.tier, key_of(one.desk)) != (other.tier, key_of(other.desk))


def _kind(entered: Entered) -> str:
    """Tier and body: the same move of every village is one move."""
    return f"{entered.tier} {entered.desk.body}"


def _place(entered: Entered) -> str:
    return f"{entered.tier} {key_of(entered.desk)}"
