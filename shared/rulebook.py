"""What rules on a lane, as its journal says: the policies adopted, and the calendar as announced."""

from dataclasses import replace
from functools import lru_cache

from shared import catalogue
from shared.announced import require_good
from shared.catalogue import Policy
from shared.errors import AnnouncementInvalidError, EventInvalidError, PolicyInvalidError
from shared.events import CalendarAnnounced, PolicyAdopted

ADOPTED = "policy"
ANNOUNCED = "calendar"

Rule = CalendarAnnounced | PolicyAdopted


def key_of(rule: Rule) -> str:
    """Where a lane keeps it in its state."""
    if isinstance(rule, CalendarAnnounced):
        return f"{ANNOUNCED} {rule.announcement.year}"
    return f"{ADOPTED} {rule.version}"


class Rulebook:
    """The policy the service was started with rules until the journal has another."""

    def __init__(self, first: Policy) -> None:
        self.current = first
        self._policies = {first.version: first}
        self._calendar = first.calendar

    def know(self, policy: Policy) -> None:
        """A policy that ruled before, for the steps that began under it."""
        self._policies.setdefault(policy.version, policy)

    def of(self, version: str) -> Policy:
        """The policy of that version; the current one if nobody here has ever seen it."""
        return self._policies.get(version, self.current)

    def take(self, rule: Rule) -> None:
        """Raises PolicyInvalidError for what `checked` would not have let pass."""
        if isinstance(rule, CalendarAnnounced):
            self._calendar = self._calendar.with_year(rule.announcement)
            self._policies = {
                version: replace(policy, calendar=self._calendar)
                for version, policy in self._policies.items()
            }
            self.current = self._policies[self.current.version]
            return
        policy = replace(_read(rule.text), calendar=self._calendar)
        self._policies[policy.version] = self.current = policy

    @property
    def calendar(self) -> str:
        """The version of the calendar that counts."""
        return self._calendar.version


def checked(rule: Rule) -> Rule:
    """The rule itself. Raises EventInvalidError: a wrong calendar or policy never takes its place in a journal."""
    try:
        if isinstance(rule, CalendarAnnounced):
            require_good(rule.announcement)
            return rule
        version = _read(rule.text).version
    except (AnnouncementInvalidError, PolicyInvalidError) as error:
        raise EventInvalidError(str(error)) from error
    if version != rule.version:
        raise EventInvalidError(f"the text is of version {version}, not {rule.version}")
    return rule


@lru_cache(maxsize=16)
def _read(text: str) -> Policy:
    return catalogue.of_text(text)
