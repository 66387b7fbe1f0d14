"""What each way in sends, and what becomes of it."""

from typing import Any

import msgspec
import pytest

from services.intake import sources as package
from services.intake.rules.screen import Refusal
from services.intake.sources import sources
from shared.matter import Location, Report, Reporter
from tests.unit.intake.samples import a_tree, given_by, screen

GRID = {
    "事件编号": "SJ-1",
    "上报时间": "2026-03-01 08:30:00",
    "网格编码": "430981006001",
    "事件名称": "路灯不亮",
    "事件描述": "村口路灯已坏三天。",
    "发生地点": "村口",
    "经度": "112.35",
    "纬度": "28.84",
    "涉及人数": "12",
    "涉及金额": "",
    "是否有人受伤": "否",
    "现场照片": "https://x/1.jpg, https://x/2.jpg",
}
HOTLINE = {
    "工单编号": "RX-1",
    "来电时间": "2026-03-01 08:30",
    "行政区划代码": "430981",
    "诉求标题": "停水",
    "诉求内容": "小区停水两天。",
    "是否危及人身安全": "是",
    "来电人姓名": "某某",
    "来电号码": "000",
}
APP = {
    "service_request_id": "A-1",
    "requested_datetime": "2026-03-01T08:30:00+08:00",
    "jurisdiction_id": "430981",
    "description": "井盖破损，" + "请尽快处理" * 20,
    "lat": "28.84",
    "long": "112.35",
    "first_name": "某某",
    "last_name": "某",
    "attribute[depth]": "半米",
}


def passed(source: str, tree: dict[str, Any]) -> Report:
    answer = screen(msgspec.json.encode(tree), given_by(source))
    assert isinstance(answer, Report), answer
    return answer


def test_every_file_of_the_folder_is_a_source() -> None:
    assert package.SOURCES == tuple(sources()) == ("app", "grid", "hotline")
    assert all(source.doc for source in sources().values())


@pytest.mark.parametrize("source", sorted(sources()))
def test_every_source_takes_the_contract_itself(source: str) -> None:
    assert passed(source, a_tree()).source == source


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        pytest.param("grid", GRID, id="grid"),
        pytest.param("hotline", HOTLINE, id="hotline"),
        pytest.param("app", APP, id="app"),
    ],
)
def test_every_source_takes_its_own_field_names(source: str, tree: dict[str, Any]) -> None:
    report = passed(source, tree)
    assert report.reported_at.isoformat() == "2026-03-01T08:30:00+08:00"
    assert report.division.startswith("430981")


def test_an_event_sheet_of_the_grid_is_read_in_full() -> None:
    report = passed("grid", GRID)
    assert report.location == Location(lat=28.84, lon=112.35, address="村口")
    assert report.people_involved == 12
    assert report.money_at_stake is None
    assert report.injury is False
    assert report.attachments == ("https://x/1.jpg", "https://x/2.jpg")


def test_a_work_order_of_the_hotline_is_read_in_full() -> None:
    report = passed("hotline", HOTLINE)
    assert report.danger_now is True
    assert report.reporter == Reporter(name="某某", phone="000")


def test_a_request_of_the_app_is_read_in_full() -> None:
    report = passed("app", APP)
    assert report.title == report.text[:40]
    assert report.reporter == Reporter(name="某某某")
    assert report.answers == {"depth": "半米"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        pytest.param({"诉求标题": "x" * 201}, ("/诉求标题",), id="wrong value"),
        pytest.param({"诉求标题": ""}, ("/诉求标题",), id="empty but required"),
        pytest.param({"来电号码": 5}, ("/来电号码",), id="nested in the contract"),
        pytest.param({"是否危及人身安全": "也许"}, ("/是否危及人身安全",), id="neither yes nor no"),
        pytest.param({"坐席工号": "5"}, ("/坐席工号",), id="unknown field"),
        pytest.param({"title": "停水"}, ("/诉求标题",), id="said twice"),
    ],
)
def test_a_refusal_speaks_of_the_field_as_it_was_sent(
    changes: dict[str, Any], fields: tuple[str, ...]
) -> None:
    answer = screen(msgspec.json.encode(HOTLINE | changes), given_by("hotline"))
    assert isinstance(answer, Refusal)
    assert answer.fields == fields
