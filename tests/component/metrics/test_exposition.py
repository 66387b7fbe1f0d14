"""What a scrape sees: the figures of all lanes, equal to what the log says, in the form Prometheus asks for."""

import threading

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from services.metrics.collector import FigureCollector
from services.metrics.figures import PLACE, Series, all_series, scraped, values
from services.metrics.handlers import MetricsLogic
from services.metrics.indicators import Villages, every
from shared.events import FastStep
from shared.matter import Value, Way
from tests.component.metrics.conftest import Promtool
from tests.unit.metrics.journal import COUNTY, Life, folded, lane, records, refused

CATEGORY = "dispute.land"
BUSY: list[Value] = [
    *Life("a").joined().resolved(Way.PEOPLES_MEDIATION).visited().closed().events,
    *Life("b", division="430981002001").ordered().escalated().resolved().reopened().events,
    *Life("c", category="petition.first", source="app").resolved().visited().closed().events,
    *Life("d", division=COUNTY, repeat_of="430981-c", category="petition.first").noticed().events,
    *Life("f", category=CATEGORY).returned().redispatched().raised().did(FastStep.ARRIVE).events,
    refused(),
]
ELSEWHERE: list[Value] = Life("e", county="430922", division="430922001001").closed().events


def committed(events: list[Value]) -> MetricsLogic:
    logic = folded(events)
    logic.committed()
    return logic


def exposition(*lanes: MetricsLogic) -> str:
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: lanes))
    return generate_latest(registry).decode()


def from_the_first_event(series: Series) -> int:
    """Of labels that cannot be listed, an opening shows one: the category it has."""
    return int(series.metric == "xiaoshi_matters_opened_by_category_total")


def test_what_is_scraped_is_what_the_log_says() -> None:
    here, there = committed(BUSY), committed(ELSEWHERE)
    assert scraped(exposition(here, there)) == values(here.state, there.state)
    assert scraped(exposition(here)) == values(folded(BUSY).state)


def test_one_event_more_or_less_is_seen() -> None:
    assert scraped(exposition(committed(BUSY[:-1]))) != values(folded(BUSY).state)


def test_every_known_series_of_a_place_is_there_from_the_first_event() -> None:
    seen = scraped(exposition(committed(Life().events)))
    assert len(seen) == sum(len(series.known) or from_the_first_event(series) for series in all_series())
    assert {labels for _, pairs in seen for labels, _ in pairs} == {
        "county", "town", "tier", "from_tier", "state", "reason", "colour", "account", "ground", "answer", "kind",
        "step", "was", "what", "category",
    }  # fmt: skip


def test_before_any_event_there_is_help_and_no_figure() -> None:
    text = exposition()
    assert scraped(text) == {}
    for each in every():
        assert (each.definition in text) is not isinstance(each, Villages)


def test_county_000000_is_added_over_lanes() -> None:
    lanes = [committed([refused(county=code)]) for code in ("999999", "888888")]
    found = scraped(exposition(*lanes))
    place = (("county", "000000"), ("reason", "desk_wrong"), ("town", "000000"))
    assert found["xiaoshi_actions_refused_total", place] == 2


def test_no_label_holds_an_id() -> None:
    found = scraped(exposition(committed(BUSY)))
    places = {value for _, pairs in found for name, value in pairs if name in PLACE}
    assert places == {COUNTY, "430981001", "430981002"}
    words = {value for _, pairs in found for name, value in pairs if name not in (*PLACE, "category")}
    assert words <= {word for series in all_series() for known in series.known for word in known}
    categories = {value for _, pairs in found for name, value in pairs if name == "category"}
    assert categories == {"dispute.neighbour", "petition.first", CATEGORY}


def test_a_scrape_beside_a_busy_lane_sees_whole_batches() -> None:
    """Each batch opens one matter and closes it: no scrape may see the one without the other."""
    core, logic = lane()
    batches = [records(Life(str(n)).closed().events) for n in range(300)]
    torn: list[tuple[float, float]] = []
    done = threading.Event()

    def scrape() -> None:
        while not done.is_set():
            cells = {cell.metric: n for cell, n in logic.published().items()}
            opened = cells.get("xiaoshi_matters_opened_total", 0)
            closed = cells.get("xiaoshi_matters_closed_total", 0)
            if opened != closed:
                torn.append((opened, closed))

    reader = threading.Thread(target=scrape)
    reader.start()
    try:
        for batch in batches:
            for record in batch:
                core.feed(record)
            logic.committed()
    finally:
        done.set()
        reader.join()
    assert torn == []


def test_promtool_has_nothing_to_say_about_the_exposition(promtool: Promtool) -> None:
    assert promtool("check", "metrics", text=exposition(committed(BUSY))) == ""


@pytest.mark.parametrize("series", all_series(), ids=lambda series: series.metric)
def test_counters_end_in_total_and_gauges_do_not(series: Series) -> None:
    assert series.metric.endswith("_total") == (series.kind == "counter")
