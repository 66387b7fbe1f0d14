"""Buried records: which are meant, what is shown of them, and that they come back as they were."""

import json
from datetime import UTC, datetime

import pytest

from shared import core, topics, wire
from shared.events import RecordBuried
from shared.reasons import Reason
from shared.wire import Record
from xiaoshi.commands.dead import REPLAYED, Burial, masked, matching, revived, summary

AT = int(datetime(2026, 3, 2, 9, 30, tzinfo=UTC).timestamp() * 1000)
RAW = Record(
    "reports.grid.v1",
    2,
    17,
    AT,
    b"430981",
    b'{"title":"\xe8\xb7\xaf\xe7\x81\xaf"',
    [("content-type", b"application/json"), ("ce_id", b"\xff")],
)


def buried(
    record: Record = RAW, reason: Reason = Reason.NOT_JSON, topic: str = topics.REJECTED.name, at: int = 5
) -> Burial:
    (out,) = core.bury(record, reason, "line 1: half an object", topic=topic).outs
    event = wire.decode(out.value)
    assert isinstance(event, RecordBuried)
    return Burial(topic, 0, at, event)


BURIED = [
    buried(at=0),
    buried(reason=Reason.DIVISION_UNKNOWN, at=1),
    buried(topic="reports.grid.v1.dead", reason=Reason.HANDLER_FAILED, at=2),
    buried(RAW._replace(topic="reports.app.v1"), at=3),
    Burial("matters.events.v1.dead", 0, 4, None),
]


@pytest.mark.parametrize(
    ("topic", "reason", "left"),
    [
        pytest.param(None, None, [0, 1, 2, 3, 4], id="all"),
        pytest.param(topics.REJECTED.name, None, [0, 1, 3], id="by where they lie"),
        pytest.param("reports.grid.v1", None, [0, 1, 2], id="by where they came from"),
        pytest.param(None, "not_json", [0, 3], id="by reason"),
        pytest.param("reports.app.v1", "not_json", [3], id="by both"),
        pytest.param("reports.app.v1", "handler_failed", [], id="none"),
    ],
)
def test_the_filters_leave_what_matches(topic: str | None, reason: str | None, left: list[int]) -> None:
    assert [one.offset for one in matching(BURIED, topic, reason)] == left


def test_a_summary_says_where_why_and_whence() -> None:
    said = summary(BURIED[0])
    for word in ("reports.rejected.v1/0/0", "not_json", "reports.grid.v1/2/17", "17 bytes", "half an object"):
        assert word in said


def test_a_record_that_is_no_burial_is_listed_too() -> None:
    assert summary(BURIED[4]) == "matters.events.v1.dead/0/4  is no buried record"


def test_a_summary_is_one_line_and_moves_no_cursor() -> None:
    event = core.bury(RAW, Reason.HANDLER_FAILED, "a\nb\x1b[2J").outs[0].value
    decoded = wire.decode(event)
    assert isinstance(decoded, RecordBuried)
    assert summary(Burial("t.dead", 0, 0, decoded)).isprintable()


class TestRevived:
    def test_is_the_record_byte_for_byte_and_marked(self) -> None:
        out = revived(buried())
        assert (out.topic, out.key, out.value, out.timestamp) == (RAW.topic, RAW.key, RAW.value, AT)
        assert out.headers == [*RAW.headers, (REPLAYED, b"reports.rejected.v1/0/5")]

    def test_has_other_bytes_when_mended(self) -> None:
        assert revived(buried(), b"{}").value == b"{}"

    def test_goes_by_its_key_to_the_countys_lane(self) -> None:
        assert revived(buried()).partition is None

    @pytest.mark.parametrize(
        "record",
        [
            pytest.param(RAW._replace(key=None), id="without a key"),
            pytest.param(RAW._replace(topic=topics.TICKS.name, key=b"2"), id="keyed by lane"),
        ],
    )
    def test_goes_to_the_partition_it_was_in(self, record: Record) -> None:
        assert revived(buried(record)).partition == 2


class TestMasked:
    @pytest.mark.parametrize(
        "hidden",
        [
            pytest.param({"reporter": {"name": "张三", "phone": "13900000000"}}, id="the contract's"),
            pytest.param({"data": {"reporter": {"sealed": "张三 13900000000"}}}, id="in an envelope"),
            pytest.param({"来电人姓名": "张三", "联系电话": "13900000000"}, id="the hotline's"),
            pytest.param({"reportPerson": "张三", "Phone": "13900000000"}, id="the grid's, any case"),
            pytest.param([{"contact": ["张三", "13900000000"]}], id="in a list"),
        ],
    )
    def test_shows_no_contact_data_in_json(self, hidden: object) -> None:
        shown = masked(json.dumps(hidden).encode())
        assert "***" in shown
        assert "张三" not in shown
        assert "13900000000" not in shown

    def test_shows_the_rest(self) -> None:
        assert json.loads(masked('{"title": "路灯", "name": "x"}'.encode())) == {
            "title": "路灯",
            "name": "***",
        }

    def test_hides_names_and_numbers_where_json_is_broken(self) -> None:
        shown = masked('{"phone": "139 0000 0000", "name":"张三", "text": "打 0737-1234567 找我'.encode())
        assert shown == '{"phone": "***", "name": "***", "text": "打 *** 找我'

    def test_leaves_dates_and_divisions_of_text(self) -> None:
        assert masked(b"2026-03-02 430981001002") == "2026-03-02 430981001002"

    def test_shows_what_is_no_text_as_hex(self) -> None:
        assert masked(b"\xff\x00\x10") == "ff0010"
