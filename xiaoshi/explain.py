"""What lies behind a figure: which events an indicator counts, and which were the last that it counted."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from heapq import nlargest
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from services.metrics.figures import Day, day_and_place
from services.metrics.handlers import MetricsLogic
from services.metrics.history import is_in
from services.metrics.indicators import Indicator, Observed, Side, metric_of
from shared import wire
from shared.core import Core
from shared.errors import BuryError
from shared.events import ActionRefused, MatterEvent
from shared.observed_events import IndicatorObserved
from shared.wire import Record

OURS = "services.metrics."


class Counted(NamedTuple):
    """An event that moved an indicator. `added`: by side and labels; of an observation, what it says."""

    at: datetime
    kind: str
    subject: str
    place: str
    added: tuple[tuple[str, int], ...]


def events_counted(indicator: Indicator) -> tuple[type[MatterEvent | ActionRefused], ...]:
    """The events that the fold, or a rule it calls, names: no other can move the indicator."""
    found = {each for each in _named(indicator.fold, set()) if _is_event(each)}
    return tuple(sorted(found, key=lambda each: str(each.__struct_config__.tag)))


def latest(
    records: Iterable[Record], indicator: Indicator | Observed, place: str, last: int
) -> list[Counted]:
    """The last events of the journal that moved it at a place or below, or the last observations; the newest last.

    Lanes may be mixed.
    """
    counted = (
        _observations(records, indicator, place)
        if isinstance(indicator, Observed)
        else _increments(records, indicator, place)
    )
    newest = nlargest(last, enumerate(counted), key=lambda each: (each[1].at, each[0]))
    return [each for _, each in reversed(newest)]


def _observations(records: Iterable[Record], indicator: Observed, place: str) -> Iterator[Counted]:
    for record in records:
        try:
            event = wire.decode(record.value)
        except BuryError:
            continue
        if not isinstance(event, IndicatorObserved) or event.indicator != indicator.name:
            continue
        if event.division.startswith(place):
            figures = (("numerator", event.numerator), ("denominator", event.denominator))
            said = () if event.withdrawn else figures
            yield Counted(event.at, wire.kind_of(event), event.publisher, event.division, said)


def _increments(records: Iterable[Record], indicator: Indicator, place: str) -> Iterator[Counted]:
    kinds = events_counted(indicator)
    lanes: dict[int, Core] = {}
    for record in records:
        if record.partition not in lanes:
            logic = MetricsLogic({})
            lanes[record.partition] = Core(logic, logic.state)
        core = lanes[record.partition]
        yield from _moved(core, record, indicator, kinds, place)
        core.feed(record)


def _moved(
    core: Core, record: Record, indicator: Indicator, kinds: tuple[type, ...], within: str
) -> Iterator[Counted]:
    """What the record will add, seen before the lane takes it."""
    try:
        event = wire.decode(record.value)
        puts = core.logic.decide(record).puts if isinstance(event, kinds) else []
    except BuryError:
        return
    for key, value in puts:
        if isinstance(value, Day) and is_in(day_and_place(key)[1], within):
            old = core.state.get(key)
            added = tuple(_added(indicator, value, old.added if isinstance(old, Day) else {}))
            if added and isinstance(event, MatterEvent | ActionRefused):
                yield Counted(event.at, wire.kind_of(event), event.matter_id, day_and_place(key)[1], added)


def _added(indicator: Indicator, new: Day, old: dict[str, int]) -> Iterable[tuple[str, int]]:
    sides: dict[str, Side] = {metric_of(indicator.name, side): side for side in indicator.sides}
    for line, n in new.added.items():
        metric, *labels = line.split("|")
        if metric in sides and n != old.get(line, 0):
            yield " ".join((sides[metric], *labels)), n - old.get(line, 0)


def _named(function: Callable[..., Any], seen: set[CodeType]) -> Iterator[Any]:
    """Everything a function names, and what the rules of ours name that it calls."""
    if not isinstance(function, FunctionType) or function.__code__ in seen:
        return  # a constant, or one that calls itself
    for name in _names(function.__code__, seen):
        thing = function.__globals__.get(name)
        yield from _parts(thing)
        if isinstance(thing, FunctionType) and thing.__module__.startswith(OURS):
            yield from _named(thing, seen)


def _names(code: CodeType, seen: set[CodeType]) -> Iterator[str]:
    seen.add(code)
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner, seen)


def _parts(thing: Any) -> Iterator[Any]:
    """The types in a named table, however deep, or the thing itself."""
    match thing:
        case dict():
            yield from _parts((*thing.keys(), *thing.values()))
        case tuple() | list() | set() | frozenset():
            for each in thing:
                yield from _parts(each)
        case _:
            yield thing


def _is_event(thing: Any) -> bool:
    return (
        isinstance(thing, type)
        and issubclass(thing, MatterEvent | ActionRefused)
        and thing is not MatterEvent
    )
