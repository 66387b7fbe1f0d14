"""The policy: categories, grades, desks and budgets as rows of one YAML file. A NEW CATEGORY IS ONE ROW.

`load` checks the file and works out every lookup beforehand; after that nothing here reads, waits or raises.
"""

import hashlib
from dataclasses import dataclass
from datetime import time, timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import asdict

from shared import divisions
from shared.calendar import Budget, Calendar, OfficeHours, WallClock, WorkingDays, WorkingHours, china
from shared.divisions import Tier
from shared.errors import NoDivisionAtTierError, PolicyInvalidError
from shared.matter import Desk, Grade
from shared.policy_check import Problem, check
from shared.policy_file import SCHEMA, Category, Office, PolicyFile

SHIPPED = Path(__file__).parent / "policies" / "county.yaml"
UNCLEAR = "other.unclear"
WISH = "wish."

What = Literal["accept", "resolve", "visit", "close", "notice", "review", "cohandling", "extension"]
LATER: tuple[What, ...] = ("visit", "close", "notice", "review", "cohandling", "extension")


class Limit(NamedTuple):
    """A budget with its name in the policy, `ladder.resolve.town`, and as the file gives it."""

    rule: str
    span: str
    budget: Budget


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A checked policy and its lookups. `version`: the file's name and a digest of its text.

    `bodies` and `limits` are complete for every category of the file; `windows` holds those that join.
    """

    file: PolicyFile
    version: str
    calendar: Calendar
    hours: OfficeHours
    hours_of: dict[str, OfficeHours]
    windows: dict[str, timedelta]
    bodies: dict[str, dict[Tier, str]]
    triage: dict[Tier, str]
    roles: dict[str, str]
    limits: dict[str, dict[tuple[Grade, Tier, str], Limit]]
    entry: dict[Grade, Tier]
    confidential: frozenset[str]

    def category(self, code: str | None) -> tuple[str, Category]:
        """The code and row of a category; what the policy does not name is `other.unclear`."""
        rows = self.file.categories
        known = code if code in rows else UNCLEAR
        return known, rows[known]


def load(path: Path | None = None) -> Policy:
    """The policy of a file, or the shipped default. Raises PolicyInvalidError with every problem and its line."""
    where = path or SHIPPED
    try:
        text = where.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyInvalidError(f"{where} cannot be read: {error}") from error
    try:
        return of_text(text)
    except PolicyInvalidError as error:
        raise PolicyInvalidError(f"{where}:\n{error}") from error


def of_text(text: str) -> Policy:
    """The policy of a file's text. Raises PolicyInvalidError with every problem and its line."""
    tree, problems = check(text, SCHEMA)
    if problems:
        raise PolicyInvalidError("\n".join(map(str, problems)))
    return compiled(msgspec.convert(tree, PolicyFile), text)


def problems_of(text: str) -> list[Problem]:
    """Everything that is wrong with the text of a policy file, by line."""
    return check(text, SCHEMA)[1]


def desk_at(policy: Policy, category: str, division: str, tier: Tier) -> Desk:
    """The desk for a category where a division has that tier.

    Total: no desk of its own means that tier's triage body, a division above the tier (no village known) its own
    tier's desk, a confidential category never one below the county. Only a code the tree does not hold, or a
    province, is refused.
    """
    return _desk_at(policy, category, division, tier)


@lru_cache(maxsize=1 << 16)
def _desk_at(policy: Policy, category: str, division: str, tier: Tier) -> Desk:
    if category in policy.confidential and divisions.rank(tier) < divisions.rank(Tier.COUNTY):
        tier = Tier.COUNTY
    try:
        at = divisions.at_tier(division, tier)
    except NoDivisionAtTierError:
        tier = divisions.tier_of(division) or Tier.CITY
        at = divisions.at_tier(division, tier)
    body = policy.bodies.get(category, policy.triage)[tier]
    return Desk(division=at, body=body, role=policy.roles[body])


def desk_of(policy: Policy, body: str, division: str, tier: Tier) -> Desk:
    """The desk of a named body where a division has that tier."""
    return Desk(division=divisions.at_tier(division, tier), body=body, role=policy.roles[body])


def limit_of(policy: Policy, category: str, grade: Grade, tier: Tier, what: What) -> Limit | None:
    """The budget a step has; None: no own one for accepting. An unknown category has that of `other.unclear`."""
    return (policy.limits.get(category) or policy.limits[UNCLEAR]).get((grade, tier, what))


def hours_at(policy: Policy, division: str) -> OfficeHours:
    """When offices of a division are open: its own hours, or those of the nearest division above that has some."""
    for width in (9, 6, 4) if policy.hours_of else ():
        if division[:width] in policy.hours_of:
            return policy.hours_of[division[:width]]
    return policy.hours


def is_wish(category: str) -> bool:
    """A small wish (微心愿): a resource of the policy grants it, instead of a department."""
    return category.startswith(WISH)


def resources_for(policy: Policy, title: str, text: str) -> list[str]:
    """The resources whose words a wish speaks."""
    said = title + text
    return [key for key, each in policy.file.resources.items() if any(word in said for word in each.words)]


def window_of(policy: Policy, category: str) -> timedelta | None:
    """How long a matter takes in another report of the same thing; None: never."""
    return policy.windows.get(category)


@lru_cache(maxsize=1024)
def budget_of(span: str) -> Budget:
    """`2 working days` as a budget."""
    count, _, unit = span.partition(" ")
    match unit.removesuffix("s"):
        case "working day":
            return WorkingDays(int(count))
        case "working hour":
            return WorkingHours(timedelta(hours=int(count)))
        case _:
            return WallClock(span_of(span))


def compiled(file: PolicyFile, text: str) -> Policy:
    """The lookups of a checked file."""
    triage = {tier: str(getattr(file.triage, tier)) for tier in Tier}
    return Policy(
        file=file,
        version=f"{file.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}",
        calendar=china(file.holidays_until),
        hours=_hours(file.office_hours),
        hours_of={code: _hours(office) for code, office in file.office_hours_of.items()},
        windows={code: span_of(row.window) for code, row in file.categories.items() if row.window},
        bodies={
            code: {tier: getattr(row.desks, tier) or triage[tier] for tier in Tier}
            for code, row in file.categories.items()
        },
        triage=triage,
        roles={key: f"{body.role.zh} / {body.role.en}" for key, body in file.bodies.items()},
        limits={code: _limits(file, row.budget) for code, row in file.categories.items()},
        entry={grade: getattr(file.entry, grade) for grade in Grade},
        confidential=frozenset(code for code, row in file.categories.items() if row.confidential),
    )


def _hours(office: Office) -> OfficeHours:
    return OfficeHours(**{edge: time.fromisoformat(at) for edge, at in asdict(office).items()})


def _limits(file: PolicyFile, key: str) -> dict[tuple[Grade, Tier, str], Limit]:
    """Every step's budget under a preset. A step it does not name has the file's; accepting may have none."""
    preset = file.presets[key]
    spans: dict[str, str] = dict(preset.resolve.items())
    found = {}
    for grade, tier in product(Grade, Tier):
        by = tier.value if tier.value in spans else grade.value
        found[grade, tier, "resolve"] = Limit(f"{key}.resolve.{by}", spans[by], budget_of(spans[by]))
        if preset.accept:
            found[grade, tier, "accept"] = Limit(f"{key}.accept", preset.accept, budget_of(preset.accept))
        for what in LATER:
            own = getattr(preset, what)
            span = own or getattr(file.steps, what)
            found[grade, tier, what] = Limit(f"{key if own else 'steps'}.{what}", span, budget_of(span))
    return found


def span_of(span: str) -> timedelta:
    """A length by the wall clock: `30 days`, `5 minutes`."""
    count, _, unit = span.partition(" ")
    return timedelta(**{unit.removesuffix("s") + "s": int(count)})
