"""`xiaoshi doctor`: is a deployment well, and if not, what to do."""

import argparse
import os
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared import catalogue, clock
from shared.errors import BrokerUnavailableError, SettingsInvalidError
from xiaoshi.doctor import bus, files, ledger, pages
from xiaoshi.doctor.examine import Seen, examine, worst
from xiaoshi.doctor.facts import RUNBOOK, Asked, Finding, Verdict
from xiaoshi.system import note_of

HELP = "look at a deployment, write nothing, and say what is wrong and what to do about it"

PORTS = {"intake": 8001, "routing": 8002, "escalation": 8003, "metrics": 8004, "audit": 8005}
COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.WRONG: "red"}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    parser.add_argument("--mongo", default=os.environ.get("XIAOSHI_MONGO"), metavar="URL")
    for service, port in PORTS.items():
        said = f"where it answers, once for each replica (http://127.0.0.1:{port})"
        parser.add_argument(f"--{service}", action="append", default=[], metavar="URL", help=said)
    parser.add_argument(
        "--policy",
        type=Path,
        default=os.environ.get("XIAOSHI_POLICY"),
        metavar="FILE",
        help="the one intake reads; default: the shipped one",
    )
    parser.add_argument("--lanes", type=int, default=int(os.environ.get("XIAOSHI_LANES", "8")), metavar="N")
    parser.add_argument(
        "--replicas", type=int, default=int(os.environ.get("XIAOSHI_TOPIC_REPLICAS", "1")), metavar="R"
    )
    parser.add_argument("--time", choices=("wall", "driven"), default=os.environ.get("XIAOSHI_TIME", "wall"))
    parser.add_argument(
        "--run-dir", type=Path, metavar="DIR", help="all of this as `xiaoshi up` noted it there"
    )
    parser.add_argument("--json", action="store_true", help="one finding a line")


def run(args: argparse.Namespace) -> int:
    """0: all is well. 1: something wants a look. 2: something is wrong."""
    if args.run_dir is not None:
        _take_note(args)
    if not args.kafka or not args.mongo:
        raise SettingsInvalidError("give --kafka and --mongo, or set XIAOSHI_KAFKA and XIAOSHI_MONGO")
    policy = catalogue.load(None if args.policy is None else Path(args.policy))
    findings = examine(_look(args), Asked(clock.now(), args.lanes, args.replicas, policy, args.time))
    if args.json:
        for finding in findings:
            sys.stdout.write(msgspec.json.encode(finding).decode() + "\n")
    else:
        _print(findings, Console())
    return worst(findings)


def _look(args: argparse.Namespace) -> Seen:
    urls = {name: getattr(args, name) or [f"http://127.0.0.1:{port}"] for name, port in PORTS.items()}
    seen, trouble = None, ""
    try:
        seen = bus.look(args.kafka, clock.now())
    except BrokerUnavailableError as error:
        trouble = str(error)
    return Seen(seen, trouble, pages.look(urls), ledger.look(args.mongo), files.look(os.environ))


def _take_note(args: argparse.Namespace) -> None:
    addresses = note_of(args.run_dir)
    args.kafka, args.mongo = addresses.kafka, addresses.mongo
    args.lanes, args.time = addresses.lanes, addresses.time
    for service in addresses.ports:
        setattr(args, service, [addresses.url(service)])


def _print(findings: list[Finding], console: Console) -> None:
    table = Table("check", "", "found", "what to do", header_style="bold")
    for each in findings:
        section = f" ({RUNBOOK}, {each.section})" if each.section else ""
        colour = COLOURS[each.verdict]
        table.add_row(
            each.check, f"[{colour}]{each.verdict}[/{colour}]", escape(each.found), escape(each.do + section)
        )
    console.print(table)
