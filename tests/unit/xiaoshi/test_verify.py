"""Each promise broken on purpose: the checks that guard it must see it, and no other check may cry out."""

import argparse
import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from shared import topics
from shared.events import MatterEvent
from tests.unit.xiaoshi.breaks import (
    ACCEPTED,
    BREAKS,
    DEAD,
    ESCALATION,
    EVENTS,
    NUMBERS,
    ROUTED,
    broken,
    drop,
    event_of,
    found,
    lanes_of,
    remove,
    stored,
    write_replayed,
)
from tests.unit.xiaoshi.recorded import a_day, acted, recorded
from tests.unit.xiaoshi.replicas import answering
from tests.unit.xiaoshi.test_simulator_played import a_play
from xiaoshi.commands import verify as command
from xiaoshi.simulator.files import write_acted, write_day
from xiaoshi.verify import Finding, print_table
from xiaoshi.verify.findings import EXAMPLES, Tally
from xiaoshi.verify.indicators import days_of_all, scrape_all


def test_an_unbroken_log_passes_every_check(tmp_path: Path) -> None:
    log = recorded()
    write_replayed(tmp_path / "events.jsonl")
    write_day(a_day(), tmp_path / "day")
    write_acted(acted(), tmp_path / "day")

    with answering([lanes_of(log)]) as urls:
        findings = found(
            log,
            scrape=lambda: scrape_all(urls),
            ask_days=lambda: days_of_all(urls),
            store=stored(log),
            against=tmp_path / "events.jsonl",
            truth=tmp_path / "day",
        )

    assert not [finding for finding in findings.values() if not finding.ok or finding.skipped]
    assert all(finding.compared for finding in findings.values())


def test_a_log_in_which_everything_happened_passes_as_well() -> None:
    """Asked, kept apart, joined by a person and parted again, categorised, graded anew, repeated."""
    assert broken(a_play(1).log.copy()) == set()


@pytest.mark.parametrize(
    "kind",
    [
        "matter.review_asked",
        "matter.review_answered",
        "matter.graded",
        "matter.categorised",
        "matter.danger_asked",
    ],
)
def test_what_is_asked_and_said_of_a_matter_is_guarded_like_all_else(kind: str) -> None:
    log = a_play(1).log.copy()
    drop(EVENTS, kind)(log)
    assert broken(log) == {NUMBERS, ESCALATION, ROUTED}


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
        "indicators by day": "not compared: no --metrics",
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
