"""The life of a matter, as one table: which action, in which states, by whom, and what it does to the clock.

The diagram in the documents is made from it, and a test walks every pair of state and action.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared import events as e
from shared.events import MatterEvent
from shared.matter import Action, ActionKind, Ground, State
from shared.reasons import Reason


class Who(enum.StrEnum):
    """Who an actor is to a matter; one desk can be several.

    `desk` answers for it; `offered` may accept or return it, and is the desk unless it was sent on to another.
    """

    DESK = "desk"
    OFFERED = "offered"
    CENTRE = "centre"
    ABOVE = "above"
    DEPARTMENT = "department"
    FORCE = "force"
    RESIDENT = "resident"


class Clock(enum.StrEnum):
    """What an action does to the next deadline. Nothing else moves one but a limit that passes."""

    KEPT = "as it was"
    ACCEPTED = "the tier's limit, as it was"
    REVIEW = "the centre's review, if it is before the tier's limit"
    DISPATCHED = "accepting, if it is before the tier's limit, which is as it was"
    STOPPED = "the end of the pause; the limit stands still"
    RUNS_ON = "the limit, with the time that was left"
    LATER = "the limit and the extension"
    VISIT = "the return visit"
    CLOSING = "the closing"
    ANEW = "the limit of the new tier"
    OVER = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """`to` None: the state stays. `needs`: fields of the action; `grounds`: those it may name, one is then needed.

    `others`: further reasons for which it can be refused, besides actor, state and fields. `also`: what else it can
    lead to, by what the action says.
    """

    kind: ActionKind
    states: frozenset[State]
    to: State | None
    who: frozenset[Who]
    clock: Clock
    event: type[MatterEvent]
    needs: tuple[str, ...] = ()
    grounds: frozenset[Ground] = frozenset()
    others: tuple[Reason, ...] = ()
    also: tuple[tuple[State | None, Clock, type[MatterEvent]], ...] = ()


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


def _by(*who: Who) -> frozenset[Who]:
    return frozenset(who)


S, K, W, C, R = State, ActionKind, Who, Clock, Reason
NEW = _states(S.ROUTED)
AT_WORK = _states(S.ACCEPTED, S.IN_PROGRESS)
UNSETTLED = NEW | AT_WORK
OPEN = UNSETTLED | _states(S.PAUSED, S.RETURNED, S.IN_COURT, S.RESOLVED, S.VISITED)
HOLDER, RESIDENT = _by(W.DESK), _by(W.RESIDENT)
OFFICES = _by(W.DESK, W.OFFERED, W.CENTRE, W.ABOVE)

ROWS: tuple[Row, ...] = (
    Row(K.ACCEPT, NEW, S.ACCEPTED, _by(W.OFFERED), C.ACCEPTED, e.MatterAccepted),
    Row(K.START, _states(S.ACCEPTED), S.IN_PROGRESS, HOLDER, C.KEPT, e.MatterStarted),
    Row(K.RESOLVE, AT_WORK, S.RESOLVED, HOLDER, C.VISIT, e.MatterResolved, needs=("way",)),
    Row(
        K.VISIT, _states(S.RESOLVED, S.VISITED), S.VISITED, _by(W.DESK, W.CENTRE, W.ABOVE), C.CLOSING,
        e.MatterVisited, needs=("visit",), others=(R.FIELD_MISSING, R.REPORT_NOT_OF_MATTER, R.ALREADY_DONE),
        also=((None, C.KEPT, e.MatterVisited), (S.ROUTED, C.ANEW, e.MatterReopened)),
    ),
    Row(K.CLOSE, _states(S.VISITED), S.CLOSED, HOLDER, C.OVER, e.MatterClosed, others=(R.VISIT_MISSING,)),
    # disputes about the dispatch
    Row(
        K.RETURN, UNSETTLED, S.RETURNED, _by(W.OFFERED), C.REVIEW, e.MatterReturned,
        grounds=frozenset({Ground.NOT_OUR_SUBJECT, Ground.NOT_OUR_AREA, Ground.NOT_IN_OUR_POWER, Ground.INCOMPLETE}),
        others=(R.HOPS_SPENT, R.TARGET_WRONG),
    ),
    Row(K.UPHOLD, _states(S.RETURNED), S.ROUTED, _by(W.CENTRE), C.DISPATCHED, e.DispatchUpheld),
    Row(
        K.REDISPATCH, _states(S.RETURNED), S.ROUTED, _by(W.CENTRE), C.DISPATCHED, e.MatterRedispatched,
        needs=("to",), others=(R.TARGET_WRONG,),
    ),
    Row(
        K.TRANSFER, UNSETTLED, S.ROUTED, _by(W.DESK, W.CENTRE, W.ABOVE), C.DISPATCHED, e.MatterTransferred,
        needs=("to",), others=(R.TARGET_WRONG, R.HOPS_SPENT),
    ),
    # the clock
    Row(
        K.PAUSE, AT_WORK, S.PAUSED, HOLDER, C.STOPPED, e.MatterPaused,
        grounds=frozenset({Ground.WAITS_FOR_RESIDENT, Ground.WAITS_FOR_EXPERT, Ground.WAITS_FOR_COURT}),
        others=(R.ALREADY_DONE,),
    ),
    Row(
        K.RESUME, _states(S.PAUSED), S.IN_PROGRESS, _by(W.DESK, W.CENTRE, W.ABOVE, W.RESIDENT), C.RUNS_ON,
        e.MatterResumed, others=(R.GROUND_WRONG,),
    ),
    Row(
        K.ASK_EXTENSION, AT_WORK, None, HOLDER, C.KEPT, e.ExtensionAsked,
        others=(R.ALREADY_DONE, R.LIMIT_PASSED),
    ),
    Row(
        K.APPROVE_EXTENSION, AT_WORK, None, _by(W.ABOVE), C.LATER, e.ExtensionApproved,
        others=(R.NOT_ASKED, R.LIMIT_PASSED),
    ),
    Row(
        K.REFUSE_EXTENSION, AT_WORK, None, _by(W.ABOVE), C.KEPT, e.ExtensionRefused,
        others=(R.NOT_ASKED, R.LIMIT_PASSED),
    ),
    # up and down
    Row(
        K.ESCALATE, OPEN, S.ROUTED, RESIDENT, C.ANEW, e.MatterEscalated, others=(R.AT_THE_TOP,),
    ),
    Row(
        K.SEND_DOWN, UNSETTLED, S.ROUTED, HOLDER, C.DISPATCHED, e.MatterSentDown,
        grounds=frozenset({Ground.CAN_BE_SETTLED_BELOW, Ground.ROSE_BY_MISTAKE}), others=(R.AT_THE_FLOOR,),
    ),
    Row(
        K.REOPEN, _states(S.CLOSED), S.ROUTED, _by(W.RESIDENT, W.ABOVE), C.ANEW, e.MatterReopened,
        others=(R.ALREADY_DONE, R.WINDOW_OVER),
    ),
    # others who help
    Row(
        K.WHISTLE, AT_WORK, None, HOLDER, C.KEPT, e.CohandlingCalled, needs=("to",),
        others=(R.TARGET_WRONG, R.ALREADY_DONE),
    ),
    Row(K.ANSWER_WHISTLE, OPEN, None, _by(W.DEPARTMENT), C.KEPT, e.CohandlingAnswered),
    Row(K.TO_COURT, AT_WORK, S.IN_COURT, HOLDER, C.STOPPED, e.HandedToCourt, others=(R.ALREADY_DONE,)),
    Row(
        K.COURT_DECISION, _states(S.IN_COURT), S.IN_PROGRESS, HOLDER, C.RUNS_ON, e.CourtDecided,
        needs=("confirmed",), also=((S.RESOLVED, C.VISIT, e.MatterResolved),),
    ),
    Row(
        K.GRANT_WISH, UNSETTLED, S.IN_PROGRESS, HOLDER, C.ACCEPTED, e.WishMatched, needs=("resource",),
        others=(R.TARGET_WRONG,),
    ),
    # words and meetings
    Row(K.COMMENT, OPEN, None, OFFICES | RESIDENT | _by(W.DEPARTMENT), C.KEPT, e.MatterCommented, needs=("outcome",)),
    Row(
        K.BOOK, OPEN, None, OFFICES | RESIDENT, C.KEPT, e.SessionBooked, needs=("session",),
        others=(R.TARGET_WRONG, R.INSTANT_WRONG),
    ),
    Row(K.HOLD, OPEN, None, OFFICES, C.KEPT, e.SessionHeld, needs=("session_id",), others=(R.NOT_ASKED,)),
    Row(K.MISS, OPEN, None, OFFICES, C.KEPT, e.SessionMissed, needs=("session_id",), others=(R.NOT_ASKED,)),
    Row(
        K.RATE, _states(S.VISITED, S.CLOSED), None, RESIDENT, C.KEPT, e.MatterRated, needs=("rating",),
        others=(R.ALREADY_DONE, R.WINDOW_OVER),
    ),
    # one matter or two
    Row(K.WITHDRAW, OPEN, S.WITHDRAWN, RESIDENT, C.OVER, e.MatterWithdrawn, also=((None, C.KEPT, e.MatterWithdrawn),)),
    Row(
        K.JOIN, UNSETTLED, S.MERGED, _by(W.DESK, W.CENTRE), C.OVER, e.MatterMerged, needs=("into",),
        others=(R.TARGET_WRONG,),
    ),
    Row(
        K.SPLIT, OPEN, None, _by(W.DESK, W.CENTRE, W.ABOVE), C.KEPT, e.MatterSplit, needs=("taken_out",),
        others=(R.REPORT_NOT_OF_MATTER, R.TARGET_WRONG),
    ),
    Row(K.KEEP_APART, OPEN, None, OFFICES, C.KEPT, e.MatterKeptApart, others=(R.NOT_ASKED,)),
    # what it is about
    Row(
        K.CATEGORISE, UNSETTLED, S.ROUTED, _by(W.DESK, W.CENTRE, W.ABOVE), C.DISPATCHED, e.MatterCategorised,
        needs=("category",), others=(R.TARGET_WRONG,),
        also=((None, C.KEPT, e.MatterCategorised), (S.ROUTED, C.ANEW, e.MatterCategorised)),
    ),
    # the fast lane beside it
    Row(K.ALARM, OPEN, None, OFFICES, C.KEPT, e.FastRaised, others=(R.ALREADY_DONE,)),
    Row(K.ACKNOWLEDGE, OPEN, None, _by(W.FORCE), C.KEPT, e.FastAnswered, others=(R.NO_FAST_LANE, R.ALREADY_DONE)),
    Row(K.ARRIVE, OPEN, None, _by(W.FORCE), C.KEPT, e.FastAnswered, others=(R.NO_FAST_LANE, R.ALREADY_DONE)),
    Row(K.SUPPORT, OPEN, None, _by(W.FORCE), C.KEPT, e.FastAnswered, others=(R.NO_FAST_LANE,)),
    Row(K.STAND_DOWN, OPEN, None, _by(W.FORCE), C.KEPT, e.FastEnded, others=(R.NO_FAST_LANE,)),
)  # fmt: skip
TABLE: Mapping[ActionKind, Row] = MappingProxyType({row.kind: row for row in ROWS})

_MISSING = {"way": Reason.WAY_MISSING, "visit": Reason.VISIT_MISSING}


def judge(action: Action, state: State, actor: frozenset[Who]) -> Row | Reason:
    """The row that applies, or why the action is refused. The first thing wrong is the reason given."""
    row = TABLE[action.kind]
    if not actor & row.who:
        return Reason.RESIDENT_ONLY if row.who == RESIDENT and action.desk else Reason.DESK_WRONG
    if state not in row.states:
        return Reason.STATE_WRONG
    for name in row.needs:
        if getattr(action, name) is None:
            return _MISSING.get(name, Reason.FIELD_MISSING)
    if row.grounds and action.ground not in row.grounds:
        return Reason.GROUND_WRONG
    return row
