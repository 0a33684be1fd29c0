"""What people write costs no more than its length: steps are counted, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from adapters.dingtalk import text as dingtalk
from adapters.feishu import text as feishu
from bot.conversation.parse import parse
from policies import tags
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
}
SOMEBODY = Account(Platform.FEISHU, "ou_zhang")
READERS: dict[str, Callable[[str], Any]] = {
    "parse": parse,
    "tags": tags.parse,
    "clean": tags.clean,
    "feishu post": lambda text: feishu.encode_post(SendText(to=SOMEBODY, text=text)),
    "dingtalk text": dingtalk.plain,
}
LENGTH = 4000
STEPS_A_CHARACTER = 50


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
    for read in READERS.values():
        read(piece * 100_000)
