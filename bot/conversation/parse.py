"""听懂 (parse): from a sentence to an intent, by a closed grammar; nothing is guessed that others will read.

In this order: a short sentence that is a wish, a sentence that hands over an announcement, a tag with a text behind it,
and last the command that sounds like it, which is only proposed.
"""

from __future__ import annotations

import re

from bot.conversation import announcing, nearest, wishes
from bot.conversation.announcing import Known
from bot.conversation.intents import Announce, Ask, Intent, Unclear, Wish
from policies import tags

__all__ = ["MAX_TEXT", "Announce", "Ask", "Intent", "Known", "Unclear", "Wish", "parse"]

MAX_TEXT = 10_000
"""Characters of one message that are looked at; longer ones are refused with a sentence before this."""

_BOT = re.compile(r"^\s*[@＠]\s?(?:驿站|机器人|小驿)(?:机器人|助手)?[\s，,：:]*")


def _nobody(_: str) -> bool:
    return False


def parse(text: str, known: Known = _nobody) -> Intent:
    """Read one message said to the bot.

    A tag in front of the command (``【重要】通知研发部：…``) is carried over to the text behind it.

    Args:
        known: whether words name a department, group or person; without it 提醒张伟交发票 cannot be read.
    """
    said = _BOT.sub("", tags.clean(text[:MAX_TEXT])).strip()
    composing = _composing(said)
    if composing is not None:
        return composing
    tagged = tags.parse(said)
    prefix = said[: len(said) - len(tagged.rest)] if tagged.tags else ""
    rest = tagged.rest if tagged.tags else said
    if not prefix:
        wish = wishes.read(said)
        if wish is not None:
            return wish
    found = announcing.read(rest, prefix, known)
    if found is not None:
        return found
    if tagged.tags and tagged.rest.strip():
        return Announce(to="", kind="any", text=said)
    core = wishes.core(said).words
    return Unclear(near=nearest.nearest(said, core))


_COMPOSING = re.compile(
    r"(?:我)?(?:想|要|想要|需要|来)*(?:再)?(?:群?发|写|发布|新建|拟|起草)(?:一|个|一个|条|一条|份|一份|则|点|下|一下)?(?:全员|部门|群|重要|紧急|定时)?(?:通知|公告|消息|全员|部门|群)"
    r"|通知|公告|通知一下|发一下|发全员|发部门|发群|(?:怎么|如何|咋)(?:发|写)(?:全员|部门|群)?(?:的)?(?:通知|公告|消息|全员|群)?"
)


def _composing(said: str) -> Ask | None:
    """发通知, 我想发个公告: the wish to write one, before there is anything to read in it."""
    if len(said) > wishes.LONGEST:
        return None
    return Ask(wish=Wish.COMPOSE) if _COMPOSING.fullmatch(wishes.core(said).words) else None
