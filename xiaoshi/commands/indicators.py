"""`xiaoshi indicators`: what the figures mean, what is behind them, and what they were."""

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from services.metrics.answers import with_a_past
from services.metrics.history import LAST, History, InPeriod, Labelled, Past, added_up, place_of
from services.metrics.indicators import Gauge, Kind, Observed, Side, Villages, every
from services.metrics.rules.periods import PeriodKind
from shared import divisions, topics
from shared.calendar import ZONE
from shared.errors import MetricsUnavailableError
from shared.log_reader import read_topic
from xiaoshi.briefing.words import Language
from xiaoshi.explain import Counted, events_counted, latest
from xiaoshi.replicas import decoded, page

HELP = "list the indicators, explain one, or tell what it was in past periods"

LATEST = 10
METRICS = "http://127.0.0.1:8004"
WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "name": "name", "title": "指标", "unit": "unit", "from": "from", "plan": "plan", "definition": "definition",
        "label": "label", "metric": "metric", "counts": "counts", "floor": "floor", "reference": "reference",
        "events": "events", "events, now": "events, now", "observed": "observed", "none": "none", "colon": ": ",
        "number": "number {} of the 17", "without": "villages without {} of the kinds {}",
        "others": "nothing here: others publish it, as indicator.observed",
        "refused": "{:,}: a lower denominator is refused",
    },
    Language.ZH: {
        "name": "代码", "title": "指标", "unit": "单位", "from": "来源", "plan": "方案", "definition": "定义",
        "label": "标签", "metric": "度量", "counts": "计入", "floor": "下限", "reference": "参考值",
        "events": "事件", "events, now": "事件，当前数", "observed": "外部观测", "none": "无", "colon": "：",
        "number": "十七项中的第 {} 项", "without": "没有 {} 的村，种类为 {}",
        "others": "本系统不计数：由他处以 indicator.observed 发布",
        "refused": "{:,}：分母更小的不予接收",
    },
}  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="indicators_verb", required=True, metavar="list|explain|history")
    listed = verbs.add_parser("list", help="all of them")
    explain = verbs.add_parser("explain", help="definition, labels and what it counts")
    explain.add_argument(
        "--kafka", metavar="ADDR", help="the bus: the latest events behind the figure as well"
    )
    for one in (listed, explain):
        one.add_argument("--language", type=Language, choices=Language, default=Language.EN)
    history = verbs.add_parser("history", help="a table of past periods")
    for one in (explain, history):
        one.add_argument("name", metavar="NAME")
        one.add_argument("--division", metavar="CODE", required=one is history, help="it and all below it")
        one.add_argument("--last", type=int, default=LAST if one is history else LATEST, metavar="N")
    history.add_argument("--period", type=PeriodKind, choices=PeriodKind, default=PeriodKind.MONTH)
    history.add_argument(
        "--until",
        type=date.fromisoformat,
        metavar="DAY",
        help="in the last period (the day of the last tick)",
    )
    history.add_argument(
        "--metrics",
        action="append",
        metavar="URL",
        help=f"of the metrics service; of each replica ({METRICS}, or METRICS_PORT)",
    )


def run(args: argparse.Namespace) -> int:
    console = Console()
    match args.indicators_verb:
        case "list":
            _list(console, WORDS[args.language])
        case "explain":
            _explain(console, args)
        case "history":
            _history(console, args)
    return 0


def _list(console: Console, words: Mapping[str, str]) -> None:
    headings = (words[each] for each in ("name", "title", "unit", "from", "plan"))
    table = Table(*headings, header_style="bold")
    table.columns[0].no_wrap = True
    for each in every():
        plan = getattr(each, "plan", None)
        table.add_row(each.name, each.zh, each.unit, words[source_of(each)], str(plan or ""))
    console.print(table)


def source_of(each: Kind) -> str:
    """A gauge says how many there are now."""
    return "events, now" if isinstance(each, Gauge) else each.source


def _explain(console: Console, args: argparse.Namespace) -> None:
    found = next((each for each in every() if each.name == args.name), None)
    for name, said in told_of(found or with_a_past(args.name), args.language):
        console.print(f"{name:<10} {said}", markup=False, highlight=False, soft_wrap=True)
    if args.kafka:
        indicator = with_a_past(args.name)
        indicator = indicator.counted if isinstance(indicator, Villages) else indicator
        place = "" if args.division is None else place_of(indicator, args.division)
        topic = topics.OBSERVED if isinstance(indicator, Observed) else topics.EVENTS
        records = read_topic(args.kafka, topic.name)
        console.print(table_of_events(latest(records, indicator, place, args.last)))


def table_of_events(events: Iterable[Counted]) -> Table:
    """The events behind a figure."""
    table = Table("at", "event", "matter or publisher", "place", "adds or says", header_style="bold")
    for each in events:
        added = ", ".join(f"{what} {n:,}" for what, n in each.added)
        table.add_row(f"{each.at.astimezone(ZONE):%F %T}", each.kind, each.subject, each.place, added)
    return table


def told_of(each: Kind, language: Language) -> list[tuple[str, str]]:
    """All that is said of an indicator, name by name."""
    words = WORDS[language]
    plan = getattr(each, "plan", None)
    defined = each.definition_zh if language is Language.ZH else each.definition
    said = [("name", f"{each.name} {each.zh}"), ("unit", each.unit), ("from", words[source_of(each)])]
    said += [("plan", words["number"].format(plan))] if plan else []
    said.append(("definition", defined))
    named = [(words[name], text) for name, text in said]
    named += [
        (f"{words['label']} {label}", ", ".join(known) or words["events"])
        for label, known in each.labels.items()
    ]
    return [*named, *((words[name], text) for name, text in _counts(each, language))]


def _counts(each: Kind, language: Language) -> Iterator[tuple[str, str]]:
    words = WORDS[language]
    if isinstance(each, Gauge):
        yield "metric", each.metric
        return
    if isinstance(each, Villages):
        yield "counts", words["without"].format(each.of, ", ".join(each.without))
        yield "metric", words["none"]
        return
    for side in each.sides:
        yield "metric", each.metric(side)
    if isinstance(each, Observed):
        yield "counts", words["others"]
        if each.floor > 1:
            yield "floor", words["refused"].format(each.floor)
    else:
        yield "counts", ", ".join(str(kind.__struct_config__.tag) for kind in events_counted(each))
    if each.reference is not None:
        note = each.reference_note_zh if language is Language.ZH else each.reference_note
        yield "reference", f"{each.reference:g}{words['colon']}{note}"


def _history(console: Console, args: argparse.Namespace) -> None:
    indicator = with_a_past(args.name)
    urls = args.metrics or [_own()]
    place = place_of(indicator, args.division)
    answers = ask_all(urls, Question(args.name, place, args.period, args.last, args.until))
    console.print(table_of(indicator, added_up(indicator, answers)))
    lanes = {lane for each in answers for lane in each.lanes}
    console.print(
        f"{divisions.full_name(answers[0].division)}; lanes {', '.join(map(str, sorted(lanes)))} of {len(urls)} "
        f"replicas, known until {min(each.known_until for each in answers).astimezone(ZONE):%F %R}; "
        f"days are kept since {max(each.kept_since for each in answers)}"
    )
    if missing := sorted(set(range(max(lanes, default=0))) - lanes):
        console.print(
            f"nobody answered for lanes {', '.join(map(str, missing))}: their counties are not in it"
        )


def _own() -> str:
    port = os.environ.get("METRICS_PORT")
    return f"http://127.0.0.1:{port}" if port else METRICS


class Question(NamedTuple):
    """What all replicas are asked."""

    indicator: str
    division: str
    period: PeriodKind
    last: int
    until: date | None = None


def ask_all(urls: Sequence[str], question: Question) -> list[History]:
    """The answers of all replicas about the same periods: the first one's last day is everybody's.

    Raises MetricsUnavailableError where two answer for one lane, for that would be counted twice.
    """
    answers: list[History] = []
    for url in urls:
        asked = {name: str(said) for name, said in question._asdict().items() if said is not None}
        answers.append(decoded(page(url, "history", asked), History))
        question = question._replace(until=answers[0].until)
    lanes = Counter(lane for each in answers for lane in each.lanes)
    if twice := [str(lane) for lane, n in lanes.items() if n > 1]:
        raise MetricsUnavailableError(f"two replicas answer for lane {', '.join(twice)}")
    return answers


def table_of(indicator: Past, periods: Sequence[InPeriod]) -> Table:
    """A row a period, with the parts by label below it."""
    sides = [str(side) for side in indicator.sides]
    rate = [_rate_name(indicator)] if Side.DENOMINATOR in indicator.sides else []
    table = Table("from", "up to", *indicator.labels, *sides, *rate, header_style="bold")
    for column in table.columns[2 + len(indicator.labels) :]:
        column.justify = "right"
    if isinstance(indicator, Observed):
        table.add_column("made of")
    for each in periods:
        blank = [""] * len(indicator.labels)
        made = [_made_of(each)] if isinstance(indicator, Observed) else []
        table.add_row(str(each.start), str(each.end), *blank, *_figures(indicator, each), *made)
        for part in each.by:
            table.add_row("", "", *part.labels.values(), *_figures(indicator, part))
    return table


def _rate_name(indicator: Past) -> str:
    if isinstance(indicator, Observed) and not indicator.share:
        return "per one" if indicator.per == 1 else f"per {indicator.per:,}"
    return "rate"


def _figures(indicator: Past, part: InPeriod | Labelled) -> list[str]:
    """What nobody observed has no figure, and what never happened has one: zero."""
    told = ["-" if (n := getattr(part, side)) is None else f"{n:,}" for side in indicator.sides]
    if Side.DENOMINATOR not in indicator.sides:
        return told
    if not part.denominator:
        return [*told, "-"]
    rate = (part.numerator or 0) / part.denominator
    if _rate_name(indicator) == "rate":
        return [*told, f"{rate:.2%}"]
    return [*told, f"{rate * getattr(indicator, 'per', 1):,.2f}"]


def _made_of(each: InPeriod) -> str:
    told = []
    if each.own is not None:
        told.append("own figure" if each.own else f"sum of {each.parts} below")
    if each.contradicted:
        told.append(f"{each.contradicted} contradicted")
    return ", ".join(told)
