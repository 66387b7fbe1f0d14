"""`xiaoshi briefing`: what a joint meeting needs of a week, on two pages."""

import argparse
import os
import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from shared import topics
from shared.errors import InputInvalidError, SettingsInvalidError
from shared.log_reader import read_topic
from shared.wire import Record
from xiaoshi.briefing.facts import Fold, place_of, week_of
from xiaoshi.briefing.words import Language

HELP = "two pages for the joint meeting: a week's figures, what rose, who is late, bursts"
FORMATS = ("html", "markdown")


class Asked(NamedTuple):
    """What the command line says."""

    division: str
    week: str
    format: str = "html"
    language: Language = Language.ZH


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    parser.add_argument("--division", required=True, metavar="CODE", help="a town, county, city or province")
    parser.add_argument("--week", required=True, metavar="WEEK", help="of ISO 8601, as in 2026-W10")
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    parser.add_argument("--language", type=Language, choices=Language, default=Language.ZH)
    parser.add_argument("--out", type=Path, metavar="FILE", help="written anew (standard output without)")


def run(args: argparse.Namespace) -> int:
    if not args.kafka:
        raise SettingsInvalidError("give --kafka, or set XIAOSHI_KAFKA")
    names = (topics.OBSERVED.name, topics.EVENTS.name)
    records = chain.from_iterable(read_topic(args.kafka, name) for name in names)
    text = written(records, Asked(args.division, args.week, args.format, args.language))
    put(text, args.out)
    return 0


def put(text: str, out: Path | None) -> None:
    """Raises InputInvalidError where the file cannot be written."""
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputInvalidError(f"{out} cannot be written: {error.strerror}") from error
    print(f"{out}: written")


def written(records: Iterable[Record], asked: Asked) -> str:
    """The briefing as text. The records of a partition are in order; partitions and topics may be mixed."""
    fold = Fold(place_of(asked.division), week_of(asked.week))
    for record in records:
        fold.take(record)
    # Every verb is imported at every start, so what draws is loaded only by the one that does.
    from xiaoshi.briefing.markdown import markdown_of
    from xiaoshi.briefing.page import html_of
    from xiaoshi.briefing.told import told

    page = told(fold.briefing(), asked.language)
    return html_of(page) if asked.format == FORMATS[0] else markdown_of(page)
