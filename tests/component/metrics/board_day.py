"""A county's simulated day, and days after it, as the lanes of metrics know it: what a board is looked at with."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from aiohttp.test_utils import TestServer

from services.metrics.board import live
from services.metrics.handlers import MetricsLogic
from shared import pages, topics
from shared.core import Core
from shared.matter import Value
from shared.observed_events import IndicatorObserved
from shared.wire import Record
from tests.unit.metrics.journal import records
from tests.unit.metrics.observations import an_observation, observed_records
from tests.unit.xiaoshi.recorded import LANES, played

COUNTY = "430981"
TOWN = "430981001"
SEED = 3


@cache
def journals() -> tuple[tuple[Record, ...], ...]:
    """By lane; the play itself is not kept."""
    play = played(SEED, reports=300, days=8)
    return tuple(tuple(play.log.read(topics.EVENTS.name, lane)) for lane in range(LANES))


class Lanes:
    """Lanes without a broker, to which more can be told."""

    def __init__(self, *journals: Sequence[Record]) -> None:
        self.logics = {number: MetricsLogic({}) for number in range(max(len(journals), 1))}
        self.cores = {number: Core(logic, logic.state) for number, logic in self.logics.items()}
        for number, journal in enumerate(journals):
            self.feed(journal, number)

    def tell(self, *events: Value, lane: int = 0) -> None:
        """One more commit."""
        self.feed(records(events), lane)

    def observe(self, *events: IndicatorObserved, lane: int = 0) -> None:
        self.feed(observed_records(events), lane)

    def feed(self, journal: Sequence[Record], lane: int) -> None:
        for record in journal:
            assert self.cores[lane].feed(record).outcome in ("handled", "duplicate")
        self.logics[lane].committed()

    def lane_of(self, county: str) -> int:
        return next(
            number
            for number, logic in self.logics.items()
            if any(cell.county == county for cell in logic.published())
        )


def a_lived_in_county() -> Lanes:
    """With figures that others observed, of years, months, and one that is contradicted."""
    lanes = Lanes(*journals())
    rows = [("sense_of_security", 960 + 5 * nth, 1_000, "year", date(2019 + nth, 1, 1)) for nth in range(7)]
    rows += [("judgments_accepted", 80 + nth, 100, "month", date(2025, 4 + nth, 1)) for nth in range(9)]
    rows += [("police_officers", 62 + nth, 61_000, "year", date(2023 + nth, 1, 1)) for nth in range(3)]
    told = [
        an_observation(numerator, denominator, indicator=name, period=period, start=start)
        for name, numerator, denominator, period, start in rows
    ]
    lanes.observe(*told, lane=lanes.lane_of(COUNTY))
    return lanes


def site(lanes: Lanes) -> pages.Pages:
    boards = live.Boards(lanes.logics)
    return pages.Pages("127.0.0.1", 0, {}, boards.answers(), live=boards.live(), files=live.files())


def server(lanes: Lanes) -> TestServer:
    return TestServer(site(lanes).application())
