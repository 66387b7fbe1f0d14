"""`xiaoshi simulate`: a county's day of reports, and the truth beside it."""

import argparse
from datetime import date
from pathlib import Path

from shared import catalogue
from shared.divisions import Level, find
from shared.errors import UnknownDivisionError
from xiaoshi.simulator import arrival
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.files import write_day

HELP = "make a county's day of reports, with the truth of what each must lead to"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--county", default="430981", help="a county's six digits")
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 3, 2), help="as 2026-03-02")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another day")
    parser.add_argument(
        "--reports",
        type=_count,
        help="submissions in all; by default as many as such a county has on such a day",
    )
    parser.add_argument("--policy", type=Path, help="a policy file; by default the shipped one")
    parser.add_argument("--out", type=Path, default=Path(".run/simulation"), help="the folder to write to")


def run(args: argparse.Namespace) -> int:
    """Write reports.jsonl, truth.jsonl and facts.json, and say what is in them."""
    county = find(args.county)
    if county.level is not Level.COUNTY:
        raise UnknownDivisionError(f"{args.county} {county.name} is a {county.level}, not a county")
    reports = arrival.usual(county.code, args.day) if args.reports is None else args.reports
    made = make_day(county.code, args.day, args.seed, reports, catalogue.load(args.policy))
    write_day(made, args.out)
    for name, count in made.counts().items():
        print(f"{count:>8}  {name.replace('_', ' ')}")
    print(f"written to {args.out}")
    return 0


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 1_000_000:
        raise argparse.ArgumentTypeError("from 1 to 1000000")
    return count
