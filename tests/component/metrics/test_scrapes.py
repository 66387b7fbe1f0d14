"""Lines are kept from scrape to scrape: each scrape says what the log says then, as the library would write it."""

import gzip

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry, Counter, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from services.metrics.collector import FigureCollector
from services.metrics.figures import Cell, Level, scraped, values
from services.metrics.handlers import MetricsLogic
from shared import pages
from shared.exposition import Lines, ReadyFamily, page
from tests.component.metrics.test_exposition import BUSY, ELSEWHERE, committed
from tests.unit.metrics.journal import Life, lane, records, refused
from tests.unit.metrics.observations import COUNTY, TOWN, an_observation, observed_records

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
PROMETHEUS = f"{OPENMETRICS};escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"


def registered(lanes: list[MetricsLogic], level: Level = "town") -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: lanes, level))
    return registry


def text(registry: CollectorRegistry, accept: str = "") -> str:
    return page(registry, accept)[0].decode()


def test_every_scrape_says_what_the_log_says_then() -> None:
    pairs = [lane(), lane()]
    lanes = [logic for _, logic in pairs]
    registry = registered(lanes)
    here = records(BUSY)
    there = records([*ELSEWHERE, refused(county="999999"), refused(county="888888")])
    for (core, logic), events in zip(pairs, (here, there), strict=True):
        for record in events:
            core.feed(record)
            logic.committed()
            assert scraped(text(registry)) == values(*(each.state for each in lanes))


def test_what_is_not_committed_is_not_scraped() -> None:
    core, logic = lane()
    registry = registered([logic])
    core.feed(records(Life().events)[0])
    assert scraped(text(registry)) == {}
    logic.committed()
    assert scraped(text(registry)) == values(logic.state)


@pytest.mark.parametrize("level", ["town", "county"])
def test_a_row_that_is_gone_is_scraped_no_more(level: Level) -> None:
    core, logic = lane()
    registry = registered([logic], level)
    seen = []
    for event in (an_observation(3, 4, division=TOWN), an_observation(8)):
        core.feed(observed_records([event])[0])
        logic.committed()
        seen.append(rows(text(registry)))
    assert seen == [{TOWN if level == "town" else COUNTY: 3}, {COUNTY: 8}]


def rows(exposed: str) -> dict[str, float]:
    name = "xiaoshi_judgments_accepted_numerator"
    return {dict(labels)["town"]: n for (metric, labels), n in scraped(exposed).items() if metric == name}


def test_a_lane_that_is_gone_takes_its_figures_along() -> None:
    here, there = committed(BUSY), committed(ELSEWHERE)
    lanes = [here, there]
    registry = registered(lanes)
    assert scraped(text(registry)) == values(here.state, there.state)
    lanes.remove(here)
    assert scraped(text(registry)) == values(there.state)
    lanes[0] = committed(BUSY)
    assert scraped(text(registry)) == values(here.state)


@pytest.mark.parametrize("accept", ["", OPENMETRICS], ids=["text", "openmetrics"])
def test_the_page_is_byte_for_byte_what_the_library_writes(accept: str) -> None:
    registry = registered([committed(BUSY)])
    encoder, _ = choose_encoder(accept)
    assert text(registry, accept) == encoder(registry).decode()


@pytest.mark.parametrize("n", [0, 1, 999_999, 1_000_000, 123_456_789, 10**13, 2**53 - 1])
@pytest.mark.parametrize("value", ["", 'a"b', "a\\b", "a\nb", "a\\n", "矛盾", "a%sb", "a b} 1", "{}"])
def test_a_line_holds_whatever_the_value_of_a_label_is(value: str, n: int) -> None:
    lines = Lines("odd", ("z", "a"))
    for figure in (1, n):
        lines.put("key", (value, "x"), figure)
    [sample] = ReadyFamily(Metric("odd", "Odd.", "gauge"), lines).samples
    assert (sample.labels, sample.value) == ({"z": value, "a": "x"}, n)


def test_a_line_that_is_dropped_is_gone_and_the_others_stay() -> None:
    lines = Lines("tea", ("cup",))
    for key in ("a", "b"):
        lines.put(key, (key,), 1)
    lines.drop("a")
    assert (list(lines.ready().values()), len(lines)) == ([b'tea{cup="b"} 1.0\n'], 1)


def test_openmetrics_is_for_those_who_ask() -> None:
    registry = registered([committed(BUSY)])
    Counter("tea", "Of another collector.", registry=registry).inc()
    plain, headers = page(registry)
    assert headers == {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    asked, headers = page(registry, PROMETHEUS)
    assert headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert asked.endswith(b"# EOF\n")
    assert asked.count(b"# EOF") == 1
    read = list(text_string_to_metric_families(asked.decode()))  # type: ignore[no-untyped-call]
    assert scraped(plain.decode()) == {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in read
        for sample in family.samples
        if "county" in sample.labels
    }
    assert "tea" in {family.name for family in read}


def test_the_page_comes_compressed_to_those_who_ask() -> None:
    registry = registered([committed(BUSY)])
    body, headers = page(registry, "", "deflate, gzip;q=0.5")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == page(registry)[0]


async def test_a_scraper_like_prometheus_gets_what_it_asks_for() -> None:
    site = pages.Pages("127.0.0.1", 0, {})
    async with TestClient(TestServer(site.application())) as client:
        answer = await client.get("/metrics", headers={"Accept": PROMETHEUS, "Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert (await answer.text()).endswith("# EOF\n")


def test_cells_keep_their_order_for_ever() -> None:
    """So the collector may compare two scrapes side by side."""
    core, logic = lane()
    before: list[Cell] = []
    for record in records([*BUSY, *ELSEWHERE]):
        core.feed(record)
        logic.committed()
        after = list(logic.published_parts()[0])
        assert after[: len(before)] == before
        before = after
    assert before
