"""`xiaoshi evaluate classify`: what the lexicon, or a model learnt from other files, makes of messages in a file."""

import argparse
import csv
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from rich.console import Console

from services.routing.classify.guess import Classifier
from services.routing.classify.lexicon import Lexicon
from services.routing.classify.model import Model
from shared import catalogue
from shared.errors import InputInvalidError
from xiaoshi.evaluate.labelled import Labelled, read, read_all
from xiaoshi.evaluate.scores import Answer, show

HELP = "macro-F1 of the shipped lexicon by subject, or of a model learnt from --train, on labelled messages"
SHOWN = 10

# A file without labels is taken to be of these: the classes of petitions that residents' messages are mostly of.
USUAL = ("城乡建设", "环境保护", "交通运输", "教育文体", "劳动和社会保障", "商贸旅游", "卫生计生")

Said = tuple[str, float]
"""Label and confidence."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--test", type=Path, required=True, metavar="CSV", help="title,text,label or tokens,label"
    )
    parser.add_argument(
        "--train",
        type=Path,
        nargs="+",
        action="extend",
        metavar="CSV",
        help="learn from these; else the lexicon",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="row,label,confidence of every message")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the policy that is shipped")
    parser.add_argument(
        "--labels", nargs="+", metavar="L", help="subjects the lexicon chooses from, where the file has none"
    )


def run(args: argparse.Namespace) -> int:
    """0, whatever the figures."""
    console = Console(width=None)
    rows = read(args.test)
    if args.train:
        model = learnt(read_all(args.train), rows, console)
        classifier: Classifier = model
        said = by_model(model, rows)
    else:
        policy = catalogue.load(args.policy)
        lexicon = classifier = Lexicon(policy.file.categories)
        labels = args.labels or sorted({row.label for row in rows if row.label}) or USUAL
        subjects = {code: str(row.subject) for code, row in policy.file.categories.items()}
        console.print(f"policy {policy.version}, by subject: {', '.join(labels)}")
        said = by_subject(lexicon, rows, subjects, labels)
    if args.out:
        write(args.out, rows, said)
    answers = [Answer(row.label, *one) for row, one in zip(rows, said, strict=True) if row.label]
    if answers:
        show(answers, console)
        _worst(rows, said, classifier, console)
    elif not args.out:
        raise InputInvalidError(f"{args.test} has no labels: give --out to have the answers written")
    return 0


def learnt(train: Sequence[Labelled], test: Sequence[Labelled], console: Console) -> Model:
    """Of the rows that are not one message with any row of the test."""
    from services.routing.classify.training import Row, groups_of, trained  # scikit-learn, for this alone

    groups = groups_of([Row(*row[1:5]) for row in (*test, *train)])
    asked = set(groups[: len(test)].tolist())
    left = [row for row, group in zip(train, groups[len(test) :], strict=True) if int(group) not in asked]
    model = trained([Row(*row[1:5]) for row in left], newest(left), len(train) - len(left))
    console.print(
        f"learnt from {len(left):,} rows; {len(train) - len(left):,} left out, the same messages as rows of the test; "
        f"cross-validated macro-F1 {model.facts.macro_f1:.4f}"
    )
    return model


def newest(rows: Sequence[Labelled]) -> date | None:
    """The date of the newest row that has one."""
    return max((row.on for row in rows if row.on is not None), default=None)


def by_model(model: Model, rows: Sequence[Labelled]) -> list[Said]:
    shares = model.shares([(row.title, row.text) for row in rows])
    return [(model.labels[int(np.argmax(share))], float(share.max())) for share in shares]


def by_subject(
    lexicon: Lexicon, rows: Sequence[Labelled], subjects: dict[str, str], labels: Collection[str]
) -> list[Said]:
    """The likeliest of the labels, each as likely as its categories together; "" where nothing speaks for one."""
    said = []
    for row in rows:
        shares = dict.fromkeys(labels, 0.0)
        for code, share in lexicon.shares(row.title, row.text).items():
            if subjects[code] in shares:
                shares[subjects[code]] += share
        best = max(shares, key=lambda label: shares[label])
        said.append((best if shares[best] else "", shares[best]))
    return said


def write(path: Path, rows: Sequence[Labelled], said: Sequence[Said]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("row", "label", "confidence"))
        out.writerows((row.key, label, f"{sure:.4f}") for row, (label, sure) in zip(rows, said, strict=True))


def _worst(rows: Sequence[Labelled], said: Sequence[Said], classifier: Classifier, console: Console) -> None:
    """Those that were wrong and most sure, with what spoke for it."""
    wrong = [
        (sure, nth) for nth, (label, sure) in enumerate(said) if rows[nth].label and label != rows[nth].label
    ]
    if wrong:
        console.print("worst errors: wrong, and most sure")
    for sure, nth in sorted(wrong, reverse=True)[:SHOWN]:
        row = rows[nth]
        console.print(
            f"  {row.key}: wanted {row.label}, said {said[nth][0]} ({sure:.2f}): {(row.title or row.text)[:40]}",
            markup=False,
            highlight=False,
        )
        for guess in classifier.guess(row.title, row.text)[:2]:
            console.print(
                f"      {guess.category} {guess.confidence:.2f}: {', '.join(guess.because)}",
                markup=False,
                highlight=False,
            )
