"""kill -9 of the lanes while reports flow: nothing lost, nothing doubled; ledger and figures as the log."""

import signal
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from shared import catalogue, timeline
from shared.wire import Out
from xiaoshi.drive import Drive
from xiaoshi.observed import observation_out
from xiaoshi.player import Player, raw
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.files import write_acted, write_day
from xiaoshi.system import System
from xiaoshi.verify import check_all

COUNTY, DAY, REPORTS = "430981", date(2026, 3, 2), 5000
DAYS_AFTER = 4
CHUNK = 250
KILLED = ("routing", "escalation", "metrics")


SAID = [
    {"indicator": "sense_of_security", "publisher": "statistics bureau", "numerator": "1962"},
    {"indicator": "sense_of_security", "publisher": "survey office", "numerator": "1930"},
    {"indicator": "judgments_accepted", "publisher": "county court", "numerator": "1800"},
    {"indicator": "judgments_accepted", "publisher": "county court", "numerator": "1790", "revision": "2"},
]
"""Observed by others: one that two contradict, one that is corrected."""


def _observed(nth: int) -> Out:
    period = {"division": COUNTY, "period": "year", "start": "2025-01-01", "denominator": "2000"}
    return observation_out({**period, "at": "2026-03-02T09:00:00+08:00", **SAID[nth]}, nth)


def _killed(system: System, name: str) -> None:
    system.children[name].signal(signal.SIGKILL)
    while system.children[name].is_running():
        pass
    assert system.revive() == [name]


def _ticks(since: datetime, days: int, lanes: int) -> Iterator[list[Out]]:
    for hour in range(24 * days):
        yield [timeline.tick(since + timedelta(hours=hour), lane) for lane in range(lanes)]


@pytest.mark.live
def test_killing_the_lanes_loses_and_doubles_nothing(system: System) -> None:
    policy, chance = catalogue.load(), Random(7)
    day = make_day(COUNTY, DAY, seed=7, reports=REPORTS, policy=policy)
    outs = [raw(each) for each in day.sent if each.road != "http" or each.truth.expect != "refused"]
    drive = Drive(system.addresses.kafka, system.addresses.lanes)
    try:
        chunks = [outs[at : at + CHUNK] for at in range(0, len(outs), CHUNK)]
        doomed = set(chance.sample(range(1, len(chunks)), 6))
        for nth, chunk in enumerate(chunks):
            drive.send([*chunk, _observed(nth % len(SAID))])
            if nth in doomed:
                _killed(system, KILLED[system.revived % len(KILLED)])
        drive.settle()
        for nth, ticks in enumerate(_ticks(day.sent[-1].at, DAYS_AFTER, system.addresses.lanes)):
            drive.send(ticks)
            if nth in (30, 50, 80):
                _killed(system, "metrics" if nth == 50 else "escalation")
        drive.settle()
        assert system.revived == 9
    finally:
        drive.close()
    system.wait_ready()
    findings = check_all(
        system.addresses.kafka,
        policy=policy,
        metrics=[system.addresses.url("metrics", "/metrics")],
        mongo=system.addresses.mongo,
        patience=120,
    )
    assert [finding for finding in findings if not finding.ok] == []
    received = next(finding for finding in findings if finding.check == "each report in one matter")
    expected = {each.truth.source_id for each in day.sent if each.truth.expect == "accepted"}
    assert received.compared == len(expected)


class Deadly(Drive):
    """Kills a service while what was just sent is under way: after every so many sendings, in turn."""

    def __init__(self, system: System, every: int, most: int) -> None:
        super().__init__(system.addresses.kafka, system.addresses.lanes)
        self._system, self._every, self._most = system, every, most
        self._sendings = count(1)

    def send(self, outs: Iterable[Out]) -> None:
        super().send(outs)
        nth = next(self._sendings)
        if nth % self._every == 0 and self._system.revived < self._most:
            _killed(self._system, KILLED[self._system.revived % len(KILLED)])


@pytest.mark.live
def test_killing_them_while_all_that_a_matter_can_meet_goes_on_changes_nothing(
    system: System, tmp_path: Path
) -> None:
    """Actions of desks and residents, urges, limits and the fast lane; each action has exactly its answer."""
    policy, folder = catalogue.load(), tmp_path / "day"
    day = make_day(COUNTY, DAY, seed=11, reports=400, policy=policy)
    write_day(day, folder)
    drive = Deadly(system, every=17, most=8)
    try:
        player = Player(system.addresses, drive, day, Desks(11, policy))
        until = day.sent[-1].at + timedelta(days=8)
        played = player.play(timedelta(hours=1), timedelta(hours=4), until, lambda _: None)
    finally:
        drive.close()
    write_acted(played.acted, folder)
    system.wait_ready()
    assert system.revived == 8
    assert played.surprises == []
    findings = check_all(
        system.addresses.kafka,
        policy=policy,
        metrics=[system.addresses.url("metrics", "/metrics")],
        mongo=system.addresses.mongo,
        truth=folder,
        patience=120,
    )
    assert [finding for finding in findings if not finding.ok] == []
