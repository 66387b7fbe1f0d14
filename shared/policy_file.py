"""What a policy file holds, as types: its schema. What no type can say is in `shared.policy_check`."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shared.divisions import Tier
from shared.matter import Grade, Value

Word = Annotated[str, Meta(min_length=1, max_length=100)]
Key = Annotated[str, Meta(pattern=r"^[a-z]+(_[a-z]+)*$", description="small letters and underscores")]
CategoryCode = Annotated[
    str, Meta(pattern=r"^[a-z]+\.[a-z]+(_[a-z]+)*$", description="two levels, as in dispute.neighbour")
]
Span = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,4} (working day|working hour|day|hour|minute)s?$",
        description="a length of time, as in 2 working days, 4 working hours, 30 days, 6 hours, 5 minutes",
    ),
]
WallSpan = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,4} (day|hour)s?$", description="days or hours, as in 30 days, 6 hours"),
]
Clock = Annotated[
    str,
    Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description='a time of day in quotes, as in "08:30"'),
]
Minutes = Annotated[
    str, Meta(pattern=r"^[0-9]{1,3} (minute|hour)s?$", description="minutes or hours, as in 5 minutes")
]
Percent = Annotated[int, Meta(ge=1, le=99)]
Place = Annotated[str, Meta(pattern=r"^[0-9]{4,9}$", description="the code of a city, county or town")]
Count = Annotated[int, Meta(ge=1)]
PlaceName = Annotated[str, Meta(min_length=2, max_length=100)]
Settled = Annotated[
    str, Meta(pattern=r"^[0-9]{9}([0-9]{3})?$", description="the code of a town or village, in quotes")
]
Term = Annotated[str, Meta(pattern=r"^\S{2,20}$", description="a word of 2 to 20 characters, without blanks")]
# The first level (一级分类) of the classification of petitions.
Subject = Literal[
    "城乡建设",
    "环境保护",
    "交通运输",
    "教育文体",
    "劳动和社会保障",
    "商贸旅游",
    "卫生计生",
    "国土资源",
    "农村农业",
    "民政",
    "政法",
    "经济管理",
    "科技与信息产业",
    "党务政务",
    "组织人事",
    "纪检监察",
    "其他",
]


class Named(Value, frozen=True):
    """What a person may read, in both languages."""

    zh: Word
    en: Word


class Body(Named, frozen=True):
    """A kind of body. `role` is the office-holder who answers for it, never a person."""

    role: Named


class Desks(Value, frozen=True):
    """Which body handles a category at each tier."""

    village: Key | None = None
    town: Key | None = None
    county: Key | None = None
    city: Key | None = None


class Triage(Value, frozen=True):
    """Who sorts what has no desk of its own, at every tier."""

    village: Key
    town: Key
    county: Key
    city: Key


class Words(Value, frozen=True):
    """What reports of a category say, by how much it tells; `against`: what reports of other categories say."""

    sure: tuple[Term, ...] = ()
    plain: tuple[Term, ...] = ()
    weak: tuple[Term, ...] = ()
    against: tuple[Term, ...] = ()


class Category(Named, frozen=True):
    """A category row.

    `window`: how long an open or just closed matter takes in another report of the same thing; None: never.
    `subject`: the class of petitions it falls under. `words`: by these a report without a category is sorted.
    """

    entry: Tier
    desks: Desks
    budget: Key
    window: WallSpan | None = None
    confidential: bool = False
    never_below: Tier | None = None
    fast_lane: bool = False
    subject: Subject = "其他"
    words: Words = Words()


class Preset(Named, frozen=True):
    """How long each step may take. `resolve` by all four tiers or by all three grades."""

    resolve: dict[Literal["village", "town", "county", "city", "small", "big", "hard"], Span]
    accept: Span | None = None
    visit: Span | None = None
    close: Span | None = None
    notice: Span | None = None
    review: Span | None = None
    cohandling: Span | None = None
    extension: Span | None = None


class Steps(Value, frozen=True):
    """Budgets of the later steps where a preset gives none."""

    visit: Span
    close: Span
    notice: Span
    review: Span
    cohandling: Span
    extension: Span


class Pauses(Value, frozen=True):
    """How long a clock may stand still, by what is waited for."""

    waits_for_resident: Span
    waits_for_expert: Span
    waits_for_court: Span


class Colours(Value, frozen=True):
    """From these percentages of a limit's time on it is yellow, then red."""

    yellow: Percent
    red: Percent


class FastLane(Value, frozen=True):
    """By when each step must be done, and the three bodies that are told at once, each at its tier."""

    acknowledge: Minutes
    arrive: Minutes
    support: Minutes
    town: Key
    county: Key
    city: Key


class Resource(Named, frozen=True):
    """Who can grant a small wish; `words`: what a wish for it speaks of."""

    words: tuple[Word, ...]


class Limits(Value, frozen=True):
    """From these figures on, the figure included, a matter is big or hard."""

    big: Count
    hard: Count


class Grading(Value, frozen=True):
    """The facts that raise a grade, whatever the category.

    `voices`: how many different people have reported it; None, in files of before: it does not count.
    """

    people_involved: Limits
    money_at_stake: Limits
    injury: Grade
    danger_now: Grade
    voices: Limits | None = None


class EntryTiers(Value, frozen=True):
    """Where a grade enters."""

    small: Tier
    big: Tier
    hard: Tier


class Join(Value, frozen=True):
    """From the score `join` on a report joins a matter, from `ask` on a person is asked, below it stays apart.

    `asks_a_day`: about so many pairs a county's people are asked on a day; what is beyond stays apart.
    `similarity`: what a policy adopted under 0.2.0 has instead; it is read, and means nothing any more.
    """

    join: Annotated[float, Meta(ge=0, le=1)] = 0.84
    ask: Annotated[float, Meta(ge=0, le=1)] = 0.6
    asks_a_day: Annotated[int, Meta(ge=0)] = 50
    similarity: Annotated[float, Meta(ge=0, le=1)] | None = None


class Sorting(Value, frozen=True):
    """A report without a category is taken for what its words say from this confidence on; below, triage sorts it."""

    confidence: Annotated[float, Meta(ge=0, le=1)]


class Office(Value, frozen=True):
    """When offices are open on a working day."""

    opens: Clock
    lunch_from: Clock
    lunch_until: Clock
    closes: Clock


class PolicyFile(Value, frozen=True):
    """The whole file. `places`: estates, roads and schools by name; a file of before there were any has none."""

    name: Key
    zh: Word
    en: Word
    grading: Grading
    entry: EntryTiers
    triage: Triage
    oversight: Key
    join: Join
    holidays_until: Annotated[int, Meta(ge=2001, le=2099)]
    office_hours: Office
    office_hours_of: dict[Place, Office]
    colours: Colours
    steps: Steps
    pauses: Pauses
    dispatch_hops: Count
    reopen: WallSpan
    fast_lane: FastLane
    limits_per_tick: Count
    venues: dict[Key, Named]
    resources: dict[Key, Resource]
    presets: dict[Key, Preset]
    bodies: dict[Key, Body]
    groups: dict[Key, Named]
    categories: dict[CategoryCode, Category]
    places: dict[PlaceName, Settled] = msgspec.field(default_factory=dict)
    danger_words: tuple[Term, ...] = ()
    sorting: Sorting = Sorting(confidence=1.0)


SCHEMA: dict[str, Any] = msgspec.json.schema(PolicyFile)
