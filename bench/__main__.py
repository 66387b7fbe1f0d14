"""`python -m bench [NAME...]`: speed as ratios, measured side by side in one run. Writes nothing in the tree."""

import argparse
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bench import board, due, join, latency, ledger, machine, restart, road, scrape, throughput
from bench.figures import Bar
from shared.errors import XiaoshiError

REPORTS = 20_000
ROUNDS = 3

Bench = Callable[[Console, Path, int, int], list[Bar]]


def divisions(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    """The division tree, each cold figure from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.divisions"], check=True, capture_output=True, text=True
    )
    console.print(done.stdout, end="", highlight=False, markup=False)
    return []


BENCHES: dict[str, Bench] = {
    "throughput": throughput.run,
    "road": road.run,
    "latency": latency.run,
    "restart": restart.run,
    "due": due.run,
    "join": join.run,
    "ledger": ledger.run,
    "board": board.run,
    "divisions": divisions,
    "scrape": scrape.run,
}


def main() -> int:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of what it then mends itself
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)} (all)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of the throughput bench ({ROUNDS})")
    parser.add_argument("--reports", type=int, default=REPORTS, help=f"submissions of the input ({REPORTS})")
    args = parser.parse_args()
    if unknown := [name for name in args.names if name not in BENCHES]:
        parser.error(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    if args.rounds < 1 or args.reports < 1:
        parser.error("--rounds and --reports must be at least 1")
    return _run(args.names or list(BENCHES), args.rounds, args.reports)


def _run(names: list[str], rounds: int, reports: int) -> int:
    console = Console(width=None if sys.stdout.isatty() else 160)
    bars: list[Bar] = []
    failed = False
    for name in names:
        console.rule(name, align="left")
        with tempfile.TemporaryDirectory(prefix="xiaoshi-bench-", ignore_cleanup_errors=True) as folder:
            try:
                bars += BENCHES[name](console, Path(folder), rounds, reports)
            except XiaoshiError as error:
                console.print(f"[bold red]{name} could not be measured[/bold red]: {error}")
                failed = True
    console.rule("machine and bars", align="left")
    console.print(f"  {machine.describe()}")
    for bar in bars:
        console.print(f"  [bold {'green' if bar.is_kept else 'red'}]{bar}")
    return 1 if failed or not all(bar.is_kept for bar in bars) else 0


if __name__ == "__main__":
    sys.exit(main())
