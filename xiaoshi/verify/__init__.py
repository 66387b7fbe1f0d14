"""Everything that was promised, recomputed from the topics and compared with what is there.

Reading leaves no trace on the broker, and no secret is needed.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from services.routing.classify.guess import Classifier
from shared.catalogue import Policy
from shared.old_codes import NONE, OldCodes
from xiaoshi.verify.findings import Finding, print_table
from xiaoshi.verify.indicators import days_of_all, scrape_all
from xiaoshi.verify.ledger import reading
from xiaoshi.verify.log import KafkaLog
from xiaoshi.verify.walk import Asked, walk

__all__ = ["Finding", "check_all", "print_table"]


def check_all(
    kafka: str,
    *,
    policy: Policy,
    model: Classifier | None = None,
    codes: OldCodes = NONE,
    metrics: Sequence[str] = (),
    mongo: str | None = None,
    against: Path | None = None,
    truth: Path | None = None,
    no_dead: bool = False,
    patience: float = 10.0,
) -> tuple[Finding, ...]:
    """One finding for each promise, always in the same order. Raises a XiaoshiError when something does not answer.

    `model`: routing's own classifier, where it runs with one. `metrics`: addresses of all replicas of the metrics
    service. `no_dead`: a dead letter is a difference. `patience`: seconds to wait for the lanes to have handled what is
    on the bus, and for what follows the bus.
    """
    with ExitStack() as open_while:
        asked = Asked(
            policy=policy,
            model=model,
            codes=codes,
            scrape=partial(scrape_all, tuple(metrics)) if metrics else None,
            ask_days=partial(days_of_all, tuple(metrics)) if metrics else None,
            store=open_while.enter_context(reading(mongo)) if mongo else None,
            against=against,
            truth=truth,
            no_dead=no_dead,
            patience=patience,
        )
        return walk(KafkaLog(kafka, patience), asked)
