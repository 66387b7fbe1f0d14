"""What a check says: how much was compared, and what differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

EXAMPLES = 20


@dataclass(frozen=True)
class Finding:
    """One promise held against the log. `skipped`: why it was not compared. `detail`: worth knowing, not wrong."""

    check: str
    compared: int
    differs: int = 0
    examples: tuple[str, ...] = ()
    detail: str = ""
    skipped: str | None = None

    @property
    def ok(self) -> bool:
        """Nothing differs; what was not asked for is no failure."""
        return self.differs == 0


@dataclass
class Tally:
    """A finding in the making: all differences are counted, the first few are told."""

    check: str
    compared: int = 0
    differs: int = 0
    examples: list[str] = field(default_factory=list)

    def differ(self, example: str, count: int = 1) -> None:
        """`count`: of the differences that one line tells."""
        self.differs += count
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)

    def finding(self, detail: str = "") -> Finding:
        return Finding(self.check, self.compared, self.differs, tuple(self.examples), detail)


def not_compared(check: str, why: str) -> Finding:
    return Finding(check, 0, skipped=f"not compared: {why}")


def print_table(findings: Sequence[Finding], console: Console) -> None:
    """What was compared, then what differs."""
    table = Table("check", "compared", "differs", "", header_style="bold")
    for column in (1, 2):
        table.columns[column].justify = "right"
    for each in findings:
        differs = "-" if each.skipped else f"[red]{each.differs:,}[/red]" if each.differs else "0"
        compared = "-" if each.skipped else f"{each.compared:,}"
        table.add_row(each.check, compared, differs, escape(each.skipped or each.detail))
    console.print(table)
    for line in _differences(findings):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _differences(findings: Iterable[Finding]) -> Iterable[str]:
    for each in findings:
        yield from (f"{each.check}: {example}" for example in each.examples)
        if each.differs > len(each.examples):
            yield f"{each.check}: {each.differs - len(each.examples):,} more"
