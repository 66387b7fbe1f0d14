"""Reports that join, go over with a merged matter, and are taken out again: each is counted once, wherever it is."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.figures import values
from services.metrics.indicators import every
from shared.matter import State
from shared.reasons import Reason
from tests.unit.metrics.journal import Life, figures, folded

SETTLED = (State.CLOSED, State.WITHDRAWN, State.MERGED)


def two(first: str = "grid", second: str = "app") -> tuple[Life, Life]:
    """Two matters of one journal."""
    life = Life("a", source=first)
    return life, Life("b", source=second, beside=life)


def merged() -> Life:
    first, second = two()
    return first.merged_into(second)


def merged_and_closed() -> Life:
    first, second = two()
    first.merged_into(second)
    return second.closed()


def back() -> Life:
    first, second = two()
    return first.merged_into(second).back_from(second)


def back_and_both_closed() -> Life:
    first, second = two()
    first.merged_into(second).back_from(second).closed()
    return second.closed()


def completed_where_it_was_merged() -> Life:
    first, second = two()
    first.merged_into(second)
    second.closed().reopened(reason=Reason.BY_RESIDENT)
    return first.back_from(second).closed()


def completed_before_it_was_merged() -> Life:
    first, second = two()
    first.closed().reopened(reason=Reason.BY_RESIDENT).merged_into(second)
    return second.closed()


def merged_twice() -> Life:
    first, second = two()
    third = Life("c", source="app", beside=first)
    first.merged_into(second)
    second.merged_into(third)
    second.back_from(third)
    first.back_from(second).closed()
    third.closed()
    return second.closed()


def taken_out(*, close: bool) -> Life:
    life = Life("a", source="app").joined("grid")
    alone = life.taken_out("430981-a-2")
    return alone.closed() if close else life.closed()


def taken_out_after_its_completion() -> Life:
    life = Life("a", source="app").joined("grid").closed().reopened(reason=Reason.BY_RESIDENT)
    return life.taken_out("430981-a-2").closed()


def taken_back_where_it_was_merged() -> Life:
    first, second = two()
    first.merged_into(second)
    second.withdrawn("a", remaining=1)
    return first.back_from(second).closed()


DONE = {"numerator": 1, "denominator": 1}
NOT_DONE = {"denominator": 1}


@pytest.mark.parametrize(
    ("life", "completed"),
    [
        pytest.param(merged(), NOT_DONE, id="merged"),
        pytest.param(merged_and_closed(), DONE, id="completed by the close of the other matter"),
        pytest.param(back(), NOT_DONE, id="back again"),
        pytest.param(back_and_both_closed(), DONE, id="back again, both closed: once"),
        pytest.param(completed_where_it_was_merged(), DONE, id="completed there, back, closed: once"),
        pytest.param(completed_before_it_was_merged(), DONE, id="completed before, closed there: once"),
        pytest.param(merged_twice(), DONE, id="there and there, back and back, all closed: once"),
        pytest.param(taken_out(close=True), DONE, id="taken out and closed by itself"),
        pytest.param(taken_out(close=False), NOT_DONE, id="taken out, the matter it was part of is closed"),
        pytest.param(taken_out_after_its_completion(), DONE, id="completed, taken out, closed: once"),
        pytest.param(taken_back_where_it_was_merged(), NOT_DONE, id="taken back there: never completed"),
    ],
)
def test_a_grid_workers_report_is_collected_and_completed_once(life: Life, completed: dict[str, int]) -> None:
    assert figures(life.events, "grid_events_collected") == {"": 1}
    assert figures(life.events, "grid_events_completed") == completed


@pytest.mark.parametrize(
    ("name", "life", "expected"),
    [
        pytest.param("reports_joined", merged(), {}, id="a merged matter's reports were no duplicates"),
        pytest.param(
            "reports_joined", taken_out(close=True), {"": 1}, id="a report that was taken out had joined"
        ),
        pytest.param("reports_placed", merged(), {"": 2}, id="merged, both reports were placed"),
        pytest.param("reports_placed", back(), {"": 2}, id="back again: placed once each"),
        pytest.param(
            "reports_placed", taken_out(close=True), {"": 2}, id="a report taken out was placed before"
        ),
        pytest.param("matters_opened", back(), {"": 2}, id="a matter that comes back was opened before"),
        pytest.param(
            "matters_opened", taken_out(close=True), {"": 2}, id="a report taken out opens a matter"
        ),
        pytest.param("matters_closed", merged_and_closed(), {"": 1}, id="a merged matter is not closed"),
        pytest.param("matters_merged", back(), {"": 1}, id="merged"),
        pytest.param("matters_split", back(), {"matter": 1}, id="a merged matter came back"),
        pytest.param("matters_split", taken_out(close=True), {"report": 1}, id="a report was taken out"),
        pytest.param("matters_open", merged(), {"routed village": 1}, id="a merged matter is not open"),
        pytest.param("matters_open", back(), {"routed village": 2}, id="open again when it is back"),
        pytest.param("matters_open", taken_out(close=False), {"routed village": 1}, id="open by itself"),
    ],
)
def test_figure(name: str, life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, name) == expected


@dataclass
class County:
    """A county told twice: as events, and as which report of a grid worker was ever completed."""

    lives: list[Life] = field(default_factory=list)
    merged: dict[str, Life] = field(default_factory=dict)
    reports: Counter[str] = field(default_factory=Counter)
    completed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def open(self) -> list[Life]:
        return [life for life in self.lives if life.position.state not in SETTLED]

    def opened(self, source: str) -> None:
        first = self.lives[0] if self.lives else None
        self.lives.append(Life(str(len(self.lives)), source=source, beside=first))
        self.reports[source] += 1

    def joined(self, life: Life, source: str) -> None:
        life.joined(source)
        self.reports[source] += 1
        if life.position.state is State.CLOSED and source == "grid":
            self.completed.add(next(reversed(life.reports)))

    def closed(self, life: Life) -> None:
        life.closed()
        grid = {report for report, source in life.reports.items() if source == "grid"}
        self.completed |= grid - self.gone

    def withdrawn(self, life: Life, report: str) -> None:
        self.gone.add(report)
        life.withdrawn(report, remaining=len(life.reports.keys() - self.gone))

    def merge(self, life: Life, other: Life) -> None:
        life.merged_into(other)
        self.merged[life.matter_id] = other

    def back(self, life: Life) -> None:
        life.back_from(self.merged.pop(life.matter_id))

    def apart(self, life: Life, report: str) -> None:
        self.lives.append(life.taken_out(report))


def may_come_back(county: County) -> list[Life]:
    return [
        each for each in county.lives if (into := county.merged.get(each.matter_id)) and into in county.open()
    ]


def had_joined(county: County, life: Life) -> list[str]:
    """Those that routing had matched to it, and no merging has brought or taken along."""
    own = f"{life.matter_id}-"
    held = {
        report
        for each in county.merged
        for other in county.lives
        if other.matter_id == each
        for report in other.reports
    }
    return [report for report in life.reports if report.startswith(own) and report not in held]


@st.composite
def counties(draw: st.DrawFn) -> County:
    county = County()
    source = st.sampled_from(("grid", "app"))
    county.opened(draw(source))
    for _ in range(draw(st.integers(0, 25))):
        pick = draw(
            st.sampled_from(("open", "join", "close", "reopen", "withdraw", "merge", "back", "apart"))
        )
        alive = county.open()
        closed = [life for life in county.lives if life.position.state is State.CLOSED]
        if pick == "open" or not alive:
            county.opened(draw(source))
            continue
        life = draw(st.sampled_from(alive))
        others = [each for each in alive if each is not life]
        if pick == "join":
            county.joined(draw(st.sampled_from([*alive, *closed])), draw(source))
        elif pick == "close":
            county.closed(life)
        elif pick == "reopen" and closed:
            draw(st.sampled_from(closed)).reopened(reason=Reason.BY_RESIDENT)
        elif pick == "withdraw" and (left := sorted(life.reports.keys() - county.gone)):
            county.withdrawn(life, draw(st.sampled_from(left)))
        elif pick == "merge" and others:
            county.merge(life, draw(st.sampled_from(others)))
        elif pick == "back" and (merged_ones := may_come_back(county)):
            county.back(draw(st.sampled_from(merged_ones)))
        elif pick == "apart" and (parts := had_joined(county, life)):
            county.apart(life, draw(st.sampled_from(parts)))
    return county


@settings(max_examples=150, deadline=None)
@given(counties())
def test_sums_over_matters_stay_right_whatever_is_joined_and_split(county: County) -> None:
    events = county.lives[0].events
    total: Counter[str] = Counter()
    for (metric, _), n in values(folded(events).state).items():
        total[metric.removeprefix("xiaoshi_").removesuffix("_total")] += int(n)
    assert total["grid_events_collected"] == county.reports["grid"]
    assert total["grid_events_completed_denominator"] == county.reports["grid"]
    assert total["grid_events_completed_numerator"] == len(county.completed)
    taken = figures(events, "matters_split").get("report", 0)
    assert total["matters_opened"] + total["reports_joined"] - taken == county.reports.total()
    assert total["reports_placed"] == county.reports.total()
    assert total["matters_open"] == len(county.open())
    assert total["matters_by_colour"] == len(county.open())
    assert total["matters_opened"] == len(county.lives)


@settings(max_examples=50, deadline=None)
@given(counties())
def test_events_delivered_twice_count_once(county: County) -> None:
    events = county.lives[0].events
    assert values(folded(events).state) == values(folded([e for each in events for e in (each, each)]).state)


def test_every_indicator_is_about_something_else() -> None:
    assert len({each.zh for each in every()}) == len({each.definition for each in every()}) == len(every())
