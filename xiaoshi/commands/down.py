"""`xiaoshi down`: ends what `xiaoshi up` started."""

import argparse
from pathlib import Path

from shared import backing
from xiaoshi.system import RUN_DIR

HELP = "stop what `up` started; no process is left"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run-dir", type=Path, default=RUN_DIR)


def run(args: argparse.Namespace) -> int:
    print(f"{backing.stop_leftovers(args.run_dir.resolve())} processes stopped")
    return 0
