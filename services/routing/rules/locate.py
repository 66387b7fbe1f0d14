"""Where a report's words say it is: the division they name, within what its source says."""

import enum
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from services.routing.rules.place_names import ENDING, Name, Names, cities, names_of
from shared import division_names, divisions
from shared.catalogue import Policy
from shared.errors import UnknownDivisionError
from shared.events import Because
from shared.matter import Value

CANDIDATES = 20
CHARACTERS = 10_000  # more than intake admits; a normal form can be eighteen times as long


class Rule(enum.StrEnum):
    """The closed list of rules that can stand in a row of what was located."""

    NAME_WRITTEN = "name_written"  # whole, or with an ending for its kind
    NAME_BARE = "name_bare"  # without an ending, and long enough to be nothing else
    NAME_BESIDE = "name_beside"  # without an ending, right beside the name it belongs with
    NAME_OF_POLICY = "name_of_policy"
    # what took a name's weight away: it is then a candidate, if nothing better is named
    OUTSIDE = "after_another_name"
    ASIDE = "home_or_work"
    PART = "part_of_longer_name"


_DOUBTS = frozenset({Rule.OUTSIDE, Rule.PART})


class Located(Value, frozen=True):
    """What the words of a report say of its place.

    `division`: the lowest one that holds all they name; None where they say no more than `within` does.
    `candidates`: what they may mean, if that is more than one or not sure; a person chooses.
    """

    division: str | None = None
    candidates: tuple[str, ...] = ()
    because: tuple[Because, ...] = ()


class _Hit(NamedTuple):
    """A name in the text and what it can mean.

    `short`: two characters, or no ending: it counts where a name can begin. `leaning`: only beside a name that counts.
    """

    start: int
    end: int
    codes: tuple[str, ...]
    rule: Rule
    short: bool = False
    leaning: bool = False


# What a village name of three characters or more must end in to stand alone: land, not a thing of every place.
_LAND = tuple("庄沟湾坪冲塘岭坝坳屯堡营寨洲埠垸垭岗峪坨圩町溪铺汊凼坡垄畈坞厝墩")
_WORDS = frozenset({"分水岭"})
# What a town's may not: it is as well a road, a station or the like.
_THINGS = tuple("路街道巷站院馆校园厂局店城区市所司村门场部会心处")
# What villages are sorted (the group) and praised by, whatever they are called.
_SORTS = re.compile(
    "((?:城中|上下|自然|行政)村)|(?:文明|示范|生态|先进|模范|特色)村|(?:文明|和谐|示范|智慧)社区"
)

# A stem goes on to the left (上和平村 is not 和平村), unless the character ends a word of its own.
_LONGER = frozenset("上下大小东西南北新老前后中内外")
_ENDS_WORD = re.compile(
    r"(?:[早晚街路村镇乡县市山楼车河桥岸边网线身班马]上|以[上下前后内外]|[山楼桥乡地]下|[之目日]前|[今之然最随]后"
    r"|[其当]中|\W[东西南北中])$"
)
# Before these a name of two characters begins; before others it may be the end of a longer one.
_CLEAR_LEFT = frozenset(
    "在住到去往于由从自至来是的们和与及或跟同对给向把将被让请问映诉报达经过离近该我你他省县市区镇乡道处村路边家为关当据就"
    "称说叫找见用年月日号天午晚人员民组队有个位望求谢议告现址看入了着"
)
_CLEARLY_LEFT = frozenset("在住到去往于由从们")
_CLEAR_RIGHT = re.compile(
    r"$|[^一-鿿\w]|第?[\d一二三四五六七八九十]+[组队社号屯栋]|[组队屯的有里内这那这没出发]|附近|旁边|路[口段灯面]|村民|居民|群众"
)
_NAMED_AFTER = re.compile(
    "[东西南北中]?(?:路(?![灯口面边段])|街(?![上口])|大道|巷)|小区|花园|公寓|大厦|酒店|公司|集团|厂|水库"
)
_OFFICES = re.compile(
    "派出所|司法所|卫生院|中心卫生院|中心小学|中心校|镇政府|乡政府|政府|供电所|财政所|敬老院|集镇"
)
# A division before a name that is not one of this area's; 我们镇 and 管理区 are none.
_OUR = "全本该各我们这那"
_OTHER_BEFORE = re.compile(
    f"(?:(?<![{_OUR}乡集])镇|(?<![{_OUR}家老城下返回])乡|(?<![{_OUR}])(?:街道|办事处|县)"
    f"|(?<![{_OUR}城超夜门上下])市|(?<![{_OUR}小社园城地片辖山湖灾校景理发业新])区)$"
)
_ODD_FORM = re.compile(
    r"[\u2e80-\u2fdf\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0002f800-\U0002fa1f]"
)
_HOME_BEFORE = re.compile("(?:老家|户口|户籍|籍贯|祖籍|原籍|娘家|出生|嫁)(?:[都就也]?[是在到于])?$")
_WORK_AFTER = re.compile("(?:里|这边|那边)?(?:上班|打工|务工|上学|读书|做生意|工作(?![人组队日]))")


def locate(title: str, text: str, within: str, policy: Policy | None = None) -> Located:
    """The division below `within` that title and text name; `policy` gives estates, roads and schools.

    Total: words that name nothing give nothing, and so does a `within` that is a village, a province or unknown.
    A name of several places gives them as candidates, unless the text also names a division with only one of them.
    """
    try:
        area = divisions.normalise(within)
    except UnknownDivisionError:
        return Located()
    if not 4 <= len(area) < 12:
        return Located()
    words = f"{_folded(title)}。{_folded(text)}"
    hits = _hits(words, names_of(area[:6], policy))
    return _decided(words, area, hits) if hits else Located()


def _folded(text: str) -> str:
    """As `division_names.fold`, whose normal form costs more than all the rest, where a name could differ by it."""
    if _ODD_FORM.search(text):
        return division_names.fold(text)[:CHARACTERS]
    return "".join(text.split()).replace("（", "(").replace("）", ")")


def _decided(words: str, area: str, hits: list[_Hit]) -> Located:
    sure: list[_Hit] = []
    doubtful: list[_Hit] = []
    for run in _runs(hits):
        aside = _is_aside(words, run)
        for hit in _in_their_places(words, run):
            if hit.rule in _DOUBTS:
                doubtful.append(hit)
            elif aside:
                doubtful.append(hit._replace(rule=Rule.ASIDE))
            else:
                sure.append(hit)
    named = _below(area, _narrowed(words, area, sure))
    if named:
        codes = _lowest(named)
        if len(codes) == 1:
            return Located(division=codes[0], because=_rows(words, named))
        common = divisions.lowest_common(codes) or area
        return Located(
            division=common if len(common) > len(area) else None,
            candidates=codes[:CANDIDATES],
            because=_rows(words, named),
        )
    guessed = _below(area, _narrowed(words, area, doubtful))
    return Located(candidates=_lowest(guessed)[:CANDIDATES], because=_rows(words, guessed))


def _rows(words: str, hits: list[_Hit]) -> tuple[Because, ...]:
    """One row for each name and what it means, in the order of the text."""
    rows = (Because(rule=hit.rule, fact=f"{words[hit.start : hit.end]}: {_meant(hit)}") for hit in hits)
    return tuple(dict.fromkeys(rows))[:CANDIDATES]


def _meant(hit: _Hit) -> str:
    return hit.codes[0] if len(hit.codes) == 1 else f"one of {len(hit.codes)}"


def _below(area: str, hits: Iterable[_Hit]) -> list[_Hit]:
    """The hits as far as they lie below the area."""
    inside = []
    for hit in hits:
        codes = tuple(code for code in hit.codes if code.startswith(area) and code != area)
        if codes:
            inside.append(hit if codes == hit.codes else hit._replace(codes=codes))
    return inside


def _narrowed(words: str, area: str, hits: list[_Hit]) -> Iterator[_Hit]:
    """Names of several places, narrowed to those in a division that the text names as well."""
    uppers = set(_lowest([hit for hit in hits if len(hit.codes) == 1 and len(hit.codes[0]) < 12]))
    for hit in hits:
        if len(hit.codes) == 1:
            yield hit
            continue
        codes = tuple(code for code in hit.codes if code.startswith(area)) or hit.codes
        fitting = tuple(code for code in codes if any(code.startswith(upper) for upper in uppers))
        yield hit._replace(codes=_exact(words[hit.start : hit.end], fitting or codes))


def _exact(written: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """In one town 花园社区居委会 and 花园社区居民委员会 are two; in two towns it is a matter of habit, not of names."""
    if len(codes) < 2 or len({code[:9] for code in codes}) > 1:
        return codes
    return tuple(code for code in codes if division_names.fold(divisions.find(code).name) == written) or codes


def _lowest(hits: Iterable[_Hit]) -> tuple[str, ...]:
    """The codes named, rising, without those that only lie above another."""
    codes = sorted({code for hit in hits for code in hit.codes})
    return tuple(code for code, after in pairwise([*codes, ""]) if not after.startswith(code))


def _runs(hits: list[_Hit]) -> list[list[_Hit]]:
    """Names that follow each other without a gap, as in an address."""
    runs: list[list[_Hit]] = []
    for hit in hits:
        if runs and runs[-1][-1].end == hit.start:
            runs[-1].append(hit)
        else:
            runs.append([hit])
    return runs


def _in_their_places(words: str, run: list[_Hit]) -> Iterator[_Hit]:
    """Each name of an address lies in the ones before it; one that does not is some other place of that name."""
    first = run[0]
    if first.rule is Rule.PART or _OTHER_BEFORE.search(words[max(0, first.start - 4) : first.start]):
        yield from (hit._replace(rule=Rule.OUTSIDE if hit.rule is not Rule.PART else hit.rule) for hit in run)
        return
    above: tuple[str, ...] = ()
    for hit in run:
        lower = tuple(
            code
            for code in hit.codes
            if all(len(upper) >= len(code) for upper in above) or code.startswith(above)
        )
        if lower:
            yield hit if lower == hit.codes else hit._replace(codes=lower)
        else:
            yield hit._replace(rule=Rule.OUTSIDE)
        if lower and all(len(code) < 12 for code in lower):
            above = lower


def _is_aside(words: str, run: list[_Hit]) -> bool:
    """Where somebody comes from or works is not where the matter is."""
    start, end = run[0].start, run[-1].end
    before = words[max(0, start - 6) : start]
    if _HOME_BEFORE.search(before):
        return True
    return before.endswith("在") and _WORK_AFTER.match(words, end) is not None


def _hits(words: str, names: Names) -> list[_Hit]:
    """The names in the text, the longest first where they overlap; in the order of the text."""
    read = [
        hit
        for found in names.starts.finditer(words)
        for name in names.by_pair.get(words[found.start() : found.start() + 2], ())
        if words.startswith(name.words, found.start())
        if (hit := _read(words, found.start(), name)) is not None
    ]
    sure = [hit for hit in read if not hit.leaning]
    if not sure:
        return []
    all_hits = sure + _supported(words, sure, [hit for hit in read if hit.leaning])
    ends = {hit.end for hit in all_hits}
    taken: set[int] = set()
    kept = []
    for hit in sorted(all_hits, key=_longest_first):
        span = range(hit.start, hit.end)
        if taken.isdisjoint(span):
            taken.update(span)
            whole = hit.start in ends or _begins(words, hit)
            kept.append(hit if whole else hit._replace(rule=Rule.PART))
    return sorted(kept, key=attrgetter("start"))


def _longest_first(hit: _Hit) -> tuple[int, bool, int]:
    """Of two that are as long, the policy's: whoever wrote it there knew the tree."""
    return hit.start - hit.end, hit.rule is not Rule.NAME_OF_POLICY, hit.start


def _read(words: str, start: int, name: Name) -> _Hit | None:
    """What a name means where it stands; None if the ending that follows makes it one of a kind that is not here."""
    end = start + len(name.words)
    if name.complete:
        rule = Rule.NAME_OF_POLICY if name.of_policy else Rule.NAME_WRITTEN
        return _Hit(start, end, name.complete, rule, leaning=name.is_common)
    ending = ENDING.match(words, end)
    if ending is None:
        return _read_bare(words, start, name) if len(name.words) > 1 else None
    codes = name.written.get(ending.lastgroup or "")
    if codes is None:
        return None
    short = len(name.words) == 2
    last = words[start - 1 : start]
    sort = _SORTS.fullmatch(words, start, ending.end())
    leaning = False
    if sort or len(name.words) == 1:
        leaning = last not in _CLEARLY_LEFT and (_is_han(last) or bool(sort and sort[1]))
    return _Hit(start, ending.end(), codes, Rule.NAME_WRITTEN, short, leaning)


def _read_bare(words: str, start: int, name: Name) -> _Hit:
    end = start + len(name.words)
    alone = len(name.words) > 2 and not _NAMED_AFTER.match(words, end)
    if name.towns and ((alone and not name.words.endswith(_THINGS)) or _OFFICES.match(words, end)):
        return _Hit(start, end, name.towns, Rule.NAME_BARE, short=True)
    proper = name.words.endswith(_LAND) and name.words not in _WORDS and name.words not in cities()
    if name.villages and alone and proper:
        return _Hit(start, end, name.villages, Rule.NAME_BARE, short=True)
    codes = tuple(sorted({code for each in name.written.values() for code in each}))
    return _Hit(start, end, codes, Rule.NAME_BESIDE, leaning=True)


def _supported(words: str, sure: list[_Hit], leaning: list[_Hit]) -> list[_Hit]:
    """The leaning names that stand right before one that lies in them, or right after one they lie in."""
    if not leaning:
        return []
    befores = {hit.end: hit.codes for hit in sure}
    afters = {hit.start: hit.codes for hit in sure}
    found = []
    for hit in reversed(leaning):
        lower, upper = afters.get(hit.end, ()), befores.get(hit.start, ())
        codes = tuple(code for code in hit.codes if any(c.startswith(code) and c != code for c in lower))
        if not codes and (hit.rule is not Rule.NAME_BESIDE or _CLEAR_RIGHT.match(words, hit.end)):
            codes = tuple(code for code in hit.codes if any(code.startswith(c) and c != code for c in upper))
        if codes:
            found.append(hit._replace(codes=codes))
            afters.setdefault(hit.start, codes)
    return found


def _begins(words: str, hit: _Hit) -> bool:
    """Whether the name begins where it was found, and is not the end of a longer one."""
    before = words[max(0, hit.start - 2) : hit.start]
    last = before[-1:]
    if last in _LONGER:
        return _ENDS_WORD.search(before) is not None
    return not hit.short or last in _CLEAR_LEFT or not _is_han(last)


def _is_han(character: str) -> bool:
    return "一" <= character <= "鿿"
