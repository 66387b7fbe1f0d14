"""Plans in the order of time: nobody acts before having heard, and each action goes by its own way."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from shared import events as e
from shared import topics
from shared.matter import Action
from shared.reasons import Reason
from shared.wire import Out, event_id
from tests.builders import MONDAY, POLICY
from tests.unit.xiaoshi.test_simulator_heard import OPENED
from xiaoshi.simulator.agenda import Agenda
from xiaoshi.simulator.desks import Desks

MANY = 200
LONG_AFTER = MONDAY + timedelta(days=30)


def opened(nth: int) -> e.MatterOpened:
    report_id = event_id(str(nth), "test")
    return replace(OPENED, matter_id=f"430981-{report_id}", report_id=report_id)


def an_agenda(now: datetime | None) -> Agenda:
    agenda = Agenda(Desks(1, POLICY))
    for n in range(MANY):
        agenda.hear(opened(n), now)
    return agenda


def action_of(out: Out) -> Action:
    return msgspec.json.decode(out.value or b"", type=Action)


def test_plans_are_sent_in_the_order_of_time() -> None:
    stamps = [out.timestamp for out in an_agenda(None).before(LONG_AFTER)]
    assert stamps
    assert stamps == sorted(stamps)


def test_an_action_is_sent_once_its_time_has_come_and_not_at_the_instant_itself() -> None:
    agenda = an_agenda(None)
    at = min(action_of(out).at for out in an_agenda(None).before(LONG_AFTER))
    assert list(agenda.before(at)) == []
    assert list(agenda.before(at + timedelta(microseconds=1)))


def test_who_hears_late_acts_no_earlier() -> None:
    heard = MONDAY + timedelta(hours=6)
    acts = [action_of(out).at for out in an_agenda(heard).before(LONG_AFTER)]
    assert min(acts) == heard
    assert min(action_of(out).at for out in an_agenda(None).before(LONG_AFTER)) < heard


def test_a_resident_has_a_topic_of_their_own() -> None:
    ways = {(action_of(out).desk is None, out.topic) for out in an_agenda(None).before(LONG_AFTER)}
    assert ways == {(True, topics.RESIDENTS.name), (False, topics.ACTIONS.name)}


def test_what_was_sent_is_kept_with_what_it_must_lead_to() -> None:
    agenda = an_agenda(None)
    sent = [action_of(out) for out in agenda.before(LONG_AFTER)]
    assert [each.action for each in agenda.acted] == sent
    assert {each.after for each in agenda.acted} == {OPENED.number}
    planted = {each.expect for each in agenda.acted if each.action.action_id.startswith("planted-")}
    assert planted
    assert Reason.BY_ACTION not in planted
