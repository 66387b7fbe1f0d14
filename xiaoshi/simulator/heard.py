"""What the desks of a county remember of a matter from what their topic told: enough to know what may be done."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from shared import events as e
from shared.divisions import Tier
from shared.matter import ENDED, Ground, State


class Heard(Struct, frozen=True, kw_only=True):
    """A matter. `reports`: of residents who may speak for it, but for those whose came with a merged matter.

    Of the tier it is at: `hops` new dispatches, `paused` the grounds used, `extension` whether one was asked for.
    `to_visit`: reports of those the return visit has still to ask, `voices` how many people reported it.
    `calls`: departments called in and not there yet. `rated`: the reports whose residents have rated.
    """

    sheet: e.Sheet
    entry: Tier
    about_body: str | None
    confidential: bool
    reports: tuple[str, ...]
    state: State = State.ROUTED
    hops: int = 0
    paused: tuple[Ground, ...] = ()
    extension: bool = False
    reopened: bool = False
    calls: tuple[str, ...] = ()
    rated: tuple[str, ...] = ()
    to_visit: tuple[str, ...] = ()
    voices: int = 1

    @property
    def ended(self) -> bool:
        return self.state in ENDED


# A new step begins: what was used up at the tier may be used again.
_ANEW = (e.MatterEscalated, e.MatterReopened, e.MatterResolved, e.MatterVisited)


def after(known: Heard | None, event: e.MatterEvent) -> Heard | None:
    """The memory after an event; None of a matter whose opening was not heard."""
    if isinstance(event, e.MatterOpened):
        return Heard(
            sheet=event.sheet,
            entry=event.position.tier,
            about_body=event.about_body,
            confidential=event.confidential,
            reports=(event.report_id,),
            state=event.position.state,
        )
    if known is None:
        return None
    changes = _changes(known, event)
    if isinstance(event, _ANEW):
        changes |= {"hops": 0, "paused": (), "extension": False}
    if event.position.state in ENDED:
        changes["calls"] = ()
    return replace(known, state=event.position.state, **changes)


def _changes(known: Heard, event: e.MatterEvent) -> dict[str, Any]:
    match event:
        case e.MatterJoined(report_id=report, voices=voices):
            to_visit = (*known.to_visit, report) if voices > known.voices else known.to_visit
            reports = known.reports if event.merged_from else (*known.reports, report)
            return {"reports": reports, "to_visit": to_visit, "voices": voices}
        case e.MatterSplit(report_id=report, voices=voices) if known.state is not State.MERGED:
            return _gone(known, report) | {"voices": voices}
        case e.MatterWithdrawn(report_id=report):
            return _gone(known, report)
        case e.MatterResolved(to_visit=to_visit) | e.MatterVisited(to_visit=to_visit):
            return {"to_visit": to_visit}
        case e.MatterCategorised(sheet=sheet, confidential=confidential):
            return {"sheet": sheet, "confidential": confidential}
        case e.MatterRedispatched() | e.MatterTransferred():
            return {"hops": known.hops + 1}
        case e.MatterSentDown():
            return {"hops": 0}
        case e.MatterPaused(ground=ground):
            return {"paused": (*known.paused, ground)}
        case e.HandedToCourt():
            return {"paused": (*known.paused, Ground.WAITS_FOR_COURT)}
        case e.ExtensionAsked():
            return {"extension": True}
        case e.CohandlingCalled(department=department):
            return {"calls": (*known.calls, department.division)}
        case e.CohandlingAnswered(by=by):
            return {"calls": _without(known.calls, by.partition(":")[0])}
        case e.MatterRated(report_id=report):
            return {"rated": (*known.rated, report)}
        case e.MatterReopened():
            return {"reopened": True}
        case _:
            return {}


def _gone(known: Heard, report: str) -> dict[str, Any]:
    return {"reports": _without(known.reports, report), "to_visit": _without(known.to_visit, report)}


def _without(some: tuple[str, ...], gone: str) -> tuple[str, ...]:
    return tuple(each for each in some if each != gone)
