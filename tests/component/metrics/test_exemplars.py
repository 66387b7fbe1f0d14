"""A counter names the trace of the event that moved it last: in OpenMetrics, for the few that moved last."""

import re

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from services.metrics.collector import FigureCollector
from services.metrics.figures import Level
from services.metrics.handlers import MetricsLogic
from shared.core import Core
from shared.exposition import Traces, page, trace_id
from shared.matter import Value
from tests.component.metrics.test_exposition import BUSY
from tests.unit.metrics.journal import COUNTY, TOWN, Life, lane, records

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OPENED = f'xiaoshi_matters_opened_total{{county="{COUNTY}",town="{TOWN}"}} '


def traced(core: Core, events: list[Value], trace: str = TRACE) -> None:
    header = ("traceparent", f"00-{trace}-00f067aa0ba902b7-01".encode())
    for record in records(events):
        core.feed(record._replace(headers=(header,)))


def shown(logic: MetricsLogic, accept: str = OPENMETRICS, level: Level = "town") -> str:
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: [logic], level, exemplars=True))
    return page(registry, accept)[0].decode()


def test_a_counter_names_the_trace_that_moved_it_last() -> None:
    core, logic = lane()
    traced(core, Life("a").events, "0" * 32)
    traced(core, Life("b").events)
    logic.committed()
    assert f'\n{OPENED}2.0 # {{trace_id="{TRACE}"}} 1.0\n' in shown(logic)
    assert f"\n{OPENED}2.0\n" in shown(logic, "")


def test_what_is_not_committed_has_no_trace_to_show() -> None:
    core, logic = lane()
    core.feed(records(Life("a").events)[0])
    logic.committed()
    traced(core, Life("b").events)
    assert "trace_id" not in shown(logic)


def test_an_event_without_a_trace_leaves_the_one_before() -> None:
    core, logic = lane()
    traced(core, Life("a").events)
    core.feed(records(Life("b").events)[0])
    logic.committed()
    assert f'\n{OPENED}2.0 # {{trace_id="{TRACE}"}} 1.0\n' in shown(logic)


def test_a_county_names_the_trace_of_a_town() -> None:
    core, logic = lane()
    traced(core, Life().events)
    logic.committed()
    whole = OPENED.replace(f'town="{TOWN}"', f'town="{COUNTY}"')
    assert f'\n{whole}1.0 # {{trace_id="{TRACE}"}} 1.0\n' in shown(logic, level="county")


@pytest.mark.parametrize("level", ["town", "county"])
def test_what_is_told_in_confidence_leaves_no_trace(level: Level) -> None:
    core, logic = lane()
    traced(core, Life(confidential=True).accepted().resolved().closed().events)
    logic.committed()
    assert "trace_id" not in shown(logic, level=level)


def test_there_are_none_where_nobody_set_them() -> None:
    core, logic = lane()
    traced(core, BUSY)
    logic.committed()
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: [logic]))
    assert "trace_id" not in page(registry, OPENMETRICS)[0].decode()


def test_a_gauge_has_none() -> None:
    core, logic = lane()
    traced(core, BUSY)
    logic.committed()
    named = re.findall(r"^(\w+)\{.* # \{", shown(logic), re.MULTILINE)
    assert named
    assert all(name.endswith("_total") for name in named)


def test_exemplars_are_written_as_the_library_does_and_can_be_read() -> None:
    core, logic = lane()
    traced(core, BUSY)
    logic.committed()
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: [logic], exemplars=True))
    encoder, _ = choose_encoder(OPENMETRICS)
    assert shown(logic) == encoder(registry).decode()
    families = text_string_to_metric_families(shown(logic))  # type: ignore[no-untyped-call]
    assert {TRACE} == {
        sample.exemplar.labels["trace_id"] for each in families for sample in each.samples if sample.exemplar
    }


def test_only_so_many_are_kept_those_that_moved_last() -> None:
    traces = Traces[str](2)
    for key in ("a", "b", "a", "c"):
        traces.moved(key, 1, key * 32)
    assert list(traces.latest()) == ["a", "c"]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="none"),
        pytest.param(b"", id="empty"),
        pytest.param(f"00-{TRACE}-00f067aa0ba902b7".encode(), id="cut"),
        pytest.param(f"00-{TRACE.upper()}-00f067aa0ba902b7-01".encode(), id="capitals"),
        pytest.param(f'00-{TRACE[:-2]}"}}-00f067aa0ba902b7-01'.encode(), id="a quote"),
        pytest.param(f"00-{TRACE}-00f067aa0ba902b7-01\n".encode(), id="a line more"),
    ],
)
def test_what_is_no_trace_is_as_if_it_was_not_there(header: bytes | None) -> None:
    assert trace_id(header) is None
