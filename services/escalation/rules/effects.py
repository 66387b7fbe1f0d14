"""Which function does what each action of the table stands for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from services.escalation.rules import clocks, dispatch, fast, joining, meeting, settling
from services.escalation.rules.matter import Case
from shared.matter import Action, ActionKind
from shared.reasons import Reason

Effect = Callable[[Case, Action, str], Reason | None]
"""Says its events of the case, or gives the reason why it cannot be done; `str`: who acts."""

EFFECTS: Mapping[ActionKind, Effect] = MappingProxyType(
    {
        ActionKind.ACCEPT: settling.accept,
        ActionKind.START: settling.start,
        ActionKind.RESOLVE: settling.resolve,
        ActionKind.VISIT: settling.visit,
        ActionKind.CLOSE: settling.close,
        ActionKind.RETURN: dispatch.return_,
        ActionKind.UPHOLD: dispatch.uphold,
        ActionKind.REDISPATCH: dispatch.redispatch,
        ActionKind.TRANSFER: dispatch.transfer,
        ActionKind.COMMENT: meeting.comment,
        ActionKind.PAUSE: clocks.pause,
        ActionKind.RESUME: clocks.resume,
        ActionKind.ASK_EXTENSION: clocks.ask_extension,
        ActionKind.APPROVE_EXTENSION: clocks.approve_extension,
        ActionKind.REFUSE_EXTENSION: clocks.refuse_extension,
        ActionKind.WHISTLE: dispatch.whistle,
        ActionKind.ANSWER_WHISTLE: dispatch.answer_whistle,
        ActionKind.ESCALATE: dispatch.escalate,
        ActionKind.SEND_DOWN: dispatch.send_down,
        ActionKind.RATE: settling.rate,
        ActionKind.REOPEN: settling.reopen,
        ActionKind.WITHDRAW: joining.withdraw,
        ActionKind.TO_COURT: clocks.to_court,
        ActionKind.COURT_DECISION: settling.court_decision,
        ActionKind.BOOK: meeting.book,
        ActionKind.HOLD: meeting.hold,
        ActionKind.MISS: meeting.miss,
        ActionKind.GRANT_WISH: meeting.grant_wish,
        ActionKind.ACKNOWLEDGE: fast.answer_fast,
        ActionKind.ARRIVE: fast.answer_fast,
        ActionKind.SUPPORT: fast.answer_fast,
        ActionKind.STAND_DOWN: fast.stand_down,
        ActionKind.ALARM: fast.alarm,
        ActionKind.KEEP_APART: joining.keep_apart,
        ActionKind.CATEGORISE: dispatch.categorise,
    }
)
"""Joining and splitting take two matters: `services.escalation.rules.joining`."""
