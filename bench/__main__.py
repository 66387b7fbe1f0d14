"""`python -m bench [NAME...]`: speed as ratios, measured side by side in one run. Writes nothing in the tree."""

import argparse
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from rich.console import Console

from bench import board, burst, due, join, latency, ledger, machine, restart, road, scrape, throughput, trial
from bench.figures import Bar
from shared.errors import XiaoshiError
from shared.settings import span

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
    "burst": burst.run,
    "restart": restart.run,
    "due": due.run,
    "join": join.run,
    "ledger": ledger.run,
    "board": board.run,
    "divisions": divisions,
    "scrape": scrape.run,
    "trial": trial.run,
}


def main() -> int:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of what it then mends itself
    args = _arguments()
    lasts = args.burst or (burst.QUICK if args.quick or not args.names else burst.LASTS)
    benches = BENCHES | {"burst": partial(burst.run, lasts=lasts)}
    return _run({name: benches[name] for name in args.names or benches}, args.rounds, args.reports)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)} (all)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of the throughput bench ({ROUNDS})")
    parser.add_argument("--reports", type=int, default=REPORTS, help=f"submissions of the input ({REPORTS})")
    parser.add_argument(
        "--burst", type=span, metavar="TIME", help="how long the burst lasts (10m; 20s unless named)"
    )
    parser.add_argument("--quick", action="store_true", help="a burst of 20 s, though it is named")
    args = parser.parse_args()
    if unknown := [name for name in args.names if name not in BENCHES]:
        parser.error(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    if args.rounds < 1 or args.reports < 1:
        parser.error("--rounds and --reports must be at least 1")
    return args


def _run(benches: Mapping[str, Bench], rounds: int, reports: int) -> int:
    console = Console(width=None if sys.stdout.isatty() else 160)
    bars: list[Bar] = []
    failed = False
    for name, bench in benches.items():
        console.rule(name, align="left")
        with tempfile.TemporaryDirectory(prefix="xiaoshi-bench-", ignore_cleanup_errors=True) as folder:
            try:
                bars += bench(console, Path(folder), rounds, reports)
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
