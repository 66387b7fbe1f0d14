"""What the bench of classifying times is what it says it times: texts of the simulator, and a model learnt of them."""

from collections.abc import Sequence

from bench.classify import learnt, rates_of, told
from services.routing.classify.features import Message
from shared import catalogue

POLICY = catalogue.load()


def test_texts_are_the_simulators_and_the_model_knows_their_categories() -> None:
    rows = told(POLICY, 400)
    assert 300 < len(rows) <= 400
    assert {row.label for row in rows} - {""} <= set(POLICY.file.categories)
    model = learnt(rows)
    assert set(model.labels) <= {row.label for row in rows if row.label}


def test_every_text_is_given_in_every_round() -> None:
    given: list[int] = []

    def take(some: Sequence[Message]) -> None:
        given.append(len(some))
        sum(range(20_000))  # the clock of the process must move

    rates = rates_of(take, [("", "a")] * 120, 2)
    assert given == [100, 120, 120]
    assert len(rates) == 2
    assert min(rates) > 0
