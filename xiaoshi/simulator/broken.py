"""Submissions that must be refused, and why: for every reason there is at least one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from shared.reasons import Reason

Tree = dict[str, Any]
_Break = Callable[[Tree, datetime, Random], Tree]

_NO_JSON = (
    lambda body: body[: len(body) // 2],
    lambda body: b"\xc3\x28" + body,
    lambda body: b"[" + body + b"]",
    lambda body: b"<report>" + body + b"</report>",
    lambda body: b"",
)
_DEEP = 40


def _without(name: str) -> _Break:
    return lambda tree, at, chance: {key: value for key, value in tree.items() if key != name}


def _set(**changes: Any) -> _Break:
    return lambda tree, at, chance: tree | changes


def _unknown_division(tree: Tree, at: datetime, chance: Random) -> Tree:
    return tree | {"division": tree["division"][:6] + chance.choice(("998", "997999", "00"))[:6]}


def _future(tree: Tree, at: datetime, chance: Random) -> Tree:
    ahead = chance.choice((timedelta(minutes=6), timedelta(hours=8), timedelta(days=365)))
    # it happens after it was reported; a report from the future itself needs a door with a clock of its own
    return tree | {"occurred_at": (at + ahead).isoformat()}


def _other_source(tree: Tree, at: datetime, chance: Random) -> Tree:
    return tree | {"source": chance.choice(("counter", "letter", "Grid"))}


def _deep(tree: Tree, at: datetime, chance: Random) -> Tree:
    inner: Any = "到底"
    for _ in range(_DEEP):
        inner = {"层": inner}
    return tree | {"answers": inner}


def _large(tree: Tree, at: datetime, chance: Random) -> Tree:
    return tree | {"text": tree["text"] + "详情如下。" * 5000}


_BREAKS: tuple[tuple[Reason, _Break], ...] = (
    (Reason.FIELD_INVALID, _without("title")),
    (Reason.FIELD_INVALID, _set(division="43")),
    (Reason.FIELD_INVALID, _set(division="430000")),
    (Reason.FIELD_INVALID, _set(people_involved="很多人")),
    (Reason.FIELD_INVALID, _set(injury="有一点")),
    (Reason.FIELD_INVALID, _set(title="  ")),
    (Reason.FIELD_INVALID, _set(reported_at="昨天下午")),
    (Reason.FIELD_INVALID, _set(location={"lat": 128.9, "lon": 112.3})),
    (Reason.FIELD_INVALID, _set(attachments=["ftp://photos.example.org/1.jpg"])),
    (Reason.FIELD_INVALID, _set(reporter={"sealed": "bm90IG91cnM="})),
    (Reason.FIELD_INVALID, _set(category="路灯")),
    (Reason.FIELD_UNKNOWN, _set(priority="urgent")),
    (Reason.FIELD_UNKNOWN, _set(reporter={"name": "测试甲", "email": "test@example.org"})),
    (Reason.DIVISION_UNKNOWN, _unknown_division),
    (Reason.DIVISION_UNKNOWN, _set(other_divisions=["990101"])),
    (Reason.CATEGORY_UNKNOWN, _set(category="city.streetlight")),
    (Reason.CATEGORY_UNKNOWN, _set(category="dispute.neighbor")),
    (Reason.SOURCE_MISMATCH, _other_source),
    (Reason.IN_THE_FUTURE, _future),
    (Reason.TOO_DEEP, _deep),
    (Reason.TOO_LARGE, _large),
)
REASONS = tuple(dict.fromkeys((Reason.NOT_JSON, *(reason for reason, _ in _BREAKS))))


def deck(count: int, chance: Random) -> list[int]:
    """Which kinds of break `count` submissions get: all of them in turn, in mixed order."""
    kinds = len(_BREAKS) + len(_NO_JSON)
    whole = [kind for _ in range(-(-count // kinds)) for kind in chance.sample(range(kinds), kinds)]
    return whole[:count]


def spoil(kind: int, tree: Tree, at: datetime, chance: Random) -> tuple[Reason, bytes]:
    """A good report with exactly one thing wrong."""
    if kind >= len(_BREAKS):
        return Reason.NOT_JSON, _NO_JSON[kind - len(_BREAKS)](msgspec.json.encode(tree))
    reason, break_it = _BREAKS[kind]
    return reason, msgspec.json.encode(break_it(tree, at, chance))
