"""How division names are written: the endings that mean the same, and what is left when they go. Pure."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""City names that the bureau writes where there is no city."""

_PEOPLES = (
    "汉|蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇"
    "|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京"
    "|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_OF_PEOPLES = f"(?:(?:{_PEOPLES})族|蒙古|哈萨克|柯尔克孜|塔吉克|锡伯)*"
_SETTLED = "(?:村|社区|嘎查)*"

_ENDINGS = {
    "village": f"{_SETTLED}(?:村民委员会|村民委会|村委会|村委|村|嘎查委会|嘎查)",
    "community": f"{_SETTLED}(?:居民委员会|居委会|居委|社区)",
    "street": "街道办事处|街道办|街道|办事处",
    "township": f"{_OF_PEOPLES}乡|苏木",
    "town": f"{_OF_PEOPLES}镇",
    "county": f"{_OF_PEOPLES}(?:自治县|县)",
    "banner": "自治旗|旗",
    "district": "区",
    "city": "市",
    "prefecture": f"{_OF_PEOPLES}(?:自治州|州)|地区|盟",
}
_NAME = re.compile(f"(.+?)(?:{'|'.join(f'(?P<{kind}>{ending})' for kind, ending in _ENDINGS.items())})")


def fold(name: str) -> str:
    """One spelling for full-width and half-width forms, without white space."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def split(name: str) -> tuple[str, str]:
    """The stem of a name and the kind of its ending, which may be empty; the stem never is."""
    folded = fold(name)
    match = _NAME.fullmatch(folded)
    return (match[1], match.lastgroup or "") if match else (folded, "")


def by_stem(names: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Codes by the stem of their name, from pairs of code and name."""
    stems: defaultdict[str, list[str]] = defaultdict(list)
    for code, name in names:
        stems[split(name)[0]].append(code)
    return {stem: tuple(codes) for stem, codes in stems.items()}
