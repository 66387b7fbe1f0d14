"""One report under the contract's names: what the text says and what the form was filled in with."""

from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any, NamedTuple

from xiaoshi.simulator import places
from xiaoshi.simulator.matters import Matter, subject
from xiaoshi.simulator.places import Village
from xiaoshi.simulator.telling import tell

Tree = dict[str, Any]

# How often a source's form gives a fact that is known.
_FACTS = {"grid": 0.8, "hotline": 0.5, "app": 0.3}
_CONTACT = {"grid": 0.5, "hotline": 0.9, "app": 0.6}
_PHOTOS = {"grid": 0.5, "hotline": 0.02, "app": 0.35}
_NO_CATEGORY = {"grid": 0.0, "hotline": 0.12, "app": 0.05}
_NO_VILLAGE = {"grid": 0.0, "hotline": 0.15, "app": 0.02}
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_ANSWERS = (
    ("是否同意回访", ("同意", "不同意")),
    ("方便联系的时间", ("上午", "下午", "晚上七点后")),
    ("是否首次反映", ("首次", "第二次", "多次")),
)


class Telling(NamedTuple):
    """The nth report of a matter. `alone`: nobody else tells of it, so it may well be incomplete."""

    matter: Matter
    source: str
    nth: int
    alone: bool


def report_of(
    telling: Telling, kind: str, source_id: str, at: datetime, villages: tuple[Village, ...], chance: Random
) -> Tree:
    """`kind` is the matter's category in Chinese."""
    matter, source, nth, _ = telling
    title, text = tell(matter, kind, source, nth)
    tree: Tree = {
        "source_id": source_id,
        "reported_at": at.isoformat(),
        "division": _division(telling, chance),
        "title": title,
        "text": text,
        "category": matter.category,
    }
    if telling.alone and chance.random() < _NO_CATEGORY[source]:
        del tree["category"]
    tree |= _facts(matter, source, chance)
    tree |= _around(matter, source, source_id, at, chance)
    if matter.category.startswith(("dispute.", "village.collective")) and chance.random() < 0.08:
        tree["other_divisions"] = [places.elsewhere(matter.village, villages, chance)]
    return tree | _reporter(telling, chance)


def _division(telling: Telling, chance: Random) -> str:
    """Grid workers know their cell, most others the village; an operator at times only the town or less."""
    village = telling.matter.village
    if telling.source == "grid" and chance.random() < 0.6:
        return f"{village.code}{chance.randint(1, 12):03d}"
    if telling.alone and chance.random() < _NO_VILLAGE[telling.source]:
        county = village.code[:6]
        return chance.choices((village.town, county, county[:4] + "00"), (5, 4, 1))[0]
    return village.code


def _facts(matter: Matter, source: str, chance: Random) -> Tree:
    known: Tree = {
        "people_involved": matter.people,
        "money_at_stake": matter.money,
        "injury": matter.injury or None,
        "danger_now": matter.danger or None,
    }
    if (tier := subject(matter.category).about) is not None:
        known["about_body"] = matter.village.town if tier == "town" else matter.village.code
    # Danger and the body complained about are always said; the other facts as often as the form asks for them.
    always = {"danger_now", "about_body"}
    return {
        name: fact
        for name, fact in known.items()
        if fact is not None and (name in always or chance.random() < _FACTS[source])
    }


def _around(matter: Matter, source: str, source_id: str, at: datetime, chance: Random) -> Tree:
    """When and where, with pictures and answers. No coordinates: none of a village are known, and none are made up."""
    around: Tree = {}
    if chance.random() < 0.3:
        around["occurred_at"] = (at - timedelta(minutes=chance.randrange(1, 2880))).isoformat()
    if chance.random() < 0.5:
        around["location"] = {"address": f"{matter.village.town_name}{matter.village.name}{matter.thing}"}
    if chance.random() < _PHOTOS[source]:
        count = chance.randint(1, 3)
        around["attachments"] = [
            f"https://photos.example.org/{source_id}/{n}.jpg" for n in range(1, count + 1)
        ]
    if source != "grid" and chance.random() < 0.2:
        asked = chance.sample(_ANSWERS, chance.randint(1, 2))
        around["answers"] = {question: chance.choice(answers) for question, answers in asked}
    return around


def _reporter(telling: Telling, chance: Random) -> Tree:
    """Contact data that are plainly nobody's, so that sealing and answering have something to work on."""
    told: Tree = {}
    if chance.random() < _CONTACT[telling.source]:
        phone = f"199-0000-{chance.randrange(10_000):04d}"
        name = "测试" + "".join(chance.choices(_STEMS, k=2))
        told["reporter"] = {"phone": phone} if chance.random() < 0.3 else {"name": name, "phone": phone}
    if chance.random() < 0.5:
        # Now and then the same person tells again over another source.
        who = 0 if chance.random() < 0.15 else telling.nth
        digest = blake2b(f"{telling.matter.seed}|{who}".encode(), digest_size=6).hexdigest()
        told["reporter_ref"] = f"r-{digest}"
    return told
