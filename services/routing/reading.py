"""What a report's words say beyond its fields: where it is, what it is about, whether there may be danger."""

import enum
from typing import NamedTuple

from msgspec.structs import replace

from services.routing.classify.danger import DangerWords
from services.routing.classify.guess import Classifier
from services.routing.classify.lexicon import Lexicon
from services.routing.rules.locate import locate
from shared.catalogue import Policy
from shared.events import Because, Guess, Sheet
from shared.matter import Report

VILLAGE = 12  # digits of its code: nothing lies below it
COUNTY = 6


class Rule(enum.StrEnum):
    """The rules that can stand in a row of a reading, besides those of `services.routing.rules.locate`."""

    CATEGORY_GUESSED = "category_guessed"
    PLACE_CANDIDATE = "place_candidate"


class Reading(NamedTuple):
    """`report`: with the place and the category it is treated by; `because`: why these, where no source gave them."""

    report: Report
    because: tuple[Because, ...]
    guesses: tuple[Guess, ...]
    danger: tuple[str, ...]


class Reader:
    """Reads by a policy. `model`: a centre's own classifier instead of the policy's words."""

    def __init__(self, policy: Policy, model: Classifier | None = None) -> None:
        self._policy = policy
        self._classifier = model or Lexicon(policy.file.categories)
        self._danger = DangerWords(policy.file.danger_words)

    def read(self, report: Report) -> Reading:
        """What a source said is never overruled, only made narrower; words of danger matter where nobody said it."""
        because: list[Because] = []
        division, category = report.division, report.category
        if COUNTY <= len(division) < VILLAGE:
            address = report.location.address if report.location is not None else None
            text = f"{report.text}\n{address}" if address else report.text
            found = locate(report.title, text, division, self._policy)
            because += found.because
            because += [Because(rule=Rule.PLACE_CANDIDATE, fact=code) for code in found.candidates]
            division = found.division or division
        guesses = () if category is not None else self._guesses(report)
        danger = () if report.danger_now else self._danger.danger(report.title, report.text)
        if guesses and guesses[0].confidence >= self._policy.file.sorting.confidence:
            if self._policy.file.categories[guesses[0].category].fast_lane:
                danger = danger or guesses[0].because  # words alone call nobody out: a person is asked
            else:
                category, guesses = guesses[0].category, guesses[:1]
                because.append(Because(rule=Rule.CATEGORY_GUESSED, fact=_said(guesses[0])))
        read = replace(report, division=division, category=category)
        return Reading(read, tuple(because), guesses, danger)

    def _guesses(self, report: Report) -> tuple[Guess, ...]:
        """Those the policy has a row for; four digits are more than a confidence is worth."""
        return tuple(
            replace(guess, confidence=round(guess.confidence, 4))
            for guess in self._classifier.guess(report.title, report.text)
            if guess.category in self._policy.file.categories
        )


def _said(guess: Guess) -> str:
    return f"{guess.category} {guess.confidence:.2f}: {', '.join(guess.because)}"


def sheet_of(report: Report, category: str) -> Sheet:
    """What a desk needs to know of a report, under that category."""
    return Sheet(
        title=report.title,
        text=report.text,
        division=report.division,
        reported_at=report.reported_at,
        category=category,
        source=report.source,
        occurred_at=report.occurred_at,
        location=report.location,
        people_involved=report.people_involved,
        money_at_stake=report.money_at_stake,
        injury=report.injury,
        danger_now=report.danger_now,
        attachments=report.attachments,
        answers=report.answers,
    )
