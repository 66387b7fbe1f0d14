"""What lies outside the log, held against it: figures, the ledger, a replay, the truth of a day."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.metrics.figures import Level, values, village_metrics
from services.metrics.handlers import MetricsLogic
from shared import topics, wire
from shared.core import Core
from shared.errors import InputInvalidError, MetricsUnavailableError
from shared.events import ReportReceived
from shared.wire import Out
from tests.unit.metrics.observations import an_observation, observed_records
from tests.unit.xiaoshi.breaks import (
    RECEIVED,
    broken,
    event_of,
    found,
    lanes_of,
    remove,
    scrape,
    stored,
    write_replayed,
)
from tests.unit.xiaoshi.recorded import COUNTY, LANES, a_day, recorded
from tests.unit.xiaoshi.replicas import answering
from xiaoshi.simulator.files import write_day
from xiaoshi.verify.indicators import days_of_all, scrape_all


def test_a_figure_that_is_not_in_the_log_is_told() -> None:
    log = recorded()
    shown = dict(scrape(log))
    series = next(name for name, value in shown.items() if value)
    shown[series] += 1

    findings = found(log, scrape=lambda: shown)

    assert {name for name, finding in findings.items() if not finding.ok} == {"indicators"}
    assert findings["indicators"].differs == 1
    assert series[0] in findings["indicators"].examples[0]


def test_figures_by_county_are_compared_by_county() -> None:
    log = recorded()
    shown: dict[Any, float] = {}
    for (metric, labels), n in scrape(log).items():
        place = dict(labels)
        series = metric, tuple(sorted((place | {"town": place["county"]}).items()))
        shown[series] = shown.get(series, 0) + n
    assert found(log, scrape=lambda: shown)["indicators"].ok

    wrong = next(series for series, n in shown.items() if n)
    findings = found(log, scrape=lambda: shown | {wrong: shown[wrong] - 1})
    assert findings["indicators"].differs == 1


@pytest.mark.parametrize("level", ["town", "county", "city"])
def test_figures_are_compared_at_the_level_they_are_shown_at_and_villages_beside_it(level: Level) -> None:
    log = recorded()
    events = [an_observation(8), an_observation(3, 4, division="430922"), an_observation(9, division="4309")]
    for record in observed_records(events):
        log.write(Out(record.topic, None, record.key, record.value, [], 0))
    states = [logic.state for logic in lanes_of(log).values()]
    shown = values(*states, villages_of=[COUNTY], level=level)
    of_villages = [series for series, n in shown.items() if n and series[0] in village_metrics()]
    assert found(log, scrape=lambda: shown)["indicators"].ok
    for wrong in (of_villages[0], next(series for series, n in shown.items() if n)):
        findings = found(log, scrape=lambda wrong=wrong: {**shown, wrong: shown[wrong] - 1})
        assert findings["indicators"].differs == 1


def test_a_day_that_is_not_in_the_log_is_told() -> None:
    log = recorded()
    with answering([lanes_of(log)]) as urls:
        shown = dict(days_of_all(urls))
    day, place, line = each = next(iter(shown))
    shown[each] += 1
    shown[day - timedelta(days=400), place, line] = 1

    findings = found(log, ask_days=lambda: shown)

    assert {name for name, finding in findings.items() if not finding.ok} == {"indicators by day"}
    assert findings["indicators by day"].differs == 2
    assert f"{day} {place} {line} shows" in findings["indicators by day"].examples[1]


def test_what_others_observed_is_held_against_the_gauges_whatever_its_order() -> None:
    log = recorded()
    events = [an_observation(8), an_observation(9, revision=2), an_observation(3, 4, division="4309")]
    for record in observed_records(events):
        log.write(Out(record.topic, None, record.key, record.value, [], 0))
    shown = scrape(log)
    assert ("xiaoshi_judgments_accepted_numerator", (("county", COUNTY), ("town", COUNTY))) in shown

    assert broken(log, scrape=lambda: shown) == set()
    for rows in log.records.values():
        if rows and rows[0].topic == topics.OBSERVED.name:
            rows.reverse()
    assert broken(log, scrape=lambda: shown) == set()
    remove(log, lambda record: b'"revision":2' in (record.value or b""))
    assert broken(log, scrape=lambda: shown) == {"indicators"}


def test_an_observation_that_was_buried_must_have_its_letter() -> None:
    log = recorded()
    [record] = observed_records([an_observation(11, 10)])
    out = Out(record.topic, None, record.key, record.value, [], 0)
    log.write(out)
    lane = next(part for (topic, part) in log.records if topic == record.topic)
    logic = MetricsLogic({})
    decision = Core(logic, logic.state).feed(log.records[record.topic, lane][0])

    assert broken(log) == {"dead letters"}
    log.write(decision.outs[0])
    assert broken(log) == set()


@pytest.fixture
def replicas() -> Iterator[list[str]]:
    """Two metrics services that share the lanes."""
    with answering([lanes_of(recorded(), range(2)), lanes_of(recorded(), range(2, LANES))]) as urls:
        yield urls


def test_replicas_are_added_up(replicas: list[str]) -> None:
    asked = {"scrape": lambda: scrape_all(replicas), "ask_days": lambda: days_of_all(replicas)}
    assert broken(recorded(), **asked) == set()
    asked = {"scrape": lambda: scrape_all(replicas[:1]), "ask_days": lambda: days_of_all(replicas[:1])}
    assert broken(recorded(), **asked) == {"indicators", "indicators by day"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/metrics", "file:///etc/hostname", "nonsense"])
def test_metrics_that_do_not_answer_cannot_be_asked(url: str) -> None:
    with pytest.raises(MetricsUnavailableError):
        scrape_all([url])
    with pytest.raises(MetricsUnavailableError):
        days_of_all([url])


def spoil_a_history(store: Any) -> None:
    document = next(iter(store["matters"].documents.values()))
    document["history"][0]["event"] += " "


def spoil_a_state(store: Any) -> None:
    next(iter(store["matters"].documents.values()))["state"] = "forgotten"


def lose(collection: str) -> Callable[[Any], None]:
    return lambda store: store[collection].documents.popitem()


def invent(store: Any) -> None:
    store["matters"].documents["x"] = {"_id": "x"}


@pytest.mark.parametrize(
    ("breaks", "check", "says"),
    [
        pytest.param(spoil_a_history, "ledger", "differs in history", id="the text of an event"),
        pytest.param(spoil_a_state, "ledger", "differs in state", id="the state of a matter"),
        pytest.param(lose("matters"), "ledger", "is not in the store", id="a matter lost"),
        pytest.param(invent, "ledger", "is in the store and not in the log", id="a matter too many"),
        pytest.param(lose("receipts"), "receipts", "is not in the store", id="a receipt lost"),
    ],
)
def test_a_ledger_that_is_not_as_the_log_has_it_is_told(
    breaks: Callable[[Any], None], check: str, says: str
) -> None:
    log = recorded()
    store = stored(log)
    breaks(store)

    findings = found(log, store=store)

    assert {name for name, finding in findings.items() if not finding.ok} == {check}
    assert findings[check].differs == 1
    assert says in findings[check].examples[0]


def test_a_journal_that_is_not_as_replayed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_replayed(path)
    lines = path.read_text().splitlines()
    line = json.loads(lines[0])
    line["time"] = "another"
    path.write_text("\n".join([json.dumps(line), *lines[1:-1]]))

    findings = found(recorded(), against=path)

    assert not findings["journal against replay"].ok
    assert findings["journal against replay"].differs == 2
    assert f"matter.opened {line['id']}: is another" in findings["journal against replay"].examples


@pytest.mark.parametrize("text", ["{", "[]", '{"id": "x"}'])
def test_a_file_that_is_no_replay_cannot_be_compared(tmp_path: Path, text: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text)

    with pytest.raises(InputInvalidError, match="line 1"):
        found(recorded(), against=path)


def test_the_truth_of_a_day_is_held_against_what_came_of_it(tmp_path: Path) -> None:
    write_day(a_day(), tmp_path)
    log = recorded()
    assert "precision" in found(log, truth=tmp_path)["truth of the day"].detail

    truths = {
        wire.event_id(f"{t.source}|{t.source_id}", "report"): t for t in (each.truth for each in a_day().sent)
    }
    rows, at = log.find(RECEIVED, "report.received", 30)
    lost = event_of(rows.pop(at))
    assert isinstance(lost, ReportReceived)

    examples = found(log, truth=tmp_path)["truth of the day"].examples
    assert any(f"submission {truths[lost.report_id].n}: accepted" in example for example in examples)


def test_a_refusal_that_did_not_happen_is_not_the_truth(tmp_path: Path) -> None:
    write_day(a_day(), tmp_path)
    log = recorded()
    remove(log, lambda record: record.topic == topics.REJECTED.name)
    refused = [each for each in a_day().sent if each.truth.expect == "refused" and each.road != "http"]
    assert refused

    assert found(log, truth=tmp_path)["truth of the day"].differs == len(refused)
