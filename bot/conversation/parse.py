"""听懂 (parse): from a sentence to an intent, by a closed grammar; nothing is guessed that others will read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from policies import tags


class Wish(StrEnum):
    """What can be asked for besides announcing."""

    HELP = "help"
    WHO = "who"
    MINE = "mine"
    COMPOSE = "compose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Publish ``text``.

    Attributes:
        to: the audience as written: ``研发部``, ``全员``, ``张伟、李想``; ``""`` when none was named.
        kind: ``company``, ``department``, ``group``, ``any``: what the command word already says.
        text: tag prefix included, as the author wrote it.
    """

    to: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Nothing of the closed set; ``near`` is the nearest command, or ``""``."""

    near: str = ""


Intent = Announce | Ask | Unclear

_POLITE = r"(?:请|麻烦|帮我|帮忙|替我|给我)*"
_COLON = r"[：:]"
_NAMES = r"(?P<to>[^：:\n]{0,60}?)"
_REST = r"\s*(?P<text>.*)$"

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("company", re.compile(rf"^{_POLITE}发?(?:全员|全公司)(?:公告|通知|消息)?\s*{_COLON}{_REST}", re.DOTALL)),
    (
        "company",
        re.compile(
            rf"^{_POLITE}(?:通知|公告)(?:给|到)?(?:全员|全公司|所有人|大家)\s*{_COLON}{_REST}", re.DOTALL
        ),
    ),
    (
        "department",
        re.compile(rf"^{_POLITE}(?:发部门|部门公告|部门通知)\s*{_NAMES}\s*{_COLON}{_REST}", re.DOTALL),
    ),
    ("group", re.compile(rf"^{_POLITE}(?:发群|群公告|群通知)\s*{_NAMES}\s*{_COLON}{_REST}", re.DOTALL)),
    ("group", re.compile(rf"^{_POLITE}发(?:到|给|在)?{_NAMES}群\s*{_COLON}{_REST}", re.DOTALL)),
    (
        "any",
        re.compile(
            rf"^{_POLITE}发?(?:个|一个|一条)?(?:通知|公告)(?:一下|下)?(?:给|到)?\s*{_NAMES}\s*{_COLON}{_REST}",
            re.DOTALL,
        ),
    ),
    ("any", re.compile(rf"^{_POLITE}(?:发给|发到|告诉)\s*{_NAMES}\s*{_COLON}{_REST}", re.DOTALL)),
)
"""Tried in order; every form needs its colon, so that a sentence which merely begins with 通知 is not taken for one."""

_WISHES: dict[str, Wish] = {
    "帮助": Wish.HELP,
    "你会什么": Wish.HELP,
    "怎么用": Wish.HELP,
    "help": Wish.HELP,
    "你是谁": Wish.WHO,
    "你是谁啊": Wish.WHO,
    "我的消息": Wish.MINE,
    "我的通知": Wish.MINE,
    "发通知": Wish.COMPOSE,
    "发公告": Wish.COMPOSE,
    "通知": Wish.COMPOSE,
    "公告": Wish.COMPOSE,
    "发全员": Wish.COMPOSE,
    "发部门": Wish.COMPOSE,
    "发群": Wish.COMPOSE,
}

MAX_TEXT = 10_000
"""Characters of one message that are looked at; longer ones are refused with a sentence before this."""


def parse(text: str) -> Intent:
    """Read one message said to the bot.

    A tag in front of the command (``【重要】通知研发部：…``) is carried over to the text behind it.
    """
    said = tags.clean(text).strip()
    wish = _WISHES.get(said.strip("。.？?！! ").lower())
    if wish is not None:
        return Ask(wish=wish)
    tagged = tags.parse(said)
    prefix = said[: len(said) - len(tagged.rest)] if tagged.tags else ""
    for kind, form in _FORMS:
        match = form.match(tagged.rest if tagged.tags else said)
        if match and match["text"].strip():
            to = match.groupdict().get("to") or ""
            return Announce(to=to.strip(" 「」“”\"'"), kind=kind, text=prefix + match["text"].strip())
    if tagged.tags and tagged.rest.strip():
        return Announce(to="", kind="any", text=said)
    return Unclear()
