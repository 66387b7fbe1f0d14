"""What rules comes over the bus: a calendar announced and a policy adopted while services die."""

import signal
from datetime import date, timedelta

import pytest

from shared import catalogue, timeline, topics, wire
from shared.announced import Announcement, DayOff
from shared.catalogue import SHIPPED
from shared.events import CalendarAnnounced, DeadlineCorrected, MatterOpened, PolicyAdopted
from shared.log_reader import read_topic
from xiaoshi import rules
from xiaoshi.__main__ import main
from xiaoshi.drive import Drive
from xiaoshi.player import raw
from xiaoshi.simulator.day import make_day
from xiaoshi.system import System
from xiaoshi.verify import check_all

COUNTY, DAY = "430981", date(2026, 12, 30)
NEW_YEAR = Announcement(
    year=2027,
    off=(DayOff(day=date(2027, 1, 1), en="New Year's Day", zh="元旦"),),
    worked=(date(2027, 1, 2),),
    version="a notice made for this test",
)
TEXT = SHIPPED.read_text(encoding="utf-8")
ONE_DAY = "resolve: {village: 1 working day, town: 2"
LONGER = TEXT.replace(ONE_DAY, ONE_DAY.replace("1 working day", "3 working days"), 1)


def killed(system: System, name: str) -> None:
    system.children[name].signal(signal.SIGKILL)
    while system.children[name].is_running():
        pass
    assert system.revive() == [name]


@pytest.mark.live
def test_a_calendar_and_a_policy_take_their_place_in_every_lanes_order(system: System) -> None:
    policy, kafka = catalogue.load(), system.addresses.kafka
    sent = [each for each in make_day(COUNTY, DAY, 5, 160, policy).sent if each.road != "http"]
    drive = Drive(kafka, system.addresses.lanes)
    try:
        drive.send(map(raw, sent[: len(sent) // 2]))
        before = [wire.decode(r.value) for r in drive.settle() if r.topic == topics.EVENTS.name]
        provisional = {
            event.matter_id
            for event in before
            if isinstance(event, MatterOpened) and event.position.due and event.position.due.provisional
        }
        assert provisional
        assert rules.announce(kafka, CalendarAnnounced(announcement=NEW_YEAR)) == system.addresses.lanes
        killed(system, "escalation")
        drive.settle()
        version = catalogue.compiled(policy.file, LONGER).version
        assert rules.announce(kafka, PolicyAdopted(version=version, text=LONGER)) == system.addresses.lanes
        killed(system, "routing")
        drive.settle()
        drive.send(map(raw, sent[len(sent) // 2 :]))
        for hour in range(24 * 6):
            at = sent[-1].at + timedelta(hours=hour)
            drive.send(timeline.tick(at, lane) for lane in range(system.addresses.lanes))
        drive.settle()
    finally:
        drive.close()
    system.wait_ready()
    journal = [wire.decode(record.value) for record in read_topic(kafka, topics.EVENTS.name)]
    corrected = {event.matter_id for event in journal if isinstance(event, DeadlineCorrected)}
    assert corrected == provisional
    opened = [event for event in journal if isinstance(event, MatterOpened)]
    assert {event.policy for event in opened} == {policy.version, version}
    findings = check_all(
        kafka,
        policy=policy,
        metrics=[system.addresses.url("metrics", "/metrics")],
        mongo=system.addresses.mongo,
        patience=60,
    )
    assert [finding for finding in findings if not finding.ok] == []
    assert main(["audit", "--kafka", kafka, "--time", "driven"]) == 0
    assert main(["ledger", "check", "--mongo", system.addresses.mongo]) == 0
