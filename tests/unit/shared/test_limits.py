"""Deadlines from budgets, whatever was asked before."""

from datetime import UTC

import pytest

from shared import catalogue, limits
from shared.divisions import Tier
from shared.matter import Awaits, Grade
from tests.builders import MONDAY, VILLAGE

POLICY = catalogue.load()


def test_a_deadline_counts_from_the_instant_as_it_was_written() -> None:
    for start in (MONDAY, MONDAY.astimezone(UTC), MONDAY):
        due = limits.deadline(
            POLICY, "dispute.neighbour", Grade.SMALL, Tier.VILLAGE, "resolve", start, VILLAGE
        )
        assert due is not None
        assert due.since.isoformat() == start.isoformat()
        assert due.yellow is not None


@pytest.mark.parametrize("awaits", Awaits)
def test_deadlines_of_one_instant_keep_whose_turn_it_is_apart(awaits: Awaits) -> None:
    grade, tier = Grade.SMALL, Tier.VILLAGE
    due = limits.deadline(POLICY, "dispute.neighbour", grade, tier, "review", MONDAY, VILLAGE, awaits=awaits)
    assert due is not None
    assert due.awaits is awaits
