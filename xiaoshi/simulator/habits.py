"""How desks and residents of a county act: how often, when, in which way. Assumptions, not measurements."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from random import Random
from types import MappingProxyType
from typing import NamedTuple

from shared import events as e
from shared.divisions import Tier
from shared.matter import ActionKind, Deadline, State, Visit, Way
from xiaoshi.simulator.sent import BEIJING

Shares = tuple[tuple[ActionKind, float], ...]
S, K = State, ActionKind

# Chosen so that about four fifths are settled by village and town, as the plans promise, and a few reach the city.
SETTLED = {Tier.VILLAGE: 0.88, Tier.TOWN: 0.90, Tier.COUNTY: 0.93, Tier.CITY: 0.80}
# Where an idle desk stops: it never accepts, or it accepts and never resolves.
STALLS = (ActionKind.ACCEPT, ActionKind.ACCEPT, ActionKind.RESOLVE)
TOO_LATE = 0.15
SENT_TWICE = 0.01


class Turn(NamedTuple):
    """Of a hundred matters in a state, in how many its desk does something else than the `usual`; None: nothing."""

    usual: ActionKind | None
    instead: Shares = ()


TURNS: Mapping[State, Turn] = MappingProxyType(
    {
        S.ROUTED: Turn(
            K.ACCEPT,
            ((K.GRANT_WISH, 0.7), (K.SEND_DOWN, 0.1), (K.RETURN, 0.05), (K.TRANSFER, 0.02), (K.JOIN, 0.03)),
        ),
        S.ACCEPTED: Turn(K.START, ((K.RESOLVE, 0.05), (K.PAUSE, 0.02))),
        S.IN_PROGRESS: Turn(K.RESOLVE, ((K.PAUSE, 0.1), (K.TO_COURT, 0.08), (K.TRANSFER, 0.01))),
        S.PAUSED: Turn(None, ((K.RESUME, 0.75),)),
        S.RETURNED: Turn(None, ((K.UPHOLD, 0.4), (K.REDISPATCH, 0.5))),
        S.IN_COURT: Turn(None, ((K.COURT_DECISION, 0.85),)),
        S.RESOLVED: Turn(K.VISIT),
        S.VISITED: Turn(K.CLOSE),
    }
)
# Beside the work that has begun; none of it moves the matter.
BESIDE: Shares = ((K.COMMENT, 0.1), (K.BOOK, 0.12), (K.WHISTLE, 0.06), (K.ASK_EXTENSION, 0.12))
# What comes back: a department's part, the tier above's word, a session; the rest never comes.
ANSWERED, ANSWERED_LATE = 0.7, 0.2
APPROVED, DENIED = 0.65, 0.25
HELD, MISSED = 0.8, 0.15
CONFIRMED = 0.7
# A report found to be of a matter is taken out again by a person; two matters joined by a person are two again.
TAKEN_OUT, PARTED = 0.02, 0.4
# Two matters perhaps the same, danger perhaps, a category perhaps: what people then say; the rest nobody answers.
FOUND_APART, FOUND_SAME = 0.5, 0.3
ALARMED = 0.4
SORTED = 0.7
# What residents do of their own, by what they have just heard.
RESIDENTS: Mapping[type[e.MatterEvent], Shares] = MappingProxyType(
    {
        e.MatterOpened: ((K.WITHDRAW, 0.015), (K.COMMENT, 0.03), (K.BOOK, 0.01)),
        e.MatterJoined: ((K.WITHDRAW, 0.03),),
        e.MatterUrged: ((K.ESCALATE, 0.04), (K.COMMENT, 0.03)),
        e.MatterStarted: ((K.ESCALATE, 0.01),),
        e.MatterVisited: ((K.RATE, 0.3),),
        e.MatterClosed: ((K.REOPEN, 0.02),),
    }
)
REOPENED_FROM_ABOVE = 0.005
RESUMED_BY_RESIDENT = 0.25
# How the fast lane is answered: in its minutes, too late, a false alarm, or never.
FAST_IN_TIME, FAST_LATE, FALSE_ALARM = 0.65, 0.12, 0.15
# Of all events that offer the occasion, the share at which a wrong action is planted; more where it is rare.
WRONG, WRONG_ON_RARE = 0.05, 0.4

_URGENT = timedelta(hours=12)
_UNLIMITED = timedelta(hours=4)
_OPENS, _SHUTS = time(8, 30), time(17, 30)

_MEDIATED = (Way.PEOPLES_MEDIATION, Way.PEOPLES_MEDIATION, Way.PEOPLES_MEDIATION, Way.ONLINE_MEDIATION)
_BY_SUBJECT: dict[str, tuple[Way, ...]] = {
    "dispute": _MEDIATED,
    "dispute.property_service": (Way.INDUSTRY_MEDIATION, Way.PEOPLES_MEDIATION),
    "dispute.housing_sale": (Way.INDUSTRY_MEDIATION, Way.ADMINISTRATIVE_MEDIATION),
    "dispute.traffic_damage": (Way.ADMINISTRATIVE_MEDIATION, Way.COURT_CONFIRMATION),
    "dispute.expropriation": (Way.ADMINISTRATIVE_MEDIATION,),
    "dispute.contract_debt": (Way.PEOPLES_MEDIATION, Way.COURT_CONFIRMATION, Way.JUDICIAL_MEDIATION),
    "dispute.marriage_family": (Way.PEOPLES_MEDIATION, Way.COUNSELLING),
    "labour": (Way.ADMINISTRATIVE_MEDIATION, Way.INDUSTRY_MEDIATION, Way.COURT_CONFIRMATION),
    "medical.dispute": (Way.INDUSTRY_MEDIATION,),
    "village.collective_land": (Way.PEOPLES_MEDIATION, Way.ADMINISTRATIVE_MEDIATION),
    "petition": (Way.ADMINISTRATIVE_MEDIATION, Way.HANDLED),
    "court": (Way.JUDICIAL_MEDIATION, Way.COURT_CONFIRMATION),
    "care.crisis": (Way.COUNSELLING,),
    "legal": (Way.HANDLED, Way.ONLINE_MEDIATION),
}
_BY_BODY = (("court", Way.JUDICIAL_MEDIATION), ("mediation", Way.PEOPLES_MEDIATION))
_OUTCOMES = {
    Way.PEOPLES_MEDIATION: ("双方达成口头协议，握手言和", "经调解达成书面协议，当场履行"),
    Way.ADMINISTRATIVE_MEDIATION: ("经主管部门调处，双方确认处理意见", "责令限期整改，双方签字认可"),
    Way.JUDICIAL_MEDIATION: ("经诉前调解达成协议",),
    Way.INDUSTRY_MEDIATION: ("行业调解员主持下达成协议", "按行业标准核定，双方接受"),
    Way.ONLINE_MEDIATION: ("视频调解，双方在线签字",),
    Way.COUNSELLING: ("已安排心理疏导，情绪稳定，后续有人陪伴",),
    Way.COURT_CONFIRMATION: ("达成协议并申请司法确认",),
    Way.HANDLED: ("已现场处理完毕", "已维修恢复正常，并回复反映人", "已核实并整改到位"),
}


def moment(since: datetime, due: Deadline | None, chance: Random) -> datetime:
    """When a desk acts: before the due, in office hours where the limit leaves room for it."""
    room = _UNLIMITED if due is None else due.at - since
    if room <= timedelta():
        return since
    share = chance.betavariate(1.6, 3.0)
    at = since + room * (0.1 + 0.75 * share)
    if room <= _URGENT:
        return at
    shifted = _in_office_hours(at, chance)
    return shifted if due is None or shifted < due.at else at


def soon(since: datetime, span: timedelta, chance: Random) -> datetime:
    """Between a twentieth and four fifths of a span from now."""
    return since + span * chance.uniform(0.05, 0.8)


def pick(shares: Shares, chance: Random) -> ActionKind | None:
    """One of them by its share; None: the rest."""
    left = chance.random()
    for kind, share in shares:
        left -= share
        if left < 0:
            return kind
    return None


def way(category: str | None, body: str, chance: Random) -> Way:
    """A way that fits the subject; a repair or a service is simply handled."""
    if category is None:
        return next((found for word, found in _BY_BODY if word in body), Way.HANDLED)
    return chance.choice(
        _BY_SUBJECT.get(category) or _BY_SUBJECT.get(category.partition(".")[0], (Way.HANDLED,))
    )


def outcome(chosen: Way, chance: Random) -> str:
    """A sentence of what came of it."""
    return chance.choice(_OUTCOMES[chosen])


def visit(chance: Random) -> Visit:
    """Most are reached and satisfied; a few percent are not, and their matter rises once more."""
    if chance.random() < 0.07:
        return Visit(reached=False)
    satisfied = chance.random() < 0.96
    return Visit(reached=True, resolved=satisfied or chance.random() < 0.4, satisfied=satisfied)


def rating(chance: Random) -> int:
    """Stars: mostly good, as those who rate at all rate."""
    return chance.choices((1, 2, 3, 4, 5), (3, 3, 8, 26, 60))[0]


def _in_office_hours(at: datetime, chance: Random) -> datetime:
    """The instant itself when the office is open, else some minutes after it next opens; holidays are not known."""
    local = at.astimezone(BEIJING)
    day = local.date()
    if local.time() >= _SHUTS:
        day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    opens = datetime.combine(day, _OPENS, BEIJING)
    return at if local >= opens else opens + timedelta(minutes=chance.randrange(1, 120))
