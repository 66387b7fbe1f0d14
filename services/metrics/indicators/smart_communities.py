"""Indicator 16: coverage of smart communities (智慧社区覆盖率)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="smart_communities",
    zh="智慧社区覆盖",
    unit="communities",
    definition="Of the communities, those built as smart communities at the end of the period.",
    definition_zh="期末全部社区中建成智慧社区的。",
    plan=16,
)
