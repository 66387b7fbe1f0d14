"""Observed figures to take in."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from services.metrics.handlers import MetricsLogic
from services.metrics.observations import admitted
from shared import topics, wire
from shared.core import Core
from shared.errors import EventInvalidError
from shared.matter import Value
from shared.observed_events import IndicatorObserved
from shared.wire import Record

COUNTY, TOWN, OTHER_TOWN = "430981", "430981006", "430981115"
VILLAGE, OTHER_VILLAGE = "430981006001", "430981006002"
CITY, NEIGHBOUR = "4309", "430921"
NAME = "judgments_accepted"


def an_observation(numerator: int = 8, denominator: int = 10, **changes: Any) -> IndicatorObserved:
    facts: dict[str, Any] = {
        "indicator": NAME,
        "division": COUNTY,
        "period": "month",
        "start": date(2026, 1, 1),
        "publisher": "county court",
        "at": datetime(2026, 2, 3, tzinfo=UTC),
    }
    return IndicatorObserved(**facts | changes, numerator=numerator, denominator=denominator)


def observed_records(events: Iterable[Value], key: str | None = None) -> list[Record]:
    """Under the key of their county, unless another is given."""
    name = topics.OBSERVED.name
    return [
        Record(name, 0, n, 0, (key or county_of(event)).encode(), wire.encode(event), ())
        for n, event in enumerate(events)
    ]


def county_of(event: Value) -> str:
    try:
        return admitted(event) if isinstance(event, IndicatorObserved) else COUNTY
    except EventInvalidError:
        return COUNTY


def told(*events: IndicatorObserved) -> MetricsLogic:
    """A lane after these observations, committed."""
    logic = MetricsLogic({})
    core = Core(logic, logic.state)
    for record in observed_records(events):
        assert core.feed(record).outcome in ("handled", "duplicate")
    logic.committed()
    return logic
