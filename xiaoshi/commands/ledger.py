"""`xiaoshi ledger`: the ledger (台账) made anew from the log, held against its own events, and as a file."""

import argparse
import os
from pathlib import Path

from shared import store
from shared.chain import digest_of
from shared.errors import SettingsInvalidError
from shared.store.check import Checked, check
from shared.store.dump import bytes_of_heads, read_documents, read_heads, write_documents, write_heads
from shared.store.queries import matters
from shared.store.rebuild import Comparison, Rebuilt, adopt, discard, ensure_idle, rebuild

HELP = "make the ledger anew from the log, check that nobody changed it, export it"

GROUP = "escalation-host"  # whose members project the ledger
SHOWN = 20


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="rebuild|check|export")
    rebuilding = verbs.add_parser(
        "rebuild",
        help="build it from matters.events.v1 and reports.received.v1; replace the old one if unequal",
    )
    rebuilding.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    rebuilding.add_argument("--into", metavar="NAME", help="leave it in matters.NAME and receipts.NAME")
    checking = verbs.add_parser("check", help="hold every matter against its own events; needs no bus")
    checking.add_argument("--file", type=Path, metavar="DUMP", help="an exported ledger instead of the store")
    checking.add_argument(
        "--heads", type=Path, metavar="FILE", help="heads saved earlier: only these show a history's cut end"
    )
    checking.add_argument(
        "--save-heads", type=Path, metavar="FILE", help="if all is well; keep them out of the ledger's reach"
    )
    exporting = verbs.add_parser("export", help="write its matters as JSON lines")
    exporting.add_argument("--out", type=Path, required=True, metavar="FILE")
    for one in (rebuilding, checking, exporting):
        one.add_argument("--mongo", default=os.environ.get("XIAOSHI_MONGO"), metavar="URL")


def run(args: argparse.Namespace) -> int:
    return {"rebuild": _rebuild, "check": _check, "export": _export}[args.what](args)


def _check(args: argparse.Namespace) -> int:
    """0: every document is what its events make of it, and no event was changed. 1: not so."""
    earlier = read_heads(args.heads) if args.heads else {}
    if args.file:
        checked = check(read_documents(args.file), earlier)
    else:
        _connect(args)
        checked = check(matters(), earlier)
    _tell_checked(checked, len(earlier))
    if checked.broken:
        return 1
    if args.save_heads:
        write_heads(checked.heads, args.save_heads)
    return 0


def _export(args: argparse.Namespace) -> int:
    _connect(args)
    print(f"{write_documents(matters(), args.out):,} matters in {args.out}")
    return 0


def _connect(args: argparse.Namespace) -> None:
    if not args.mongo:
        raise SettingsInvalidError("give --mongo, or set XIAOSHI_MONGO")
    store.connect(args.mongo)


def _rebuild(args: argparse.Namespace) -> int:
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


def _tell_checked(checked: Checked, earlier: int) -> None:
    """The digest is that of the file of heads: one line to compare two copies by, or to keep elsewhere."""
    for matter_id, wrong in checked.broken.items():
        print(f"broken: {matter_id}: {'; '.join(wrong)}")
    print(
        f"{checked.matters:,} matters, {checked.events:,} events, {checked.unchained:,} of them from before the chain; "
        f"{len(checked.broken):,} matters broken"
    )
    if earlier:
        print(f"held against {earlier:,} heads of an earlier check")
    print(f"heads {digest_of(bytes_of_heads(checked.heads))}")


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
