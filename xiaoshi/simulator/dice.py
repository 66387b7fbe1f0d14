"""The one way to be random here: dice that fall the same whenever they are named the same."""

from random import Random


def dice(*what: object) -> Random:
    """Each thing has dice of its own, so that one more throw here moves nothing there."""
    return Random("|".join(map(str, what)))  # noqa: S311 - no secret hangs on a made-up day
