"""What a report says, as it is compared: one way of writing, without blanks and signs."""

import re
import unicodedata

HEAD = 20  # what stands for the title where there is none: as long as the median title (20 characters)

_SIGNS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Full-width letters narrow, capitals small, everything but letters and digits left out."""
    return unicodedata.normalize("NFKC", _SIGNS.sub("", text)).lower()


def said(title: str, text: str) -> tuple[str, int]:
    """Title and text in one, and how much of it is the title, or stands for it."""
    head = plain(title)
    whole = head + plain(text)
    return whole, len(head) or HEAD
