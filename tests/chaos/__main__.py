"""`python -m tests.chaos`: inflict all faults, or those named, and print what came of each."""

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from bench import machine
from shared import catalogue
from shared.backing.jars import kafka_jars
from tests.chaos import spaces
from tests.chaos.arena import raised
from tests.chaos.faults import faults
from tests.chaos.suite import Suite
from tests.chaos.table import Row, head, total

LONG, SHORT = 20_000, 600
INSIDE = "--inside"


def main(arguments: list[str]) -> int:
    """The exit code: 0, or 1 when a promise broke."""
    known = [each.key for each in faults()]
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("fault", nargs="*", help=f"{', '.join(known)} (all, in this order)")
    parser.add_argument("--short", action="store_true", help=f"a few of them, {SHORT:,} reports")
    parser.add_argument("--reports", type=int, help=f"in all ({LONG:,})")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the run's folder, with all logs")
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if unknown := [key for key in asked.fault if key not in known]:
        parser.error(f"there is no fault {', '.join(unknown)}")
    if not asked.inside and (prefix := spaces.prefix()) is not None:
        kafka_jars()  # fetched while there is still a network
        os.execvp(prefix[0], [*prefix, sys.executable, "-m", "tests.chaos", *arguments, INSIDE])
    run_dir = Path(tempfile.mkdtemp(prefix="xiaoshi-chaos-"))
    logging.getLogger().addHandler(logging.FileHandler(run_dir / "chaos.log"))  # clients tell of each try
    console = Console(soft_wrap=True, highlight=False)
    try:
        return _run(asked, run_dir, console)
    except BaseException:
        asked.keep = True
        raise
    finally:
        if asked.keep:
            console.print(f"logs: {run_dir}")
        else:
            shutil.rmtree(run_dir, ignore_errors=True)


def _run(asked: argparse.Namespace, run_dir: Path, console: Console) -> int:
    known = {each.key: each for each in faults()}
    in_form = [each.key for each in known.values() if each.is_short or not asked.short]
    chosen = [known[key] for key in asked.fault or in_form]
    reports = asked.reports or (SHORT if asked.short else LONG)
    policy, started = catalogue.load(), time.monotonic()
    rows: list[Row] = []
    with raised(run_dir, policy, asked.seed, asked.inside) as arena:
        console.print(f"{arena.cluster.describe}; {arena.store_is}; {machine.describe()}", markup=False)
        suite = Suite(arena, policy, asked.seed, -(-reports // len(chosen)), console)
        console.print(head(), markup=False)
        for fault in chosen:
            _told(rows, suite.run(fault), console)
        _told(rows, suite.run_on(), console)
        console.print(str(total(rows)), markup=False)
        console.print(f"{suite.facts()}; {time.monotonic() - started:.0f} s in all", markup=False)
    return 0 if all(row.ok for row in rows) else 1


def _told(rows: list[Row], row: Row, console: Console) -> None:
    rows.append(row)
    console.print(str(row), markup=False)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
