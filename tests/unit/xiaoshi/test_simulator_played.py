"""A simulated day on the road in memory: the whole life of a matter is played, and all of it is answered as it must."""

import io
from collections.abc import Iterator
from functools import cache

import msgspec
import pytest
from rich.console import Console

from shared import events as e
from shared import topics, wire
from shared.matter import ActionKind
from shared.reasons import Reason
from tests.unit.xiaoshi.recorded import LANES, Play, played
from xiaoshi.simulator.sent import Acted
from xiaoshi.summary import SIDE_WAYS, Tally, print_day
from xiaoshi.verify.findings import Tally as Differences
from xiaoshi.verify.truth import compare_actions

SEEDS = (1, 2, 3)
# No calendar is announced in a simulated day, so no deadline is set right.
NEVER = {e.DeadlineCorrected}
# Whose lane answers an action for another county hangs on how many lanes there are.
NEVER_PLANTED = {Reason.COUNTY_WRONG}
REASONS = list(Reason)
REFUSALS = set(REASONS[REASONS.index(Reason.DESK_WRONG) : REASONS.index(Reason.NO_FAST_LANE) + 1]) | {
    Reason.LIMIT_PASSED
}


@cache
def a_play(seed: int) -> Play:
    return played(seed, reports=450, days=40)


def journal(play: Play) -> Iterator[e.Event]:
    for lane in range(LANES):
        for record in play.log.read(topics.EVENTS.name, lane):
            yield wire.decode(record.value)


def by_id(play: Play) -> dict[str, Acted]:
    return {each.action.action_id: each for each in play.agenda.acted}


def test_every_kind_of_action_is_played() -> None:
    right = {
        each.action.kind
        for seed in SEEDS
        for each in a_play(seed).agenda.acted
        if each.expect is Reason.BY_ACTION
    }
    assert right == set(ActionKind)


def test_every_event_of_a_matter_happens() -> None:
    assert {type(event) for seed in SEEDS for event in journal(a_play(seed))} >= set(e.MATTER_EVENTS) - NEVER


def test_every_reason_of_a_refusal_is_planted() -> None:
    planted = {each.expect for seed in SEEDS for each in a_play(seed).agenda.acted} - {Reason.BY_ACTION}
    assert planted == REFUSALS - NEVER_PLANTED


@pytest.mark.parametrize("seed", SEEDS)
def test_every_action_leads_to_what_it_must_or_came_late(seed: int) -> None:
    play, differences = a_play(seed), Differences("actions")
    late = compare_actions(by_id(play), play.log, differences)
    assert differences.examples == []
    assert 0 < late < len(play.agenda.acted) / 10


@pytest.mark.parametrize("seed", SEEDS)
def test_no_record_of_the_play_is_buried(seed: int) -> None:
    assert not [topic for topic, _ in a_play(seed).log.records if topic.endswith(".dead")]


def test_residents_act_through_their_own_topic() -> None:
    for out in a_play(1).sent:
        if out.topic in (topics.ACTIONS.name, topics.RESIDENTS.name):
            assert ("desk" in msgspec.json.decode(out.value or b"")) is (out.topic == topics.ACTIONS.name)


def test_the_same_seed_gives_the_same_bytes_and_another_other_ones() -> None:
    first, second, other = (played(seed, reports=60, days=3) for seed in (1, 1, 2))
    assert (first.log.records, first.agenda.acted) == (second.log.records, second.agenda.acted)
    assert first.agenda.acted != other.agenda.acted


def test_the_table_of_the_day_tells_what_happened() -> None:
    tally = Tally()
    for event in journal(a_play(1)):
        tally.hear(event)
    console = Console(file=io.StringIO(), width=160)
    print_day(tally, 450, 0, console)
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert all(name in told for name, _, _ in SIDE_WAYS)
    assert f"{tally.fast_in_time} steps in time" in told
    assert tally.fast_in_time > 0
