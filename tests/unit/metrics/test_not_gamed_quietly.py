"""What makes other figures look better than they are has a figure of its own: events in, numbers out."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from services.metrics.figures import values
from services.metrics.handlers import MetricsLogic
from services.metrics.rules.facts import Facts
from services.metrics.rules.months import is_month_end
from shared import wire
from shared.calendar import ZONE
from shared.core import Core
from shared.matter import Awaits, Value
from shared.reasons import Reason
from tests.builders import a_deadline
from tests.unit.metrics.journal import START, Life, figures, folded, lane, records, shown_of

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
YES = {"numerator": 1, "denominator": 1}
NO = {"denominator": 1}
ONE_OF_TWO = {"numerator": 1, "denominator": 2}


# -- closed though nobody was reached


def taken_out(*reached: str) -> Life:
    """Two reports in a matter, of which these were reached; the second is taken out, the rest is closed."""
    life = Life("a").joined(report="430981-b").resolved()
    for report in ("a", "430981-b"):
        life.visited(reached=report in reached, report=report)
    life.taken_out("430981-b")
    return life.closed()


def came_back(*reached: str) -> Life:
    """The second matter, joined by a person, brings two reports and takes them along again."""
    life = Life("a")
    second = Life("b", beside=life).joined(report="430981-c").merged_into(life)
    life.resolved()
    for report in ("a", "b", "430981-c"):
        life.visited(reached=report in reached, report=report)
    second.back_from(life)
    return life.closed()


def merged_after_its_visit() -> Life:
    """What was reached in a matter before it was merged still counts when it is back."""
    life = Life("a").resolved().visited(report="a")
    second = Life("b", beside=life)
    life.merged_into(second).back_from(second)
    return life.closed()


UNREACHED = [
    pytest.param(Life().resolved().visited().closed(), NO, id="reached"),
    pytest.param(Life().resolved().unreached().closed(), YES, id="not reached"),
    pytest.param(Life().resolved().closed(), YES, id="no visit took place"),
    pytest.param(Life().closed(), YES, id="not even resolved"),
    pytest.param(Life().joined().resolved().unreached().visited().closed(), NO, id="one of two reached"),
    pytest.param(Life().resolved().visited(resolved=None, satisfied=None).closed(), NO, id="reached, silent"),
    pytest.param(Life().resolved().unreached(), {}, id="not closed yet"),
    pytest.param(Life().resolved().unreached().withdrawn(), {}, id="withdrawn is not closed"),
    pytest.param(
        Life()
        .resolved()
        .visited()
        .closed()
        .reopened(reason=Reason.BY_RESIDENT)
        .resolved()
        .unreached()
        .closed(),
        ONE_OF_TWO,
        id="closed again: a visit before the reopening says nothing of it",
    ),
    pytest.param(
        Life().resolved().reopened().resolved().unreached().closed(),
        YES,
        id="reached and dissatisfied, then closed unreached",
    ),
    pytest.param(
        Life().resolved().visited().escalated().closed(), NO, id="reached before it rose for a late closing"
    ),
    pytest.param(taken_out("a"), NO, id="whoever was reached is left"),
    pytest.param(taken_out("430981-b"), YES, id="whoever was reached was taken out again"),
    pytest.param(came_back("a"), NO, id="whoever was reached stayed when the other came back"),
    pytest.param(came_back("b"), YES, id="whoever was reached went back"),
    pytest.param(came_back("b", "430981-c"), YES, id="all who were reached went back"),
    pytest.param(merged_after_its_visit(), NO, id="reached before it was merged and came back"),
]


@pytest.mark.parametrize(("life", "expected"), UNREACHED)
def test_closings_nobody_confirmed(life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, "closings_unreached") == expected


# -- paused just before the limit


def paused(before_red: timedelta) -> Life:
    """A pause that begins so long before its limit is red; it may itself last until long after."""
    life = Life().accepted()
    red = START + timedelta(hours=life.number + 1) + before_red
    until = a_deadline(red + 100 * HOUR, what="resume", awaits=Awaits.RESIDENT)
    return life.standing(until, a_deadline(red + 2 * HOUR, yellow=red - 5 * HOUR, red=red)).paused()


PAUSES = [
    pytest.param(paused(MOMENT), NO, id="a microsecond before red, long yellow"),
    pytest.param(paused(0 * HOUR), YES, id="red"),
    pytest.param(paused(-MOMENT), YES, id="a microsecond red"),
    pytest.param(paused(MOMENT - 2 * HOUR), YES, id="a microsecond before the limit"),
    pytest.param(Life().accepted().standing(a_deadline(START)).paused(), NO, id="no limit stopped"),
    pytest.param(Life().accepted().to_court(), {}, id="handing to court is no pause"),
    pytest.param(paused(0 * HOUR).resumed().paused(), {"numerator": 2, "denominator": 2}, id="twice"),
]


@pytest.mark.parametrize(("life", "expected"), PAUSES)
def test_pauses_that_stop_a_red_limit(life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, "pauses_near_limit") == expected


# -- closed at the end of a month


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


MONTHS = [
    pytest.param("2024-01-28T23:59:59.999999", False, id="31 days: the fourth last"),
    pytest.param("2024-01-29T00:00", True, id="31 days: the third last begins"),
    pytest.param("2024-01-31T23:59:59.999999", True, id="31 days: the last instant"),
    pytest.param("2024-02-01T00:00", False, id="the month after"),
    pytest.param("2024-02-26T23:59:59.999999", False, id="a leap February: the fourth last"),
    pytest.param("2024-02-27T00:00", True, id="a leap February: the third last begins"),
    pytest.param("2023-02-25T23:59:59.999999", False, id="a February: the fourth last"),
    pytest.param("2023-02-26T00:00", True, id="a February: the third last begins"),
    pytest.param("2024-04-27T23:59:59.999999", False, id="30 days: the fourth last"),
    pytest.param("2024-04-28T00:00", True, id="30 days: the third last begins"),
    pytest.param("2023-12-31T23:59:59.999999", True, id="the last instant of a year"),
    pytest.param("2024-01-01T00:00", False, id="a new year"),
]


@pytest.mark.parametrize(("instant", "is_end"), MONTHS)
def test_the_last_three_days_of_a_month_are_those_of_china(instant: str, is_end: bool) -> None:
    assert is_month_end(at(instant)) is is_end
    assert is_month_end(at(instant).astimezone(START.tzinfo)) is is_end


def closed_at(*instants: str) -> list[Value]:
    """A matter closed at each of these, and reopened between."""
    life = Life()
    for instant in instants:
        life.closed()
        life.events[-1] = replace(life.events[-1], at=at(instant))
        life.reopened(reason=Reason.BY_RESIDENT)
    return life.events


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(closed_at("2024-03-28T23:59:59.999999"), NO, id="before"),
        pytest.param(closed_at("2024-03-29T00:00"), YES, id="at the end"),
        pytest.param(closed_at("2024-03-29T00:00", "2024-04-20T12:00"), ONE_OF_TWO, id="each closing counts"),
        pytest.param(Life().withdrawn().events, {}, id="withdrawn is not closed"),
    ],
)
def test_closings_at_the_end_of_a_month(events: list[Value], expected: dict[str, int]) -> None:
    assert figures(events, "closings_at_month_end") == expected


# -- a deployment that was running before these figures


def restarted(events: list[Value]) -> tuple[Core, MetricsLogic]:
    """A lane on the state of a program that did not know whom visits reach, or who accepted."""
    core, logic = lane()
    for key, value in folded(events).state.items():
        if isinstance(value, Facts):
            core.restore(key, wire.encode(replace(value, accepted=None, reached=None)))
    return core, logic


@pytest.mark.parametrize(
    ("name", "before", "then", "expected"),
    [
        pytest.param(
            "closings_unreached", Life().resolved().visited(), Life.closed, {}, id="perhaps reached"
        ),
        pytest.param(
            "closings_unreached",
            Life().accepted(),
            lambda life: life.resolved().unreached().closed(),
            YES,
            id="resolved since",
        ),
        pytest.param(
            "closings_unreached",
            Life().resolved(),
            lambda life: life.visited().closed(),
            NO,
            id="reached since",
        ),
        pytest.param("response", Life().accepted(), Life.ordered, {}, id="perhaps accepted"),
        pytest.param("response", Life(), Life.accepted, {}, id="perhaps not for the first time"),
    ],
)
def test_what_is_not_known_of_an_older_matter_counts_neither_way(
    name: str, before: Life, then: Callable[[Life], Life], expected: dict[str, int]
) -> None:
    known = len(before.events)
    core, logic = restarted(before.events)
    for record in records(then(before).events)[known:]:
        core.feed(record)
    assert shown_of(values(logic.state), name) == expected
