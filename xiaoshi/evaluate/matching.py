"""The one place where the evaluation touches the service's matching."""

from services.routing.nearby import Nearby
from services.routing.reading import Reader
from services.routing.rules.features import Features, features_of
from services.routing.rules.match import Match
from shared.catalogue import Policy
from shared.events import Band
from shared.matter import Location, Report
from xiaoshi.evaluate.tables import Row

__all__ = ["Band", "Compared", "Found", "Matching"]

Compared = Features
Found = Match
COUNTY = "430981"
"""The rows of a file are of one county, and none says where in it."""


class Matching:
    """The open reports of one county, as routing remembers them."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._reader = Reader(policy)
        self._rule = policy.file.join
        self._nearby = Nearby()

    def compared(self, row: Row) -> Features:
        report = Report(
            source="evaluate",
            source_id=row.key,
            reported_at=row.at,
            division=COUNTY,
            title=row.title,
            text=row.text,
            location=None if row.point is None else Location(lat=row.point[0], lon=row.point[1]),
            reporter_ref=row.user or None,
        )
        if row.kind:  # a type of the file's own, which no policy knows
            return features_of(report, row.kind, row.at)
        read = self._reader.read(report).report
        return features_of(read, self._policy.category(read.category)[0], row.at)

    def match(self, report: Features) -> Match:
        return self._nearby.match(report, report.at, self._rule)

    def between(self, earlier: Features, later: Features) -> Match:
        """The two alone, whatever else is open."""
        alone = Nearby()
        alone.put("earlier", "earlier", earlier)
        return alone.match(later, later.at, self._rule)

    def put(self, key: str, matter: str, report: Features) -> None:
        self._nearby.put(key, matter, report)

    def drop(self, key: str) -> None:
        self._nearby.drop(key)
