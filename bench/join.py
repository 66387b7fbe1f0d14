"""What joining costs a report beside few, many and very many open matters of one county, and what a matter takes."""

import gc
import time
import tracemalloc
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from rich.console import Console
from rich.table import Table

from bench import prepared
from bench.figures import Bar
from services.routing.nearby import Nearby
from services.routing.rules.features import features_of
from shared import catalogue
from shared.calendar import ZONE
from shared.events import Band
from shared.matter import Report
from shared.policy_file import Join

SIZES = (1_000, 10_000, 100_000)
BARRED = 10_000  # the size that the bar is for
A_SECOND = 10_000  # reports, on one core
ASKED = 2_000  # reports matched beside each size
AGAIN = 5  # one in so many is about an open matter
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
SEED = 7

_CHARACTERS = bytes(
    byte for row in range(0xB0, 0xD7) for column in range(0xA1, 0xFF) for byte in (row, column)
).decode("gb2312")
"""The commonest, most of the first level of GB 2312: enough for names of places that differ, however many."""
_ENDINGS = ("小区", "花园", "新城", "家园", "村", "路", "小学", "机械厂", "公寓", "大厦")
_SAID = (
    ("停水三天没有人管", "自来水从前天起就停了，水压一直上不去，楼上的老人要下楼提水。"),
    ("餐馆油烟直排扰民", "一楼的餐馆没有烟道，油烟往楼上窜，衣服不敢晾，窗户不敢开。"),
    ("电梯多次困人", "二单元的电梯这个月困了三次人，维保的人来看过一次就没有下文。"),
    ("房产证五年办不下来", "交房五年，开发商一直推说手续不全，孩子上学要用房产证。"),
    ("路面破损严重", "路面坑坑洼洼，下雨天积水看不清深浅，已经摔了好几个骑车的人。"),
    ("夜间施工噪音", "旁边工地每天凌晨两点还在打桩，震得窗户响，打过电话也没有人来。"),
    ("车位被物业高价出租", "地下车库的车位只卖不租，外来车辆倒是随便进，消防通道停满了车。"),
    ("垃圾几天没有清运", "垃圾堆在门口发臭，污水流到路上，蚊虫到处都是，请安排清运。"),
)
_ASIDES = (
    "之前也说过很多次，一直没有下文。",
    "住在附近的多半是老人和小孩。",
    "请有关部门尽快来看一看，给大家一个答复。",
    "我们也打过热线，回复说已经转给物业，至今没有解决。",
    "希望领导重视，谢谢。",
    "去年夏天就是这样，拖到入冬才好了几天。",
    "我母亲八十多岁，腿脚不便，出门一趟要人扶。",
    "找过值班的师傅，他说钥匙不在他手里。",
    "隔壁几家商量着凑钱，算下来每户要摊不少。",
    "白天上班没空跑，只好写在这里。",
    "视频和照片都留着，需要的话可以发过来。",
    "听说邻近的地方早就弄好了，为什么轮不到我们。",
)


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    rule = catalogue.load().file.join
    table = Table(title=f"Joining, {ASKED:,} reports beside the open matters of one county")
    for heading in (
        "open",
        "features µs",
        "matching µs",
        "in all µs",
        "reports/s",
        "bytes a matter",
        "joined",
    ):
        table.add_column(heading, justify="right")
    bars = []
    for size in SIZES:
        made, asked = letters(size)
        index, taken = _filled(made)
        drawing = median(_seconds_drawing(asked) for _ in range(rounds)) / len(asked)
        whole, joined = _matching(index, asked, rule, rounds)
        each = whole / len(asked)
        table.add_row(
            f"{size:,}",
            f"{drawing * 1e6:.1f}",
            f"{(each - drawing) * 1e6:.1f}",
            f"{each * 1e6:.1f}",
            f"{1 / each:,.0f}",
            f"{taken / size:,.0f}" if taken else "",
            f"{joined / len(asked):.0%}",
        )
        if size == BARRED:
            bars.append(Bar(f"joined reports/s, {size:,} open / {A_SECOND:,}", 1 / each / A_SECOND, 1.0))
    console.print(table)
    return bars


def letters(matters: int) -> tuple[list[Report], list[Report]]:
    """One report of every matter, each another place or trouble; and those to match, one in `AGAIN` about a matter."""
    chance = Random(SEED)
    stems: dict[str, None] = {}
    while len(stems) < matters:  # a place has eight subjects, about one of which is open
        stems["".join(chance.choices(_CHARACTERS, k=3))] = None
    places = [stem + _ENDINGS[nth % len(_ENDINGS)] for nth, stem in enumerate(stems)]
    subjects = [(place, nth) for place in places for nth in range(len(_SAID))]
    chance.shuffle(subjects)
    opened, others = subjects[:matters], subjects[matters:]
    made = [_letter(chance, *subject) for subject in opened]
    asked = [_letter(chance, *chance.choice(others if nth % AGAIN else opened)) for nth in range(ASKED)]
    return made, asked


def _letter(chance: Random, place: str, subject: int) -> Report:
    trouble, text = _SAID[subject]
    return Report(
        source="hotline",
        source_id="1",
        reported_at=NOW,
        division=prepared.COUNTY,
        title=chance.choice(("{}{}", "反映{}{}", "{}{}，请处理")).format(place, trouble),
        text=f"我住在{place}，{text}" + "".join(chance.sample(_ASIDES, chance.randrange(1, 5))),
    )


def _filled(made: Sequence[Report]) -> tuple[Nearby, int]:
    """The index and the bytes it took, the features with it; 0 of the largest, which would take minutes to trace."""
    gc.collect()
    if len(made) <= BARRED:
        tracemalloc.start()
    index = Nearby()
    for nth, report in enumerate(made):
        at = NOW - timedelta(minutes=nth % 10_000)
        index.put(f"{nth:032x}", f"{prepared.COUNTY}-{nth:032x}", features_of(report, None, at))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return index, taken


def _seconds_drawing(asked: Sequence[Report]) -> float:
    started = time.process_time()
    for report in asked:
        features_of(report, None, NOW)
    return time.process_time() - started


def _matching(index: Nearby, asked: Sequence[Report], rule: Join, rounds: int) -> tuple[float, int]:
    """Seconds of drawing and matching them all, and how many would join."""
    took = []
    for _ in range(rounds):
        joined = 0
        started = time.process_time()
        for report in asked:
            joined += index.match(features_of(report, None, NOW), NOW, rule).band is Band.JOIN
        took.append(time.process_time() - started)
    return median(took), joined
