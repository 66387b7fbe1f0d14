"""How rare a word is among a county's open matters: what many matters say says little about one."""

import math
from array import array

import numpy as np

from services.routing.rules.features import (
    BREAK,
    CHARACTERS,
    SLOTS,
    codes_of,
    pairs_of,
    sorted_once,
    words_of,
)

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
        self._having = array("i", [1]) * CHARACTERS
        self._many = np.frombuffer(self._having, np.intc)
        self._many[codes_of(words_of(sorted_once(pairs_of(COMMON))))] += AS_IN
        self._logs = [0.0]
        self.whole = 0.0
        """The inverse document frequency of a word that no matter has."""
        self._grow(0)
        self.marked = np.zeros(SLOTS, np.bool_)
        """True for the slots of a report, while it is compared."""

    def add(self, words: str) -> None:
        """One matter more, which has these words, each once."""
        self.more(words)
        self._grow(1)

    def drop(self, words: str) -> None:
        """The reverse."""
        self.fewer(words)
        self._grow(-1)

    def more(self, words: str) -> None:
        """A matter has these words too, each once."""
        self._many[codes_of(words)] += 1

    def fewer(self, words: str) -> None:
        """The reverse."""
        self._many[codes_of(words)] -= 1

    def _grow(self, more: int) -> None:
        self._matters += more
        seen = UNSEEN + self._matters
        while len(self._logs) <= seen + AS_IN:
            self._logs.append(math.log(len(self._logs)))
        self.whole = self._logs[seen]
        self._having[ord(BREAK)] = seen  # it weighs nothing

    def weights(self, words: str) -> list[float]:
        """Of each word the square of its inverse document frequency, so that rare ones decide."""
        whole, logs, having = self.whole, self._logs, self._having
        return [(rare := whole - logs[having[code]]) * rare for code in map(ord, words)]

    def of(self, word: str) -> float:
        """How rare a word is: 1 is in no matter, 0 in all."""
        return max(0.0, 1 - self._logs[self._having[ord(word)]] / self.whole)
