"""`xiaoshi VERB ...`: every verb is one module of `xiaoshi.commands` with `add` and `run`."""

import argparse
import os
import sys
from importlib import import_module

from shared.errors import XiaoshiError

VERBS = (
    "demo",
    "up",
    "down",
    "simulate",
    "publish",
    "replay",
    "verify",
    "audit",
    "canary",
    "policy",
    "life",
    "calendar",
    "codes",
    "classify",
    "centre",
    "dead",
    "doctor",
    "backup",
    "restore",
    "ledger",
    "topics",
    "indicators",
    "briefing",
    "evaluate",
)


def main(argv: list[str] | None = None) -> int:
    """Run one verb. Exit code 0 done, 1 the answer is no, 2 it could not be asked."""
    parser = argparse.ArgumentParser(prog="xiaoshi", description="小事: the event bus of a county")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        module = import_module(f"xiaoshi.commands.{verb}")
        one = verbs.add_parser(verb, help=module.HELP, description=module.HELP)
        module.add(one)
        one.set_defaults(run=module.run)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except BrokenPipeError:  # who reads us, as in `| head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except XiaoshiError as error:
        print(f"xiaoshi {args.verb}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
