"""Hostile words (恶意文字): what people write who want to mention everybody, to look important, or to hide something."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

OFTEN = 0.3
PLAIN = "{token} 号设备检修，请提前保存"
HOSTILE = (
    '{token} 号设备检修 <at user_id="all"></at>',
    "{token} <at id=all></at> <at email=all> @所有人 @all",
    '{token} ＜at user_id="all"＞全体＜/at＞ &lt;at user_id=&quot;all&quot;&gt;',
    "{token} 号\u200b设\u202e备\u2066检\u2069修\u00ad\ufeff\U000e0041",
    "〖重要〗{token} 号设备检修",
    "[重 要] {token} 号设备检修",
    "【重\u200b要】{token} 号设备检修",
    "{token} 检修 [点这里](dingtalk://x?a=1) ![](http://x/y.png) {{{{7*7}}}} %(x)s ${{x}}",
    "{token} 检修\n【公告】全员放假一天\n#### **{{x}}**",
    "{token} 检修" + "请提前保存" * 180,
    "{token} 检修" + "请提前保存" * 1000,
    "{token} 检修" + "请提前保存" * 2500,
    "【重要】【重要】{token} @所有人 \x1b[31m红\x07",
)


def drawn(rng: random.Random, token: str, *, is_important: bool) -> tuple[str, bool]:
    """The words of a notice, and whether they mean ill."""
    if not is_important and rng.random() < OFTEN:
        return rng.choice(HOSTILE).format(token=token), True
    return f"{'【重要】' if is_important else ''}{PLAIN.format(token=token)}", False


JOINER = "\u200d"
TAG_LIKE = re.compile(r"[\[〖［「『【(（〔]\s*重\s*要\s*[\]〗］」』】)）〕]")


def wrong(said: Iterable[Any], copies: Iterable[Any]) -> list[str]:
    """What cannot be seen in anything the bot has said, and tags in a notice that only look like the real one."""
    found = []
    for one in said:
        if hidden := {f"U+{ord(char):04X}" for char in one.text if _is_hidden(char)}:
            found.append(f"{one.id} has {sorted(hidden)}")
    for one in copies:
        if strange := set(TAG_LIKE.findall(one.text)) - {"【重要】"}:
            found.append(f"{one.id} has {sorted(strange)}")
    return found[:2]


def asks_for_all(words: str) -> bool:
    """Plainly, as anybody may where few are meant."""
    return "@所有人" in words


def _is_hidden(char: str) -> bool:
    kind = unicodedata.category(char)
    return (kind == "Cf" and char != JOINER) or (kind == "Cc" and char not in "\n\t")
