"""`xiaoshi indicators`: explained by what the code says, and the past added up over all replicas."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from rich.console import Console

from services.metrics.answers import Answers
from services.metrics.figures import DAY, Day
from services.metrics.handlers import MetricsLogic
from services.metrics.history import History, InPeriod, added_up, over
from services.metrics.indicators import Indicator, Observed, counting, every
from services.metrics.rules.periods import PeriodKind, containing, day_of
from shared import divisions, topics
from shared.core import Core
from shared.errors import MetricsUnavailableError, QuestionInvalidError
from shared.matter import Value
from shared.wire import Out
from tests.unit.metrics.journal import START, lane, records, tick
from tests.unit.metrics.observations import OTHER_TOWN, TOWN, an_observation, observed_records
from tests.unit.metrics.test_logic import journals
from tests.unit.xiaoshi.breaks import lanes_of
from tests.unit.xiaoshi.recorded import COUNTY, LANES, recorded
from tests.unit.xiaoshi.replicas import answering
from xiaoshi.__main__ import main
from xiaoshi.commands.indicators import Question, ask_all, table_of
from xiaoshi.explain import events_counted, latest

EVENTS = topics.EVENTS.name
VILLAGE = next(each.code for each in divisions.descendants(COUNTY) if len(each.code) == 12)
FEBRUARY = date(2026, 2, 1)
LATER = START + timedelta(days=1)
BY_NAME = {each.name: each for each in every()}


@pytest.fixture(scope="module")
def urls() -> Iterator[list[str]]:
    """Three replicas that share the lanes of a recorded day."""
    log = recorded()
    lanes = [range(at, LANES, 3) for at in range(3)]
    with answering([lanes_of(log, each) for each in lanes]) as addresses:
        yield addresses


def a_question(name: str = "matters_closed", period: PeriodKind = PeriodKind.DAY, last: int = 20) -> Question:
    return Question(name, COUNTY, period, last)


def indicator(name: str) -> Indicator:
    found = BY_NAME[name]
    assert isinstance(found, Indicator)
    return found


def test_all_indicators_are_listed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["indicators", "list"]) == 0
    told = capsys.readouterr().out
    assert [name for name in BY_NAME if name not in told] == []


@pytest.mark.parametrize("name", BY_NAME)
def test_every_indicator_can_be_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["indicators", "explain", name]) == 0
    told = capsys.readouterr().out
    assert BY_NAME[name].definition in told
    assert BY_NAME[name].zh in told


@pytest.mark.parametrize("name", BY_NAME)
def test_every_indicator_is_explained_in_chinese_to_whoever_asks(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["indicators", "explain", name, "--language", "zh"]) == 0
    told = capsys.readouterr().out
    assert BY_NAME[name].definition_zh in told
    assert BY_NAME[name].definition not in told
    assert re.findall("^(name|definition|reference|counts|metric|from)", told, re.MULTILINE) == []


def test_the_list_has_its_headings_in_chinese_to_whoever_asks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["indicators", "list", "--language", "zh"]) == 0
    told = capsys.readouterr().out
    assert [each for each in ("代码", "单位", "外部观测", "事件，当前数") if each not in told] == []
    assert [each.zh for each in BY_NAME.values() if each.zh not in told] == []


def test_an_indicator_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["indicators", "explain", "tea"]) == 2
    assert "no indicator 'tea'" in capsys.readouterr().err


@pytest.mark.parametrize("each", counting(), ids=lambda each: each.name)
def test_every_indicator_counts_some_event(each: Indicator) -> None:
    assert events_counted(each)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        pytest.param("matters_closed", ["matter.closed"], id="one"),
        pytest.param("mediation_success", ["matter.reopened", "matter.visited"], id="by way of a rule"),
        pytest.param(
            "extensions",
            ["matter.extended", "matter.extension_asked", "matter.extension_refused"],
            id="by way of a table",
        ),
    ],
)
def test_an_indicator_counts_these_events(name: str, kinds: list[str]) -> None:
    assert [str(each.__struct_config__.tag) for each in events_counted(indicator(name))] == kinds


@settings(max_examples=40, deadline=None)
@given(journals())
def test_no_other_event_moves_an_indicator(journal: list[Value]) -> None:
    core, _ = lane()
    for event, record in zip(journal, records(journal), strict=True):
        before = dict(core.state)
        for key, put in core.feed(record).puts:
            if key.startswith(DAY) and isinstance(put, Day):
                old = before.get(key)
                known = old.added if isinstance(old, Day) else {}
                moved = {line.split("|")[0] for line, n in put.added.items() if n != known.get(line)}
                named = {
                    each.metric(side)
                    for each in counting()
                    for side in each.sides
                    if isinstance(event, events_counted(each))
                }
                assert moved <= named


def test_the_latest_events_behind_a_figure_are_those_that_moved_it() -> None:
    log = recorded()
    journal = [record for at in range(LANES) for record in log.read(EVENTS, at)]
    closed = latest(journal, indicator("matters_closed"), COUNTY, 10_000)
    assert len(closed) == closed_below(COUNTY) > 10
    assert {each.kind for each in closed} == {"matter.closed"}
    assert latest(journal, indicator("matters_closed"), COUNTY, 3) == closed[-3:]
    assert latest(journal, indicator("matters_closed"), "3307", 3) == []


def test_what_is_kept_by_village_is_behind_a_figure_of_its_county_once() -> None:
    log = recorded()
    journal = [record for at in range(LANES) for record in log.read(EVENTS, at)]
    three_none = indicator("three_none_matters")
    found = latest(journal, three_none, COUNTY, 10_000)
    assert len(found) == len({each.subject for each in found}) > 0
    assert {len(each.place) for each in found} <= {6, 9}
    period = next(containing(PeriodKind.MONTH, day_of(each.at)) for each in found)
    days = [logic.published_days() for logic in lanes_of(log).values()]
    assert over(three_none, COUNTY, period, days).count == len(found)


def test_replicas_together_say_what_one_with_all_lanes_says(urls: list[str]) -> None:
    alone = Answers(lanes_of(recorded()))
    for each in counting():
        together = added_up(each, ask_all(urls, a_question(each.name)))
        query = {"indicator": each.name, "division": COUNTY, "period": "day", "last": "20"}
        assert together == alone.history(query).periods


def closed_below(code: str) -> int:
    """By the counters."""
    return sum(
        n
        for logic in lanes_of(recorded()).values()
        for cell, n in logic.published().items()
        if cell.metric == "xiaoshi_matters_closed_total" and cell.town.startswith(code)
    )


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("430981115", id="a town"),
        pytest.param(COUNTY, id="a county"),
        pytest.param("4309", id="a city"),
        pytest.param("430900", id="a city, padded"),
        pytest.param("43", id="a province"),
    ],
)
@pytest.mark.parametrize("period", [PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH])
def test_all_periods_of_a_division_are_what_its_counters_have(
    code: str, period: PeriodKind, urls: list[str]
) -> None:
    asked = a_question(period=period, last=20)._replace(division=code)
    periods = added_up(indicator("matters_closed"), ask_all(urls, asked))
    assert sum(each.count or 0 for each in periods) == closed_below(code.rstrip("0")) > 0


def test_a_lane_that_answers_twice_is_refused(urls: list[str]) -> None:
    with pytest.raises(MetricsUnavailableError, match="two replicas answer for lane"):
        ask_all([*urls, urls[0]], a_question())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"indicator": "tea"}, "no indicator 'tea'", id="no such indicator"),
        pytest.param({"indicator": "matters_open"}, "it has no past", id="a gauge"),
        pytest.param({"division": "999999"}, "no division", id="no such division"),
        pytest.param({"division": VILLAGE}, "not below", id="a village"),
        pytest.param({"period": "tea"}, "period 'tea'", id="no such period"),
        pytest.param({"last": "0"}, "last '0'", id="no period at all"),
        pytest.param({"last": "801"}, "last '801'", id="more than are kept"),
        pytest.param({"until": "tea"}, "must be a day", id="no day"),
        pytest.param({"until": "1900-01-01"}, "days are kept since", id="long ago"),
        pytest.param({"until": "9999-12-31"}, "it is 2026", id="not yet"),
    ],
)
def test_a_question_without_an_answer_is_refused_in_words(changes: dict[str, str], says: str) -> None:
    query = {"indicator": "matters_closed", "division": COUNTY} | changes
    with pytest.raises(Exception, match=says):
        Answers(lanes_of(recorded())).history(query)


def test_the_words_of_the_service_reach_the_asker(urls: list[str]) -> None:
    with pytest.raises(QuestionInvalidError, match="it has no past"):
        ask_all(urls, a_question("matters_open"))


def test_before_any_tick_there_is_no_today() -> None:
    with pytest.raises(QuestionInvalidError, match="told the time"):
        Answers({0: lane()[1]}).history({"indicator": "matters_closed", "division": COUNTY})


def test_a_lane_that_is_not_restored_yet_is_none_of_those_that_answer() -> None:
    lanes = {0: lane()[1], **lanes_of(recorded(), range(1, 3))}
    answer = Answers(lanes).history({"indicator": "matters_closed", "division": COUNTY})
    assert answer.lanes == (1, 2)


def test_an_answer_is_known_until_the_last_tick_of_the_lane_furthest_behind() -> None:
    lanes = lanes_of(recorded(), range(2))
    ahead = answer_of(lanes).known_until + timedelta(hours=1)
    Core(lanes[1], lanes[1].state).feed(records([tick(ahead)])[0])
    lanes[1].committed()
    assert answer_of(lanes).known_until == ahead - timedelta(hours=1)


def answer_of(lanes: Mapping[int, MetricsLogic]) -> History:
    return Answers(lanes).history({"indicator": "matters_closed", "division": COUNTY})


def test_a_period_that_begins_before_days_are_kept_is_left_out() -> None:
    answers = Answers(lanes_of(recorded()))
    query = {"indicator": "matters_closed", "division": COUNTY, "period": "year", "last": "5"}
    answer = answers.history(query)
    assert answer.kept_since == answer.until - timedelta(days=799)
    assert [each.start for each in answer.periods] == [date(2025, 1, 1), date(2026, 1, 1)]


def test_answers_add_up_by_period_and_label() -> None:
    def an_answer(n: int) -> History:
        day = date(2026, 3, 2)
        period = InPeriod(start=day, end=day + timedelta(days=1), numerator=n, denominator=2 * n)
        return History(
            indicator="mediation_success", division=COUNTY, period=PeriodKind.DAY, until=day,
            known_until=START, kept_since=day, lanes=(n,), periods=(period,),
        )  # fmt: skip

    [together] = added_up(indicator("mediation_success"), [an_answer(1), an_answer(2)])
    assert (together.numerator, together.denominator, together.count) == (3, 6, None)


def test_the_past_is_a_table(urls: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["indicators", "history", "mediation_success", "--division", COUNTY, "--period", "30days"]
    assert main([*asked, "--last", "1", *(word for url in urls for word in ("--metrics", url))]) == 0
    told = capsys.readouterr().out
    assert "%" in told
    assert "lanes 0, 1, 2, 3 of 3 replicas" in told
    assert "nobody answered" not in told


def test_lanes_nobody_answered_for_are_told(urls: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["indicators", "history", "mediation_success", "--division", COUNTY, "--metrics", urls[2]]
    assert main(asked) == 0
    assert "nobody answered for lanes 0, 1" in capsys.readouterr().out


def test_the_past_of_an_observed_one_says_what_it_is_made_of(capsys: pytest.CaptureFixture[str]) -> None:
    log = recorded()
    events = [an_observation(3, 4, division=TOWN, start=FEBRUARY), an_observation(8, publisher="city court")]
    events += [an_observation(9), an_observation(1, 6, division=OTHER_TOWN, start=FEBRUARY)]
    for record in observed_records(events):
        log.write(Out(record.topic, None, record.key, record.value, [], 0))
    with answering([lanes_of(log)]) as [url]:
        asked = ["indicators", "history", "judgments_accepted", "--division", COUNTY, "--last", "3"]
        assert main([*asked, "--metrics", url]) == 0
    january, february, march = [row for row in capsys.readouterr().out.splitlines() if "2026-" in row][:3]
    assert re.search(r"- .* - .* - .* 1 contradicted", january)
    assert re.search(r"4 .* 10 .* 40.00% .* sum of 2 below", february)
    assert re.search(r"- .* - .* - ", march)


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        pytest.param("police_officers", "5.00", id="per 10,000"),
        pytest.param("camera_density", "0.00", id="per one"),
        pytest.param("registered_volunteers", "0.05%", id="a share"),
    ],
)
def test_an_observed_figure_is_told_in_its_own_measure(name: str, rate: str) -> None:
    day = date(2026, 1, 1)
    period = InPeriod(start=day, end=date(2027, 1, 1), numerator=5, denominator=10_000, own=True)
    console = Console(width=120, file=io.StringIO())
    each = BY_NAME[name]
    assert isinstance(each, Observed)
    console.print(table_of(each, [period]))
    assert rate in console.file.getvalue()  # type: ignore[attr-defined]


def test_the_latest_observations_are_behind_an_observed_figure() -> None:
    each = BY_NAME["judgments_accepted"]
    assert isinstance(each, Observed)
    events = [an_observation(n, revision=n + 1, at=at) for n, at in enumerate((LATER, START))]
    found = latest(observed_records([*events, an_observation(division="3307")]), each, COUNTY, 10)
    assert [(one.at, dict(one.added)["numerator"]) for one in found] == [(START, 1), (LATER, 0)]
