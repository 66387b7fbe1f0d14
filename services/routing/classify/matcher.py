"""Many words looked for in one text at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import add

from services.routing.classify.said import plain


class Matcher:
    """Finds words of two characters and more. The longest wins, and what it covers is not read again.

    So 物业费 is found and not 物业. The cost is one lookup for each character, whatever the number of words.
    """

    def __init__(self, words: Iterable[str]) -> None:
        by_start = defaultdict(set)
        for word in map(plain, words):
            by_start[word[:2]].add(word)
        self._by_start = {start: sorted(some, key=len, reverse=True) for start, some in by_start.items()}

    def found(self, whole: str) -> Iterator[tuple[str, int]]:
        """Each word with its place, in the order of the text, which must be plain."""
        by_start, read = self._by_start, 0
        starts = [(at, pair) for at, pair in enumerate(map(add, whole, whole[1:])) if pair in by_start]
        for at, pair in starts:
            if at < read:
                continue
            for word in by_start[pair]:
                if len(word) == 2 or whole.startswith(word, at):
                    yield word, at
                    read = at + len(word)
                    break
