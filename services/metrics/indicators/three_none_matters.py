"""What a three-none village (三无村) or one with none of three is without: petitions, cases, incidents, lawsuits."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from services.metrics.rules.kinds import Kind, kind_of
from shared.events import MatterCategorised, MatterOpened


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    match event:
        case MatterOpened():
            kind = kind_of(event.sheet.category)
        case MatterCategorised() if kind_of(facts.category) is not kind_of(event.sheet.category):
            kind = kind_of(event.sheet.category)
        case _:
            return
    if kind is not None:
        yield Part(COUNT, labels=(kind,))


INDICATOR = Indicator(
    name="three_none_matters",
    zh="三无口径事项",
    unit="matters",
    definition=(
        "Matters opened as, or later put under, a category of the groups petition (petition), order (case, "
        "criminal or of public order), emergency (incident of public safety) or court (lawsuit), by town; "
        "one withdrawn, merged or put under another category stays counted, hazards reported before anything "
        "happened are none, and irregular petitions cannot be told from others, for no category is about "
        "them."
    ),
    definition_zh=(
        "立项为或后来改归以下各组类别的事项，按乡镇：petition（信访），order（刑事、治安案件），emergency（公"
        "共安全事故），court（诉讼）；撤回、合并或改归其他类别的仍然计入，事故发生之前上报的隐患不算，非正常"
        "上访没有专门类别，无法与其他信访区分。"
    ),
    fold=fold,
    labels={"kind": tuple(kind.value for kind in Kind)},
    by_village=True,
)
