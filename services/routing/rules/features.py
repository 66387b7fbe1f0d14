"""What is compared of a report: drawn once from its words, kept in the state as long as something can join it."""

import re
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.routing.rules.troubles import WORDS
from shared.matter import Location, Report, Value

Slots = NDArray[np.uint16]

READ = 280  # characters of title and text: the rest of a long letter repeats or digresses
TITLE = 60  # characters of the title
NAMES = 8  # places named in the text alone
STEM = 4  # characters before an ending in which a name's stem is looked for
SLOTS = 1 << 16
BREAK = "\0"  # the slot of a pair that is no word, as one with a comma in it

SORTS = {
    "estate": "小区 新城 新村 花园 家园 花苑 嘉园 佳园 公寓 公馆 华庭 豪庭 雅苑 别墅 山庄 大厦 广场 大院 家属院 安置房 "
    "安置区 之城 国际城 国际 苑",
    "school": "学校 小学 中学 大学 学院 幼儿园 技校 职校 驾校",
    "road": "大道 路 街 巷",
    "shop": "饭店 餐馆 餐厅 宾馆 酒店 超市 药店 夜宵摊 烧烤店 茶馆 网吧 麻将馆 市场 集市 菜场 公园",
    "firm": "公司 集团 厂 合作社 养殖场 医院 卫生院",
    "village": "村 社区 组 屋场",
}
"""Endings of names, by sort of place: two names of one sort are two places unless their stems end alike."""
WAY = frozenset({"road", "shop"})
"""In a text these are told as the way there: what a report is about they name only in a title."""
SORT_OF = {ending: sort for sort, endings in SORTS.items() for ending in endings.split()}
_NO_NAME = (
    "的了在是有个我你他们这那某该本被把和与及或对为从到请求望给问将于之后前内外里上附近旁边周全各每整住"
    "市区县镇乡道栋楼户业主进出过通修建无没还同其两几条处"
)
_ENDING = re.compile("|".join(sorted(SORT_OF, key=lambda ending: (-len(ending), ending))))
_STEM = re.compile(f"[^{_NO_NAME}\u0000-\u4dff\ua000-\uffff]+$")
_COUNTED = re.compile("([0-9]{1,5}|[一二三四五六七八九十]{1,3})(?:栋|幢|号线|号楼|号|单元|期|路|组)")

# The slot of a pair is the mixed number of its first character, crossed with that of its second.
_CODES = np.arange(SLOTS, dtype=np.uint32)
_FIRST = ((_CODES * np.uint32(0x9E3779B1)) >> np.uint32(16)).astype(np.uint16)
_SECOND = ((_CODES * np.uint32(0x85EBCA6B)) >> np.uint32(16)).astype(np.uint16)
_FIRST_OF: list[int] = _FIRST.tolist()
_SECOND_OF: list[int] = _SECOND.tolist()
_LETTER = np.array([chr(code).isalnum() for code in range(SLOTS)], np.uint16)
# As characters the slots go round the surrogates, which are none.
SURROGATES = 0xD800
_LIFT = 0x800
_LIFTED = np.where(_CODES < SURROGATES, _CODES, _CODES + np.uint32(_LIFT)).astype("<u4")
CHARACTERS = SLOTS + _LIFT


class Features(Value, frozen=True):
    """All that is compared of a report.

    `words`: the pairs of neighbouring characters of title and text as sorted 16-bit slots. `named`: places in the
    title, `mentioned`: in the text alone, each as stem/ending. `numbers`: what is counted in the title, as in 3号线.
    `troubles`: what the title is about (the text, where the title does not say), `touched`: title and text, as bits.
    """

    county: str
    division: str
    at: datetime
    category: str | None = None
    reporter_ref: str | None = None
    about_body: str | None = None
    location: Location | None = None
    title: str = ""
    words: bytes = b""
    named: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    troubles: int = 0
    touched: int = 0


def features_of(report: Report, category: str | None, at: datetime) -> Features:
    """What is compared of a report of that category, received at that instant."""
    title = report.title[:TITLE]
    read = f"{title}\n{report.text}"[:READ]
    slots = pairs_of(read)
    named, mentioned = _names(read, len(title))
    troubles, touched = _troubles(read, slots, len(title))
    return Features(
        county=report.division[:6],
        division=report.division[:12],
        at=at,
        category=category,
        reporter_ref=report.reporter_ref,
        about_body=report.about_body,
        location=report.location,
        title=title,
        words=sorted_once(slots).tobytes(),
        named=named,
        mentioned=mentioned,
        numbers=tuple(found[0] for found in _COUNTED.finditer(title)),
        troubles=troubles or touched,
        touched=touched,
    )


def pairs_of(text: str) -> Slots:
    """The slot of every two neighbouring characters, in order; `BREAK` where one of them is no letter or digit."""
    codes = np.frombuffer(text.encode("utf-16-le", "replace"), np.uint16)
    slots: Slots = _FIRST.take(codes[:-1])
    slots ^= _SECOND.take(codes[1:])
    letters = _LETTER.take(codes)
    slots *= letters[:-1]
    slots *= letters[1:]
    return slots


def words_of(slots: Slots) -> str:
    """Each slot as one character: in a string Python finds one of a few hundred faster than in any array."""
    return _LIFTED.take(slots).tobytes().decode("utf-32-le")


def codes_of(words: str) -> NDArray[np.uint32]:
    """The code of each character of `words_of`, below `CHARACTERS`."""
    return np.frombuffer(words.encode("utf-32-le"), "<u4")


def pairs_in(text: str) -> str:
    """What `pairs_of` says of a short text, as characters."""
    if text and max(text) > "\uffff":
        return words_of(pairs_of(text))
    return "".join(map(word_of, text, text[1:]))


@lru_cache(maxsize=1 << 16)
def word_of(first: str, second: str) -> str:
    """The slot of one pair of characters of the basic plane, as a character."""
    if not (first.isalnum() and second.isalnum()):
        return BREAK
    slot = _FIRST_OF[ord(first)] ^ _SECOND_OF[ord(second)]
    return chr(slot if slot < SURROGATES else slot + _LIFT)


def sorted_once(slots: Slots) -> Slots:
    """Each slot once, without breaks."""
    words = np.empty(len(slots) + 1, np.uint16)
    words[0] = 0  # of a break, the least: what follows and differs from the one before it is a word
    words[1:] = slots
    words.sort()
    found: Slots = words[1:][words[1:] != words[:-1]]
    return found


def _names(read: str, title: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Places in the title, and those in the text alone."""
    named: dict[str, None] = {}
    mentioned: dict[str, None] = {}
    for found in _ENDING.finditer(read):
        start = found.start()
        if start < 2 or read[start - 1] in _NO_NAME or read[start - 2] in _NO_NAME:
            continue
        if (name := _STEM.search(read, max(0, start - STEM), start)) and len(name[0]) >= 2:
            into = named if found.end() <= title else mentioned
            into[f"{name[0]}/{found[0]}"] = None
            if len(mentioned) == NAMES:
                break
    return tuple(named), tuple(name for name in mentioned if name not in named)


def _troubles(read: str, slots: Slots, title: int) -> tuple[int, int]:
    """What title, and title and text, speak of."""
    titled = touched = 0
    for at in _SPEAKS.take(slots).nonzero()[0].tolist():
        if (bits := WORDS.get(read[at : at + 2])) is not None:
            touched |= bits
            if at < title:
                titled |= bits
    return titled, touched


_SPEAKS = np.zeros(SLOTS, np.bool_)
_SPEAKS[np.concatenate([pairs_of(word) for word in WORDS])] = True
