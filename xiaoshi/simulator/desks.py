"""How desks and residents act on what their county's topic tells: pure answers, and what each must lead to.

Every step follows from the event, its position and what was heard before of the matter. At some tiers a desk stays
idle, so that the limit passes and the matter rises.
"""

from datetime import timedelta
from random import Random

from shared import events as e
from shared.catalogue import Policy
from shared.matter import Action, State
from shared.reasons import Reason
from xiaoshi.simulator import habits
from xiaoshi.simulator.beside import answers, at_work
from xiaoshi.simulator.dice import dice
from xiaoshi.simulator.heard import Heard, after
from xiaoshi.simulator.residents import wishes
from xiaoshi.simulator.scene import PLANTED, Scene
from xiaoshi.simulator.turns import turn
from xiaoshi.simulator.wrong import too_late, wrong

# After anything else the matter stays where it was: whoever acts has already been told.
_MOVING = (
    e.MatterOpened,
    e.MatterAccepted,
    e.MatterStarted,
    e.MatterResolved,
    e.MatterVisited,
    e.MatterReopened,
    e.MatterEscalated,
    e.NoticeAnnounced,
    e.MatterReturned,
    e.DispatchUpheld,
    e.MatterRedispatched,
    e.MatterTransferred,
    e.MatterSentDown,
    e.MatterPaused,
    e.MatterResumed,
    e.HandedToCourt,
    e.WishMatched,
    e.MatterCategorised,
)
# At these, too, somebody may do something wrong.
_OCCASIONS = (e.MatterRated, e.FastEnded, e.ExtensionRefused, e.MatterClosed)
# The work itself has begun, or goes on.
_WORKING = (e.MatterStarted, e.MatterResumed, e.WishMatched)
_DAY = timedelta(days=1)

_Like = tuple[str, str, str | None, bool]


class Desks:
    """All desks and residents of a county as one follower of its topic; remembers what each matter has come to."""

    def __init__(self, seed: int, policy: Policy) -> None:
        self._seed = seed
        self._policy = policy
        self._known: dict[str, Heard] = {}
        self._latest: dict[_Like, str] = {}

    def hear(self, event: e.Event) -> tuple[Action, ...]:
        """What they do because of this event, in the order of time."""
        if not isinstance(event, e.MatterEvent):
            return ()
        before = self._known.get(event.matter_id)
        known = after(before, event)
        if known is None:
            return ()
        self._known[event.matter_id] = known
        like = self._like(event.matter_id, known) if isinstance(event, e.MatterOpened) else None
        return plan(Scene(event, known, self._policy, self._seed, like, _is_back(before, event)))

    def _like(self, matter_id: str, known: Heard) -> str | None:
        """The last open matter of the same kind in the same town: perhaps the same, thinks a person."""
        kind = (known.sheet.category, known.sheet.division[:9], known.about_body, known.confidential)
        other, self._latest[kind] = self._latest.get(kind), matter_id
        return other if other is not None and not self._known[other].ended else None


def plan(scene: Scene) -> tuple[Action, ...]:
    """What is done because of this event, in the order of time; nothing for events that ask for nothing."""
    planned = [*answers(scene), *wishes(scene)]
    asks = isinstance(scene.event, _MOVING) or scene.is_back or _is_one_more_to_visit(scene)
    if asks and not _idles(scene):
        planned += _work(scene)
    if asks or isinstance(scene.event, _OCCASIONS):
        planned += [*wrong(scene), *too_late(scene)]
    return tuple(sorted(planned, key=lambda action: action.at))


def expected_answer(action: Action) -> Reason:
    """What a planned action must lead to, if it is in time: `by_action`, or the reason of its refusal.

    The same action id sent again must lead to nothing at all.
    """
    if not action.action_id.startswith(PLANTED):
        return Reason.BY_ACTION
    return Reason(action.action_id.removeprefix(PLANTED).split("-", 1)[0])


def _work(scene: Scene) -> list[Action]:
    aside = list(at_work(scene)) if isinstance(scene.event, _WORKING) else []
    waits = min(scene.room, _DAY) / 2
    step = turn(scene, after=max((action.at + waits for action in aside), default=None))
    if step is None:
        return aside
    return [*aside, step, *_again(step, scene.chance("again"))]


def _idles(scene: Scene) -> bool:
    """Whether the desk lets the limit pass: decided once a tier, before accepting or while the work is due."""
    turn_of = habits.TURNS.get(scene.position.state)
    if turn_of is None or isinstance(scene.event, e.NoticeAnnounced):
        return False
    tier = scene.position.tier
    chance = dice("idle", scene.seed, scene.event.matter_id, tier)
    settles = chance.random() < habits.SETTLED[tier]
    return not settles and turn_of.usual is chance.choice(habits.STALLS)


def _again(step: Action, chance: Random) -> tuple[Action, ...]:
    """The centre's client sends the same action twice; the second must be answered by nothing."""
    return (step,) if chance.random() < habits.SENT_TWICE else ()


def _is_one_more_to_visit(scene: Scene) -> bool:
    """Somebody reports it when the others have been asked already."""
    event = scene.event
    if not isinstance(event, e.MatterJoined) or event.position.state is not State.VISITED:
        return False
    return scene.known.to_visit[-1:] == (event.report_id,)


def _is_back(before: Heard | None, event: e.MatterEvent) -> bool:
    """A matter that had been merged is one again: whoever holds it has to act."""
    return before is not None and before.ended and isinstance(event, e.MatterSplit)
