"""Which observed figures stand, and what they say of a division: pure, and the same in whatever order they came."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from services.metrics.rules.periods import Period, PeriodKind, whole
from shared import divisions
from shared.observed_events import IndicatorObserved

WIDTHS = (2, 4, 6, 9, 12, 15)


class Subject(NamedTuple):
    """What a figure is about; the division as the tree knows it."""

    indicator: str
    division: str
    kind: PeriodKind
    start: date

    @property
    def period(self) -> Period:
        return whole(self.kind, self.start)


class Share(NamedTuple):
    """What is said of a division. `own`: its own figure stands; else it is the sum over `parts` divisions below."""

    numerator: int
    denominator: int
    own: bool
    parts: int = 0


CONTRADICTED = None
"""Publishers disagree: nobody's figure is shown until all that stand are equal."""

Said = Mapping[str, Share | None]
"""The own figures of divisions about one indicator and period, or CONTRADICTED."""


def subject_of(event: IndicatorObserved) -> Subject:
    """Raises UnknownDivisionError."""
    kind, division = PeriodKind(event.period), divisions.normalise(event.division)
    return Subject(event.indicator, division, kind, event.start)


def later(one: IndicatorObserved, other: IndicatorObserved) -> IndicatorObserved:
    """Which of one publisher's two on the same subject stands: the higher revision, whichever came first.

    Two of one revision are a mistake; the later `at` and then the greater bytes settle it for everybody alike.
    """
    return max(one, other, key=lambda each: (each.revision, each.at, msgspec.json.encode(each)))


def standing(events: Iterable[IndicatorObserved]) -> dict[Subject, dict[str, IndicatorObserved]]:
    """What stands of all that was ever said, by subject and publisher; withdrawn ones are still in it."""
    found: dict[Subject, dict[str, IndicatorObserved]] = {}
    for event in events:
        of_subject = found.setdefault(subject_of(event), {})
        known = of_subject.get(event.publisher)
        of_subject[event.publisher] = event if known is None else later(known, event)
    return found


def own(by_publisher: Mapping[str, IndicatorObserved]) -> tuple[Share | None, ...]:
    """The division's own figure, CONTRADICTED, or nothing where all are withdrawn.

    Publishers that say the same confirm each other. Where two differ nobody here can know who is right, and a mean
    would be nobody's figure: none is shown, nor the sum of the divisions below in its place, until one withdraws or
    corrects.
    """
    said = {(e.numerator, e.denominator) for e in by_publisher.values() if not e.withdrawn}
    if len(said) > 1:
        return (CONTRADICTED,)
    return tuple(Share(numerator, denominator, own=True) for numerator, denominator in said)


def said_of(found: Mapping[Subject, Mapping[str, IndicatorObserved]], kind: PeriodKind, start: date) -> Said:
    """The own figures of one period, by division; all of `found` is of one indicator."""
    return {
        subject.division: figure
        for subject, by_publisher in found.items()
        if (subject.kind, subject.start) == (kind, start)
        for figure in own(by_publisher)
    }


def resolved(said: Said, division: str) -> Share | None:
    """A division's own figure; else the sum of those below, each again by the same rule. Never both together."""
    if division in said:
        return said[division]
    width = next((each for each in WIDTHS if each > len(division)), None)
    below = sorted({code[:width] for code in said if len(code) > len(division) and code.startswith(division)})
    parts = [part for each in below if (part := resolved(said, each)) is not None]
    if not parts:
        return None
    return Share(
        sum(part.numerator for part in parts), sum(part.denominator for part in parts), False, len(parts)
    )
