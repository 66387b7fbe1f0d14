"""The names of a county's or city's divisions, as they are looked for in the words of a report."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

from shared import division_names, divisions
from shared.catalogue import Policy
from shared.divisions import Division, Level

AREAS = 64  # kept at a time; a city of 5,265 divisions takes 2 MB, a county of 638 a sixth of it

_SETTLED = "(?:村|社区|嘎查)*"
_PEOPLES = "(?:.{1,4}?族){0,3}"
ENDING = re.compile(
    f"(?P<community>{_SETTLED}(?:居民委员会|居委会|居委|社区委员会|社区))"
    f"|(?P<village>{_SETTLED}(?:村民委员会|村民委会|村委会|村委|嘎查委员会|嘎查委会|嘎查|村))"
    "|(?P<street>街道办事处|街道办|街道|办事处)"
    f"|(?P<township>{_PEOPLES}乡|苏木)"
    f"|(?P<town>{_PEOPLES}镇)"
    f"|(?P<county>{_PEOPLES}自治[县州旗]|县|旗(?![舰袍帜])|区(?![别分间])|市(?![场政民])|州|地区|盟)"
)
"""What may follow a stem and say of what kind it is; the group is the kind, as `division_names.split` calls it."""

SETTLED = frozenset({"village", "community"})
_TOWNS = frozenset({"street", "township", "town"})
_COUNTIES = frozenset({"county", "banner", "district", "city", "prefecture"})
_ALIKE = {kind: kinds for kinds in (SETTLED, _TOWNS, _COUNTIES) for kind in kinds}
"""The kinds that can be written for a kind: a township becomes a town, a village a community."""

_AT_LEVEL = {
    Level.VILLAGE: SETTLED,
    Level.TOWN: _TOWNS,
    Level.COUNTY: _COUNTIES,
    Level.CITY: _COUNTIES,
}
# Places that are called by what they are: there is one everywhere.
_NO_NAME = re.compile(
    "(?:国营|国有|第?[一二三四五六七八九十]+)?.{0,2}(?:场|所|队|库|圃|矿)"
    "|(?:经济|技术|高新|产业|工业|循环|农业|科技|示范|现代|生态|旅游|文化|物流)*(?:开发区|园区|新区|城区|园|区)"
)


class Name(NamedTuple):
    """What a stem stands for: `complete` without any ending, or `written` with one of a kind.

    `is_common`: it only says what sort of place it is.
    """

    words: str
    complete: tuple[str, ...]
    written: dict[str, tuple[str, ...]]
    towns: tuple[str, ...]
    villages: tuple[str, ...]
    of_policy: bool
    is_common: bool


class Names(NamedTuple):
    """The names of an area by their first two characters. `starts` finds where one may begin, and reads fast."""

    starts: re.Pattern[str]
    by_pair: dict[str, tuple[Name, ...]]


@lru_cache(maxsize=AREAS)
def names_of(area: str, policy: Policy | None) -> Names:
    """The names of a county or city, of what is below and of what is above it."""
    meanings: defaultdict[tuple[str, bool], dict[tuple[str, str], None]] = defaultdict(dict)
    pairs: defaultdict[str, set[tuple[str, bool]]] = defaultdict(set)
    path = [divisions.find(code) for code in (area, *divisions.ancestors(area)) if len(code) > 2]
    for each in chain(path, divisions.descendants(area)):
        for stem, kind, written in _spellings(each, path[0].name):
            meanings[stem, False][each.code, kind] = None
            pairs[written[:2]].add((stem, False))
    for name, code in policy.file.places.items() if policy is not None else ():
        if code.startswith(area):
            folded = division_names.fold(name)
            meanings[folded, True][code, ""] = None
            pairs[folded[:2]].add((folded, True))
    names = {key: _name(*key, tuple(found)) for key, found in meanings.items()}
    first, second = ("".join(map(re.escape, sorted(set(each)))) for each in zip(*pairs, strict=True))
    return Names(
        starts=re.compile(f"[{first}](?=[{second}])"),
        by_pair={pair: tuple(names[key] for key in sorted(keys)) for pair, keys in pairs.items()},
    )


def _name(words: str, of_policy: bool, meanings: tuple[tuple[str, str], ...]) -> Name:
    """A written ending narrows to its kind, where there is one of it."""
    written = {}
    for kind, alike in _ALIKE.items():
        codes = tuple(code for code, each in meanings if each == kind)
        written[kind] = codes or tuple(code for code, each in meanings if each in alike)
    return Name(
        words=words,
        complete=tuple(code for code, kind in meanings if not kind),
        written={kind: codes for kind, codes in written.items() if codes},
        towns=tuple(code for code, _ in meanings if len(code) == 9),
        villages=tuple(code for code, _ in meanings if len(code) == 12),
        of_policy=of_policy,
        is_common=not of_policy and _NO_NAME.fullmatch(words) is not None,
    )


@cache
def cities() -> frozenset[str]:
    """The country's cities without their ending: 石家庄 is one, whatever village has that name."""
    codes = (city for province in divisions.provinces() for city in divisions.children(province))
    return frozenset(division_names.split(divisions.find(city).name)[0] for city in codes)


def _spellings(division: Division, county: str) -> Iterator[tuple[str, str, str]]:
    """A name's stem and the kind of its ending, and how it starts; again without its county's name before it."""
    name = division_names.fold(division.name)
    if name in division_names.PLACEHOLDERS:
        return
    stem, kind = division_names.split(name)
    if not kind:  # 龙山社区委员会
        stem, kind = division_names.split(name.removesuffix("委员会"))
    if kind in _AT_LEVEL[division.level]:
        # 新村村民委员会 is the committee of 新村, 宋村委会 that of 宋村.
        if len(stem) == 1 and name[1] == "村" and ENDING.fullmatch(name, 2):
            stem += "村"
        yield stem, kind, name
        return
    yield name, "", name
    for prefix in (county, division_names.split(county)[0]):
        if len(prefix) > 1 and name.startswith(prefix) and len(name) - len(prefix) > 3:  # 蓝山荆竹林场
            yield name.removeprefix(prefix), "", name.removeprefix(prefix)
            return
