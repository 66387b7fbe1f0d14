"""Words of danger: they raise the question whether the fast lane is needed, for a person; they lower nothing."""

from collections.abc import Iterable

from services.routing.classify.matcher import Matcher
from services.routing.classify.said import said


class DangerWords:
    """The policy's `danger_words`, ready to be looked for."""

    def __init__(self, words: Iterable[str]) -> None:
        self._matcher = Matcher(words)

    def danger(self, title: str, text: str) -> tuple[str, ...]:
        """Those that are said, in the order of the text, each once. A word finds no negation: a person reads."""
        return tuple(dict.fromkeys(word for word, _ in self._matcher.found(said(title, text)[0])))
