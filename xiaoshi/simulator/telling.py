"""How people tell of a matter: everybody in their own words, all naming the thing itself."""

from random import Random

from xiaoshi.simulator.dice import dice
from xiaoshi.simulator.matters import Matter, subject, tellings
from xiaoshi.simulator.places import Village

_TITLES = (
    "{said}",
    "{place}{said}",
    "关于{thing}的问题",
    "{said}，请处理",
    "反映{thing}{kind}问题",
    "{place}{thing}{kind}",
    "{kind}：{thing}",
)
_LINKS = {"grid": ("，", "，", "；"), "hotline": ("，", "。", "，"), "app": ("，", "。", "！", "，")}
_MISTYPED = (
    ("的", "得"),
    ("在", "再"),
    ("已经", "己经"),
    ("没有", "没得"),
    ("一直", "一值"),
    ("安装", "按装"),
    ("拖欠", "托欠"),
    ("吵", "炒"),
)
_TYPO_SHARE = 0.08


def tell(matter: Matter, kind: str, source: str, nth: int) -> tuple[str, str]:
    """Title and text of the nth report of a matter; `kind` is its category in Chinese."""
    chance = dice(matter.seed, "told", nth)
    said = _said(matter, nth, chance)
    title = chance.choice(_TITLES).format(
        said=said.partition("，")[0],
        place=matter.village.name,
        thing=matter.thing,
        kind=kind.partition("、")[0],
    )
    return title, _mistyped(_text(matter, said, source, chance), chance)


def _said(matter: Matter, nth: int, chance: Random) -> str:
    """One of the wordings; the first two tellers never use the same."""
    wordings = subject(matter.category).told[matter.trouble]
    start = dice(matter.seed).randrange(len(wordings))
    step = nth if nth < 2 else chance.randrange(len(wordings))
    return wordings[(start + step) % len(wordings)].format(o=matter.thing)


def _text(matter: Matter, said: str, source: str, chance: Random) -> str:
    words = tellings()
    common = words.groups.get(matter.category.partition(".")[0]) or words.groups["other"]
    details = [each for each in matter.details if chance.random() < 0.85]
    chance.shuffle(details)
    harm = chance.sample(common.harm, chance.choice((0, 1, 1, 2) if source != "grid" else (0, 0, 1)))
    wish = [chance.choice(common.ask)] if chance.random() < 0.85 else []
    core = [_placed(matter.village, said, source, chance), *details]
    clauses = chance.choice(
        (
            [*core, *harm, *wish],
            [*core, *harm, *wish],
            [core[0], *harm, *core[1:], *wish],
            [*wish, *core, *harm],
        )
    )
    asides = chance.sample(words.asides, chance.choice((0, 0, 0, 1, 2))) if source != "grid" else []
    link = _LINKS[source]
    flow = clauses[0] + "".join(chance.choice(link) + clause for clause in clauses[1:])
    return (
        chance.choice(words.openings[source])
        + flow
        + "。"
        + "".join(asides)
        + chance.choice(words.closings[source])
    )


def _placed(village: Village, said: str, source: str, chance: Random) -> str:
    full = village.town_name + village.name
    if source == "app":
        return chance.choice((f"我们{village.name}{said}", f"{village.name}，{said}", f"{full}{said}", said))
    return chance.choice((f"{full}{said}", f"{village.name}{said}", f"{full}，{said}"))


def _mistyped(text: str, chance: Random) -> str:
    for right, wrong in _MISTYPED:
        if right in text and chance.random() < _TYPO_SHARE:
            return text.replace(right, wrong, 1)
    return text
