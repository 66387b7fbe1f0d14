"""A briefing in words: tables, footnotes and charts in one language, whatever they are printed as."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.metrics.indicators import TIERS, counting
from services.metrics.rules.periods import DAY
from shared import catalogue, divisions
from shared.calendar import ZONE
from xiaoshi.briefing.facts import Briefing
from xiaoshi.briefing.lists import BURST_LEAST, BURST_TIMES, WEEKS_BEFORE, LateDesk, Rise
from xiaoshi.briefing.measures import FLOW, Measure
from xiaoshi.briefing.words import Language, Writer, amount, reference

COLUMNS = {
    "rises": (("category", "town", "tiers", "reason", "n", "late"), 4, 9),
    "bursts": (("category", "town", "now", "mean"), 2, 7),
    "desks": (("desk", "orders", "notices", "overdue", "late"), 1, 9),
    "voiced": (("category", "town", "tier", "voices", "reports"), 3, 7),
}
"""Of each list, how many of its columns are words, and how many rows are shown, so that two pages hold them."""
Row = tuple[str, ...]


class Table(NamedTuple):
    """`note`: the number of its definition. `said`: what stands in place of rows or below them.

    `words`: so many columns from the left are words, the others figures.
    """

    title: str
    note: int
    columns: Row
    rows: tuple[Row, ...]
    words: int
    said: str = ""


class Chart(NamedTuple):
    """A bar for each week and series. `note`: the numbers of the definitions."""

    title: str
    notes: tuple[int, ...]
    weeks: Row
    series: tuple[tuple[str, tuple[int, ...]], ...]
    stacked: bool


class Note(NamedTuple):
    """A definition, by its number; `name` is that of an indicator as the code and the metrics have it."""

    number: int
    name: str
    text: str


class Listed(NamedTuple):
    """The lists, in the order in which they are told."""

    rises: Table
    bursts: Table
    desks: Table
    voiced: Table


class Told(NamedTuple):
    """Everything on the pages, in order."""

    language: Language
    title: str
    place: str
    week: str
    known: str
    figures: Table
    charts: tuple[Chart, ...]
    lists: Listed
    gaps_title: str
    gaps: tuple[str, ...]
    notes_title: str
    notes: tuple[Note, ...]


class Notes:
    """Numbers definitions as they are first named."""

    def __init__(self) -> None:
        self._numbers: dict[str, Note] = {}

    def number(self, name: str, text: str) -> int:
        return self._numbers.setdefault(name, Note(len(self._numbers) + 1, name, text)).number

    def all(self) -> tuple[Note, ...]:
        return tuple(self._numbers.values())


def told(briefing: Briefing, language: Language) -> Told:
    policy = catalogue.load() if briefing.policy is None else catalogue.of_text(briefing.policy)
    writer, notes = Writer(language, policy, briefing.place), Notes()
    words, week = writer.words, briefing.week
    year, number, _ = week.start.isocalendar()
    until = f"{briefing.known_until.astimezone(ZONE):%F %R}"
    return Told(
        language=language,
        title=words["title"],
        place=divisions.full_name(briefing.place),
        week=words["week"].format(year=year, number=number, first=week.start, last=week.end - DAY),
        known=words["known"].format(until=until, began=briefing.began),
        figures=_figures(briefing, writer, notes),
        charts=_charts(briefing, writer, notes),
        lists=_lists(briefing, writer, notes),
        gaps_title=words["gaps"],
        gaps=tuple(_gaps(briefing, writer, until)),
        notes_title=words["notes"],
        notes=notes.all(),
    )


def _defined(measure: Measure, writer: Writer, notes: Notes) -> int:
    return notes.number(measure.indicator.name, writer.definition(measure))


def _figures(briefing: Briefing, writer: Writer, notes: Notes) -> Table:
    words = writer.words
    rows = tuple(
        (
            f"{writer.indicator(each)} [{_defined(each, writer, notes)}]",
            amount(each, each.now),
            amount(each, each.before),
            writer.change(each),
            reference(each),
        )
        for each in briefing.measures
        if each.now is not None
    )
    columns = tuple(words[name] for name in ("figure", "this", "last", "change", "reference"))
    return Table(words["figures"], 0, columns, rows, words=1)


def _charts(briefing: Briefing, writer: Writer, notes: Notes) -> tuple[Chart, ...]:
    by_name = {each.name: each for each in counting()}
    weeks = tuple(f"{each.period.start:W%V}" for each in briefing.weeks)
    flow = [Measure(by_name[name], None, None) for name in FLOW]
    settled = Measure(by_name["matters_settled"], None, None)
    return (
        Chart(
            writer.words["flow"],
            tuple(_defined(each, writer, notes) for each in flow),
            weeks,
            tuple(
                (writer.indicator(each), tuple(week.flow[each.indicator.name] for week in briefing.weeks))
                for each in flow
            ),
            stacked=False,
        ),
        Chart(
            writer.words["settled"],
            (_defined(settled, writer, notes),),
            weeks,
            tuple(
                (writer.tier(tier), tuple(week.settled.get(tier, 0) for week in briefing.weeks))
                for tier in TIERS
            ),
            stacked=True,
        ),
    )


def _lists(briefing: Briefing, writer: Writer, notes: Notes) -> Listed:
    names, category, town = writer.words, writer.category, writer.town
    rises = [_rise_row(each, writer) for each in briefing.rises]
    bursts = [
        (
            category(each.category),
            town(each.town),
            str(each.n),
            f"{each.mean:g} ({each.before}/{WEEKS_BEFORE})",
        )
        for each in briefing.bursts or ()
    ]
    desks = [_desk_row(each, writer) for each in briefing.desks]
    voiced = [
        (
            category(each.category),
            town(each.town),
            writer.tier(each.tier),
            str(each.voices),
            str(each.reports),
        )
        for each in briefing.voiced
    ]
    return Listed(
        _listed("rises", rises, names, notes),
        _listed("bursts", bursts, names, notes, names["young"] if briefing.bursts is None else ""),
        _listed("desks", desks, names, notes),
        _listed("voiced", voiced, names, notes),
    )


def _rise_row(rise: Rise, writer: Writer) -> Row:
    return (
        writer.category(rise.category),
        writer.town(rise.town),
        f"{writer.tier(rise.from_tier)} → {writer.tier(rise.to_tier)}",
        writer.reason(rise.reason),
        str(rise.n),
        writer.late(rise.late),
    )


def _desk_row(late: LateDesk, writer: Writer) -> Row:
    counts = map(str, (late.orders, late.notices, late.overdue))
    return (writer.desk(late.desk), *counts, writer.late(late.late))


def _listed(name: str, rows: Sequence[Row], words: dict[str, str], notes: Notes, said: str = "") -> Table:
    """`said`: why there are no rows, where that is not because nothing happened."""
    columns, wide, most = COLUMNS[name]
    left = len(rows) - most
    text = words[f"{name}_defined"].format(least=BURST_LEAST, times=BURST_TIMES)
    below = words["more"].format(n=left) if left > 0 else "" if rows else words["none"]
    heads = tuple(words[each] for each in columns)
    return Table(words[name], notes.number(words[name], text), heads, tuple(rows[:most]), wide, said or below)


def _gaps(briefing: Briefing, writer: Writer, until: str) -> Iterable[str]:
    words = writer.words
    if not briefing.is_over:
        yield words["gap_open"].format(until=until)
    if briefing.bursts is None:
        yield words["gap_young"].format(began=briefing.began)
    for name, n in briefing.gaps._asdict().items():
        if n:
            yield words[f"gap_{name}"].format(n=n)
    if silent := [writer.indicator(each) for each in briefing.measures if each.now is None]:
        yield words["gap_silent"].format(names=words["between"].join(silent))
    yield from (words[name] for name in ("gap_later", "gap_refused", "gap_confidential"))
