"""Events of a history about what a matter is, and whether it is one or two: joined, split, asked about, categorised."""

from shared.matter import Grade
from shared.matter_events import Because, Guess, MatterActed, MatterEvent, Sheet


class MatterAlike(MatterEvent, frozen=True, tag="matter.review_asked"):
    """It may be the same as another open matter: a person is asked. Unanswered, both stay as they are.

    `title` and `text` are of this matter, `other_title` and `other_text` of the other.
    """

    other: str
    score: float
    evidence: tuple[Because, ...]
    title: str
    text: str
    other_title: str
    other_text: str


class MatterJoined(MatterEvent, frozen=True, tag="matter.joined"):
    """One more report is part of the matter. `merged_from`: it came with another matter, by a person's decision.

    `voices`: how many different people have reported it by now.
    """

    report_id: str
    reports: int
    score: float
    title: str
    text: str
    source: str
    merged_from: str | None = None
    voices: int = 1


class MatterGraded(MatterEvent, frozen=True, tag="matter.graded"):
    """How many report it is a fact of grading: from here on it is of this grade. What runs keeps its deadline."""

    from_grade: Grade
    grade: Grade
    because: tuple[Because, ...]


class MatterMerged(MatterActed, frozen=True, tag="matter.merged"):
    """A person found that it is the same as another matter: its reports go on there."""

    into: str
    reports: tuple[str, ...]


class MatterSplit(MatterActed, frozen=True, tag="matter.split"):
    """A report was taken out again and is a matter of its own."""

    report_id: str
    reports: int
    other: str
    voices: int = 1


class MatterKeptApart(MatterActed, frozen=True, tag="matter.review_answered"):
    """A person has looked: it is not the same as the other matter."""

    other: str
    note: str = ""


class MatterCategorised(MatterActed, frozen=True, tag="matter.categorised"):
    """A person says what it is about. With the sheet's words it is what a classifier learns from.

    `guesses`: what the text had been taken for. `confidential`: whether only few may read it from here on.
    """

    from_category: str
    sheet: Sheet
    guesses: tuple[Guess, ...] = ()
    confidential: bool = False
