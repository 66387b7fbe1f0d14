"""`xiaoshi verify`: everything that was promised, recomputed from the topics."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from services.routing.classify import model
from shared import catalogue, old_codes
from shared.errors import SettingsInvalidError
from xiaoshi.verify import Finding, check_all, print_table

HELP = "recompute from the topics everything that was promised, and say what was compared and what differs"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    parser.add_argument(
        "--metrics",
        action="append",
        default=[],
        metavar="URL",
        help="of the metrics service; of each replica",
    )
    parser.add_argument(
        "--mongo", default=os.environ.get("XIAOSHI_MONGO"), metavar="URL", help="the ledger's store"
    )
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="the one the services run; default: the shipped one"
    )
    parser.add_argument(
        "--model", type=Path, metavar="MODEL", help="routing's ROUTING_MODEL, where it has one"
    )
    parser.add_argument(
        "--codes",
        type=Path,
        default=os.environ.get(old_codes.VARIABLE),
        metavar="FILE",
        help="intake's XIAOSHI_OLD_CODES, where it has one",
    )
    parser.add_argument(
        "--against", type=Path, metavar="EVENTS.jsonl", help="what `xiaoshi replay` made of the same input"
    )
    parser.add_argument("--truth", type=Path, metavar="DIR", help="what `xiaoshi simulate` wrote")
    parser.add_argument("--no-dead", action="store_true", help="any dead letter is a difference")
    parser.add_argument(
        "--wait", type=float, default=10.0, metavar="SECONDS", help="for the services to catch up (10)"
    )
    parser.add_argument("--json", action="store_true", help="one finding a line")


def run(args: argparse.Namespace) -> int:
    """0: nothing differs. 1: something does."""
    if not args.kafka:
        raise SettingsInvalidError("give --kafka, or set XIAOSHI_KAFKA")
    findings = check_all(
        args.kafka,
        policy=catalogue.load(args.policy),
        model=None if args.model is None else model.load(args.model),
        codes=old_codes.load(None if args.codes is None else Path(args.codes)),
        metrics=args.metrics,
        mongo=args.mongo,
        against=args.against,
        truth=args.truth,
        no_dead=args.no_dead,
        patience=args.wait,
    )
    if args.json:
        _print_lines(findings)
    else:
        print_table(findings, Console())
    return 0 if all(finding.ok for finding in findings) else 1


def _print_lines(findings: Sequence[Finding]) -> None:
    for finding in findings:
        sys.stdout.write(msgspec.json.encode(finding).decode() + "\n")
