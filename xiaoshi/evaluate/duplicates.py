"""`xiaoshi evaluate duplicates`: which messages or cases the service would join, and how often it would be wrong."""

import argparse
import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from shared import catalogue
from shared.errors import InputInvalidError
from shared.events import Because
from xiaoshi.evaluate import figures, tables
from xiaoshi.evaluate.figures import Error, Labelled, Tier, Topic
from xiaoshi.evaluate.matching import Matching
from xiaoshi.evaluate.stream import Decided, Streamed

WORST = 5
SHOWN = 60
"""Characters of a title and of a text, in an error."""


def add(parser: argparse.ArgumentParser) -> None:
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "--messages",
        type=Path,
        metavar="CSV",
        help=f"{', '.join(tables.MESSAGE)}; topic and tier where known",
    )
    given.add_argument(
        "--cases", type=Path, metavar="CSV", help=f"{', '.join(tables.CASE)}; closed_dt where known"
    )
    parser.add_argument(
        "--pairs", type=Path, metavar="CSV", help="a, b, label; of cases case_enquiry_id, parent_case"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="id, matter, band, score of every row")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the policy that is shipped")


def run(args: argparse.Namespace) -> int:
    """0, whatever the figures."""
    matching = Matching(catalogue.load(args.policy))
    rows = tables.messages(args.messages) if args.messages else tables.cases(args.cases)
    pairs = _pairs(args)
    streamed = Streamed(rows, matching)
    _print(streamed, pairs, "message" if args.messages else "case", Console())
    if args.out:
        column = tables.MESSAGE[0] if args.messages else tables.CASE[0]
        _write(args.out, column, zip(rows, streamed.rows, strict=True))
    return 0


def _pairs(args: argparse.Namespace) -> list[tables.Pair]:
    if args.pairs is None:
        return []
    return tables.message_pairs(args.pairs) if args.messages else tables.case_pairs(args.pairs)


def _write(path: Path, column: str, decided: Iterable[tuple[tables.Row, Decided]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow((column, "matter", "band", "score"))
            lines.writerows((row.key, each.matter, each.band, each.score) for row, each in decided)
    except OSError as error:
        raise InputInvalidError(f"{path} cannot be written: {error}") from error


def _print(streamed: Streamed, pairs: Sequence[tables.Pair], what: str, console: Console) -> None:
    found = figures.told(streamed)
    lines = [
        f"rows     {found.rows:,}",
        f"matters  {found.matters:,}",
        f"joined   {found.joined:,}{_share(found.joined, found.rows)}",
        f"asked    {found.asked:,}{_share(found.asked, found.rows)}",
    ]
    errors: list[Error] = []
    if pairs:
        by_pair, errors = figures.labelled(streamed, pairs)
        lines += ["", *_labelled_lines(by_pair, what)]
    _print_lines(lines, console)
    topics, of_topics = figures.topics(streamed)
    if topics:
        _print_lines(_topic_lines(topics, figures.tiers(streamed)), console)
    _print_lines(_error_lines(errors + of_topics, streamed), console)


def _labelled_lines(found: Labelled, what: str) -> Iterator[str]:
    score, known = found.score, found.score.right + found.score.missed
    yield f"known duplicates  {known:,}: {score.right:,} in one matter, asked about {score.asked:,}"
    yield f"  recall {_figure(score.recall)}"
    if found.not_pairs:
        yield f"known as not      {found.not_pairs:,}: {score.wrong:,} in one matter"
        yield f"  precision {_figure(score.precision)}, F1 {_figure(score.f1)}"
    if found.unsure:
        yield f"unsure            {found.unsure:,}: {found.unsure_joined:,} in one matter"
    if found.absent:
        yield f"not counted       {found.absent:,}: a {what} of the pair is not in the file"


def _topic_lines(topics: Sequence[Topic], tiers: Sequence[Tier]) -> Iterator[str]:
    """The name comes last: it is as wide as it likes."""
    yield ""
    yield "pairs of one topic, and wrong ones of its messages with others"
    yield "    rows matters   right  missed  asked  wrong  prec. recall     F1"
    for each in topics:
        of = each.score
        counts = f"{each.strict:6} {each.matters:7} {of.right:7} {of.missed:7} {of.asked:6} {of.wrong:6}"
        ratios = f"{_figure(of.precision):>6} {_figure(of.recall):>6} {_figure(of.f1):>6}"
        yield f"  {counts} {ratios}  {each.name}"
    for tier in tiers:
        yield f"{tier.name}  {tier.rows:,}: {tier.joined:,} in one matter with a message of the topic"


def _error_lines(errors: Sequence[Error], streamed: Streamed) -> Iterator[str]:
    """The joins that were surest, and the missed pairs that were least alike: by these one learns most."""
    wrong: dict[str, Error] = {}
    for each in errors:
        if each.is_joined:
            wrong.setdefault(each.second.row.key, each)
    surest = sorted(wrong.values(), key=lambda each: -each.second.score)[:WORST]
    if surest:
        yield ""
        yield f"wrong joins, highest score first ({len(surest)} of {len(wrong)})"
    for each in surest:
        yield from _pair_lines(each, each.second.score, each.second.evidence)
    missed = {(each.first.row.key, each.second.row.key): each for each in errors if not each.is_joined}
    alone = [(streamed.between(each.first, each.second), each) for each in missed.values()]
    least = sorted(alone, key=lambda found: found[0].score)[:WORST]
    if least:
        yield ""
        yield f"missed, lowest score first ({len(least)} of {len(missed)})"
    for found, each in least:
        yield from _pair_lines(each, found.score, found.evidence)


def _pair_lines(pair: Error, score: float, evidence: Iterable[Because]) -> Iterator[str]:
    yield f"  {score:.3f}  {_row(pair.first)}"
    yield f"         {_row(pair.second)}"
    for because in evidence:
        yield f"         {because.rule}: {because.fact}"


def _row(each: Decided) -> str:
    row = each.row
    place = "" if row.point is None else f"{row.point[0]:.5f} {row.point[1]:.5f}"
    words = (" ".join(text[:SHOWN].split()) for text in (row.title, row.text))
    said = (row.key, f"{row.at:%Y-%m-%d %H:%M:%S}", row.tier, place, row.kind, *words)
    return "  ".join(part for part in said if part)


def _share(part: int, whole: int) -> str:
    return f"  {100 * part / whole:.2f} %" if whole else ""


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _print_lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
