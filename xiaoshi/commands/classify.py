"""`xiaoshi classify train`, `test`, `guess`: what reports are about, learnt from a centre's own history."""

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from services.routing.classify import model as models
from services.routing.classify.danger import DangerWords
from services.routing.classify.guess import Classifier
from services.routing.classify.lexicon import Lexicon
from services.routing.classify.model import Facts, Model
from shared import catalogue
from shared.errors import InputInvalidError, XiaoshiError
from xiaoshi.evaluate.classify import by_model, newest
from xiaoshi.evaluate.labelled import read, read_all
from xiaoshi.evaluate.scores import Answer, show

HELP = "learn categories from a centre's own history, test what was learnt, guess the category of one text"
MODEL = Path("classify.npz")


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="train|test|guess")
    training = verbs.add_parser("train", help="learn from messages whose label people gave")
    training.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="CSV: title,text,label or tokens,label; JSON lines; what `xiaoshi ledger export` wrote, of which "
        "people's corrections are learnt",
    )
    training.add_argument("--out", type=Path, default=MODEL, metavar="MODEL", help=f"default: {MODEL}")
    training.add_argument(
        "--date",
        type=date.fromisoformat,
        metavar="DAY",
        help="default: of the newest row, where rows have one",
    )
    testing = verbs.add_parser("test", help="macro-F1, confusion, and what a confidence is worth")
    testing.add_argument("file", type=Path, metavar="FILE")
    testing.add_argument("--model", type=Path, default=MODEL, metavar="MODEL", help=f"default: {MODEL}")
    guessing = verbs.add_parser("guess", help="the three likeliest categories of one text, and why")
    guessing.add_argument("text", metavar="TEXT")
    guessing.add_argument("--title", default="", metavar="TITLE")
    guessing.add_argument("--model", type=Path, metavar="MODEL", help="default: the words of the policy")
    guessing.add_argument("--policy", type=Path, metavar="FILE", help="default: the policy that is shipped")


def run(args: argparse.Namespace) -> int:
    match args.what:
        case "train":
            return train(args)
        case "test":
            return test(args.file, args.model)
        case _:
            return guess(args)


def train(args: argparse.Namespace) -> int:
    """0 when the model is written."""
    if find_spec("sklearn") is None:
        raise XiaoshiError("scikit-learn is needed to learn: install the extra `train`. Guessing needs none")
    from services.routing.classify.training import Row, trained

    passed_over: Counter[str] = Counter()
    rows = read_all(args.files, passed_over)
    model = trained(
        [Row(row.title, row.text, row.label, row.group) for row in rows], args.date or newest(rows)
    )
    try:
        args.out.write_bytes(model.saved())
    except OSError as error:
        raise XiaoshiError(f"{args.out} cannot be written: {error.strerror}") from error
    print(f"{args.out}: written")
    for kind, many in passed_over.most_common():
        print(f"  passed over {many:,} {kind}")
    for line in told(model.facts):
        print(f"  {line}")
    return 0


def told(facts: Facts) -> Iterator[str]:
    """The facts of a model, a line each."""
    yield f"rows        {sum(facts.rows.values()):,}, digest {facts.digest[:12]}"
    yield f"newest      {facts.trained_at or 'not known'}"
    yield f"macro-F1    {facts.macro_f1:.4f} cross-validated, {facts.folds} folds, like messages in one fold"
    for label, many in facts.rows.items():
        yield f"  {label}  {many:,}"
    for label, many in facts.too_few.items():
        yield f"  {label}  {many:,}: too few, not learnt"


def test(path: Path, model_path: Path) -> int:
    """0, whatever the figures."""
    model = models.load(model_path)
    rows = [row for row in read(path) if row.label]
    if not rows:
        raise InputInvalidError(f"{path} has no labels")
    console = Console(width=None)
    console.print(
        f"{model_path}: macro-F1 {model.facts.macro_f1:.4f} when it was trained, by cross-validation"
    )
    said = by_model(model, rows)
    show([Answer(row.label, *one) for row, one in zip(rows, said, strict=True)], console)
    return 0


def guess(args: argparse.Namespace) -> int:
    """0; 1 where nothing speaks for any category."""
    policy = catalogue.load(args.policy)
    found = _classifier(args.model, policy).guess(args.title, args.text)
    for each in found:
        row = policy.file.categories.get(each.category)
        print(f"{each.confidence:.2f}  {each.category}  {row.zh if row else ''}  {', '.join(each.because)}")
    if danger := DangerWords(policy.file.danger_words).danger(args.title, args.text):
        print(f"danger  {', '.join(danger)}: is the fast lane needed?")
    if not found:
        print("no word of any category")
    return 0 if found else 1


def _classifier(path: Path | None, policy: catalogue.Policy) -> Classifier:
    loaded: Model | Lexicon = models.load(path) if path else Lexicon(policy.file.categories)
    return loaded
