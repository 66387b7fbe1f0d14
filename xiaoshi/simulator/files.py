"""A day as files, one line a submission, so that a player needs nothing but them."""

import base64
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from shared.errors import InputInvalidError
from xiaoshi.simulator.sent import Acted, Day, Road, Sent, Truth

REPORTS, TRUTH, FACTS, ACTED = "reports.jsonl", "truth.jsonl", "facts.json", "acted.jsonl"


class _Row(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of reports.jsonl: the payload as text where it is UTF-8, else in base64."""

    n: int
    at: datetime
    source: str
    road: Road
    county: str
    headers: tuple[tuple[str, str], ...]
    payload: str | None = None
    payload_base64: str | None = None


class _Facts(Struct, frozen=True, kw_only=True):
    """What facts.json says of the whole day."""

    county: str
    day: date
    seed: int
    policy: str
    counts: dict[str, int]


def write_day(made: Day, folder: Path) -> None:
    """Overwrites the three files; the same day gives the same bytes. What was played of another day goes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ACTED).unlink(missing_ok=True)
    _lines(folder / REPORTS, [_row(each) for each in made.sent])
    _lines(folder / TRUTH, [each.truth for each in made.sent])
    facts = _Facts(county=made.county, day=made.day, seed=made.seed, policy=made.policy, counts=made.counts())
    (folder / FACTS).write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n")


def read_day(folder: Path) -> Day:
    """The day that was written. Raises InputInvalidError."""
    try:
        facts = msgspec.json.decode((folder / FACTS).read_bytes(), type=_Facts)
        rows = msgspec.json.Decoder(_Row).decode_lines((folder / REPORTS).read_bytes())
        truths = msgspec.json.Decoder(Truth).decode_lines((folder / TRUTH).read_bytes())
        sent = tuple(_sent(row, truth) for row, truth in zip(rows, truths, strict=True))
    except (OSError, ValueError) as error:
        raise InputInvalidError(f"{folder} holds no simulated day: {error}") from error
    return Day(county=facts.county, day=facts.day, seed=facts.seed, policy=facts.policy, sent=sent)


def write_acted(acted: Sequence[Acted], folder: Path) -> None:
    """The actions that were sent beside the day's files, each with what it must lead to; overwrites."""
    _lines(folder / ACTED, acted)


def read_acted(folder: Path) -> tuple[Acted, ...]:
    """The actions that were written; none where a day was made and not played. Raises InputInvalidError."""
    path = folder / ACTED
    if not path.exists():
        return ()
    try:
        return tuple(msgspec.json.Decoder(Acted).decode_lines(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise InputInvalidError(f"{path} holds no actions: {error}") from error


def _lines(path: Path, rows: Sequence[_Row | Truth | Acted]) -> None:
    path.write_bytes(msgspec.json.Encoder().encode_lines(rows))


def _row(sent: Sent) -> _Row:
    try:
        text, coded = sent.payload.decode(), None
    except UnicodeDecodeError:
        text, coded = None, base64.b64encode(sent.payload).decode()
    return _Row(
        n=sent.truth.n,
        at=sent.at,
        source=sent.source,
        road=sent.road,
        county=sent.county,
        headers=sent.headers,
        payload=text,
        payload_base64=coded,
    )


def _sent(row: _Row, truth: Truth) -> Sent:
    payload = base64.b64decode(row.payload_base64 or "") if row.payload is None else row.payload.encode()
    return Sent(
        at=row.at,
        source=row.source,
        road=row.road,
        county=row.county,
        headers=row.headers,
        payload=payload,
        truth=truth,
    )
