"""What a report is called: its id on the bus, and the receipt code a resident can read out over the telephone.

Both follow from source and the source's own id, so the same report always has the same ones. A receipt is keyed:
without the key nobody can work out another person's.
"""

import hashlib
import hmac
import re
import unicodedata

from stdnum import damm  # type: ignore[import-untyped,unused-ignore]

from shared import wire
from shared.errors import ReceiptInvalidError

DIGITS = 16
_GAPS = re.compile(r"[\s\-\u2010-\u2015.·_]+")


def report_id_of(source: str, source_id: str) -> str:
    """32 hex digits. A source's name has no bar in it, so two reports never share one."""
    return wire.event_id(f"{source}|{source_id}", "report")


def receipt_of(report_id: str, key: bytes) -> str:
    """`NNNN NNNN NNNN NNNN`: fifteen digits of a keyed digest, and one that finds a slip of the tongue."""
    digest = hmac.digest(key, report_id.encode(), hashlib.sha256)
    body = f"{int.from_bytes(digest[:16]) % 10 ** (DIGITS - 1):0{DIGITS - 1}d}"
    return _grouped(body + damm.calc_check_digit(body))


def canonical(code: str) -> str:
    """The code as we write it, from any way of writing it. ReceiptInvalidError when its check digit is wrong."""
    digits = _GAPS.sub("", unicodedata.normalize("NFKC", code))
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise ReceiptInvalidError(f"a receipt code has {DIGITS} digits")
    if not damm.is_valid(digits):
        raise ReceiptInvalidError("mistyped: the last digit does not fit the others")
    return _grouped(digits)


def _grouped(digits: str) -> str:
    return " ".join(digits[at : at + 4] for at in range(0, DIGITS, 4))
