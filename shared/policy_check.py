"""Checking a policy file: every problem at once, each with its line.

Works on the plain tree, so that a wrong type in one row does not hide a missing desk in another.
"""

import re
import reprlib
import unicodedata
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from shared import divisions
from shared.division_names import fold
from shared.divisions import Tier
from shared.errors import UnknownDivisionError
from shared.matter import Grade

Path = tuple[str | int, ...]
Tree = Mapping[str, Any]

TIERS = tuple(tier.value for tier in Tier)
GRADES = tuple(grade.value for grade in Grade)
HAND_MADE = 8  # no part of a policy is nested deeper

# What a category may never be about (domain.md, "Lines that are not crossed"): belief, opinion, ethnicity,
# petition history, "key" persons, health, and lists of people. English stems are looked for at the start of a
# word of a code or name, with "." and "_" as spaces; Chinese anywhere, spaces removed. Strict on purpose: a word
# is here when a category with it would sort people and not matters. 信访 (petition) is not, 信访史 (petition
# history) is; 医疗 (medical) is not, 精神病人 (the mentally ill) is. A list finds words, not intentions.
FORBIDDEN_ENGLISH = (
    r"belief|believer|faith|religi|church|mosque|temple|sects?\b|cults?\b|christian|muslim|islam|buddhis|"
    r"opinion|ideolog|political (?:view|lean|attitude|stance)|dissident|activist|thoughts?\b|"
    r"ethnic|race\b|racial|minorit|nationalit|uy?gh?ur|tibetan|"
    r"petitioners?|petition (?:history|record|repeat|count|score)|(?:repeat|serial|habitual) petition|"
    r"key ?(?:person|people|group|individual|target|population)|special (?:person|people|group|population)|"
    r"(?:persons?|people) of (?:interest|concern)|watch ?list|black ?list|gr[ea]y ?list|profil|"
    r"stability (?:control|maint)|surveill|social credit|(?:person|citizen|resident) score|"
    r"(?:former|ex|released) ?(?:prisoner|convict|offender|inmate)|drug (?:user|addict)|addicts?\b|"
    r"mental(?:ly)? (?:ill|patient)|psychiatric patient"
)
FORBIDDEN_CHINESE = (
    "信仰|宗教|信教|教徒|邪教|教会|佛教|道教(?![育学师程])|清真寺|寺庙|伊斯兰|基督|天主教|法轮|"
    "言论|舆情|政见|观点|思想动态|意识形态|政治倾向|异见|"
    "民族|族裔|种族|族别|维吾尔|藏族|回族|"
    "(?:信|上)访(?:史|历史|记录|次数|人员|户|专业户|人|老户)|(?:重复|多次|越级)(?:信|上)?访|(?:缠|闹|老)访|非访(?!问)|访民|"
    "重点(?:人|对象|群体|关注|管控|稳控)|特殊(?:人群|人员|群体)|关注(?:人员|对象|人群)|高危人|"
    "维稳|稳控|布控|管控(?:人员|对象)|黑名单|灰名单|人员名单|画像|信用分|积分评级|"
    "刑满释放|刑释|社区矫正(?:人员|对象)|吸毒人员|涉毒人员|精神病|精神障碍(?:患者|人)|肇事肇祸"
)
_ENGLISH = re.compile(rf"\b(?:{FORBIDDEN_ENGLISH})")
_CHINESE = re.compile(FORBIDDEN_CHINESE)


class Problem(NamedTuple):
    """One thing wrong with a policy file."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return (
            f"line {self.line}: {self.path}: {self.message}"
            if self.path
            else f"line {self.line}: {self.message}"
        )


class Source:
    """A YAML text as plain values, with the line of everything in it."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {(): 1}
        self.problems: list[Problem] = []
        self.tree: Any = None
        self._seen: set[int] = set()
        try:
            self._loader = yaml.SafeLoader(text)
            node = self._loader.get_single_node()
            if node is not None:
                self.tree = self._plain(node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._add(mark.line + 1 if mark else 1, (), f"not YAML: {error.problem or error.context}")
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            self._add(line, (), f"not YAML: {error.reason}")
        except (yaml.YAMLError, RecursionError) as error:
            self._add(1, (), f"not YAML: {error}")

    def problem(self, path: Path, message: str) -> Problem:
        """The problem at the line of the path, or of the nearest thing above it that is written down."""
        known = path
        while known not in self.lines:
            known = known[:-1]
        return Problem(self.lines[known], dotted(path), message)

    def _add(self, line: int, path: Path, message: str) -> None:
        self.problems.append(Problem(line, dotted(path), message))

    def _plain(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen or len(path) > HAND_MADE:
            self._add(node.start_mark.line + 1, path, "nested too deep, or an alias (*name): write it out")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(child, (*path, nth)) for nth, child in enumerate(node.value)]
        try:
            value = self._loader.construct_object(node)
            if isinstance(value, float) and not isfinite(value):
                raise ValueError(f"{node.value} is no number")
            return value
        except (yaml.YAMLError, ValueError) as error:
            self._add(
                node.start_mark.line + 1, path, f"not a plain value: {getattr(error, 'problem', error)}"
            )
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        """Keys are taken as they are written: `on` and `1` are text. The first of a duplicate stays."""
        plain: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._add(line, path, "a key must be one word")
                continue
            here = (*path, key.value)
            if key.value in plain:
                self._add(line, here, f"duplicate key, first on line {self.lines[here]}")
                continue
            self.lines[here] = line
            plain[key.value] = self._plain(value, here)
        return plain


def check(text: str, schema: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    """The plain tree and every problem with it, in the order of lines. The tree is usable if there are none."""
    source = Source(text)
    problems = list(source.problems)
    if source.tree is not None or not problems:
        validator = Draft202012Validator(schema)
        for error in validator.iter_errors(source.tree):
            problems += _of_schema(source, error)
    if isinstance(source.tree, dict):
        for path, message in _of_meaning(source.tree):
            problems.append(source.problem(path, message))
    return source.tree, sorted(set(problems))


def dotted(path: Path) -> str:
    """`categories.order.theft.desks`, `x[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def forbidden_word(*texts: str) -> str | None:
    """The first word that no category may have, or None."""
    for text in texts:
        plain = unicodedata.normalize("NFKC", text).lower()
        english = _ENGLISH.search(re.sub(r"[\W_]+", " ", plain))
        chinese = _CHINESE.search(re.sub(r"[\W_]+", "", plain))
        found = english or chinese
        if found:
            return found.group()
    return None


def _of_schema(source: Source, error: ValidationError) -> Iterator[Problem]:
    """The problems behind one error of the schema, in words for who writes policies."""
    path: Path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        path = (*path, str(error.instance))
    schema: Any = error.schema
    wanted: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            for name in instance.keys() - schema["properties"].keys():
                yield source.problem((*path, name), "unknown field")
        case "required":  # one error for each missing name: those of one row come out as the same set
            for name in wanted:
                if name not in instance:
                    yield source.problem(path, f"{name} is missing")
        case "anyOf":  # something or null: the something is what was meant
            for inner in error.context or ():
                if inner.schema != {"type": "null"}:
                    yield from _of_schema(source, inner)
        case "pattern":
            expected = schema.get("description", wanted)
            yield source.problem(path, f"{instance!r} must be {expected}")
        case "type":
            yield source.problem(path, f"{reprlib.repr(instance)} is not of type {wanted}")
        case _:
            yield source.problem(path, error.message)


def _rows(tree: Tree, name: str) -> Iterator[tuple[str, Tree]]:
    table = tree.get(name)
    if isinstance(table, dict):
        yield from ((key, row) for key, row in table.items() if isinstance(row, dict))


def _of_meaning(tree: Tree) -> Iterator[tuple[Path, str]]:
    """What no schema can say: names that lead somewhere, full ladders, lines that are not crossed."""
    bodies = {key for key, _ in _rows(tree, "bodies")}
    presets = {key for key, _ in _rows(tree, "presets")}
    groups = {key for key, _ in _rows(tree, "groups")}
    for key, group in _rows(tree, "groups"):
        yield from _lines_not_crossed(("groups", key), key, group)
    for code, row in _rows(tree, "categories"):
        here: Path = ("categories", code)
        yield from _lines_not_crossed(here, code, row)
        if code.partition(".")[0] not in groups:
            yield here, f"no group named {code.partition('.')[0]!r}"
        if isinstance(row.get("budget"), str) and row["budget"] not in presets:
            yield (*here, "budget"), f"no preset named {row['budget']!r}"
        if row.get("window") is not None and str(row["window"]).startswith("0"):
            yield (*here, "window"), "must be longer than nothing"
        yield from _ladder(here, row, bodies)
        yield from _words(here, row.get("words"))
    yield from _once(("danger_words",), tree.get("danger_words"), {})
    triage = tree.get("triage")
    for tier, body in triage.items() if isinstance(triage, dict) else ():
        if isinstance(body, str) and body not in bodies:
            yield ("triage", tier), f"no body named {body!r}"
    if isinstance(tree.get("oversight"), str) and tree["oversight"] not in bodies:
        yield ("oversight",), f"no body named {tree['oversight']!r}"
    if isinstance(triage, dict) and tree.get("oversight") == triage.get("city") is not None:
        yield ("oversight",), "must not be the city's triage, which takes the complaints about it"
    yield from _unclear(tree)
    yield from _bands(tree)
    yield from _thresholds(tree)
    for key, preset in _rows(tree, "presets"):
        yield from _preset(("presets", key), preset)
    for key, resource in _rows(tree, "resources"):
        yield from _lines_not_crossed(("resources", key), key, resource)
    for table in ("steps", "pauses", "fast_lane"):
        yield from _positive((table,), tree.get(table))
    yield from _positive((), {"reopen": tree.get("reopen")})
    yield from _office_hours(("office_hours",), tree.get("office_hours"))
    for place, hours in _rows(tree, "office_hours_of"):
        yield from _office_hours(("office_hours_of", place), hours)
    yield from _colours(tree.get("colours"))
    yield from _fast_lane(tree.get("fast_lane"), bodies)
    yield from _places(tree.get("places"))


def _lines_not_crossed(here: Path, code: str, row: Tree) -> Iterator[tuple[Path, str]]:
    names = [str(row.get(field, "")) for field in ("zh", "en")]
    word = forbidden_word(code, *names)
    if word:
        yield here, f"refused: {word!r}. This system works on matters, never on people (domain.md)"


def _ladder(here: Path, row: Tree, bodies: set[str]) -> Iterator[tuple[Path, str]]:
    """A category must have a known desk at every tier from its entry up, and keep to its own floors."""
    desks, entry = row.get("desks"), row.get("entry")
    if not isinstance(desks, dict):
        return
    for tier, body in desks.items():
        if isinstance(body, str) and body not in bodies:
            yield (*here, "desks", tier), f"no body named {body!r}"
    if entry not in TIERS:
        return
    for tier in TIERS[TIERS.index(entry) :]:
        if desks.get(tier) is None:
            yield (*here, "desks"), f"no desk at {tier}, and the category enters at {entry}"
    floor = row.get("never_below")
    if floor in TIERS and TIERS.index(entry) < TIERS.index(floor):
        yield (*here, "entry"), f"{entry} is below never_below: {floor}"
    if row.get("confidential") is True:
        if TIERS.index(entry) < TIERS.index("county"):
            yield (*here, "entry"), "a confidential category enters at county or city"
        for tier in ("village", "town"):
            if desks.get(tier) is not None:
                yield (*here, "desks", tier), "a confidential category has no desk below the county"


def _words(here: Path, words: Any) -> Iterator[tuple[Path, str]]:
    """A word stands once in a row, whatever its strength."""
    seen: dict[str, Path] = {}
    for strength, some in words.items() if isinstance(words, dict) else ():
        yield from _once((*here, "words", strength), some, seen)


def _once(here: Path, words: Any, seen: dict[str, Path]) -> Iterator[tuple[Path, str]]:
    """Words as they are compared: in small letters and narrow. `seen` takes them in."""
    for nth, word in enumerate(words if isinstance(words, list) else ()):
        path = (*here, nth)
        if not isinstance(word, str):
            continue
        same = unicodedata.normalize("NFKC", word).lower()
        if same in seen:
            yield path, f"{word!r} is there twice, first as {dotted(seen[same])}"
        seen.setdefault(same, path)
        if len(re.sub(r"[\W_]+", "", same)) < 2:
            yield path, f"{word!r} has fewer than two letters or digits"
        if forbidden := forbidden_word(word):
            yield path, f"refused: {forbidden!r}. This system works on matters, never on people (domain.md)"


def _unclear(tree: Tree) -> Iterator[tuple[Path, str]]:
    if isinstance(tree.get("categories"), dict) and "other.unclear" not in tree["categories"]:
        yield ("categories",), "other.unclear is missing: what nobody could sort goes there"


def _bands(tree: Tree) -> Iterator[tuple[Path, str]]:
    bands = tree.get("join")
    if isinstance(bands, dict):
        join, ask = bands.get("join"), bands.get("ask")
        if isinstance(join, int | float) and isinstance(ask, int | float) and ask > join:
            yield ("join", "ask"), f"{ask} is above join: {join}"


def _thresholds(tree: Tree) -> Iterator[tuple[Path, str]]:
    for fact, limits in _rows(tree, "grading"):
        big, hard = limits.get("big"), limits.get("hard")
        if isinstance(big, int) and isinstance(hard, int) and big >= hard:
            yield ("grading", fact, "hard"), f"{hard} is not above big: {big}"


def _preset(here: Path, preset: Tree) -> Iterator[tuple[Path, str]]:
    """A resolve budget is given for all four tiers or for all three grades."""
    resolve = preset.get("resolve")
    if isinstance(resolve, dict) and set(resolve) not in (set(TIERS), set(GRADES)):
        yield (*here, "resolve"), f"must name all of {', '.join(TIERS)}, or all of {', '.join(GRADES)}"
    yield from _positive(here, preset)
    yield from _positive((*here, "resolve"), resolve)


def _positive(here: Path, spans: Any) -> Iterator[tuple[Path, str]]:
    for name, span in spans.items() if isinstance(spans, dict) else ():
        if isinstance(span, str) and re.match(r"0+ ", span):
            yield (*here, name), "must be longer than nothing"


def _colours(colours: Any) -> Iterator[tuple[Path, str]]:
    yellow, red = (colours.get(name) if isinstance(colours, dict) else None for name in ("yellow", "red"))
    if isinstance(yellow, int) and isinstance(red, int) and yellow >= red:
        yield ("colours", "red"), f"{red} does not come after yellow: {yellow}"


def _fast_lane(lane: Any, bodies: set[str]) -> Iterator[tuple[Path, str]]:
    """Its steps follow each other, and its three commands are bodies of the file."""
    if not isinstance(lane, dict):
        return
    for tier in TIERS[1:]:
        if isinstance(lane.get(tier), str) and lane[tier] not in bodies:
            yield ("fast_lane", tier), f"no body named {lane[tier]!r}"
    steps = ("acknowledge", "arrive", "support")
    minutes = [_minutes(lane.get(step)) for step in steps]
    for step, before, after in zip(steps[1:], minutes, minutes[1:], strict=False):
        if before is not None and after is not None and after <= before:
            yield ("fast_lane", step), "must come after the step before it"


def _places(places: Any) -> Iterator[tuple[Path, str]]:
    """Each lies in a town or village of the tree, and has a name that can be told from other words."""
    for name, code in places.items() if isinstance(places, dict) else ():
        if len(fold(name)) < 2 <= len(name):
            yield ("places", name), "is shorter than two characters without its blanks"
        if isinstance(code, str) and len(code) in (9, 12) and not _is_known(code):
            yield ("places", name), f"no town or village has the code {code!r}"


def _is_known(code: str) -> bool:
    try:
        return divisions.normalise(code) == code
    except UnknownDivisionError:
        return False


def _minutes(span: Any) -> int | None:
    found = re.fullmatch(r"(\d+) (minute|hour)s?", span) if isinstance(span, str) else None
    return None if found is None else int(found[1]) * (60 if found[2] == "hour" else 1)


def _office_hours(here: Path, hours: Any) -> Iterator[tuple[Path, str]]:
    if not isinstance(hours, dict):
        return
    edges = [hours.get(edge) for edge in ("opens", "lunch_from", "lunch_until", "closes")]
    if all(isinstance(edge, str) for edge in edges):
        opens, lunch_from, lunch_until, closes = map(str, edges)
        if not opens < lunch_from <= lunch_until < closes:
            yield here, "must rise: opens, lunch_from, lunch_until, closes"
