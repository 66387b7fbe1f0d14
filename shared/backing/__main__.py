"""`python -m shared.backing up|down|lock`: the backing services by hand."""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from shared.backing import Broker, Store, broker, stop_leftovers, store
from shared.backing.guard import stand_guard
from shared.backing.jars import resolve_lock
from shared.errors import BackingUnavailableError


def main(arguments: list[str]) -> int:
    """The exit code: 0, or 1 when a service can neither be found nor started."""
    parser = argparse.ArgumentParser(prog="python -m shared.backing", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("lock", help="print the lock file for the Kafka version in jars.py")
    for verb, says in [
        ("up", "start the broker (and the store, with --store) and stay until Ctrl-C"),
        ("down", "end what an earlier `up` left behind"),
        ("guard", "used inside: end what is left when standard input closes"),
    ]:
        verbs.add_parser(verb, help=says).add_argument("run_dir", type=Path)
    verbs.choices["up"].add_argument("--store", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.verb == "lock":
        print(resolve_lock(), end="")
        return 0
    run_dir: Path = asked.run_dir.resolve()
    if asked.verb == "guard":
        stand_guard(run_dir)
        return 0
    if asked.verb == "down":
        print(f"{stop_leftovers(run_dir)} stopped")
        return 0
    return _up(run_dir, with_store=asked.store)


def _up(run_dir: Path, *, with_store: bool) -> int:
    signal.signal(signal.SIGTERM, _leave)
    with contextlib.suppress(KeyboardInterrupt), ExitStack() as services:
        try:
            found = services.enter_context(broker(run_dir=run_dir))
            _say(found, f"XIAOSHI_KAFKA={found.bootstrap}")
            if with_store:
                documents = services.enter_context(store(run_dir=run_dir))
                _say(documents, f"XIAOSHI_MONGO={documents.url}")
        except BackingUnavailableError as error:
            print(error, file=sys.stderr)
            return 1
        signal.pause()
    return 0


def _say(found: Broker | Store, address: str) -> None:
    print(found.describe, *(f"  rather than {refusal}" for refusal in found.passed_over), sep="\n")
    print(address, flush=True)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    raise SystemExit(main(sys.argv[1:]))
