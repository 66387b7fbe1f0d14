"""The port: what a classifier answers."""

from typing import Protocol

from shared.events import Guess as Guess

MOST = 3


class Classifier(Protocol):
    """Pure: the same words get the same guesses."""

    def guess(self, title: str, text: str) -> tuple[Guess, ...]:
        """Best first, at most three; empty where nothing speaks for any category."""
