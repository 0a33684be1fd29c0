"""What people write costs no more than its length: steps are counted, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from adapters import redact
from adapters.dingtalk import cards as dingtalk_cards
from adapters.dingtalk import text as dingtalk
from adapters.feishu import cards as feishu_cards
from adapters.feishu import text as feishu
from bot import logs
from bot.conversation.parse import parse
from policies import tags
from policies.card import Button, Card
from policies.effects import SendText
from policies.model import Account, Platform

PIECES = {
    "nested brackets": "【[（",
    "tags": "【重要】",
    "unclosed tags": "【重要",
    "mentions": "@张三 ",
    "at tags": '<at id="all">',
    "entities": "&amp;lt;",
    "links": "[a](http://b",
    "colons": "通知：",
    "times": "明天下午三点",
    "numbers": "1",
    "Chinese numbers": "三十",
    "spaces": " ",
    "line ends": "\n",
    "combining marks": "重\u0301",
    "zero width": "\u200b",
    "letters": "a",
    "stars": "**",
    "quotes": "“",
    "joined faces": "👨\u200d",
    "hyphens": "a-",
    "half of a token": "t-",
    "backslashes": "\\",
    "nearly a secret": "token",
    "addresses": "a://b:",
    "a bearer": "bearer ",
}
SOMEBODY = Account(Platform.FEISHU, "ou_zhang")
READERS: dict[str, Callable[[str], Any]] = {
    "parse": parse,
    "tags": tags.parse,
    "clean": tags.clean,
    "feishu post": lambda text: feishu.encode_post(SendText(to=SOMEBODY, text=text)),
    "dingtalk text": dingtalk.plain,
    "one line": tags.one_line,
    "skeleton": tags.skeleton,
    "feishu card": lambda text: feishu_cards.encode_card(card_of(text)),
    "dingtalk card": lambda text: dingtalk_cards.variables(card_of(text)),
    "a log line": logs.Redactor(("a secret of ours",)),
    "a platform's error": redact.Redactor("a secret of ours"),
}


OF_WHOLE_MESSAGES = frozenset({"parse", "tags", "clean", "feishu post", "dingtalk text"})


def card_of(text: str) -> Card:
    return Card(title=text, body=(text,), hint=text, buttons=(Button(label=text, action="a"),))


LENGTH = 4000
STEPS_A_CHARACTER = 50
"""Of the text, once; a card shows it in four places."""


def steps(work: Callable[[], Any]) -> int:
    """Lines of Python that were run."""
    count = 0

    def trace(_frame: FrameType, what: str, _: Any) -> Any:
        nonlocal count
        count += what == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.timeout(60)
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES.keys())
def test_steps_grow_with_the_length_and_no_faster(reader: str, piece: str) -> None:
    read = READERS[reader]
    text = (piece * LENGTH)[:LENGTH]
    read(text[:40])  # what is imported on first use is no step of the text's
    assert steps(lambda: read(text)) <= STEPS_A_CHARACTER * LENGTH
    assert steps(lambda: read(text)) <= 2.5 * steps(lambda: read(text[: LENGTH // 2])) + 2000


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES.keys())
def test_a_hundred_thousand_of_anything_ends(piece: str) -> None:
    """Backtracking within a regular expression has no lines to count; it would not end."""
    for name, read in READERS.items():
        read(piece * 100_000 if name in OF_WHOLE_MESSAGES else (piece * 100_000)[:100_000])
