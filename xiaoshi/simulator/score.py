"""How well joining found the true matters, counted in pairs of reports."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping

from msgspec import Struct


class Score(Struct, frozen=True, kw_only=True):
    """Pairs that truly are one matter, pairs that were joined, and pairs that are both."""

    true: int
    found: int
    both: int

    @property
    def precision(self) -> float:
        """Share of the joined pairs that are right; 1 when nothing was joined."""
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were joined; 1 when there was nothing to join."""
        return self.both / self.true if self.true else 1.0


def score_joins(truth_groups: Mapping[str, int], found: Mapping[str, str]) -> Score:
    """Compare by report id. A report that was never found counts as joined with nothing."""
    both = ((truth_groups[report], matter) for report, matter in found.items() if report in truth_groups)
    return Score(
        true=_pairs(truth_groups.values()),
        found=_pairs(matter for report, matter in found.items() if report in truth_groups),
        both=_pairs(both),
    )


def _pairs(labels: Iterable[Hashable]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(labels).values())
