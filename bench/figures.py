"""What rounds of a measurement come to: pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Run:
    """One round of one peer. `rate`: reports a second. `processor`: microseconds per report. `memory`: megabytes."""

    rate: float
    processor: float
    memory: float


@dataclass(frozen=True)
class Spread:
    """The median of several rounds, with the slowest and the fastest of them."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:,.0f} ({self.low:,.0f} to {self.high:,.0f})"


@dataclass(frozen=True)
class Bar:
    """A promise about a ratio. The bar itself counts as kept."""

    what: str
    ratio: float
    at_least: float

    @property
    def is_kept(self) -> bool:
        return self.ratio >= self.at_least

    def __str__(self) -> str:
        verdict = "kept" if self.is_kept else "BROKEN"
        return f"{self.what}: {self.ratio:.2f}, bar {self.at_least:.1f}: {verdict}"


def spread(values: Sequence[float]) -> Spread:
    """Raises ValueError where there was no round."""
    if not values:
        raise ValueError("no round was measured")
    return Spread(median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest measured value that `share` of all do not exceed (nearest rank); `share` above 0, up to 1."""
    if not values or not 0 < share <= 1:
        raise ValueError(f"no {share} of {len(values)} values")
    return sorted(values)[math.ceil(share * len(values)) - 1]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios round by round: neighbours in time had the same machine."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))
