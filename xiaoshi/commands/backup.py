"""`xiaoshi backup`: everything on the bus, at one moment, as files; and whether such files are whole."""

import argparse
import os
from functools import partial
from pathlib import Path

from shared.errors import SettingsInvalidError
from xiaoshi.backup.check import problems_of
from xiaoshi.backup.take import take

HELP = "write the bus as it is at one moment to files; `check` says whether such files are whole"

CHECK = "check"
WAIT_SECONDS = 60.0


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="+", metavar="[check] DIR", help="the folder; after `check`, one to look at, offline"
    )
    parser.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    parser.add_argument(
        "--mongo", metavar="URL", help="the ledger's store: the heads of all histories are kept too"
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=WAIT_SECONDS,
        metavar="SECONDS",
        help="for a moment at which nothing is written (60)",
    )


def run(args: argparse.Namespace) -> int:
    """0: it is whole. 1: `check` found something."""
    *verb, folder = args.words
    if verb not in ([], [CHECK]):
        raise SettingsInvalidError(f"say `xiaoshi backup DIR` or `xiaoshi backup {CHECK} DIR`")
    return _check(Path(folder)) if verb else _take(Path(folder), args)


def _take(folder: Path, args: argparse.Namespace) -> int:
    if not args.kafka:
        raise SettingsInvalidError("give --kafka, or set XIAOSHI_KAFKA")
    manifest = take(folder, args.kafka, args.mongo, args.wait, partial(print, flush=True))
    records, size = (sum(getattr(part, name) for part in manifest.parts) for name in ("records", "bytes"))
    print(f"{folder}: {records:,} records of {len(manifest.parts)} partitions in {size / 1e6:,.1f} MB")
    return 0


def _check(folder: Path) -> int:
    problems = list(problems_of(folder))
    for problem in problems:
        print(problem)
    print(f"{folder}: {len(problems) or 'nothing'} wrong")
    return 1 if problems else 0
