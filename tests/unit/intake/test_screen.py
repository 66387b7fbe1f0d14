"""What is a report, and what exactly is wrong with what is none."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.rules.screen import LIMIT_BYTES, LIMIT_DEPTH, Refusal, Screen, is_deeper
from services.intake.sources import sources
from shared.matter import Report
from shared.reasons import Reason
from tests.unit.intake.samples import CATEGORIES, COUNTY, MINUTE, NOW, TICK, a_body, a_tree, given_by, screen


def refusal_of(body: bytes, source: str = "grid") -> Refusal:
    answer = screen(body, given_by(source))
    assert isinstance(answer, Refusal), answer
    return answer


def report_of(body: bytes, source: str = "grid") -> Report:
    answer = screen(body, given_by(source))
    assert isinstance(answer, Report), answer
    return answer


def test_a_plain_report_passes_and_has_the_source_it_came_by() -> None:
    assert report_of(a_body()).source == "grid"


@pytest.mark.parametrize(
    ("changes", "reason", "fields"),
    [
        pytest.param({"title": None}, Reason.FIELD_INVALID, ["/title"], id="required field is missing"),
        pytest.param({"title": ""}, Reason.FIELD_INVALID, ["/title"], id="title is empty"),
        pytest.param({"title": " \n"}, Reason.FIELD_INVALID, ["/title"], id="title is blank"),
        pytest.param({"title": "x" * 201}, Reason.FIELD_INVALID, ["/title"], id="title 201 long"),
        pytest.param({"text": "x" * 8001}, Reason.FIELD_INVALID, ["/text"], id="text 8001 long"),
        pytest.param({"source_id": 7}, Reason.FIELD_INVALID, ["/source_id"], id="number for text"),
        pytest.param(
            {"reported_at": "2026-03-01T08:30:00"}, Reason.FIELD_INVALID, ["/reported_at"], id="no offset"
        ),
        pytest.param(
            {"reported_at": "1999-12-31T00:00:00Z"}, Reason.FIELD_INVALID, ["/reported_at"], id="too old"
        ),
        pytest.param(
            {"occurred_at": "1899-12-31T00:00:00Z"}, Reason.FIELD_INVALID, ["/occurred_at"], id="long ago"
        ),
        pytest.param({"division": "43"}, Reason.FIELD_INVALID, ["/division"], id="province, 2 digits"),
        pytest.param({"division": "430000"}, Reason.FIELD_INVALID, ["/division"], id="province, padded"),
        pytest.param({"division": "4309819"}, Reason.DIVISION_UNKNOWN, ["/division"], id="odd width"),
        pytest.param({"division": "430981999"}, Reason.DIVISION_UNKNOWN, ["/division"], id="no such town"),
        pytest.param(
            {"other_divisions": [COUNTY, "999999"]},
            Reason.DIVISION_UNKNOWN,
            ["/other_divisions/1"],
            id="second other division unknown",
        ),
        pytest.param(
            {"about_body": "999999:police"}, Reason.DIVISION_UNKNOWN, ["/about_body"], id="body nowhere"
        ),
        pytest.param(
            {"category": "dispute.nobody"},
            Reason.CATEGORY_UNKNOWN,
            ["/category"],
            id="category not in policy",
        ),
        pytest.param(
            {"category": "dispute"}, Reason.FIELD_INVALID, ["/category"], id="category of one level"
        ),
        pytest.param({"source": "hotline"}, Reason.SOURCE_MISMATCH, ["/source"], id="another source"),
        pytest.param({"name": "x"}, Reason.FIELD_UNKNOWN, ["/name"], id="unknown field"),
        pytest.param(
            {"location": {"lat": 91, "lon": 0, "z": 1, "y": 1}},
            Reason.FIELD_INVALID,
            ["/location/lat", "/location/z", "/location/y"],
            id="nested wrong and unknown",
        ),
        pytest.param(
            {"reporter": {"sealed": "s1.AAAA"}}, Reason.FIELD_INVALID, ["/reporter/sealed"], id="foreign seal"
        ),
        pytest.param(
            {"reporter_ref": "13900000000"},
            Reason.FIELD_INVALID,
            ["/reporter_ref"],
            id="telephone as pseudonym",
        ),
        pytest.param(
            {"people_involved": 10**30}, Reason.FIELD_INVALID, ["/people_involved"], id="huge number"
        ),
        pytest.param(
            {"attachments": ["ftp://x"]}, Reason.FIELD_INVALID, ["/attachments/0"], id="no web link"
        ),
        pytest.param({"answers": {"a/b": 1}}, Reason.FIELD_INVALID, ["/answers/a~1b"], id="slash in a name"),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(
    changes: dict[str, Any], reason: Reason, fields: list[str]
) -> None:
    refusal = refusal_of(a_body(**changes))
    assert (refusal.reason, list(refusal.fields)) == (reason, fields)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"title": "x" * 200}, id="title 200 long"),
        pytest.param({"title": "x"}, id="title 1 long"),
        pytest.param({"text": "字" * 8000}, id="text 8000 long"),
        pytest.param({"source": "grid"}, id="its own source"),
        pytest.param({"category": "dispute.neighbour"}, id="known category"),
        pytest.param({"division": "4309"}, id="a city"),
        pytest.param({"location": {"lat": 90, "lon": -180}}, id="the pole"),
        pytest.param({"reporter": {"name": "x", "phone": "1"}}, id="contact data"),
        pytest.param({"money_at_stake": 10**13}, id="the largest sum"),
        pytest.param({"attachments": ["https://x/y.jpg"] * 20}, id="20 pictures"),
    ],
)
def test_what_is_just_allowed_passes(changes: dict[str, Any]) -> None:
    report_of(a_body(**changes))


def test_everything_wrong_is_told_at_once() -> None:
    changes = {
        "title": None,
        "division": "999999",
        "category": "x.y",
        "people_involved": -1,
        "zz": 1,
        "source": "app",
    }
    assert sorted(refusal_of(a_body(**changes)).fields) == [
        "/category",
        "/division",
        "/people_involved",
        "/source",
        "/title",
        "/zz",
    ]


def test_an_unknown_division_names_its_nearest_ancestor() -> None:
    assert "430981" in refusal_of(a_body(division="430981999")).detail.partition("ancestor is")[2]


def test_a_mistyped_category_is_told_the_nearest() -> None:
    assert "did you mean dispute.neighbour?" in refusal_of(a_body(category="dispute.neighbor")).detail


def test_divisions_are_brought_into_the_form_of_the_tree() -> None:
    report = report_of(
        a_body(division="430981000000", other_divisions=["430900", "430981"], about_body="430900:police")
    )
    assert report.division == "430981"
    assert report.other_divisions == ("4309", "430981")
    assert report.about_body == "4309:police"


@pytest.mark.parametrize(
    ("ahead", "passes"),
    [
        pytest.param(5 * MINUTE, True, id="five minutes"),
        pytest.param(5 * MINUTE + TICK, False, id="a microsecond more"),
        pytest.param(timedelta(days=-3650), True, id="ten years ago"),
    ],
)
def test_a_report_may_be_five_minutes_ahead_of_its_receipt(ahead: timedelta, passes: bool) -> None:
    answer = screen(a_body(reported_at=(NOW + ahead).isoformat()), given_by())
    assert isinstance(answer, Report) is passes
    if isinstance(answer, Refusal):
        assert (answer.reason, answer.fields) == (Reason.IN_THE_FUTURE, ("/reported_at",))


@pytest.mark.parametrize(
    ("ahead", "passes"),
    [
        pytest.param(5 * MINUTE, True, id="five minutes"),
        pytest.param(5 * MINUTE + TICK, False, id="a microsecond more"),
    ],
)
def test_a_matter_may_occur_five_minutes_after_it_is_reported(ahead: timedelta, passes: bool) -> None:
    answer = screen(a_body(occurred_at=(NOW + ahead).isoformat()), given_by(at=NOW + 60 * MINUTE))
    assert isinstance(answer, Report) is passes
    if isinstance(answer, Refusal):
        assert (answer.reason, answer.fields) == (Reason.IN_THE_FUTURE, ("/occurred_at",))


def padded(size: int) -> bytes:
    body = a_body()
    return body + b" " * (size - len(body))


def test_64_kib_pass_and_one_more_byte_does_not() -> None:
    report_of(padded(LIMIT_BYTES))
    assert refusal_of(padded(LIMIT_BYTES + 1)).reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("body", "deeper"),
    [
        pytest.param(b"[" * LIMIT_DEPTH + b"]" * LIMIT_DEPTH, False, id="at the limit"),
        pytest.param(b"[" * (LIMIT_DEPTH + 1), True, id="one deeper"),
        pytest.param(b'{"a":' * (LIMIT_DEPTH + 1), True, id="objects"),
        pytest.param(b"[" + b"[]," * 99 + b"[]]", False, id="many, not deep"),
        pytest.param(b'"' + b"[" * 99 + b'"', False, id="inside a text"),
        pytest.param(b'"\\"' + b"[" * 99 + b'"', False, id="after an escaped quote"),
        pytest.param(b'"\\\\"' + b"[" * 99, True, id="after an escaped backslash"),
        pytest.param(b'\\"' * 30_000 + b"[" * 20, False, id="a text that never ends"),
    ],
)
def test_depth_counts_what_nests(body: bytes, deeper: bool) -> None:
    assert is_deeper(body, LIMIT_DEPTH) is deeper


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", Reason.NOT_JSON, id="nothing"),
        pytest.param(b"{", Reason.NOT_JSON, id="broken off"),
        pytest.param(b"[]", Reason.NOT_JSON, id="a list"),
        pytest.param(b"null", Reason.NOT_JSON, id="null"),
        pytest.param(b'{"title": "\xff"}', Reason.NOT_JSON, id="not UTF-8"),
        pytest.param("{}".encode("utf-16"), Reason.NOT_JSON, id="UTF-16"),
        pytest.param(b"[" * 60_000, Reason.TOO_DEEP, id="60,000 deep"),
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes, reason: Reason) -> None:
    assert refusal_of(body).reason is reason


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("NaN", "not a finite number", id="NaN"),
        pytest.param("-Infinity", "not a finite number", id="infinity"),
        pytest.param("1e999", "not a finite number", id="overflow"),
        pytest.param('"\\ud800"', "not Unicode", id="half a surrogate pair"),
    ],
)
def test_values_only_a_lenient_reader_takes_are_named(value: str, text: str) -> None:
    refusal = refusal_of(b'{"location": {"lat": %s}}' % value.encode())
    assert (refusal.reason, refusal.fields) == (Reason.FIELD_INVALID, ("/location/lat",))
    assert text in refusal.detail


def test_a_refusal_quotes_no_value_of_contact_data() -> None:
    secret = "某某某电话号码"
    refusal = refusal_of(
        a_body(reporter={"name": secret * 40, "phone": [secret], "wechat": secret}, title=None)
    )
    assert len(refusal.fields) == 4
    assert secret not in refusal.detail


def test_a_refusal_can_be_encoded_whatever_the_names_are() -> None:
    refusal = refusal_of(b'{"\\ud800": 1, "' + b"x" * 500 + b'": 2}')
    assert msgspec.json.encode(refusal.fields)
    assert max(map(len, refusal.fields)) <= 65


def test_a_foreign_seal_is_refused_and_our_own_passes() -> None:
    ours = Screen(
        CATEGORIES, lambda sealed, source, source_id: (sealed, source, source_id) == ("s", "grid", "7")
    )
    assert isinstance(ours(a_body(reporter={"sealed": "s"}), given_by()), Report)
    assert isinstance(ours(a_body(reporter={"sealed": "t"}), given_by()), Refusal)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
names = st.sampled_from(
    [*Report.__struct_fields__, *(name for source in sources().values() for name in source.fields)]
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(sorted(sources())))
def test_no_bytes_break_the_screen(body: bytes, source: str) -> None:
    assert isinstance(screen(body, given_by(source)), Report | Refusal)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(names | st.text(max_size=5), json_values, max_size=6), st.sampled_from(sorted(sources()))
)
def test_no_values_break_the_screen(changes: dict[str, Any], source: str) -> None:
    tree = a_tree() | changes
    answer = screen(json.dumps(tree).encode(), given_by(source))
    assert isinstance(answer, Report | Refusal)
    if isinstance(answer, Refusal):
        assert msgspec.json.encode([answer.detail, answer.fields])
    else:
        assert msgspec.json.encode(answer)
