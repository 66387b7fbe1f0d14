"""How rare a word is among a county's open matters: what many matters say says little about one."""

import math

import numpy as np
from numpy.typing import NDArray

from services.routing.rules.features import BREAK, SLOTS, Slots, pairs_of, sorted_once

COMMON = """尊敬的领导您好，我是小区业主，我们居民反映、投诉、举报、请问、咨询、建议、请求、希望有关部门相关部门
政府能够尽快解决问题。严重影响居民正常生活休息，多次投诉没有结果，至今未解决，物业公司不作为，开发商
业主维权无门，请领导重视给予答复，谢谢。关于何时什么时候是否可以为什么一直没有人管，督促处理，违法违
规，存在安全隐患，噪音扰民，施工污染环境，拖欠工资，街道社区村民委员会，市区县镇乡道路附近旁边周边楼
下门口里面，学校幼儿园孩子上学，老百姓群众市民，市长书记，热线电话工作人员，有限责任公司，分公司，人
民医院，第一第二第三，中心"""
"""What letters to offices say whatever they are about: the first reports of a county must not be joined by it."""
AS_IN = 15  # a pair of characters of `COMMON` counts as in so many matters more
UNSEEN = 100  # and the county as having so many matters more: few matters say little about rarity


class Rarity:
    """Counts of the open matters that have a word. What is added and dropped again leaves nothing behind."""

    def __init__(self) -> None:
        self._matters = 0
        self._having = np.ones(SLOTS, np.int32)
        self._having[sorted_once(pairs_of(COMMON))] += AS_IN
        self._logs = np.log(self._having).astype(np.float32)
        self.whole = 0.0
        """The inverse document frequency of a word that no matter has."""
        self._grow(0)
        self.marks = bytearray(SLOTS)
        """1 for the words of a report, while it is compared."""
        self.marked = np.frombuffer(self.marks, np.bool_)
        """The same marks, for many words at once."""

    def add(self, words: Slots) -> None:
        """One matter more, which has these words."""
        self._count(words, 1)

    def drop(self, words: Slots) -> None:
        """The reverse."""
        self._count(words, -1)

    def _count(self, words: Slots, more: int) -> None:
        self._having[words] += more
        self._logs[words] = np.log(self._having[words])
        self._grow(more)

    def _grow(self, more: int) -> None:
        self._matters += more
        self.whole = math.log(UNSEEN + self._matters)
        self._whole = np.float32(self.whole)
        self._logs[BREAK] = self.whole  # it weighs nothing

    def weights(self, words: Slots) -> NDArray[np.float32]:
        """Of each word the square of its inverse document frequency, so that rare ones decide."""
        rare: NDArray[np.float32] = self._logs.take(words)
        np.subtract(self._whole, rare, out=rare)
        rare *= rare
        return rare

    def of(self, word: int) -> float:
        """How rare a word is: 1 is in no matter, 0 in all."""
        return max(0.0, 1 - self._logs.item(word) / self.whole)
