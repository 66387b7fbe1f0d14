"""One of every event of a matter, each field filled: for whatever must have words for all of them."""

from datetime import timedelta
from typing import Any

from shared import events as e
from shared.divisions import Tier
from shared.matter import Desk, Grade, Ground, Session, SessionKind, State, Visit, Way
from shared.reasons import Reason
from tests.builders import a_deadline
from tests.journal import DESK, SHEET, START, a_position

TOWN = Desk(division="331122100", body="town_centre", role="综治中心主任")
COUNTY = Desk(division="331122", body="county_centre", role="综治中心主任")
DUE = a_deadline(START + timedelta(days=1), why="due then: one day from then", why_zh="到期：自此起1日")
STEP = e.FastDue(step=e.FastStep.ARRIVE, at=START + timedelta(minutes=3))
SESSION = Session(kind=SessionKind.MEDIATION, venue="tea_room", at=START + timedelta(days=2))
SECRET = "别人的话"
"""What somebody wrote; nobody but the desks may see it."""

FACTS: dict[str, Any] = {
    "matter_id": "331122-r0",
    "county": "331122",
    "number": 2,
    "at": START,
    "position": a_position(State.ROUTED, START + timedelta(days=1)),
    "previous": "",
    "action_id": "a1",
    "by": "331122100201:village_committee",
    "report_id": "r9",
    "grade": Grade.SMALL,
    "sheet": SHEET,
    "because": (),
    "policy": "p",
    "reports": 2,
    "score": 0.9,
    "title": SECRET,
    "text": SECRET,
    "source": "grid",
    "way": Way.HANDLED,
    "outcome": SECRET,
    "visit": Visit(reached=True, resolved=True, satisfied=False),
    "reason": Reason.LIMIT_PASSED,
    "from_tier": Tier.VILLAGE,
    "from_desk": DESK,
    "ground": Ground.NOT_OUR_SUBJECT,
    "note": SECRET,
    "row": "categories.x.desks.village",
    "hops": 1,
    "call": "a1",
    "department": COUNTY,
    "call_due": DUE,
    "order": 7,
    "missed": DUE,
    "rating": 4,
    "remaining": 1,
    "into": "331122-r8",
    "other": "331122-r8",
    "confirmed": True,
    "session_id": "s1",
    "session": SESSION,
    "record": SECRET,
    "resource": "repair_team",
    "to": DESK,
    "due": DUE,
    "year": 2027,
    "before": DUE,
    "copied_to": TOWN,
    "notice": 3,
    "desks": (TOWN, COUNTY),
    "dues": (STEP,),
    "step": e.FastStep.ARRIVE,
    "command": COUNTY,
    "words": ("有人受困",),
    "danger": ("有人受困",),
    "to_visit": ("r1", "r8"),
    "evidence": (e.Because("words", "similarity 0.7"),),
    "other_title": SECRET,
    "other_text": SECRET,
    "from_grade": Grade.SMALL,
    "from_category": "other.unclear",
    "guesses": (e.Guess("environment.noise", 0.4, ("噪音",)),),
    "voices": 2,
    "voice": "v",
    "confidential": True,
}
ODD: dict[type[e.MatterEvent], dict[str, Any]] = {
    e.MatterMerged: {"reports": ("r9",)},
    e.FastAnswered: {"missed": True},
    e.FastLate: {"missed": STEP},
}


def an_event(kind: type[e.MatterEvent], **changes: Any) -> e.MatterEvent:
    facts = FACTS | ODD.get(kind, {}) | changes
    return kind(**{name: facts[name] for name in kind.__struct_fields__ if name in facts})


EVERY = [an_event(kind) for kind in e.MATTER_EVENTS]
