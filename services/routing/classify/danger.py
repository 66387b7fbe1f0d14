"""Words of danger: they raise the question whether the fast lane is needed, for a person; they lower nothing."""

import re
from collections.abc import Iterable

from services.routing.classify.said import plain, said

NONE = "(?!)"


class DangerWords:
    """The policy's `danger_words`, ready to be looked for. The longest wins: of 煤气泄漏 煤气 is not told."""

    def __init__(self, words: Iterable[str]) -> None:
        longest_first = sorted({plain(word) for word in words}, key=lambda word: (-len(word), word))
        self._any = re.compile("|".join(map(re.escape, longest_first)) or NONE)

    def danger(self, title: str, text: str) -> tuple[str, ...]:
        """Those that are said, in the order of the text, each once. A word finds no negation: a person reads."""
        return tuple(dict.fromkeys(self._any.findall(said(title, text)[0])))
