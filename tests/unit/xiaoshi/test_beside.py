"""A function in a process of its own: what it says comes in order, and what ended it is known."""

import os
from itertools import islice
from multiprocessing.connection import Connection

import pytest

from shared.errors import InputInvalidError, XiaoshiError
from xiaoshi.trial.beside import AHEAD, beside

MANY = 3 * AHEAD


def counting(pipe: Connection) -> int:
    for nth in range(MANY):
        pipe.send_bytes(str(nth).encode())
    return MANY


def refusing(pipe: Connection) -> int:
    pipe.send_bytes(b"first")
    raise InputInvalidError("no such report")


def dying(pipe: Connection) -> int:
    pipe.send_bytes(b"first")
    os._exit(9)


def test_what_it_says_comes_in_order_and_then_what_it_returns() -> None:
    with beside(counting) as other:
        assert list(other.said()) == [str(nth).encode() for nth in range(MANY)]
        assert other.returned() == MANY


def test_what_nobody_listened_to_is_passed_over() -> None:
    with beside(counting) as other:
        assert list(islice(other.said(), 2)) == [b"0", b"1"]
        assert other.returned() == MANY


def test_an_error_that_stopped_it_is_raised_here() -> None:
    with beside(refusing) as other:
        assert list(other.said()) == [b"first"]
        with pytest.raises(InputInvalidError, match="no such report"):
            other.returned()


def test_one_that_died_is_not_taken_for_one_that_has_ended() -> None:
    with beside(dying) as other:
        assert list(other.said()) == [b"first"]
        with pytest.raises(XiaoshiError, match="without a word"):
            other.returned()


def test_it_is_stopped_when_nobody_needs_it_any_more() -> None:
    with beside(counting) as other:
        assert next(other.said()) == b"0"
