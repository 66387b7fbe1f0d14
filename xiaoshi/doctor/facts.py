"""What the doctor sees of a deployment, and what it says of it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from shared.catalogue import Policy
from shared.events import PolicyAdopted
from shared.matter import Value

RUNBOOK = "docs/runbook.md"


class Verdict(enum.StrEnum):
    """In rising order of trouble; the place in it is the exit code."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"


class Finding(Value, frozen=True):
    """One check: what was found, and one sentence on what to do. `section`: of the runbook."""

    check: str
    verdict: Verdict
    found: str
    do: str = ""
    section: str = ""


@dataclass(frozen=True)
class Asked:
    """What the deployment is held against. `time`: as the services' `XIAOSHI_TIME`; `policy`: intake's file."""

    now: datetime
    lanes: int
    replicas: int
    policy: Policy
    time: Literal["wall", "driven"] = "wall"


@dataclass(frozen=True)
class TopicSeen:
    """`short`: partitions with a replica that is not in sync."""

    partitions: int
    replicas: int
    short: int = 0
    configs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Writer:
    """An open transaction."""

    name: str
    age: timedelta
    timeout: timedelta


@dataclass(frozen=True)
class Place:
    """Records that lie in a partition before its end, and whose they are."""

    reader: str
    topic: str
    partition: int
    records: int


@dataclass(frozen=True)
class Ruled:
    """What a lane was told to go by: the policy adopted last, and the years announced."""

    policy: PolicyAdopted | None = None
    years: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Bus:
    """`writers`: None where the broker cannot say. `held`: what readers of committed records do not see yet.

    `ticks`, `ruled`: by lane. `letters`: dead letters in all; `waiting`: those that were not put back.
    """

    version: str
    brokers: int
    topics: Mapping[str, TopicSeen]
    writers: tuple[Writer, ...] | None = ()
    held: tuple[Place, ...] = ()
    lags: tuple[Place, ...] = ()
    ticks: Mapping[int, datetime] = field(default_factory=dict)
    ruled: Mapping[int, Ruled] = field(default_factory=dict)
    letters: int = 0
    waiting: int = 0


class Figure(NamedTuple):
    """A sample of /metrics."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Page:
    """One replica of a service. `said`: of /readyz where it is not ready, or why nothing was said.

    `figures`: the samples of /metrics, None if it did not answer. `ahead`: its clock against ours, by HTTP's date.
    """

    service: str
    url: str
    ready: bool = False
    said: str = ""
    figures: tuple[Figure, ...] | None = None
    ahead: timedelta | None = None

    def of(self, metric: str) -> list[Figure]:
        """The series of a metric."""
        return [figure for figure in self.figures or () if figure.name == metric]


@dataclass(frozen=True)
class Ledger:
    """`trouble`: why the store could not be asked. `missing`: indexes that are declared and not there."""

    matters: int = 0
    missing: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class FileSeen:
    """A file that a setting names; `trouble` empty: it can be used."""

    variable: str
    trouble: str = ""
