"""The code tree (行政区划): parents, tiers and names, from the statistics bureau's codes of 2023.

A code is 2 digits for a province, 4 city, 6 county, 9 town, 12 village, 15 grid (网格); its ancestors are
its prefixes. Nothing is read at import: the first question opens the archive, each city is read when asked for.
Every function takes any form that `normalise` takes and refuses the rest with `UnknownDivisionError`.
"""

import enum
import io
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

import msgspec

from shared import division_names
from shared.errors import NoDivisionAtTierError, UnknownDivisionError

ARCHIVE = Path(__file__).with_name("divisions.zip")

NOWHERE = "900101"
"""A county that is none (巡检县), of one village, for synthetic reports: no code of the bureau begins with 90."""
_NOWHERE = {"90": "巡检省", "9001": "巡检市", NOWHERE: "巡检县"}
_BELOW_NOWHERE = {"001": "巡检镇", "001001": "巡检村"}


class Tier(enum.StrEnum):
    """Where a matter can be settled (层级), in rising order."""

    VILLAGE = "village"
    TOWN = "town"
    COUNTY = "county"
    CITY = "city"


_TIERS = tuple(Tier)
_RANKS = {tier: rank for rank, tier in enumerate(_TIERS)}


def rank(tier: Tier) -> int:
    """0 for the village up to 3 for the city."""
    return _RANKS[tier]


def above(tier: Tier) -> Tier | None:
    """The next tier up; None above the city."""
    return _TIERS[_RANKS[tier] + 1] if tier is not _TIERS[-1] else None


class Level(enum.StrEnum):
    """What a code names. A province is a level but no tier; a grid has the tier of its village."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"
    GRID = "grid"


_LEVELS = {
    2: Level.PROVINCE,
    4: Level.CITY,
    6: Level.COUNTY,
    9: Level.TOWN,
    12: Level.VILLAGE,
    15: Level.GRID,
}
_WIDTHS = tuple(sorted(_LEVELS, reverse=True))
_TIER_OF_WIDTH = {4: Tier.CITY, 6: Tier.COUNTY, 9: Tier.TOWN, 12: Tier.VILLAGE, 15: Tier.VILLAGE}
_WIDTH_OF_TIER = {Tier.CITY: 4, Tier.COUNTY: 6, Tier.TOWN: 9, Tier.VILLAGE: 12}


class Division(msgspec.Struct, frozen=True, gc=False):
    """A node of the tree. `name` is the bureau's own; a grid has none there and is called by its number."""

    code: str
    name: str
    level: Level


@lru_cache(maxsize=1 << 16)
def normalise(code: str) -> str:
    """The one form of a code the tree uses, without padding: `430900` is `4309`, `430981000000` `430981`.

    A code the tree holds is never shortened: `441900` stays the county that stands in for a city without any.
    A grid is known when its village is: its three digits are free, and 000 means the village itself.
    """
    width = len(code)
    if width not in _LEVELS:
        raise _unknown(code)
    if _name(code) is not None:
        return code
    for shorter in _WIDTHS:
        if shorter < width and not code[shorter:].strip("0") and _name(code[:shorter]) is not None:
            return code[:shorter]
    if width == 15 and code.isascii() and code.isdigit() and _name(code[:12]) is not None:
        return code
    raise _unknown(code)


@lru_cache(maxsize=1 << 16)
def find(code: str) -> Division:
    """The division of a code; its `code` is the normalised one."""
    known = normalise(code)
    return Division(known, _name(known) or f"{known[12:]}网格", _LEVELS[len(known)])


def parent(code: str) -> str | None:
    """The code one level up; None for a province."""
    return next(iter(ancestors(code)), None)


def ancestors(code: str) -> tuple[str, ...]:
    """All codes above, the nearest first, the province last."""
    known = normalise(code)
    return tuple(known[:width] for width in _WIDTHS if width < len(known))


def provinces() -> tuple[str, ...]:
    """The codes at the top of the country's tree."""
    return tuple(code for code in _upper() if len(code) == 2 and code not in _NOWHERE)


@lru_cache(maxsize=4096)
def children(code: str) -> tuple[str, ...]:
    """The codes one level down, rising; empty for a village, whose grids the tree does not list."""
    known = normalise(code)
    if len(known) < 6:
        return _upper_children()[known]
    county, tail = known[:6], known[6:]
    deeper = len(tail) + 3
    return tuple(county + key for key in _lower(county) if len(key) == deeper and key.startswith(tail))


def descendants(code: str) -> Iterator[Division]:
    """Everything below a code, in rising order of codes; each county right before its towns."""
    known = normalise(code)
    if len(known) < 6:
        for other, name in _upper().items():
            if other.startswith(known) and other != known:
                yield Division(other, name, _LEVELS[len(other)])
                if len(other) == 6:
                    yield from _under_county(other, "")
    else:
        yield from _under_county(known[:6], known[6:])


def tier_of(code: str) -> Tier | None:
    """The tier of a division; None for a province, which is no tier. A grid has its village's."""
    return _TIER_OF_WIDTH.get(len(normalise(code)))


def at_tier(code: str, tier: Tier) -> str:
    """The ancestor at a tier, or the code itself; refuses a division above it with `NoDivisionAtTierError`.

    The city of a municipality or of a county directly under its province is the bureau's placeholder
    (1101 市辖区, 4290 省直辖县级行政区划): a place in the tree with no office of its own.
    """
    known = normalise(code)
    width = _WIDTH_OF_TIER[tier]
    if len(known) < width:
        raise NoDivisionAtTierError(
            f"{known} {full_name(known)} lies above the {tier} tier: give a lower code"
        )
    return known[:width]


def county_of(code: str) -> str:
    """The six-digit county key of a code; a city keeps its own key in the prefecture form, `430900`.

    Refuses a province with `NoDivisionAtTierError`: no county or city answers for it.
    """
    known = normalise(code)
    if len(known) >= 6:
        return known[:6]
    if len(known) == 4:
        return known + "00"
    raise NoDivisionAtTierError(
        f"{known} {full_name(known)} is a province, above all counties: give a lower code"
    )


def lowest_common(codes: Iterable[str]) -> str | None:
    """The lowest division that holds all of them, one of them perhaps; None if they are in two provinces."""
    known = [normalise(code) for code in codes]
    if not known:
        raise ValueError("the lowest common division of no codes is not defined")
    first, last = min(known), max(known)
    for width in _WIDTHS:
        if last.startswith(first[:width]):
            return first[:width]
    return None


def full_name(code: str) -> str:
    """The names from the province down, as 湖南省益阳市沅江市琼湖街道.

    Left out on the way: the bureau's placeholders, and a name that only repeats the one above it.
    """
    known = normalise(code)
    path = [find(each).name for each in (*reversed(ancestors(known)), known)]
    kept = [name for name in path[:-1] if name not in division_names.PLACEHOLDERS]
    return "".join(name for name, _ in groupby([*kept, path[-1]]))


def lookup(name: str, within: str) -> tuple[Division, ...]:
    """The divisions below `within` that a written name can mean, by code: none, one, or all if ambiguous.

    Endings for the same thing are equal (社区, 居委会, 社区居民委员会), and one that is left out fits all. A
    written one narrows to its kind where that leaves a match: 城关镇 is not 城关乡; 普丰村 may be 普丰社区.
    """
    area = normalise(within)
    written = division_names.fold(name)
    stem, kind = division_names.split(written)
    found = sorted({code for key in (stem, written) for code in _named(key, area)})
    matches = tuple(find(code) for code in found)
    same = tuple(each for each in matches if kind and division_names.split(each.name) == (stem, kind))
    return same or matches


def _named(stem: str, area: str) -> Iterator[str]:
    yield from (code for code in _upper_stems().get(stem, ()) if code.startswith(area) and code != area)
    counties = [area[:6]] if len(area) >= 6 else [code for code in _upper() if len(code) == 6]
    for county in counties:
        if county.startswith(area[:6]):
            codes = _lower_stems(county).get(stem, ())
            yield from (code for code in codes if code.startswith(area) and code != area)


def _under_county(county: str, tail: str) -> Iterator[Division]:
    town, village = Level.TOWN, Level.VILLAGE
    # A list per county, not a step per village: it halves the time of a walk over the country.
    yield from [
        Division(county + key, name, town if len(key) == 3 else village)
        for key, name in _lower(county).items()
        if key.startswith(tail) and key != tail
    ]


def _unknown(code: str) -> UnknownDivisionError:
    shorter = (code[:width] for width in _WIDTHS if width < len(code))
    nearest = next((each for each in shorter if _name(each) is not None), None)
    known = (
        f"its nearest known ancestor is {nearest} {full_name(nearest)}" if nearest else "nor has any ancestor"
    )
    return UnknownDivisionError(f"no division (行政区划) has the code {code!r}; {known}")


def _name(code: str) -> str | None:
    """The bureau's name of exactly this code; None for a grid and for what the tree does not hold."""
    upper = _upper()
    county = code[:6]
    if len(code) <= 6:
        return upper.get(code)
    return _lower(county).get(code[6:]) if county in upper else None


def _lower(county: str) -> dict[str, str]:
    """Names by the digits after a known county's six; the counties of a city are read together."""
    return _city(county[:4])[county]


@cache
def _archive() -> zipfile.ZipFile:
    # From memory: an open file would have to be closed by somebody, and one per city would be slow.
    return zipfile.ZipFile(io.BytesIO(ARCHIVE.read_bytes()))


@cache
def _upper() -> dict[str, str]:
    """Names of all provinces, cities and counties, rising; last what is nowhere."""
    words = _archive().read("upper.txt").decode().split()
    return dict(zip(words[::2], words[1::2], strict=True)) | _NOWHERE


@cache
def _upper_children() -> dict[str, tuple[str, ...]]:
    """The cities of each province and the counties of each city; every one has some."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for code in _upper():
        if len(code) > 2:
            below[code[:-2]].append(code)
    return {code: tuple(codes) for code, codes in below.items()}


@cache
def _city(code: str) -> dict[str, dict[str, str]]:
    if code in _NOWHERE:
        return {NOWHERE: _BELOW_NOWHERE}
    counties = {}
    for block in _archive().read(f"{code}.txt").decode().split("\n\n"):
        county, *words = block.split()
        # The same few thousand tails recur in every county: interned, a village costs little but its name.
        counties[county] = dict(zip(map(sys.intern, words[::2]), words[1::2], strict=True))
    return counties


@cache
def _upper_stems() -> dict[str, tuple[str, ...]]:
    return division_names.by_stem(_upper().items())


@lru_cache(maxsize=512)
def _lower_stems(county: str) -> dict[str, tuple[str, ...]]:
    return division_names.by_stem((county + key, name) for key, name in _lower(county).items())
