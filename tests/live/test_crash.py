"""kill -9 of routing and of escalation while reports flow: nothing lost, nothing doubled.

The ledger, a projection of the same log, has its own kill -9 in test_ledger.
"""

import signal
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

import pytest

from shared import catalogue, timeline
from shared.wire import Out
from xiaoshi.drive import Drive
from xiaoshi.player import raw
from xiaoshi.simulator.day import make_day
from xiaoshi.system import System
from xiaoshi.verify import check_all

COUNTY, DAY, REPORTS = "430981", date(2026, 3, 2), 5000
DAYS_AFTER = 2
CHUNK = 250
KILLED = ("routing", "escalation")


def _killed(system: System, name: str) -> None:
    system.children[name].signal(signal.SIGKILL)
    while system.children[name].is_running():
        pass
    assert system.revive() == [name]


def _ticks(since: datetime, days: int, lanes: int) -> Iterator[list[Out]]:
    for hour in range(24 * days):
        yield [timeline.tick(since + timedelta(hours=hour), lane) for lane in range(lanes)]


@pytest.mark.live
def test_killing_routing_and_escalation_loses_and_doubles_nothing(system: System) -> None:
    policy, chance = catalogue.load(), Random(7)
    day = make_day(COUNTY, DAY, seed=7, reports=REPORTS, policy=policy)
    outs = [raw(each) for each in day.sent if each.road != "http" or each.truth.expect != "refused"]
    drive = Drive(system.addresses.kafka, system.addresses.lanes)
    try:
        chunks = [outs[at : at + CHUNK] for at in range(0, len(outs), CHUNK)]
        doomed = set(chance.sample(range(1, len(chunks)), 6))
        for nth, chunk in enumerate(chunks):
            drive.send(chunk)
            if nth in doomed:
                _killed(system, KILLED[nth % 2])
        drive.settle()
        for nth, ticks in enumerate(_ticks(day.sent[-1].at, DAYS_AFTER, system.addresses.lanes)):
            drive.send(ticks)
            if nth in (10, 20, 30):
                _killed(system, "escalation")
        drive.settle()
        assert system.revived == 9
    finally:
        drive.close()
    system.wait_ready()
    findings = check_all(
        system.addresses.kafka,
        policy=policy,
        metrics=[system.addresses.url("metrics", "/metrics")],
        patience=120,
    )
    assert [finding for finding in findings if not finding.ok] == []
    received = next(finding for finding in findings if finding.check == "each report in one matter")
    expected = {each.truth.source_id for each in day.sent if each.truth.expect == "accepted"}
    assert received.compared == len(expected)
