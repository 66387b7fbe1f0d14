"""How good answers are: pure figures, and the tables that show them."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

BANDS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)


class Answer(NamedTuple):
    """What was wanted, what was said, "" for nothing, and how sure."""

    wanted: str
    said: str
    confidence: float


class OfClass(NamedTuple):
    """Of what was said to be of a class, the share that is; of what is, the share that was said to be."""

    precision: float
    recall: float
    f1: float
    rows: int


def by_class(answers: Sequence[Answer]) -> dict[str, OfClass]:
    """Every class that was wanted."""
    wanted = Counter(answer.wanted for answer in answers)
    said = Counter(answer.said for answer in answers)
    right = Counter(answer.wanted for answer in answers if answer.wanted == answer.said)
    found = {}
    for name in sorted(wanted):
        precision = right[name] / said[name] if said[name] else 0.0
        recall = right[name] / wanted[name]
        f1 = 2 * right[name] / (wanted[name] + said[name])
        found[name] = OfClass(precision, recall, f1, wanted[name])
    return found


def macro_f1(answers: Sequence[Answer]) -> float:
    """The mean of the classes' F1: a small class counts as much as a large one."""
    classes = by_class(answers).values()
    return sum(each.f1 for each in classes) / len(classes) if classes else 0.0


def bands(answers: Sequence[Answer]) -> list[tuple[float, int, float, float]]:
    """By confidence from each band's foot on: how many, their mean confidence, and the share that is right."""
    found = []
    for foot, top in zip(BANDS, (*BANDS[1:], 2.0), strict=True):
        some = [answer for answer in answers if foot <= answer.confidence < top]
        if some:
            sure = sum(answer.confidence for answer in some) / len(some)
            right = sum(answer.wanted == answer.said for answer in some) / len(some)
            found.append((foot, len(some), sure, right))
    return found


def show(answers: Sequence[Answer], console: Console) -> None:
    """Macro-F1, a table of the classes, the confusion, and what a confidence is worth."""
    right = sum(answer.wanted == answer.said for answer in answers)
    console.print(
        f"macro-F1 {macro_f1(answers):.4f}, {right:,} of {len(answers):,} right ({right / len(answers):.4f})"
    )
    classes = Table("class", title="by class", title_justify="left")
    for heading in ("rows", "precision", "recall", "F1"):
        classes.add_column(heading, justify="right")
    for name, each in by_class(answers).items():
        classes.add_row(name, f"{each.rows:,}", *(f"{share:.3f}" for share in each[:3]))
    console.print(classes)
    console.print(_confusion(answers))
    worth = Table("confidence from", title="what a confidence is worth", title_justify="left")
    for heading in ("rows", "mean", "right"):
        worth.add_column(heading, justify="right")
    for foot, many, sure, share in bands(answers):
        worth.add_row(f"{foot:.1f}", f"{many:,}", f"{sure:.2f}", f"{share:.2f}")
    console.print(worth)


def _confusion(answers: Sequence[Answer]) -> Table:
    """Classes that were wanted in rows, those that were said in columns, by number; the last for all others."""
    names = sorted({answer.wanted for answer in answers})
    pairs = Counter((answer.wanted, answer.said if answer.said in names else "") for answer in answers)
    table = Table("", "wanted", title="confusion: wanted in rows, said in columns", title_justify="left")
    for nth in range(1, len(names) + 1):
        table.add_column(str(nth), justify="right")
    table.add_column("else", justify="right")
    for nth, wanted in enumerate(names, start=1):
        table.add_row(str(nth), wanted, *(str(pairs[wanted, said] or "") for said in (*names, "")))
    return table
