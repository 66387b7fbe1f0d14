"""A deployment with a centre's own classifier is followed by whoever has the same model, and by nobody else."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.routing.classify import model as models
from services.routing.classify.lexicon import Lexicon
from services.routing.classify.model import Model
from services.routing.classify.training import Row, trained
from shared import timeline
from shared.catalogue import SHIPPED, UNCLEAR, Policy
from shared.wire import Out
from tests.builders import MONDAY, a_report
from tests.unit.xiaoshi.breaks import ROUTING, broken
from tests.unit.xiaoshi.recorded import LANES, NOBODY, MemoryLog, the_policy
from tests.unit.xiaoshi.tried import ALL, RAISED, policy
from xiaoshi.__main__ import main
from xiaoshi.inputs import report_out
from xiaoshi.road import Road
from xiaoshi.trial.compare import asked_of, compared
from xiaoshi.trial.figures import Stretch
from xiaoshi.trial.past import Journal
from xiaoshi.trial.run import Trial, tried

# words of one place, which no policy has
OWN = {
    "city.street_light": ("小太阳罢工", "小太阳又罢工了", "小太阳歇菜半个月"),
    "environment.noise": ("咚咚锵", "天天咚咚锵到后半夜", "咚咚锵又开场了"),
}
PLACES = ("金桂", "翠竹", "富民", "康庄", "和顺", "青松", "银杏", "碧水", "映山", "向阳")


def the_model() -> Model:
    return trained(
        [
            Row(title, f"{place}{nth}组{text}。", label)
            for label, (title, *texts) in OWN.items()
            for nth, place in enumerate(PLACES)
            for text in texts
        ],
        None,
    )


MODEL = the_model()
LATER = MONDAY + timedelta(hours=2)
REPORTS = [
    a_report(source_id="1", category=None, title="小太阳", text="村口的小太阳罢工了"),
    a_report(source_id="2", category="utility.water", title="停水", text="停水三天"),
    a_report(source_id="3", category=None, title="咚咚锵", text="天天咚咚锵", reported_at=LATER),
]
SORTED = ["city.street_light", "utility.water", "environment.noise"]
UNSORTED = [UNCLEAR, "utility.water", UNCLEAR]


def sent() -> Iterator[Out]:
    """In the order of time, with a tick at every lane each hour of a day."""
    given = [
        (report.reported_at, report_out(msgspec.json.encode(report), nth))
        for nth, report in enumerate(REPORTS, 1)
    ]
    for step in timeline.steps(given, NOBODY, timedelta(hours=1), MONDAY + timedelta(days=1)):
        yield from step.reports
        yield from (timeline.tick(step.ends, lane) for lane in range(LANES))


@pytest.fixture(scope="module")
def log() -> MemoryLog:
    """What the lanes of a deployment with the model wrote."""
    road, log = Road(the_policy(), LANES, MODEL), MemoryLog()
    for out in sent():
        log.write(out)
        for written in road.take(out):
            log.write(written)
    return log


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "classify.npz"
    path.write_bytes(MODEL.saved())
    return str(path)


@pytest.fixture
def reports(tmp_path: Path) -> str:
    path = tmp_path / "reports.jsonl"
    path.write_bytes(msgspec.json.Encoder().encode_lines(REPORTS))
    return str(path)


def test_the_words_of_the_policy_do_not_say_what_the_model_says() -> None:
    words = Lexicon(the_policy().file.categories)
    assert [words.guess(report.title, report.text) for report in REPORTS if report.category is None] == [
        (),
        (),
    ]


def test_a_lane_with_a_model_is_verified_with_it(log: MemoryLog) -> None:
    assert broken(log, model=MODEL) == set()


def test_a_lane_with_a_model_is_verified_with_the_model_of_its_file(log: MemoryLog, model: str) -> None:
    assert broken(log, model=models.load(Path(model))) == set()


def test_without_the_model_what_routing_wrote_differs(log: MemoryLog) -> None:
    assert broken(log) == {ROUTING}


def tried_with(log: MemoryLog, model: Model | None, new: Policy, stretch: Stretch = ALL) -> Trial:
    return tried(Journal(log), the_policy(), new, stretch, model, rerun=True)


@pytest.mark.parametrize(("model", "same"), [(MODEL, True), (None, False)], ids=["with it", "without it"])
def test_a_past_with_a_model_is_reproduced_with_it_alone(
    log: MemoryLog, model: Model | None, same: bool
) -> None:
    trial = tried_with(log, model, the_policy())
    assert asked_of(trial, the_policy(), the_policy(), ALL).reproduced is same


@pytest.mark.parametrize(
    "stretch",
    [
        pytest.param(ALL, id="from the beginning"),
        pytest.param(Stretch(since=LATER), id="after a restart under the new policy"),
    ],
)
def test_both_runs_of_a_trial_have_the_model(log: MemoryLog, stretch: Stretch) -> None:
    same, other = (tried_with(log, MODEL, new, stretch) for new in (the_policy(), policy(RAISED)))
    assert compared(same.old, same.new).differs is False
    assert compared(other.old, other.new).differs is True


def replayed(out: Path, reports: str, *options: str) -> list[dict[str, Any]]:
    assert main(["replay", "--reports", reports, "--out", str(out), *options]) == 0
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("has_model", [True, False], ids=["with the model", "without it"])
def test_replay_sorts_by_the_model_it_is_given(
    has_model: bool, reports: str, model: str, tmp_path: Path
) -> None:
    options = ("--model", model) if has_model else ()
    lines = [line["data"] for line in replayed(tmp_path / "events.jsonl", reports, *options)]
    categories = [line["sheet"]["category"] for line in lines if line["type"] == "matter.opened"]
    assert categories == (SORTED if has_model else UNSORTED)


@pytest.mark.parametrize("has_model", [True, False], ids=["with the model", "without it"])
def test_a_policy_is_tried_with_the_model_it_is_given(
    has_model: bool, reports: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    past = tmp_path / "events.jsonl"
    replayed(past, reports, "--model", model)
    capsys.readouterr()
    options = ["--model", model] if has_model else []
    assert (
        main(["policy", "try", str(SHIPPED), "--json", "--again", "--against", reports, str(past), *options])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["asked"]["reproduced"] is has_model


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["verify", "--kafka", "localhost:1"], id="verify"),
        pytest.param(["replay", "--reports", "r.jsonl", "--out", "-"], id="replay"),
        pytest.param(["policy", "try", str(SHIPPED), "--against", "r.jsonl"], id="policy try"),
    ],
)
def test_a_model_that_is_not_there_is_told_before_anything_is_read(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--model", "nothing.npz"]) != 0
    assert "nothing.npz cannot be read" in capsys.readouterr().err
