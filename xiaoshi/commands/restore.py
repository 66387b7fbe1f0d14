"""`xiaoshi restore`: a backup put on an empty cluster, so that the services go on from it."""

import argparse
import os
from functools import partial
from pathlib import Path

from shared.errors import SettingsInvalidError
from xiaoshi.backup import manifest as book
from xiaoshi.backup.restore import restore

HELP = "put a backup on an empty cluster: topics, records, states and how far each reader had come"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    parser.add_argument("--replicas", type=int, default=1, metavar="R", help="copies of each topic (1)")


def run(args: argparse.Namespace) -> int:
    if not args.kafka:
        raise SettingsInvalidError("give --kafka, or set XIAOSHI_KAFKA")
    manifest = restore(args.folder, args.kafka, args.replicas, partial(print, flush=True))
    print(f"the bus is as it was at {manifest.taken_at.isoformat()}, with {manifest.lanes} lanes")
    print("next: xiaoshi ledger rebuild, and then the services")
    if manifest.heads is not None:
        print(f"then: xiaoshi ledger check --heads {args.folder / book.HEADS}")
    return 0
