"""A receipt code can be read out over the telephone, and a slip is found."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ReceiptInvalidError
from shared.receipts import canonical, receipt_of, report_id_of

KEY = b"k" * 32
CODE = receipt_of("r1", KEY)
PLAIN = CODE.replace(" ", "")


def test_a_code_is_four_groups_of_four_digits() -> None:
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", CODE)


def test_a_code_follows_from_the_report_and_the_key() -> None:
    assert receipt_of("r1", KEY) == CODE
    assert receipt_of("r2", KEY) != CODE
    assert receipt_of("r1", b"x" * 32) != CODE


def test_ids_follow_from_the_source_and_its_id() -> None:
    assert report_id_of("grid", "7") == report_id_of("grid", "7")
    assert report_id_of("grid", "7") != report_id_of("app", "7")
    assert re.fullmatch(r"[0-9a-f]{32}", report_id_of("grid", "7"))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(CODE, id="as printed"),
        pytest.param(PLAIN, id="without gaps"),
        pytest.param(f"  {CODE}\n", id="blanks around it"),
        pytest.param(CODE.replace(" ", "-"), id="dashes"),
        pytest.param(CODE.replace(" ", "—"), id="long dashes"),
        pytest.param(CODE.replace(" ", "\u3000"), id="wide blanks"),
        pytest.param(PLAIN.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}), id="wide digits"),
    ],
)
def test_every_way_of_writing_a_code_is_read(written: str) -> None:
    assert canonical(written) == CODE


@pytest.mark.parametrize("nth", range(16))
def test_every_single_wrong_digit_is_found(nth: int) -> None:
    for digit in "0123456789":
        wrong = PLAIN[:nth] + digit + PLAIN[nth + 1 :]
        if wrong != PLAIN:
            with pytest.raises(ReceiptInvalidError, match="mistyped"):
                canonical(wrong)


@pytest.mark.parametrize("nth", range(15))
def test_every_swap_of_neighbours_is_found(nth: int) -> None:
    wrong = PLAIN[:nth] + PLAIN[nth + 1] + PLAIN[nth] + PLAIN[nth + 2 :]
    if wrong != PLAIN:
        with pytest.raises(ReceiptInvalidError, match="mistyped"):
            canonical(wrong)


@pytest.mark.parametrize("code", ["", PLAIN[:15], PLAIN + "0", "abcd efgh ijkl mnop", "١٢٣٤" * 4])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ReceiptInvalidError, match="16 digits"):
        canonical(code)


@given(st.text())
def test_any_text_is_a_code_or_refused(text: str) -> None:
    with contextlib.suppress(ReceiptInvalidError):
        assert canonical(canonical(text)) == canonical(text)
