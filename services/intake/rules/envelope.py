"""What is inside a record of a raw topic: bare JSON, or a CloudEvent in binary or structured mode."""

import re
from typing import NamedTuple

import msgspec

from services.intake.rules.screen import Refusal, refused, too_much
from shared import wire
from shared.reasons import Reason
from shared.wire import Record

_TRACE = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Contents(NamedTuple):
    """The report's own bytes, the id of the event around it, and its trace."""

    data: bytes
    source_id: str | None = None
    trace: bytes | None = None


class Structured(msgspec.Struct):
    """The attributes of a structured event that mean something here; others are allowed and passed over."""

    specversion: str
    id: str
    data: msgspec.Raw = msgspec.Raw()
    data_base64: bytes | None = None
    traceparent: str | None = None


_structured = msgspec.json.Decoder(Structured)


def unwrap(record: Record) -> Contents | Refusal:
    """Decided by the content type alone, as the Kafka binding says: case-insensitive, by its beginning."""
    value = record.value or b""
    headers = {name.lower(): content for name, content in record.headers}
    trace = trace_of(headers.get("traceparent") or headers.get("ce_traceparent"))
    kind = (headers.get("content-type") or b"").strip().lower()
    if kind.startswith(b"application/cloudevents-batch"):
        return refused(Reason.NOT_JSON, "there are no batches of CloudEvents on Kafka: one record, one event")
    if kind.startswith(b"application/cloudevents"):
        return _opened(value, trace)
    event_id = headers.get("ce_id")
    return Contents(value, event_id.decode(errors="replace") if event_id else None, trace)


def trace_of(header: bytes | None) -> bytes | None:
    """The W3C trace parent if it is one; a broken one is as if it was not there."""
    return header if header is not None and _TRACE.fullmatch(header) else None


def new_trace(report_id: str) -> bytes:
    """The trace of a report that came without: the same each time the report comes."""
    return f"00-{report_id}-{wire.event_id(report_id, 'trace')[:16]}-01".encode()


def _opened(value: bytes, trace: bytes | None) -> Contents | Refusal:
    refusal = too_much(value)
    if refusal is not None:
        return refusal
    try:
        event = _structured.decode(value)
    except msgspec.ValidationError as error:
        return refused(Reason.FIELD_INVALID, f"not a CloudEvent: {error}")
    except (msgspec.DecodeError, ValueError, RecursionError):
        return refused(Reason.NOT_JSON, "not JSON in UTF-8")
    if event.specversion != "1.0":
        return refused(Reason.FIELD_INVALID, "only CloudEvents 1.0 are read", "/specversion")
    data = bytes(event.data) if event.data_base64 is None else event.data_base64
    if not data:
        return refused(Reason.FIELD_INVALID, "an event without data is no report", "/data")
    inner = trace_of(event.traceparent.encode(errors="replace")) if event.traceparent else None
    return Contents(data, event.id, trace or inner)
