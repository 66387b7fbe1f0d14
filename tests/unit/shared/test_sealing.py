"""Contact data are opened by the key alone, and only for their own report."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import SealBrokenError
from shared.matter import Reporter
from shared.sealing import key_of, open_sealed, seal

KEY = bytes(range(64))
WHO = Reporter(name="某某", phone="000-0000")


def test_what_was_sealed_opens_again() -> None:
    assert open_sealed(seal(WHO, KEY, "r1"), KEY, "r1") == WHO


def test_the_same_contact_of_the_same_report_gives_the_same_text() -> None:
    assert seal(WHO, KEY, "r1") == seal(WHO, KEY, "r1")


def test_the_same_contact_of_another_report_gives_another_text() -> None:
    assert seal(WHO, KEY, "r1") != seal(WHO, KEY, "r2")


def test_the_length_of_a_name_does_not_show() -> None:
    assert len(seal(Reporter(name="a"), KEY, "r1")) == len(seal(Reporter(name="a" * 20), KEY, "r1"))


@pytest.mark.parametrize(
    ("sealed", "key", "report_id"),
    [
        pytest.param(seal(WHO, KEY, "r1"), KEY, "r2", id="another report"),
        pytest.param(seal(WHO, KEY, "r1"), bytes(64), "r1", id="another key"),
        pytest.param(seal(WHO, KEY, "r1")[:-4], KEY, "r1", id="cut off"),
        pytest.param("s2" + seal(WHO, KEY, "r1")[2:], KEY, "r1", id="another scheme"),
        pytest.param("s1.", KEY, "r1", id="empty"),
        pytest.param("s1.!!", KEY, "r1", id="not base64"),
        pytest.param("s1.密文", KEY, "r1", id="not ascii"),
    ],
)
def test_anything_else_does_not_open(sealed: str, key: bytes, report_id: str) -> None:
    with pytest.raises(SealBrokenError):
        open_sealed(sealed, key, report_id)


@given(st.text())
def test_no_text_breaks_the_opening(text: str) -> None:
    with pytest.raises(SealBrokenError):
        open_sealed(f"s1.{text}", KEY, "r1")


@pytest.mark.parametrize("size", [32, 48, 64])
def test_a_key_has_one_of_three_lengths(size: int) -> None:
    assert key_of(base64.b64encode(bytes(size)).decode()) == bytes(size)


@pytest.mark.parametrize("text", [base64.b64encode(bytes(31)).decode(), "no base64!", ""])
def test_any_other_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes"):
        key_of(text)
