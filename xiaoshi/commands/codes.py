"""`xiaoshi codes`: is a file of old codes (撤并、改码) right, and which topics do centres follow meanwhile."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from shared import divisions, old_codes, topics
from shared.errors import UnknownDivisionError
from shared.old_codes import OldCodes

HELP = "check the file of merged and renamed divisions, and say whose matters a centre finishes"


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="codes_verb", required=True, metavar="check")
    checking = verbs.add_parser("check", help="every row, where its chain ends, and which topics to follow")
    checking.add_argument("file", nargs="?", type=Path, default=os.environ.get(old_codes.VARIABLE))


def run(args: argparse.Namespace) -> int:
    """0, or an error that names every wrong line."""
    for line in lines(old_codes.load(None if args.file is None else Path(args.file))):
        print(line)
    return 0


def lines(codes: OldCodes) -> Iterator[str]:
    last = max((row.since for row in codes.rows), default=None)
    for row in codes.rows:
        assert last is not None
        end = codes.code(row.old, last)
        then = f", and in the end {end}" if end != row.new else ""
        yield f"{row.old} {_named(row.old)} is {row.new} {_named(row.new)} from {row.since}{then}"
    for county in sorted({row.new for row in codes.rows if len(row.new) == 6}):
        before = codes.counties_before(county)
        if before:
            followed = ", ".join(map(topics.routed, before))
            yield f"the centre of {county} follows {followed} too, until their matters are closed"
    yield f"{len(codes.rows)} old codes"


def _named(code: str) -> str:
    try:
        return divisions.find(code).name
    except UnknownDivisionError:
        return "(not in the tree)"
