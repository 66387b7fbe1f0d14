"""Contact data as ciphertext: AES-SIV, bound to the report they came with.

Deterministic, so that the same input gives the same bytes on the log: equal ciphertexts say only that the same
report came twice. The prefix names the scheme, so that another can follow without breaking what is on the log.
"""

import base64
import binascii
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.errors import SealBrokenError
from shared.matter import Reporter

PREFIX = "s1."
BLOCK = 64  # the length of a name is hidden up to this many bytes
KEY_BYTES = (32, 48, 64)


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(key)


def key_of(text: str) -> bytes:
    """A key from its base64 form; ValueError if it is not 32, 48 or 64 bytes."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) not in KEY_BYTES:
        raise ValueError(f"a key has 32, 48 or 64 bytes, not {len(key)}")
    return key


def seal(reporter: Reporter, key: bytes, report_id: str) -> str:
    """The contact data as text that only the key opens, and only for this report."""
    plain = msgspec.json.encode(reporter)
    padded = plain.ljust(-(-len(plain) // BLOCK) * BLOCK)
    return PREFIX + base64.urlsafe_b64encode(_cipher(key).encrypt(padded, [report_id.encode()])).decode()


def open_sealed(sealed: str, key: bytes, report_id: str) -> Reporter:
    """The contact data again. SealBrokenError for anything that `seal` did not make for this report."""
    if not sealed.startswith(PREFIX):
        raise SealBrokenError("not sealed by us")
    try:
        box = base64.b64decode(sealed.removeprefix(PREFIX), b"-_", validate=True)
        return msgspec.json.decode(_cipher(key).decrypt(box, [report_id.encode()]), type=Reporter)
    except (InvalidTag, ValueError, msgspec.DecodeError) as error:
        raise SealBrokenError("the seal does not open: not ours, or of another report") from error
