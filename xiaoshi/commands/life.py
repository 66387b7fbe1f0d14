"""`xiaoshi life`: the life of a matter as a diagram and a table, from the rows that decide."""

import argparse
from pathlib import Path

from services.escalation.rules.diagram import document
from shared.errors import InputInvalidError

HELP = "print the life of a matter as a diagram and a table, or compare a file with it"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", type=Path, metavar="FILE", help="is this file what would be printed?")


def run(args: argparse.Namespace) -> int:
    """0; or 1 for a file that is not what the rules say."""
    if args.check is None:
        print(document(), end="")
        return 0
    if _read(args.check) != document():
        print(f"{args.check} is not what the rules say: xiaoshi life > {args.check}")
        return 1
    print(f"{args.check} is what the rules say")
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalidError(f"{path} cannot be read: {error}") from error
