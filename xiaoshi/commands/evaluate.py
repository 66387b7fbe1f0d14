"""`xiaoshi evaluate duplicates`: the service's own answers held against what people have said."""

import argparse
from types import ModuleType

from xiaoshi.evaluate import classify, duplicates

HELP = "hold the service's answers against labelled messages and cases"
PARTS: dict[str, tuple[ModuleType, str]] = {
    "duplicates": (
        duplicates,
        "stream messages or cases through the join rule, and see what becomes one matter",
    ),
    "classify": (
        classify,
        "guess the category of labelled messages, by the policy's words or a trained model",
    ),
}


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="|".join(PARTS))
    for name, (part, said) in PARTS.items():
        part.add(verbs.add_parser(name, help=said, description=said))


def run(args: argparse.Namespace) -> int:
    part, _ = PARTS[args.what]
    return int(part.run(args))
