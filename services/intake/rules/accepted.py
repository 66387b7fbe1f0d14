"""What a caller accepts, as HTTP says it (RFC 9110, 12.5): names with weights."""

from collections.abc import Iterator


def weighed(header: str) -> Iterator[tuple[str, float]]:
    """Each name in lower case, with its weight: 1 if none is said, 0 if it cannot be read."""
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        yield name, next((_weight(each[2:]) for each in parameters if each.startswith("q=")), 1.0)


def is_page_wanted(accept: str) -> bool:
    """Whether HTML is wanted more than JSON, as browsers do; who wants both alike, or says nothing, gets JSON."""
    weights = dict(weighed(accept))
    return _of("text/html", weights) > _of("application/json", weights)


def _of(kind: str, weights: dict[str, float]) -> float:
    """The most exact name counts."""
    names = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next((weights[name] for name in names if name in weights), 0.0)


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
