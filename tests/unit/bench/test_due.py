"""What the bench of falling due times is what it says it times: every alarm and every matter, once."""

from collections.abc import Callable, Iterator

import pytest

from bench.due import Alarms, due_sharp, from_heap, from_queue, lateness, opened, record, towns_of
from shared import catalogue
from xiaoshi.road import makers

POLICY = catalogue.load()


@pytest.mark.parametrize("make", [from_queue, from_heap])
def test_every_alarm_is_fired_once(make: Callable[[Alarms], Iterator[None]]) -> None:
    alarms = [(f"m{nth:02}", f"43098100{nth % 3}") for nth in range(50)]
    built_and_fired = list(make(alarms))
    assert len(built_and_fired) == 1 + len(alarms)


def test_every_matter_is_late_once_and_none_before_the_one_before_it() -> None:
    core = makers(POLICY, 1)["escalation"](0)
    examples = opened(POLICY)
    for nth, (_, town) in enumerate(zip(range(30), towns_of(), strict=False)):
        core.feed(record(due_sharp(examples[nth], nth, town)))
    late = lateness(core, 30)
    assert len(late) == 30
    assert late == sorted(late)
    assert core.fall_due() is None
