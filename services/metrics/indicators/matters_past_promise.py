"""Open matters past what was promised (超过承诺时限), now."""

from datetime import datetime

from services.metrics.indicators import Gauge
from services.metrics.rules.facts import Facts
from services.metrics.rules.turns import turn_at
from shared.standing import Overdue


def stands(facts: Facts, now: datetime) -> tuple[str, ...] | None:
    overdue = turn_at(facts.turns, now).overdue
    return (overdue,) if overdue is not None and facts.is_open else None


INDICATOR = Gauge(
    name="matters_past_promise",
    zh="超过承诺时限事项",
    unit="matters",
    definition=(
        "Open matters past what the tier first promised for the step they are at, at the last tick, by whose "
        "account it is: the desk's, that of whoever is waited for in a pause (resident), or that of an extension "
        "while it runs."
    ),
    definition_zh=(
        "最近一次时钟时，已超过所在层级对当前步骤最初承诺的时限的在办事项，按责任归属：承办单位，暂停时所等待"
        "的一方（resident），或正在执行的延期。"
    ),
    stands=stands,
    labels={"account": tuple(account.value for account in Overdue)},
)
