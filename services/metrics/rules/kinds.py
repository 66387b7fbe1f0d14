"""Which matters the promises of three-none villages (三无村) and of none of three are about, by a category's group."""

import enum
from collections.abc import Mapping
from types import MappingProxyType


class Kind(enum.StrEnum):
    """What is counted against them."""

    PETITION = "petition"
    CASE = "case"
    INCIDENT = "incident"
    LAWSUIT = "lawsuit"


KIND_OF: Mapping[str, Kind] = MappingProxyType(
    {
        "petition": Kind.PETITION,
        "order": Kind.CASE,
        "emergency": Kind.INCIDENT,
        "court": Kind.LAWSUIT,
    }
)
"""By the first level of a category, so that a county's own categories of these groups count as well."""


def kind_of(category: str) -> Kind | None:
    """None: no such matter. A hazard is none, or whoever reports one would cost the village its name."""
    return KIND_OF.get(category.partition(".")[0])
