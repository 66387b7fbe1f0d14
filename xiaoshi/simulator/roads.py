"""How upstream systems put a report on the road: their own field names or ours, bare JSON or a CloudEvent."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from random import Random
from typing import Any

import msgspec

from shared.reasons import Reason
from xiaoshi.simulator.sent import ROADS, Road

Tree = dict[str, Any]

_ROADS: dict[str, tuple[float, float, float, float]] = {  # in the order of ROADS
    "grid": (0.2, 0.4, 0.25, 0.15),
    "hotline": (0.25, 0.15, 0.2, 0.4),
    "app": (0.8, 0.1, 0.05, 0.05),
}
_OWN_NAMES: dict[str, dict[str, str]] = {
    "grid": {
        "source_id": "事件编号",
        "reported_at": "上报时间",
        "division": "网格编码",
        "title": "事件名称",
        "text": "事件描述",
        "occurred_at": "发生时间",
        "category": "事件类别",
        "people_involved": "涉及人数",
        "money_at_stake": "涉及金额",
        "injury": "是否有人受伤",
        "attachments": "现场照片",
    },
    "hotline": {
        "source_id": "工单编号",
        "reported_at": "来电时间",
        "division": "行政区划代码",
        "title": "诉求标题",
        "text": "诉求内容",
        "occurred_at": "事发时间",
        "category": "事项类别",
        "people_involved": "涉及人数",
        "money_at_stake": "涉及金额",
        "injury": "是否有人受伤",
        "danger_now": "是否危及人身安全",
        "attachments": "附件",
    },
    "app": {
        "source_id": "service_request_id",
        "reported_at": "requested_datetime",
        "division": "jurisdiction_id",
        "text": "description",
        "category": "service_code",
        "attachments": "media_url",
        "reporter_ref": "account_id",
    },
}
_ADDRESS = {"grid": "发生地点", "hotline": "事发地址", "app": "address_string"}
_PHONE = {"grid": "上报人电话", "hotline": "来电号码", "app": "phone"}
_NAME = {"grid": "上报人", "hotline": "来电人姓名", "app": "last_name"}
_STRUCTURED = ("application/cloudevents+json; charset=UTF-8", "Application/CloudEvents+JSON")


@dataclass(frozen=True, slots=True)
class Letter:
    """A report in its sender's bytes, ready for any road. `needs_id`: only an envelope carries its id."""

    source: str
    source_id: str
    county: str
    at: datetime
    body: bytes
    needs_id: bool = False


def pick(source: str, chance: Random, needs_id: bool = False) -> Road:
    """A road as the source uses them."""
    weights = _ROADS[source]
    return chance.choices(ROADS, (0, 0, *weights[2:]) if needs_id else weights)[0]


def pick_for_broken(reason: Reason, source: str, chance: Random) -> Road:
    """Any, but what is not JSON cannot be inside a structured event."""
    road = pick(source, chance)
    return "kafka" if reason is Reason.NOT_JSON and road == "kafka-structured" else road


def write(tree: Tree, source: str, county: str, at: datetime, chance: Random) -> Letter:
    """The report, given under the contract's names, as its sender writes it."""
    source_id = str(tree["source_id"])
    needs_id = chance.random() < 0.1
    out = _own(tree, source, chance) if chance.random() < 0.5 else dict(tree)
    if chance.random() < 0.5:
        out["source"] = source
    if needs_id:
        out = {name: value for name, value in out.items() if value != source_id}
    return Letter(source, source_id, county, at, _bytes(out, chance), needs_id)


def headers(letter: Letter, road: Road) -> tuple[tuple[str, str], ...]:
    """Of the request or of the record."""
    if road == "kafka-structured":
        # Media types are compared without case, and some senders prove it.
        return (("content-type", _STRUCTURED[_mark(letter) % 10 == 0]),)
    plain = ("content-type", "application/json")
    if road != "kafka-binary":
        return (plain,)
    event = (
        ("ce_specversion", "1.0"),
        *((f"ce_{name}", value) for name, value in _attributes(letter).items()),
        plain,
    )
    return (*event, ("traceparent", _trace(letter))) if _mark(letter) % 2 else event


def payload(letter: Letter, road: Road) -> bytes:
    """The bytes of the request's or record's body."""
    if road != "kafka-structured":
        return letter.body
    event = {"specversion": "1.0", **_attributes(letter), "datacontenttype": "application/json"}
    return msgspec.json.encode({**event, "data": msgspec.Raw(letter.body)})


def _attributes(letter: Letter) -> dict[str, str]:
    return {
        "id": letter.source_id,
        "source": f"/{letter.source}/{letter.county}",
        "type": f"org.example.{letter.source}.report",
        "time": letter.at.isoformat(),
        "partitionkey": letter.county,
    }


def _own(tree: Tree, source: str, chance: Random) -> Tree:
    """The same under the source's own names, times and truths in its own manner."""
    names = _OWN_NAMES[source]
    out = {names.get(name, name): _value(name, value, source) for name, value in tree.items()}
    if source == "app":
        out.pop("title", None)
        out |= {f"attribute[{code}]": answer for code, answer in out.pop("answers", {}).items()}
    if "address" in out.get("location", {}):
        out[_ADDRESS[source]] = out.pop("location")["address"]
    reporter = out.pop("reporter", {})
    own = {"name": _NAME[source], "phone": _PHONE[source]}
    out |= {own[name]: value for name, value in reporter.items()}
    if source == "hotline" and chance.random() < 0.3:
        out["附件"] = out.get("附件", "")
    return out


def _value(name: str, value: Any, source: str) -> Any:
    if name in ("reported_at", "occurred_at") and source != "app":
        return value[:19].replace("T", " ")
    if name == "attachments":
        return ",".join(value)
    if isinstance(value, bool) and name in _OWN_NAMES[source]:
        return "是" if value else "否"
    if isinstance(value, int) and name in _OWN_NAMES[source]:
        return str(value)
    return value


def _bytes(tree: Tree, chance: Random) -> bytes:
    """Most encoders write UTF-8; some escape, some indent."""
    style = chance.random()
    if style < 0.85:
        return msgspec.json.encode(tree)
    return json.dumps(tree, ensure_ascii=style < 0.93, indent=1 if style > 0.97 else None).encode()


def _mark(letter: Letter) -> int:
    return blake2b(letter.source_id.encode(), digest_size=2).digest()[0]


def _trace(letter: Letter) -> str:
    digest = blake2b(letter.source_id.encode(), digest_size=24).hexdigest()
    return f"00-{digest[:32]}-{digest[32:]}-01"
