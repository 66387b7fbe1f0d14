"""How often one receipt may be used."""

from datetime import timedelta

from services.intake.load import Pace
from tests.unit.intake.samples import MINUTE, NOW, TICK


def test_so_many_a_minute_and_no_more() -> None:
    pace = Pace(3)
    waits = [pace.wait("r", NOW + timedelta(seconds=nth)) for nth in range(4)]
    assert waits == [0, 0, 0, 57]


def test_what_was_refused_does_not_count_and_the_minute_is_over_at_its_instant() -> None:
    pace = Pace(1)
    assert pace.wait("r", NOW) == 0
    assert pace.wait("r", NOW + MINUTE - TICK) == 1
    assert pace.wait("r", NOW + MINUTE) == 0


def test_each_receipt_has_its_own() -> None:
    pace = Pace(1)
    assert [pace.wait(key, NOW) for key in "abab"] == [0, 0, 60, 60]


def test_only_the_receipts_used_last_are_remembered() -> None:
    pace = Pace(1, keys=2)
    assert [pace.wait(key, NOW) for key in "abcab"] == [0, 0, 0, 0, 0]
    assert len(pace._used) == 2
