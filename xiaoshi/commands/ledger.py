"""`xiaoshi ledger rebuild`: the ledger (台账) made anew from the log."""

import argparse
import os

from shared import store
from shared.errors import SettingsInvalidError
from shared.store.rebuild import Comparison, Rebuilt, adopt, discard, ensure_idle, rebuild

HELP = "make the ledger anew from the log, and compare it with the one there is"

GROUP = "escalation-host"  # whose members project the ledger
SHOWN = 20


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="rebuild")
    rebuilding = verbs.add_parser(
        "rebuild",
        help="build it from matters.events.v1 and reports.received.v1; replace the old one if unequal",
    )
    rebuilding.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    rebuilding.add_argument("--mongo", default=os.environ.get("XIAOSHI_MONGO"), metavar="URL")
    rebuilding.add_argument("--into", metavar="NAME", help="leave it in matters.NAME and receipts.NAME")


def run(args: argparse.Namespace) -> int:
    """0: the ledger is as the log has it (now). 1: it was not, and is left as it was because of --into."""
    if not args.kafka or not args.mongo:
        raise SettingsInvalidError("give --kafka and --mongo, or set XIAOSHI_KAFKA and XIAOSHI_MONGO")
    store.connect(args.mongo)
    if args.into:
        rebuilt = rebuild(args.kafka, beside=args.into)
        _tell(rebuilt)
        return 0 if rebuilt.equal else 1
    rebuilt = rebuild(args.kafka, beside="rebuilt")
    _tell(rebuilt)
    if rebuilt.equal:
        discard("rebuilt")
        return 0
    ensure_idle(args.kafka, GROUP)
    adopt("rebuilt")
    print("the rebuilt ledger is now the ledger")
    return 0


def _tell(rebuilt: Rebuilt) -> None:
    for comparison in (rebuilt.matters, rebuilt.receipts):
        print(f"{comparison.collection}: {comparison.documents} from the log, {_verdict(comparison)}")
        for says, ids in (
            ("only in the old ledger", comparison.only_old),
            ("missing in the old ledger", comparison.only_new),
            ("differs", comparison.differing),
        ):
            for each in ids[:SHOWN]:
                print(f"  {says}: {each}")
            if len(ids) > SHOWN:
                print(f"  {says}: {len(ids) - SHOWN} more")
    for place in rebuilt.buried:
        print(f"no ledger can take {place}")


def _verdict(comparison: Comparison) -> str:
    if comparison.equal:
        return "equal to the old ones"
    return (
        f"{len(comparison.differing)} differ, {len(comparison.only_new)} were missing,"
        f" {len(comparison.only_old)} were too many"
    )
