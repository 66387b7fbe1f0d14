"""Never home, through whole random lives: who is complained of neither has, gets, decides nor reads the complaint."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.escalation.rules.matter import Life
from services.escalation.rules.who import above_of, actor_of, centre_of
from shared import events as e
from shared import topics, wire
from shared.divisions import Tier, children, county_of, rank, tier_of
from shared.events import ActionRefused, Event, MatterEvent, MatterOpened
from shared.matter import ActionKind, Desk, key_of
from shared.reasons import Reason
from shared.topics import routed
from tests.builders import MONDAY, POLICY, VILLAGE, a_received, an_action, received_record
from tests.unit.escalation.lane import Lane, routing
from tests.unit.escalation.lives import Player, Step, lives

COUNTIES = ("430981", "441900", "110101", "429004", "460400", "540102")
CATEGORIES = sorted(POLICY.file.categories)
CONFIDENTIAL = sorted(POLICY.confidential)
BODIES = sorted(POLICY.file.bodies)
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def complaints(draw: st.DrawFn, categories: list[str] = CATEGORIES) -> dict[str, Any]:
    """A report about a body over its place or in it: one that has the category there, any other, or all of them."""
    county = draw(st.sampled_from(COUNTIES))
    town = draw(st.sampled_from(children(county)))
    village = draw(st.sampled_from(children(town) or (town,)))
    division = draw(st.sampled_from([village, village, town, county, county[:4]]))
    category = draw(st.sampled_from(categories))
    about = draw(st.sampled_from([village, town, county, county[:4]]))
    own = POLICY.bodies[category][tier_of(about) or Tier.CITY]
    commands = ["police_post", "emergency_command", POLICY.file.oversight, *POLICY.triage.values()]
    body = draw(st.sampled_from([own, own, *commands]) | st.sampled_from(BODIES) | st.none())
    return {
        "division": division,
        "category": category,
        "about_body": f"{about}:{body}" if body else about,
        "danger_now": draw(st.booleans()),
    }


def is_accused(about: str, desk: Desk) -> bool:
    """By hand: the body itself; of a whole division everybody in it and below, but who oversees it."""
    code, _, body = about.partition(":")
    if body:
        return (desk.division, desk.body) == (code, body)
    return desk.division.startswith(code) and desk.body != "city_oversight"


def desks_in(value: object) -> Iterator[Desk]:
    """Every desk an event names, wherever."""
    if isinstance(value, Desk):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from desks_in(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from desks_in(each)


def told(lane: Lane) -> Iterator[tuple[str, Event]]:
    """Everything on every topic, what routing opened included."""
    opened = [(record.topic, wire.decode(record.value)) for record in lane.records]
    yield from ((topic, event) for topic, event in opened if isinstance(event, MatterOpened))
    yield from ((out.topic, wire.decode(out.value)) for out in lane.outs)


def played(report: dict[str, Any], doings: list[Step]) -> Player:
    player = Player(MONDAY, **report)
    player.play(*doings)
    return player


@slow
@given(complaints(), lives)
def test_no_desk_in_a_life_is_the_body_complained_of(report: dict[str, Any], doings: list[Step]) -> None:
    about, player = report["about_body"], Player(MONDAY, **report)
    for step in [None, *doings]:
        if step is not None:
            player.play(step)
        for life in player.matters():
            if life.about_body is not None:
                _check_deciders(life, about)
    for _, event in told(player.lane):
        if isinstance(event, MatterEvent) and not event.matter_id.endswith("-none"):
            accused = [desk for desk in desks_in(event) if is_accused(about, desk)]
            assert not accused or _is_of_another(event, player)


def _is_of_another(event: MatterEvent, player: Player) -> bool:
    """A report matched by hand is about nobody: taken out, it is a matter of its own."""
    life = player.lane.escalation.state.get(event.matter_id)
    return not isinstance(life, Life) or life.about_body is None


def _check_deciders(life: Life, about: str) -> None:
    deciders = [centre_of(life, POLICY), *above_of(life, POLICY), life.position.desk]
    assert not [desk for desk in deciders if is_accused(about, desk)]
    key = about if ":" in about else f"{about}:{POLICY.triage[tier_of(about) or Tier.CITY]}"
    action = an_action(kind=ActionKind.COMMENT, desk=key, matter_id=life.matter_id, outcome="知悉")
    assert actor_of(action, life, POLICY, resident=False) == set()


@slow
@given(complaints(), lives)
def test_the_county_reads_nothing_of_a_complaint_about_a_body_of_its_own(
    report: dict[str, Any], doings: list[Step]
) -> None:
    player = played(report, doings)
    code = report["about_body"].partition(":")[0]
    county = county_of(report["division"])
    is_the_countys = len(code) == 6 and code == county and not county.endswith("00")
    for topic, event in told(player.lane):
        if topic != routed(county) or not is_the_countys:
            continue
        if isinstance(event, ActionRefused):
            assert (event.reason, event.state, event.holder) == (Reason.MATTER_UNKNOWN, None, None)
        else:
            assert isinstance(event, MatterEvent)
            assert _is_of_another(event, player)


@slow
@given(complaints(CONFIDENTIAL), st.booleans(), lives)
def test_what_is_confidential_is_known_at_the_county_and_above_only(
    report: dict[str, Any], about: bool, doings: list[Step]
) -> None:
    player = played(report if about else report | {"about_body": None}, doings)
    county = county_of(report["division"])
    mine = {life.matter_id for life in player.matters() if life.confidential}
    for topic, event in told(player.lane):
        assert topic in (topics.EVENTS.name, routed(county), routed(county[:4] + "00"))
        if isinstance(event, MatterEvent) and event.matter_id in mine:
            assert rank(event.position.tier) >= rank(Tier.COUNTY)
            assert not [desk for desk in desks_in(event) if len(desk.division) > 6]


@settings(slow, max_examples=200)
@given(complaints(), st.booleans())
def test_a_report_about_a_body_never_joins_a_matter_that_is_not_about_it(
    report: dict[str, Any], first: bool
) -> None:
    lane = routing()
    about = a_received(MONDAY, county_of(report["division"]), **report)
    plain = a_received(about.received_at, about.county, **(report | {"about_body": None, "source_id": "2"}))
    both = [about, plain] if first else [plain, about]
    for received in both:
        out, *_ = lane.feed(received_record(received)).outs
        assert isinstance(wire.decode(out.value), MatterOpened)


@pytest.mark.parametrize("category", ["city.street_light", "dispute.neighbour", "environment.noise"])
def test_a_complaint_about_the_desk_that_holds_the_same_matter_opens_its_own_above(category: str) -> None:
    lane = Lane(category=category)
    holder = lane.position.desk
    other = lane.report(source_id="2", category=category, about_body=key_of(holder))
    assert other != lane.matter_id
    assert holder.division == VILLAGE
    assert lane.life(other).position.tier is Tier.TOWN
    again = lane.report(source_id="3", category=category, about_body=key_of(holder))
    assert again == other
    assert isinstance(lane.act(ActionKind.JOIN, into=other)[0], e.ActionRefused)
