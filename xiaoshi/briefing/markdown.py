"""A briefing as Markdown: the same tables and footnotes, and bars of blocks for the charts."""

from collections.abc import Iterator

from xiaoshi.briefing.told import Chart, Row, Table, Told

LONGEST_BAR = 24
BLOCKS = " ▏▎▍▌▋▊▉█"


def markdown_of(told: Told) -> str:
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Told) -> Iterator[str]:
    yield from (f"# {told.place} {told.title}", "", f"**{told.week}**", "", told.known)
    yield from _table(told.figures)
    for chart in told.charts:
        yield from _chart(chart)
    for table in told.lists:
        yield from _table(table)
    yield from ("", f"## {told.gaps_title}", "", *(f"- {_plain(each)}" for each in told.gaps))
    yield from ("", f"## {told.notes_title}", "")
    yield from (f"- [{note.number}] **{_plain(note.name)}** {_plain(note.text)}" for note in told.notes)


def _table(table: Table) -> Iterator[str]:
    note = f" [{table.note}]" if table.note else ""
    yield from ("", f"## {_plain(table.title)}{note}", "")
    if table.rows:
        yield from _rows(table.columns, table.rows, table.words)
    if table.said:
        yield from ("", table.said) if table.rows else (table.said,)


def _chart(chart: Chart) -> Iterator[str]:
    notes = "".join(f"[{each}]" for each in chart.notes)
    most = max((n for _, figures in chart.series for n in figures), default=0)
    rows = tuple(
        (week, title, str(figures[at]), bar(figures[at], most))
        for at, week in enumerate(chart.weeks)
        for title, figures in chart.series
    )
    yield from ("", f"## {_plain(chart.title)} {notes}", "")
    yield from _rows(("", "", "", ""), rows, 2)


def bar(n: int, most: int) -> str:
    """Eighths of a block; the longest is `LONGEST_BAR` wide."""
    eighths = round(n * LONGEST_BAR * 8 / most) if most else 0
    return BLOCKS[8] * (eighths // 8) + BLOCKS[eighths % 8].strip()


def _rows(columns: Row, rows: tuple[Row, ...], words: int) -> Iterator[str]:
    yield _row(columns)
    yield _row(tuple("---" if at < words else "---:" for at, _ in enumerate(columns)))
    yield from (_row(row) for row in rows)


def _row(cells: Row) -> str:
    return f"| {' | '.join(_plain(each) for each in cells)} |"


def _plain(text: str) -> str:
    """A name out of a policy breaks no table and starts no markup."""
    return "".join(f"\\{each}" if each in "\\|*_`<" else each for each in text)
