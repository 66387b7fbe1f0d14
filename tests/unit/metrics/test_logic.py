"""The fold over a whole journal: exact under any cut, restart or redelivery; sums of places are the county."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.metrics.figures import Cell, cell_of, complete, key_of, named, values
from services.metrics.handlers import KEPT_AFTER_END
from shared import wire
from shared.divisions import Tier
from shared.events import ContactSealed, MatterOpened, ReportMatched
from shared.matter import Value, Way
from shared.reasons import Reason
from tests.builders import a_deadline, an_apart
from tests.unit.metrics.journal import (
    COUNTY,
    START,
    TOWN,
    VILLAGE,
    Life,
    at_place,
    figures,
    folded,
    lane,
    records,
    refused,
    tick,
)

OTHER = "430922"
OF_ALL_VISITS = ("visits_unreached", "resolution_all", "satisfaction_all")
OF_THOSE_REACHED = ("resolution", "satisfaction")
DIVISIONS = (VILLAGE, "430981002001", "430981003", "430981", "430981000000")
STEPS = (
    "joined", "accepted", "resolved", "visited", "reopened", "ordered", "escalated", "noticed", "closed", "urged",
    "returned", "upheld", "redispatched", "transferred", "paused", "resumed", "called", "answered", "call_late",
    "to_court", "granted", "corrected", "raised", "stood_down", "withdrawn", "unreached",
)  # fmt: skip
DOES = {"accepted", "resolved", "visited", "reopened", "upheld", "redispatched", "granted"}
"""Steps done: what is next has a deadline of its own."""


@st.composite
def lives(draw: st.DrawFn) -> Life:
    division = draw(st.sampled_from((*DIVISIONS, "430922001001")))
    life = Life(
        str(draw(st.integers(0, 10**9))),
        county=division[:6],
        division=division,
        source=draw(st.sampled_from(("grid", "app", "hotline"))),
        category=draw(st.sampled_from(("petition.first", "petition.review", "dispute.neighbour"))),
        tier=draw(st.sampled_from(tuple(Tier))),
        repeat_of=draw(st.sampled_from((None, "430981-z"))),
        confidential=draw(st.booleans()),
    )
    yellow, red, limit = (START + timedelta(hours=hours) for hours in (30, 60, 90))
    life.standing(a_deadline(limit, yellow=yellow, red=red), promised=limit)
    for step in draw(st.lists(st.sampled_from(STEPS), max_size=9)):
        due = life.position.due
        if due is None and step == "urged":
            continue
        if due is not None and step in DOES:
            life.standing(replace(due, at=due.at + timedelta(minutes=1)), promised=limit)
        life = (
            life.resolved(draw(st.sampled_from(tuple(Way)))) if step == "resolved" else getattr(life, step)()
        )
    return life


@st.composite
def journals(draw: st.DrawFn) -> list[Value]:
    """The events of several matters in one order that keeps each matter's own, with refusals and ticks between."""
    queues = [
        each.events.copy() for each in draw(st.lists(lives(), max_size=5, unique_by=lambda x: x.matter_id))
    ]
    days = (tick(START + timedelta(days=day)) for day in (0, 1, 2, 3, 400, 1000))
    queues.append([refused(county="999999"), refused(), *days])
    journal: list[Value] = []
    while queues:
        queue = draw(st.sampled_from(queues))
        journal.append(queue.pop(0))
        queues = [each for each in queues if each]
    return journal


def blurred(event: Value) -> Value:
    """The event with its place known to the county only."""
    if not isinstance(event, MatterOpened):
        return event
    return replace(event, sheet=replace(event.sheet, division=event.county))


def by_county(journal: list[Value]) -> Counter[tuple[str, str, tuple[str, ...]]]:
    """The published cells, summed over towns."""
    logic = folded(journal)
    logic.committed()
    total: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    for cell, n in logic.published().items():
        assert cell.town.startswith(cell.county)
        total[cell.metric, cell.county, cell.labels] += n
    return total


@settings(max_examples=60, deadline=None)
@given(journals(), st.data())
def test_any_cut_and_any_restart_gives_the_same_figures(journal: list[Value], data: st.DataObject) -> None:
    restarts = data.draw(st.sets(st.integers(0, len(journal))))
    core, logic = lane()
    changelog: dict[str, bytes | None] = {}
    for place, record in enumerate(records(journal)):
        if place in restarts:
            core, logic = lane()
            for key, value in changelog.items():
                core.restore(key, value)
        changelog |= {key: None if put is None else wire.encode(put) for key, put in core.feed(record).puts}
    once = folded(journal)
    assert logic.state == once.state
    logic.committed()
    once.committed()
    assert complete(logic.published()) == complete(once.published())
    assert logic.published_days() == once.published_days()


@settings(max_examples=60, deadline=None)
@given(journals())
def test_what_is_published_is_what_the_state_says(journal: list[Value]) -> None:
    logic = folded(journal)
    logic.committed()
    published = named(logic.published())
    assert published == values(logic.state)
    assert min(published.values(), default=0) >= 0


@settings(max_examples=60, deadline=None)
@given(journals())
def test_events_delivered_twice_count_once(journal: list[Value]) -> None:
    matters = [each for each in journal if hasattr(each, "number")]
    assert values(folded(matters).state) == values(
        folded([e for each in matters for e in (each, each)]).state
    )


@settings(max_examples=60, deadline=None)
@given(journals())
def test_the_towns_of_a_county_add_up_to_it(journal: list[Value]) -> None:
    """The same journal with all places blurred to their county gives what the towns add up to."""
    assert +by_county(journal) == +by_county([blurred(event) for event in journal])


@settings(max_examples=60, deadline=None)
@given(journals())
def test_the_figures_agree_with_each_other(journal: list[Value]) -> None:
    total: Counter[str] = Counter()
    for (metric, _), n in values(folded(journal).state).items():
        total[metric.removeprefix("xiaoshi_")] += int(n)
    assert total["grid_events_collected_total"] == total["grid_events_completed_denominator_total"]
    assert total["matters_settled_total"] == total["matters_closed_total"]
    assert total["matters_overdue"] <= total["matters_open"]
    assert total["matters_by_colour"] == total["matters_open"] >= total["matters_past_promise"]
    assert total["urges_heeded_denominator_total"] <= total["matters_urged_total"]
    assert total["reports_placed_total"] >= total["grid_events_collected_total"]
    assert total["response_denominator_total"] <= total["matters_opened_total"]
    assert total["pauses_near_limit_denominator_total"] == total["matters_paused_total"]
    assert total["closings_unreached_denominator_total"] == total["closings_at_month_end_denominator_total"]
    assert total["closings_at_month_end_denominator_total"] >= total["matters_closed_total"]
    unreached = total["visits_unreached_numerator_total"]
    for with_all, reached in zip(OF_ALL_VISITS[1:], OF_THOSE_REACHED, strict=True):
        assert total[f"{with_all}_numerator_total"] == total[f"{reached}_numerator_total"]
        assert total[f"{with_all}_denominator_total"] == total["visits_unreached_denominator_total"]
        assert total[f"{with_all}_denominator_total"] == total[f"{reached}_denominator_total"] + unreached
    for name in (
        "first_petitions_in_time",
        "online_petition_ratings",
        "mediation_success",
        "grid_events_completed",
        "urges_heeded",
        *OF_ALL_VISITS,
        *OF_THOSE_REACHED,
        "response",
        "closings_unreached",
        "closings_at_month_end",
        "pauses_near_limit",
    ):
        assert total[f"{name}_numerator_total"] <= total[f"{name}_denominator_total"]


@pytest.mark.parametrize(
    ("division", "confidential", "town"),
    [
        pytest.param(VILLAGE, False, TOWN, id="a village"),
        pytest.param(VILLAGE + "003", False, TOWN, id="a grid"),
        pytest.param(TOWN, False, TOWN, id="a town"),
        pytest.param(COUNTY, False, COUNTY, id="no town known"),
        pytest.param(COUNTY + "000000", False, COUNTY, id="no town known, padded"),
        pytest.param("4309", False, COUNTY, id="only the city known"),
        pytest.param("430922001", False, COUNTY, id="a town of another county"),
        pytest.param(VILLAGE, True, COUNTY, id="confidential"),
    ],
)
def test_a_matter_counts_at_its_town_or_its_county(division: str, confidential: bool, town: str) -> None:
    logic = folded(Life(division=division, confidential=confidential).events)
    logic.committed()
    assert {(cell.county, cell.town) for cell in logic.published()} == {(COUNTY, town)}


@pytest.mark.parametrize(
    ("event", "place"),
    [
        pytest.param(refused(), (COUNTY, TOWN), id="at the place of the matter"),
        pytest.param(
            refused(matter="430981-z"), (COUNTY, COUNTY), id="no such matter: the county that sent it"
        ),
        pytest.param(
            refused(county=OTHER), (OTHER, OTHER), id="another county's matter: the county that sent it"
        ),
        pytest.param(refused(county="999999"), ("000000", "000000"), id="no county at all"),
    ],
)
def test_a_refused_action_counts_where(event: Value, place: tuple[str, str]) -> None:
    logic = folded(Life().then(event).events)
    logic.committed()
    assert at_place(logic.published(), "xiaoshi_actions_refused_total") == {place}


def long_after(life: Life, *, days: int = 0) -> datetime:
    """The first instant at which a matter that has just closed is forgotten, and so many days more."""
    last: datetime = life.events[-1].at  # type: ignore[attr-defined]
    return datetime.combine(last.date(), time(), UTC) + KEPT_AFTER_END + timedelta(days=1 + days)


def test_a_closed_matter_is_forgotten_and_its_figures_stay() -> None:
    life = Life().resolved().visited().closed()
    before = folded(life.events)
    kept = folded([*life.events, tick(long_after(life) - timedelta(microseconds=1))])
    gone = folded([*life.events, tick(long_after(life))])
    assert f"m|{life.matter_id}" in kept.state
    assert [key for key in gone.state if key.startswith("m|")] == []
    assert values(gone.state) == values(kept.state) == values(before.state)


def test_an_open_matter_is_never_forgotten() -> None:
    life = Life().closed().reopened()
    assert f"m|{life.matter_id}" in folded([*life.events, tick(long_after(life, days=4000))]).state


def test_a_joined_report_keeps_a_closed_matter_longer() -> None:
    life = Life().closed()
    end = long_after(life)
    joined = life.joined().events.pop()
    later = replace(joined, at=START + timedelta(days=10))
    assert f"m|{life.matter_id}" not in folded([*life.events, tick(end)]).state
    assert f"m|{life.matter_id}" in folded([*life.events, later, tick(end)]).state


def test_a_report_that_joins_a_forgotten_matter_counts_at_its_county() -> None:
    life = Life(source="app").closed()
    late = life.joined("grid").events.pop()
    journal = [*life.events, tick(long_after(life)), late]
    assert figures(journal, "grid_events_completed") == {"numerator": 1, "denominator": 1}
    logic = folded(journal)
    logic.committed()
    assert at_place(logic.published(), "xiaoshi_reports_joined_total") == {(COUNTY, COUNTY)}


def test_an_event_of_a_forgotten_matter_counts_nothing() -> None:
    life = Life().closed()
    gone = folded([*life.events, tick(long_after(life))])
    again = folded([*life.events, tick(long_after(life)), life.events[-1]])
    assert again.state == gone.state


def test_what_is_not_committed_is_not_shown() -> None:
    core, logic = lane()
    core.feed(records(Life().events)[0])
    assert logic.published() == {}
    logic.committed()
    assert logic.published()[Cell("xiaoshi_matters_opened_total", COUNTY, TOWN)] == 1


def test_an_event_of_another_topic_is_buried() -> None:
    core, _ = lane()
    assert core.feed(records([ContactSealed(report_id="r", sealed="s")])[0]).outcome == "buried"


def test_a_match_counts_only_once_it_is_joined() -> None:
    matched = ReportMatched(
        report_id="r", matter_id="m", county=COUNTY, at=START, score=1.0, evidence=(),
        reason=Reason.JOINED_SAME_MATTER, title="t", text="t", source="grid",
        apart=an_apart(),
    )  # fmt: skip
    assert folded([matched]).state == {}


@pytest.mark.parametrize("labels", [(), ("village",), ("village", "routed")], ids=len)
def test_a_cell_comes_back_from_its_key(labels: tuple[str, ...]) -> None:
    cell = Cell("xiaoshi_x_total", COUNTY, TOWN, labels)
    assert cell_of(key_of(cell)) == cell
