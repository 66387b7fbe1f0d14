"""What a resident may do to the matter of their report: a body in, an action for the bus or a refusal out."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from services.intake.rules import explain
from services.intake.rules.explain import Problem
from services.intake.rules.screen import Refusal, tree_of
from shared import topics, wire
from shared.matter import Action, ActionKind, Session, Value
from shared.reasons import Reason
from shared.wire import Out

SOURCE = b"/xiaoshi/intake"
ACTION_TYPE = b"org.xiaoshi.action.taken"
NEEDS: Mapping[ActionKind, tuple[str, ...]] = MappingProxyType(
    {
        ActionKind.ESCALATE: (),
        ActionKind.COMMENT: ("outcome",),
        ActionKind.RATE: ("rating",),
        ActionKind.WITHDRAW: (),
        ActionKind.REOPEN: (),
        ActionKind.RESUME: (),
        ActionKind.BOOK: ("session",),
    }
)
"""The kinds that are residents' too, each with what it asks for."""


class Asked(Value, frozen=True, kw_only=True):
    """What a resident sends. `action_id` is theirs, and is for one report: the same again counts once."""

    action_id: Annotated[str, Meta(min_length=1, max_length=64)]
    kind: ActionKind
    outcome: Annotated[str, Meta(max_length=2000)] | None = None
    rating: Annotated[int, Meta(ge=1, le=5)] | None = None
    session: Session | None = None


def asked_of(raw: bytes) -> Asked | Refusal:
    """All that is wrong with a body at once."""
    tree = tree_of(raw)
    if isinstance(tree, Refusal):
        return tree
    try:
        asked = msgspec.convert(tree, Asked)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return Refusal(tuple(explain.fields_of(tree, Asked)[1]))
    problems = tuple(_problems(asked))
    return Refusal(problems) if problems else asked


def action_of(asked: Asked, report_id: str, matter_id: str, county: str, now: datetime) -> Action:
    """On the bus its id begins with the report's, so that no resident's id can stand in for another's."""
    return Action(
        action_id=prefix_of(report_id) + asked.action_id,
        matter_id=matter_id,
        county=county,
        kind=asked.kind,
        at=now,
        report_id=report_id,
        outcome=asked.outcome,
        rating=asked.rating,
        session=asked.session,
    )


def prefix_of(report_id: str) -> str:
    """How the ids of a resident's actions begin: by it they are known as theirs."""
    return f"{report_id}/"


def out_of(action: Action, trace: bytes | None) -> Out:
    headers = [
        wire.SPECVERSION,
        ("ce_id", action.action_id.encode()),
        ("ce_type", ACTION_TYPE),
        ("ce_source", SOURCE),
        ("ce_time", action.at.isoformat().encode()),
        ("ce_subject", action.matter_id.encode()),
        ("ce_partitionkey", action.county.encode()),
        wire.CONTENT_TYPE,
    ]
    if trace is not None:
        headers.append(("traceparent", trace))
    key = action.county.encode()
    return Out(topics.RESIDENTS.name, None, key, wire.encode(action), headers, wire.millis(action.at))


def _problems(asked: Asked) -> Iterator[Problem]:
    if not asked.action_id.strip():
        yield Problem(Reason.FIELD_INVALID, "/action_id", "is blank")
    if asked.kind not in NEEDS:
        yield Problem(Reason.DESK_WRONG, "/kind", f"a desk's to do; a resident's are {', '.join(NEEDS)}")
    for name in NEEDS.get(asked.kind, ()):
        if getattr(asked, name) is None:
            yield Problem(Reason.FIELD_MISSING, f"/{name}", f"{asked.kind} needs it")
    if asked.kind is ActionKind.COMMENT and asked.outcome is not None and not asked.outcome.strip():
        yield Problem(Reason.FIELD_INVALID, "/outcome", "is blank")
