"""CloudEvents on the raw topics: binary, structured, or none."""

import base64
from typing import Any

import msgspec
import pytest

from services.intake.rules.envelope import Contents, new_trace, trace_of, unwrap
from services.intake.rules.screen import Refusal
from shared.reasons import Reason
from tests.unit.intake.samples import a_record, a_tree

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STRUCTURED = ("content-type", b"application/cloudevents+json; charset=UTF-8")


def an_event(**changes: Any) -> bytes:
    event = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/grid",
        "type": "x.y",
        "data": a_tree(source_id=None),
    }
    return msgspec.json.encode(
        {name: value for name, value in (event | changes).items() if value is not None}
    )


def unwrapped(value: bytes, *headers: tuple[str, bytes]) -> Contents | Refusal:
    return unwrap(a_record(value, headers=list(headers)))


def test_bare_json_is_its_own_contents() -> None:
    assert unwrapped(b"{}") == Contents(b"{}")


def test_in_binary_mode_the_value_is_the_data_and_the_id_a_header() -> None:
    assert unwrapped(b"{}", ("ce_id", b"e-1"), ("content-type", b"application/json")) == Contents(
        b"{}", "e-1"
    )


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param(b"application/cloudevents+json", id="plain"),
        pytest.param(b"Application/CloudEvents+JSON; charset=UTF-8", id="other case, with charset"),
        pytest.param(b"application/cloudevents", id="prefix alone"),
    ],
)
def test_in_structured_mode_the_data_are_inside(content_type: bytes) -> None:
    contents = unwrapped(an_event(), ("Content-Type", content_type))
    assert isinstance(contents, Contents)
    assert (msgspec.json.decode(contents.data), contents.source_id) == (a_tree(source_id=None), "e-1")


def test_structured_data_may_be_base64() -> None:
    event = an_event(data=None, data_base64=base64.b64encode(b"{}").decode())
    assert unwrapped(event, STRUCTURED) == Contents(b"{}", "e-1")


@pytest.mark.parametrize(
    ("value", "content_type", "reason"),
    [
        pytest.param(b"{", STRUCTURED[1], Reason.NOT_JSON, id="broken"),
        pytest.param(an_event(data=None), STRUCTURED[1], Reason.FIELD_INVALID, id="no data"),
        pytest.param(an_event(id=None), STRUCTURED[1], Reason.FIELD_INVALID, id="no id"),
        pytest.param(an_event(specversion="0.3"), STRUCTURED[1], Reason.FIELD_INVALID, id="older version"),
        pytest.param(an_event(data="x" * 65536), STRUCTURED[1], Reason.TOO_LARGE, id="too large"),
        pytest.param(b'{"data":' + b"[" * 99, STRUCTURED[1], Reason.TOO_DEEP, id="too deep"),
        pytest.param(b"[]", b"application/cloudevents-batch+json", Reason.NOT_JSON, id="a batch"),
    ],
)
def test_a_broken_event_is_refused(value: bytes, content_type: bytes, reason: Reason) -> None:
    refusal = unwrapped(value, ("content-type", content_type))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("traceparent", TRACE)], id="of the hop"),
        pytest.param([("ce_traceparent", TRACE)], id="of the origin"),
        pytest.param([STRUCTURED], id="inside the event"),
    ],
)
def test_a_trace_passes_through(headers: list[tuple[str, bytes]]) -> None:
    contents = unwrapped(an_event(traceparent=TRACE.decode()), *headers)
    assert isinstance(contents, Contents)
    assert contents.trace == TRACE


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        b"x",
        TRACE[:-1],
        TRACE + b"0",
        b"ff" + TRACE[2:],
        b"00-" + b"0" * 32 + TRACE[35:],
        TRACE.upper(),
    ],
)
def test_a_broken_trace_is_as_none(header: bytes | None) -> None:
    assert trace_of(header) is None


def test_a_new_trace_is_one_and_follows_from_the_report() -> None:
    trace = new_trace("0af7651916cd43dd8448eb211c80319c")
    assert trace_of(trace) == trace == new_trace("0af7651916cd43dd8448eb211c80319c")
