"""Which policy an input of the past comes under, in a run of the new one."""

import enum
from datetime import datetime, timedelta

from shared import topics
from xiaoshi.trial.figures import Stretch
from xiaoshi.trial.past import Input

# By how much a report may be handled later than it was received.
LATE = timedelta(days=1)


class Stage(enum.Enum):
    """Of an input."""

    BEFORE = enum.auto()
    """The new policy does not rule yet."""
    WITHIN = enum.auto()
    ADOPTED = enum.auto()
    """A policy that the past adopted: what is tried is to be without."""
    OVER = enum.auto()
    """All that was received within the stretch has been handled."""


class Course:
    """How far a run has come. Whoever is given the same inputs says the same of them."""

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch
        self._has_begun = False
        self.ticked: datetime | None = None

    def stage(self, given: Input) -> Stage:
        """The new policy takes over with the first report or tick of the stretch."""
        if given.at is not None and given.record.topic == topics.TICKS.name:
            self.ticked = given.at
        if self.ticked is not None and self._stretch.is_over(self.ticked - LATE):
            return Stage.OVER
        if not self._has_begun:
            self._has_begun = given.at is not None and self._stretch.has_begun(given.at)
        if not self._has_begun:
            return Stage.BEFORE
        return Stage.ADOPTED if given.is_policy else Stage.WITHIN
