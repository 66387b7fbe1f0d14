"""Figures that others observe: what stands does not depend on the order it came in, and nothing counts twice."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.answers import Answers
from services.metrics.figures import Cell, named, observed_key, scraped, values
from services.metrics.handlers import MetricsLogic
from services.metrics.history import InPeriod, added_up
from services.metrics.indicators import FEW, observed
from shared import wire
from shared.core import Core
from shared.errors import QuestionInvalidError
from shared.matter import Value
from shared.observed_events import IndicatorObserved
from tests.component.metrics.test_exposition import exposition
from tests.unit.metrics.journal import Life, records, tick
from tests.unit.metrics.observations import (
    CITY,
    COUNTY,
    NAME,
    NEIGHBOUR,
    OTHER_TOWN,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    an_observation,
    observed_records,
    told,
)

NOW = datetime(2026, 2, 10, tzinfo=UTC)
AT = datetime(2026, 2, 3, tzinfo=UTC)
LATER = AT + timedelta(microseconds=1)
DECEMBER = date(2025, 12, 1)
[BY_NAME] = [each for each in observed() if each.name == NAME]


def asked(*lanes: MetricsLogic, division: str = COUNTY, **query: str) -> tuple[InPeriod, ...]:
    """All lanes together, each a replica of its own."""
    answers = []
    for number, logic in enumerate(lanes):
        Core(logic, logic.state).feed(records([tick(NOW)])[0])
        logic.committed()
        query = {"last": "3"} | query | {"indicator": NAME, "division": division}
        answers.append(Answers({number: logic}).history(query))
    return added_up(BY_NAME, answers)


def in_january(*events: IndicatorObserved, division: str = COUNTY) -> tuple[Any, ...]:
    """Numerator, denominator, own, parts and how many are contradicted."""
    january = asked(told(*events), division=division)[1]
    assert january.start == date(2026, 1, 1)
    return january.numerator, january.denominator, january.own, january.parts, january.contradicted


NOTHING = (None, None, None, None)
STANDS = [
    pytest.param([an_observation(8)], (8, 10, True, 0, 0), id="one"),
    pytest.param([an_observation(8), an_observation(9, revision=2)], (9, 10, True, 0, 0), id="a correction"),
    pytest.param(
        [an_observation(8, revision=2, at=AT), an_observation(9, at=LATER)],
        (8, 10, True, 0, 0),
        id="an earlier revision that comes late",
    ),
    pytest.param(
        [an_observation(8, at=AT), an_observation(7, at=LATER)],
        (7, 10, True, 0, 0),
        id="two of one revision: the later instant",
    ),
    pytest.param(
        [an_observation(8), an_observation(8, publisher="city court")],
        (8, 10, True, 0, 0),
        id="two publishers agree",
    ),
    pytest.param(
        [an_observation(8), an_observation(9, publisher="city court")],
        (*NOTHING, 1),
        id="two publishers disagree: nobody's figure",
    ),
    pytest.param(
        [
            an_observation(8),
            an_observation(9, publisher="city court"),
            an_observation(9, publisher="city court", revision=2, withdrawn=True),
        ],
        (8, 10, True, 0, 0),
        id="until one withdraws",
    ),
    pytest.param(
        [
            an_observation(8),
            an_observation(9, publisher="city court"),
            an_observation(8, publisher="city court", revision=2),
        ],
        (8, 10, True, 0, 0),
        id="or corrects",
    ),
    pytest.param(
        [an_observation(8), an_observation(8, revision=2, withdrawn=True)],
        (*NOTHING, 0),
        id="withdrawn",
    ),
    pytest.param(
        [an_observation(3, 4, division=TOWN), an_observation(1, 6, division=OTHER_TOWN)],
        (4, 10, False, 2, 0),
        id="the sum of two towns",
    ),
    pytest.param(
        [an_observation(3, 4, division=TOWN), an_observation(1, 6, division=VILLAGE)],
        (3, 4, False, 1, 0),
        id="a town's own figure and not its villages'",
    ),
    pytest.param(
        [an_observation(3, 4, division=VILLAGE), an_observation(1, 6, division=OTHER_VILLAGE)],
        (4, 10, False, 1, 0),
        id="two villages of one town",
    ),
    pytest.param(
        [an_observation(8), an_observation(3, 4, division=TOWN)],
        (8, 10, True, 0, 0),
        id="its own figure is never added to those below",
    ),
    pytest.param(
        [
            an_observation(8),
            an_observation(9, publisher="city court"),
            an_observation(3, 4, division=TOWN),
        ],
        (*NOTHING, 1),
        id="contradicted: those below do not stand in",
    ),
    pytest.param(
        [
            an_observation(3, 4, division=TOWN),
            an_observation(1, 6, division=OTHER_TOWN),
            an_observation(2, 6, division=OTHER_TOWN, publisher="city court"),
        ],
        (3, 4, False, 1, 1),
        id="one contradicted below is left out and told",
    ),
    pytest.param(
        [an_observation(8, division=COUNTY + "000000"), an_observation(9, revision=2)],
        (9, 10, True, 0, 0),
        id="a padded code is the same division",
    ),
    pytest.param([an_observation(8, start=DECEMBER)], (*NOTHING, 0), id="another period"),
    pytest.param(
        [an_observation(8, period="year", start=date(2026, 1, 1))], (*NOTHING, 0), id="a year is no month"
    ),
]
REFUSED = [
    pytest.param({"indicator": "tea"}, "no indicator that others observe", id="no indicator"),
    pytest.param({"indicator": "mediation_success"}, "no indicator that others", id="one that we count"),
    pytest.param({"division": "999999"}, "no division", id="no division"),
    pytest.param({"start": date(2026, 1, 2)}, "begins no month", id="not the first of a month"),
    pytest.param({"period": "week", "start": date(2026, 3, 3)}, "begins no week", id="a Tuesday"),
    pytest.param({"period": "year", "start": date(2026, 2, 1)}, "begins no year", id="not New Year's day"),
    pytest.param({"numerator": 11}, "11 is more than 10", id="more than all"),
    pytest.param(
        {"indicator": "reoffending", "denominator": FEW - 1},
        "fewer than 10",
        id="few people: below the floor",
    ),
]
TAKEN = [
    pytest.param({"numerator": 10}, id="all of them"),
    pytest.param({"numerator": 0}, id="none of them"),
    pytest.param({"indicator": "police_officers", "numerator": 11}, id="no share may be more"),
    pytest.param({"indicator": "reoffending", "denominator": FEW}, id="the floor itself"),
    pytest.param({"period": "week", "start": date(2026, 12, 28)}, id="week 53"),
    pytest.param({"period": "day", "start": date(2024, 2, 29)}, id="the leap day"),
    pytest.param({"division": "4309"}, id="a city"),
]


@st.composite
def observations(draw: st.DrawFn) -> list[IndicatorObserved]:
    one = st.builds(
        an_observation,
        st.integers(0, 3),
        st.integers(3, 5),
        division=st.sampled_from((COUNTY, TOWN, OTHER_TOWN, VILLAGE, COUNTY + "000000")),
        start=st.sampled_from((DECEMBER, date(2026, 1, 1))),
        publisher=st.sampled_from(("county court", "city court")),
        revision=st.integers(1, 3),
        at=st.sampled_from((AT, LATER)),
        withdrawn=st.booleans(),
    )
    return draw(st.lists(one, max_size=10))


def lane_after(all_of_it: list[Any]) -> MetricsLogic:
    logic = MetricsLogic({})
    core = Core(logic, logic.state)
    for record in all_of_it:
        core.feed(record)
    logic.committed()
    return logic


@settings(max_examples=80, deadline=None)
@given(observations(), st.data())
def test_any_order_among_each_other_and_with_the_journal_gives_the_same(
    events: list[IndicatorObserved], data: st.DataObject
) -> None:
    journal = records([*Life().closed().events, tick(NOW)])
    shuffled = data.draw(st.permutations([*events, *events[:3]]))
    places = iter(
        sorted(
            data.draw(st.lists(st.integers(0, len(journal)), min_size=len(shuffled), max_size=len(shuffled)))
        )
    )
    mixed: list[Any] = list(journal)
    for nth, record in enumerate(observed_records(shuffled)):
        mixed.insert(next(places) + nth, record)
    one, other = lane_after([*journal, *observed_records(events)]), lane_after(mixed)
    assert one.state == other.state
    assert one.published() == other.published()


@settings(max_examples=80, deadline=None)
@given(observations())
def test_a_lane_that_was_restored_shows_what_it_showed(events: list[IndicatorObserved]) -> None:
    before = told(*events)
    after = MetricsLogic({})
    core = Core(after, after.state)
    for key, value in before.state.items():
        core.restore(key, wire.encode(value))
    after.committed()
    assert after.published() == before.published()
    assert set(after.published_observations(NAME)) == set(before.published_observations(NAME))
    assert named(before.published()) == values(before.state) == scraped(exposition(before))


@pytest.mark.parametrize(("events", "expected"), STANDS)
def test_what_stands(events: list[IndicatorObserved], expected: tuple[Any, ...]) -> None:
    assert in_january(*events) == in_january(*reversed(events)) == expected


def test_a_figure_of_another_city_is_not_in_the_sum() -> None:
    events = [an_observation(3, 4, division=TOWN), an_observation(1, 6, division="3307")]
    assert in_january(*events, division=CITY) == (3, 4, False, 1, 0)


def test_a_city_is_its_own_figure_whichever_replica_knows_it() -> None:
    """The city's key is another than its counties', so another lane has it."""
    counties = [told(an_observation(3, 4)), told(an_observation(1, 6, division=NEIGHBOUR))]
    city = told(an_observation(9, 9, division=CITY))
    summed = asked(*counties, division=CITY)[1]
    assert (summed.numerator, summed.denominator, summed.own, summed.parts) == (4, 10, False, 2)
    for lanes in ((*counties, city), (city, *counties)):
        own = asked(*lanes, division=CITY)[1]
        assert (own.numerator, own.denominator, own.own) == (9, 9, True)
    province = asked(*counties, city, division="43")[1]
    assert (province.numerator, province.denominator, province.parts) == (9, 9, 1)


@pytest.mark.parametrize(("changes", "says"), REFUSED)
def test_an_observation_that_cannot_be_is_buried(changes: dict[str, Any], says: str) -> None:
    event = an_observation(**changes)
    logic = MetricsLogic({})
    decision = Core(logic, logic.state).feed(observed_records([event])[0])
    assert decision.outcome == "buried"
    assert says in wire.decode(decision.outs[0].value).detail  # type: ignore[union-attr]
    assert logic.state == {}


@pytest.mark.parametrize("changes", TAKEN)
def test_an_observation_that_can_be_is_taken(changes: dict[str, Any]) -> None:
    event = an_observation(**changes)
    assert told(event).state == {observed_key(event): event}


@pytest.mark.parametrize(
    ("event", "key"),
    [
        pytest.param(an_observation(), NEIGHBOUR, id="under another county's key"),
        pytest.param(an_observation(division=CITY), CITY, id="a city under its short code"),
        pytest.param(tick(NOW), COUNTY, id="an event of another topic"),
    ],
)
def test_a_record_that_does_not_belong_there_is_buried(event: Value, key: str) -> None:
    logic = MetricsLogic({})
    assert Core(logic, logic.state).feed(observed_records([event], key)[0]).outcome == "buried"


def test_the_same_again_is_a_duplicate() -> None:
    logic = MetricsLogic({})
    core = Core(logic, logic.state)
    outcomes = [core.feed(each).outcome for each in observed_records([an_observation()] * 2)]
    assert outcomes == ["handled", "duplicate"]


def shown(*events: IndicatorObserved) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of the gauges, by place."""
    cells = told(*events).published()
    numerator, denominator = f"xiaoshi_{NAME}_numerator", f"xiaoshi_{NAME}_denominator"
    return {
        cell.town: (n, cells[cell._replace(metric=denominator)])
        for cell, n in cells.items()
        if cell.metric == numerator
    }


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([an_observation(8)], {COUNTY: (8, 10)}, id="of the county"),
        pytest.param(
            [an_observation(8), an_observation(3, 4, division=TOWN)],
            {COUNTY: (8, 10)},
            id="of the county alone, so that its rows add up to it",
        ),
        pytest.param(
            [an_observation(3, 4, division=VILLAGE), an_observation(1, 6, division=OTHER_TOWN)],
            {TOWN: (3, 4), OTHER_TOWN: (1, 6)},
            id="of its towns",
        ),
        pytest.param(
            [an_observation(8, start=DECEMBER), an_observation(3, 4, division=TOWN)],
            {TOWN: (3, 4)},
            id="of the latest period alone",
        ),
        pytest.param(
            [an_observation(8, start=DECEMBER), an_observation(3, 4, withdrawn=True)],
            {COUNTY: (8, 10)},
            id="of the period before, where nothing stands in the latest",
        ),
        pytest.param([an_observation(8, division=CITY)], {"430900": (8, 10)}, id="of a city"),
        pytest.param([an_observation(8), an_observation(9, publisher="x")], {}, id="contradicted"),
    ],
)
def test_a_gauge_shows_the_latest(
    events: list[IndicatorObserved], expected: dict[str, tuple[int, int]]
) -> None:
    assert shown(*events) == shown(*reversed(events)) == expected


def test_figures_contradicted_are_counted_by_indicator() -> None:
    cell = Cell("xiaoshi_observations_contradicted", COUNTY, COUNTY, (NAME,))
    one, other = an_observation(8), an_observation(9, publisher="city court")
    assert told(one).published()[cell] == 0
    assert told(one, other).published()[cell] == 1


def test_a_row_that_is_gone_is_shown_no_more() -> None:
    logic = told(an_observation(3, 4, division=TOWN))
    Core(logic, logic.state).feed(observed_records([an_observation(8)])[0])
    logic.committed()
    assert {cell.town for cell in logic.published()} == {COUNTY}


def test_thirty_days_are_no_period_of_a_publisher() -> None:
    with pytest.raises(QuestionInvalidError, match="by day, week, month or year"):
        asked(told(an_observation()), period="30days")


def test_a_year_is_told_as_a_whole() -> None:
    year = an_observation(period="year", start=date(2026, 1, 1))
    assert [
        (each.start, each.end, each.numerator) for each in asked(told(year), period="year", last="2")
    ] == [
        (date(2025, 1, 1), date(2026, 1, 1), None),
        (date(2026, 1, 1), date(2027, 1, 1), 8),
    ]
