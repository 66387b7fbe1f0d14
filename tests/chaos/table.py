"""What came of the faults, as the table that `docs/chaos.md` keeps."""

from collections.abc import Iterable
from dataclasses import dataclass, field

HEAD = ("fault", "times", "reports", "lost", "doubled", "differs", "recovered after", "")


@dataclass
class Row:
    """What came of one fault. `seconds` None: it was not inflicted here. `broken`: what was seen besides."""

    fault: str
    times: int = 0
    reports: int = 0
    lost: int = 0
    doubled: int = 0
    differs: int = 0
    seconds: float | None = None
    told: str = ""
    broken: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not (self.lost or self.doubled or self.differs or self.broken)

    def __str__(self) -> str:
        numbers = (self.times, self.reports, self.lost, self.doubled, self.differs)
        after = "-" if self.seconds is None else f"{self.seconds:.1f} s"
        told = "; ".join([*self.broken, *([self.told] if self.told else [])])
        return _line([self.fault, *(f"{number:,}" for number in numbers), after, told])


def head() -> str:
    return _line(HEAD) + "\n" + _line(["---", *["---:"] * (len(HEAD) - 2), "---"])


def total(rows: Iterable[Row]) -> Row:
    """All of them; the seconds are the longest."""
    some = list(rows)
    return Row(
        "all",
        sum(row.times for row in some),
        sum(row.reports for row in some),
        sum(row.lost for row in some),
        sum(row.doubled for row in some),
        sum(row.differs for row in some),
        max((row.seconds for row in some if row.seconds is not None), default=None),
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
