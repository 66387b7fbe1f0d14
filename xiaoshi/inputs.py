"""Lines of a file as records of the raw topics, as `xiaoshi publish` and `xiaoshi replay` put them on the road."""

import argparse
import json
from datetime import datetime
from typing import Any

from shared import divisions, topics
from shared.errors import InputInvalidError, NoDivisionAtTierError, UnknownDivisionError
from shared.wire import Out, millis


def report_out(line: bytes, number: int) -> Out:
    """A report for its source's topic, stamped with the time it was reported. `number`: of the line, for messages."""
    fields = _object(line, number)
    source = fields.get("source")
    if not isinstance(source, str) or not source:
        raise InputInvalidError(f"line {number}: source must name where the report came from")
    return Out(
        topics.raw(source),
        None,
        county_key(fields.get("division")).encode(),
        line.strip(),
        [],
        millis(_instant(fields, "reported_at", number)),
    )


def action_out(line: bytes, number: int) -> Out:
    """An action for the actions' topic, stamped with the time the centre gave."""
    fields = _object(line, number)
    county = str(fields.get("county", ""))
    topic = topics.RESIDENTS.name if fields.get("desk") is None else topics.ACTIONS.name
    return Out(topic, None, county.encode(), line.strip(), [], millis(_instant(fields, "at", number)))


def instant(text: str) -> datetime:
    """An instant of the command line: RFC 3339 with an offset. Raises what argparse shows as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no instant") from error
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} needs an offset, as in 2026-01-05T09:00:00+08:00")
    return at


def county_key(division: object) -> str:
    """The county as the key of a record; what cannot be placed keeps its text, for intake to refuse with a reason."""
    try:
        return divisions.county_of(str(division))
    except (UnknownDivisionError, NoDivisionAtTierError):
        return str(division)


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise InputInvalidError(f"line {number}: not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise InputInvalidError(f"line {number}: must be a JSON object")
    return fields


def _instant(fields: dict[str, Any], name: str, number: int) -> datetime:
    try:
        return datetime.fromisoformat(fields[name])
    except (KeyError, TypeError, ValueError) as error:
        raise InputInvalidError(f"line {number}: {name} must be an instant with an offset") from error
