"""The page behind a receipt's code: what the JSON says, in a browser. No script, and nothing fetched beside."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, Template
from starlette.responses import HTMLResponse, Response

from services.intake.rules.history import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "name": "小事",
        "title": "您的上报",
        "colon": "：",
        "receipt": "回执码",
        "received": "收到时间",
        "joined": "与他人的上报是同一件事，合为一个事项办理。",
        "where": "由谁办理",
        "tier": "层级",
        "desk": "承办单位",
        "limit": "时限",
        "due": "须在此前",
        "colour": "颜色",
        "awaits": "等待",
        "why": "时限由来",
        "promised": "最初承诺",
        "provisional": "此后的放假安排尚未公布，时限可能更正。",
        "sessions": "已约定的会面",
        "actions": "您的要求",
        "done": "已办",
        "refused": "未能办理",
        "action": "编号",
        "steps": "最近的经过，最新的在前",
        "times": "时间均为北京时间。",
        "private": "持有回执码的人都能看到此页，请妥善保管。",
    },
    "en": {
        "name": "Xiaoshi",
        "title": "Your report",
        "colon": ": ",
        "receipt": "Receipt",
        "received": "Received",
        "joined": "Others reported the same; it is one matter with theirs.",
        "where": "Who works on it",
        "tier": "Tier",
        "desk": "Desk",
        "limit": "The time it has",
        "due": "To be done before",
        "colour": "Colour",
        "awaits": "Waits for",
        "why": "Why then",
        "promised": "First promised",
        "provisional": "Holidays of that time are not announced yet: it may be set right.",
        "sessions": "Sessions agreed on",
        "actions": "What you asked for",
        "done": "done",
        "refused": "not done",
        "action": "number",
        "steps": "What happened last, the newest first",
        "times": "All times are those of Beijing.",
        "private": "Whoever has the code of the receipt sees this page: keep it to yourself.",
    },
}


class Trouble(NamedTuple):
    """What is wrong, and what to do."""

    wrong: str
    remedy: str


TROUBLES: Mapping[int, Mapping[Language, Trouble]] = {
    400: {
        "zh": Trouble("回执码不对", "回执码是十六位数字，其中有一位抄错了或少了。请对照回执再输一次。"),
        "en": Trouble(
            "This is no code of a receipt",
            "It has sixteen digits, and one is wrong or missing. Compare it with your receipt, and type it again.",
        ),
    },
    404: {
        "zh": Trouble("还没有这个回执", "上报送出几秒后才能查到，请稍后再看；仍然没有，请对照回执码。"),
        "en": Trouble(
            "This receipt is not known yet",
            "A report shows some seconds after it was sent: look again. If it still does not, compare the code.",
        ),
    },
    503: {
        "zh": Trouble("现在查不到", "台账没有应答，请稍后再看。"),
        "en": Trouble("It cannot be looked up now", "The ledger does not answer. Please look again later."),
    },
}
LANGUAGES: Mapping[Language, str] = {"zh": "中文", "en": "English"}


def of(told: Mapping[str, Any], language: Language, headers: Mapping[str, str]) -> Response:
    """What `progress` told, and no more."""
    return _page(200, language, headers, told=told, trouble=None)


def of_trouble(status: int, language: Language, headers: Mapping[str, str]) -> Response:
    """A problem in words; the code that was asked for is not said again."""
    return _page(status, language, headers, told=None, trouble=TROUBLES[status][language])


def _page(status: int, language: Language, headers: Mapping[str, str], **content: Any) -> Response:
    html = _template().render(
        language=language, languages=LANGUAGES, words=WORDS[language], style=_style(), **content
    )
    return HTMLResponse(html, status, {**headers, **_guards(), "Content-Language": language})


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_read("page.html.jinja"))


@cache
def _style() -> str:
    return _read("page.css")


@cache
def _guards() -> Mapping[str, str]:
    """Nothing runs, nothing is sent, and no other site learns the address, for the code is in it."""
    style = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    allowed = f"default-src 'none'; style-src 'sha256-{style}'; img-src data:"
    return {
        "Content-Security-Policy": f"{allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
