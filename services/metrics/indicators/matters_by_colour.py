"""Open matters by how near their deadline is (三色预警), now."""

from datetime import datetime

from services.metrics.indicators import Gauge
from services.metrics.rules.facts import Facts
from services.metrics.rules.turns import turn_at
from shared.standing import Colour


def stands(facts: Facts, now: datetime) -> tuple[str, ...] | None:
    return (turn_at(facts.turns, now).colour,) if facts.is_open else None


INDICATOR = Gauge(
    name="matters_by_colour",
    zh="三色在办事项",
    unit="matters",
    definition=(
        "Open matters by the colour of their next deadline at the last tick: yellow and red from the shares of its "
        "time that the policy names, the instants included."
    ),
    definition_zh=(
        "最近一次时钟时的在办事项，按下一时限的颜色：从规则文件所定的时限比例起变黄、变红，到达该时刻即算。"
    ),
    stands=stands,
    labels={"colour": tuple(colour.value for colour in Colour)},
)
