"""The 12345 hotline (热线): one work order (工单) as the operator filled it in.

The names are those of the order's columns, not of a standard: systems differ, and the contract's own names are
always accepted.
"""

from services.intake.sources import To, Tree, count, links, local_time, translate, truth

NAME = "hotline"
FIELDS = {
    "工单编号": To("/source_id"),
    "来电时间": To("/reported_at", local_time),
    "行政区划代码": To("/division"),
    "诉求标题": To("/title"),
    "诉求内容": To("/text"),
    "事发时间": To("/occurred_at", local_time),
    "事发地址": To("/location/address"),
    "事项类别": To("/category"),
    "涉及人数": To("/people_involved", count),
    "涉及金额": To("/money_at_stake", count),
    "是否有人受伤": To("/injury", truth),
    "是否危及人身安全": To("/danger_now", truth),
    "附件": To("/attachments", links),
    "来电人姓名": To("/reporter/name"),
    "来电号码": To("/reporter/phone"),
    "联系电话": To("/reporter/phone"),
}


def parse(raw: Tree) -> Tree:
    return translate(raw, FIELDS)
