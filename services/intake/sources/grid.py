"""The grid worker's app (网格): one event sheet (事件) as it stands in the worker's list.

The names are those of the sheets' columns and of one integrator's interface, not of a standard: systems differ,
and the contract's own names are always accepted.
"""

from services.intake.sources import To, Tree, count, links, local_time, number, translate, truth

NAME = "grid"
FIELDS = {
    "事件编号": To("/source_id"),
    "上报时间": To("/reported_at", local_time),
    "网格编码": To("/division"),
    "事件名称": To("/title"),
    "事件描述": To("/text"),
    "发生时间": To("/occurred_at", local_time),
    "发生地点": To("/location/address"),
    "经度": To("/location/lon", number),
    "纬度": To("/location/lat", number),
    "事件类别": To("/category"),
    "涉及人数": To("/people_involved", count),
    "涉及金额": To("/money_at_stake", count),
    "是否有人受伤": To("/injury", truth),
    "现场照片": To("/attachments", links),
    "上报人": To("/reporter/name"),
    "上报人电话": To("/reporter/phone"),
    "eventId": To("/source_id"),
    "reportTime": To("/reported_at", local_time),
    "gridId": To("/division"),
    "eventName": To("/title"),
    "desc": To("/text"),
    "happenTime": To("/occurred_at", local_time),
    "address": To("/location/address"),
    "gpsx": To("/location/lon", number),
    "gpsy": To("/location/lat", number),
    "reportPerson": To("/reporter/name"),
    "reportPhone": To("/reporter/phone"),
}


def parse(raw: Tree) -> Tree:
    return translate(raw, FIELDS)
