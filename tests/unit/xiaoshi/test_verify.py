"""Each promise broken on purpose: the checks that guard it must see it, and no other check may cry out."""

import argparse
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from rich.console import Console

from services.metrics.collector import FigureCollector
from services.metrics.figures import scraped
from services.metrics.handlers import MetricsLogic
from shared import topics, wire
from shared.core import Core
from shared.errors import InputInvalidError, MetricsUnavailableError
from shared.events import MatterEvent, ReportReceived
from shared.store.fold import fold_all
from shared.store.projection import receipt_of
from shared.wire import Record
from tests.unit.xiaoshi.recorded import LANES, MemoryLog, a_day, acted, recorded, sent, the_policy
from xiaoshi.commands import verify as command
from xiaoshi.commands.replay import write_lines
from xiaoshi.road import Road
from xiaoshi.simulator.files import write_acted, write_day
from xiaoshi.verify import Finding, print_table
from xiaoshi.verify.findings import EXAMPLES, Tally
from xiaoshi.verify.indicators import scrape_all
from xiaoshi.verify.walk import Asked, walk

EVENTS = topics.EVENTS.name
RECEIVED = topics.RECEIVED.name
ROUTING, ESCALATION = "routing again", "escalation again"
ONE, JOINS, NUMBERS = "each report in one matter", "each match joined once", "numbers without gap"
TWICE, ROUTED, DEADLINES = "no event twice", "routed topics", "deadlines"
ACCEPTED, REFUSED, CONTACTS, DEAD = (
    "reports accepted",
    "reports refused",
    "contact data sealed",
    "dead letters",
)

Break = Callable[[MemoryLog], None]


def found(log: MemoryLog, **asked: Any) -> dict[str, Finding]:
    findings = walk(log, Asked(the_policy(), **asked))
    return {finding.check: finding for finding in findings}


def broken(log: MemoryLog, **asked: Any) -> set[str]:
    return {name for name, finding in found(log, **asked).items() if not finding.ok}


def event_of(record: Record) -> Any:
    return wire.decode(record.value)


def places(log: MemoryLog, wanted: Callable[[Record], bool]) -> Iterator[tuple[list[Record], int]]:
    for rows in log.records.values():
        yield from ((rows, at) for at, record in enumerate(rows) if wanted(record))


def remove(log: MemoryLog, wanted: Callable[[Record], bool]) -> int:
    """From every topic; how many there were."""
    before = sum(map(len, log.records.values()))
    for rows in log.records.values():
        rows[:] = [record for record in rows if not wanted(record)]
    return before - sum(map(len, log.records.values()))


def rewrite(rows: list[Record], at: int, **changes: Any) -> None:
    """Other contents under the same id."""
    changed = msgspec.structs.replace(event_of(rows[at]), **changes)
    rows[at] = rows[at]._replace(value=wire.encode(changed))


def rewrite_all(log: MemoryLog, event_id: str, **changes: Any) -> None:
    for rows, at in places(log, lambda record: id_of(record) == event_id):
        rewrite(rows, at, **changes)


def id_of(record: Record) -> str:
    return (wire.header(record.headers, "ce_id") or b"").decode()


def kind_of(record: Record) -> str:
    return (wire.header(record.headers, "ce_type") or b"").decode().removeprefix(wire.PREFIX)


def is_of(record: Record, matter_id: str) -> bool:
    return wire.header(record.headers, "ce_subject") == matter_id.encode()


def drop(topic: str, kind: str, nth: int = 0) -> Break:
    def broke(log: MemoryLog) -> None:
        rows, at = log.find(topic, kind, nth)
        del rows[at]

    return broke


def double(topic: str, kind: str) -> Break:
    def broke(log: MemoryLog) -> None:
        rows, at = log.find(topic, kind)
        rows.insert(at + 1, rows[at])

    return broke


def swap_two_of_a_matter(log: MemoryLog) -> None:
    """Which both leave the deadline as it was."""
    rows, at = log.find(EVENTS, "matter.accepted")
    matter_id = event_of(rows[at]).matter_id
    then = next(
        n
        for n in range(at + 1, len(rows))
        if kind_of(rows[n]) == "matter.started" and is_of(rows[n], matter_id)
    )
    rows[at], rows[then] = rows[then], rows[at]


def change_a_byte_of_escalation(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.resolved")
    rewrite_all(log, id_of(rows[at]), outcome="something else")


def change_a_byte_of_routing(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.opened")
    rewrite_all(log, id_of(rows[at]), policy="another")


def change_a_byte_for_the_centre(log: MemoryLog) -> None:
    rows, at = log.find(topics.routed("430981"), "matter.resolved")
    rewrite(rows, at, outcome="something else")


def change_a_header(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "action.received")
    headers = [(name, b"x" if name == "ce_source2" else value) for name, value in rows[at].headers]
    rows[at] = rows[at]._replace(headers=[*headers, ("traceparent", b"made up")])


def number_twice(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.closed")
    event = event_of(rows[at])
    rewrite_all(log, id_of(rows[at]), number=event.number - 1)


def lose_a_joined_report(log: MemoryLog) -> None:
    """The match, and all that it led to."""
    rows, at = log.find(EVENTS, "report.matched")
    report_id = event_of(rows[at]).report_id.encode()
    kinds = ("report.matched", "matter.joined")
    assert remove(log, lambda r: kind_of(r) in kinds and report_id in (r.value or b"")) >= 3


def join_elsewhere(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "report.matched")
    matter_id = event_of(rows[at]).matter_id
    other = next(
        event_of(row).matter_id
        for row in rows
        if kind_of(row) == "matter.opened" and not is_of(row, matter_id)
    )
    rewrite(rows, at, matter_id=other)


def match_a_report_twice(log: MemoryLog) -> None:
    """Under an id of its own, as a rule gone wrong would write it."""
    rows, at = log.find(EVENTS, "report.matched")
    headers = [(name, b"f" * 32 if name == "ce_id" else value) for name, value in rows[at].headers]
    rows.insert(at + 1, rows[at]._replace(headers=headers))


def invent_a_report(log: MemoryLog) -> None:
    rows, at = log.find(RECEIVED, "report.received", 30)
    made_up = msgspec.structs.replace(event_of(rows[at]), report_id="0" * 32)
    headers = [(name, b"f" * 32 if name == "ce_id" else value) for name, value in rows[at].headers]
    rows.append(rows[at]._replace(value=wire.encode(made_up), headers=headers, offset=10_000))


def change_a_received_report(log: MemoryLog) -> None:
    """In what no rule looks at."""
    rows, at = log.find(RECEIVED, "report.received")
    report = event_of(rows[at]).report
    changed = msgspec.structs.replace(report, reporter_ref="nobody else's")
    rewrite(rows, at, report=changed)


def skip_a_deadline(log: MemoryLog) -> None:
    """The order and all after it, as if the timer had died for one matter."""
    for nth in range(100):
        rows, at = log.find(EVENTS, "matter.ordered", nth)
        matter_id = event_of(rows[at]).matter_id
        later = [r for r in rows[at:] if is_of(r, matter_id) and kind_of(r) != "action.received"]
        if not {kind_of(r) for r in later} & {"matter.joined", "action.refused"}:
            break
    gone = {id_of(r) for r in later}
    assert remove(log, lambda record: id_of(record) in gone)


def fire_twice(log: MemoryLog) -> None:
    """The same limit named by another order, under an id of its own."""
    rows, at = log.find(EVENTS, "matter.ordered")
    headers = [(name, b"f" * 32 if name == "ce_id" else value) for name, value in rows[at].headers]
    rows.insert(at + 2, rows[at]._replace(headers=headers))


def name_another_limit(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.ordered")
    missed = event_of(rows[at]).missed
    earlier = msgspec.structs.replace(missed, at=missed.at - timedelta(microseconds=1))
    rewrite_all(log, id_of(rows[at]), missed=earlier)


def owe_nothing(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.accepted")
    position = msgspec.structs.replace(event_of(rows[at]).position, due=None)
    rewrite_all(log, id_of(rows[at]), position=position)


def lose_an_action(log: MemoryLog) -> None:
    """And its answer: for escalation it never was."""
    rows, at = log.find(EVENTS, "action.refused")
    action_id = event_of(rows[at]).action_id.encode()
    kinds = ("action.received", "action.refused")
    assert remove(log, lambda r: kind_of(r) in kinds and action_id in (r.value or b"")) >= 3


def put_back_time(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "clock.ticked", 3)
    rows[at], rows[at - 1] = rows[at - 1], rows[at]


def lose_contact_data(log: MemoryLog) -> None:
    rows, at = log.find(topics.CONTACTS.name, "contact.sealed")
    report_id = event_of(rows[at]).report_id.encode()
    assert remove(log, lambda r: r.topic == topics.CONTACTS.name and r.key == report_id)


def refuse_for_another_reason(log: MemoryLog) -> None:
    rows, at = log.find(topics.REJECTED.name, "record.buried")
    rewrite(rows, at, reason="too_deep")


def tell_another_county(log: MemoryLog) -> None:
    rows, at = log.find(topics.routed("430981"), "matter.opened")
    log.records[topics.routed("330702"), 0].append(
        rows[at]._replace(topic=topics.routed("330702"), offset=999)
    )


def lose_what_was_moved(log: MemoryLog) -> None:
    """It never reached the lane of its county, and nothing followed."""
    [(rows, at)] = places(log, lambda record: wire.header(record.headers, "xiaoshi_moved") is not None)
    report_id = wire.event_id("app|odd-3", "report").encode()
    del rows[at]
    assert remove(log, lambda r: report_id in (r.value or b"") or report_id in (r.key or b""))


def spoil_an_event(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "action.received")
    rows[at] = rows[at]._replace(value=b"{")


# what each break must set off: everything else must stay quiet
BREAKS: dict[str, tuple[Break, set[str]]] = {
    "an event of escalation is lost": (drop(EVENTS, "matter.accepted"), {NUMBERS, ESCALATION, ROUTED}),
    "an event of escalation is there twice": (
        double(EVENTS, "matter.accepted"),
        {TWICE, NUMBERS, ESCALATION, ROUTED},
    ),
    "two events of a matter are swapped": (swap_two_of_a_matter, {NUMBERS, ESCALATION, ROUTED}),
    "a byte of escalation is another": (change_a_byte_of_escalation, {ESCALATION}),
    "a byte of routing is another": (change_a_byte_of_routing, {ROUTING, ESCALATION}),
    "a byte is another for the centre alone": (change_a_byte_for_the_centre, {ROUTED}),
    "a header is another": (change_a_header, {ROUTING}),
    "a number is given twice": (number_twice, {NUMBERS, ESCALATION}),
    "a joined report is lost": (lose_a_joined_report, {ONE, ROUTING, ESCALATION, NUMBERS}),
    "a join is lost": (drop(EVENTS, "matter.joined"), {JOINS, NUMBERS, ESCALATION, ROUTED}),
    "a report is matched with another matter": (join_elsewhere, {JOINS, ROUTING, ESCALATION}),
    "a report is matched twice": (match_a_report_twice, {ONE, ROUTING, ESCALATION}),
    "a received report is lost": (drop(RECEIVED, "report.received"), {ACCEPTED, ONE, ROUTING}),
    "a received report is there twice": (double(RECEIVED, "report.received"), {ONE, TWICE}),
    "a received report was never sent": (invent_a_report, {ACCEPTED, ONE, ROUTING}),
    "a received report is not as sent": (change_a_received_report, {ACCEPTED}),
    "a deadline is skipped": (skip_a_deadline, {DEADLINES, ESCALATION}),
    "a deadline fires twice": (fire_twice, {DEADLINES, ESCALATION, NUMBERS, ROUTED}),
    "an order names another limit": (name_another_limit, {DEADLINES, ESCALATION}),
    "an open matter owes nothing": (owe_nothing, {DEADLINES, ESCALATION}),
    "an action is lost": (lose_an_action, {ROUTING}),
    "time goes back": (put_back_time, {ROUTING}),
    "contact data are lost": (lose_contact_data, {CONTACTS}),
    "a refusal is lost": (drop(topics.REJECTED.name, "record.buried"), {REFUSED}),
    "a refusal is there twice": (double(topics.REJECTED.name, "record.buried"), {REFUSED}),
    "a refusal has another reason": (refuse_for_another_reason, {REFUSED}),
    "a dead letter is lost": (drop("matters.actions.v1.dead", "record.buried"), {DEAD}),
    "a dead letter is there twice": (double("matters.actions.v1.dead", "record.buried"), {DEAD}),
    "a centre misses an event": (drop(topics.routed("430981"), "matter.closed"), {ROUTED}),
    "a centre is told twice": (double(topics.routed("430981"), "matter.closed"), {ROUTED, TWICE}),
    "a centre is told of another county": (tell_another_county, {ROUTED}),
    "a moved record is lost": (lose_what_was_moved, {ACCEPTED}),
    "a record of the journal is no event": (spoil_an_event, {NUMBERS, ROUTING, ESCALATION, DEAD}),
}


def write_replayed(path: Path) -> None:
    """What the road makes of the same records, as `xiaoshi replay` writes it."""
    road = Road(the_policy(), LANES)
    with path.open("w", encoding="utf-8") as file:
        write_lines((written for out in sent() for written in road.take(out)), file)


def test_an_unbroken_log_passes_every_check(tmp_path: Path) -> None:
    log = recorded()
    write_replayed(tmp_path / "events.jsonl")
    write_day(a_day(), tmp_path / "day")
    write_acted(acted(), tmp_path / "day")

    findings = found(
        log,
        scrape=lambda: scrape(log),
        store=stored(log),
        against=tmp_path / "events.jsonl",
        truth=tmp_path / "day",
    )

    assert not [finding for finding in findings.values() if not finding.ok or finding.skipped]
    assert all(finding.compared for finding in findings.values())


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_seen_by_the_checks_that_guard_it(name: str) -> None:
    log = recorded()
    breaks, expected = BREAKS[name]

    breaks(log)

    assert broken(log) == expected


def test_a_difference_says_where_it_is() -> None:
    log = recorded()
    rows, at = log.find(EVENTS, "matter.accepted")
    event: MatterEvent = event_of(rows[at])
    del rows[at]

    findings = found(log)

    assert findings[NUMBERS].examples == (
        f"{event.matter_id} goes from {event.number - 1} to {event.number + 1}",
    )
    assert findings[NUMBERS].differs == 1


def test_what_was_not_asked_for_says_so() -> None:
    skipped = {name: finding.skipped for name, finding in found(recorded()).items() if finding.skipped}

    assert skipped == {
        "indicators": "not compared: no --metrics",
        "ledger": "not compared: no --mongo",
        "receipts": "not compared: no --mongo",
        "journal against replay": "not compared: no --against",
        "truth of the day": "not compared: no --truth",
    }


def test_dead_letters_are_differences_only_when_asked() -> None:
    assert broken(recorded(), no_dead=True) == {DEAD}


@pytest.mark.parametrize(
    "topic", [topics.TICKS.name, topics.raw("grid"), topics.raw("app"), topics.raw("hotline")]
)
def test_records_older_than_their_topic_keeps_them_are_no_difference(topic: str) -> None:
    log = recorded()
    for (name, lane), rows in log.records.items():
        if name == topic and len(rows) > 10:
            log.late.add((name, lane))
            del rows[: len(rows) // 2]

    assert broken(log) == set()


def test_a_record_on_its_way_is_no_loss_and_one_that_waits_is_told() -> None:
    log = recorded()
    where, rows = next(
        (where, rows) for where, rows in log.records.items() if where[0] == topics.ACTIONS.name
    )
    action = json.loads(next(row.value for row in rows if row.value != b"no action") or b"")
    value = json.dumps(action | {"action_id": "on its way"}).encode()
    rows.append(rows[-1]._replace(offset=rows[-1].offset + 1, value=value))
    log.waiting[where] = 1

    findings = found(log)

    assert {name for name, finding in findings.items() if not finding.ok} == {"everything handled"}
    assert findings["everything handled"].differs == 1


def test_a_record_that_was_handled_meanwhile_is_told_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    log = recorded()
    where, rows = next((where, rows) for where, rows in log.records.items() if where[0] == topics.TICKS.name)
    log.waiting[where] = 1
    monkeypatch.setattr(log, "handled_now", lambda: {where: rows[-1].offset + 1})

    assert broken(log) == set()


def test_a_seal_that_intake_could_not_open_may_have_been_refused_and_not_lost() -> None:
    log = recorded()
    rejected = [
        event_of(record)
        for _, rows in log.records.items()
        for record in rows
        if record.topic == topics.REJECTED.name
    ]
    assert any("/reporter/sealed" in event.fields for event in rejected)

    assert remove(log, lambda r: r.topic == topics.REJECTED.name and "/reporter/sealed" in event_of(r).fields)

    assert broken(log) == {ACCEPTED}


def scrape(log: MemoryLog, lanes: range = range(LANES)) -> Any:
    return scraped(page(log, lanes))


def page(log: MemoryLog, lanes: range = range(LANES)) -> str:
    """What a replica with these lanes would show."""
    logics = []
    for lane in lanes:
        state: dict[str, Any] = {}
        logic = MetricsLogic(state)
        core = Core(logic, state)
        for record in log.read(EVENTS, lane):
            core.feed(record)
        logic.committed()
        logics.append(logic)
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: logics))
    return generate_latest(registry).decode()


def test_a_figure_that_is_not_in_the_log_is_told() -> None:
    log = recorded()
    shown = dict(scrape(log))
    series = next(name for name, value in shown.items() if value)
    shown[series] += 1

    findings = found(log, scrape=lambda: shown)

    assert {name for name, finding in findings.items() if not finding.ok} == {"indicators"}
    assert findings["indicators"].differs == 1
    assert series[0] in findings["indicators"].examples[0]


@pytest.fixture
def replicas() -> Iterator[list[str]]:
    """Two metrics services that share the lanes."""
    shown = {"/metrics": page(recorded(), range(2)), "/b": page(recorded(), range(2, LANES))}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(shown[self.path].encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield [address, f"{address}/b"]
        server.shutdown()
        serving.join()


def test_replicas_are_added_up(replicas: list[str]) -> None:
    assert broken(recorded(), scrape=lambda: scrape_all(replicas)) == set()
    assert broken(recorded(), scrape=lambda: scrape_all(replicas[:1])) == {"indicators"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/metrics", "file:///etc/hostname", "nonsense"])
def test_metrics_that_do_not_answer_cannot_be_asked(url: str) -> None:
    with pytest.raises(MetricsUnavailableError):
        scrape_all([url])


class Rows:
    """As much of a collection as the check asks of it."""

    def __init__(self, documents: dict[str, dict[str, Any]]) -> None:
        self.documents = documents

    def find(self, which: dict[str, Any], _: object = None) -> list[dict[str, Any]]:
        wanted = which["_id"]["$in"] if which else self.documents
        return [self.documents[key] for key in wanted if key in self.documents]

    def count_documents(self, _: object) -> int:
        return len(self.documents)


def stored(log: MemoryLog) -> Any:
    matters: dict[str, dict[str, Any]] = {}
    receipts: dict[str, dict[str, Any]] = {}
    for lane in range(LANES):
        matters |= fold_all({}, log.read(EVENTS, lane))
        receipts |= {row["_id"]: row for row in map(receipt_of, log.read(RECEIVED, lane))}
    return {"matters": Rows(matters), "receipts": Rows(receipts)}


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


def test_many_differences_are_counted_and_a_few_are_told() -> None:
    tally = Tally("check", compared=1000)
    for nth in range(1000):
        tally.differ(f"[bold]number {nth}")
    screen = StringIO()

    print_table([tally.finding("[detail]")], Console(file=screen, width=200))

    assert tally.finding().differs == 1000
    assert len(tally.finding().examples) == EXAMPLES
    assert "check: [bold]number 0\n" in screen.getvalue()
    assert "check: 980 more" in screen.getvalue()
    assert "[detail]" in screen.getvalue()


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        pytest.param(Finding("a", 1), 0, id="nothing differs"),
        pytest.param(Finding("a", 1, 1, ("b",)), 1, id="something differs"),
        pytest.param(Finding("a", 0, skipped="not compared: no --mongo"), 0, id="not asked for"),
    ],
)
def test_the_exit_code_is_the_answer(
    finding: Finding, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    command.add(parser)
    monkeypatch.setattr(command, "check_all", lambda *_, **__: (finding,))

    assert command.run(parser.parse_args(["--kafka", "nowhere:1", "--json"])) == code
    assert json.loads(capsys.readouterr().out)["check"] == "a"
