"""The facts of a weekly briefing: exact figures on made journals, and the same as the metrics service tells."""

from datetime import date, datetime, timedelta

import pytest

from services.metrics.answers import Answers
from services.metrics.history import InPeriod
from shared import events as e
from shared.divisions import Tier
from shared.errors import QuestionInvalidError, UnknownDivisionError
from shared.matter import Value
from shared.reasons import Reason
from shared.wire import Record
from tests.unit.metrics.journal import COUNTY, TOWN, VILLAGE, Life, records, tick
from tests.unit.metrics.observations import an_observation, observed_records
from tests.unit.xiaoshi.breaks import lanes_of
from tests.unit.xiaoshi.briefed import (
    BEGINS,
    DAY,
    ENDS,
    HOUR,
    RECORDED_FROM,
    RECORDED_WEEK,
    WEEK,
    briefed,
    due,
    figure,
    folded,
    from_,
    joined,
    journal_recorded,
    missed,
)
from tests.unit.xiaoshi.recorded import recorded
from xiaoshi.briefing.facts import Briefing, Fold, place_of, week_of
from xiaoshi.briefing.lists import Burst, LateDesk, Rise, Voiced
from xiaoshi.briefing.measures import Amount

INSTANT = timedelta(microseconds=1)
DESK = f"{VILLAGE}:committee"
TUESDAY = BEGINS + DAY + 9 * HOUR
CATEGORY = "dispute.neighbour"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        pytest.param("2026-W10", date(2026, 3, 2), id="a week"),
        pytest.param("2026-W01", date(2025, 12, 29), id="one that begins in the year before"),
        pytest.param("2020-W53", date(2020, 12, 28), id="the 53rd of a long year"),
    ],
)
def test_a_week_begins_on_its_monday(text: str, start: date) -> None:
    assert (week_of(text).start, week_of(text).end) == (start, start + timedelta(days=7))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2021-W53", id="a week the year does not have"),
        pytest.param("2026-W00", id="week zero"),
        pytest.param("2026-W1", id="one digit"),
        pytest.param("2026-10", id="a month"),
        pytest.param("W10", id="no year"),
        pytest.param("2026-W10-1", id="a day"),
        pytest.param("２０２６-W10", id="other digits"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(QuestionInvalidError, match="ISO 8601"):
        week_of(text)


def test_below_a_town_nothing_is_counted() -> None:
    assert (place_of("430900"), place_of("430981006")) == ("4309", "430981006")
    with pytest.raises(QuestionInvalidError, match="not below"):
        place_of("430981006001")
    with pytest.raises(UnknownDivisionError):
        place_of("999999")


@pytest.mark.parametrize(
    ("at", "now", "before"),
    [
        pytest.param(BEGINS - 7 * DAY - INSTANT, 0, 0, id="before the week before"),
        pytest.param(BEGINS - 7 * DAY, 0, 1, id="the week before begins"),
        pytest.param(BEGINS - INSTANT, 0, 1, id="a microsecond before"),
        pytest.param(BEGINS, 1, 0, id="Monday 00:00 in China"),
        pytest.param(ENDS - INSTANT, 1, 0, id="a microsecond before the end"),
        pytest.param(ENDS, 0, 0, id="the end"),
    ],
)
def test_a_week_is_from_midnight_to_midnight_in_china(at: datetime, now: int, before: int) -> None:
    briefing = briefed(from_(at, Life()))
    assert figure(briefing, "matters_opened") == (Amount(now), Amount(before))
    assert [each.flow["matters_opened"] for each in briefing.weeks[-2:]] == [before, now]


def test_a_ratio_stays_numerator_and_denominator() -> None:
    said = Life().accepted().resolved().visited(resolved=True)
    not_said = Life("b").accepted().resolved().visited(resolved=None)
    briefing = briefed(from_(TUESDAY, said), from_(TUESDAY, not_said))
    assert figure(briefing, "resolution") == (Amount(1, 2), Amount(0, 0))


def test_how_matters_stand_is_told_of_both_ends_of_the_week() -> None:
    early = from_(BEGINS - 2 * HOUR, Life("early"))
    over = from_(BEGINS - DAY, Life("over").closed())
    briefing = briefed(early, over, from_(TUESDAY, Life("a")), from_(TUESDAY, Life("b").closed()))
    assert figure(briefing, "matters_open") == (Amount(2), Amount(1))


def test_before_the_journal_there_is_no_figure() -> None:
    briefing = briefed(from_(TUESDAY, Life()), early=False)
    assert briefing.began == TUESDAY.date()
    assert figure(briefing, "matters_opened") == (Amount(1), None)
    assert figure(briefing, "matters_open") == (Amount(1), None)
    assert [each.period for each in briefing.weeks] == [WEEK]


def test_eight_weeks_are_drawn() -> None:
    assert len(briefed().weeks) == 8


def test_an_empty_week_has_figures_at_zero_and_empty_lists() -> None:
    briefing = briefed()
    assert figure(briefing, "matters_opened") == (Amount(0), Amount(0))
    assert (briefing.rises, briefing.desks, briefing.voiced, briefing.bursts) == ((), (), (), ())
    assert set(briefing.gaps) == {0}
    assert briefing.is_over


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([], id="nothing"),
        pytest.param([tick(BEGINS - INSTANT)], id="an end before the week"),
        pytest.param([tick(ENDS)], id="a beginning after it"),
    ],
)
def test_a_week_the_journal_does_not_know_is_refused(told: list[Value]) -> None:
    with pytest.raises(QuestionInvalidError, match="knows nothing yet of the week from 2024-03-04"):
        folded(records(told))


def test_a_week_that_is_not_over_is_known_until_the_last_tick_of_the_lane_furthest_behind() -> None:
    behind, ahead = (records([tick(BEGINS + n * DAY)])[0] for n in (1, 2))
    briefing = folded([behind, ahead._replace(partition=1)])
    assert (briefing.known_until, briefing.is_over) == (BEGINS + DAY, False)


def test_what_happens_after_the_week_changes_nothing() -> None:
    week = [*from_(TUESDAY, Life().ordered().escalated())]
    later = [*from_(ENDS, Life("b")), *from_(ENDS, Life("c").closed())]
    assert briefed(week, [tick(ENDS)], later, ends=False) == briefed(week)


@pytest.mark.parametrize(
    ("life", "late"),
    [
        pytest.param(Life().ordered().escalated(), ENDS - BEGINS - DAY, id="unsettled to the week's end"),
        pytest.param(Life().ordered().escalated().resolved(), 12 * HOUR, id="until it is resolved"),
        pytest.param(Life().ordered().escalated().withdrawn(), 12 * HOUR, id="until it is over"),
    ],
)
def test_a_rise_is_as_late_as_the_matter_is_unsettled_past_its_limit(life: Life, late: timedelta) -> None:
    briefing = briefed(missed(TUESDAY, life, BEGINS + DAY))
    assert briefing.rises == (Rise(CATEGORY, TOWN, Tier.VILLAGE, Tier.TOWN, Reason.LIMIT_PASSED, 1, late),)


def test_alike_rises_are_told_together_with_the_latest_of_them() -> None:
    alike = [Life(name).ordered().escalated() for name in "abc"]
    journals = [missed(TUESDAY, life, BEGINS + n * HOUR) for n, life in enumerate(alike)]
    by_resident = from_(TUESDAY, Life("d").escalated(Reason.BY_RESIDENT))
    reopened = from_(TUESDAY, Life("e").resolved().reopened())
    at_the_top = from_(TUESDAY, Life("f").resolved().reopened(rises=False))
    before = from_(BEGINS - DAY, Life("g").escalated())
    briefing = briefed(*journals, by_resident, reopened, at_the_top, before)
    up = CATEGORY, TOWN, Tier.VILLAGE, Tier.TOWN
    assert briefing.rises == (
        Rise(*up, Reason.LIMIT_PASSED, 3, ENDS - BEGINS),
        Rise(*up, Reason.BY_RESIDENT, 1, None),
        Rise(*up, Reason.DISSATISFIED, 1, None),
    )


def test_a_late_desk_has_its_orders_notices_and_overdue_matters() -> None:
    ordered = missed(TUESDAY, Life("a").ordered().escalated().resolved(), TUESDAY)
    noticed = missed(TUESDAY, Life("b").noticed(), TUESDAY)
    called = missed(TUESDAY, Life("c").called().call_late().answered(), TUESDAY)
    before = missed(BEGINS - DAY, Life("d").ordered().resolved(), BEGINS - DAY)
    promised = ENDS - 3 * HOUR
    open_late = from_(TUESDAY, Life("e").standing(due(promised), promised=promised).accepted())
    in_time = from_(TUESDAY, Life("f").standing(due(ENDS), promised=ENDS + INSTANT).accepted())
    briefing = briefed(ordered, noticed, called, before, open_late, in_time)
    assert briefing.desks == (LateDesk(DESK, orders=2, notices=1, overdue=1, late=ENDS - TUESDAY),)


def test_a_promise_is_overdue_at_its_instant_and_not_before() -> None:
    def overdue(promised: datetime) -> list[int]:
        life = Life().standing(due(promised), promised=promised).accepted()
        return [each.overdue for each in briefed(from_(TUESDAY, life)).desks]

    assert overdue(ENDS) == [1]
    assert overdue(ENDS + INSTANT) == []


def test_a_department_is_late_until_it_answers() -> None:
    journal = missed(TUESDAY, Life().called().call_late().answered().accepted(), TUESDAY + HOUR)
    assert briefed(journal).desks == (LateDesk(DESK, 1, 0, 0, late=2 * HOUR),)


def test_joined_matters_are_told_by_how_many_people_reported_them() -> None:
    many = from_(BEGINS - DAY, joined(Life("a"), voices=3, reports=5))
    one = from_(TUESDAY, joined(Life("b"), voices=1, reports=4))
    two = from_(TUESDAY, joined(Life("c"), voices=2, reports=2).closed())
    over = from_(BEGINS - DAY, joined(Life("d"), voices=9, reports=9).closed())
    assert briefed(many, one, two, over).voiced == (
        Voiced(CATEGORY, TOWN, Tier.VILLAGE, 3, 5),
        Voiced(CATEGORY, TOWN, Tier.VILLAGE, 2, 2),
    )


def test_a_matter_merged_into_another_is_told_there() -> None:
    into = Life("a")
    joined(Life("b", beside=into), voices=2, reports=2).merged_into(into)
    assert briefed(from_(TUESDAY, into)).voiced == ()


def opened(n: int, at: datetime, name: str, category: str = CATEGORY) -> list[Value]:
    return [event for each in range(n) for event in from_(at, Life(f"{name}{each}", category=category))]


@pytest.mark.parametrize(
    ("before", "now", "is_one"),
    [
        pytest.param(0, 2, False, id="two are never one"),
        pytest.param(0, 3, True, id="three out of nothing"),
        pytest.param(6, 3, True, id="twice the mean"),
        pytest.param(7, 3, False, id="a little less than twice the mean"),
        pytest.param(8, 4, True, id="four at a mean of two"),
    ],
)
def test_a_burst_is_against_the_mean_of_its_own_four_weeks(before: int, now: int, is_one: bool) -> None:
    first = opened(before, BEGINS - 28 * DAY, "x")
    too_early = opened(9, BEGINS - 28 * DAY - INSTANT, "y")
    other = opened(2, TUESDAY, "z", "repair.road")
    briefing = briefed(too_early, first, opened(now, TUESDAY, "w"), other)
    assert briefing.bursts == ((Burst(CATEGORY, TOWN, now, before),) if is_one else ())


def test_a_journal_without_four_weeks_before_tells_no_burst() -> None:
    week = opened(5, TUESDAY, "a")
    young, old = tick(BEGINS - 27 * DAY), tick(BEGINS - 28 * DAY)
    assert briefed([young], week, early=False).bursts is None
    assert briefed([old], week, early=False).bursts == (Burst(CATEGORY, TOWN, 5, 0),)


def test_a_burst_is_of_the_category_a_person_gave_and_of_no_merged_matter() -> None:
    into = Life("a", category="repair.road")
    for name in "bc":
        Life(name, category="repair.road", beside=into).merged_into(into)
    corrected = [from_(TUESDAY, Life(name).categorised("repair.road")) for name in "de"]
    assert briefed(from_(TUESDAY, into), *corrected).bursts == (Burst("repair.road", TOWN, 3, 0),)


@pytest.mark.parametrize("from_the_start", [True, False], ids=["from the start", "by a correction"])
def test_a_confidential_matter_is_in_no_list(from_the_start: bool) -> None:
    journals = []
    for name in "abc":
        promised = BEGINS + DAY
        life = joined(Life(name, confidential=from_the_start), voices=3, reports=3)
        life.standing(due(promised), promised=promised).ordered().noticed().called().call_late().escalated()
        if not from_the_start:
            life.categorised(confidential=True)
        journals.append(from_(TUESDAY, life))
    briefing = briefed(*journals)
    assert (briefing.rises, briefing.desks, briefing.voiced, briefing.bursts) == ((), (), (), ())
    assert figure(briefing, "matters_risen") == (Amount(3), Amount(0))


def test_another_place_is_not_told_of() -> None:
    late = missed(TUESDAY, joined(Life(), voices=2, reports=2).ordered().escalated(), TUESDAY)
    own, other = briefed(late, place=TOWN), briefed(late, place="430981002")
    assert (len(own.rises), len(own.desks), len(own.voiced)) == (1, 1, 1)
    assert (other.rises, other.desks, other.voiced) == ((), (), ())
    assert figure(other, "matters_risen") == (Amount(0), Amount(0))


def test_what_counts_at_the_county_alone_is_no_figure_of_a_town() -> None:
    def names(place: str) -> set[str]:
        return {each.indicator.name for each in briefed(place=place).measures}

    assert names(TOWN) <= names(COUNTY)


def test_what_the_figures_leave_out_is_counted() -> None:
    broken = Record("matters.events.v1", 0, 9, 0, None, b"no event", ())
    unplaced = from_(TUESDAY, Life("a", division=COUNTY))
    asked = from_(TUESDAY, Life("b").alike())
    journal = records([tick(BEGINS), *unplaced, *asked, *from_(TUESDAY, Life("c")), tick(ENDS)])
    differ = [an_observation(n, publisher=str(n), start=date(2024, 1, 1)) for n in (1, 2)]
    briefing = folded([broken, *journal, *observed_records(differ)])
    assert briefing.gaps == (1, 1, 1, 1)


def test_an_observed_figure_is_the_last_begun_by_the_weeks_end_against_the_one_before() -> None:
    def month(n: int, numerator: int) -> e.IndicatorObserved:
        return an_observation(numerator, start=date(2024, n, 1))

    said = observed_records([month(1, 5), month(3, 7), month(2, 6), month(4, 8)])
    briefing = folded([*said, *records([tick(BEGINS), tick(ENDS)])])
    [found] = [each for each in briefing.measures if each.indicator.name == "judgments_accepted"]
    assert (found.now, found.before) == (Amount(7, 10), Amount(6, 10))
    assert found.period is not None
    assert found.period.start == date(2024, 3, 1)


def recorded_briefing(told: list[Record]) -> Briefing:
    fold = Fold(COUNTY, week_of(RECORDED_WEEK))
    for record in told:
        fold.take(record)
    return fold.briefing()


def test_the_figures_are_those_of_the_metrics_service() -> None:
    answers = Answers(lanes_of(recorded()))
    until = str(RECORDED_FROM + timedelta(days=6))
    compared = 0
    for each in recorded_briefing(list(journal_recorded())).measures:
        if each.indicator.name.startswith("matters_o") and each.indicator.name != "matters_opened":
            continue  # how many there are now has no past
        query = {"indicator": each.indicator.name, "division": COUNTY, "period": "week", "last": "1"}
        if each.now is not None:
            [told] = answers.history(query | {"until": until}).periods
            assert each.now == amount_of(told)
            compared += 1
    assert compared == 17


def amount_of(told: InPeriod) -> Amount:
    if told.count is not None:
        return Amount(told.count)
    return Amount(told.numerator or 0, told.denominator)


def test_how_lanes_are_mixed_makes_no_difference() -> None:
    told = list(journal_recorded())
    mixed = sorted(told, key=lambda record: (record.offset, -record.partition))
    assert recorded_briefing(mixed) == recorded_briefing(told)
