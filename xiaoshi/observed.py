"""Observed figures (观测指标) from a CSV file, as records of their topic.

UTF-8, with a heading that names the columns, in any order:

    indicator,division,period,start,numerator,denominator,publisher,at,revision,method,withdrawn
    sense_of_security,430981,year,2025-01-01,1962,2000,statistics bureau,2026-01-20T09:00:00+08:00,1,by telephone,
    judgments_accepted,430981,month,2026-01-01,88,96,county court,2026-02-03T09:00:00+08:00,2,,

`indicator`: a name of `xiaoshi indicators list` whose source is observed. `division`: a code of 4 to 15 digits.
`period`: day, week, month or year, and `start` its first day. `publisher`: the body that answers for the figure.
The last three may be left out or empty: `revision` (1) is raised to correct what was published before for the same
indicator, division and period, and `withdrawn` yes takes it back.
"""

import csv
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import msgspec

from services.metrics.observations import admitted
from shared import topics, wire
from shared.errors import EventInvalidError, InputInvalidError
from shared.observed_events import IndicatorObserved
from shared.wire import Out

COLUMNS = (*IndicatorObserved.__struct_fields__,)
NEEDED = {field.name for field in msgspec.structs.fields(IndicatorObserved) if field.required}
YES_OR_NO = {"yes": True, "no": False}


def rows_of(file: TextIO) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows with their lines, empty columns left out. Raises InputInvalidError for a heading that will not do."""
    reader = csv.DictReader(file, strict=True)
    heading = reader.fieldnames or ()
    if missing := sorted(NEEDED - set(heading)):
        raise InputInvalidError(f"line 1: columns are missing: {', '.join(missing)}")
    if unknown := sorted(set(heading) - set(COLUMNS)):
        raise InputInvalidError(f"line 1: no such column: {', '.join(unknown)}")
    try:
        for row in reader:
            yield reader.line_num, {name: text for name, text in row.items() if text}
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputInvalidError(f"line {reader.line_num + 1}: {error}") from error


def observation_out(row: Mapping[str, Any], line: int) -> Out:
    """The observation of a row under the key of its county. Raises InputInvalidError with the line."""
    withdrawn = row.get("withdrawn", "no")
    if None in row or withdrawn not in YES_OR_NO:
        raise InputInvalidError(f"line {line}: too many columns, or withdrawn is neither yes nor no")
    try:
        given = {**row, "withdrawn": YES_OR_NO[withdrawn]}
        event = msgspec.convert(given, IndicatorObserved, strict=False)
        county = admitted(event)
    except (msgspec.ValidationError, EventInvalidError) as error:
        raise InputInvalidError(f"line {line}: {error}") from error
    return Out(
        topics.OBSERVED.name, None, county.encode(), wire.encode(event), [], wire.millis(event.at), event
    )
