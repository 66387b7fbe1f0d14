"""`xiaoshi up`: the whole system on this machine, kept running until `xiaoshi down`."""

import argparse
from pathlib import Path

from rich.console import Console

from shared import backing
from shared.errors import XiaoshiError
from xiaoshi.system import RUN_DIR, System, is_up, write_note

HELP = "start broker, store and the four services, and leave them running"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run-dir", type=Path, default=RUN_DIR, help=f"where logs and notes lie ({RUN_DIR})")
    parser.add_argument("--lanes", type=int, default=8)
    parser.add_argument(
        "--time",
        choices=("wall", "driven"),
        default="wall",
        help="driven: a player or `publish --tick` tells the time",
    )


def run(args: argparse.Namespace) -> int:
    console = Console()
    if is_up(args.run_dir):
        console.print(f"already up in {args.run_dir}; `xiaoshi down` first")
        return 1
    try:
        broker = backing.start_broker(args.run_dir).service
        store = backing.start_store(args.run_dir).service
        system = System(
            args.run_dir / "services", broker.bootstrap, store.url, time=args.time, lanes=args.lanes
        )
        system.start()
    except XiaoshiError:
        backing.stop_leftovers(args.run_dir)
        raise
    note = write_note(args.run_dir, system.addresses)
    for line in (broker.describe, store.describe):
        console.print(line)
    for name in system.children:
        console.print(f"{name}: {system.addresses.url(name)}")
    console.print(f"board 看板: {system.addresses.url('metrics', '/board')}")
    console.print(f"addresses and the API key for all sources: {note}")
    console.print("stop with: make down")
    return 0
