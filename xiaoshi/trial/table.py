"""A comparison as an operator reads it."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from shared.divisions import Tier
from xiaoshi.summary import TIERS
from xiaoshi.trial.compare import Asked, Comparison, Load, Pair, change

DESKS = 15
TOTALS = {
    "matters_opened": "matters opened 立案",
    "reports_joined": "reports joined 合并",
    "matters_settled": "settled 办结",
    "matters_open": "still open 在办",
    "limits_missed": "limits missed 超期",
    "matters_overdue": "matters that missed one 超期事项",
    "risen": "risen a tier 提级",
    "notices": "notices 通报",
    "reopened": "reopened 重办",
    "actions_refused": "actions refused",
    "records_buried": "records buried",
}
TOLD = (
    "Old is what the log tells, as the services of then decided. With --again it is what these rules make of the past "
    "under --old."
)
REPRODUCED = {
    True: "The old run is what the log tells.",
    False: "The old run is NOT what the log tells: made under another policy than --old, or still being handled.",
    None: "The files do not tell what became of their reports and actions: the old run is not held against them.",
}


def print_comparison(asked: Asked, found: Comparison, console: Console) -> None:
    """What was run, every figure in both runs, and what lands elsewhere."""
    _print_lines(_told(asked), console)
    console.print(_figures(found))
    changed = [load for load in found.desks if change(load)]
    if changed:
        console.print(_desks(changed))
    if found.moves:
        table = _table("Matters that enter elsewhere", "from -> to", "matters")
        for move in found.moves:
            table.add_row(f"{move.from_} -> {move.to}", f"{move.matters:,}")
        console.print(table)
    _print_lines((f"{each.matter_id}: {each.from_} -> {each.to}" for each in found.moved), console)
    if found.only_old or found.only_new:
        says = f"Joined to another: {found.only_old:,} matters of the old run, {found.only_new:,} of the new."
        _print_lines([says], console)
    if not found.differs:
        _print_lines(["Nothing is different."], console)


def _told(asked: Asked) -> Iterator[str]:
    yield f"{asked.old_policy} -> {asked.new_policy}"
    yield f"{asked.reports:,} reports, {asked.actions:,} actions ({asked.readdressed:,} of them readdressed)"
    if asked.accepted_first:
        yield f"{asked.accepted_first:,} times a desk accepted first what had risen to it meanwhile"
    yield REPRODUCED[asked.reproduced] if asked.again else TOLD
    yield from asked.assumptions


def _figures(found: Comparison) -> Table:
    table = _table("", "", "old", "new", "change")
    for name, pair in found.totals.items():
        table.add_row(TOTALS[name], *_both(pair))
        if name == "matters_settled":
            for tier, at in found.settled.items():
                table.add_row(f"  at the {TIERS[Tier(tier)]}", *_both(at))
        if name == "actions_refused":
            for reason, refused in found.refused.items():
                table.add_row(f"  {reason}", *_both(refused))
    return table


def _desks(changed: list[Load]) -> Table:
    title = f"Load of desks, the most changed: {min(DESKS, len(changed))} of {len(changed)}"
    table = _table(title, "desk", "held: old", "new", "change", "missed: old", "new", "change")
    for load in changed[:DESKS]:
        table.add_row(load.desk, *_both(load.held), *_both(load.missed))
    return table


def _both(pair: Pair) -> tuple[str, str, str]:
    change = pair.new - pair.old
    return f"{pair.old:,}", f"{pair.new:,}", f"{change:+,}" if change else ""


def _table(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column(first, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _print_lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
